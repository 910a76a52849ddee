package consumer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// maxFromEnvBytes is how much larger than a program of core alone one of
// exporters.FromEnv without OTLP may be. Both are built as our Dockerfiles do,
// without tables for debuggers. The aim is 10 MB. Almost 4 MB are for the toolkit
// of Prometheus' exporters, which reads CHUNKSCOPE_WEB_CONFIG_FILE: it links
// templates, and for these the linker keeps every exported method.
const maxFromEnvBytes = 14_500_000

const coreProgram = `package main

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	exec := core.NewExecutor(core.WithName("nightly"))
	results, err := core.Map(context.Background(), exec, make([]int, 100), func(context.Context, int) (int, error) { return 1, nil })
	fmt.Println("results:", len(results), err)
}
`

// TestFromEnvIsSmallWithoutOTLP compares the sizes of programs: of core alone, of
// FromEnv, and of FromEnv with OTLP.
func TestFromEnvIsSmallWithoutOTLP(t *testing.T) {
	p := newProject(t, otherMachine)
	p.run("go", "mod", "init", "example.com/job")
	p.run("go", "get", exportersPath, otlpPath)
	size := func(program string, imported ...string) int64 {
		t.Helper()
		p.write("main.go", program)
		p.write("imports.go", "package main\n"+blankImports(imported))
		p.run("go", "build", "-ldflags=-s -w", "-o", "job", ".")
		info, err := os.Stat(filepath.Join(p.dir, "job"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	core, fromEnv, otlp := size(coreProgram), size(fromEnvProgram), size(fromEnvProgram, otlpPath)
	t.Logf("core %d bytes, FromEnv %d more, OTLP another %d", core, fromEnv-core, otlp-fromEnv)
	if fromEnv-core > maxFromEnvBytes {
		t.Errorf("FromEnv adds %d bytes to a program of core, want at most %d", fromEnv-core, maxFromEnvBytes)
	}
	if otlp-fromEnv < 1_000_000 {
		t.Errorf("OTLP adds %d bytes: a program without it is linked with it, too", otlp-fromEnv)
	}
}

// BenchmarkColdBuild builds programs with empty build caches, in turns, and
// reports the time of each as a ratio to that of examples/progress, which imports
// core alone. It takes minutes:
//
//	GOWORK=off go -C integration test ./consumer -run '^$' -bench ColdBuild -benchtime 1x
func BenchmarkColdBuild(b *testing.B) {
	examples := filepath.Join(released.checkout, "examples")
	programs := []string{"progress", "quickstart", "monitoring"}
	wall, processor := map[string]time.Duration{}, map[string]time.Duration{}
	for b.Loop() {
		for _, name := range programs {
			command := goBuild(b, examples, "./"+name)
			began := time.Now()
			if out, err := command.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			wall[name] += time.Since(began)
			processor[name] += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		}
	}
	for _, name := range programs[1:] {
		b.ReportMetric(float64(wall[name])/float64(wall[programs[0]]), name+"/progress")
		b.ReportMetric(float64(processor[name])/float64(processor[programs[0]]), name+"-cpu/progress")
	}
}

// goBuild returns a command that builds a package with an empty cache.
func goBuild(b *testing.B, dir, pkg string) *exec.Cmd {
	b.Helper()
	command := exec.CommandContext(b.Context(), "go", "build", "-o", filepath.Join(b.TempDir(), "program"), pkg)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOCACHE="+b.TempDir())
	return command
}
