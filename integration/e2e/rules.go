package main

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// withoutWaiting returns rules whose alerts have no waiting time, and are
// otherwise unchanged.
func withoutWaiting(rules []byte) ([]byte, error) {
	var file map[string]any
	if err := yaml.Unmarshal(rules, &file); err != nil {
		return nil, fmt.Errorf("e2e: the rules: %w", err)
	}
	alerts := 0
	groups, _ := file["groups"].([]any)
	for _, g := range groups {
		group, _ := g.(map[string]any)
		rules, _ := group["rules"].([]any)
		delete(group, "interval") // at the interval in the configuration
		for _, r := range rules {
			if rule, _ := r.(map[string]any); rule["alert"] != nil {
				alerts++
				rule["for"] = "0s"
				delete(rule, "keep_firing_for")
			}
		}
	}
	if alerts == 0 {
		return nil, fmt.Errorf("e2e: the rules have no alerts")
	}
	return yaml.Marshal(file)
}
