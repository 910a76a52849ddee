package core_test

import (
	"errors"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestMustReturnsTheHookWithItsType(t *testing.T) {
	want := hooktest.NewRecorder()
	var got *hooktest.Recorder = core.Must(want, nil) //nolint:staticcheck // the type is what is tested
	if got != want {
		t.Errorf("Must returned %p, want %p", got, want)
	}
}

func TestMustPanicsWithTheErrorItself(t *testing.T) {
	want := errors.New("wrong setting")
	defer func() {
		if got := recover(); got != want {
			t.Errorf("Must panicked with %v, want %v", got, want)
		}
	}()
	core.Must[*hooktest.Recorder](nil, want)
	t.Error("Must returned in spite of an error")
}
