package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("e2e", flag.ExitOnError)
	compose := flags.String("compose", "docker compose", "how compose is called")
	file := flags.String("file", "docker-compose.yml", "the compose file")
	without := flags.String("without", "", "services to leave out, with commas")
	results := flags.String("results", "", "file to write the tables to")
	keep := flags.Bool("keep", false, "leave the stack running at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path, err := filepath.Abs(*file)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "chunkscope-e2e")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	rules, err := writeRulesWithoutWaiting(filepath.Join(filepath.Dir(path), "alerts", "rules.yml"), folder)
	if err != nil {
		return err
	}

	r := &report{progress: os.Stdout}
	s := stack{
		compose: strings.Fields(*compose), file: path,
		excluded: strings.FieldsFunc(*without, func(c rune) bool { return c == ',' }),
		env:      []string{"CHUNKSCOPE_RULES=" + rules, "JOB_PAUSE=0", "JOB_BROKEN_EVERY=0"},
		log:      os.Stderr,
	}
	if !*keep {
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
			defer cancel()
			err = errors.Join(err, s.down(ctx))
		}()
	}
	t := suite{stack: s, report: r, backends: local()}
	if err := t.run(ctx); err != nil {
		return err
	}
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	if *results != "" {
		out, err := os.Create(*results)
		if err != nil {
			return err
		}
		if err := errors.Join(r.markdown(out), out.Close()); err != nil {
			return err
		}
	}
	if n := r.failures(); n > 0 {
		return fmt.Errorf("%d of %d did not hold", n, len(r.checks)+len(r.outages))
	}
	return nil
}

// writeRulesWithoutWaiting writes the rules at a path, without waiting times,
// into a folder. It returns the path of the new file.
func writeRulesWithoutWaiting(path, folder string) (string, error) {
	rules, err := os.ReadFile(path) //nolint:gosec // G304: a flag names the path
	if err != nil {
		return "", err
	}
	if rules, err = withoutWaiting(rules); err != nil {
		return "", err
	}
	// Prometheus runs in its container as another user, who needs access.
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // G302: that is the point
		return "", err
	}
	to := filepath.Join(folder, "rules.yml")
	return to, os.WriteFile(to, rules, 0o644) //nolint:gosec // G306: that is the point
}
