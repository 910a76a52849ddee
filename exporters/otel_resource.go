package exporters

import (
	"context"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/chunkscope/chunkscope/core"
)

// newResource returns what identifies the source of a suite's telemetry. The
// variables override its name and its instance.
//
// The instance is a random UUID, as OpenTelemetry's conventions recommend, so that
// two suites never share a series: two pods, two processes of a pod, or one that was
// started again. A host name or the UID of a pod does not tell all of them apart.
func newResource(ctx context.Context) *resource.Resource {
	res, _ := resource.New(ctx, // the variables are valid, see otelEnv.during
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", core.NewExecutor().Name()), // the program's name
			attribute.String("service.instance.id", uuid.NewString()),
		),
		resource.WithFromEnv(),
	)
	return res
}
