package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// statsdServer keeps the lines that it receives.
type statsdServer struct {
	conn net.PacketConn
	got  chan []string
}

const lastPacket = "the test is over"

func listenStatsD(t *testing.T) *statsdServer {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &statsdServer{conn, make(chan []string, 1)}
	go func() {
		defer close(s.got)
		var lines []string
		packet := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if string(packet[:n]) == lastPacket {
				s.got <- lines
				return
			}
			lines = append(lines, strings.Fields(string(packet[:n]))...)
		}
	}()
	t.Cleanup(func() { _ = conn.Close() })
	return s
}

func (s *statsdServer) addr() string { return s.conn.LocalAddr().String() }

// lines returns all lines that were sent so far. Packets to one socket on the
// same machine arrive in order.
func (s *statsdServer) lines(t *testing.T) []string {
	t.Helper()
	if _, err := s.conn.WriteTo([]byte(lastPacket), s.conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	return <-s.got
}

// sum adds up a counter for one outcome.
func sum(t *testing.T, lines []string, name, outcome string) (total int) {
	t.Helper()
	pattern := regexp.MustCompile(`^chunkscope\.` + name + `:(\d+)\|c\|#executor:monitoring,outcome:` + outcome + `$`)
	for _, line := range lines {
		if match := pattern.FindStringSubmatch(line); match != nil {
			n, err := strconv.Atoi(match[1])
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
	}
	return total
}

// webServer keeps the bodies that are posted to it, by path.
type webServer struct {
	*httptest.Server
	mu     sync.Mutex
	posts  map[string][][]byte
	posted func(path string) // called for each post
}

func newServer(t *testing.T, status int) *webServer {
	t.Helper()
	s := &webServer{posts: map[string][][]byte{}, posted: func(string) {}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.posts[r.URL.Path] = append(s.posts[r.URL.Path], body)
		w.WriteHeader(status)
		if r.URL.Path == "/" && status == http.StatusOK {
			_, _ = io.WriteString(w, "ok") // as Slack answers
		}
		s.posted(r.URL.Path)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *webServer) received(path string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts[path]
}

// items returns the last value of the counter of items without an error. OTLP
// sends cumulative values.
func (s *webServer) items(t *testing.T) (total int) {
	t.Helper()
	for _, body := range s.received("/v1/metrics") {
		var request collectormetrics.ExportMetricsServiceRequest
		if err := proto.Unmarshal(body, &request); err != nil {
			t.Fatal(err)
		}
		for _, resource := range request.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, metric := range scope.GetMetrics() {
					if metric.GetName() == "chunkscope.items" {
						total = int(metric.GetSum().GetDataPoints()[0].GetAsInt())
					}
				}
			}
		}
	}
	return total
}

// spans counts the spans with a name. The empty name counts all.
func (s *webServer) spans(t *testing.T, name string) (n int) {
	t.Helper()
	for _, body := range s.received("/v1/traces") {
		var request collectortraces.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &request); err != nil {
			t.Fatal(err)
		}
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					if name == "" || span.GetName() == name {
						n++
					}
				}
			}
		}
	}
	return n
}

// A scraper is the standard error of the program. When the job has ended it
// reads the metrics at the address that was printed before, and then ends the
// program.
type scraper struct {
	strings.Builder
	t       *testing.T
	stop    func()
	scraped string
}

func (s *scraper) Write(p []byte) (int, error) {
	n, err := s.Builder.Write(p)
	if strings.HasPrefix(string(p), "the job has ended") {
		s.scraped = s.read(regexp.MustCompile(`http://\S+/metrics`).FindString(s.String()))
		s.stop()
	}
	return n, err
}

func (s *scraper) read(url string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprintf("%d\n%s", answer.StatusCode, text)
}
