package cli

import (
	"context"
	"fmt"
	"io"

	"bulwark/internal/image"
)

// serveWorker is what this program does when it was started as the worker. Its
// standard error is a pipe to the parent, which quotes it.
func serveWorker(ctx context.Context, stderr io.Writer) int {
	if err := image.WorkerMain(ctx); err != nil {
		fmt.Fprintln(stderr, err)
		return exitError
	}
	return exitOK
}
