// Package statsdhook sends what an executor does to a StatsD server, over UDP
// or a unix socket.
//
//	hook, err := statsdhook.New("localhost:8125")
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // sends what is left, and tells what was lost
//	exec.Register(hook)
//
// # Metrics
//
// All names begin with the prefix, "chunkscope." by default, and all have the
// tag executor.
//
//	name             type     unit     tag      meaning
//	runs             counter  runs     outcome  runs that ended
//	run.duration     timer    ms                how long they took
//	runs.active      gauge    runs              runs that go on
//	chunks           counter  chunks   outcome  chunks that ended
//	chunk.duration   timer    ms                how long they took
//	chunk.size       gauge    items             size of the last chunk
//	chunks.active    gauge    chunks            chunks that workers are at
//	items            counter  items    outcome  items that finished
//	items.expected   gauge    items             total of the active runs
//	progress         gauge    0 to 1            how far they are
//	throughput       gauge    items/s           how fast
//	run.remaining    gauge    s                 how long they will still take
//	workers.active   gauge    workers           workers that work
//	worker.busy      timer    ms                time in user code, of a worker in a run
//	errors           counter  errors   type     failures, at most 32 types and "_other"
//	anomalies        counter  anomalies kind    anomalies that began
//	hook.faults      counter  faults   hook     faults of any executor's hooks
//
// An outcome is "ok", "error", "panic" or "canceled"; items are not canceled,
// as those that did not finish do not count. Failures are those of items, of
// chunks as a whole, and of runs that failed without one. Counters of an executor's outcomes
// are sent as 0 when the hook first hears of it, so that they exist. Several
// runs of one executor add up. Gauges are absolute, are sent at every flush
// whether they changed or not, and are 0 where there is nothing to tell. At most 200 executors
// have a tag of their own, the others share "_other".
//
// Texts in tags are cleaned for the format of the tags, see [TagFormat]: "_"
// stands for characters that would end a tag or a line. Executors whose names
// become the same add up. With [InName] the executor comes after the prefix, and
// the other tag at the end: "chunkscope.import.chunks.ok".
//
// # What it costs, and what happens on failure
//
// A worker adds to counters in memory and puts a timer into a queue of 4096; it
// never waits, resolves a name or sends. One goroutine, started by the first event, does
// that every WithFlushInterval, and sooner when 2048 timers wait.
//
// StatsD is at most once: over UDP nobody tells whether a packet arrived.
// A server that is down, or slow, or whose name does not resolve costs metrics and
// nothing else; the hook tries again with every packet, and looks names up again
// after 5 s. It logs that once, not for each packet, and counts exactly:
//
// Stats counts metric lines. A line is produced when a timer is put into the
// queue, or when a flush makes a line of a counter that has changed or of a gauge.
// It is delivered when the system has taken its packet, or the client given to NewWithSender returned no
// error. It is dropped as "queue_full" (timers only: counters are never lost to a full
// queue), "timeout" (the packet was not taken within 100 ms: a full unix socket),
// "send_error" (any other error), "resolve_error" (the server's name has no address so far),
// "shutdown" (Shutdown could not wait longer) or "closed" (it came after
// Shutdown). Everything else is pending, and nothing is once Shutdown has returned. Errors
// counts the packets, or calls of a given client, that failed.
package statsdhook
