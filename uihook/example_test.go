package uihook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func Example() {
	ui, err := uihook.New()
	if err != nil {
		log.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(ui)
	mux := http.NewServeMux()
	mux.Handle("/debug/chunkscope/", ui) // in a program, beside your own pages

	rows := []string{"a", "b", "c"}
	_ = core.ForEach(context.Background(), exec, rows, func(context.Context, string) error { return nil })

	w := httptest.NewRecorder() // a browser, or curl
	mux.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/debug/chunkscope/api/v1/runs", nil))
	var runs []struct {
		Executor, State string
		Done            int `json:"items_done"`
	}
	if err := json.NewDecoder(w.Body).Decode(&runs); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", runs)
	// Output: [{Executor:import State:ok Done:3}]
}
