package metricname_test

import (
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/internal/metricname"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ name, unit, prometheus, openTelemetry string }{
		{"read", "bytes", "read_bytes_total", "By"},
		{"read_bytes", "bytes", "read_bytes_total", "By"},
		{"waited", "seconds", "waited_seconds_total", "s"},
		{"rows_read", "rows", "rows_read_total", "{rows}"},
		{"retries", "", "retries_total", ""},
	} {
		if got := metricname.Prometheus(tt.name, tt.unit); got != tt.prometheus {
			t.Errorf("%s in %s is %s, want %s", tt.name, tt.unit, got, tt.prometheus)
		}
		if got := metricname.OpenTelemetry(tt.unit); got != tt.openTelemetry {
			t.Errorf("the unit %s is %s, want %s", tt.unit, got, tt.openTelemetry)
		}
	}
}

func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{
		"items": true, "items_expected": true, "errors": true, "runs": true, "run_duration": true, "chunks_active": true, "hook_faults": true,
		"chunkscope_rows": true, "build_info": true,
		"items_skipped": false, "errors_ignored": false, "rows_read": false, "runner": false, "chunky": false, "read": false,
	} {
		if got := metricname.Reserved(name); got != want {
			t.Errorf("Reserved(%s) is %v", name, got)
		}
	}
}

// FuzzValid checks that valid names and units are words in ASCII of bounded length.
func FuzzValid(f *testing.F) {
	for _, s := range []string{"rows_read", "", "9a", "a\n", "é", strings.Repeat("a", 65), "_a", "a_", "A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if metricname.Valid(s) && (s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "") {
			t.Errorf("%q is a valid name", s)
		}
		if metricname.ValidUnit(s) && (len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "") {
			t.Errorf("%q is a valid unit", s)
		}
	})
}
