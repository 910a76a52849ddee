package promhook_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/promhook"
)

// brokenTransports are transports that panic or call runtime.Goexit: at once, when
// the answer is read, and in the text of an error.
func brokenTransports() map[string]*fakeTransport {
	all := map[string]*fakeTransport{}
	for name, fail := range map[string]func(){"panic": func() { panic("broken by the test") }, "goexit": runtime.Goexit} {
		all[name+" in RoundTrip"] = &fakeTransport{respond: func(*http.Request) (*http.Response, error) { fail(); return nil, errBoom }}
		all[name+" in Read"] = &fakeTransport{respond: func(*http.Request) (*http.Response, error) {
			response := newResponse(http.StatusBadRequest, "")
			response.Body = io.NopCloser(brokenReader(fail))
			return response, nil
		}}
		all[name+" in Error"] = &fakeTransport{respond: func(*http.Request) (*http.Response, error) { return nil, brokenError(fail) }}
	}
	return all
}

type brokenReader func()

func (f brokenReader) Read([]byte) (int, error) { f(); return 0, io.EOF }

type brokenError func()

func (f brokenError) Error() string { f(); return "broken" }

// exitingHandler is a log handler that ends the goroutine which logs.
type exitingHandler struct{ slog.Handler }

func (exitingHandler) Enabled(context.Context, slog.Level) bool { runtime.Goexit(); return true }

// TestPushSurvivesUserCode checks that a client that breaks is an error.
func TestPushSurvivesUserCode(t *testing.T) {
	for name, transport := range brokenTransports() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hook, _ := newHook()
				hook.OnChunkEnd(t.Context(), chunkEnd("a"))
				returned := make(chan error, 1)
				go func() {
					defer close(returned)
					returned <- pushTo(t, hook, "http://gateway", transport)
				}()
				err, ok := <-returned
				time.Sleep(10 * time.Second) // the timer of the broken request, in net/http
				if !ok || err == nil {
					t.Fatalf("Push returned: %v, with %v", ok, err)
				}
				wantContains(t, err.Error(), "promhook: cannot push the metrics of the process to http://gateway: ")
			})
		})
	}
}

// TestPusherSurvivesUserCode checks that a client or a logger that breaks costs
// one push, and that the next one works.
func TestPusherSurvivesUserCode(t *testing.T) {
	for name, transport := range brokenTransports() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pusher, e := newPusher(t, transport, promhook.WithPushLogger(slog.New(exitingHandler{slog.DiscardHandler})))
				runOK(t, e)
				synctest.Wait()
				if stats := pusher.Stats(); stats.Errors != 1 || stats.Pending != 1 {
					t.Errorf("after the broken push: %+v", stats)
				}
				transport.setRespond(nil)
				time.Sleep(time.Minute)
				runOK(t, e)
				synctest.Wait()
				if stats := pusher.Stats(); stats.Errors != 1 || stats.Pending != 0 || stats.Delivered != 1 {
					t.Errorf("after the next push: %+v", stats)
				}
				if err := pusher.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
