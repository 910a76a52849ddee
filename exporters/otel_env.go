package exporters

import "strings"

// otelEnv is what OpenTelemetry's variables say. The SDK would panic at some
// values, print others on standard error, and send nothing for others still
// without a word. So the suite reads the variables first.
type otelEnv struct {
	get      func(name string) string
	usable   map[string]string // by variable: what to use in place of its value, "" for nothing
	warnings []otelWarning

	disabled        bool // by OTEL_SDK_DISABLED
	traces, metrics *otelSignal
}

// otelWarning says what is wrong with a variable. It does not show the value.
type otelWarning struct{ variable, problem, fix string }

// readOTelEnv reads the variables that the SDK reads.
func readOTelEnv(get func(name string) string) *otelEnv {
	e := &otelEnv{get: get, usable: map[string]string{}}
	for _, v := range otelVariables {
		value := e.get(v.name)
		text := strings.TrimSpace(value)
		if inner, ok := unquote(text); ok {
			e.warn(v.name, "the value has quotes around it, which are not used", "set it without the quotes")
			text = inner
		}
		if text != "" && v.check != nil {
			var problem string
			if text, problem = v.check(text); problem != "" {
				e.warn(v.name, problem, "set it to "+v.values)
			}
		}
		if text != value {
			e.usable[v.name] = text
		}
	}
	e.checkClientCertificates()
	e.disabled = e.value("OTEL_SDK_DISABLED") == "true"
	e.traces, e.metrics = e.readSignal("traces"), e.readSignal("metrics")
	return e
}

// value returns the value that is used for a variable, "" for none.
func (e *otelEnv) value(name string) string {
	if v, ok := e.usable[name]; ok {
		return v
	}
	return e.get(name)
}

// first returns the variable of a signal, if it has a value, or else that for all
// signals, and the value.
func (e *otelEnv) first(own, general string) (name, value string) {
	if value := e.value(own); value != "" {
		return own, value
	}
	return general, e.value(general)
}

func (e *otelEnv) warn(variable, problem, fix string) {
	w := otelWarning{variable, problem, fix}
	for _, said := range e.warnings { // a variable may be for both signals
		if said == w {
			return
		}
	}
	e.warnings = append(e.warnings, w)
}

// unquote returns a text without the quotes around it, as the files of docker's
// --env-file have them.
func unquote(s string) (inner string, ok bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s, false
	}
	return strings.TrimSpace(s[1 : len(s)-1]), true
}
