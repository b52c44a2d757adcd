package cli

import (
	"context"
	"fmt"
	"os"

	"bulwark/internal/image"
)

// serveWorker is what this program does when it was started as the worker. Its
// standard error is a pipe to the parent, which quotes it.
func serveWorker(ctx context.Context) int {
	if err := image.WorkerMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitError
	}
	return exitOK
}
