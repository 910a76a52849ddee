//go:build !windows

package termhook

func enableEscapes(int) bool { return true }
