// Package consumer has the tests of the modules as other projects get them:
// packed by the rules of Go, served from a module proxy, fetched with go get
// and go install, and built in an empty folder outside of this repository.
//
// The tests find the modules to release by themselves: each go.mod of the
// checkout but those of examples, of integration and of testdata. A module's
// files are those that git tracks, as they are in the checkout, because a tag
// would hold nothing else. Modules of others come from the module cache of the
// machine, so only what is missing there needs the network.
//
// The go command caches the result of tests by the files of their own module.
// To see a change elsewhere in the repository, switch that off:
//
//	GOWORK=off go -C integration test -count=1 ./consumer
package consumer
