package termhook

import (
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const maxFailureTexts = 5

// failureTexts are the texts of the first failures of a run. They are safe for
// concurrent use.
type failureTexts struct {
	full  atomic.Bool // further failures take no lock
	mu    sync.Mutex
	texts []string
}

func (f *failureTexts) add(err error) {
	if f.full.Load() {
		return
	}
	text := plaintext.Error(err, maxError) // now, because the error may change later
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.texts) < maxFailureTexts {
		f.texts = append(f.texts, text)
	}
	f.full.Store(len(f.texts) == maxFailureTexts)
}

func (f *failureTexts) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texts
}
