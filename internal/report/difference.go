package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/report/diff"
)

// Forms in which a difference is written.
const (
	formTable = "table"
	formJSON  = "json"
)

// DifferenceFormats lists the forms of a difference, the default first.
func DifferenceFormats() []string { return []string{formTable, formJSON} }

// EmitDifference writes a difference to every target, as Emit does a report.
func EmitDifference(d *diff.Difference, targets []Target, stdout io.Writer, o Options) error {
	return emit(targets, stdout, o, func(w io.Writer, t Target, o Options) error {
		if t.Format == formJSON {
			return encode(w, d)
		}
		return WriteDifference(w, d, o)
	})
}

// Rows of each list of a difference that are shown without --all.
const rowsDifference = 12

// WriteDifference writes a difference for a person: what came first, as that is
// what has to be judged.
func WriteDifference(w io.Writer, d *diff.Difference, o Options) error {
	if o.Width > 0 {
		o.Width = max(o.Width, narrowest)
	}
	t := &difference{table: table{sheet: sheet{w: w, p: i18n.For(o.Lang), width: o.Width, color: o.Color}, r: &finding.Report{}, o: o}, d: d}
	t.head()
	t.notes()
	t.findings("diff.new", d.New)
	t.findings("diff.gone", d.Gone)
	t.rated()
	t.versions()
	t.packages("diff.added", "+ ", green, d.Added)
	t.packages("diff.removed", "- ", red, d.Removed)
	t.layers()
	t.settings("diff.configuration", d.Config)
	t.settings("diff.privileged", d.Privileged)
	t.coverage()
	t.last()
	return t.err
}

// difference is one being written.
type difference struct {
	table
	d *diff.Difference
}

// arrow writes two counts, once where they are equal.
func (t *difference) arrow(a, b string) string {
	if a == b {
		return a
	}
	return a + " → " + b
}

func (t *difference) head() {
	from, to := t.d.From, t.d.To
	t.wrapped("", t.styled(bold, t.arrow(Clean(from.Ref), Clean(to.Ref))))
	words := []string{
		t.p.T("diff.head.packages", t.arrow(strconv.Itoa(from.Packages), strconv.Itoa(to.Packages))),
		t.p.T("diff.head.findings", t.arrow(strconv.Itoa(from.Findings), strconv.Itoa(to.Findings))),
	}
	if from.Layers > 0 && to.Layers > 0 {
		words = append(words,
			t.p.T("diff.head.size", t.arrow(bytesText(from.Size), bytesText(to.Size))),
			t.p.T("diff.head.layers", t.arrow(strconv.Itoa(from.Layers), strconv.Itoa(to.Layers)), strconv.Itoa(t.d.SharedLayers)))
	}
	if from.OS != "" || to.OS != "" {
		words = append(words, Clean(t.arrow(cmp.Or(from.OS, "?"), cmp.Or(to.OS, "?"))))
	}
	t.wrapped("", t.styled(dim, strings.Join(words, " · ")))
}

func (t *difference) notes() {
	for _, n := range t.d.Notes {
		t.wrapped("", t.styled(yellow, Clean(t.p.Text(n))))
	}
}

// same tells which findings stand in one row.
type sameRow struct{ check, typ, pkg, version, why, path string }

