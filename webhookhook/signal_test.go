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
	// childJobVar names the job of a process that a test started.
	childJobVar = "WEBHOOKHOOK_TEST_JOB"

	// killRoundsVar and slowAnswerVar make the tests longer; use 200 and 3s, for
	// instance.
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

// runUntilSIGTERM follows docs/webhooks.md: SIGTERM cancels the run, and Shutdown has a
// context of its own.
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

// runForever runs jobs that fail. It prints the stats of the messages after each.
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

// receiver is an endpoint on a real socket. It keeps complete requests.
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
			return // the request is incomplete
		}
		r.arrived <- struct{}{}
		time.Sleep(slow) // simulates a slow endpoint; only the hook waits for it
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, body)
	}))
	r.Config.ErrorLog = discardLog()
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// documents decodes the messages that arrived, and checks that they are complete.
func (r *receiver) documents(t *testing.T) (all []jsonMessage) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.bodies {
		all = append(all, attempt{body: body}.document(t))
		if !json.Valid(body) || all[len(all)-1].ID == "" {
			t.Errorf("a message is incomplete: %q", body)
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

// TestSIGTERM ends a job while it sends a message to a slow endpoint. The process
// ends within 10 s, and its last message arrives.
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
	late := time.AfterFunc(10*time.Second, cancel) // docker kills a container then
	output, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Wait(); err != nil || !late.Stop() {
		t.Errorf("the job ended with %v and printed %s", err, output)
	}
	if !strings.Contains(string(output), "run: nightly: canceled") || !strings.Contains(string(output), "shutdown: <nil>") {
		t.Errorf("the job printed %s", output)
	}
	got := r.documents(t)
	if len(got) != 2 || got[1].Event != "run_canceled" {
		t.Errorf("arrived: %+v", got)
	}
}

// TestSIGKILL kills a job at random moments. What arrives is complete, and at most the
// messages in the queue and in flight are lost.
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
		r.Close() // waits for requests in flight
		ids := map[string]bool{}
		for _, d := range r.documents(t) {
			ids[d.ID] = true
		}
		const queue, inFlight = 64, 1
		if lost := produced - full - len(ids); lost > queue+inFlight {
			t.Errorf("seed %d: of %d messages, %d did not fit in the queue, %d arrived and %d are lost", seed, produced, full, len(ids), lost)
		}
	}
}
