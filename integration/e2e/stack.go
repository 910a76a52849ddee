package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// stack is the example, run by compose under its own project name.
type stack struct {
	compose  []string // the command: docker compose, or docker-compose
	file     string
	excluded []string // services that do not run
	env      []string // variables of the compose file
	log      io.Writer
}

// do runs a command of compose.
func (s stack) do(ctx context.Context, args ...string) error {
	command := s.command(ctx, args...)
	command.Stdout, command.Stderr = s.log, s.log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

func (s stack) command(ctx context.Context, args ...string) *exec.Cmd {
	args = slices.Concat(s.compose[1:], []string{"-p", "chunkscope-e2e", "-f", s.file}, args)
	command := exec.CommandContext(ctx, s.compose[0], args...) //nolint:gosec // G204: a flag names the command
	command.Env = append(os.Environ(), s.env...)
	return command
}

// logs returns what a service wrote since it began.
func (s stack) logs(ctx context.Context, service string) (string, error) {
	command := s.command(ctx, "logs", "--no-color", service)
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return string(out), err
}

func (s stack) build(ctx context.Context) error { return s.do(ctx, "build") }

// up starts the services by name, because compose 1.29 pulls even the images of
// services that --scale sets to 0.
func (s stack) up(ctx context.Context) error {
	images, err := s.services()
	if err != nil {
		return err
	}
	args := []string{"up", "-d"}
	for _, i := range images {
		args = append(args, i.Service)
	}
	return s.do(ctx, args...)
}

// kill kills a service, like a crash.
func (s stack) kill(ctx context.Context, service string) error { return s.do(ctx, "kill", service) }

// start starts a killed service again.
func (s stack) start(ctx context.Context, service string) error { return s.do(ctx, "start", service) }

func (s stack) down(ctx context.Context) error {
	return s.do(ctx, "down", "--volumes", "--remove-orphans")
}

// version returns the version of compose.
func (s stack) version(ctx context.Context) (string, error) {
	return output(ctx, append(slices.Clone(s.compose), "version", "--short")...)
}

// An image is an image that the stack runs.
type image struct{ Service, Name, Origin string }

// runs reports whether a service is not excluded.
func (s stack) runs(service string) bool { return !slices.Contains(s.excluded, service) }

// services returns the services that are not excluded.
func (s stack) services() ([]image, error) {
	file, err := os.ReadFile(s.file)
	if err != nil {
		return nil, err
	}
	all, err := imagesOf(file)
	return slices.DeleteFunc(all, func(i image) bool { return !s.runs(i.Service) }), err
}

// images returns the images of the running services, and whether each was
// pulled or built on this machine. Only images from a registry have a digest.
func (s stack) images(ctx context.Context) ([]image, error) {
	all, err := s.services()
	if err != nil {
		return nil, err
	}
	for i := range all {
		digests, err := output(ctx, "docker", "image", "inspect", "--format", "{{len .RepoDigests}}", all[i].Name)
		if err != nil {
			return nil, err
		}
		if all[i].Origin != "" {
			continue // ours
		}
		if all[i].Origin = "published image"; digests == "0" {
			all[i].Origin = "stand-in image"
		}
	}
	return all, nil
}

// imagesOf reads the images of a compose file. Images that it builds are our
// own.
func imagesOf(file []byte) ([]image, error) {
	var compose struct {
		Services map[string]struct {
			Image string
			Build any
		}
	}
	if err := yaml.Unmarshal(file, &compose); err != nil {
		return nil, fmt.Errorf("e2e: the compose file: %w", err)
	}
	var images []image
	for name, s := range compose.Services {
		i := image{Service: name, Name: s.Image}
		if s.Build != nil {
			i.Origin = "built from this repository"
		}
		images = append(images, i)
	}
	slices.SortFunc(images, func(a, b image) int { return strings.Compare(a.Service, b.Service) })
	return images, nil
}

// output returns what a command prints, without the final line feed.
func output(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // G204: a flag names the command
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return string(bytes.TrimSpace(out)), nil
}
