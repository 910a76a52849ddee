package webhookhook_test

import (
	"strings"
	"testing"
)

func checkNoCanary(t *testing.T, where, text string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("a secret is in %s: %s", where, text)
	}
}
