package webhookhook

import (
	"errors"
	"net/netip"

	"github.com/chunkscope/chunkscope/internal/guard"
)

var errNotPublic = errors.New("the address is not a public one")

// PublicOnly is a filter for WithAddressFilter. It refuses addresses that are not
// reachable from all of the internet: this machine, private networks, cloud metadata
// services, multicast, documentation. An IPv6 address that stands for an IPv4 address
// is judged by that one. Use it where the URL comes from users of the program.
func PublicOnly(a netip.Addr) error {
	a = embedded(a)
	if !a.IsValid() {
		return errNotPublic
	}
	for _, p := range nonPublic {
		if p.Contains(a) {
			return errNotPublic
		}
	}
	return nil
}

// nonPublic lists the special-purpose ranges of IANA's registries. Those that embed an
// IPv4 address are in embeddings, unless the place of that address is not known.
var nonPublic = mustParsePrefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

// embeddings are the ranges of IPv6 addresses that stand for an IPv4 address, with the
// place of its first byte. A gateway or the kernel connects to that address.
var embeddings = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("::ffff:0:0/96"), 12},   // IPv4-mapped
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible, among them :: and ::1
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4
}

// embedded returns the IPv4 address that an IPv6 address stands for, or else the
// address itself. It has no zone: netip.Prefix contains no address with one.
func embedded(a netip.Addr) netip.Addr {
	a = a.WithZone("")
	if !a.Is6() {
		return a
	}
	bytes := a.As16()
	for _, e := range embeddings {
		if e.prefix.Contains(a) {
			return netip.AddrFrom4([4]byte(bytes[e.at : e.at+4]))
		}
	}
	return a
}

func mustParsePrefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

// checkAddress applies a filter to the resolved address that a dialer is about to
// connect to: a name that resolves to another address later does not get around it,
// nor does an IPv6 address that stands for an IPv4 address.
func checkAddress(addr string, allow func(netip.Addr) error) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return errors.New("the address is not an IP address with a port")
	}
	return guard.Call(func() error { return allow(embedded(ap.Addr())) }) // net calls this on a goroutine of its own
}
