package statsdhook

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// endpoint is where a server listens.
type endpoint struct {
	network    string // "udp" or "unixgram"
	address    string // of the socket, or host and port
	host, port string // of UDP
	lookup     bool   // the host is a name
}

const unixScheme = "unixgram://"

// parseEndpoint reads "host:port" or "unixgram://path".
func parseEndpoint(addr string) (endpoint, error) {
	invalid := func(why string) (endpoint, error) {
		return endpoint{}, fmt.Errorf("statsdhook: address %q %s; use host:port or unixgram:///path/to/socket", addr, why)
	}
	if strings.ContainsFunc(addr, unicode.IsControl) {
		return invalid("has a control character")
	}
	if path, unix := strings.CutPrefix(addr, unixScheme); unix {
		if path == "" {
			return invalid("has no path")
		}
		return endpoint{network: "unixgram", address: path}, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return invalid("is not of the form host:port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return invalid("has no port from 1 to 65535")
	}
	_, notIP := netip.ParseAddr(host)
	if notIP != nil && !isHostName(host) {
		return invalid("has no valid host")
	}
	return endpoint{network: "udp", address: addr, host: host, port: port, lookup: notIP != nil}, nil
}

func isHostName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) && r != '.' })
}

// network is how the hook reaches the world, for tests to replace.
type network struct {
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	lookupHost func(ctx context.Context, host string) ([]string, error)
}

func realNetwork() network {
	return network{dial: (&net.Dialer{}).DialContext, lookupHost: net.DefaultResolver.LookupHost}
}
