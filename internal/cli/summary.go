package cli

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// summary is one line a subject, for a scan of several.
type summary struct {
	rows []summaryRow
	// unmatched counts, for each exception that matched nothing in a subject, in
	// how many subjects that was so: only one that never matched anywhere is told.
	scanned   int
	unmatched map[finding.ExceptionUse]int
	// concerned are the exceptions that are about one of the subjects.
	concerned map[sourcedException]bool
}

type summaryRow struct {
	subject subject
	counts  map[finding.Severity]int
	fixable int
	// packages that are there, and those of them that no data fully covers.
	packages, unknown int
	// kev counts findings on CISA's list.
	kev     int
	verdict *finding.Verdict // nil when the subject could not be scanned
}

// flaw is one vulnerability of what is upgraded together, counted once as the
// table counts it: packages that an OS builds from one source are one.
type flaw struct{ kind, name, version, advisory string }

func (s *summary) add(sub subject, rep *finding.Report) {
	row := summaryRow{subject: sub, verdict: rep.Verdict, counts: map[finding.Severity]int{}}
	packages := make(map[string]*finding.Package, len(rep.Packages))
	for i := range rep.Packages {
		packages[rep.Packages[i].ID] = &rep.Packages[i]
	}
	worst := map[flaw]*finding.Result{}
	for i := range rep.Results {
		res := &rep.Results[i]
		if !res.IsFinding() || res.Check != finding.CheckVulnerability || res.Advisory == nil || res.Hidden || res.Suppressed != nil {
			continue
		}
		f := flaw{name: res.Package, advisory: res.Advisory.ID}
		if p := packages[res.Package]; p != nil {
			f.kind, f.name, f.version = p.Type, cmp.Or(p.SourceName, p.Name), cmp.Or(p.SourceVersion, p.Version)
		}
		if known := worst[f]; known == nil || res.Rating.Severity > known.Rating.Severity {
			worst[f] = res
		}
	}
	for _, res := range worst {
		row.counts[res.Rating.Severity]++
		if len(res.Advisory.Fixed) > 0 {
			row.fixable++
		}
		if res.Advisory.KEV != nil {
			row.kev++
		}
	}
	for _, p := range rep.Packages {
		if !p.Hidden {
			row.packages++
		}
	}
	for _, c := range rep.Coverage {
		row.unknown += c.Packages - c.Known
	}
	s.rows = append(s.rows, row)
	s.scanned++
	if s.unmatched == nil {
		s.unmatched = map[finding.ExceptionUse]int{}
		s.concerned = map[sourcedException]bool{}
	}
	for _, e := range rep.Exceptions {
		s.unmatched[e]++
	}
}

func (s *summary) failed(sub subject) {
	s.rows = append(s.rows, summaryRow{subject: sub})
}

func compareNames(a, b string) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
}

// column is one column of the summary; one that is empty in every row is left out.
type column struct {
	title string
	cell  func(summaryRow) int
}

func (c column) width() int { return max(report.Columns(c.title), 4) }

// writeSummary prints the table of all subjects, then what to look at first.
func (s *scan) writeSummary() {
	v := s.v
	columns, names := s.summaryColumns()
	if s.out.written > 0 && !s.o.allImages {
		v.printf("\n")
	}
	head := pad(v.T("cli.summary.image"), names)
	for _, c := range columns {
		head += "  " + padLeft(c.title, c.width())
	}
	v.printf("%s  %s\n", head, v.T("cli.summary.verdict"))
	for _, r := range s.sum.rows {
		line := pad(fit(v.subjectText(r.subject), names), names)
		for _, c := range columns {
			cell := "-"
			if n := c.cell(r); n > 0 {
				cell = strconv.Itoa(n)
			}
			line += "  " + padLeft(cell, c.width())
		}
		v.printf("%s  %s\n", line, v.verdictText(r.verdict))
	}
	v.printf("\n%s\n", s.sumLine())
	for _, e := range s.unmatchedEverywhere() {
		v.printf("%s\n", v.T("cli.summary.exception", e.ID, e.Source))
	}
	for _, e := range s.exceptions {
		if !s.sum.concerned[e] && s.sum.scanned > 0 {
			v.printf("%s\n", v.T("cli.summary.exception-image", e.ID, e.source, report.Clean(e.Image)))
		}
	}
	if worst, ok := s.worstRow(); ok {
		v.printf("%s\n", v.T("cli.summary.next", worst.subject.ref))
	}
}

// shortestName is the width that a name gets at least.
const shortestName = 20

