package webhookhook_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func testDownFromStart(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook()
		runOnce(t, "nightly", errBoom, h)
		if took := time.Since(e.start); took != 0 {
			t.Errorf("the run took %v", took)
		}
		time.Sleep(time.Hour)
		checkTimes(t, "attempts", e.dialTimes(), 0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212, 242, 272)
		want := []string{"WARN webhook endpoint fails, trying again hook=webhookhook endpoint=http://chat.example problem=dial tcp memory: connection refused"}
		if lines := e.recorder.all(); !slices.Equal(lines, want) {
			t.Errorf("logged %q, want %q", lines, want)
		}
		checkStats(t, h, 1, 0, 15, map[string]uint64{"gave_up": 1})
		e.net.Refuse(false)
		runOnce(t, "nightly", nil, h)
		checkShutdown(t, h, "webhookhook: http://chat.example: 1 of 2 lost: 1 gave_up; ends of runs among them: 1")
		if got := e.attempts(); len(got) != 1 || got[0].document(t).Event != "run_recovered" {
			t.Errorf("after the outage came %v", got)
		}
		if lines := e.recorder.all(); len(lines) != 2 || !strings.Contains(lines[1], "works again") {
			t.Errorf("logged %q", lines)
		}
	})
}

func testSlow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
			time.Sleep(9 * time.Second)
			_, _ = io.WriteString(w, "ok")
		})
		h := e.hook()
		runOnce(t, "a", errBoom, h)
		runOnce(t, "b", errBoom, h)
		if took := time.Since(e.start); took != 0 {
			t.Errorf("the runs took %v", took)
		}
		time.Sleep(time.Minute)
		checkTimes(t, "attempts", e.arrivals(), 0, 9)
		checkStats(t, h, 2, 2, 0, nil)
		checkShutdown(t, h, "")
	})
}

func testBlackHole(t *testing.T) {
	t.Run("no response: 10 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.handle(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(25 * time.Second)
			e.handle(nil)
			time.Sleep(time.Minute)
			checkTimes(t, "attempts", e.arrivals(), 0, 10.5, 21.5, 33.5)
			checkStats(t, h, 1, 1, 3, nil)
			checkShutdown(t, h, "")
		})
	})
	t.Run("no connection: 3 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.onDial = func(ctx context.Context, n int) error {
				if n < 2 {
					<-ctx.Done()
				}
				return ctx.Err()
			}
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(time.Minute)
			checkTimes(t, "connections", e.dialTimes(), 0, 3.5, 7.5)
			checkStats(t, h, 1, 1, 2, nil)
			checkShutdown(t, h, "")
		})
	})
	t.Run("no handshake: 5 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newUnservedEndpoint(t)
			go func() {
				for {
					conn, err := e.net.Accept()
					if err != nil {
						return
					}
					go func() {
						_, _ = io.Copy(io.Discard, conn)
						_ = conn.Close()
					}()
				}
			}()
			h, err := webhookhook.New("https://chat.example"+secretPath, webhookhook.WithHTTPClient(e.client()),
				webhookhook.WithRandom(func() float64 { return 1 }), webhookhook.WithLogger(e.logger()))
			if err != nil {
				t.Fatal(err)
			}
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(12 * time.Second)
			checkTimes(t, "connections", e.dialTimes(), 0, 5.5, 11.5)
			dropAll(h)
			time.Sleep(5 * time.Second) // net/http lets a handshake end by itself
		})
	})
}

func testBrokenResponses(t *testing.T) {
	for name, faults := range map[string]faultnet.Faults{
		"reset in the headers": {ResetAfter: 20},
		"reset in the body":    {ResetAfter: 150},
		"half-close":           {Limit: 150},
		"1 byte per second":    {Slice: 1, Bandwidth: 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, strings.Repeat("ok ", 100))
				})
				e.net.OnDial(func(_, server *faultnet.Conn) { server.Set(faults) })
				h := e.hook()
				runOnce(t, "nightly", errBoom, h)
				synctest.Wait()
				e.net.OnDial(nil)
				time.Sleep(time.Minute)
				got := e.attempts()
				if len(got) != 2 || got[0].id != got[1].id || got[0].id == "" {
					t.Errorf("%d attempts, ids %v", len(got), got)
				}
				if faults.Bandwidth > 0 {
					checkTimes(t, "attempts", e.arrivals(), 0, 10.5)
				} else {
					checkTimes(t, "attempts", e.arrivals(), 0, 1)
				}
				checkStats(t, h, 1, 1, 1, nil)
				checkShutdown(t, h, "")
			})
		})
	}
}

func testDNS(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", Name: "chat.example", IsNotFound: true}
	for _, c := range []struct {
		name string
		dial func(ctx context.Context, n int) error
		want []float64
	}{
		{"NXDOMAIN then ok", func(_ context.Context, n int) error {
			if n < 2 {
				return notFound
			}
			return nil
		}, []float64{0, 1, 2, 3}},
		{"slow", func(ctx context.Context, n int) error {
			if n == 0 {
				<-ctx.Done() // after 3 s
				return ctx.Err()
			}
			return nil
		}, []float64{0, 3.5, 4.5}},
		// Each message resolves the name again, so that it finds a new address.
		{"address change", nil, []float64{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.onDial = c.dial
				h := e.hook()
				runOnce(t, "a", errBoom, h)
				runOnce(t, "b", errBoom, h)
				if took := time.Since(e.start); took != 0 {
					t.Errorf("the runs took %v", took)
				}
				time.Sleep(time.Minute)
				checkTimes(t, "look-ups", e.dialTimes(), c.want...)
				if n := len(e.attempts()); n != 2 {
					t.Errorf("%d messages arrived", n)
				}
				checkShutdown(t, h, "")
			})
		})
	}
}
