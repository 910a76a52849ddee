// Package terminal tests termhook on a virtual terminal. It compares what a person
// sees at several widths with the frames in testdata.
package terminal
