package webhookhook_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestNumbersAndDurations(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := webhookhook.FormatCount(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Second: "0s", 999: "999ns", 1500: "1.5µs", 840 * time.Millisecond: "840ms", 9500 * time.Millisecond: "9.5s",
		31 * time.Second:               "31s",
		12*time.Minute + 4*time.Second: "12m04s", 3*time.Hour + 5*time.Minute + 59*time.Second: "3h05m", math.MaxInt64: "2562047h47m",
	} {
		if got := webhookhook.FormatDuration(d); got != want {
			t.Errorf("%d is %s, want %s", d, got, want)
		}
	}
	for r, want := range map[float64]string{
		0: "0/s", 0.25: "0.25/s", 9.84: "9.8/s", 98.4: "98.4/s", 9840: "9.8k/s", 1e6: "1M/s",
		2.5e9: "2.5G/s", math.Inf(1): "+Inf/s",
	} {
		if got := webhookhook.FormatRate(r); got != want {
			t.Errorf("%g is %s, want %s", r, got, want)
		}
	}
}

// TestHistogram compares quantiles with the exact ones.
func TestHistogram(t *testing.T) {
	var h webhookhook.Histogram
	if q := h.Quantiles(0.5); q[0] != 0 {
		t.Errorf("the median without durations is %v", q[0])
	}
	for i := range 100_000 {
		h.Add(time.Duration(i) * time.Microsecond)
	}
	for i, got := range h.Quantiles(0.5, 0.95, 1) {
		want := []time.Duration{50 * time.Millisecond, 95 * time.Millisecond, 100 * time.Millisecond}[i]
		if off := math.Abs(float64(got-want)) / float64(want); off > 1./16 {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	for _, d := range []time.Duration{math.MinInt64, -1, 0, 1, 7, 8, 15, 16, 17, 1 << 40, math.MaxInt64} {
		var one webhookhook.Histogram
		one.Add(d)
		got := one.Quantiles(0.5)[0]
		if want := max(d, 0); math.Abs(float64(got-want)) > float64(want)/16 {
			t.Errorf("%d is counted as %d", d, got)
		}
	}
}

func TestTiming(t *testing.T) {
	end := func(chunk int, d time.Duration) core.ChunkEnd {
		return core.ChunkEnd{ChunkStart: core.ChunkStart{Chunk: chunk}, Duration: d}
	}
	got := webhookhook.TimingOf(end(0, time.Second), end(1, 12*time.Second), end(2, time.Second))
	if got.Slowest != 12*time.Second || got.SlowestChunk != 1 || got.P95 > got.Slowest || got.P50 < 900*time.Millisecond ||
		got.P50 > 1100*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if got := webhookhook.TimingOf(); got != (webhookhook.Timing{}) {
		t.Errorf("without chunks: %+v", got)
	}
}

// TestMessageTextsAreBounded renders a message of hostile texts.
func TestMessageTextsAreBounded(t *testing.T) {
	for _, s := range hostileTexts {
		m := webhookhook.Render(webhookhook.Message{Executor: s, RunID: s, Attrs: map[string]string{s: s}}, "panic", s)
		texts := []string{m.Executor, m.RunID, m.FirstFailure.Text}
		for k, v := range m.Attrs {
			texts = append(texts, k, v)
		}
		for _, text := range texts {
			if len(text) > 4*200 || strings.ContainsFunc(text, func(r rune) bool { return r == 0 || r == 0x1b || r == 0x202e || r == 0x2066 }) {
				t.Errorf("%q became %q", s, text)
			}
		}
		if m.Executor == "" || m.RunID == "" {
			t.Errorf("%q became an empty text", s)
		}
	}
}

// TestQueuedMessagesAreSmall queues messages of runs with huge texts, which must not
// stay in memory.
func TestQueuedMessagesAreSmall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook(webhookhook.WithRepeatInterval(0))
		size := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := size()
		for i := range 64 {
			huge := strings.Repeat(string(rune('a'+i%26)), 1<<20)
			s := core.RunStart{Executor: "job", RunID: huge, Attrs: map[string]string{}, Started: time.Now()}
			for j := range 100 {
				s.Attrs[fmt.Sprint(j)] = huge
			}
			ctx := h.OnRunStart(t.Context(), s)
			h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Err: errors.New(huge)})
			h.OnRunEnd(ctx, core.RunEnd{RunStart: s, Outcome: core.OutcomeError})
		}
		if after := size(); after > before+8<<20 {
			t.Errorf("64 messages take %d KiB", (after-before)>>10)
		}
		dropAll(h)
	})
}

