// Package faultnet is a network for tests, inside the process: a listener in
// memory, and connections with the faults of real ones. It is made for bubbles
// of testing/synctest, where a client that waits ten seconds for an answer
// costs no time. Nothing in it blocks on a socket or a lock.
//
//	l := faultnet.Listen(seed)
//	go server.Serve(l)
//	client := &http.Client{Transport: &http.Transport{DialContext: l.Dial}}
//	l.OnDial(func(client, server *faultnet.Conn) { server.Set(faultnet.Faults{BlackHole: true}) })
//
// Faults affect what one end writes. For the other direction, set them on the
// other end. The names follow Toxiproxy: latency, bandwidth, slicer,
// limit_data, reset_peer, timeout, slow_close.
package faultnet
