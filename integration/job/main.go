package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
	_ "github.com/chunkscope/chunkscope/exporters/otlp"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the signals need no giving back at the end of the process
	}
}

// run works until ctx is done.
func run(ctx context.Context, getenv func(string) string) (err error) {
	s, err := parse(getenv)
	if err != nil {
		return err
	}
	var opts []exporters.Option
	if s.webhook != "" {
		opts = append(opts, exporters.WithWebhook(s.webhook, webhookhook.WithPlainHTTP()))
	}
	suite, err := exporters.FromEnv(ctx, opts...)
	if err != nil {
		return err
	}
	defer func() {
		// The context of the runs has ended, and the last messages matter most.
		err = errors.Join(err, suite.Shutdown(context.WithoutCancel(ctx)))
	}()
	j := newJob(os.DirFS(s.input), s.workers, suite.Hook())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("job: cannot serve the ledger: %w", err)
	}
	server := &http.Server{Handler: j.handler(), ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	j.loop(ctx, s.pause, s.brokenEvery)
	_ = server.Close() // only clients of the ledger are left
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("job: serving the ledger: %w", err)
	}
	return nil
}
