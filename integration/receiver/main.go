// Receiver takes the place of a chat. It accepts what webhooks send, answers as
// Slack does, and shows the messages on a page.
//
//	GET  /          the messages, newest first
//	GET  /messages  the same as JSON
//	POST /…         accepts a message; the path names the sender
//
// It keeps the last 200 messages in memory and listens on RECEIVER_ADDR, :8090
// by default.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{
		Addr:         os.Getenv("RECEIVER_ADDR"),
		Handler:      new(inbox).handler(time.Now),
		ReadTimeout:  5 * time.Second,
		WriteTimeout: 5 * time.Second,
	}
	if server.Addr == "" {
		server.Addr = ":8090"
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, "receiver:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the signals need no giving back at the end of the process
	}
}
