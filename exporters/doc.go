// Package exporters will set up all of Chunkscope's exporters in one call.
//
// It exports nothing yet. The module exists already so that the layout, the
// import direction and the release order hold from the first release on:
// exporters imports the hook packages and core, and nothing but programs
// imports exporters. Until it has content, register hooks one by one with
// core's Executor.Register.
package exporters
