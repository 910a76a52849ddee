package main

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

func telemetry(context.Context) (core.Hook, func(context.Context) error, error) {
	return core.MultiHook(), func(context.Context) error { return nil }, nil
}
