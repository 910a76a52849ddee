// Package integration has the tests of Chunkscope against independent decoders
// and real back ends: parsers, receivers and clients of other projects, which
// read what the exporters emit.
//
// README.md lists them. This is a module of its own, outside go.work, so that
// its dependencies never reach the build of a user, nor the everyday test run.
// Run it from the root of the repository:
//
//	GOWORK=off go -C integration test ./...
package integration
