package cli

import (
	"strconv"
	"strings"
	"time"

	"bulwark/internal/advisory"
	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// packagesShown is how many packages of one record are listed.
const packagesShown = 30

// writeExplanation prints what the database holds on an advisory.
func (v *invocation) writeExplanation(x advisory.Explanation) {
	title := x.ID
	if len(x.Aliases) > 0 {
		title += " (" + strings.Join(x.Aliases, ", ") + ")"
	}
	p := page{width: v.helpWidth()}
	p.paragraph(report.Clean(title))
	if x.KEV != nil {
		p.paragraph(v.T("cli.explain.kev", x.KEV.Added))
	}
	for _, r := range x.Ratings {
		p.paragraph(v.ratingText(r))
	}
	if len(x.CWEs) > 0 {
		p.paragraph(report.Clean(strings.Join(x.CWEs, ", ")))
	}
	for _, r := range x.Records {
		v.explainRecord(&p, r)
	}
	p.gap()
	p.paragraph(v.T("cli.explain.next"))
	v.printf("%s", p.String())
}

func (v *invocation) explainRecord(p *page, r advisory.ExplainedRecord) {
	head := r.ID + ", " + r.Source
	if r.License != "" {
		head += ", " + r.License
	}
	p.heading(report.Clean(head))
	said := func(id string, values ...string) {
		for _, l := range wrap(v.T(id, values...), p.width-2) {
			p.line("  " + l)
		}
	}
	if !r.Withdrawn.IsZero() {
		said("cli.explain.withdrawn", r.Withdrawn.Format(time.DateOnly))
	}
	if r.Informational != "" {
		said("cli.explain.notice", r.Informational)
	}
	if !r.Published.IsZero() {
		said("cli.explain.dates", r.Published.Format(time.DateOnly), r.Modified.Format(time.DateOnly))
	}
	if len(r.Flaws) > 0 {
		said("cli.explain.bundles", strings.Join(r.Flaws, ", "))
	}
	for _, rating := range r.Ratings {
		for _, l := range wrap(v.ratingText(rating), p.width-2) {
			p.line("  " + l)
		}
	}
	if r.Summary != "" {
		said("cli.error", r.Summary)
	}
	for para := range strings.SplitSeq(r.Details, "\n") {
		if para = strings.TrimSpace(para); para != "" {
			said("cli.error", para)
		}
	}
	if r.URL != "" {
		said("cli.error", r.URL)
	}
	for i, a := range r.Affected {
		if i == packagesShown {
			said("cli.explain.more-packages", strconv.Itoa(len(r.Affected)-i))
			break
		}
		affected, fixed := strings.Join(a.Affected, ", "), strings.Join(a.Fixed, ", ")
		switch {
		case affected == "":
			said("cli.explain.unversioned", a.Ecosystem, a.Name)
		case fixed == "":
			said("cli.explain.affected", a.Ecosystem, a.Name, affected)
		default:
			said("cli.explain.fixed", a.Ecosystem, a.Name, affected, fixed)
		}
	}
}

// ratingText says a rating and whose word it is.
func (v *invocation) ratingText(r finding.Rating) string {
	s := v.severityText(r.Severity)
	if r.Score > 0 {
		s += " " + strconv.FormatFloat(r.Score, 'f', 1, 64)
	}
	if r.Source != "" {
		s = v.T("cli.explain.rated", s, r.Source)
	}
	if r.Vector != "" {
		s += " " + report.Clean(r.Vector)
	}
	return s
}
