// Package walls holds no code, only tests of the shape of this repository: what
// core may import, which modules the root requires, which way imports point,
// and that every hook runs the conformance suite.
//
// The linter has the same import walls (.golangci.yml) and points at the line.
// The tests here hold for whoever runs go test without the linter, and see what
// it cannot: indirect imports and the go.mod file.
package walls
