package snippets

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// The examples here are compiled and not run, because they need backends.

func Example_prometheus() {
	exec := core.NewExecutor()

	hook := promhook.New()                  // registers with prometheus.DefaultRegisterer
	exec.Register(hook)                     // of any number of executors
	http.Handle("/metrics", hook.Handler()) // unless the program serves its metrics already
}

func Example_shortJobs() {
	ctx, hook := context.Background(), promhook.New()
	_ = func() error {
		err := hook.Push(ctx, "http://pushgateway:9091") // job is the program's name, unless WithPushJob says otherwise
		return err
	}
	_ = func() error {
		err := hook.WriteTextfile("/var/lib/node_exporter/textfile/import.prom")
		return err
	}
}

func Example_opentelemetry() {
	hook := otelhook.New() // the global providers; WithTracerProvider and WithMeterProvider name others
	executor := core.NewExecutor(core.WithName("import"))
	executor.Register(hook)

	traces, meters := sdktrace.NewTracerProvider(), sdkmetric.NewMeterProvider()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(hook.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx)); err != nil {
			log.Print(err)
		}
	}()
}

func Example_statsd() {
	_ = func(ctx context.Context, exec *core.Executor) error {
		hook, err := statsdhook.New("localhost:8125")
		if err != nil {
			return err // the address or an option is malformed; a server that is not there is no error
		}
		defer func() {
			if err := hook.Shutdown(ctx); err != nil { // sends what is left
				log.Print(err) // statsdhook: Shutdown: metric lines: 52 of 122 lost: 52 send_error
			}
		}()
		exec.Register(hook)
		return nil
	}
}

func Example_webhooks() {
	hook, err := webhookhook.New(os.Getenv("SLACK_WEBHOOK_URL"))
	if err != nil {
		log.Fatal(err) // the URL is not in it
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	defer func() {
		if err := hook.Shutdown(context.Background()); err != nil { // at most 8 s
			log.Print(err) // says how many messages were lost, and why
		}
	}()
}

func Example_pings() {
	exec := core.NewExecutor(core.WithName("nightly"))

	ping, err := webhookhook.NewPing(os.Getenv("HEALTHCHECKS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	exec.Register(ping)
	defer func() { _ = ping.Shutdown(context.Background()) }() // as the hook's
}

func Example_kubernetes() {
	exec, items := core.NewExecutor(), []string{}
	upload := func(context.Context, string) error { return nil }
	_ = func() error {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		suite, err := exporters.FromEnv(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = suite.Shutdown(context.Background()) }() // at most 8 s
		log.SetOutput(suite.Writer())                               // log lines go above the bar
		exec.Register(suite.Hook())
		return core.ForEach(ctx, exec, items, upload) // ends when ctx does, and upload with it
	}
}

// Format is the interface as docs/webhooks.md shows it to the author of a
// format.
type Format interface {
	Encode(m webhookhook.Message) (contentType string, body []byte, err error)
}

var (
	_ Format             = webhookhook.Format(nil)
	_ webhookhook.Format = Format(nil)
)
