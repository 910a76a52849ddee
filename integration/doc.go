// Package integration is the place for tests of Chunkscope against independent
// decoders and real backends: parsers, receivers and clients that other
// projects wrote, which read what the exporters emit.
//
// README.md lists them. This is a module of its own, outside
// go.work, so that what it needs never reaches a user's build, nor the everyday
// test run. Run it from the repository's root:
//
//	GOWORK=off go -C integration test ./...
package integration
