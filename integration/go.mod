module github.com/chunkscope/chunkscope/integration

go 1.26.0

// For work inside this repository only: whoever depends on this module gets the tagged release.
replace github.com/chunkscope/chunkscope => ../
