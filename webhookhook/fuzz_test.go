package webhookhook_test

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// hostileTexts are texts that are harmful unless they are escaped.
var hostileTexts = []string{
	"", "nightly", "<!channel> <@U024BE7LH> <https://evil.example|your bank> & co", "@everyone @here @channel <@&1> <#2>",
	"```\n@everyone\n```", "[a](https://evil.example) ![x](http://evil.example/x.png) www.evil.example",
	"*bold* _it_ ~~no~~ ||spoiler|| > quote\n# head",
	"\x00\x1b[2J\u202egnp.exe\u2066", "a\xff\xfe\xc3\x28", "😀👨‍👩‍👧日本語ÄÖÜ", strings.Repeat("😀", 5000), strings.Repeat("&", 5000),
	strings.Repeat("`", 5000),
	`{"a": "\u0000"}`, "<at>all</at>", "http://x\nhttps://y", "{{.}} %s%n",
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s, 150)
		f.Add(s, 3000)
	}
	f.Add("a", 0)
	f.Add("ab", 1)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit %= 5000
		for name, d := range webhookhook.Dialects {
			for kind, fit := range map[string]func(string, int) string{"text": d.Text, "code": d.Code} {
				got := fit(s, limit)
				size := 0
				for _, r := range got {
					size += d.Size(r)
				}
				if size > max(limit, 0) || !utf8.ValidString(got) {
					t.Errorf("%s %s: %d long, limit %d: %q", name, kind, size, limit, got)
				}
				if again := fit(s, math.MaxInt32); got != again && !strings.HasPrefix(again, strings.TrimSuffix(got, "…")) {
					t.Errorf("%s %s: %q is no prefix of %q", name, kind, got, again)
				}
				if kind == "code" && name != "bytes" && name != "runes" && name != "plain" && strings.Contains(got, "``") {
					t.Errorf("%s: %q ends its block of code", name, got)
				}
			}
		}
		slack := webhookhook.Dialects["slack"]
		all := slack.Text(s, math.MaxInt32)
		if strings.ContainsAny(all, "<>") {
			t.Errorf("Slack would read %q as %q", s, all)
		}
		unescaped := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "\u200b", "").Replace(all)
		if utf8.ValidString(s) && unescaped != strings.ReplaceAll(s, "\u200b", "") {
			t.Errorf("%q became %q", s, unescaped)
		}
		for _, name := range []string{"markdown", "discord", "plain"} {
			d := webhookhook.Dialects[name]
			for _, got := range []string{d.Text(s, math.MaxInt32), d.Code(s, math.MaxInt32)} {
				for _, bad := range []string{"@everyone", "@here", "@channel", "@all", "<@", "<!", "<#", "<http"} {
					if strings.Contains(got, bad) {
						t.Errorf("%s: %q is in %q", name, bad, got)
					}
				}
			}
			if got := strings.ToLower(d.Text(s, math.MaxInt32)); strings.Contains(got, "://") || strings.Contains(got, "www.") {
				t.Errorf("%s: a link is in %q", name, got)
			}
		}
	})
}

// formats lists every format.
var formats = map[string]webhookhook.Format{
	"slack": webhookhook.Slack(), "mattermost": webhookhook.Mattermost(), "discord": webhookhook.Discord(),
	"teams": webhookhook.Teams(), "json": webhookhook.JSON(), "cloudevents": webhookhook.CloudEvents(""),
}

