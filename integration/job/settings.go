package main

import (
	"fmt"
	"strconv"
	"time"
)

// settings are the environment variables of the job itself.
type settings struct {
	input, addr string
	webhook     string // empty for no webhook
	workers     int
	pause       time.Duration
	brokenEvery int
}

// parse reads the variables with getenv. An empty variable is treated as unset.
func parse(getenv func(string) string) (settings, error) {
	s := settings{input: "/input", addr: ":8080", workers: 4, pause: 10 * time.Second, brokenEvery: 4}
	s.webhook = getenv("CHUNKSCOPE_WEBHOOK_URL")
	if v := getenv("JOB_INPUT"); v != "" {
		s.input = v
	}
	if v := getenv("JOB_ADDR"); v != "" {
		s.addr = v
	}
	if err := number(getenv, "JOB_WORKERS", 1, &s.workers); err != nil {
		return settings{}, err
	}
	if err := number(getenv, "JOB_BROKEN_EVERY", 0, &s.brokenEvery); err != nil {
		return settings{}, err
	}
	if v := getenv("JOB_PAUSE"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return settings{}, fmt.Errorf("job: JOB_PAUSE is %q; need a time such as 10s, or 0 to run only what is asked for", v)
		}
		s.pause = d
	}
	return s, nil
}

// number parses a variable that is a whole number, at least least.
func number(getenv func(string) string, name string, least int, to *int) error {
	v := getenv(name)
	if v == "" {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least {
		return fmt.Errorf("job: %s is %q; need a whole number of at least %d", name, v, least)
	}
	*to = n
	return nil
}
