// Package webhook tests the posts of webhookhook with the reference libraries:
// Standard Webhooks for signatures, CloudEvents for events.
package webhook
