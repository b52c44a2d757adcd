package cli

import (
	"context"
	"strconv"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

func (v *invocation) explainVerb() verb {
	var o struct{ report, db, rules string }
	return verb{
		use: "explain ID", short: "cli.explain.short", long: "cli.explain.long",
		examples: []example{
			{"bulwark explain not-scanned", "cli.explain.example.check"},
			{"bulwark explain CVE-2021-44228", "cli.explain.example.advisory"},
			{"bulwark explain CVE-2021-44228 --report report.json", "cli.explain.example.report"},
		},
		exits: []int{exitOK, exitError},
		least: 1, most: 1, missing: "ID",
		flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&o.report, "report", "", v.T("cli.flag.report"))
			v.bind(fs, "db", &o.db)
			v.bind(fs, "secret-rules", &o.rules)
		},
		complete: func(_ context.Context, args []string, _ string) []string {
			if len(args) > 0 {
				return nil
			}
			return checkIDs()
		},
		run: func(_ context.Context, _ *pflag.FlagSet, args []string) error {
			if _, err := v.secretRules(o.rules); err != nil {
				return err
			}
			if o.report != "" {
				return v.explainFinding(args[0], o.report)
			}
			return v.explainKnown(args[0], o.db)
		},
	}
}

// explainFinding looks the ID up in a saved report.
func (v *invocation) explainFinding(id, file string) error {
	reports, err := v.readReports(file)
	if err != nil {
		return err
	}
	if n := ambiguous(reports, id); n > 1 {
		return failure(finding.T("cli.explain.ambiguous", strconv.Itoa(n), file, id), nil).withHint("cli.hint.fingerprint")
	}
	found := 0
	for _, rep := range reports {
		for _, res := range finding.Find(rep, id) {
			if found > 0 {
				v.printf("\n")
			}
			found++
			if err := report.ExplainResult(v.stdout, rep, res, v.reportOptions()); err != nil {
				return err
			}
		}
	}
	if found == 0 {
		return failure(finding.T("cli.explain.absent", file, id), nil).withHint("cli.hint.show", file)
	}
	return nil
}

// ambiguous counts the fingerprints that begin with an ID which is no name.
func ambiguous(reports []*finding.Report, id string) int {
	prints := map[string]bool{}
	for _, rep := range reports {
		for _, res := range finding.Find(rep, id) {
			if res.Named(id) {
				return 0
			}
			prints[res.Fingerprint] = true
		}
	}
	return len(prints)
}

// explainKnown explains a check, or an advisory of the database.
func (v *invocation) explainKnown(id, path string) error {
	for _, c := range v.checks() {
		if c.ID == id {
			return report.ExplainCheck(v.stdout, c, v.reportOptions())
		}
	}
	db, err := v.openDatabase(path)
	if err != nil {
		return err
	}
	x, ok := db.Explain(id)
	if !ok {
		p := failure(finding.T("cli.explain.unknown", id, db.Info().Name), nil)
		if near := nearest(id, checkIDs()); near != "" {
			return p.withHint("cli.hint.mean", near)
		}
		return p.withHint("cli.hint.explain")
	}
	v.writeExplanation(x)
	return nil
}
