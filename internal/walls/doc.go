// Package walls holds only tests of the shape of this repository:
//
//   - core builds with the standard library alone.
//   - The root module requires a fixed list of modules.
//   - Imports point one way, and no private package crosses a module.
//   - Every hook runs the conformance suite.
//   - Every package has an example, and every exported name a comment.
//   - The code on the pages compiles, and prints what the pages show.
//
// The linter has the same import rules (.golangci.yml) and points at the line.
// These tests need no linter, and also see indirect imports and the go.mod
// file.
package walls
