package exporters_test

import (
	"log/slog"
	"testing"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestStatsDTags checks what the server receives for each format of tags.
func TestStatsDTags(t *testing.T) {
	for format, want := range map[string]string{
		"":          "chunkscope.items:10|c|#executor:tags,outcome:ok\n",
		"dogstatsd": "chunkscope.items:10|c|#executor:tags,outcome:ok\n",
		"influx":    "chunkscope.items,executor=tags,outcome=ok:10|c\n",
		"graphite":  "chunkscope.items;executor=tags;outcome=ok:10|c\n",
		"name":      "chunkscope.tags.items.ok:10|c\n",
	} {
		t.Run(format, func(t *testing.T) {
			addr, lines := newStatsD(t)
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv("CHUNKSCOPE_STATSD_ADDR", addr)
			t.Setenv("CHUNKSCOPE_STATSD_TAGS", format)
			s, err := exporters.FromEnv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			run(t, s.Hook(), "tags", false)
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			contains(t, "the server received", lines(), want)
		})
	}
}

// TestWebhookFormat checks what the webhook receives for each format.
func TestWebhookFormat(t *testing.T) {
	for format, want := range map[string]string{
		"":            `"text":`,
		"slack":       `"text":`,
		"mattermost":  `"attachments":`,
		"discord":     `"embeds":`,
		"teams":       `"application/vnd.microsoft.card.adaptive"`,
		"json":        `"event":"run_failed"`,
		"cloudevents": `"type":"com.github.chunkscope.run_failed"`,
	} {
		t.Run(format, func(t *testing.T) {
			b := newHTTPBackend(t)
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv("CHUNKSCOPE_WEBHOOK_URL", b.URL+"/hook")
			t.Setenv("CHUNKSCOPE_WEBHOOK_FORMAT", format)
			s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatal(err)
			}
			run(t, s.Hook(), "formats", true)
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			contains(t, "the webhook received", b.at("/hook"), want)
		})
	}
	t.Run("with a webhook of the program's", func(t *testing.T) {
		b := newHTTPBackend(t)
		t.Setenv("CHUNKSCOPE_PROGRESS", "none")
		t.Setenv("CHUNKSCOPE_WEBHOOK_FORMAT", "discord")
		s, err := exporters.FromEnv(t.Context(), exporters.WithWebhook(b.URL+"/hook", webhookhook.WithFormat(webhookhook.JSON())))
		if err != nil {
			t.Fatal(err)
		}
		run(t, s.Hook(), "formats", true)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		contains(t, "the webhook received", b.at("/hook"), `"event":"run_failed"`)
	})
}
