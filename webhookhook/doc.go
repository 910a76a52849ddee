// Package webhookhook sends messages about runs to a chat or to a program: that
// a run failed, recovered, was cancelled; how far it is. The messages arrive,
// through outages of the endpoint too, and nothing the endpoint does reaches
// the job.
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
//	run_recovered  by default   the first success of an executor after failed runs
//	first_failure  by default   a run has failures and goes on for 5 s; otherwise its end tells them
//	run_anomaly    by default   a run stalls or behaves unlike itself, once for each kind and run; and that it is over
//	run_started    WithEvents   a run begins
//	run_succeeded  WithEvents   a run ended well
//	run_progress   WithMilestones, WithProgressInterval
//
// Every message is one of [Message]; docs/webhooks.md shows each. A message
// with the event and executor of another one is sent at the earliest a minute
// after it, see [WithRepeatInterval]: the ends of runs in between are told
// together, by the last of them. Executors beyond the first 200 share this
// memory, and are never said to have recovered.
//
// # Formats
//
// [Slack] (Block Kit), [Mattermost], [Discord], [Teams], [JSON] and
// [CloudEvents]; the host of the URL decides if [WithFormat] does not. A
// [Format] of one's own is one method. The texts of errors come from the job's
// data, and may hold what nobody should read in a chat: by default a message
// has an error's type and first 200 characters, see [WithoutErrorText] and
// [WithRedactor].
//
// # What happens on failure
//
// Messages wait in a queue of 64 for one goroutine, which makes at most one
// attempt a second. Workers never wait. Of a message there is one attempt after
// the other, with random pauses of at most 30 s or what the endpoint asks for
// with Retry-After, at most a minute: for 5 minutes, or 5 times for starts and
// progress. What was tried in vain gives way to the run's end, progress and
// starts to any message that matters more. So a run's end arrives at most 40 s
// after the endpoint is back, if it was away for two minutes and did not ask
// for more; of several ends, one a second after it. Delivery is at least once:
// an attempt whose answer was lost is repeated, with the same webhook-id. Other
// answers of the 400s are final; after 404 or 410 nothing is tried for the runs
// that had begun by then. What is given up is counted in Stats by reason:
//
//	queue_full       there was no room, and nothing less important in the queue
//	superseded       a later message told the same and more
//	gave_up          tried for as long as is allowed
//	status_400, …    the endpoint refused it
//	disabled         the endpoint was gone
//	format_error     the format failed, or made more than 16 KiB
//	shutdown         Shutdown had no more time
//	closed           it came after Shutdown
//
// Changes of the endpoint's health are logged, at most one line a minute. The
// URL, which is itself a credential, tokens, headers and secrets are in no log,
// error or message.
//
// [NewPing] is for dead-man's switches, which tell of the runs that never
// happened.
package webhookhook
