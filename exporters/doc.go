// Package exporters will set up all of Chunkscope's exporters in one call.
//
// It exports nothing itself yet; its packages termhook and loghook, which show
// runs in a terminal and in a log, stand by themselves. Exporters imports the hook
// packages and core, and nothing but programs imports exporters. Until it has
// content, register hooks one by one with core's Executor.Register.
package exporters
