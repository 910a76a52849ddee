// Package termhook shows progress.
package termhook
