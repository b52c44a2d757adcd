package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

// ExplainCheck writes what a check asks, why, and what to do.
func ExplainCheck(w io.Writer, c finding.Check, o Options) error {
	s := &sheet{w: w, p: i18n.For(o.Lang), width: o.Width, color: o.Color}
	s.heading(Clean(c.ID) + ": " + Clean(s.p.Text(c.Title)))
	s.checkBody(c)
	return s.err
}

func (s *sheet) checkBody(c finding.Check) {
	s.paragraph(s.p.T("report.explain.why"), s.p.Text(c.Why))
	s.paragraph(s.p.T("report.explain.fix"), s.p.Text(c.Fix))
	s.field(s.p.T("report.explain.point"), c.Point)
	if c.Severity != finding.Unrated {
		s.field(s.p.T("report.explain.severity"), s.p.Text(severityText(c.Severity)))
	}
	s.field("CIS", strings.Join(c.CIS, ", "))
	s.field("ATT&CK", strings.Join(c.ATTACK, ", "))
	s.field("CWE", strings.Join(c.CWE, ", "))
	for _, r := range c.References {
		s.field(s.p.T("report.explain.reference"), r)
	}
}

// paragraph writes a heading and text below it; nothing when there is no text.
func (s *sheet) paragraph(title, text string) {
	if text == "" {
		return
	}
	s.blank()
	s.heading(title)
	for line := range strings.SplitSeq(text, "\n") {
		s.wrapped("  ", Clean(line))
	}
}

// field writes a name and a value in one line.
func (s *sheet) field(name, value string) {
	if value == "" {
		return
	}
	const width = 14
	value = Clean(value)
	if s.width == 0 || Columns(value)+width+2 <= s.width {
		s.print(s.styled(dim, pad(name, width)) + "  " + value)
		return
	}
	for i, l := range wrap(value, s.width-width-2) {
		if i > 0 {
			name = ""
		}
		s.print(s.styled(dim, pad(name, width)) + "  " + l)
	}
}

// ExplainResult writes one result of a report: what was found, where, how it
// was decided and by whose word, and how to get rid of it.
func ExplainResult(w io.Writer, r *finding.Report, res *finding.Result, o Options) error {
	s := &sheet{w: w, p: i18n.For(o.Lang), width: o.Width, color: o.Color}
	packages := packagesByID(r)
	t := &table{sheet: *s, r: r, o: o, packages: packages}
	s = &t.sheet
	check := o.check(res.Check)
	s.heading(t.title(res))
	s.blank()
	severity := s.styled(severityStyle(res.Rating.Severity), s.p.Text(severityText(res.Rating.Severity)))
	s.print(s.styled(dim, pad(s.p.T("report.explain.severity"), 14)) + "  " + severity + ratingSource(res.Rating))
	s.field(s.p.T("report.explain.check"), res.Check)
	s.field(s.p.T("report.explain.fingerprint"), res.Fingerprint)
	pkg := packages[res.Package]
	if pkg != nil {
		s.field(s.p.T("report.explain.package"), pkg.PURL)
		if pkg.SourceName != "" {
			s.field(s.p.T("report.explain.source"), strings.TrimSpace(pkg.SourceName+" "+pkg.SourceVersion))
		}
		s.field(s.p.T("report.explain.found-by"), pkg.FoundBy)
		s.field(s.p.T("report.explain.owned-by"), pkg.OwnedBy)
	}
	t.explainPlaces(res, pkg)
	if res.Advisory != nil {
		t.explainAdvisory(res)
	}
	for _, e := range res.Evidence {
		s.field(s.p.T("report.explain.evidence"), e)
	}
	if res.Reason != nil {
		s.field(s.p.T("report.explain.reason"), s.p.Text(*res.Reason))
	}
	if res.Hidden {
		s.paragraph(s.p.T("report.explain.hidden"), s.p.T("report.explain.hidden-why"))
	}
	if res.Removed {
		s.paragraph(s.p.T("report.explain.hidden"), s.p.T("report.explain.removed-why"))
	}
	if sup := res.Suppressed; sup != nil {
		s.blank()
		s.heading(s.p.T("report.explain.suppressed"))
		s.field(s.p.T("report.explain.reason"), sup.Reason)
		s.field(s.p.T("report.explain.owner"), sup.Owner)
		s.field(s.p.T("report.explain.expires"), sup.Expires)
		s.field(s.p.T("report.explain.from"), sup.Source)
	}
	s.paragraph(s.p.T("report.explain.why"), s.p.Text(check.Why))
	fix := s.p.Text(check.Fix)
	s.paragraph(s.p.T("report.explain.fix"), fix)
	if res.Advisory != nil && len(res.Advisory.Fixed) > 0 {
		fixable, _ := upgrades([]*finding.Result{res}, packages)
		if len(fixable) > 0 {
			if c := upgradeCommand(fixable[0]); c != "" {
				s.print("  " + s.styled(bold, c))
			}
		}
	}
	return s.err
}

