package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
)

// ofDockerfiles reports whether the subject is one Dockerfile or several: then
// there are no packages to speak of, and findings stand by file and line.
func (t *table) ofDockerfiles() bool { return t.r.Subject.Kind == "Dockerfile" }

// rowsLines is how many findings of Dockerfiles are shown without --all.
const rowsLines = 60

// byLine shows findings in the order in which a person goes through the file.
// What to do is said once for each check of some weight.
func (t *table) byLine() {
	rest := slices.Clone(t.otherFindings())
	if len(rest) == 0 {
		return
	}
	slices.SortStableFunc(rest, func(a, b *finding.Result) int {
		x, y := firstLocation(a), firstLocation(b)
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line), cmp.Compare(b.Rating.Severity, a.Rating.Severity))
	})
	labels, lines := 0, 0
	for _, res := range rest {
		labels = max(labels, Columns(t.p.Text(severityText(res.Rating.Severity))))
		lines = max(lines, len(strconv.Itoa(firstLocation(res).Line)))
	}
	path := ""
	told := map[string]bool{}
	t.rows(len(rest), rowsLines, func(i int) {
		res := rest[i]
		at := firstLocation(res)
		if i == 0 || at.Path != path {
			path = at.Path
			t.blank()
			if path != t.r.Subject.Ref { // the head has said it
				t.heading(Clean(path))
			}
		}
		line := ""
		if at.Line > 0 {
			line = strconv.Itoa(at.Line)
		}
		s := res.Rating.Severity
		text := Clean(t.p.Text(res.Title))
		if e := evidenceLine(res); e != "" {
			text = t.p.T("report.because", text, e)
		}
		t.line("  ", strings.Repeat(" ", lines-len(line))+line+"  "+t.styled(severityStyle(s), pad(t.p.Text(severityText(s)), labels))+"  "+text, t.styled(dim, Clean(res.Check)))
		if fix := t.o.check(res.Check).Fix; fix.ID != "" && !told[res.Check] && s >= finding.Medium {
			told[res.Check] = true
			t.line(strings.Repeat(" ", lines+labels+6), t.styled(dim, t.p.Text(fix)), "")
		}
	})
}

func firstLocation(res *finding.Result) finding.Location {
	if len(res.Locations) == 0 {
		return finding.Location{}
	}
	return res.Locations[0]
}

// evidenceLine is what was seen, in one line.
func evidenceLine(res *finding.Result) string {
	var out []string
	for _, e := range res.Evidence {
		if e = Clean(e); e != "" {
			out = append(out, e)
		}
	}
	return strings.Join(out, ", ")
}

// tallyLines counts findings of Dockerfiles.
func (t *table) tallyLines() string {
	counts := map[finding.Severity]int{}
	n := 0
	for i := range t.r.Results {
		if res := &t.r.Results[i]; res.IsFinding() && res.Suppressed == nil && !res.Hidden && res.Check != finding.CheckNotScanned {
			counts[res.Rating.Severity]++
			n++
		}
	}
	if n == 0 {
		return t.p.T("report.no-findings")
	}
	return t.p.T("report.findings-count", strconv.Itoa(n), t.severities(counts))
}
