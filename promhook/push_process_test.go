package promhook_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// pushedGroups returns the groups of a push, without job and order: "process/a"
// and "process/a/executor/import".
func pushedGroups(t *testing.T, hook *promhook.Hook, opts ...promhook.PushOption) (groups []string) {
	t.Helper()
	tr := &fakeTransport{}
	opts = append(opts, promhook.WithPushJob("nightly"), promhook.WithPushClient(&http.Client{Transport: tr}))
	if err := hook.Push(t.Context(), "http://gateway", opts...); err != nil {
		t.Fatal(err)
	}
	for _, r := range tr.requests {
		groups = append(groups, strings.TrimPrefix(r, "POST /metrics/job/nightly/"))
	}
	return groups
}

// TestPushedProcess checks which process a group has: the option's, else the index
// in an Indexed Job, else the host.
func TestPushedProcess(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		index string
		opts  []promhook.PushOption
		want  string
	}{
		"host":                   {"", nil, "process/" + host},
		"index":                  {"7", nil, "process/7"},
		"option":                 {"7", []promhook.PushOption{promhook.WithPushProcess("eu-1")}, "process/eu-1"},
		"empty option":           {"7", []promhook.PushOption{promhook.WithPushProcess("")}, "process/7"},
		"the later option":       {"", []promhook.PushOption{promhook.WithPushProcess("a"), promhook.WithPushProcess("b")}, "process/b"},
		"a slash and a space":    {"", []promhook.PushOption{promhook.WithPushProcess("a b/c")}, "process@base64/YSBiL2M"},
		"a space":                {"", []promhook.PushOption{promhook.WithPushProcess("a +b")}, "process/a%20%2Bb"},
		"a control character":    {"", []promhook.PushOption{promhook.WithPushProcess("a\nb")}, "process/a_b~"},
		"bytes that are no text": {"\xff", nil, "process/~"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("JOB_COMPLETION_INDEX", c.index)
			hook, _ := newHook()
			got := pushedGroups(t, hook, c.opts...)
			if i := strings.Index(got[0], "~"); i > 0 {
				got[0] = got[0][:i+1] // a hash follows
			}
			if !slices.Equal(got, []string{c.want}) {
				t.Errorf("pushed the groups %q, want %q", got, c.want)
			}
		})
	}
}

// TestPushKeepsProcessesApart checks that processes of one job share no group: a
// gateway replaces what is in a group that is pushed again.
func TestPushKeepsProcessesApart(t *testing.T) {
	seen := map[string]string{}
	for i := range 20 {
		hook, _ := newHook()
		hook.OnChunkEnd(t.Context(), chunkEnd("import"))
		hook.OnChunkEnd(t.Context(), chunkEnd("export"))
		process := fmt.Sprint(i)
		want := []string{"process/" + process, "process/" + process + "/executor/export", "process/" + process + "/executor/import"}
		for range 5 { // the order of labels does not vary
			if got := pushedGroups(t, hook, promhook.WithPushProcess(process)); !slices.Equal(got, want) {
				t.Fatalf("process %s pushed the groups %q, want %q", process, got, want)
			}
		}
		for _, group := range want {
			if other, taken := seen[group]; taken {
				t.Errorf("processes %s and %s push the same group %s", other, process, group)
			}
			seen[group] = process
		}
	}
}

// TestPusherKeepsProcessesApart is the same for the pushes of a Pusher.
func TestPusherKeepsProcessesApart(t *testing.T) {
	for _, process := range []string{"a", "b"} {
		tr := &fakeTransport{}
		pusher, e := newPusher(t, tr, promhook.WithPushProcess(process))
		if err := core.ForEach(t.Context(), e, make([]int, 3), func(context.Context, int) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, r := range tr.requests {
			if !strings.Contains(r, "/process/"+process) {
				t.Errorf("process %s pushed %s", process, r)
			}
		}
		if len(tr.requests) == 0 {
			t.Errorf("process %s pushed nothing", process)
		}
	}
}
