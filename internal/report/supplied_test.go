package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
)

func TestSupplied(t *testing.T) {
	limits := []finding.Text{finding.T("coverage.listed", "0", "2"), finding.T("coverage.supplied", "2026-11-23")}
	got := supplied([]finding.Coverage{
		{Ecosystem: "npm", Level: finding.CoveragePartial, Packages: 2, Limits: limits},
		{Ecosystem: "Debian:12", Level: finding.CoveragePartial, Packages: 2, Known: 1, Limits: limits},
		{Ecosystem: "Debian:13", Level: finding.CoveragePartial, Packages: 1, Limits: limits},
		{Ecosystem: "Go", Level: finding.CoveragePartial, Packages: 2, Known: 2, Limits: limits},
		{Ecosystem: "Maven", Level: finding.CoveragePartial, Packages: 2, Limits: limits[:1]},
		{Ecosystem: "Hex", Level: finding.CoverageFull, Packages: 2, Limits: limits},
	})
	if diff := cmp.Diff([]string{"npm", "Debian"}, got); diff != "" {
		t.Error(diff)
	}
}
