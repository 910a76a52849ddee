package main

import (
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	usual := settings{input: "/input", addr: ":8080", workers: 4, pause: 10 * time.Second, brokenEvery: 4}
	own := settings{input: "/src", addr: "127.0.0.1:1", webhook: "http://a", workers: 2, pause: 0, brokenEvery: 0}
	for name, test := range map[string]struct {
		env   map[string]string
		want  settings
		wrong string // the variable that the error must name
	}{
		"nothing":        {nil, usual, ""},
		"empty":          {map[string]string{"JOB_PAUSE": "", "JOB_WORKERS": ""}, usual, ""},
		"all":            {map[string]string{"JOB_INPUT": "/src", "JOB_ADDR": "127.0.0.1:1", "CHUNKSCOPE_WEBHOOK_URL": "http://a", "JOB_WORKERS": "2", "JOB_PAUSE": "0", "JOB_BROKEN_EVERY": "0"}, own, ""},
		"no worker":      {map[string]string{"JOB_WORKERS": "0"}, settings{}, "JOB_WORKERS"},
		"no number":      {map[string]string{"JOB_BROKEN_EVERY": "often"}, settings{}, "JOB_BROKEN_EVERY"},
		"negative pause": {map[string]string{"JOB_PAUSE": "-1s"}, settings{}, "JOB_PAUSE"},
		"unitless pause": {map[string]string{"JOB_PAUSE": "10"}, settings{}, "JOB_PAUSE"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse(func(key string) string { return test.env[key] })
			if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Fatalf("error %v, want one about %q", err, test.wrong)
			}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
