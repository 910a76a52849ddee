package alerts_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
)

// places are where the processes of a scenario run. Unless a scenario says
// otherwise, they run twice at the same time: in pods of a namespace, of which
// each is replaced by the next process, and on machines, which stay. The same
// alerts must fire in both.
type places int

const (
	everywhere places = iota
	podsOnly
	machinesOnly
	stated // the scenario states the targets, and the alerts with their labels
)

// target is what a server knows of a process besides its job.
type target struct {
	instance, pod, namespace, cluster string

	host    string // the process label of a push
	process string // that of a scrape
}

// pod returns the target of a new pod. Its name ends as those of replaceable pods
// do.
func (w *simulation) pod(namespace string) target {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	w.pods++
	n := w.pods
	name := fmt.Sprintf("nightly-%d-x7x%c%c", 28512340+n, alphabet[n/len(alphabet)], alphabet[n%len(alphabet)])
	w.names = append(w.names, name)
	return target{instance: fmt.Sprintf("10.0.0.%d:9090", n), pod: name, namespace: namespace, cluster: "one", host: name}
}

// identity matches the labels that firingAlerts shows of a target.
var identity = regexp.MustCompile(` (cluster|instance|namespace|pod|process)=\S+`)

// compare describes how alerts differ from the expected ones. In a scenario with
// pods and machines it compares those of either, without their labels.
func (s *scenario) compare(fired, want []string) (differences []string) {
	if s.places == stated {
		return difference("", fired, want)
	}
	got := map[bool][]string{} // by whether it is a pod's
	for _, f := range fired {
		pod := strings.Contains(f, " namespace=")
		got[pod] = append(got[pod], identity.ReplaceAllString(f, ""))
	}
	if s.places != machinesOnly {
		differences = append(differences, difference("pods: ", got[true], want)...)
	}
	if s.places != podsOnly {
		differences = append(differences, difference("machines: ", got[false], want)...)
	}
	return differences
}

func difference(where string, got, want []string) []string {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if slices.Equal(got, want) {
		return nil
	}
	return []string{fmt.Sprintf("%sfired %q\n%swant  %q", where, got, strings.Repeat(" ", len(where)), want)}
}

// ownLabels matches the labels of an alert that fires everywhere: those of a pod have
// none that changes with it, and those of a machine keep its instance or process.
var ownLabels = regexp.MustCompile(`^ cluster=one (namespace=etl|instance=[ab]|process=[ab])$`)

// wrongLabels reports the alerts that lack labels of their target, or have too many.
func (s *scenario) wrongLabels(fired []string) (wrong []string) {
	if s.places == stated {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(fired), func(f string) bool {
		return ownLabels.MatchString(strings.Join(identity.FindAllString(f, -1), ""))
	})
}

// podNames is the pattern of the rules for the process of a scrape and the name of a
// pod that is replaced.
const podNames = `|.+-[bcdf-hj-np-tv-xz24-9]{5}`

// TestEveryLabelMatters changes how all rules leave out labels, or choose between
// pods and machines. At least one scenario must fail with each change.
func TestEveryLabelMatters(t *testing.T) {
	t.Parallel()
	records, alerts := readRules(t)
	for name, r := range map[string]*strings.Replacer{
		"pods and machines are added up":                    strings.NewReplacer(`namespace!="",`, "", `namespace!=""`, ""),
		"pods count as machines, too":                       strings.NewReplacer(`namespace="",`, "", `namespace=""`, ""),
		"the instance of a pod stays":                       strings.NewReplacer("without (instance, pod", "without (pod"),
		"the pod of a pod stays":                            strings.NewReplacer("without (instance, pod", "without (instance"),
		"the namespace of a pod is left out":                strings.NewReplacer("without (instance, pod", "without (namespace, instance, pod"),
		"the cluster of a pod is left out":                  strings.NewReplacer("without (instance, pod", "without (cluster, instance, pod"),
		"the process of all pods stays":                     strings.NewReplacer("without (instance, pod, process)", "without (instance, pod)"),
		"the process of no pod stays":                       strings.NewReplacer(podNames, ".*"),
		"no process is the name of a pod":                   strings.NewReplacer(podNames, ""),
		"every process is the name of a pod, none is empty": strings.NewReplacer(podNames, ".*."),
		"what is left out ends with the shard":              strings.NewReplacer(podNames, "|.+-[a-z0-9]+"),
	} {
		change := func(rules []rulefmt.Rule) []rulefmt.Rule {
			rules = slices.Clone(rules)
			for i := range rules {
				rules[i].Expr = r.Replace(rules[i].Expr)
			}
			return rules
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := change(records)
			for _, s := range slices.Backward(scenarios) { // the last are about identity
				h, err := withRecords(t, s.run(t).recorded, changed)
				if err != nil || len(s.compare(firingAlerts(t, h, change(alerts)), s.fires)) > 0 {
					return
				}
			}
			t.Error("no scenario notices")
		})
	}
}
