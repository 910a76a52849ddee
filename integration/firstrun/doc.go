// Package firstrun tests the first two commands of README.md as a newcomer runs
// them: in a fresh copy of the repository, with an empty build cache, on a
// terminal. What they print is kept in testdata/transcript.txt, of which
// README.md shows a part. A run must print the same lines, apart from figures
// and names of files. After a change of README.md, which is outside of this
// module, run the tests with -count=1.
//
// The commands build everything, which takes minutes. So their test needs a tag:
//
//	GOWORK=off go -C integration test -tags firstrun -timeout 20m ./firstrun
//
// With -update it writes the transcript; copy the lines to README.md then. The
// transcript has the times that were measured. The test checks no time.
package firstrun
