package termhook

import (
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

// maxURL is how many bytes of the page's URL are shown.
const maxURL = 200

// pageFunc returns where to look for more than a terminal shows.
type pageFunc func() string

// url returns the page's URL, empty if there is none now. The function is user
// code, and runs on the display's goroutine.
func (p pageFunc) url() (url string) {
	if p == nil {
		return ""
	}
	err := guard.Call(func() error {
		url = plaintext.Clean(p(), maxURL)
		return nil
	})
	if err != nil {
		return ""
	}
	return url
}
