package exporters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/chunkscope/chunkscope/otelhook"
)

// otelErrors words the errors of OpenTelemetry's exporters: without secrets, and
// with the variable that is likely wrong.
type otelErrors struct {
	text func(error) string // of a hook that knows the secrets
}

func newOTelErrors(secrets []string) *otelErrors {
	return &otelErrors{otelhook.New(otelhook.WithoutTracing(), otelhook.WithoutMetrics(), otelhook.WithSecrets(secrets...)).ErrorText}
}

// anyURL matches a URL: its scheme, its host, and what may be secret.
var anyURL = regexp.MustCompile(`(https?://)(?:[^/@\s"]*@)?([^/?#\s"]*)[^\s"]*`)

// wordedError is an error that the suite has worded.
type wordedError struct{ text string }

func (e *wordedError) Error() string { return e.text }

// clean returns an error without secrets, with URLs reduced to their schemes and
// hosts. It keeps errors that are joined apart.
func (o *otelErrors) clean(err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, o.clean(e))
		}
		return errors.Join(all...)
	}
	text := anyURL.ReplaceAllString(o.text(err), "$1$2")
	if text == err.Error() {
		return err
	}
	return &wordedError{text}
}

// failure words the error of an export.
func (o *otelErrors) failure(s *otelSignal, err error) error {
	if err == nil {
		return nil
	}
	text := anyURL.ReplaceAllString(o.text(err), "$1$2")
	if hint := s.hint(text); hint != "" && !errors.Is(err, context.Canceled) { // which Shutdown does
		text += "; " + hint
	}
	return &wordedError{text}
}

// Texts of errors, by what is likely wrong.
var (
	refusedText     = regexp.MustCompile(`\b(401|403)\b|Unauthenticated|PermissionDenied`)
	unknownPathText = regexp.MustCompile(`\b(404|405)\b|Unimplemented`)
	tlsText         = regexp.MustCompile(`tls:|x509:|certificate|HTTP response to HTTPS client|handshake`)
)

// hint says which variable is likely wrong if an export fails.
func (s *otelSignal) hint(text string) string {
	own, general := s.variables("HEADERS")
	switch {
	case s.exporter != "otlp":
		return ""
	case len(s.advice) > 0:
		return s.endpoint + ": " + strings.Join(s.advice, "; ")
	case refusedText.MatchString(text):
		return "see " + general + " or " + own
	case unknownPathText.MatchString(text):
		return "see the path and the port in " + s.endpoint
	case tlsText.MatchString(text):
		_, certificate := s.variables("CERTIFICATE")
		return "see the scheme in " + s.endpoint + ", and " + certificate
	}
	return "see " + s.endpoint
}

// failureLog logs a failure, and that it is over: one record a minute at most.
type failureLog struct {
	logger *slog.Logger
	errors *otelErrors

	mu     sync.Mutex
	failed bool // as logged last
	last   time.Time
}

// report logs message with err, or over if err is nil and the last one was not.
func (f *failureLog) report(err error, message, over string) {
	f.mu.Lock()
	due := (f.failed || err != nil) && (f.last.IsZero() || time.Since(f.last) >= time.Minute)
	if due {
		f.failed, f.last = err != nil, time.Now()
	}
	f.mu.Unlock()
	switch {
	case !due:
	case err != nil:
		logTo(f.logger, slog.LevelWarn, message, "error", f.errors.text(err))
	default:
		logTo(f.logger, slog.LevelInfo, over)
	}
}

// sdkErrors is OpenTelemetry's error handler, where a program has not set one.
var sdkErrors sdkErrorHandler

type sdkErrorHandler struct {
	log atomic.Pointer[failureLog] // of the newest suite
}

// Handle logs what the SDK complains of, to the logger of the newest suite with
// OpenTelemetry.
func (h *sdkErrorHandler) Handle(err error) {
	if _, ok := errors.AsType[*wordedError](err); ok || err == nil {
		return // it is logged already
	}
	h.log.Load().report(err, "exporters: OpenTelemetry reports an error", "")
}

// use makes the handler log to a suite's logger, unless the program has a handler
// of its own.
func (h *sdkErrorHandler) use(log *failureLog) {
	h.log.Store(log)
	if fmt.Sprintf("%T", otel.GetErrorHandler()) == "*errorhandler.ErrDelegator" { // the SDK's default has no exported type
		otel.SetErrorHandler(h)
	}
}

// logTo logs to a logger, or to slog.Default if it is nil. It survives the
// logger's handler, which is user code.
func logTo(logger *slog.Logger, level slog.Level, message string, args ...any) {
	_ = call(context.Background(), func(ctx context.Context) error { // there is nowhere left to report it
		if logger == nil {
			logger = slog.Default()
		}
		logger.Log(ctx, level, message, args...)
		return nil
	})
}