// summaryColumns chooses the columns, and the width that is left for names. On a
// narrow screen what is less than high is added up in one column, and then what
// says least is left out.
func (s *scan) summaryColumns() (columns []column, names int) {
	v := s.v
	names = report.Columns(v.T("cli.summary.image"))
	for _, r := range s.sum.rows {
		names = max(names, report.Columns(v.subjectText(r.subject)))
	}
	if s.o.packagesOnly {
		return nil, names
	}
	count := func(severities ...finding.Severity) func(summaryRow) int {
		return func(r summaryRow) (n int) {
			for _, sev := range severities {
				n += r.counts[sev]
			}
			return n
		}
	}
	single := func(list ...finding.Severity) (out []column) {
		for _, sev := range list {
			out = append(out, column{v.severityText(sev), count(sev)})
		}
		return out
	}
	unrated := single(finding.Unrated)[0]
	fixable := column{v.T("cli.summary.fixable"), func(r summaryRow) int { return r.fixable }}
	kev := column{v.T("cli.summary.kev"), func(r summaryRow) int { return r.kev }}
	lower := column{v.T("cli.summary.lower"), count(finding.Medium, finding.Low, finding.Negligible)}
	severe := single(finding.Critical, finding.High)
	choices := [][]column{
		slices.Concat(severe, single(finding.Medium, finding.Low, finding.Negligible), []column{unrated, fixable, kev}),
		append(slices.Clone(severe), lower, unrated, fixable, kev),
		append(slices.Clone(severe), lower, unrated, kev),
		append(slices.Clone(severe), lower, unrated),
		severe,
	}
	for _, choice := range choices {
		columns = slices.DeleteFunc(choice, func(c column) bool {
			return !slices.ContainsFunc(s.sum.rows, func(r summaryRow) bool { return c.cell(r) > 0 })
		})
		if v.width == 0 {
			return columns, names
		}
		room := v.width - 2 - s.verdictWidth()
		for _, c := range columns {
			room -= c.width() + 2
		}
		if room >= min(names, shortestName) {
			return columns, min(names, room)
		}
	}
	return columns, shortestName
}

// verdictWidth is the width of the last column.
func (s *scan) verdictWidth() int {
	w := report.Columns(s.v.T("cli.summary.verdict"))
	for _, r := range s.sum.rows {
		w = max(w, report.Columns(s.v.verdictText(r.verdict)))
	}
	return w
}

// sumLine counts the subjects by what became of them.
func (s *scan) sumLine() string {
	v := s.v
	var failedGate, incomplete, broken, vulnerable, empty, packages, unknown int
	for _, r := range s.sum.rows {
		switch {
		case r.verdict == nil:
			broken++
			continue
		case r.verdict.Gate == "failed":
			failedGate++
		}
		if len(r.verdict.Incomplete) > len(r.verdict.Allowed) {
			incomplete++
		}
		if len(r.counts) > 0 {
			vulnerable++
		}
		packages += r.packages
		unknown += r.unknown
		if r.packages == 0 {
			empty++
		}
	}
	parts := []string{v.T("cli.summary.images", strconv.Itoa(len(s.sum.rows)))}
	if !s.o.packagesOnly {
		parts = append(parts, v.T("cli.summary.vulnerable", strconv.Itoa(vulnerable)))
	}
	if failedGate > 0 {
		parts = append(parts, v.T("cli.summary.failed", strconv.Itoa(failedGate)))
	}
	if incomplete > 0 {
		parts = append(parts, v.T("cli.summary.incomplete", strconv.Itoa(incomplete)))
	}
	if broken > 0 {
		parts = append(parts, v.T("cli.summary.broken", strconv.Itoa(broken)))
	}
	if empty > 0 {
		parts = append(parts, v.T("cli.summary.empty", strconv.Itoa(empty)))
	}
	if unknown > 0 {
		parts = append(parts, v.T("cli.summary.unknown", strconv.Itoa(unknown), strconv.Itoa(packages)))
	}
	return strings.Join(parts, v.T("cli.summary.comma"))
}

func (s *scan) unmatchedEverywhere() []finding.ExceptionUse {
	var out []finding.ExceptionUse
	for e, n := range s.sum.unmatched {
		if e.Problem != "expired" && n == s.sum.scanned {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b finding.ExceptionUse) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// worstRow is the subject to look at first: by known exploited vulnerabilities,
// then by severity.
func (s *scan) worstRow() (summaryRow, bool) {
	var list []summaryRow
	for _, r := range s.sum.rows {
		if r.verdict != nil && (r.fixable > 0 || len(r.counts) > 0) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return summaryRow{}, false
	}
	return slices.MinFunc(list, func(a, b summaryRow) int {
		if c := cmp.Compare(b.kev, a.kev); c != 0 {
			return c
		}
		for _, sev := range finding.Severities() {
			if c := cmp.Compare(b.counts[sev], a.counts[sev]); c != 0 {
				return c
			}
		}
		return 0
	}), true
}

func (v *invocation) subjectText(s subject) string {
	name := cmp.Or(s.name, s.ref)
	if id, ok := strings.CutPrefix(name, "sha256:"); ok && len(id) > 12 {
		name = v.T("cli.summary.unnamed", id[:12])
	}
	if s.more > 0 {
		return v.T("cli.summary.more-names", name, strconv.Itoa(s.more))
	}
	return report.Clean(name)
}

func (v *invocation) verdictText(verdict *finding.Verdict) string {
	switch {
	case verdict == nil:
		return v.T("cli.summary.verdict.error")
	case verdict.Gate == "failed":
		return v.T("cli.summary.verdict.failed")
	case verdict.ExitCode == exitIncomplete:
		return v.T("cli.summary.verdict.incomplete")
	case verdict.Gate == "passed" && verdict.NoPackages:
		return v.T("cli.summary.verdict.nothing")
	case verdict.Gate == "passed":
		return v.T("cli.summary.verdict.passed")
	default:
		return v.T("cli.summary.verdict.done")
	}
}

// severityText says a severity.
func (v *invocation) severityText(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return v.T("cli.severity.critical")
	case finding.High:
		return v.T("cli.severity.high")
	case finding.Medium:
		return v.T("cli.severity.medium")
	case finding.Low:
		return v.T("cli.severity.low")
	case finding.Negligible:
		return v.T("cli.severity.negligible")
	default:
		return v.T("cli.severity.unrated")
	}
}

// padLeft fills a string up to a width in columns from the left.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-report.Columns(s), 0)) + s
}
