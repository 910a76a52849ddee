package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/term"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// pageAddress is where the page is, unless another program is there already.
const pageAddress = "127.0.0.1:6070"

// pageOptions returns the options that serve the live page to somebody who watches
// the terminal. In CI, in a pipe, and where the environment says what to serve,
// there are none.
func pageOptions() []exporters.Option {
	watched := term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	ci := os.Getenv("CI")
	if !watched || ci != "" && ci != "false" || os.Getenv("CHUNKSCOPE_ADDR") != "" || os.Getenv("CHUNKSCOPE_UI") == "off" {
		return nil
	}
	address := pageAddress
	if l, err := net.Listen("tcp", address); err == nil { //nolint:noctx // it binds and waits for nothing
		_ = l.Close()
	} else {
		address = "127.0.0.1:0"
	}
	return []exporters.Option{exporters.WithPrometheus(address)}
}

// keepPage sends what other back ends wait for, and then keeps the page until the
// user interrupts.
func keepPage(ctx context.Context, exec *core.Executor, url string, stderr io.Writer) {
	if err := exec.Shutdown(ctx); err != nil {
		fmt.Fprintln(stderr, "not everything was sent:", err)
	}
	fmt.Fprintf(stderr, "page stays until Ctrl-C: %s\n", url)
	<-ctx.Done()
	fmt.Fprintln(stderr) // after the terminal's ^C
}
