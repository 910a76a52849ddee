// E2e starts the docker example. It asks the back ends through their own APIs
// and compares their answers with the counts of the job itself.
//
//	GOWORK=off go -C integration run ./e2e
//	GOWORK=off go -C integration run ./e2e -compose docker-compose -without grafana
//
// It lets the job fail and recover, and follows the alert and the messages.
// Then it kills one back end after the other in the middle of a run. Finally it
// takes everything down and prints its results as tables; with -results it also
// writes them to a file. The exit status is 0 if all checks passed.
//
// Services excluded with -without are not asked; the report lists them.
//
// The job starts runs only when e2e asks for them, and the alerts have no
// waiting time. Two variables of the compose file set this; the rest is the
// example as it is.
package main