func (t *difference) findings(title string, list []diff.FindingChange) {
	if len(list) == 0 {
		return
	}
	groups := map[sameRow][]diff.FindingChange{}
	var order []sameRow
	for _, f := range list {
		k := sameRow{f.Check, f.Type, cmp.Or(f.Source, f.Package), f.Version, f.Why, ""}
		if f.Package == "" {
			k.path = f.Fingerprint
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	t.blank()
	t.heading(t.p.T(title, strconv.Itoa(len(list)), t.counts(list)))
	labels := 0
	for _, f := range list {
		labels = max(labels, Columns(t.changeLabel(f)))
	}
	t.rows(len(order), rowsDifference, func(i int) {
		f := groups[order[i]][0]
		st := severityStyle(f.Severity)
		if f.KEV {
			st = boldRed
		}
		left := t.styled(st, pad(t.changeLabel(f), labels)) + "  "
		reason := t.p.Text(whyText(f.Why))
		if f.Package == "" || f.ID == "" {
			where := Clean(f.Path)
			t.line("  ", left+Clean(t.p.Text(f.Title)), t.styled(dim, fitEnd(where, max(t.width/3, 0))))
			t.line(strings.Repeat(" ", labels+4), t.styled(dim, reason), "")
			return
		}
		t.line("  ", left+t.styled(bold, t.changedName(groups[order[i]]))+" "+Clean(f.Version), t.styled(dim, reason))
		indent := strings.Repeat(" ", labels+4)
		room := 100
		if t.width > 0 {
			room = t.width - len(indent)
		}
		t.line(indent, t.styled(dim, changeIDs(groups[order[i]], room)), "")
	})
}

// changedName names the packages of a row: each, or where that is many of one
// source, the source.
func (t *difference) changedName(list []diff.FindingChange) string {
	var names []string
	for _, f := range list {
		if !slices.Contains(names, f.Package) {
			names = append(names, f.Package)
		}
	}
	if len(names) <= 2 {
		return cleanJoin(names, ", ")
	}
	return Clean(list[0].Source) + " " + t.p.T("report.binaries", strconv.Itoa(len(names)))
}

// changeIDs lists as many advisories as there is room for.
func changeIDs(list []diff.FindingChange, room int) string {
	var ids []string
	for _, f := range list {
		if id := Clean(f.ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	out := ""
	for i, id := range ids {
		next := id
		if i > 0 {
			next = out + ", " + id
		}
		if i > 0 && Columns(next)+6 > room {
			return fmt.Sprintf("%s +%d", out, len(ids)-i)
		}
		out = next
	}
	return out
}

func (t *difference) changeLabel(f diff.FindingChange) string {
	if f.KEV {
		return "KEV"
	}
	return t.p.Text(severityText(f.Severity))
}

func (t *difference) counts(list []diff.FindingChange) string {
	n := map[finding.Severity]int{}
	for _, f := range list {
		n[f.Severity]++
	}
	return t.severities(n)
}

func whyText(why string) finding.Text {
	switch why {
	case diff.WhyPackageNew:
		return finding.T("diff.why.package-new")
	case diff.WhyPackageGone:
		return finding.T("diff.why.package-gone")
	case diff.WhyVersion:
		return finding.T("diff.why.version")
	case diff.WhyData:
		return finding.T("diff.why.data")
	case diff.WhyCopy:
		return finding.T("diff.why.copy")
	case diff.WhyUnknown:
		return finding.T("diff.why.unknown")
	case diff.WhySuppressed:
		return finding.T("diff.why.suppressed")
	case diff.WhyUnsuppressed:
		return finding.T("diff.why.unsuppressed")
	case diff.WhyNotLookedFor:
		return finding.T("diff.why.not-looked")
	}
	return finding.T("diff.why.content")
}

func (t *difference) rated() {
	if len(t.d.Rated) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("diff.rated", strconv.Itoa(len(t.d.Rated))))
	t.rows(len(t.d.Rated), rowsDifference, func(i int) {
		f := t.d.Rated[i]
		was := t.p.Text(severityText(*f.Was))
		t.line("  ", Clean(cmp.Or(f.ID, t.p.Text(f.Title)))+"  "+Clean(f.Package+" "+f.Version),
			was+" → "+t.styled(severityStyle(f.Severity), t.p.Text(severityText(f.Severity))))
	})
}

func (t *difference) versions() {
	for _, kind := range []struct {
		direction, title string
		st               style
	}{{diff.Downgraded, "diff.downgraded", yellow}, {diff.Upgraded, "diff.upgraded", green}, {diff.Changed, "diff.changed", none}} {
		var list []diff.VersionChange
		for _, v := range t.d.Versions {
			if v.Direction == kind.direction {
				list = append(list, v)
			}
		}
		if len(list) == 0 {
			continue
		}
		t.blank()
		t.heading(t.p.T(kind.title, strconv.Itoa(len(list))))
		t.rows(len(list), rowsDifference, func(i int) {
			v := list[i]
			var effect []string
			if v.Fixed > 0 {
				effect = append(effect, t.p.T("diff.fixes", strconv.Itoa(v.Fixed)))
			}
			if v.New > 0 {
				effect = append(effect, t.styled(red, t.p.T("diff.brings", strconv.Itoa(v.New))))
			}
			t.line("  ", t.styled(bold, Clean(v.Name))+" "+Clean(v.From)+" → "+t.styled(kind.st, Clean(v.To))+copies(v.Copies), strings.Join(append(effect, t.styled(dim, Clean(v.Type))), "  "))
		})
	}
}

func (t *difference) packages(title, mark string, st style, list []diff.PackageChange) {
	if len(list) == 0 {
		return
	}
	n := 0
	for _, p := range list {
		n += p.Copies
	}
	t.blank()
	t.heading(t.p.T(title, strconv.Itoa(n)))
	t.rows(len(list), rowsDifference, func(i int) {
		p := list[i]
		text := t.styled(st, mark) + Clean(p.Name) + " " + Clean(p.Version)
		text += copies(p.Copies)
		t.line("  ", text, t.styled(dim, Clean(p.Type)))
	})
}

// copies says how many, where it is more than one.
func copies(n int) string {
	if n < 2 {
		return ""
	}
	return " ×" + strconv.Itoa(n)
}

// signed writes a number of bytes with its sign.
func signed(n int64) string {
	if n < 0 {
		return "−" + bytesText(-n)
	}
	return "+" + bytesText(n)
}

func (t *difference) layers() {
	if len(t.d.Layers) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("diff.layers", signed(t.d.To.Size-t.d.From.Size), strconv.Itoa(t.d.To.Files-t.d.From.Files), strconv.Itoa(t.d.SharedLayers)))
	t.rows(len(t.d.Layers), rowsDifference, func(i int) {
		l := t.d.Layers[i]
		mark, st := "~ ", yellow
		switch l.Change {
		case diff.Added:
			mark, st = "+ ", green
		case diff.Removed:
			mark, st = "- ", red
		}
		by := Clean(l.By)
		if by == "" {
			by = t.p.T("inspect.no-instruction")
		}
		t.line("  ", t.styled(st, mark)+by, signed(l.Grew()))
	})
}

func (t *difference) settings(title string, list []diff.ConfigChange) {
	if len(list) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T(title, strconv.Itoa(len(list))))
	t.rows(len(list), rowsDifference, func(i int) {
		c := list[i]
		key := t.styled(bold, Clean(c.Key)) + "  "
		switch c.Change {
		case diff.Added:
			t.line("  ", t.styled(green, "+ ")+key+Clean(c.To), "")
		case diff.Removed:
			t.line("  ", t.styled(red, "- ")+key+Clean(c.From), "")
		default:
			t.line("  ", t.styled(yellow, "~ ")+key+Clean(c.From)+" → "+Clean(c.To), "")
		}
	})
}

func (t *difference) coverage() {
	if len(t.d.Coverage) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("diff.coverage"))
	level := func(l finding.CoverageLevel) string {
		switch l {
		case finding.CoverageFull:
			return t.p.T("html.ui.cov.full")
		case finding.CoveragePartial:
			return t.p.T("html.ui.cov.partial")
		case finding.CoverageNone:
			return t.p.T("html.ui.cov.none")
		}
		return t.p.T("diff.coverage.absent")
	}
	t.rows(len(t.d.Coverage), rowsDifference, func(i int) {
		c := t.d.Coverage[i]
		t.line("  ", Clean(c.Ecosystem)+"  "+level(c.From)+" → "+level(c.To), "")
	})
}

