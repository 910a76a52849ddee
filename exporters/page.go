package exporters

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

// pagePath is where the server has the live page.
const pagePath = "/debug/chunkscope/"

// page is the live page of a suite. Nil stands for none.
type page struct {
	*uihook.Hook
	server *server
	scheme string
}

// checkPage returns the mistakes in the settings of the page, for a server that is
// nil where there is none.
func (c *config) checkPage(s *server) error {
	if c.page == nil {
		return nil
	}
	if s == nil {
		return c.page.setting.mistake("there is no server to show the page", "add WithPrometheus with an address")
	}
	if _, err := uihook.New(c.page.opts...); err != nil {
		return c.page.setting.wrap(err)
	}
	return nil
}

// newPage returns the page of a server that has tried to take its address. At a
// loopback address it is there unless it is switched off, elsewhere only if a
// setting asks for it.
func (c *config) newPage(s *server, reporters []core.StatsReporter) (*page, error) {
	if s == nil || c.pageOff || c.page == nil && !s.isLocal() {
		return nil, nil
	}
	opts := []uihook.Option{uihook.WithStatsFrom(reporters...)}
	if _, err := netip.ParseAddr(s.host); err != nil {
		opts = append(opts, uihook.WithHosts(s.host))
	}
	if c.page != nil {
		opts = slices.Concat(opts, c.page.opts)
	}
	h, err := uihook.New(opts...)
	if err != nil {
		return nil, err
	}
	return &page{h, s, s.scheme()}, nil
}

// url returns where a browser on this machine finds the page, empty while the
// server waits for its address.
func (p *page) url() string {
	addr := p.server.addr.Load()
	if addr == nil {
		return ""
	}
	at, err := netip.ParseAddrPort(*addr)
	if err == nil && at.Addr().IsUnspecified() {
		_, port, _ := net.SplitHostPort(*addr)
		return p.scheme + "://" + net.JoinHostPort("localhost", port) + pagePath
	}
	return p.scheme + "://" + *addr + pagePath
}

// handler returns the handler of the page, nil for none.
func (p *page) handler() http.Handler {
	if p == nil {
		return nil
	}
	return p.Hook
}

// hooks returns the hook that the page shows.
func (p *page) hooks() []core.Hook {
	if p == nil {
		return nil
	}
	return []core.Hook{p.Hook}
}

// Page returns the URL of the live page, "http://127.0.0.1:9090/debug/chunkscope/"
// for instance. It returns "" if the suite serves no page, or waits for the address
// because another program uses it. The page ends with the process: a program that
// wants it to stay waits before it ends.
func (s *Suite) Page() string {
	if s.page == nil {
		return ""
	}
	return s.page.url()
}

// tlsSection is the beginning of the section of a web configuration file that
// switches TLS on.
var tlsSection = regexp.MustCompile(`(?m)^tls_server_config\s*:`)

// scheme returns the scheme of the server's URLs.
func (s *server) scheme() string {
	if s.webConfig == "" {
		return "http"
	}
	if text, err := os.ReadFile(s.webConfig); err == nil && tlsSection.Match(text) {
		return "https"
	}
	return "http"
}

// isLocal reports whether the server is for this machine alone.
func (s *server) isLocal() bool {
	if s.listener != nil {
		return s.hosts() != nil
	}
	return isLocalHost(s.host, []string{"localhost"}) // it waits for the address
}

// applyUI applies CHUNKSCOPE_UI.
func applyUI(c *config, from setting, value string) error {
	switch value {
	case "on":
		if c.page == nil {
			c.page = &backend[uihook.Option]{setting: from}
		}
	case "off":
		c.pageOff = c.page == nil
	default:
		return errors.New("the value is neither")
	}
	return nil
}
