package webhookhook_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestEveryMistakeIsReported compares the errors of constructors that were given
// several invalid values. No secret is in them.
func TestEveryMistakeIsReported(t *testing.T) {
	_, err := webhookhook.New("http://hooks.slack.com"+secretPath,
		webhookhook.WithBearerToken("canary token"), webhookhook.WithTimeout(-1), webhookhook.WithMilestones(0, 50, 100),
		webhookhook.WithFormat((*nilFormat)(nil)), webhookhook.WithHTTPClient(&http.Client{Transport: (*http.Transport)(nil)}),
		webhookhook.WithAddressFilter(webhookhook.PublicOnly), webhookhook.WithPingURLs("https://h.example/canary", "", ""))
	checkMistakes(t, err,
		"webhookhook: WithBearerToken: the token is empty, or has a space or a control character; give one without them",
		"webhookhook: WithTimeout(-1ns): the timeout is out of range; give more than 0 and at most 1m",
		"webhookhook: WithMilestones(0): the milestone is out of range; give percents from 1 to 99",
		"webhookhook: WithMilestones(100): the milestone is out of range; give percents from 1 to 99",
		"webhookhook: WithFormat(nil *webhookhook_test.nilFormat): the value is a typed nil; leave the option out, or give a real one",
		"webhookhook: WithHTTPClient(nil *http.Transport): the value is a typed nil; leave the option out, or give a real one",
		"webhookhook: WithAddressFilter: it has no effect with WithHTTPClient, which connects by itself; give one of the two",
		"webhookhook: New: the URL has the scheme http, which this service does not take; use https",
		"webhookhook: WithPingURLs: it is an option of NewPing; leave it out")

	_, err = webhookhook.NewPing("", webhookhook.WithQueueSize(0), webhookhook.WithoutErrorText(), webhookhook.WithEvents(webhookhook.RunFailed))
	checkMistakes(t, err,
		"webhookhook: WithQueueSize(0): the size is out of range; give 1 to 1024 messages",
		"webhookhook: WithEvents: it has no effect on a ping; leave it out",
		"webhookhook: NewPing: the URL is not a valid absolute URL; give one as in https://hooks.example.com/…")

	_, err = webhookhook.NewPing("", webhookhook.WithPingURLs("https://h.example/{canary}", "ftp://h.example/canary", ""))
	checkMistakes(t, err,
		"webhookhook: WithPingURLs: the URL for starts has unknown words in braces; use {executor}, {run_id}, {uuid}, {duration}, {items}, {failed} and {summary}",
		"webhookhook: WithPingURLs: the URL for successes has a scheme other than https and http; use https")
}

// TestURLOfTheOtherKind checks that a URL of a chat is no ping, and that of a
// dead-man's switch no webhook, whose every message would be a success there.
func TestURLOfTheOtherKind(t *testing.T) {
	for _, check := range []string{"https://hc-ping.com/canary", "https://Cronitor.link/p/canary/nightly", "https://uptime.betterstack.com/api/v1/heartbeat/canary"} {
		_, err := webhookhook.New(check)
		checkMistakes(t, err, "webhookhook: New: the URL is that of a dead-man's switch, which takes every message for a success; make a ping of it, with NewPing or exporters.WithPing")
		if _, err := webhookhook.NewPing(check); err != nil {
			t.Errorf("NewPing of a check: %v", err)
		}
	}
	for _, chat := range []string{"https://hooks.slack.com/services/canary", "https://discord.com/api/webhooks/1/canary", "https://x.webhook.office.com/canary"} {
		_, err := webhookhook.NewPing(chat)
		checkMistakes(t, err, "webhookhook: NewPing: the URL is that of a chat, which takes no pings; make a webhook of it, with New or exporters.WithWebhook")
		if _, err := webhookhook.New(chat); err != nil {
			t.Errorf("New of a chat: %v", err)
		}
	}
	for _, unknown := range []string{"https://uptime.betterstack.com/incoming/1", "https://push.example/api/push/1"} {
		if _, err := webhookhook.New(unknown); err != nil {
			t.Errorf("%s may be a webhook: %v", unknown, err)
		}
	}
}

// nilFormat is a format whose nil pointer implements nothing.
type nilFormat struct{ webhookhook.Format }

func checkMistakes(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	checkNoCanary(t, "an error", err.Error())
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
