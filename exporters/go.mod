module github.com/chunkscope/chunkscope/exporters

go 1.26.0

require (
	github.com/chunkscope/chunkscope v0.1.0
	github.com/mattn/go-runewidth v0.0.31
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require github.com/clipperhouse/uax29/v2 v2.2.0 // indirect

// For work inside this repository only: whoever depends on this module gets the tagged release.
replace github.com/chunkscope/chunkscope => ../
