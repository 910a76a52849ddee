// Package statsdhook sends the events of executors as metrics to a StatsD
// server, over UDP or a unix socket.
//
//	hook, err := statsdhook.New("localhost:8125")
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // sends what is left and returns what was lost
//	exec.Register(hook)
//
// # Metrics
//
// All names begin with the prefix, "chunkscope." by default, and all have the
// tag executor.
//
//	name             type     unit     tag      meaning
//	runs             counter  runs     outcome  runs that ended
//	run.duration     timer    ms                durations of runs
//	runs.active      gauge    runs              active runs
//	chunks           counter  chunks   outcome  chunks that ended
//	chunk.duration   timer    ms                durations of chunks
//	chunk.size       gauge    items             size of the last chunk
//	chunk.wait       timer    ms                waiting of chunks done elsewhere
//	chunk.attempts   counter  attempts          attempts at these chunks
//	remote.workers_lost counter workers         remote workers lost with these chunks
//	chunks.active    gauge    chunks            active chunks
//	items            counter  items    outcome  items that finished
//	items.expected   gauge    items             total of the active runs
//	progress         gauge    0 to 1            share of these items that finished
//	throughput       gauge    items/s           items that finish per second
//	run.remaining    gauge    s                 estimated time to the end of the active runs
//	workers.active   gauge    workers           active workers
//	worker.busy      timer    ms                time in user code, of a worker in a run
//	errors           counter  errors   type     failures, at most 32 types and "_other"
//	anomalies        counter  anomalies kind    anomalies that began
//	hook.faults      counter  faults   hook     faults of any executor's hooks
//
// Each counter of core.NewCounter is a counter NAME. Its counts are exact at any sample
// rate.
//
// An outcome is "ok", "error", "panic" or "canceled", of a run also "partial": its
// failures are tolerated. Items have no "canceled": an item that did not finish
// does not count. The counter errors counts failures of items, of whole chunks, and
// of runs that failed without either.
//
// Several runs of one executor add up. The hook sends an executor's counters of
// outcomes as 0 when it first hears of the executor, so that they exist. Gauges
// are absolute values and are sent at every flush, changed or not. A gauge
// without a value is 0. At most 200 executors have a tag of their own; the others
// share "_other".
//
// Texts in tags are cleaned for the format of the tags, see [TagFormat]: "_"
// replaces each character that would end a tag or a line. Executors add up if
// their cleaned names are equal. With [InName] the executor follows the prefix,
// and the other tag is at the end: "chunkscope.import.chunks.ok".
//
// # What it costs, and what happens on failure
//
// A worker adds to counters in memory and puts a timer into a queue of 4096. It
// never waits, looks up a name or sends. One goroutine does that at every flush
// interval, see [WithFlushInterval], and sooner when 2048 timers wait. The first
// event starts it.
//
// StatsD delivers at most once: UDP does not report whether a packet arrived. A
// server that is down or slow, or whose name does not resolve, costs metrics and
// nothing else. The hook tries again with every packet and looks up the name
// again after 5 s. It logs when sending begins to fail and when it works again,
// at most once a minute.
//
// Stats counts metric lines. A line is produced when a timer is put into the
// queue, or when a flush collects a counter that has changed or a gauge. It is
// delivered when the system has taken its packet, or when the client given to
// NewWithSender has returned no error. It is dropped for one of these reasons:
//
//	queue_full     the queue was full; this happens to timers only, never to counters
//	timeout        the packet was not taken within 100 ms: a unix socket was full
//	send_error     sending failed in another way, or the client broke
//	resolve_error  the server's name has no known address
//	shutdown       Shutdown could not wait longer
//	closed         it came after Shutdown
//
// Every other line is pending, and none is once Shutdown has returned. Errors
// counts the packets, or calls of the given client, that failed.
package statsdhook
