package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// client is used for all servers; each of them should answer quickly.
var client = &http.Client{Timeout: 10 * time.Second}

// get reads JSON from a URL into v.
func get(ctx context.Context, url string, v any) error {
	body, err := fetch(ctx, http.MethodGet, url)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

// fetch returns the body of an answer with status 2xx.
func fetch(ctx context.Context, method, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s: %s: %.200s", url, response.Status, body)
	}
	return body, nil
}

// retry calls f until it returns no error, for at most the given time. It
// returns how long that took.
func retry(ctx context.Context, most time.Duration, f func(context.Context) error) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := f(ctx)
		if err == nil {
			return time.Since(began), nil
		}
		if last == nil || ctx.Err() == nil {
			last = err // the last real error, not that of the timeout
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, fmt.Errorf("not after %s: %w", most, last)
		}
	}
}
