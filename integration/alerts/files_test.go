package alerts_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/rulefmt"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write prometheusrule.yaml and the table of README.md")

// compareFile compares a file with its expected text, or writes it with
// -update.
func compareFile(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file) //nolint:gosec // a file of this folder
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; write it with go test -update", file)
	}
}

// TestPrometheusRule checks that the object for the Prometheus operator has the
// same rules, read with the types of the operator.
func TestPrometheusRule(t *testing.T) {
	records, alerts := readRules(t)
	all := slices.Concat(records, alerts)
	group := monitoringv1.RuleGroup{Name: "chunkscope"}
	for _, r := range all {
		group.Rules = append(group.Rules, object(r))
	}
	want := monitoringv1.PrometheusRule{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: monitoringv1.PrometheusRuleKind},
		ObjectMeta: metav1.ObjectMeta{Name: "chunkscope", Labels: map[string]string{"app.kubernetes.io/name": "chunkscope"}},
		Spec:       monitoringv1.PrometheusRuleSpec{Groups: []monitoringv1.RuleGroup{group}},
	}
	text, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const note = "# Generated from rules.yml, which has comments: go test -update. See docs/kubernetes.md.\n"
	compareFile(t, "prometheusrule.yaml", note+string(text))

	text, err = os.ReadFile("prometheusrule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got monitoringv1.PrometheusRule
	if err := yaml.UnmarshalStrict(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the object differs after decoding:\n%+v\nwant\n%+v", got, want)
	}
}

func object(r rulefmt.Rule) monitoringv1.Rule {
	o := monitoringv1.Rule{Record: r.Record, Alert: r.Alert, Expr: intstr.FromString(r.Expr), Labels: r.Labels, Annotations: r.Annotations}
	if r.For > 0 {
		d := monitoringv1.Duration(r.For.String())
		o.For = &d
	}
	return o
}

// TestReadmeListsTheScenarios checks that README.md has the list of scenarios
// of the tests.
func TestReadmeListsTheScenarios(t *testing.T) {
	const begin, end = "<!-- scenarios -->\n", "<!-- end of scenarios -->\n"
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("README.md has no place for scenarios, between %q and %q", begin, end)
	}
	compareFile(t, "README.md", before+begin+scenarioList(t)+end+after)
}

// scenarioList lists for each alert the scenarios in which it fires, with the
// times, and those in which it must not fire.
func scenarioList(t *testing.T) string {
	t.Helper()
	_, alerts := readRules(t)
	var b strings.Builder
	for _, r := range alerts {
		fmt.Fprintf(&b, "\n**%s** (%s)\n\n| what happens | fires |\n|---|---|\n", r.Alert, r.Labels["severity"])
		for _, s := range scenarios {
			var spans []string
			for _, f := range s.expectedAlerts(r) {
				words := strings.Fields(f)
				spans = append(spans, strings.TrimSpace(strings.Join(identity.FindAllString(f, -1), "")+" "+words[len(words)-1]))
			}
			switch {
			case len(spans) > 0:
				fmt.Fprintf(&b, "| %s | %s |\n", s.name, strings.Join(spans, ", "))
			case slices.Contains(strings.Fields(s.mustNotFire), shortName(r)):
				fmt.Fprintf(&b, "| %s | – |\n", s.name)
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}
