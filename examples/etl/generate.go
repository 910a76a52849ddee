package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// generate writes a file of orders and returns its path. It keeps a file that
// an earlier run has written. About one order in a thousand is invalid, in one
// of four ways.
func generate(ctx context.Context, dir string, rows int) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("orders-%d.jsonl", rows))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	o, err := create(path)
	if err != nil {
		return "", err
	}
	defer o.discard()
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))
	for i := range rows {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		email, amount, currency, end := fmt.Sprintf(" Customer.%d@Example.ORG", i*7919%50_000), fmt.Sprintf("%d.%02d", 1+i%900, i%100), "eur", "}"
		switch i % 4000 {
		case 500:
			email = "nobody"
		case 1500:
			amount = "-" + amount
		case 2500:
			currency = "€"
		case 3500:
			end = "" // the writer crashed
		}
		err := o.line(fmt.Appendf(nil, `{"id":%d,"at":%q,"email":%q,"amount":%q,"currency":%q%s`,
			i+1, first.Add(time.Duration(i)*time.Second).Format(time.RFC3339), email, amount, currency, end))
		if err != nil {
			return "", err
		}
	}
	return path, o.commit()
}