func TestLinks(t *testing.T) {
	got := webhookhook.CleanLinks([]webhookhook.Link{
		{Title: "good", URL: "https://grafana.example/d/1?from=1&to=2"},
		{Title: "closes Markdown's", URL: "https://h.example/a)b(c|d>e<f`g h"},
		{Title: "script", URL: "javascript:alert(1)"},
		{Title: "relative", URL: "/d/1"},
		{Title: "no host", URL: "https:///x"},
		{Title: "", URL: "https://h.example"},
		{Title: "too long", URL: "https://h.example/" + strings.Repeat("x", 1000)},
	})
	want := []webhookhook.Link{{Title: "good", URL: "https://grafana.example/d/1?from=1&to=2"}, {
		Title: "closes Markdown's",
		URL:   "https://h.example/a%29b%28c%7Cd%3Ee%3Cf%60g%20h",
	}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("kept %q", got)
	}
}

func TestFormatFollowsFromTheHost(t *testing.T) {
	for host, want := range map[string]webhookhook.Format{
		"hooks.slack.com": webhookhook.Slack(), "HOOKS.SLACK.COM.": webhookhook.Slack(), "discord.com": webhookhook.Discord(),
		"canary.discord.com": webhookhook.Discord(),
		"notdiscord.com":     webhookhook.Slack(), "prod-1.westeurope.logic.azure.com": webhookhook.Teams(),
		"mattermost.example.org": webhookhook.Mattermost(), "chat.example.org": webhookhook.Slack(),
	} {
		if got := webhookhook.DefaultFormat(host); got != want {
			t.Errorf("the format of %s is %T", host, got)
		}
	}
}

// TestSignatureOfTheStandard signs the example of the specification of Standard
// Webhooks.
func TestSignatureOfTheStandard(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	webhookhook.Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), key)
	if got, want := h.Get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestPublicOnly(t *testing.T) {
	for _, s := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
		"fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0",
		"ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1",
	} {
		if webhookhook.PublicOnly(netip.MustParseAddr(s)) == nil {
			t.Errorf("%s is allowed", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "::ffff:1.1.1.1"} {
		if err := webhookhook.PublicOnly(netip.MustParseAddr(s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if webhookhook.PublicOnly(netip.Addr{}) == nil {
		t.Error("the zero address is allowed")
	}
}

// TestAddressFilterGetsResolvedAddresses posts to a host name, whose address the
// filter refuses.
func TestAddressFilterGetsResolvedAddresses(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	defer server.Close()
	log := &logRecorder{logged: make(chan struct{})}
	h, err := webhookhook.New(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+secretPath,
		webhookhook.WithAddressFilter(webhookhook.PublicOnly), webhookhook.WithLogger(log.logger()))
	if err != nil {
		t.Fatal(err)
	}
	runOnce(t, "nightly", errBoom, h)
	<-log.logged
	dropAll(h)
	if lines := log.all(); requests > 0 || !strings.Contains(lines[0], "the address is not a public one") {
		t.Errorf("%d requests, logged %q", requests, lines)
	}
}

func TestFormatsHaveNames(t *testing.T) {
	for name, want := range map[string]webhookhook.Format{
		"slack": webhookhook.Slack(), "Slack": webhookhook.Slack(), "JSON": webhookhook.JSON(), "discord": webhookhook.Discord(),
		"teams": webhookhook.Teams(), "mattermost": webhookhook.Mattermost(), "cloudevents": webhookhook.CloudEvents(""),
	} {
		if got, err := webhookhook.ParseFormat(name); got != want || err != nil {
			t.Errorf("%q is %T, %v, want %T", name, got, err, want)
		}
	}
	if got, err := webhookhook.ParseFormat(" json\n"); got != webhookhook.JSON() || err != nil {
		t.Errorf("with white space around it: %T, %v", got, err)
	}
	for _, name := range []string{"", "canary", "slack,json"} {
		_, err := webhookhook.ParseFormat(name)
		checkMistakes(t, err, "webhookhook: ParseFormat: there is no format of this name; give one of slack, discord, teams, mattermost, json, cloudevents")
	}
}