// hostileMessage returns a message of the given texts and numbers.
func hostileMessage(name, id, kind, text, key string, n int, x float64) webhookhook.Message {
	m := webhookhook.Message{
		ID: "msg_1", Event: webhookhook.RunFailed, At: time.Unix(int64(n), 0), Executor: name, RunID: id,
		Attrs: map[string]string{key: text, name: id, "env": key}, Started: time.Unix(int64(n)/2, 0), Elapsed: time.Duration(n),
		Outcome: core.OutcomePanic, Workers: n, Items: n, ItemsDone: n / 2, ItemsFailed: n / 3, Chunks: n, Throughput: x,
		Remaining: core.Estimate{Known: n%2 == 0, Expected: time.Duration(n)}, Timing: webhookhook.Timing{
			P50: 1, P95: 2,
			Slowest: time.Duration(n), SlowestChunk: n, SlowestName: text,
		},
		Anomaly: &webhookhook.Anomaly{Kind: kind, Text: text}, FailedRuns: n, FailingSince: time.Unix(1, 0), Merged: n,
		Previous: &webhookhook.PreviousRun{Outcome: core.OutcomeOK, Duration: time.Duration(n)},
	}
	for i := range 33 {
		m.Failures = append(m.Failures, webhookhook.FailureCount{Type: kind + strings.Repeat("x", i), Items: i})
	}
	for range 16 {
		m.Counters = append(m.Counters, webhookhook.Counter{Name: name, Unit: key, Value: int64(n)})
	}
	for range 7 {
		m.Links = append(m.Links, webhookhook.Link{Title: text, URL: "https://dashboard.example/" + url.PathEscape(truncateBytes(key, 300))})
	}
	return m
}

func truncateBytes(s string, n int) string { return s[:min(len(s), n)] }

// FuzzPayload encodes messages of any texts in all formats. The results are JSON
// within the limits of 16 KiB and of the services.
func FuzzPayload(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s, s, s, s, s, 1000, 1.5)
	}
	f.Add("nightly", "7f3a", "timeout", "timeout after 30s", "env", -1, math.Inf(1))
	f.Add("", "", "", "", "", math.MaxInt64, math.NaN())
	f.Fuzz(func(t *testing.T, name, id, kind, text, key string, n int, x float64) {
		raw := hostileMessage(name, id, kind, text, key, n, x)
		links := func(core.RunInfo) []webhookhook.Link { return raw.Links }
		for _, raw.Event = range []webhookhook.Event{webhookhook.RunFailed, webhookhook.RunAnomaly, webhookhook.RunProgress} {
			m := webhookhook.Render(raw, kind, text, webhookhook.WithLinks(links))
			for name, format := range formats {
				_, body, err := format.Encode(m)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if len(body) > webhookhook.MaxBody || !utf8.Valid(body) || !json.Valid(body) {
					t.Errorf("%s: %d bytes: %s", name, len(body), body)
				}
				if err := checkLimits(name, body); err != nil {
					t.Errorf("%s: %v: %s", name, err, body)
				}
			}
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{
		"", "1", "0", "-1", "7", "1.5", "1e300", "NaN", "Inf", "soon", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT",
	} {
		f.Add(s, "", []byte(nil))
		f.Add("", s, []byte(`{"retry_after": `+s+`}`))
	}
	f.Fuzz(func(t *testing.T, header, reset string, body []byte) {
		h := http.Header{"Retry-After": {header}, "X-Ratelimit-Reset-After": {reset}}
		if d := webhookhook.RetryAfter(h, body, time.Now()); d != 0 && (d < time.Second || d > time.Minute) {
			t.Errorf("to wait %v", d)
		}
	})
}

// FuzzURL parses URLs. What is shown of them, in errors too, holds no four bytes in a
// row of their secret parts.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://hooks.slack.com/services/T0CANARY/B0CANARY/x0canary0token", "https://user:pa55word@chat.example:8443/hooks/abcd?token=efgh#frag",
		"http://a@b", "unix:/run/x.sock", "http://0x7f.1/", "http://[::ffff:127.0.0.1]:80/x", "https://chat.example/a%0d%0ab",
		"https://bücher.example/pfad",
		"https://chat.example/\r\nHost: x", "https:opaque", "//chat.example/x", "https://:80/",
		"https://chat.example:port/secretsecret", "%zz", "https://h/%zzsecret",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		site, secrets, err := webhookhook.ParseURL(raw)
		if err != nil {
			site, secrets = err.Error(), []string{raw}
		}
		known := "https:// http:// " + site
		if err == nil {
			u, _ := url.Parse(raw)
			known = u.Scheme + "://" + u.Host
		} else {
			known += "is not a valid absolute URL; give one as in https://hooks.example.com/… has a scheme other than https and http; use https"
		}
		for _, secret := range secrets {
			for i := 0; i+4 <= len(secret); i++ {
				if part := secret[i : i+4]; strings.Contains(site, part) && !strings.Contains(known, part) {
					t.Errorf("%q of %q is shown in %q", part, raw, site)
				}
			}
		}
		if err != nil {
			return
		}
		if again, _, err := webhookhook.ParseURL(site); err != nil || again != site {
			t.Errorf("%q is not parsed as itself: %q, %v", site, again, err)
		}
		_, err = webhookhook.New(raw, webhookhook.WithPlainHTTP())
		if err != nil && !strings.Contains(err.Error(), "which this service does not take; use https") && !strings.Contains(err.Error(), "dead-man's switch") {
			t.Errorf("%q is valid, but New returned %v", raw, err)
		}
	})
}

