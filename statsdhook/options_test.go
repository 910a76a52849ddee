package statsdhook_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestInvalidOptions checks that an error says what was given, what is wrong and
// what to do.
func TestInvalidOptions(t *testing.T) {
	const (
		addressFix   = "; give host:port or unixgram:///path/to/socket"
		prefixText   = `: the prefix is not valid in a name; give letters, digits, "_" and "-", with single dots in between`
		sizeText     = ": the size is out of range; give 64 to 65507 bytes"
		rateText     = ": the rate is out of range; give one above 0 and at most 1"
		intervalText = ": the interval is not positive; give one above 0"
	)
	for _, c := range []struct {
		addr string
		opt  statsdhook.Option
		want string
	}{
		{"", nil, `New(""): the address is not of the form host:port` + addressFix},
		{"localhost", nil, `New("localhost"): the address is not of the form host:port` + addressFix},
		{":8125", nil, `New(":8125"): the address has no valid host` + addressFix},
		{"localhost:", nil, `New("localhost:"): the address has no port from 1 to 65535` + addressFix},
		{"localhost:0", nil, `New("localhost:0"): the address has no port from 1 to 65535` + addressFix},
		{"localhost:65536", nil, `New("localhost:65536"): the address has no port from 1 to 65535` + addressFix},
		{"localhost:statsd", nil, `New("localhost:statsd"): the address has no port from 1 to 65535` + addressFix},
		{"udp://localhost:8125", nil, `New("udp://localhost:8125"): the address is not of the form host:port` + addressFix},
		{"a b:8125", nil, `New("a b:8125"): the address has no valid host` + addressFix},
		{"a/b:8125", nil, `New("a/b:8125"): the address has no valid host` + addressFix},
		{"unixgram://", nil, `New("unixgram://"): the address has no path` + addressFix},
		{"unixgram:///a\x00b", nil, `New("unixgram:///a\x00b"): the address has a control character` + addressFix},
		{"h:1", statsdhook.WithPrefix("a b"), `WithPrefix("a b")` + prefixText},
		{"h:1", statsdhook.WithPrefix("a..b"), `WithPrefix("a..b")` + prefixText},
		{"h:1", statsdhook.WithPrefix("a."), `WithPrefix("a.")` + prefixText},
		{"h:1", statsdhook.WithTags(map[string]string{"a:b": "c"}), `WithTags("a:b"): the key is not valid in a tag; give letters, digits, "_" and "-"`},
		{"h:1", statsdhook.WithTags(map[string]string{"executor": "c"}), `WithTags("executor"): the hook sets this key itself; give another one`},
		{"h:1", statsdhook.WithTagFormat(9), "WithTagFormat(9): the format is unknown; give DogStatsD, Influx, Graphite or InName"},
		{"h:1", statsdhook.WithSampleRate(0), "WithSampleRate(0)" + rateText},
		{"h:1", statsdhook.WithSampleRate(1.1), "WithSampleRate(1.1)" + rateText},
		{"h:1", statsdhook.WithSampleRate(math.NaN()), "WithSampleRate(NaN)" + rateText},
		{"h:1", statsdhook.WithFlushInterval(0), "WithFlushInterval(0s)" + intervalText},
		{"h:1", statsdhook.WithResolveInterval(-1), "WithResolveInterval(-1ns)" + intervalText},
		{"h:1", statsdhook.WithMaxPacketSize(63), "WithMaxPacketSize(63)" + sizeText},
		{"h:1", statsdhook.WithMaxPacketSize(65508), "WithMaxPacketSize(65508)" + sizeText},
	} {
		_, err := statsdhook.New(c.addr, c.opt)
		if want := "statsdhook: " + c.want; err == nil || err.Error() != want {
			t.Errorf("New(%q): got %v, want %s", c.addr, err, want)
		}
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	_, err := statsdhook.New("localhost", statsdhook.WithSampleRate(2),
		statsdhook.WithTags(map[string]string{"a b": "c", "kind": "d"}), statsdhook.WithTagFormat(statsdhook.InName))
	const want = `statsdhook: New("localhost"): the address is not of the form host:port; give host:port or unixgram:///path/to/socket
statsdhook: WithSampleRate(2): the rate is out of range; give one above 0 and at most 1
statsdhook: WithTags("a b"): the key is not valid in a tag; give letters, digits, "_" and "-"
statsdhook: WithTags("kind"): the hook sets this key itself; give another one
statsdhook: WithTags("a b,kind"): the format InName has no tags; put their values into WithPrefix`
	if err == nil || err.Error() != want {
		t.Errorf("New: got\n%v", err)
	}

	_, err = statsdhook.NewWithSender(nil, statsdhook.WithSampleRate(-1))
	const wantWithSender = `statsdhook: NewWithSender(<nil>): there is no client; give one, or use New
statsdhook: WithSampleRate(-1): the rate is out of range; give one above 0 and at most 1`
	if err == nil || err.Error() != wantWithSender {
		t.Errorf("NewWithSender: got\n%v", err)
	}
}

// TestTypedNilClient checks that a typed nil is a mistake. The nil client of the
// cactus library is none: its methods do nothing.
func TestTypedNilClient(t *testing.T) {
	_, err := statsdhook.NewWithSender((*funcClient)(nil))
	if err == nil || !strings.HasPrefix(err.Error(), "statsdhook: NewWithSender(nil *statsdhook_test.funcClient): the value is a typed nil; ") {
		t.Errorf("got %v", err)
	}
	if _, err := statsdhook.NewWithSender((*statsd.Client)(nil)); err != nil {
		t.Error(err)
	}
}

func TestValidOptions(t *testing.T) {
	for _, addr := range []string{"localhost:8125", "statsd.example.com:1", "10.0.0.1:65535", "[::1]:8125", "my_host-1:80", "unixgram:///run/statsd.sock", "unixgram://relative.sock"} {
		if _, err := statsdhook.New(addr, nil, statsdhook.WithLogger(nil), statsdhook.WithTags(nil), statsdhook.WithPrefix("a-b.c_d")); err != nil {
			t.Error(err)
		}
	}
}

// FuzzNew looks for an address or a prefix with which New or the hook panics.
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

// TestSampling checks that a share of the chunks is sent with the rate, and all
// events that are rare without it.
func TestSampling(t *testing.T) {
	for _, userClient := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) { sampling(t, userClient) })
	}
}

func sampling(t *testing.T, userClient bool) {
	const chunks, rate = 40_000, 0.25
	s := newServer(t, statsdhook.DogStatsD)
	opts := []statsdhook.Option{statsdhook.WithSampleRate(rate), statsdhook.WithDial(s.dial)}
	h := newHook(t, "127.0.0.1:8125", opts...)
	if userClient { // its own sampling must not apply
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
	if text := shutdown(t, h, 1e9); text != "" {
		t.Error(text)
	}
	s.reading.Wait()
	sampled := float64(len(s.timings["chunkscope.chunk.duration executor=x"]))
	if deviation := math.Abs(sampled - chunks*rate); deviation > 7*math.Sqrt(chunks*rate*(1-rate)) { // seven sigma
		t.Errorf("%v of %d chunks were taken", sampled, chunks)
	}
	for series, want := range map[string]float64{
		"chunkscope.chunks executor=x outcome=ok":    sampled / rate,
		"chunkscope.items executor=x outcome=ok":     sampled / rate * 10,
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
