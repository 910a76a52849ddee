package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	keep     = 200     // messages
	maxBytes = 1 << 18 // of one message
)

// A Message is one request that arrived.
type Message struct {
	At   time.Time       `json:"at"`
	From string          `json:"from"` // the path of the request
	Text string          `json:"text"` // what a chat would show
	Body json.RawMessage `json:"body"`
}

// inbox keeps the messages that arrived. It is safe for concurrent use.
type inbox struct {
	mu       sync.Mutex
	messages []Message // oldest first
}

func (b *inbox) put(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	b.messages = slices.Clone(b.messages[max(0, len(b.messages)-keep):])
}

func (b *inbox) read() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Message{}, b.messages...) // not nil, so that the JSON has a list
}

func (b *inbox) handler(now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writePage(w, b.read()) })
	mux.HandleFunc("GET /messages", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(b.read()) // fails only if the client is gone
	})
	mux.HandleFunc("POST /{from...}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
		if err != nil || !json.Valid(body) {
			http.Error(w, "no JSON, or too much of it", http.StatusBadRequest)
			return
		}
		b.put(Message{At: now().UTC(), From: r.PathValue("from"), Text: text(body), Body: body})
		// Exactly the answer of Slack: senders treat any other answer as a
		// failure.
		_, _ = io.WriteString(w, "ok")
	})
	return mux
}

// text returns what a chat would show of a Slack message: all its texts, in
// order.
func text(body []byte) string {
	var m struct {
		Text        string
		Attachments []struct{ Fallback, Title, Text string }
	}
	if json.Unmarshal(body, &m) != nil {
		return "" // JSON, but not a Slack message: the page shows it unchanged
	}
	lines := []string{m.Text}
	for _, a := range m.Attachments {
		if a.Title == "" && a.Text == "" {
			a.Title = a.Fallback
		}
		lines = append(lines, a.Title, a.Text)
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}
