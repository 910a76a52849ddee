// Package webhookhook sends messages about runs to a chat or to a program: that a
// run failed, recovered or was cancelled, and how far it is. The messages arrive
// through outages of the endpoint, too, and the endpoint never affects a run.
//
//	hook, err := webhookhook.New(os.Getenv("SLACK_WEBHOOK_URL"))
//	// ...
//	exec := core.NewExecutor(core.WithName("nightly"))
//	exec.Register(hook)
//	defer hook.Shutdown(context.Background()) // at most 8 s
//
// # What is sent
//
//	event          sent         when
//	run_failed     by default   a run ended with the outcome error or panic
//	run_canceled   by default   a run was cancelled before it was done
//	run_recovered  by default   an executor had its first success after failed runs
//	first_failure  by default   a run has had failures for 5 s and goes on
//	run_anomaly    by default   an anomaly began or ended, once for each kind and run
//	run_started    WithEvents   a run began
//	run_succeeded  WithEvents   a run succeeded, or tolerated its failures
//	run_progress   WithMilestones, WithProgressInterval
//
// Every message is a [Message]; docs/webhooks.md shows each event. Messages with
// the same event and executor are at least a minute apart, see [WithRepeatInterval]:
// runs that end sooner are merged into the message of the last of them. The hook
// remembers 200 executors. Further ones share one memory, and have no
// run_recovered.
//
// # Formats
//
// [Slack] (Block Kit), [Mattermost], [Discord], [Teams], [JSON] and [CloudEvents].
// The host of the URL chooses the format if [WithFormat] does not. A [Format] of
// your own is one method. The texts of errors come from the job's data, and may
// hold what does not belong into a chat. By default a message has the type of an
// error and the first 200 characters of its text; see [WithoutErrorText] and
// [WithRedactor].
//
// # What happens on failure
//
// Messages wait in a queue of 64 for one goroutine, which makes at most one attempt
// a second. Workers never wait for it. An attempt that fails is repeated after a
// random pause of at most 30 s, or after the pause that the endpoint asks for with
// Retry-After, at most a minute. Starts and progress have 5 attempts, other
// messages 5 minutes. After a failed attempt, starts and progress yield to every
// other message, and first failures and anomalies to the end of their run. So the
// end of a run arrives at most 40 s after an outage of up to two minutes, if the
// endpoint did not ask for a longer pause; several ends arrive one a second.
//
// Delivery is at least once: an attempt whose response was lost is repeated with
// the same webhook-id. Every 2xx is a delivery, whatever the body says. Statuses of the
// 400s are final for the message, except 408, 425 and 429, and so are redirects. A 404
// or 410 is an outage, as long as it lasts, and says nothing of later messages or of
// other URLs of a Ping. Stats counts dropped messages by reason:
//
//	queue_full       the queue had no room, and nothing less important in it
//	superseded       a later message says the same and more
//	gave_up          every attempt that is allowed failed
//	status_400, …    the endpoint rejected it
//	format_error     the format failed or panicked, or its body exceeds 16 KiB
//	shutdown         the time of Shutdown was over
//	closed           it came after Shutdown
//
// Formats, redactors, links, transports and log handlers are user code: one that
// panics or calls runtime.Goexit costs at most its message, and the hook goes on.
//
// Changes of an endpoint's health are logged, at most one record a minute. The
// URL, which is itself a credential, and tokens, headers and secrets are in no log,
// error or message, also where a response repeats them: as they are, quoted, as JSON,
// percent-encoded, in base64. Parts of fewer than four bytes, and words that services
// have in all their URLs, are not taken out.
//
// [NewPing] is for dead-man's switches, which alert people of the runs that did not
// take place.
package webhookhook
