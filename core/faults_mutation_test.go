package core_test

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func testHookMutates(t *testing.T) {
	attrs := func() map[string]string { return map[string]string{"tenant": "a", "source": "b"} }
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			var mutator eventMutator
			mutates := &funcHook{"mutates", func(ctx context.Context, _ core.Moment, event any) context.Context {
				mutator.mutate(event)
				return ctx
			}}
			trigger := hookAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("x") })
			rec := hooktest.NewRecorder()
			w := workload{items: faultTestItems, workers: 2, continueOnError: true}
			w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
				if info, ok := core.RunFrom(ctx); !ok || !reflect.DeepEqual(info.Attrs, attrs()) {
					t.Errorf("the function sees %v", info)
				}
				if lo <= faultTestFailing && faultTestFailing < hi {
					return nil, errBoom
				}
				return square(ctx, lo, hi)
			}
			e := w.executor(core.WithLogger((&logRecorder{}).logger()))
			e.Register(core.Filter(mutates, func(s core.RunStart) bool { overwrite(reflect.ValueOf(&s)); return true }), rec, trigger)
			given := attrs()
			result := form.run(core.WithRun(t.Context(), core.RunInfo{ID: "id", Attrs: given}), e, w)
			mutator.mutateAgain()

			if !reflect.DeepEqual(given, attrs()) {
				t.Errorf("the caller's own map is %v now", given)
			}
			if !form.stream && result.values[0] != valueOf(0) {
				t.Errorf("results %v", result.values)
			}
			start, end := onlyOne[core.RunStart](t, rec), onlyOne[core.RunEnd](t, rec)
			if !reflect.DeepEqual(start.Attrs, attrs()) || !reflect.DeepEqual(end.Attrs, attrs()) || end.RunID != "id" {
				t.Errorf("the next hook got %+v and %+v", start, end)
			}
			faults := hooktest.Of[core.Fault](rec)
			if len(faults) == 0 {
				t.Error("no fault to mutate")
			}
			for _, f := range faults {
				if !strings.Contains(string(f.Stack), "core_test") {
					t.Errorf("the next hook got the stack %.40q", f.Stack)
				}
			}
		})
	}
}

// eventMutator overwrites events when it gets them, and all of them again later.
type eventMutator struct {
	mu   sync.Mutex
	kept []reflect.Value
}

func (k *eventMutator) mutate(event any) {
	v := reflect.New(reflect.TypeOf(event))
	v.Elem().Set(reflect.ValueOf(event))
	overwrite(v)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, v)
}

func (k *eventMutator) mutateAgain() {
	for _, v := range k.kept {
		overwrite(v)
	}
}

// overwrite overwrites everything that v points to. It stops at interfaces: a fault's
// Value or an Err is shared, as errors are in Go.
func overwrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		overwrite(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				overwrite(f)
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.ValueOf("overwritten"))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("more"), reflect.ValueOf("overwritten"))
		}
	case reflect.Slice:
		for i := range v.Len() {
			overwrite(v.Index(i))
		}
	case reflect.String:
		v.SetString("overwritten")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(-7)
	case reflect.Uint8:
		v.SetUint('x')
	case reflect.Float64:
		v.SetFloat(-7)
	case reflect.Interface:
		v.SetZero()
	default:
		panic("overwrite: " + v.Kind().String())
	}
}
