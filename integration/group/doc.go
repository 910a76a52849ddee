// Package group runs every promise of golang.org/x/sync/errgroup against core.Group
// too: a program changes an import and keeps what it relies on.
package group
