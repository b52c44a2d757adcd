package cli

import (
	"context"

	"github.com/spf13/pflag"

	"bulwark/internal/catalogue"
	"bulwark/internal/finding"
	"bulwark/internal/report"
)

func (v *invocation) checksVerb() verb {
	var format string
	return verb{
		use: "checks [ID]", short: "cli.checks.short", long: "cli.checks.long",
		examples: []example{
			{"bulwark checks", "cli.checks.example"},
			{"bulwark checks image-integrity", "cli.checks.example.one"},
		},
		exits: []int{exitOK, exitError},
		most:  1,
		flags: func(fs *pflag.FlagSet) { v.bindFormat(fs, &format) },
		complete: func(_ context.Context, args []string, _ string) []string {
			if len(args) > 0 {
				return nil
			}
			return checkIDs()
		},
		run: func(_ context.Context, _ *pflag.FlagSet, args []string) error {
			asJSON, err := wantsJSON(format)
			if err != nil {
				return err
			}
			list := catalogue.Checks()
			if len(args) > 0 {
				c, ok := catalogue.Find(args[0])
				if !ok {
					return unknownCheck(args[0])
				}
				list = []finding.Check{c}
			}
			switch {
			case asJSON:
				return v.writeJSON(v.checkRows(list))
			case len(args) > 0:
				return report.ExplainCheck(v.stdout, list[0], v.reportOptions())
			default:
				return report.ListChecks(v.stdout, list, v.reportOptions())
			}
		},
	}
}

func unknownCheck(id string) error {
	p := usageError(finding.T("cli.checks.unknown", id))
	if near := nearest(id, checkIDs()); near != "" {
		return p.withHint("cli.hint.mean", near)
	}
	return p.withHint("cli.hint.checks")
}

func checkIDs() []string {
	var ids []string
	for _, c := range catalogue.Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}

// checkRow is a check as `bulwark checks -o json` gives it.
type checkRow struct {
	ID         string           `json:"id"`
	Point      string           `json:"point"`
	Severity   finding.Severity `json:"severity"`
	Title      string           `json:"title"`
	Why        string           `json:"why"`
	Fix        string           `json:"fix"`
	References []string         `json:"references,omitempty"`
	CIS        []string         `json:"cis,omitempty"`
	ATTACK     []string         `json:"attack,omitempty"`
	CWE        []string         `json:"cwe,omitempty"`
}

func (v *invocation) checkRows(list []finding.Check) []checkRow {
	rows := make([]checkRow, 0, len(list))
	for _, c := range list {
		rows = append(rows, checkRow{
			ID: c.ID, Point: c.Point, Severity: c.Severity,
			Title: v.text(c.Title), Why: v.text(c.Why), Fix: v.text(c.Fix),
			References: c.References, CIS: c.CIS, ATTACK: c.ATTACK, CWE: c.CWE,
		})
	}
	return rows
}
