package statsdhook_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestBadSyntax fails early, and says what was given and what to do.
func TestInvalidOptions(t *testing.T) {
	for _, c := range []struct {
		addr string
		opt  statsdhook.Option
		want string
	}{
		{"", nil, `address "" is not of the form host:port; use host:port or unixgram:///path/to/socket`},
		{"localhost", nil, `address "localhost" is not`},
		{":8125", nil, "has no valid host"},
		{"localhost:", nil, "has no port from 1 to 65535"},
		{"localhost:0", nil, "has no port"},
		{"localhost:65536", nil, "has no port"},
		{"localhost:statsd", nil, "has no port"},
		{"udp://localhost:8125", nil, "is not of the form"},
		{"a b:8125", nil, "has no valid host"},
		{"a/b:8125", nil, "has no valid host"},
		{"unixgram://", nil, "has no path"},
		{"unixgram:///a\x00b", nil, "has a control character"},
		{"h:1", statsdhook.WithPrefix("a b"), `WithPrefix got "a b"; use letters`},
		{"h:1", statsdhook.WithPrefix("a..b"), "WithPrefix"},
		{"h:1", statsdhook.WithPrefix("a."), "WithPrefix"},
		{"h:1", statsdhook.WithTags(map[string]string{"a:b": "c"}), `WithTags got the key "a:b"; use letters`},
		{"h:1", statsdhook.WithTags(map[string]string{"executor": "c"}), `WithTags got the key "executor"; the hook uses it itself`},
		{"h:1", statsdhook.WithTagFormat(9), "WithTagFormat got 9; use DogStatsD"},
		{"h:1", statsdhook.WithSampleRate(0), "WithSampleRate got 0; use a share"},
		{"h:1", statsdhook.WithSampleRate(1.1), "WithSampleRate got 1.1"},
		{"h:1", statsdhook.WithSampleRate(math.NaN()), "WithSampleRate got NaN"},
		{"h:1", statsdhook.WithFlushInterval(0), "WithFlushInterval got 0s; use a time above 0"},
		{"h:1", statsdhook.WithResolveInterval(-1), "WithResolveInterval got -1ns"},
		{"h:1", statsdhook.WithMaxPacketSize(63), "WithMaxPacketSize got 63; use 64 to 65507"},
		{"h:1", statsdhook.WithMaxPacketSize(65508), "WithMaxPacketSize"},
	} {
		_, err := statsdhook.New(c.addr, c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "statsdhook: ") {
			t.Errorf("New(%q): %v, want %s", c.addr, err, c.want)
		}
	}
	_, err := statsdhook.New("localhost", statsdhook.WithSampleRate(2), statsdhook.WithTags(map[string]string{"a": "b"}),
		statsdhook.WithTagFormat(statsdhook.InName))
	for _, want := range []string{"localhost", "WithSampleRate", "put what they say into WithPrefix"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all mistakes are told: %v", err)
		}
	}
	for _, c := range []struct {
		opt  statsdhook.Option
		want string
	}{{nil, "got no client; use New"}, {statsdhook.WithSampleRate(-1), "WithSampleRate got -1"}} {
		if _, err := statsdhook.NewWithSender(nil, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewWithSender: %v, want %s", err, c.want)
		}
	}
}

func TestValidOptions(t *testing.T) {
	for _, addr := range []string{"localhost:8125", "statsd.example.com:1", "10.0.0.1:65535", "[::1]:8125", "my_host-1:80", "unixgram:///run/statsd.sock", "unixgram://relative.sock"} {
		if _, err := statsdhook.New(addr, nil, statsdhook.WithLogger(nil), statsdhook.WithTags(nil), statsdhook.WithPrefix("a-b.c_d")); err != nil {
			t.Error(err)
		}
	}
}

// FuzzNew finds no address or prefix that makes New or its hook panic.
func FuzzNew(f *testing.F) {
	for _, addr := range []string{"localhost:8125", "unixgram:///x", "[::1%eth0]:1", "[]:1", "\xff:1", "1.2.3:4", "a:b:1"} {
		f.Add(addr, "chunkscope")
	}
	f.Fuzz(func(t *testing.T, addr, prefix string) {
		synctest.Test(t, func(t *testing.T) {
			h, err := statsdhook.New(addr, statsdhook.WithPrefix(prefix), statsdhook.WithDial(refuseDial), discardLog,
				statsdhook.WithLookup(unknownHost))
			if err != nil {
				return
			}
			h.OnRunEnd(t.Context(), core.RunEnd{})
			shutdown(t, h, 8e9)
		})
	})
}

// TestSampling sends a share of the chunks, with the rate that scales it up
// again, and everything that is rare.
func TestSampling(t *testing.T) {
	for _, given := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) { sampling(t, given) })
	}
}

func sampling(t *testing.T, given bool) {
	const chunks, rate = 40_000, 0.25
	s := newServer(t, statsdhook.DogStatsD)
	opts := []statsdhook.Option{statsdhook.WithSampleRate(rate), statsdhook.WithDial(s.dial)}
	h := newHook(t, "127.0.0.1:8125", opts...)
	if given { // whose client would take a sample of the sample
		h = newClientHook(t, cactusClient(t, s), opts...)
	}
	for i := range chunks {
		h.OnChunkEnd(t.Context(), core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "x"}, Duration: 1e6, ItemsDone: 10, Outcome: core.OutcomeOK})
		if i%1000 == 0 {
			if err := h.Flush(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	for range 100 {
		h.OnRunEnd(t.Context(), core.RunEnd{RunStart: core.RunStart{Executor: "x"}, Outcome: core.OutcomeOK})
		h.OnItemFailure(t.Context(), core.ItemFailure{Executor: "x", Items: 1, Outcome: core.OutcomeError, Err: typedError("word")})
	}
	if said := shutdown(t, h, 1e9); said != "" {
		t.Error(said)
	}
	s.reading.Wait()
	taken := float64(len(s.timings["chunkscope.chunk.duration executor=x"]))
	if off := math.Abs(taken - chunks*rate); off > 7*math.Sqrt(chunks*rate*(1-rate)) { // seven sigma
		t.Errorf("%v of %d chunks were taken", taken, chunks)
	}
	for series, want := range map[string]float64{
		"chunkscope.chunks executor=x outcome=ok":    taken / rate,
		"chunkscope.items executor=x outcome=ok":     taken / rate * 10,
		"chunkscope.items executor=x outcome=error":  100,
		"chunkscope.errors executor=x type=word":     100,
		"chunkscope.runs executor=x outcome=ok":      100,
		"chunkscope.chunks executor=x outcome=error": 0,
	} {
		if got, known := s.totals[series]; !known || got != want {
			t.Errorf("%s: %v arrived, want %v", series, got, want)
		}
	}
	if got := len(s.timings["chunkscope.run.duration executor=x"]); got != 100 {
		t.Errorf("%d run times arrived", got)
	}
	for _, line := range s.lines {
		sampled := strings.Contains(line, "chunk.duration") || strings.Contains(line, "chunks:") || strings.Contains(line, "items:") && strings.Contains(line, "outcome:ok")
		if strings.Contains(line, "|@0.25|#") != sampled || strings.Contains(line, "@") != sampled {
			t.Errorf("wrong rate: %s", line)
		}
	}
}
