package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const composeFile = "../docker-compose.yml"

// service has the tested settings of a service.
type service struct {
	Image       string
	Build       *struct{ Context, Dockerfile, Target string }
	User        string
	Privileged  bool
	NetworkMode string   `yaml:"network_mode"`
	MemLimit    string   `yaml:"mem_limit"`
	CPUs        float64  `yaml:"cpus"`
	Pids        int      `yaml:"pids_limit"`
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Ports       []string
	Volumes     []string
	Environment map[string]string
	DependsOn   any `yaml:"depends_on"`
}

func composed(t *testing.T) (services map[string]service, raw map[string]any) {
	t.Helper()
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	return file.Services, raw
}

func TestTheStackIsComplete(t *testing.T) {
	services, _ := composed(t)
	for _, name := range []string{"job", "receiver", "prometheus", "alertmanager", "statsd-exporter", "collector", "jaeger", "grafana"} {
		if _, ok := services[name]; !ok {
			t.Errorf("no service %s", name)
		}
	}
	for name := range local().ready {
		if _, ok := services[name]; !ok {
			t.Errorf("e2e waits for %s, which is no service", name)
		}
	}
}

func TestEveryServiceIsPinnedAndLimited(t *testing.T) {
	services, _ := composed(t)
	version := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+\.\d+$`)
	for name, s := range services {
		if !version.MatchString(s.Image) {
			t.Errorf("%s: image %q has no exact version", name, s.Image)
		}
		if s.MemLimit == "" || s.CPUs == 0 || s.Pids == 0 {
			t.Errorf("%s: limits are memory %q, CPUs %v, processes %d", name, s.MemLimit, s.CPUs, s.Pids)
		}
		if s.Privileged || s.NetworkMode != "" || s.User == "root" || s.User == "0" || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do more than it needs", name)
		}
		// Settings that the start-up script of Grafana needs were not tested.
		if name != "grafana" && (!s.ReadOnly || !slices.Contains(s.CapDrop, "ALL")) {
			t.Errorf("%s may do more than it needs", name)
		}
	}
}

func TestPortsAreOpenToThisMachineOnly(t *testing.T) {
	services, _ := composed(t)
	port := regexp.MustCompile(`^127\.0\.0\.1:\d+:\d+$`)
	taken := map[string]string{}
	for name, s := range services {
		for _, p := range s.Ports {
			if !port.MatchString(p) {
				t.Errorf("%s publishes %q", name, p)
			}
			host := strings.Split(p, ":")[1]
			if taken[host] != "" {
				t.Errorf("%s and %s both want port %s", name, taken[host], host)
			}
			taken[host] = name
		}
	}
}

// Settings that compose 1.29 rejects or silently ignores.
func TestOnlyWhatBothVersionsOfComposeUnderstand(t *testing.T) {
	services, raw := composed(t)
	for key := range raw {
		if key != "services" && !strings.HasPrefix(key, "x-") {
			t.Errorf("the file has %q", key)
		}
	}
	for name, s := range raw["services"].(map[string]any) {
		for key := range s.(map[string]any) {
			if slices.Contains([]string{"configs", "secrets", "develop", "env_file", "pull_policy", "healthcheck", "deploy"}, key) {
				t.Errorf("%s has %q", name, key)
			}
		}
		if _, ok := services[name].DependsOn.([]any); services[name].DependsOn != nil && !ok {
			t.Errorf("%s: depends_on is more than a list", name)
		}
	}
}

func TestWhatIsMountedIsThereAndReadOnly(t *testing.T) {
	services, _ := composed(t)
	for name, s := range services {
		for _, v := range s.Volumes {
			v = strings.Replace(v, "${CHUNKSCOPE_RULES:-./alerts/rules.yml}", "./alerts/rules.yml", 1)
			parts := strings.Split(v, ":")
			if len(parts) != 3 || parts[2] != "ro" {
				t.Errorf("%s mounts %q", name, v)
				continue
			}
			if _, err := os.Stat(filepath.Join("..", parts[0])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join("..", s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNoSecretsInTheFile(t *testing.T) {
	services, _ := composed(t)
	secret := regexp.MustCompile(`(?i)passw|secret|token|api_?key|://[^/]*@`)
	for name, s := range services {
		for key, value := range s.Environment {
			if secret.MatchString(key) || secret.MatchString(value) {
				t.Errorf("%s: %s=%s", name, key, value)
			}
		}
	}
}

func TestTheDockerfileNeedsNothingThatIsMissing(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	services, _ := composed(t)
	targets := regexp.MustCompile(`(?m)^FROM scratch AS (\w+)$`).FindAllStringSubmatch(string(text), -1)
	for _, target := range targets {
		if s := services[target[1]]; s.Build == nil || s.Build.Target != target[1] {
			t.Errorf("no service is built from %s", target[1])
		}
	}
	if users := strings.Count(string(text), "\nUSER 65532:65532\n"); len(targets) != 2 || users != 2 {
		t.Errorf("%d final images, %d with a user", len(targets), users)
	}
	if strings.Contains(string(text), "syntax=") {
		t.Error("a syntax line is one more image to pull")
	}
	if base := regexp.MustCompile(`(?m)^FROM golang:\d+\.\d+\.\d+ AS build$`); !base.Match(text) {
		t.Error("the Go of the build has no exact version")
	}
}

func TestEveryImageHasAStandIn(t *testing.T) {
	script, err := os.ReadFile("../standin/images")
	if err != nil {
		t.Fatal(err)
	}
	dockerfile, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"docker build -q -t " + strings.Fields(string(dockerfile[strings.Index(string(dockerfile), "FROM "):]))[1] + " "}
	services, _ := composed(t)
	for name, s := range services {
		if s.Build == nil && name != "grafana" {
			want = append(want, "\nimage "+s.Image+" ")
		}
	}
	for _, w := range want {
		if !strings.Contains(string(script), w) {
			t.Errorf("standin/images has no %q", strings.TrimSpace(w))
		}
	}
}

func TestImagesOfTheComposeFile(t *testing.T) {
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	images, err := imagesOf(text)
	if err != nil {
		t.Fatal(err)
	}
	services, _ := composed(t)
	if len(images) != len(services) {
		t.Errorf("%d images of %d services", len(images), len(services))
	}
	for _, i := range images {
		if i.Name != services[i.Service].Image || (i.Origin != "") != (services[i.Service].Build != nil) {
			t.Errorf("got %+v", i)
		}
	}
	if _, err := imagesOf([]byte("services: [")); err == nil {
		t.Error("no YAML: no error")
	}
}