// FuzzPingURL parses templates of any text.
func FuzzPingURL(f *testing.F) {
	for _, s := range []string{
		"https://hc.example/{uuid}", "https://c.example/p/key/{executor}?state=run&message={summary}",
		"https://x/{", "https://x/{nothing}", "https://{executor}/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := webhookhook.NewPing("", webhookhook.WithPingURLs(raw, "", ""), webhookhook.WithPlainHTTP())
		if err == nil && p.String() == "" {
			t.Error("a ping without a name")
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("msg_1", int64(1700000000), []byte(`{"a":1}`), []byte("0123456789abcdef01234567"), 3)
	f.Add("", int64(0), []byte(nil), []byte("k"), 0)
	f.Fuzz(func(t *testing.T, id string, at int64, body, key []byte, flip int) {
		if len(key) == 0 {
			return
		}
		signature := func(body []byte) string {
			h := http.Header{}
			webhookhook.Sign(h, id, time.Unix(at, 0), body, key)
			return h.Get("webhook-signature")
		}
		got := signature(body)
		if got != signature(body) || !strings.HasPrefix(got, "v1,") {
			t.Errorf("signed %q", got)
		}
		if len(body) > 0 {
			flipped := append([]byte(nil), body...)
			bit := uint(flip) % uint(8*len(body))
			flipped[bit/8] ^= 1 << (bit % 8)
			if signature(flipped) == got {
				t.Errorf("bit %d does not matter", bit)
			}
		}
	})
}

// FuzzAnswer responds with any bytes. The message is delivered, retried or dropped,
// and the stats add up.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 429 Slow\r\nRetry-After: 9\r\n\r\n",
		"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 404 Gone\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "HTTP/9.9 999 ?\r\n\r\n",
		"\x16\x03\x01\x00\x05", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\x00\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		client := &http.Client{Transport: &http.Transport{DialContext: respondingDialer(response)}}
		log := &logRecorder{logged: make(chan struct{})}
		h, err := webhookhook.New("http://localhost"+secretPath, webhookhook.WithHTTPClient(client),
			webhookhook.WithTimeout(time.Second), webhookhook.WithLogger(log.logger()))
		if err != nil {
			t.Fatal(err)
		}
		runOnce(t, "nightly", errBoom, h)
		ctx, cancel := context.WithCancel(t.Context())
		flushed := make(chan struct{})
		go func() {
			defer close(flushed)
			_ = h.Flush(ctx) // fails if a retry is necessary
		}()
		select { // the first attempt succeeded, or failed
		case <-flushed:
		case <-log.logged:
		}
		cancel()
		<-flushed
		dropAll(h)
		s := h.Stats()
		sum := s.Delivered
		for _, n := range s.Dropped {
			sum += n
		}
		if s.Pending != 0 || s.Produced != sum {
			t.Errorf("stats %+v", s)
		}
		for _, line := range log.all() {
			checkNoCanary(t, "the log", line)
		}
	})
}
