// Package snippets holds only tests: pieces of programs that the pages in docs/
// show. They are not examples of a package, because they need a backend or
// several packages, or stand for the code of a user.
//
// Most of them are compiled and never called. TestSnippets in internal/walls
// checks that the pages show the same code, and explains how that works.
package snippets
