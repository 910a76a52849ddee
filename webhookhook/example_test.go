package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// pager is a format for a service that the package does not know.
type pager struct{}

func (pager) Encode(m webhookhook.Message) (contentType string, body []byte, err error) {
	return "text/plain", []byte(m.Icon() + " " + m.Executor + ": " + m.FirstFailure.Text), nil
}

// printer takes the place of the service and prints its requests.
type printer struct{}

func (printer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	fmt.Println(r.Method, r.URL.Path, string(body))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, err
}

func ExampleFormat() {
	hook, err := webhookhook.New("https://pager.example/page/nightly",
		webhookhook.WithFormat(pager{}), webhookhook.WithHTTPClient(&http.Client{Transport: printer{}}))
	if err != nil {
		fmt.Println(err) // the URL is not in it
		return
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)

	files := []string{"a.csv", "b.csv"}
	err = core.ForEach(context.Background(), exec, files, func(_ context.Context, name string) error {
		if name == "b.csv" {
			return errors.New("b.csv has no header")
		}
		return nil
	})
	fmt.Println(err)
	fmt.Println(hook.Shutdown(context.Background())) // sends what waits
	// Unordered output:
	// nightly: 1 of 2 items failed: item 1: b.csv has no header
	// POST /page/nightly ❌ nightly: b.csv has no header
	// <nil>
}
