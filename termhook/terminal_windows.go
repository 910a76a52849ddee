package termhook

import "golang.org/x/sys/windows"

// enableEscapes makes a console interpret escape sequences, as other terminals
// do. It returns false for consoles before Windows 10, which cannot.
func enableEscapes(fd int) bool {
	var mode uint32
	console := windows.Handle(fd)
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
