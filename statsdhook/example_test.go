package statsdhook_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// The server is a socket. The example prints the counters that are not 0.
func Example() {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Close() }()

	hook, err := statsdhook.New(server.LocalAddr().String(),
		statsdhook.WithTags(map[string]string{"env": "test"}),
		statsdhook.WithMaxPacketSize(8932)) // all of it in one packet
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("import"), core.WithChunkSize(5), core.WithContinueOnError())
	exec.Register(hook)
	err = core.ForEach(context.Background(), exec, make([]int, 20), func(ctx context.Context, _ int) error {
		if chunk, _ := core.ChunkFrom(ctx); chunk.Index == 3 {
			return os.ErrPermission
		}
		return nil
	})
	fmt.Println("failed:", errors.Is(err, os.ErrPermission))

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := hook.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	packet := make([]byte, 1<<16)
	n, _, err := server.ReadFrom(packet)
	if err != nil {
		fmt.Println(err)
	}
	lines := strings.Split(string(packet[:n]), "\n")
	slices.Sort(lines)
	for _, line := range lines {
		if strings.Contains(line, "|c|") && !strings.Contains(line, ":0|") {
			fmt.Println(line)
		}
	}
	// Output:
	// failed: true
	// chunkscope.chunks:1|c|#executor:import,outcome:error,env:test
	// chunkscope.chunks:3|c|#executor:import,outcome:ok,env:test
	// chunkscope.errors:5|c|#executor:import,type:errors.errorString,env:test
	// chunkscope.items:15|c|#executor:import,outcome:ok,env:test
	// chunkscope.items:5|c|#executor:import,outcome:error,env:test
	// chunkscope.runs:1|c|#executor:import,outcome:error,env:test
}
