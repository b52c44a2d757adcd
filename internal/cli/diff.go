package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/report"
	"bulwark/internal/report/bom"
	"bulwark/internal/report/diff"
)

func (v *invocation) diffVerb() verb {
	var o scanOptions
	return verb{
		use: "diff A B", short: "cli.diff.short", long: "cli.diff.long",
		examples: []example{
			{"bulwark diff myapp:1 myapp:2", "cli.diff.example"},
			{"bulwark diff --fail-on high before.json myapp:dev", "cli.diff.example.gate"},
			{"bulwark diff release.cdx.json archive:build.tar -o json=diff.json -o table", "cli.diff.example.bom"},
		},
		exits: []int{exitOK, exitError, exitGate, exitIncomplete},
		least: 2, most: 2, missing: "A B",
		flags: func(fs *pflag.FlagSet) {
			v.bind(fs, "scanners", &o.scanners)
			v.sourceFlags(fs, &o)
			v.bind(fs, "db", &o.db)
			v.bind(fs, "vex", &o.vex)
			v.verdictFlags(fs, &o.verdict)
			v.bind(fs, "output", &o.view.output)
			v.bind(fs, "all", &o.view.all)
		},
		complete: v.completeImages,
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			return v.runDiff(ctx, o, args[0], args[1])
		},
	}
}

func (v *invocation) runDiff(ctx context.Context, o scanOptions, a, b string) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, errTimeout)
		defer cancel()
	}
	if a == "-" && b == "-" {
		return usageError(finding.T("cli.diff.stdin-twice"))
	}
	s := &scan{v: v, o: o}
	if err := s.prepare(false); err != nil {
		return err
	}
	for _, t := range s.out.targets {
		if !slices.Contains(report.DifferenceFormats(), t.Format) {
			return v.wrongSetting("output", usageError(finding.T("cli.diff.format", t.Format, strings.Join(report.DifferenceFormats(), ", "))))
		}
	}
	s.progress = v.startProgress()
	defer s.progress.stop()
	from, err := s.side(ctx, a)
	if err != nil {
		return err
	}
	to, err := s.side(ctx, b)
	if err != nil {
		return err
	}
	s.progress.stop()
	d := diff.Diff(from, to)
	code := exitOK
	if s.gate.Gate.Set {
		code = d.Gate(to, s.gate).ExitCode
	}
	if err := report.EmitDifference(d, s.out.targets, v.stdout, s.out.options); err != nil {
		return failure(finding.T("cli.output"), err)
	}
	if code != exitOK {
		return exitStatus(code)
	}
	return nil
}

// side gives the report of one argument: a saved report or a bill of materials
// where it names a file with JSON in it, else what a scan finds.
func (s *scan) side(ctx context.Context, ref string) (*finding.Report, error) {
	doc, err := s.v.document(ref)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		rep, err := s.read(ctx, subject{ref: ref})
		if err != nil {
			return nil, s.explainFailure(ctx, subject{ref: ref}, err)
		}
		return rep, s.complete(rep)
	}
	if bom.Is(doc) == "" {
		rep, err := report.Read(bytes.NewReader(doc))
		if err != nil {
			p := failure(finding.T("cli.diff.document", ref), err)
			if errors.Is(err, report.ErrVersion) {
				return nil, p.withHint("cli.hint.newer")
			}
			return nil, p.withHint("cli.hint.save")
		}
		return rep, nil
	}
	rep, err := bom.Read(doc, ref)
	if err != nil {
		return nil, failure(finding.T("cli.diff.document", ref), err)
	}
	// A list of packages alone: what the database says of them is what a scan
	// would have said.
	if rep.Data == nil && s.db != nil {
		if err := s.match(ctx, rep); err != nil {
			return nil, failure(finding.T("cli.diff.document", ref), err)
		}
	}
	return rep, s.complete(rep)
}

// document reads a file that has JSON in it; nil for everything else, which a
// scan may know.
func (v *invocation) document(ref string) ([]byte, error) {
	in := v.stdin
	if ref != "-" {
		info, err := os.Stat(ref)
		if err != nil || !info.Mode().IsRegular() {
			return nil, nil
		}
		f, err := os.Open(ref)
		if err != nil {
			return nil, failure(finding.T("cli.show.open", ref), errors.New(reasonOf(err)))
		}
		defer f.Close()
		in = f
	}
	r := bufio.NewReader(io.LimitReader(in, reportLimit+1))
	for {
		c, err := r.ReadByte()
		// White space and a byte order mark may stand before the document.
		if err != nil || bytes.IndexByte([]byte(" \t\r\n\xef\xbb\xbf{"), c) < 0 {
			if ref == "-" {
				return nil, failure(finding.T("cli.show.json", ref), nil).withHint("cli.hint.save")
			}
			return nil, nil
		}
		if c == '{' {
			break
		}
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return nil, failure(finding.T("cli.show.open", ref), errors.New(reasonOf(err)))
	}
	if len(rest) >= reportLimit {
		return nil, failure(finding.T("cli.show.large", ref, bytesText(reportLimit)), nil)
	}
	return append([]byte{'{'}, rest...), nil
}
