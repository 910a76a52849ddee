package exporters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/chunkscope/chunkscope/termhook"
)

// FromEnv sets up the backends that the environment names, and shows progress
// on standard error unless CHUNKSCOPE_PROGRESS is none; see the package's
// documentation for the variables. Options add to that: a backend that both
// name is set up as the option says, and its variables are not used.
//
// It fails as New does, and for a variable that begins with CHUNKSCOPE_ and is
// none of ours, as that is a slip of the pen. Its errors name all variables that
// are wrong, and never their values.
func FromEnv(ctx context.Context, opts ...Option) (*Suite, error) {
	c := newConfig(opts)
	if err := errors.Join(unknownVariables(os.Environ()), c.addVariables()); err != nil {
		return nil, err
	}
	if c.terminal == nil {
		c.terminal = &backend[termhook.Option]{from: option("CHUNKSCOPE_PROGRESS")} // which termhook reads, and tells what is wrong with it
	}
	if c.otel == nil && wantsOTel() {
		WithOTel().apply(c)
	}
	return build(ctx, c)
}

// addVariables adds what the variables say to the config.
func (c *config) addVariables() error {
	var errs []error
	for _, v := range variables {
		value := os.Getenv(v.name)
		if value == "" || v.add == nil {
			continue
		}
		from := source{v.name, v.want}
		err := errors.New("there is white space around it")
		if strings.TrimSpace(value) == value {
			err = v.add(c, from, value)
		}
		if err != nil {
			errs = append(errs, from.refuse(err))
		}
	}
	return errors.Join(errs...)
}

// unknownVariables refuses variables that look like ours and are not.
func unknownVariables(environ []string) error {
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, "CHUNKSCOPE_") || foreign(name, value) ||
			slices.ContainsFunc(variables, func(v variable) bool { return v.name == name }) {
			continue
		}
		errs = append(errs, fmt.Errorf("exporters: %.100q is no variable of Chunkscope; there are %s", name, strings.Join(names(), ", ")))
	}
	return errors.Join(errs...)
}

func names() []string {
	all := make([]string, len(variables))
	for i, v := range variables {
		all[i] = v.name
	}
	return all
}

// ofService matches what Kubernetes puts into the environment of every pod that
// shares a namespace with a service whose name begins with chunkscope.
var ofService = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// foreign tells whether a variable is somebody else's though it looks like ours.
func foreign(name, value string) bool {
	return ofService.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}

// wantsOTel tells whether the environment names an exporter of OpenTelemetry, or
// where one sends to.
func wantsOTel() bool {
	return slices.ContainsFunc([]string{
		"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
	}, func(name string) bool { return os.Getenv(name) != "" })
}
