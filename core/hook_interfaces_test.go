package core_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
)

// momentHook is the common part of the hooks for a single moment.
type momentHook struct {
	nameOnly
	calls *atomic.Int32
}

func (o momentHook) countCall() { o.calls.Add(1) }

type (
	runStartHook    struct{ momentHook }
	runEndHook      struct{ momentHook }
	workerStartHook struct{ momentHook }
	workerEndHook   struct{ momentHook }
	chunkStartHook  struct{ momentHook }
	chunkEndHook    struct{ momentHook }
	itemFailureHook struct{ momentHook }
	progressHook    struct{ momentHook }
	anomalyHook     struct{ momentHook }
	faultHook       struct{ momentHook }
)

func (h runStartHook) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	h.countCall()
	return ctx
}

// TestEachInterfaceByItself registers, for each Hook… interface in hook.go, a hook that
// implements nothing else. It fails if Register does not know the interface, or if the
// hook is not called. A new interface needs a line in the table.
func TestEachInterfaceByItself(t *testing.T) {
	table := map[string]struct {
		hook  func(momentHook) core.Hook
		calls int32
	}{
		"HookRunStart":    {func(o momentHook) core.Hook { return runStartHook{o} }, 1},
		"HookRunEnd":      {func(o momentHook) core.Hook { return runEndHook{o} }, 1},
		"HookWorkerStart": {func(o momentHook) core.Hook { return workerStartHook{o} }, 2},
		"HookWorkerEnd":   {func(o momentHook) core.Hook { return workerEndHook{o} }, 2},
		"HookChunkStart":  {func(o momentHook) core.Hook { return chunkStartHook{o} }, 3},
		"HookChunkEnd":    {func(o momentHook) core.Hook { return chunkEndHook{o} }, 3},
		"HookItemFailure": {func(o momentHook) core.Hook { return itemFailureHook{o} }, 1},
		"HookProgress":    {func(o momentHook) core.Hook { return progressHook{o} }, 1},
		"HookAnomaly":     {func(o momentHook) core.Hook { return anomalyHook{o} }, 0}, // nothing reports one yet
		"HookFault":       {func(o momentHook) core.Hook { return faultHook{o} }, 1},
	}
	declared := hookInterfaces(t)
	for name := range table {
		if declared[name] == "" {
			t.Errorf("hook.go declares no %s", name)
		}
	}
	for name, method := range declared {
		t.Run(name, func(t *testing.T) {
			row, ok := table[name]
			if !ok {
				t.Fatal("the interface has no line in the table")
			}
			o := momentHook{calls: new(atomic.Int32)}
			hook := row.hook(o)
			if methods := reflect.TypeOf(hook); methods.NumMethod() != 2 {
				t.Fatalf("%T has %d methods, want HookName and %s", hook, methods.NumMethod(), method)
			} else if _, ok := methods.MethodByName(method); !ok {
				t.Fatalf("%T does not have %s", hook, method)
			}
			synctest.Test(t, func(t *testing.T) { // so that Progress comes at the end only
				e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(2), core.WithContinueOnError(), core.WithLogger((&logRecorder{}).logger()))
				if value := panicOf(func() { e.Register(hook) }); value != nil {
					t.Fatalf("Register does not know the interface: %v", value)
				}
				if name == "HookFault" {
					e.Register(core.OnRunStart(func(core.RunStart) { panic("x") }))
				}
				_ = core.ForEach(t.Context(), e, indexes(6), func(_ context.Context, i int) error {
					if i == 3 {
						return errBoom
					}
					return nil
				})
			})
			if got := o.calls.Load(); got != row.calls {
				t.Errorf("called %d times, want %d", got, row.calls)
			}
		})
	}
}

// hookInterfaces returns the exported Hook… interfaces of hook.go, and the method that
// each adds to Hook.
func hookInterfaces(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "hook.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name == "Hook" || !strings.HasPrefix(spec.Name.Name, "Hook") {
			return true
		}
		if i, ok := spec.Type.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				if len(m.Names) == 1 {
					found[spec.Name.Name] = m.Names[0].Name
				}
			}
		}
		return true
	})
	if len(found) == 0 {
		t.Fatal("hook.go declares no hooks")
	}
	return found
}
