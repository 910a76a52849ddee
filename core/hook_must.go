package core

// Must returns h, which a hook's constructor returned together with err. It
// panics with err if that is not nil. It is for hooks that a program cannot
// start without, and makes their registration one line:
//
//	exec.Register(core.Must(termhook.New()))
//
// A program that reports a wrong setting without a stack checks err itself.
func Must[H Hook](h H, err error) H {
	if err != nil {
		panic(err)
	}
	return h
}