func ratingSource(r finding.Rating) string {
	out := ""
	if r.Score > 0 {
		out += " " + strconv.FormatFloat(r.Score, 'f', 1, 64)
	}
	if r.Source != "" {
		out += " (" + Clean(r.Source) + ")"
	}
	if r.Vector != "" {
		out += " " + Clean(r.Vector)
	}
	return out
}

// explainPlaces says where it is, and which instruction brought it.
func (t *table) explainPlaces(res *finding.Result, pkg *finding.Package) {
	places := res.Locations
	if len(places) == 0 && pkg != nil {
		places = pkg.Locations
	}
	for _, l := range places {
		where := "/" + strings.TrimPrefix(l.Path, "/")
		if t.r.Subject.Kind == "source tree" {
			where = l.Path
		}
		if l.Line > 0 {
			where += ":" + strconv.Itoa(l.Line)
		}
		t.field(t.p.T("report.explain.where"), where)
		if l.Layer >= 0 && l.Layer < len(t.r.Layers) {
			layer := t.r.Layers[l.Layer]
			t.field(t.p.T("report.explain.layer"), strings.TrimSpace(fmt.Sprintf("%d %s", l.Layer, shortDigest(layer.DiffID))))
			t.field(t.p.T("report.explain.instruction"), layer.CreatedBy)
		}
	}
}

func (t *table) explainAdvisory(res *finding.Result) {
	adv := res.Advisory
	t.blank()
	t.heading(t.p.T("report.explain.decided"))
	t.field(t.p.T("report.explain.advisory"), adv.ID)
	t.field(t.p.T("report.explain.aliases"), strings.Join(adv.Aliases, ", "))
	t.field(t.p.T("report.explain.affected"), adv.Affected)
	if len(adv.Fixed) > 0 {
		t.field(t.p.T("report.explain.fixed"), strings.Join(adv.Fixed, ", "))
	} else {
		t.field(t.p.T("report.explain.fixed"), t.p.T("report.no-fix"))
	}
	if adv.KEV != nil {
		t.field("KEV", t.p.T("report.explain.kev", adv.KEV.Added))
	}
	for _, r := range adv.Ratings {
		t.field(t.p.T("report.explain.rating"), t.p.Text(severityText(r.Severity))+ratingSource(r))
	}
	for _, src := range adv.Sources {
		words := src.ID + " (" + src.Ecosystem + ")"
		if src.URL != "" {
			words += " " + src.URL
		}
		t.field(t.p.T("report.explain.record"), words)
	}
	t.field("CWE", strings.Join(adv.CWEs, ", "))
	if !adv.Published.IsZero() {
		t.field(t.p.T("report.explain.published"), adv.Published.UTC().Format("2006-01-02"))
	}
}

// ListChecks writes one line a check.
func ListChecks(w io.Writer, checks []finding.Check, o Options) error {
	s := &sheet{w: w, p: i18n.For(o.Lang), width: o.Width, color: o.Color}
	ids, severities := 0, 0
	for _, c := range checks {
		ids = max(ids, Columns(c.ID))
		severities = max(severities, Columns(s.p.Text(severityText(c.Severity))))
	}
	for _, c := range checks {
		sev := s.styled(severityStyle(c.Severity), pad(s.p.Text(severityText(c.Severity)), severities))
		s.line("", s.styled(bold, pad(c.ID, ids))+"  "+sev+"  "+Clean(s.p.Text(c.Title)), "")
	}
	return s.err
}

// ChecksMarkdown is docs/checks.md: every check with its reasons, in a language.
func ChecksMarkdown(checks []finding.Check, lang string) string {
	p := i18n.For(lang)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", p.T("report.doc.title"), p.T("report.doc.intro"))
	fmt.Fprintf(&b, "| %s | %s | %s | %s |\n|---|---|---|---|\n",
		p.T("report.explain.check"), p.T("report.explain.point"), p.T("report.explain.severity"), p.T("report.doc.finds"))
	for _, c := range checks {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", c.ID, c.ID, c.Point, p.Text(severityText(c.Severity)), markdown(p.Text(c.Title)))
	}
	for _, c := range checks {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", c.ID, markdown(p.Text(c.Title)))
		fmt.Fprintf(&b, "**%s** %s\n\n**%s** %s\n", p.T("report.explain.why"), markdown(p.Text(c.Why)), p.T("report.explain.fix"), markdown(p.Text(c.Fix)))
		var facts []string
		for _, f := range []struct {
			name   string
			values []string
		}{{"CIS", c.CIS}, {"MITRE ATT&CK", c.ATTACK}, {"CWE", c.CWE}} {
			if len(f.values) > 0 {
				facts = append(facts, "- "+f.name+": "+strings.Join(f.values, ", "))
			}
		}
		for _, r := range c.References {
			facts = append(facts, "- <"+r+">")
		}
		if len(facts) > 0 {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(facts, "\n"))
		}
	}
	return b.String()
}

// markdown keeps text from meaning anything in Markdown or HTML.
func markdown(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[").Replace(s)
}
