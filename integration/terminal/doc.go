// Package terminal tests termhook on a virtual terminal: what a person sees at
// several widths, compared with the frames in testdata.
package terminal
