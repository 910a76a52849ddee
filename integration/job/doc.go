// Job is the program that the docker example watches: it compresses the source
// of Go's standard library, again and again, and tells by the hooks of package
// exporters what it does.
//
// The work is real, and so is its unevenness: the largest file is ten thousand
// times as large as the smallest. So are the failures. A file that does not
// parse fails; those below folders named testdata are there to be refused by
// parsers, and each so many runs they are read, too.
//
// It is set up by environment variables, those of exporters.FromEnv, of which
// CHUNKSCOPE_WEBHOOK_URL may be plain HTTP here, and
//
//	JOB_INPUT         folder with Go files, /input by default
//	JOB_ADDR          where the ledger is served, :8080 by default
//	JOB_WORKERS       files at once, 4 by default
//	JOB_PAUSE         from one run to the next, 10s by default; 0 runs only what is asked for
//	JOB_BROKEN_EVERY  each so many runs reads the testdata, 4 by default; 0 for never
//
// GET /ledger tells as JSON what the job itself counted, for comparing it with
// what arrived in the back ends. POST /run starts a run now, POST
// /run?broken=true one that reads the testdata.
package main
