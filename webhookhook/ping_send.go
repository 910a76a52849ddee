package webhookhook

import (
	"errors"
	"net/http"
	"strings"
	"sync"
)

// maxPingBody limits the body of a ping, in bytes. Healthchecks stores no more.
const maxPingBody = 10 << 10

// pingTarget is where one kind of ping goes.
type pingTarget struct {
	url    urlTemplate // nil if there is none
	sender *sender
	method string
	orGet  bool
}

// senderFor returns the sender for an origin, a new one if there is none.
func (p *Ping) senderFor(c *config, origin string) *sender {
	for _, s := range p.senders {
		if s.origin == origin {
			return s
		}
	}
	s := newSender(c, p.HookName(), origin, p.renderer.secrets)
	p.senders = append(p.senders, s)
	return s
}

// ping queues a ping for the message of a draft, unless there is no URL for its kind.
func (p *Ping) ping(kind int, d *draft) {
	t := p.targets[kind]
	if t.url == nil {
		return
	}
	d.ID = newID()
	queued := &delivery{
		id: d.ID, created: d.At, runKey: d.RunID,
		class: classEnd, persistent: true, notFound: setAside, route: kind, orGet: t.orGet,
		encode: func() (request, error) {
			m := p.renderer.render(d)
			r := request{url: newSecret(t.url(m, d.RunID)), method: t.method}
			if t.method == http.MethodPost {
				r.contentType, r.body = "text/plain; charset=utf-8", []byte(ellipsizeBytes(m.summary(), maxPingBody))
			}
			return r, nil
		},
	}
	if kind == pingStart {
		queued.class, queued.persistent, queued.isStart, queued.notFound = classNotice, false, true, rejected
	}
	t.sender.put(queued)
}

// summary returns the message as lines of text.
func (m Message) summary() string {
	var b strings.Builder
	b.WriteString(m.Headline() + "\n")
	for _, f := range m.Facts() {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	if detail := m.Detail(); detail != "" {
		b.WriteString(detail + "\n")
	}
	for _, f := range m.Context() {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

// each calls f for every sender, at once, and joins the errors.
func (p *Ping) each(f func(*sender) error) error {
	errs := make([]error, len(p.senders))
	var running sync.WaitGroup
	for i, s := range p.senders {
		running.Go(func() { errs[i] = f(s) })
	}
	running.Wait()
	return errors.Join(errs...)
}
