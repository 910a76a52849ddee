package webhookhook

import (
	"errors"
	"net/netip"

	"github.com/chunkscope/chunkscope/internal/guard"
)

var errNotPublic = errors.New("the address is not a public one")

// PublicOnly is a filter for WithAddressFilter. It refuses addresses that are not
// reachable from all of the internet: this machine, private networks, cloud metadata
// services, multicast, documentation. Use it where the URL comes from users of the
// program.
func PublicOnly(a netip.Addr) error {
	a = a.Unmap().WithZone("")
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

// nonPublic lists the special-purpose ranges of IANA's registries, also those that
// embed an IPv4 address in an IPv6 address.
var nonPublic = mustParsePrefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func mustParsePrefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

// checkAddress applies a filter to the resolved address that a dialer is about to
// connect to: a name that resolves to another address later does not get around it.
func checkAddress(addr string, allow func(netip.Addr) error) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return errors.New("the address is not an IP address with a port")
	}
	return guard.Call(func() error { return allow(ap.Addr()) }) // net calls this on a goroutine of its own
}
