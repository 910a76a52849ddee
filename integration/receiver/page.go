package main

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
)

// page has no script and loads nothing else. It reloads itself.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width">
<title>What arrived</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
article { border-left: 4px solid; padding: .1rem 1rem; margin: 1rem 0 }
article p { white-space: pre-line; margin: .3rem 0; overflow-wrap: anywhere }
small { opacity: .7 }
pre { overflow-x: auto }
</style>
<h1>What arrived</h1>
{{range .}}<article>
<small>{{.At.Format "15:04:05"}} UTC, to /{{.From}}</small>
<p>{{.Text}}</p>
<details><summary>as sent</summary><pre>{{printf "%s" .Body}}</pre></details>
</article>
{{else}}<p>Nothing yet. The job sends a message when a run fails and when the next one succeeds; Alertmanager sends alerts.</p>
{{end}}</html>
`))

// writePage writes the page, newest message first.
func writePage(w http.ResponseWriter, messages []Message) {
	slices.Reverse(messages)
	var out bytes.Buffer
	if err := page.Execute(&out, messages); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = out.WriteTo(w) // fails only if the client is gone
}
