package alerts_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// objects are the objects that docs/kubernetes.md shows.
type objects struct {
	job     batchv1.CronJob
	pods    monitoringv1.PodMonitor
	gateway monitoringv1.ServiceMonitor
	otel    corev1.Container // the page shows its environment
}

// pageObjects decodes all YAML of the page strictly, with the types of
// Kubernetes and of the Prometheus operator.
func pageObjects(t *testing.T) *objects {
	t.Helper()
	var o objects
	into := map[string]any{"CronJob": &o.job, "PodMonitor": &o.pods, "ServiceMonitor": &o.gateway, "": &o.otel}
	for _, block := range fenced(readPage(t, "kubernetes.md"), "yaml") {
		var what struct{ Kind string }
		if err := yaml.Unmarshal([]byte(block), &what); err != nil {
			t.Fatalf("%v\n%s", err, block)
		}
		object := into[what.Kind]
		if object == nil {
			t.Fatalf("there is another %q than those that are checked", what.Kind)
		}
		if err := yaml.UnmarshalStrict([]byte(block), object); err != nil {
			t.Errorf("%v\n%s", err, block)
		}
		delete(into, what.Kind)
	}
	if len(into) > 0 {
		t.Fatalf("the page does not show %v", into)
	}
	return &o
}

// TestKubernetesObjects checks that the objects on the page fit together.
func TestKubernetesObjects(t *testing.T) {
	o := pageObjects(t)
	if got := o.job.APIVersion; got != batchv1.SchemeGroupVersion.String() {
		t.Errorf("CronJob of %s", got)
	}
	for _, got := range []string{o.pods.APIVersion, o.gateway.APIVersion} {
		if got != monitoringv1.SchemeGroupVersion.String() {
			t.Errorf("monitor of %s", got)
		}
	}
	template := o.job.Spec.JobTemplate.Spec.Template
	c := template.Spec.Containers[0]
	for name, value := range o.pods.Spec.Selector.MatchLabels {
		if template.Labels[name] != value {
			t.Errorf("the PodMonitor wants %s=%s, and pods have %v", name, value, template.Labels)
		}
	}
	if got := template.Labels[o.pods.Spec.JobLabel]; got != c.Name {
		t.Errorf("the job label of scrapes is %q, that of pushes %q", got, c.Name)
	}
	endpoint := o.pods.Spec.PodMetricsEndpoints[0]
	i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == *endpoint.Port })
	if i < 0 {
		t.Fatalf("the PodMonitor wants the port %s, and pods have %v", *endpoint.Port, c.Ports)
	}
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	if got := env["CHUNKSCOPE_ADDR"]; c.Ports[i].ContainerPort != 9090 || got != "0.0.0.0:9090" {
		t.Errorf("metrics are served at %s, and asked for at port %d", got, c.Ports[i].ContainerPort)
	}
	if !o.gateway.Spec.Endpoints[0].HonorLabels {
		t.Error("the labels that were pushed would be lost")
	}
	const shutdown = 8 * time.Second
	if grace := time.Duration(*template.Spec.TerminationGracePeriodSeconds) * time.Second; grace < 2*shutdown {
		t.Errorf("a pod has %v to end, and Shutdown alone may take %v", grace, shutdown)
	}
}

