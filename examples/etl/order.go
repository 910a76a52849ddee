package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// order is an order as people type it; cleanOrder is one as a database wants
// it.
type order struct {
	ID       int       `json:"id"`
	At       time.Time `json:"at"`
	Email    string    `json:"email"`
	Amount   string    `json:"amount"`
	Currency string    `json:"currency"`
}

type cleanOrder struct {
	ID       int       `json:"id"`
	At       time.Time `json:"at"`
	Email    string    `json:"email"`
	Cents    int64     `json:"cents"`
	Currency string    `json:"currency"`
}

// cleanLine is the work on one line.
func cleanLine(_ context.Context, line string) ([]byte, error) {
	var o order
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		return nil, &badLine{line, err}
	}
	c, err := clean(o)
	if err != nil {
		return nil, &badLine{line, err}
	}
	return json.Marshal(c)
}

func clean(o order) (cleanOrder, error) {
	c := cleanOrder{ID: o.ID, At: o.At.UTC(), Currency: strings.ToUpper(o.Currency)}
	if len(c.Currency) != 3 || strings.Trim(c.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return c, fmt.Errorf("currency %q is no code of three letters", o.Currency)
	}
	address, err := mail.ParseAddress(strings.ToLower(o.Email))
	if err != nil {
		return c, fmt.Errorf("email %q: %w", o.Email, err)
	}
	c.Email = address.Address
	c.Cents, err = cents(o.Amount)
	return c, err
}

// cents parses an amount such as 12.50 without using a float.
func cents(amount string) (int64, error) {
	whole, hundredths, _ := strings.Cut(amount, ".")
	n, err := strconv.ParseInt(whole+hundredths, 10, 64)
	if err != nil || n <= 0 || len(hundredths) != 2 {
		return 0, fmt.Errorf("amount %q: need more than 0.00, with two digits after the point", amount)
	}
	return n, nil
}

// badLine is the error of an invalid line, with the line.
type badLine struct {
	text   string
	reason error
}

func (b *badLine) Error() string { return b.reason.Error() }
func (b *badLine) Unwrap() error { return b.reason }

// rejection returns the line in rejected.jsonl for a failed item.
func rejection(failed *core.ItemError) []byte {
	r := struct {
		Line   int    `json:"line"` // of the input, from 1
		Reason string `json:"reason"`
		Text   string `json:"text,omitempty"`
	}{Line: failed.Index + 1, Reason: failed.Err.Error()}
	if bad, ok := errors.AsType[*badLine](failed); ok {
		r.Text = bad.text
	}
	text, _ := json.Marshal(r) // an int and strings always encode
	return text
}
