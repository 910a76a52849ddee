//go:build !windows

package termhook

func understandsEscapes(int) bool { return true }
