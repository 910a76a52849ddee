package main

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
)

func TestPictureIsTextOfTheTerminal(t *testing.T) {
	frames := replay("job <a> & b", []pty.Write{
		{At: time.Second, Text: []byte("<script>alert('x')</script> ]]> \x1b[31merror\x1b[m\r\n")},
		{At: 2 * time.Second, Text: []byte("last line\r\n")},
	})
	picture := string(svg("job <a> & b", frames, 2.5))
	elements := map[string]int{}
	var words []string
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			words = append(words, string(token))
		}
	}
	if elements["script"] > 0 || elements["text"] == 0 || elements["title"] != 1 {
		t.Errorf("elements %v", elements)
	}
	for _, want := range []string{"$ job <a> & b", "<script>alert('x')</script> ]]>", "error", "last line"} {
		if !slices.Contains(words, want) {
			t.Errorf("the picture lacks the text %q", want)
		}
	}
	if !strings.Contains(picture, "played 2.5 times as fast") {
		t.Error("the picture does not say how fast it is played")
	}
	// The third frame is the last; it stands still without animation.
	if height := 3 * lineHeight; !strings.Contains(picture, ".film{transform:translateY(-126px)}") || height != 63 {
		t.Errorf("the last frame is not what stands still; a frame is %d high", height)
	}
}
