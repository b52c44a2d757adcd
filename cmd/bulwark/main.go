// Command bulwark finds what should not be in a container image, and says why.
package main

import (
	"context"
	"os"

	"bulwark/internal/cli"
)

func main() {
	ctx, stop := cli.WithSignals(context.Background())
	code := cli.Run(ctx, os.Environ(), os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}
