package exporters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// FromEnv sets up the backends that the environment names, and shows progress
// on standard error unless CHUNKSCOPE_PROGRESS is none. The package's
// documentation lists the variables. Options and variables merge setting by
// setting: what an option says holds, and what it leaves out, an address for
// instance, is the variable's. Webhooks and pings in options replace those of the
// environment. CHUNKSCOPE_DISABLED overrides all of them: the suite then observes
// nothing, and only shuts the hooks of WithHooks down.
//
// It fails as New does. It also fails for a variable that begins with
// CHUNKSCOPE_ and is not one of ours, which is most likely a typing error. The
// error names every wrong variable, and never shows its value.
func FromEnv(ctx context.Context, opts ...Option) (*Suite, error) {
	c := newConfig(opts)
	if disabled, err := isDisabled(); disabled || err != nil {
		_, _, mistakes := c.splitUserHooks()
		if err = errors.Join(err, mistakes); err != nil {
			return nil, err
		}
		return &Suite{logger: c.logger, hooks: core.Hooks(core.MultiHook(c.hooks...)), disabled: true}, nil
	}
	mistakes := errors.Join(unknownVariables(os.Environ()), c.applyVariables())
	c.dropUnsaid()
	if c.terminal == nil {
		c.terminal = &backend[termhook.Option]{setting: optionSetting(termhook.Variable)} // termhook reads the variable, and its errors say how to fix it
	}
	if variable := otelVariableSet(); c.otel == nil && variable != "" {
		c.otel = &backend[otelhook.Option]{setting: optionSetting("%s", variable)}
	}
	return newSuite(ctx, c, mistakes)
}

// disabledVariable switches a suite off.
const disabledVariable = "CHUNKSCOPE_DISABLED"

func isDisabled() (bool, error) {
	switch value := os.Getenv(disabledVariable); strings.ToLower(value) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, setting{disabledVariable, "true or false"}.wrap(errors.New("the value is neither"))
}

// dropUnsaid drops backends whose address neither an option nor a variable says.
func (c *config) dropUnsaid() {
	if c.pushgateway != nil && c.pushgateway.address == "" {
		c.pushgateway = nil
	}
	if c.statsd != nil && c.statsd.address == "" {
		c.statsd = nil
	}
	unsaid := func(b backend[webhookhook.Option]) bool { return b.address == "" }
	c.webhooks, c.pings = slices.DeleteFunc(c.webhooks, unsaid), slices.DeleteFunc(c.pings, unsaid)
}

// applyVariables applies the variables to the config.
func (c *config) applyVariables() error {
	var errs []error
	for _, v := range variables {
		value := os.Getenv(v.name)
		if value == "" || v.apply == nil {
			continue
		}
		from := setting{v.name, v.values}
		err := errors.New("the value has white space around it")
		if strings.TrimSpace(value) == value {
			err = v.apply(c, from, value)
		}
		if err != nil {
			errs = append(errs, from.wrap(err))
		}
	}
	return errors.Join(errs...)
}

// unknownVariables returns an error for each variable that has the prefix of
// ours and is not one of them.
func unknownVariables(environ []string) error {
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, "CHUNKSCOPE_") || isServiceLink(name, value) || slices.Contains(variableNames(), name) {
			continue
		}
		errs = append(errs, fmt.Errorf("exporters: %.100q is not a variable of Chunkscope; use one of %s", name, strings.Join(variableNames(), ", ")))
	}
	return errors.Join(errs...)
}

func variableNames() []string {
	names := make([]string, len(variables))
	for i, v := range variables {
		names[i] = v.name
	}
	return names
}

// serviceLink matches the variables that Kubernetes sets in the pods of a
// namespace for each of its services, here those named chunkscope….
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// isServiceLink reports whether Kubernetes set a variable, for a service.
func isServiceLink(name, value string) bool {
	return serviceLink.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}

// otelVariableSet returns the variable that names an exporter of OpenTelemetry or
// an endpoint, "" if none does.
func otelVariableSet() string {
	for _, name := range []string{
		"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
	} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}
