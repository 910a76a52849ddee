// E2e starts the docker example, and compares what arrived in its back ends,
// asked through their own interfaces, with what the job counted itself.
//
//	GOWORK=off go -C integration run ./e2e
//	GOWORK=off go -C integration run ./e2e -compose docker-compose -without grafana
//
// It lets the job fail and recover, and watches the alert and the messages; then
// it kills one back end after the other in the middle of a run. In the end it
// takes everything down, prints what it found as tables and, with -results,
// writes them to a file. The exit status is 0 if all of it held.
//
// What is left out with -without is not asked; the report says so.
//
// The job runs when e2e says so, and the alerts wait for nothing: that, by two
// variables of the compose file, is all that differs from the example.
package main
