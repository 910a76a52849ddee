package consumer_test

import (
	"slices"
	"testing"
)

// TestEveryPackageBuildsAfterGoGet gets all packages of a module by their
// paths and imports them in one program.
func TestEveryPackageBuildsAfterGoGet(t *testing.T) {
	for _, m := range released.modules {
		t.Run(m.path, func(t *testing.T) {
			libraries, _, err := m.packages()
			if err != nil {
				t.Fatal(err)
			}
			if len(libraries) == 0 {
				t.Fatal("the module has no package to import")
			}
			p := newProject(t, otherMachine)
			p.run("go", "mod", "init", "example.com/job")
			p.run(append([]string{"go", "get"}, libraries...)...)
			p.write("main.go", "package main\n"+blankImports(libraries)+"func main() {}\n")
			p.run("go", "build", "-o", "job", ".")
			p.run("./job")
			p.checkVersions()
			p.checkBinary("job")
		})
	}
}

// TestProgramOfCoreNeedsNoClient builds a program that imports core alone. It
// must not verify or contain the client of any back end.
func TestProgramOfCoreNeedsNoClient(t *testing.T) {
	p := newProject(t, otherMachine)
	p.run("go", "mod", "init", "example.com/job")
	p.run("go", "get", rootPath+"/core")
	p.write("main.go", `package main

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	exec := core.NewExecutor(core.WithName("squares"))
	squares, err := core.Map(context.Background(), exec, []int{1, 2, 3}, func(_ context.Context, n int) (int, error) { return n * n, nil })
	fmt.Println(squares, err)
}
`)
	p.run("go", "build", "-o", "job", ".")
	if got, want := p.run("./job"), "[1 4 9] <nil>\n"; got != want {
		t.Errorf("the program printed %q, want %q", got, want)
	}
	if got, want := p.checkBinary("job"), []string{"example.com/job", rootPath}; !slices.Equal(got, want) {
		t.Errorf("the program contains %v, want %v", got, want)
	}
	if got, want := p.checksums(), []string{rootPath}; !slices.Equal(got, want) {
		t.Errorf("after go get, go.sum has %v, want %v", got, want)
	}
	p.run("go", "mod", "tidy")
	if got, want := p.checksums(), []string{rootPath, "go.uber.org/goleak"}; !slices.Equal(got, want) { // core's own tests import goleak
		t.Errorf("after go mod tidy, go.sum has %v, want %v", got, want)
	}
}
