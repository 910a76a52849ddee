package uihook

import (
	"embed"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

const (
	htmlType = "text/html; charset=utf-8"
	jsonType = "application/json"
)

// securityPolicy lets the page load its own two files and poll, nothing else.
const securityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// handler serves the page. It knows no prefix: it looks at the end of the path,
// and every address in the page is relative.
type handler struct {
	answers answers
	files   map[string]*answer
	hosts   []string
}

func (h *handler) init(runs *registry, c *config) {
	h.answers.runs, h.answers.texts = runs, c.texts
	h.answers.process, h.answers.kept = newProcessView(), map[string]*kept{}
	h.answers.health.sources.Add(c.reporters...)
	h.hosts = append([]string{"localhost"}, c.hosts...)
	h.files = map[string]*answer{
		"page.css": newAnswer("text/css; charset=utf-8", staticFile("page.css")),
		"page.js":  newAnswer("text/javascript; charset=utf-8", staticFile("page.js")),
		"healthz":  newAnswer("text/plain; charset=utf-8", []byte("ok\n")),
	}
}

func staticFile(name string) []byte {
	body, err := static.ReadFile("static/" + name)
	if err != nil {
		panic(err) // the file is part of the package
	}
	return body
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", securityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page only shows: use GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	if arrivedAtLoopback(r) && !isLocalHost(r.Host, h.hosts) {
		http.Error(w, "this page is for its own machine alone, and the request is for another host; "+
			"use localhost, or name the host with uihook.WithHosts", http.StatusMisdirectedRequest)
		return
	}
	urlPath := r.URL.Path
	if urlPath == "" { // behind http.StripPrefix
		requested, _, _ := strings.Cut(r.RequestURI, "?")
		if !strings.HasSuffix(requested, "/") { // relative addresses need the slash
			http.Redirect(w, r, "./"+url.PathEscape(path.Base(requested))+"/", http.StatusFound)
			return
		}
		urlPath = "/"
	}
	a, problem := h.find(urlPath, r.URL.Query())
	if problem != nil {
		http.Error(w, problem.text, problem.status)
		return
	}
	a.write(w, r)
}

type problem struct {
	text   string
	status int
}

var (
	notFound = &problem{"there is no such page; docs/page.md has the list", http.StatusNotFound}
	noRun    = &problem{"there is no run of that number, or no longer: the page keeps the last 50", http.StatusNotFound}
	badRun   = &problem{"the number of a run is a whole number from 1, such as run=3, or a=3&b=4", http.StatusBadRequest}
)

// find returns the answer to a path and its query.
func (h *handler) find(urlPath string, query url.Values) (*answer, *problem) {
	name := path.Base(urlPath)
	panel, isAPI := panelOf(urlPath)
	switch {
	case strings.HasSuffix(urlPath, "/"):
		return h.findRun(query, "page", renderPage)
	case isAPI && name == "compare", name == "compare":
		if isAPI {
			return h.findPair(query, "json compare", renderJSON(panel))
		}
		return h.findPair(query, "page", renderPage)
	case isAPI:
		return h.findRun(query, "json "+name, renderJSON(panel))
	}
	if a := h.files[name]; a != nil {
		return a, nil
	}
	return nil, notFound
}

func (h *handler) findRun(query url.Values, form string, render func(*snapshot) ([]byte, string)) (*answer, *problem) {
	number := 0
	if text := query.Get("run"); text != "" {
		var ok bool
		if number, ok = runNumber(text); !ok {
			return nil, badRun
		}
	}
	a := h.answers.snapshotAnswer(number, form, render)
	if a == nil {
		return nil, noRun
	}
	return a, nil
}

func (h *handler) findPair(query url.Values, form string, render func(*snapshot) ([]byte, string)) (*answer, *problem) {
	first, okA := runNumber(query.Get("a"))
	second, okB := runNumber(query.Get("b"))
	if !okA || !okB {
		return nil, badRun
	}
	a := h.answers.comparisonAnswer(first, second, form, render)
	if a == nil {
		return nil, noRun
	}
	return a, nil
}

// runNumber reads the number of a run.
func runNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0
}

func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("ETag", a.etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	if slices.ContainsFunc(strings.Split(r.Header.Get("If-None-Match"), ","), func(tag string) bool {
		tag = strings.TrimSpace(tag)
		return tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(a.etag, "W/")
	}) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = a.gzip()
	}
	header.Set("Content-Type", a.contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // the template and encoding/json escaped it; a viewer that has gone is no fault
	}
}

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, quality, _ := strings.Cut(part, ";")
		if coding = strings.TrimSpace(coding); strings.EqualFold(coding, "gzip") || coding == "*" {
			_, value, given := strings.Cut(quality, "=")
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return !given || err == nil && q > 0
		}
	}
	return false
}

// arrivedAtLoopback reports whether a request came to a loopback address.
func arrivedAtLoopback(r *http.Request) bool {
	address, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && address.IP.IsLoopback()
}

// isLocalHost reports whether the host of a request is one of names, or a loopback
// address.
func isLocalHost(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() ||
		slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}
