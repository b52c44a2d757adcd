package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// WithSignals gives a context that ends at the first Ctrl-C or SIGTERM. From
// then on the signals have their usual effect again, so that a second Ctrl-C
// ends the process at once. A closed pipe becomes an error of the write instead
// of the death of the process: the exit code of a scan piped into head counts.
func WithSignals(parent context.Context) (context.Context, context.CancelFunc) {
	// Notify, not Ignore: an ignored signal would be inherited by the worker.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
