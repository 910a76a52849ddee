// Package snippets holds no code, only tests: pieces of programs that the pages
// in docs/ print and that have no place in the examples of a package, because
// they need a backend, or several packages, or stand for a user's own code.
//
// Nobody calls most of them. They are compiled, and the test of snippets in
// internal/walls demands that the pages show the same code; it says how that
// works.
package snippets
