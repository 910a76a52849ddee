package statsdhook_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/statsdhook"
)

func TestConformance(t *testing.T) {
	for name, newHook := range map[string]func() (*statsdhook.Hook, error){
		"udp, no listener": func() (*statsdhook.Hook, error) {
			return statsdhook.New("127.0.0.1:1", discardLog, statsdhook.WithFlushInterval(time.Millisecond))
		},
		"unixgram, no socket, sampled": func() (*statsdhook.Hook, error) {
			return statsdhook.New("unixgram:///no/such/socket", discardLog, statsdhook.WithTagFormat(statsdhook.InName), statsdhook.WithSampleRate(0.5))
		},
		"no address": func() (*statsdhook.Hook, error) {
			return statsdhook.New("statsd.invalid:8125", discardLog, statsdhook.WithLookup(func(context.Context, string) ([]string, error) {
				return nil, errors.New("no such host")
			}))
		},
		"user client": func() (*statsdhook.Hook, error) { return statsdhook.NewWithSender((*statsd.Client)(nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			hooktest.Conformance(t, func() core.Hook {
				h, err := newHook()
				if err != nil {
					t.Fatal(err)
				}
				return h
			})
		})
	}
}
