package exporters

import (
	"os"
	"sync"
)

// environMutex is held while variables have other values.
var environMutex sync.Mutex

// during calls f, in which the SDK finds usable values in place of invalid ones:
// it reads the environment itself, and no option of its constructors keeps it from
// showing what it cannot read. Without an invalid value, nothing changes. After f
// the variables are as they were, for other parts of the program and for the
// processes that it starts.
func (e *otelEnv) during(f func()) {
	if len(e.usable) == 0 {
		f()
		return
	}
	environMutex.Lock()
	defer environMutex.Unlock()
	for name, usable := range e.usable {
		before, found := os.LookupEnv(name)
		if !found {
			continue
		}
		_ = os.Setenv(name, usable) // an empty variable is treated as unset
		defer func() {
			if os.Getenv(name) == usable { // nobody else has set it
				_ = os.Setenv(name, before)
			}
		}()
	}
	f()
}
