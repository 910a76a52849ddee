// Package statsd reads StatsD lines as the statsd_exporter does: with its line
// parser, mapper, metric registry and listener. With it, tests check that
// others understand what we send.
//
//	s, err := statsd.New(mapping) // the text of a mapping file; empty is none
//	defer s.Close()
//	addr, err := s.ListenUDP()    // or s.ListenUnixgram(path), or s.Packet(lines)
//	...
//	s.Read().Counters[`chunkscope_runs_total{executor="import",outcome="ok"}`]
package statsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/statsd_exporter/pkg/event"
	"github.com/prometheus/statsd_exporter/pkg/exporter"
	"github.com/prometheus/statsd_exporter/pkg/line"
	"github.com/prometheus/statsd_exporter/pkg/listener"
	"github.com/prometheus/statsd_exporter/pkg/mapper"
	"github.com/prometheus/statsd_exporter/pkg/registry"
)

// Server is a statsd_exporter without its web page. All four tag formats of the
// parser are on, as by default.
type Server struct {
	metrics  *prometheus.Registry
	packets  *listener.StatsDUDPListener // parses packets
	events   chan event.Events
	exporter sync.WaitGroup
	readers  sync.WaitGroup

	mu      sync.Mutex
	conns   []net.Conn
	lines   uint64
	settled chan struct{} // a mark was read

	settling sync.Mutex // allows one Settle at a time

	problems problems
}

// problems counts what the exporter could not parse.
type problems struct {
	samples, conflicts, errors *prometheus.CounterVec
	tags, unmapped             prometheus.Counter
}

// New returns a server with the text of a mapping file. It fails if the
// exporter would not start with it.
func New(mapping string) (*Server, error) {
	m := &mapper.MetricMapper{Logger: slog.New(slog.DiscardHandler)}
	if err := m.InitFromYAMLString(mapping); err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	counter := func(name string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name})
	}
	vector := func(name string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name}, labels)
	}
	s := &Server{
		metrics: prometheus.NewRegistry(),
		events:  make(chan event.Events),
		settled: make(chan struct{}),
		problems: problems{
			samples: vector("sample_errors", "reason"), conflicts: vector("conflicts", "type", "metric"),
			errors: vector("event_errors", "reason"), tags: counter("tag_errors"), unmapped: counter("unmapped"),
		},
	}
	parser := line.NewParser()
	parser.EnableDogstatsdParsing()
	parser.EnableInfluxdbParsing()
	parser.EnableLibratoParsing()
	parser.EnableSignalFXParsing()
	s.packets = &listener.StatsDUDPListener{
		EventHandler: &event.UnbufferedEventHandler{C: s.events}, Logger: slog.New(slog.DiscardHandler), LineParser: parser,
		UDPPackets: counter("packets"), UDPPacketDrops: counter("drops"), LinesReceived: counter("lines"), EventsFlushed: counter("flushed"),
		SampleErrors: *s.problems.samples, SamplesReceived: counter("samples"), TagErrors: s.problems.tags, TagsReceived: counter("tags"),
	}
	e := exporter.NewExporter(s.metrics, m, slog.New(slog.DiscardHandler), vector("actions", "action"), s.problems.unmapped,
		s.problems.errors, vector("events", "type"), s.problems.conflicts,
		prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "metrics"}, []string{"type"}))
	e.Registry = registry.NewRegistry(s.metrics, m)
	s.exporter.Go(func() { e.Listen(s.events) })
	return s, nil
}

// Packet handles a packet of lines, and returns after they are counted.
func (s *Server) Packet(packet []byte) {
	s.packets.HandlePacket(packet)
	s.events <- nil // the exporter has received it, so all packets before it are handled
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range packet {
		if b == '\n' {
			s.lines++
		}
	}
	s.lines++
}

// Lines returns the number of lines handled.
func (s *Server) Lines() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

// ListenUDP listens on a free port of this machine and returns its address.
func (s *Server) ListenUDP() (addr string, err error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		return "", errors.Join(err, conn.Close())
	}
	s.read(conn)
	return conn.LocalAddr().String(), nil
}

// ListenUnixgram listens on a new socket at path.
func (s *Server) ListenUnixgram(path string) error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	s.read(conn)
	return nil
}

// read handles packets until the connection is closed. The loops of the
// exporter do the same, but one of them never ends.
func (s *Server) read(conn net.Conn) {
	s.mu.Lock()
	s.conns = append(s.conns, conn)
	s.mu.Unlock()
	s.readers.Go(func() {
		packet := make([]byte, 1<<16)
		for {
			n, err := conn.Read(packet)
			switch {
			case err != nil:
				return
			case string(packet[:n]) == mark:
				s.settled <- struct{}{}
			default:
				s.Packet(packet[:n])
			}
		}
	})
}

// mark is a packet that no client sends.
const mark = "\x00"

// Settle waits until everything that has arrived so far is counted. It sends a
// mark to the address of the server, which reads it after all earlier packets.
func (s *Server) Settle(ctx context.Context) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	s.mu.Lock()
	conns := slices.Clone(s.conns)
	s.mu.Unlock()
	for _, conn := range conns {
		to := conn.LocalAddr()
		from, err := new(net.Dialer).DialContext(ctx, to.Network(), to.String())
		if err != nil {
			return err
		}
		_, err = from.Write([]byte(mark))
		if err = errors.Join(err, from.Close()); err != nil {
			return err
		}
		select {
		case <-s.settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends the server, after reading what has arrived.
func (s *Server) Close() error {
	var errs []error
	for _, conn := range s.conns {
		errs = append(errs, conn.Close())
	}
	s.readers.Wait()
	close(s.events)
	s.exporter.Wait()
	return errors.Join(errs...)
}
