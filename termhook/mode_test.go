package termhook_test

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

func TestModes(t *testing.T) {
	tty := terminal{io.Discard}
	for _, tt := range []struct {
		name   string
		option termhook.Mode
		env    map[string]string
		out    io.Writer
		want   termhook.Mode
	}{
		{"a terminal", "", nil, tty, termhook.ModeTTY},
		{"no terminal", "", nil, io.Discard, termhook.ModePlain},
		{"a terminal of unknown size", "", nil, sized{}, termhook.ModePlain},
		{"a low terminal", "", nil, sized{80, 4}, termhook.ModePlain},
		{"a dumb terminal", "", map[string]string{"TERM": "dumb"}, tty, termhook.ModePlain},
		{"a terminal in CI", "", map[string]string{"CI": "true"}, tty, termhook.ModePlain},
		{"a terminal that is not in CI", "", map[string]string{"CI": "false"}, tty, termhook.ModeTTY},
		{"empty variable", "", map[string]string{termhook.Variable: ""}, tty, termhook.ModeTTY},
		{"variable", "", map[string]string{termhook.Variable: "json"}, tty, termhook.ModeJSON},
		{"variable: auto", "", map[string]string{termhook.Variable: "auto"}, io.Discard, termhook.ModePlain},
		{"variable: none", "", map[string]string{termhook.Variable: "none"}, tty, termhook.ModeNone},
		{"variable: tty in CI", "", map[string]string{termhook.Variable: "tty", "CI": "1"}, tty, termhook.ModeTTY},
		{"option over variable", termhook.ModePlain, map[string]string{termhook.Variable: "json"}, tty, termhook.ModePlain},
		{"option over a bad variable", termhook.ModeNone, map[string]string{termhook.Variable: "secret"}, tty, termhook.ModeNone},
		{"option auto over variable", termhook.ModeAuto, map[string]string{termhook.Variable: "json"}, tty, termhook.ModeTTY},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			h, err := termhook.New(termhook.WithMode(tt.option), nil, termhook.WithWriter(tt.out))
			if err != nil {
				t.Fatal(err)
			}
			if h.Mode() != tt.want {
				t.Errorf("mode %q, want %q", h.Mode(), tt.want)
			}
		})
	}
}

// sized is a terminal with a size.
type sized struct{ columns, rows int }

func (sized) Write(p []byte) (int, error) { return len(p), nil }
func (s sized) Size() (columns, rows int) { return s.columns, s.rows }

func TestBadModes(t *testing.T) {
	for _, value := range []string{"Plain", "plain ", "1", "hunter2", "tty\n", "\x1b[2J", strings.Repeat("x", 1<<16)} {
		t.Setenv(termhook.Variable, value)
		_, err := termhook.New()
		switch {
		case err == nil:
			t.Errorf("%.20q is accepted", value)
		case !strings.Contains(err.Error(), termhook.Variable) || value != "1" && strings.Contains(err.Error(), value):
			t.Errorf("%.20q gives %q; it must name the variable and not repeat its value", value, err)
		}
	}
	t.Setenv(termhook.Variable, "tty")
	if _, err := termhook.New(termhook.WithWriter(io.Discard)); err == nil || !strings.Contains(err.Error(), "terminal") {
		t.Errorf("tty without a terminal gives %v", err)
	}
	if _, err := termhook.New(termhook.WithMode("fancy")); err == nil || !strings.Contains(err.Error(), `"fancy"`) {
		t.Errorf("WithMode(fancy) gives %v", err)
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	const (
		modes = "use auto, tty, plain, json or none"
		noTTY = "mode tty needs a terminal, and the writer is none; use auto or plain"
		isNil = `termhook: WithWriter(nil *os.File): the value is a typed nil; leave the option out, or give a real one`
	)
	typedNil := termhook.WithWriter((*os.File)(nil))
	for _, tt := range []struct {
		name, variable string
		opts           []termhook.Option
		want           []string
	}{
		{"options", "secret", []termhook.Option{termhook.WithMode("fancy"), typedNil, termhook.WithMode("Plain")}, []string{
			`termhook: WithMode("fancy"): there is no such mode; ` + modes, isNil, `termhook: WithMode("Plain"): there is no such mode; ` + modes,
		}},
		{"option and variable", "secret", []termhook.Option{typedNil}, []string{isNil, "termhook: CHUNKSCOPE_PROGRESS: the value is no mode; " + modes}},
		{"a writer and a mode that needs another", "tty", []termhook.Option{termhook.WithWriter(io.Discard)}, []string{"termhook: CHUNKSCOPE_PROGRESS: " + noTTY}},
		{"the same as options", "", []termhook.Option{termhook.WithWriter(io.Discard), termhook.WithMode("tty")}, []string{`termhook: WithMode("tty"): ` + noTTY}},
	} {
		t.Setenv(termhook.Variable, tt.variable)
		_, err := termhook.New(tt.opts...)
		if want := strings.Join(tt.want, "\n"); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", tt.name, err, want)
		}
	}
}

func TestStandardErrorIsTheDefault(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	stderr := os.Stderr
	os.Stderr = w
	h, err := termhook.New(termhook.WithWriter(nil))
	os.Stderr = stderr
	if err != nil {
		t.Fatal(err)
	}
	runTenItems(t, h)
	_ = w.Close()
	out, _ := io.ReadAll(r)
	if h.Mode() != termhook.ModePlain || !strings.Contains(string(out), "state=done outcome=ok") {
		t.Errorf("in mode %s, standard error got %q", h.Mode(), out)
	}
}

func TestModeNoneWritesAndStartsNothing(t *testing.T) {
	var out buffer
	h := newHook(t, termhook.ModeNone, &out)
	exec := core.NewExecutor(core.WithWorkers(1))
	count := func() (n int) {
		_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error {
			n = runtime.NumGoroutine()
			return nil
		})
		return n
	}
	before := count()
	unregister := exec.Register(h)
	if during := count(); during > before {
		t.Errorf("%d goroutines, %d without the hook", during, before)
	}
	unregister()
	runTenItems(t, h)
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if out.String() != "" {
		t.Errorf("wrote %q", out.String())
	}
}
