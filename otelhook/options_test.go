package otelhook_test

import (
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/otelhook"
)

// TestInvalidOptions checks that New, not an option, panics with an error that
// has every mistake.
func TestInvalidOptions(t *testing.T) {
	mistakes := map[string]otelhook.Option{
		"otelhook: WithTracerProvider(nil *trace.TracerProvider): the value is a typed nil; leave the option out, or give a real one": otelhook.WithTracerProvider((*sdktrace.TracerProvider)(nil)),
		"otelhook: WithMeterProvider(nil *metric.MeterProvider): the value is a typed nil; leave the option out, or give a real one":  otelhook.WithMeterProvider((*sdkmetric.MeterProvider)(nil)),
		"otelhook: WithChunkSpans(4): the value is no constant of ChunkSpans; give All, SlowOrFailed, Linked or Off":                  otelhook.WithChunkSpans(4),
		"otelhook: WithMaxChunkSpans(-1): the limit is negative; give 0 or more":                                                      otelhook.WithMaxChunkSpans(-1),
	}
	var all []otelhook.Option
	for want, option := range mistakes {
		if got := panicOfNew(option); got != want {
			t.Errorf("New panics with\n%s\nwant\n%s", got, want)
		}
		all = append(all, otelhook.WithErrorMessages(), option)
	}
	lines := strings.Split(panicOfNew(all...), "\n")
	for _, line := range lines {
		if mistakes[line] == nil {
			t.Errorf("New panics with %q among others", line)
		}
	}
	if len(lines) != len(mistakes) {
		t.Errorf("New reports %d mistakes, want %d", len(lines), len(mistakes))
	}
	if text := panicOfNew(otelhook.WithMaxChunkSpans(0), otelhook.WithChunkSpans(otelhook.Off)); text != "" {
		t.Errorf("New panics for valid options: %s", text)
	}
}

// panicOfNew returns the text of the error that New panics with, empty if it
// does not.
func panicOfNew(opts ...otelhook.Option) (text string) {
	defer func() {
		if value := recover(); value != nil {
			text = value.(error).Error()
		}
	}()
	otelhook.New(opts...)
	return ""
}
