package cli

import (
	"bytes"
	"context"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/image"
	"bulwark/internal/report"
)

func (v *invocation) inspectVerb() verb {
	o := scanOptions{inspect: true}
	return verb{
		use: "inspect [SOURCE:]IMAGE", short: "cli.inspect.short", long: "cli.inspect.long",
		examples: []example{
			{"bulwark inspect myapp:dev", "cli.inspect.example"},
			{"bulwark inspect myapp:dev -o html=myapp.html", "cli.inspect.example.page"},
			{"bulwark inspect report.json", "cli.inspect.example.saved"},
		},
		exits: []int{exitOK, exitError, exitGate, exitIncomplete},
		least: 1, most: 1, missing: "[SOURCE:]IMAGE",
		flags: func(fs *pflag.FlagSet) {
			v.scanFlags(fs, &o)
			// How it is configured is what this verb is for; what takes long has to be asked for.
			defaultTo(fs, "scanners", string(image.Vulnerabilities)+","+string(image.Configuration))
			v.bind(fs, "plain", &o.plain)
		},
		complete: v.completeImages,
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			return v.runInspect(ctx, o, args[0])
		},
	}
}

func (v *invocation) runInspect(ctx context.Context, o scanOptions, ref string) error {
	doc, err := v.document(ref)
	if err != nil {
		return err
	}
	if doc != nil {
		return v.inspectSaved(o, ref, doc)
	}
	filter, err := v.filter(o.view)
	if err != nil {
		return err
	}
	// What is filtered, or goes somewhere, is a question already: its answer is printed.
	o.browse = !o.plain && filter.IsZero() && !o.view.all && len(o.view.output) == 0 && v.canBrowse()
	return v.runScan(ctx, o, []string{ref})
}

// inspectSaved shows a saved report.
func (v *invocation) inspectSaved(o scanOptions, ref string, doc []byte) error {
	gate, err := v.gate(o.verdict)
	if err != nil {
		return err
	}
	out, err := v.prepareOutput(o.view, false)
	if err != nil {
		return err
	}
	out.options.Inspect = true
	rep, err := report.Read(bytes.NewReader(doc))
	if err != nil {
		return failure(finding.T("cli.show.report", ref), err).withHint("cli.hint.save")
	}
	if rep.Verdict == nil || v.decided() {
		verdict := finding.Decide(rep, gate)
		rep.Verdict = &verdict
	}
	if err := out.write(rep); err != nil {
		return err
	}
	if rep.Verdict.ExitCode != exitOK {
		return exitStatus(rep.Verdict.ExitCode)
	}
	return nil
}
