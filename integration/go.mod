module github.com/chunkscope/chunkscope/integration

go 1.26.0

// For work inside this repository only: whoever depends on this module gets the tagged release.
replace github.com/chunkscope/chunkscope => ../

require (
	github.com/chunkscope/chunkscope v0.1.0
	github.com/cloudevents/sdk-go/v2 v2.16.2
	github.com/slack-go/slack v0.35.0
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
	go.uber.org/goleak v1.3.0
)

require (
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	golang.org/x/time v0.16.0 // indirect
)
