// Package promhook shows runs in Prometheus.
package promhook
