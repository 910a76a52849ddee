package machine

import "testing"

func TestProcessor(t *testing.T) {
	if got := processor([]byte("processor\t: 0\nmodel name\t: Some Chip 9000\nflags\t: a b\n")); got != "Some Chip 9000" {
		t.Errorf("processor %q", got)
	}
	if got := processor(nil); got != "unknown model" {
		t.Errorf("processor %q of no file", got)
	}
}

func TestTicks(t *testing.T) {
	busy, total := ticks([]byte("cpu  10 1 5 100 7 2 3 4 99 99\ncpu0 1 1 1 1\n"))
	if busy != 10+1+5+2+3+4 || total != busy+107 {
		t.Errorf("%d of %d in use", busy, total)
	}
	for _, broken := range []string{"", "cpu", "cpu  a b c"} {
		if _, total := ticks([]byte(broken)); total != 0 {
			t.Errorf("%q has %d ticks", broken, total)
		}
	}
}

func TestOthersWithoutTime(t *testing.T) {
	if share, ok := Others(0); ok && (share < 0 || share > 1) {
		t.Errorf("share %v", share)
	}
}

func TestFacts(t *testing.T) {
	for _, f := range Facts() {
		if f.Name == "" || f.Value == "" {
			t.Errorf("fact %+v", f)
		}
	}
}
