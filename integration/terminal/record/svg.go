package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Sizes in the units of the picture, which is 800 wide.
const (
	cellWidth  = 9.6
	lineHeight = 21
	fontSize   = 16
	margin     = 16
	width      = 2*margin + columns*cellWidth

	lastFrameStays = 6 * time.Second
)

// style has the colors for a dark and for a light page. Without animation, the
// last frame stands still.
const style = `
.page{fill:#14181f;stroke:#30363d}
text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:#d7dde4;white-space:pre}
text.bar,text.green{fill:#56d364}
text.rest{fill:#6e7681}
text.red{fill:#ff7b72}
text.yellow{fill:#e3b341}
@media (prefers-color-scheme:light){
.page{fill:#f6f8fa;stroke:#d0d7de}
text{fill:#1f2328}
text.bar,text.green{fill:#1a7f37}
text.rest{fill:#8c959f}
text.red{fill:#cf222e}
text.yellow{fill:#8a5a00}
}
.film{transform:translateY(%dpx)}
@media (prefers-reduced-motion:no-preference){.film{animation:film %.2fs step-end infinite}}
@keyframes film{%s}
`

// svg returns the picture. The frames hang below each other on a film, of which
// one frame is seen at a time.
func svg(command string, frames []frame, speed float64) []byte {
	lines := 0
	for _, f := range frames {
		lines = max(lines, len(f.lines))
	}
	height := lines * lineHeight
	total := length(frames) + lastFrameStays
	var keys strings.Builder
	for i, f := range frames {
		fmt.Fprintf(&keys, "%.2f%%{transform:translateY(%dpx)}", 100*f.at.Seconds()/total.Seconds(), -i*height)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %d" width="%g" height="%d" role="img">`, width, height+2*margin, width, height+2*margin)
	fmt.Fprintf(&b, "\n<title>%s</title>\n<desc>What the command showed on a terminal, ", escaped(command))
	if speed > 1 {
		fmt.Fprintf(&b, "played %.1f times as fast, ", speed)
	}
	b.WriteString("recorded by integration/terminal/record.</desc>\n<style>")
	fmt.Fprintf(&b, style, fontSize, -(len(frames)-1)*height, total.Seconds(), keys.String())
	fmt.Fprintf(&b, "</style>\n<rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"%g\" height=\"%d\" rx=\"8\"/>\n", width-1, height+2*margin-1)
	fmt.Fprintf(&b, "<svg x=\"%d\" y=\"%d\" width=\"%g\" height=\"%d\"><g class=\"film\">\n", margin, margin, columns*cellWidth, height)
	for i, f := range frames {
		fmt.Fprintf(&b, "<g transform=\"translate(0 %d)\">\n", i*height)
		for y, line := range f.lines {
			for _, s := range line {
				writeSpan(&b, s, y)
			}
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</g></svg>\n</svg>\n")
	return b.Bytes()
}

// writeSpan writes the text of a span. Its length is fixed, because fonts differ
// in the width of a character.
func writeSpan(b *bytes.Buffer, s span, y int) {
	class := ""
	if s.class != "" {
		class = fmt.Sprintf(` class="%s"`, s.class)
	}
	fmt.Fprintf(b, "<text%s x=\"%.4g\" y=\"%d\" textLength=\"%.4g\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
		class, float64(s.column)*cellWidth, (y+1)*lineHeight-lineHeight/4, float64(s.columns)*cellWidth, escaped(s.text))
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder returns no error
	return b.String()
}