func (t *difference) last() {
	d := t.d
	t.blank()
	var words []string
	if v := d.Verdict; v != nil {
		open := without(v.Incomplete, v.Allowed)
		switch {
		case v.Gate == "failed":
			words = append(words, t.styled(boldRed, t.p.T("report.failed"))+t.gap()+t.p.T("diff.gate.failed", strconv.Itoa(v.Failing), Clean(v.FailOn)))
		case v.Gate == "passed" && len(open) > 0:
			words = append(words, t.styled(boldYellow, t.p.T("report.incomplete"))+t.gap()+t.p.T("diff.gate.so-far", Clean(v.FailOn)))
		case v.Gate == "passed":
			words = append(words, t.styled(boldGreen, t.p.T("report.passed"))+t.gap()+t.p.T("diff.gate.passed", Clean(v.FailOn)))
		}
		if len(open) > 0 {
			words = append(words, t.styled(yellow, t.p.T("report.incomplete-why", t.incompleteWords(v, open))))
		}
	}
	if d.Empty() {
		words = append(words, t.p.T("diff.same"))
	} else {
		words = append(words, t.p.T("diff.sum", strconv.Itoa(len(d.New)), strconv.Itoa(len(d.Gone)), strconv.Itoa(d.Kept)))
	}
	t.item(t.p.T("report.verdict"), strings.Join(words, t.gap()))
}
