// Package walls holds no code, only tests of the shape of this repository: what
// core may import, which modules the root requires, which way imports point,
// that every hook runs the conformance suite, every package has an example and
// every exported name a comment, and that the code on the pages is code that works.
//
// The linter has the same import walls (.golangci.yml) and points at the line.
// The tests here hold for whoever runs go test without the linter, and see what
// it cannot: indirect imports and the go.mod file.
package walls
