// Package webhook tests what webhookhook posts with the libraries of those who
// define it: Standard Webhooks for signatures, CloudEvents for events.
package webhook
