// Job is the program that the docker example observes. It compresses the source
// of Go's standard library again and again, and reports to the back ends with
// the hooks of package exporters.
//
// The work is real and uneven: the largest file is ten thousand times as large
// as the smallest. The failures are real, too. A file that does not parse
// fails. The files below folders named testdata are made to be rejected by
// parsers, and every nth run reads them.
//
// Environment variables configure it: those of exporters.FromEnv, of which
// CHUNKSCOPE_WEBHOOK_URL may be plain HTTP here, and
//
//	JOB_INPUT         folder with Go files, /input by default
//	JOB_ADDR          address of the ledger, :8080 by default
//	JOB_WORKERS       files at once, 4 by default
//	JOB_PAUSE         time between runs, 10s by default; 0 runs only on request
//	JOB_BROKEN_EVERY  every nth run reads the testdata, 4 by default; 0 for never
//
// GET /ledger returns as JSON the counts of the job itself, for a comparison
// with the back ends. POST /run starts a run now, POST /run?broken=true one
// that reads the testdata.
package main
