package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"

	"bulwark/internal/catalogue"
	"bulwark/internal/finding"
	"bulwark/internal/image"
	"bulwark/internal/image/layer"
)

// dockerfileLimit bounds what is read of standard input, in bytes: one more
// than is parsed, so that too much is noticed.
const dockerfileLimit = 1 << 20

// dockerfileOptions are the settings of dockerfile.
type dockerfileOptions struct {
	timeout time.Duration
	verdict verdictOptions
	view    viewOptions
}

func (v *invocation) dockerfileVerb() verb {
	var o dockerfileOptions
	return verb{
		use: "dockerfile FILE…", short: "cli.dockerfile.short", long: "cli.dockerfile.long",
		examples: []example{
			{"bulwark dockerfile Dockerfile", "cli.dockerfile.example"},
			{"bulwark dockerfile --fail-on high -o sarif=dockerfiles.sarif */Dockerfile", "cli.dockerfile.example.gate"},
			{"bulwark dockerfile - < Dockerfile", "cli.dockerfile.example.stdin"},
		},
		exits: []int{exitOK, exitError, exitGate, exitIncomplete},
		least: 1, most: -1, missing: "FILE",
		flags: func(fs *pflag.FlagSet) {
			v.bind(fs, "timeout", &o.timeout)
			v.verdictFlags(fs, &o.verdict)
			v.viewFlags(fs, &o.view)
		},
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			return v.runDockerfile(ctx, o, args)
		},
	}
}

func (v *invocation) runDockerfile(ctx context.Context, o dockerfileOptions, names []string) error {
	gate, err := v.gate(o.verdict)
	if err != nil {
		return err
	}
	out, err := v.prepareOutput(o.view, false)
	if err != nil {
		return err
	}
	exceptions, err := v.exceptions()
	if err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, errTimeout)
		defer cancel()
	}
	var files []image.Dockerfile
	defer func() {
		for _, f := range files {
			f.File.Close()
		}
	}()
	for _, name := range names {
		f, err := v.openDockerfile(name)
		if err != nil {
			return failure(finding.T("cli.dockerfile.open", name), errors.New(reasonOf(err)))
		}
		files = append(files, image.Dockerfile{Name: name, File: f})
	}
	rep, err := image.Dockerfiles(ctx, files, image.DockerfileOptions{Log: v.log, Tool: finding.Tool{Name: "bulwark", Version: Version()}})
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errTimeout):
		return (&problem{code: exitIncomplete, text: finding.T("cli.scan.timeout", names[0], o.timeout.String())}).withHint("cli.hint.timeout")
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return failure(finding.T("cli.dockerfile.failed"), err)
	}
	finding.Finish(rep, catalogue.Checks())
	if err := v.applyExceptions(rep, exceptions); err != nil {
		return err
	}
	verdict := finding.Decide(rep, gate)
	rep.Verdict = &verdict
	if err := out.write(rep); err != nil {
		return err
	}
	if verdict.ExitCode != exitOK {
		return exitStatus(verdict.ExitCode)
	}
	return nil
}

// openDockerfile opens a file; "-", or a pipe, is kept in an unlinked file, as
// the worker is given files.
func (v *invocation) openDockerfile(name string) (*os.File, error) {
	in := v.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil || info.Mode().IsRegular() {
			return f, err
		}
		if info.IsDir() {
			f.Close()
			return nil, errors.New(v.T("cli.dockerfile.directory"))
		}
		defer f.Close()
		in = f
	}
	dir := v.env.get("TMPDIR")
	if dir == "" {
		dir = os.TempDir()
	}
	f, err := layer.Scratch(dir)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, io.LimitReader(in, dockerfileLimit)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
