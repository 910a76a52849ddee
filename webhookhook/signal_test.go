//go:build unix

package webhookhook_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

const (
	// childKind says which job a process is that a test started.
	childJobVar = "WEBHOOKHOOK_TEST_JOB"

	// killRounds and slowAnswer, if set, make the tests longer, to 200 and 3s
	// for instance.
	killRoundsVar = "WEBHOOKHOOK_TEST_KILLS"
	slowAnswerVar = "WEBHOOKHOOK_TEST_SLOW"
)

func init() {
	child = func(url string) {
		switch os.Getenv(childJobVar) {
		case "long":
			runUntilSIGTERM(url)
		case "many":
			runForever(url)
		}
		os.Exit(0)
	}
}

// longJob is a job as docs/webhooks.md advises: SIGTERM cancels the run, and
// Shutdown has a context of its own.
func runUntilSIGTERM(url string) {
	hook, err := webhookhook.New(url, webhookhook.WithFormat(webhookhook.JSON()),
		webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunCanceled))
	if err != nil {
		panic(err)
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err = core.ForEach(ctx, exec, make([]int, 1000), func(ctx context.Context, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	})
	fmt.Println("run:", err)
	fmt.Println("shutdown:", hook.Shutdown(context.Background()))
}

// manyJobs runs jobs that fail, and tells after each what became of its
// messages so far.
func runForever(url string) {
	hook, err := webhookhook.New(url, webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithoutRateLimit(), webhookhook.WithRepeatInterval(0))
	if err != nil {
		panic(err)
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	for {
		_ = core.ForEach(context.Background(), exec, []int{0}, func(context.Context, int) error { return errBoom })
		s := hook.Stats()
		fmt.Println(s.Produced, s.Dropped["queue_full"])
	}
}

// receiver is an endpoint on a real socket that keeps whole requests only.
type receiver struct {
	*httptest.Server
	arrived chan struct{} // gets a token for each request, as it arrives

	mu     sync.Mutex
	bodies [][]byte
}

func newReceiver(t *testing.T, slow time.Duration) *receiver {
	t.Helper()
	r := &receiver{arrived: make(chan struct{}, 1<<20)}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return // half a message is no message
		}
		r.arrived <- struct{}{}
		time.Sleep(slow) // the endpoint is slow, and nothing waits for it but the hook
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, body)
	}))
	r.Config.ErrorLog = discardLog()
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// all decodes what arrived; each must be a whole message.
func (r *receiver) documents(t *testing.T) (all []jsonMessage) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.bodies {
		all = append(all, attempt{body: body}.document(t))
		if !json.Valid(body) || all[len(all)-1].ID == "" {
			t.Errorf("a message arrived in pieces: %q", body)
		}
	}
	return all
}

func startChild(ctx context.Context, t *testing.T, kind, url string) (*exec.Cmd, io.Reader) {
	t.Helper()
	job := exec.CommandContext(ctx, os.Args[0])
	job.Env = append(os.Environ(), childURLVar+"="+url, childJobVar+"="+kind)
	job.Stderr = os.Stderr
	out, err := job.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Start(); err != nil {
		t.Fatal(err)
	}
	return job, out
}

// TestSIGTERM ends a job with a slow endpoint while it sends another message:
// the process ends within 10 s, and its last message has arrived.
func TestSIGTERM(t *testing.T) {
	slow, err := time.ParseDuration(os.Getenv(slowAnswerVar))
	if err != nil {
		slow = 500 * time.Millisecond
	}
	r := newReceiver(t, slow)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	job, out := startChild(ctx, t, "long", r.URL+secretPath)
	<-r.arrived // the message of the start is on its way
	if err := job.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(10*time.Second, cancel) // docker's patience
	said, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Wait(); err != nil || !late.Stop() {
		t.Errorf("the job ended with %v after it said %s", err, said)
	}
	if !strings.Contains(string(said), "run: nightly: canceled") || !strings.Contains(string(said), "shutdown: <nil>") {
		t.Errorf("the job said %s", said)
	}
	got := r.documents(t)
	if len(got) != 2 || got[1].Event != "run_canceled" {
		t.Errorf("arrived: %+v", got)
	}
}

// TestSIGKILL kills a job at random moments. What arrived is whole, and what
// did not is no more than what waited and was on its way.
func TestSIGKILL(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(killRoundsVar))
	if err != nil {
		rounds = 8
	}
	for seed := range uint64(rounds) {
		rng := rand.New(rand.NewPCG(seed, 0))
		r := newReceiver(t, time.Duration(rng.IntN(3))*time.Millisecond)
		job, out := startChild(t.Context(), t, "many", r.URL+secretPath)
		runs := 1 + rng.IntN(300)
		var produced, full int
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if _, err := fmt.Sscan(lines.Text(), &produced, &full); err != nil {
				break // the last line is cut off
			}
			if n == runs {
				if err := job.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		var exit *exec.ExitError
		if err := job.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("seed %d: the job ended with %v", seed, err)
		}
		r.Close() // waits for what is on its way
		ids := map[string]bool{}
		for _, d := range r.documents(t) {
			ids[d.ID] = true
		}
		const queue, inFlight = 64, 1
		if lost := produced - full - len(ids); lost > queue+inFlight {
			t.Errorf("seed %d: of %d messages %d were dropped for want of room and %d arrived: %d are lost", seed, produced, full, len(ids), lost)
		}
	}
}
