// Command facts makes the embedded advisory database and its manifest.
//
//	go run ./internal/advisory/cmd/facts -data FOLDER [-out internal/advisory/embedded]
//
// It is a tool of the build, no part of the product.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bulwark/internal/advisory/facts"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // a program of its own
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("facts", flag.ContinueOnError)
	flags.SetOutput(stderr)
	data := flags.String("data", "", "folder with <ecosystem>/all.zip, kev.json and vulnrichment.json.gz")
	out := flags.String("out", filepath.FromSlash("internal/advisory/embedded"), "folder to write facts.db and manifest.json to")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	db, manifest, err := facts.Compile(ctx, *data)
	if err == nil {
		err = os.WriteFile(filepath.Join(*out, "facts.db"), db, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*out, "manifest.json"), manifest, 0o644)
	}
	if err != nil {
		fmt.Fprintln(stderr, "facts:", err)
		return 1
	}
	fmt.Fprintf(stdout, "%d bytes\n", len(db))
	return 0
}
