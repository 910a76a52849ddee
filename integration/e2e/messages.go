package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// receiver is a client of the server that receives the messages of the job and
// of Alertmanager.
type receiver struct{ url string }

// checkMessage returns an error unless a message with a word has arrived from a
// sender since a time.
func (r receiver) checkMessage(ctx context.Context, from, word string, since time.Time) error {
	var messages []struct {
		At         time.Time
		From, Text string
	}
	if err := get(ctx, r.url+"/messages", &messages); err != nil {
		return err
	}
	for _, m := range messages {
		if m.From == from && !m.At.Before(since) && strings.Contains(m.Text, word) {
			return nil
		}
	}
	return fmt.Errorf("receiver: none of %d messages is from %s since %s and says %q", len(messages), from, since.Format(time.TimeOnly), word)
}

// alertmanager is a client of the API of Alertmanager.
type alertmanager struct{ url string }

// checkAlert returns an error unless Alertmanager has an alert of the job, or
// has none, as wanted.
func (a alertmanager) checkAlert(ctx context.Context, alert string, want bool) error {
	var alerts []struct{ Labels map[string]string }
	if err := get(ctx, a.url+"/api/v2/alerts?active=true", &alerts); err != nil {
		return err
	}
	got := false
	for _, x := range alerts {
		got = got || x.Labels["alertname"] == alert && x.Labels["job"] == "compress"
	}
	if got != want {
		return fmt.Errorf("alertmanager: has %s: %t", alert, got)
	}
	return nil
}
