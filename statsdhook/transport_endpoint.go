package statsdhook

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// endpoint is the address of a server.
type endpoint struct {
	network    string // "udp" or "unixgram"
	address    string // host and port, or the path of the socket
	host, port string // for UDP
	lookup     bool   // the host is a name, not an IP address
}

const unixScheme = "unixgram://"

// parseEndpoint parses "host:port" or "unixgram://path". The problem is empty if
// addr is valid.
func parseEndpoint(addr string) (e endpoint, problem string) {
	if strings.ContainsFunc(addr, unicode.IsControl) {
		return e, "the address has a control character"
	}
	if path, unix := strings.CutPrefix(addr, unixScheme); unix {
		if path == "" {
			return e, "the address has no path"
		}
		return endpoint{network: "unixgram", address: path}, ""
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return e, "the address is not of the form host:port"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return e, "the address has no port from 1 to 65535"
	}
	_, notIP := netip.ParseAddr(host)
	if notIP != nil && !isHostName(host) {
		return e, "the address has no valid host"
	}
	return endpoint{network: "udp", address: addr, host: host, port: port, lookup: notIP != nil}, ""
}

func isHostName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) && r != '.' })
}

// network dials and looks up addresses. Tests replace it.
type network struct {
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	lookupHost func(ctx context.Context, host string) ([]string, error)
}

func systemNetwork() network {
	return network{dial: (&net.Dialer{}).DialContext, lookupHost: net.DefaultResolver.LookupHost}
}