// TestScrapesAndPushesHaveTheSameLabels applies the relabelings on the page to the
// labels that the operator gives a target. What is left for the rules must be the
// same for a scrape of a pod and for what it pushed, in each namespace.
func TestScrapesAndPushesHaveTheSameLabels(t *testing.T) {
	o := pageObjects(t)
	if !o.gateway.Spec.NamespaceSelector.Any {
		t.Error("the gateways of other namespaces are not scraped")
	}
	for name, c := range map[string]struct {
		index, process string // of the pod, and of its push
		kept           bool   // the process tells places apart
	}{
		"a pod":                {"", "nightly-28512340-x7x2p", false},
		"an index of a Job":    {"3", "3", true},
		"a pod that is stable": {"", "worker-0", true},
	} {
		scraped := relabelled(t, o.pods.Spec.PodMetricsEndpoints[0].RelabelConfigs, map[string]string{
			"job": "nightly", "namespace": "etl", "pod": "nightly-28512340-x7x2p", "container": "nightly", "endpoint": "metrics", "instance": "10.0.0.1:9090",
			"__meta_kubernetes_pod_annotation_batch_kubernetes_io_job_completion_index": c.index,
		})
		pushed := relabelled(t, o.gateway.Spec.Endpoints[0].RelabelConfigs, map[string]string{
			"job": "pushgateway", "namespace": "etl", "pod": "pushgateway-0", "container": "pushgateway", "endpoint": "http", "service": "pushgateway", "instance": "10.0.0.2:9091",
		})
		maps.Copy(pushed, map[string]string{"job": "nightly", "process": c.process}) // honorLabels
		for _, of := range []map[string]string{scraped, pushed} {
			delete(of, "instance")
			delete(of, "pod")
			if regexp.MustCompile("^(?:" + podNames + ")$").MatchString(of["process"]) {
				delete(of, "process")
			}
		}
		want := map[string]string{"job": "nightly", "namespace": "etl"}
		if c.kept {
			want["process"] = c.process
		}
		if !maps.Equal(pushed, want) {
			t.Errorf("%s: what rules know of a push is %v, want %v", name, pushed, want)
		}
		if c.index == "" {
			delete(want, "process") // a scrape has none, as the page says
		}
		if !maps.Equal(scraped, want) {
			t.Errorf("%s: what rules know of a scrape is %v, want %v", name, scraped, want)
		}
	}
}

// relabelled returns the labels of a target after relabeling, without those that
// a server drops in the end.
func relabelled(t *testing.T, configs []monitoringv1.RelabelConfig, target map[string]string) map[string]string {
	t.Helper()
	b := labels.NewBuilder(labels.FromMap(target))
	for _, c := range configs {
		r := relabel.DefaultRelabelConfig
		r.NameValidationScheme = model.UTF8Validation
		for _, name := range c.SourceLabels {
			r.SourceLabels = append(r.SourceLabels, model.LabelName(name))
		}
		if c.Action != "" {
			r.Action = relabel.Action(c.Action)
		}
		if c.Regex != "" {
			r.Regex = relabel.MustNewRegexp(c.Regex)
		}
		r.TargetLabel = c.TargetLabel
		if err := r.Validate(model.UTF8Validation); err != nil {
			t.Fatal(err)
		}
		relabel.ProcessBuilder(b, &r)
	}
	left := b.Labels().Map()
	maps.DeleteFunc(left, func(name, _ string) bool { return strings.HasPrefix(name, "__") })
	return left
}

// TestVariablesExist checks that every variable on the page is one that our
// code reads.
func TestVariablesExist(t *testing.T) {
	read := strings.Fields(`
		CHUNKSCOPE_PROGRESS CHUNKSCOPE_ADDR CHUNKSCOPE_WEB_CONFIG_FILE CHUNKSCOPE_PUSHGATEWAY_URL CHUNKSCOPE_STATSD_ADDR
		CHUNKSCOPE_WEBHOOK_URL CHUNKSCOPE_PING_URL CHUNKSCOPE_LOG_INTERVAL
		OTEL_SERVICE_NAME OTEL_RESOURCE_ATTRIBUTES OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_PROTOCOL OTEL_METRIC_EXPORT_INTERVAL`)
	for _, name := range regexp.MustCompile(`\b(CHUNKSCOPE|OTEL)_\w+`).FindAllString(readPage(t, "kubernetes.md"), -1) {
		if !slices.Contains(read, name) {
			t.Errorf("our code does not read %s", name)
		}
	}
}
