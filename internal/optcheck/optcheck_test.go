package optcheck_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

func TestEveryMistakeIsReported(t *testing.T) {
	m := optcheck.Mistakes{Package: "xhook"}
	if m.Err() != nil {
		t.Error("there is an error before any mistake")
	}
	m.Require(true, "WithA", 1, "never reported")
	m.Require(false, "WithB", -time.Second, "the time is negative; give 0 or more")
	m.Require(false, "WithC", "a\nb", "the name has a control character; give one without")
	m.Secret(true, "WithD", "never reported")
	m.Secret(false, "WithD", "the token is empty; leave the option out")
	m.NotTypedNil("WithE", nil)
	m.NotTypedNil("WithE", 0)
	m.NotTypedNil("WithE", (*int)(nil))
	m.Add(nil)
	m.Add(fs.ErrExist)
	const want = `xhook: WithB(-1s): the time is negative; give 0 or more
xhook: WithC("a\nb"): the name has a control character; give one without
xhook: WithD: the token is empty; leave the option out
xhook: WithE(nil *int): the value is a typed nil; leave the option out, or give a real one
file already exists`
	if err := m.Err(); err.Error() != want || !errors.Is(err, fs.ErrExist) {
		t.Errorf("got\n%v", err)
	}
}

func TestValuesAreCut(t *testing.T) {
	for name, value := range map[string]any{"a text": strings.Repeat("é", 1<<20), "numbers": make([]int, 1<<20)} {
		m := optcheck.Mistakes{Package: "xhook"}
		m.Require(false, "WithA", value, "too long")
		if n := len(m.Err().Error()); n > 300 {
			t.Errorf("%s: an error of %d bytes", name, n)
		}
	}
}
