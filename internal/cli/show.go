package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// reportLimit bounds a saved report in bytes; one of 100,000 packages stays far below.
const reportLimit = 512 << 20

func (v *invocation) showVerb() verb {
	var verdict verdictOptions
	var view viewOptions
	return verb{
		use: "show FILE.json", short: "cli.show.short", long: "cli.show.long",
		examples: []example{
			{"bulwark show report.json", "cli.show.example"},
			{"bulwark show report.json --severity critical,high --fixed", "cli.show.example.filter"},
			{"bulwark show report.json -o sarif=report.sarif", "cli.show.example.convert"},
		},
		exits: []int{exitOK, exitError, exitGate, exitIncomplete},
		least: 1, most: 1, missing: "FILE.json",
		flags: func(fs *pflag.FlagSet) {
			v.verdictFlags(fs, &verdict)
			v.viewFlags(fs, &view)
		},
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			return v.runShow(ctx, args[0], verdict, view)
		},
	}
}

func (v *invocation) runShow(ctx context.Context, file string, verdict verdictOptions, view viewOptions) error {
	gate, err := v.gate(verdict)
	if err != nil {
		return err
	}
	out, err := v.prepareOutput(view, false)
	if err != nil {
		return err
	}
	reports, err := v.readReports(file)
	if err != nil {
		return err
	}
	if len(reports) > 1 {
		if out, err = v.prepareOutput(view, true); err != nil {
			return err
		}
	}
	code := exitOK
	for _, rep := range reports {
		if err := ctx.Err(); err != nil {
			return err
		}
		if v.decided() || rep.Verdict == nil {
			if len(rep.Filtered) > 0 && v.decided() {
				return usageError(finding.T("cli.show.filtered", file)).withHint("cli.hint.whole")
			}
			verdict := finding.Decide(rep, gate)
			rep.Verdict = &verdict
		}
		if err := out.write(rep); err != nil {
			return err
		}
		code = worst(code, rep.Verdict.ExitCode)
	}
	if code != exitOK {
		return exitStatus(code)
	}
	return nil
}

// readReports reads one saved report, or several one after another as a scan of
// several images writes them. "-" is standard input.
func (v *invocation) readReports(file string) ([]*finding.Report, error) {
	in := v.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, failure(finding.T("cli.show.open", file), errors.New(reasonOf(err)))
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, reportLimit+1))
	if err != nil {
		return nil, failure(finding.T("cli.show.open", file), errors.New(reasonOf(err)))
	}
	if len(raw) > reportLimit {
		return nil, failure(finding.T("cli.show.large", file, bytesText(reportLimit)), nil)
	}
	var reports []*finding.Report
	documents := json.NewDecoder(bytes.NewReader(raw))
	for {
		var doc json.RawMessage
		if err := documents.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, failure(finding.T("cli.show.json", file), err).withHint("cli.hint.save")
		}
		rep, err := report.Read(bytes.NewReader(doc))
		if err != nil {
			p := failure(finding.T("cli.show.report", file), err)
			if errors.Is(err, report.ErrVersion) {
				return nil, p.withHint("cli.hint.newer")
			}
			return nil, p.withHint("cli.hint.save")
		}
		reports = append(reports, rep)
	}
	if len(reports) == 0 {
		return nil, failure(finding.T("cli.show.empty", file), nil).withHint("cli.hint.save")
	}
	return reports, nil
}
