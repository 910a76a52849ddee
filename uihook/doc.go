// Package uihook shows runs on one web page, live: what the workers do now, how far
// and how fast it goes, what is stuck, slow or failing. It needs no other server.
//
//	ui, err := uihook.New()
//	if err != nil {
//		return err
//	}
//	exec.Register(ui)
//	mux.Handle("/debug/chunkscope/", ui) // any path, or none
//
// # The page
//
// From top to bottom: the run that has been active longest, or else the last one;
// what needs attention, in the words of the alerts; the throughput with failures and
// mean; a timeline of each worker and what it is at; the times of chunks and the
// slowest of them; failures by kind; the last 50 runs of the process, two of which
// can be compared; the health of other hooks (WithStatsFrom). The page is complete
// without scripts, except for the timelines. It refreshes each second while a run is
// active, every 5 s otherwise, and not at all while it is hidden. When the process
// no longer answers it says so and keeps the last numbers.
//
// Every part of the page is JSON too, below api/v1/. The file docs/page.md documents
// the addresses and fields.
//
// # Who can see it
//
// Whoever reaches the handler. The page only shows: it answers GET and HEAD. Put it
// behind the authentication and TLS of the server that it is mounted in. A request
// that arrives at a loopback address has to be for a loopback address, localhost or a
// host of WithHosts, so that no other web page can read this one. The page loads
// nothing from other servers, and its headers forbid inline scripts and frames.
// Texts of the job are one clean line and escaped; see WithRedactor and
// WithoutErrorText.
//
// # What it costs, and what happens on failure
//
// Chunks touch memory only: two uncontended locks, without an allocation. A run keeps
// at most 0.4 MB, whatever its number of chunks, and less once it has ended. The page
// keeps 50 runs; a run that starts while 50 are active is counted and not shown.
// A snapshot is built when somebody looks, for all viewers together at most one a
// second. There is no goroutine, nothing to shut down, and nothing that can fail.
// Where Stats of another hook does not return, the page shows its health as it was.
package uihook
