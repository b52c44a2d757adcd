package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

// Rows of each list of an inspection that are shown without --all.
const (
	rowsInstructions = 40
	rowsFiles        = 10
	rowsVariables    = 12
)

// inspection shows an image to a person who reviews it: how it runs, what each
// instruction brought and what came with it, what is shipped for nothing, and
// what has to be asked because no scanner can see it.
func (t *table) inspection() {
	t.identity()
	t.runs()
	t.instructions()
	t.wasted()
	t.privileged()
	t.toDo()
	t.asked()
}

// identity is what names the image.
func (t *table) identity() {
	s := t.r.Subject
	t.field2("html.about.digest", s.ConfigDigest)
	t.field2("html.about.tags", strings.Join(s.Tags, ", "))
	t.field2("html.about.aliases", strings.Join(s.Aliases, ", "))
	t.field2("html.about.created", s.Created)
	t.field2("html.about.way", strings.TrimSpace(t.r.Source.Kind+": "+t.r.Source.Way))
	if i := t.r.Image; i != nil && i.FinalFiles > 0 {
		t.field2("review.size", t.p.T("review.size.text", bytesText(i.FinalSize), strconv.Itoa(i.FinalFiles), bytesText(i.Waste)))
	}
}

// field2 writes a field whose name is a text, wrapped.
func (t *table) field2(id, value string) {
	if value != "" {
		t.named(t.p.T(id), Clean(value))
	}
}

// nameWidth is the width of names before values.
const nameWidth = 14

// named writes a name and a value beside it, which is wrapped.
func (t *table) named(name, value string) {
	lines := []string{value}
	if t.width > 0 {
		lines = wrapStyled(value, t.width-nameWidth-4)
	}
	for n, l := range lines {
		if n > 0 {
			name = ""
		}
		if n == mostLines {
			t.print("  " + pad("", nameWidth) + "  " + ellipsis)
			return
		}
		t.print("  " + t.styled(dim, pad(name, nameWidth)) + "  " + l)
	}
}

func (t *table) runs() {
	i := t.r.Image
	if i == nil {
		return
	}
	t.blank()
	t.heading(t.p.T("html.ui.image.runs"))
	for _, f := range imageFacts(i) {
		value := Clean(f.value)
		if f.text.ID != "" {
			value = t.styled(yellow, Clean(t.p.Text(f.text)))
		}
		t.named(t.p.Text(f.name), value)
	}
	t.variables("html.ui.image.env", i.Env)
	t.variables("html.ui.image.labels", i.Labels)
	var owners []string
	for _, o := range i.Owners {
		owners = append(owners, t.p.T("inspect.owner", fmt.Sprintf("%d:%d", o.UID, o.GID), strconv.Itoa(o.Files)))
	}
	if len(owners) > 0 {
		t.named(t.p.T("inspect.owners"), strings.Join(owners[:min(len(owners), 8)], t.p.T("report.comma")))
	}
}

func (t *table) variables(title string, list []finding.ImageVariable) {
	name := t.p.T(title)
	for n, v := range list {
		if !t.o.All && n == rowsVariables && len(list) > rowsVariables+1 {
			t.named("", t.styled(dim, t.p.T("report.more", strconv.Itoa(len(list)-n))))
			return
		}
		value := Clean(v.Name) + "=" + Clean(v.Value)
		if v.Redacted {
			value = t.styled(yellow, value)
		}
		t.named(name, value)
		name = ""
	}
}

// bar is a size as a bar of at most width columns, in eighths.
func bar(n, most int64, width int) string {
	if most <= 0 || n <= 0 {
		return ""
	}
	eighths := int(n * int64(width) * 8 / most)
	parts := []rune(" ▏▎▍▌▋▊▉")
	out := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		out += string(parts[rest])
	}
	return cmp.Or(out, "▏")
}

// barWidth is how wide the bars are.
const barWidth = 10

// instructions says what each instruction brought, in the order of the build.
func (t *table) instructions() {
	steps, rest := imageconfig.ByInstruction(t.r)
	if len(steps) == 0 {
		return
	}
	most := int64(0)
	for _, s := range steps {
		most = max(most, s.Bytes)
	}
	t.blank()
	t.heading(t.p.T("inspect.instructions"))
	digits := len(strconv.Itoa(len(steps) - 1))
	indent := strings.Repeat(" ", digits+4)
	t.rows(len(steps), rowsInstructions, func(n int) {
		s := steps[n]
		text := Clean(strings.TrimSpace(s.Verb + " " + s.Args))
		if text == "" {
			text = t.p.T("inspect.no-instruction")
		}
		label := fmt.Sprintf("  %*d  ", digits, s.Index)
		if s.Layer < 0 {
			t.line(label, t.styled(dim, text), "")
			t.built(indent, s, "")
			return
		}
		right := bytesText(s.Bytes)
		if t.width > 0 {
			right = strings.Repeat(" ", max(0, 8-Columns(right))) + right + " " + t.styled(cyan, pad(bar(s.Bytes, most, barWidth), barWidth))
		}
		t.line(label, t.styled(bold, text), right)
		t.brought(indent, s)
		t.built(indent, s, t.r.Layers[s.Layer].DiffID)
	})
	if len(rest) > 0 {
		t.line("  ", t.styled(dim, t.p.T("inspect.rest", strconv.Itoa(len(rest)))), "")
	}
}

// built says, among all rows, when an instruction ran and what its layer is called.
func (t *table) built(indent string, s imageconfig.Instruction, diffID string) {
	if !t.o.All {
		return
	}
	words := []string{s.Created, diffID}
	if i := t.r.Image; i != nil && s.Index < len(i.History) && i.History[s.Index].Comment != s.Text {
		words = append(words, i.History[s.Index].Comment)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) > 0 {
		t.wrapped(indent, t.styled(dim, cleanJoin(words, " · ")))
	}
}

// leastLarge is the size in bytes from which a file of a layer is worth a word.
const leastLarge = 1_000_000

// brought is what came with one instruction.
func (t *table) brought(indent string, s imageconfig.Instruction) {
	words := []string{t.p.T("report.layer", strconv.Itoa(s.Layer)), t.p.T("inspect.files", strconv.Itoa(s.Files))}
	var content finding.LayerContent
	if i := t.r.Image; i != nil && s.Layer < len(i.Contents) {
		content = i.Contents[s.Layer]
		if content.Changed > 0 {
			words = append(words, t.p.T("inspect.replaced", strconv.Itoa(content.Changed)))
		}
		if content.Removed > 0 {
			words = append(words, t.p.T("inspect.removed", strconv.Itoa(content.Removed)))
		}
	}
	if s.Joint {
		words = append(words, t.p.T("inspect.joint"))
	}
	if n := len(s.Packages); n > 0 {
		words = append(words, t.p.T("report.packages", strconv.Itoa(n)))
	}
	line := t.styled(dim, strings.Join(words, " · "))
	if s.Wasted > 0 {
		line += t.styled(dim, " · ") + t.styled(yellow, t.p.T("inspect.wasted", bytesText(s.Wasted)))
	}
	t.line(indent, line, "")
	var in []string
	for _, d := range content.Directories {
		if d.Size >= leastLarge && len(in) < 3 {
			in = append(in, Clean(d.Path)+" "+bytesText(d.Size))
		}
	}
	if len(in) > 0 {
		t.line(indent, t.styled(dim, t.p.T("inspect.in", strings.Join(in, t.p.T("report.comma")))), "")
	}
	var large []string
	for _, f := range content.Largest {
		if f.Size >= leastLarge && len(large) < 2 {
			large = append(large, Clean(f.Path)+" "+bytesText(f.Size))
		}
	}
	if len(large) > 0 {
		t.line(indent, t.styled(dim, t.p.T("inspect.large", strings.Join(large, t.p.T("report.comma")))), "")
	}
	counts, names := t.foundIn(s)
	if names != "" && (t.width == 0 || plainColumns(counts)+Columns(names)+2 <= t.width-len(indent)) {
		counts, names = counts+"  "+t.styled(dim, names), ""
	}
	if counts != "" {
		t.wrapped(indent, counts)
	}
	if names != "" {
		t.line(indent, t.styled(dim, names), "")
	}
}

// foundIn counts an instruction's findings, and names what the worst are of.
func (t *table) foundIn(s imageconfig.Instruction) (counts, worst string) {
	var parts []string
	for _, kind := range []struct {
		title  string
		counts map[finding.Severity]int
	}{{"inspect.vulnerabilities", s.Vulnerabilities}, {"inspect.secrets", s.Secrets}, {"inspect.other", s.Other}} {
		if len(kind.counts) > 0 {
			parts = append(parts, t.p.T("report.because", t.p.T(kind.title), t.severities(kind.counts)))
		}
	}
	if len(s.Hidden) > 0 {
		parts = append(parts, t.styled(dim, t.p.T("inspect.hidden", strconv.Itoa(len(s.Hidden)))))
	}
	var names []string
	for _, n := range s.Findings {
		res := &t.r.Results[n]
		name := t.p.Text(res.Title)
		if p := t.packages[res.Package]; p != nil {
			name = p.Name + " " + p.Version
		}
		if name = Clean(name); !slices.Contains(names, name) {
			if len(names) == 3 {
				names = append(names, ellipsis)
				break
			}
			names = append(names, name)
		}
	}
	return strings.Join(parts, t.p.T("report.semicolon")), strings.Join(names, ", ")
}

// wasted lists the largest files that are shipped and not seen.
func (t *table) wasted() {
	i := t.r.Image
	if i == nil || i.Waste == 0 {
		return
	}
	var gone, large []finding.ImageFile
	for _, c := range i.Contents {
		for _, f := range c.Largest {
			if f.Gone {
				gone = append(gone, f)
			} else {
				large = append(large, f)
			}
		}
	}
	bySize := func(a, b finding.ImageFile) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Path, b.Path))
	}
	list := func(title string, files []finding.ImageFile) {
		if len(files) == 0 {
			return
		}
		slices.SortFunc(files, bySize)
		t.blank()
		t.heading(title)
		// Only the ten largest of each layer are known: no row says "and so many more".
		for _, f := range files[:min(len(files), rowsFiles)] {
			path := Clean(f.Path)
			if t.width > 0 {
				path = fitEnd(path, t.width-26)
			}
			t.line("  ", path, t.styled(dim, t.p.T("report.layer", strconv.Itoa(f.Layer)))+"  "+bytesText(f.Size))
		}
	}
	list(t.p.T("inspect.waste", bytesText(i.Waste)), gone)
	if t.o.All {
		list(t.p.T("inspect.largest"), large)
	}
}

func (t *table) privileged() {
	i := t.r.Image
	if i == nil || len(i.Privileged) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("inspect.privileged", strconv.Itoa(len(i.Privileged))))
	t.rows(len(i.Privileged), rowsFiles, func(n int) {
		f := i.Privileged[n]
		t.line("  ", Clean(f.Mode)+"  "+pad(Clean(f.Owner), 7)+"  "+Clean(strings.TrimSpace(f.Path+"  "+f.Capabilities)), t.styled(dim, t.p.T("report.layer", strconv.Itoa(f.Layer))))
	})
}

// toDo is what to upgrade and what else was found, shortly: scan says it all.
func (t *table) toDo() {
	if n := len(t.fixable); n > 0 {
		fixed := 0
		for _, u := range t.fixable {
			fixed += len(u.advisories)
		}
		t.blank()
		t.heading(t.p.T("report.upgrades", strconv.Itoa(n), strconv.Itoa(fixed)))
		labels := t.labelWidth(t.fixable)
		t.rows(n, 5, func(i int) {
			u := t.fixable[i]
			t.line("  ", t.label(u, labels)+t.styled(bold, t.packageName(u))+" "+Clean(u.installed)+" → "+t.styled(green, Clean(u.to)), t.styled(dim, t.p.T("report.fixes", strconv.Itoa(len(u.advisories)))))
		})
	}
	t.others()
	t.notCounted()
}

// asked are the questions that no scanner can answer.
func (t *table) asked() {
	list := questions(t.r)
	if len(list) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("html.ui.image.questions"))
	for _, q := range list {
		lines := []string{Clean(t.p.Text(q))}
		if t.width > 0 {
			lines = wrap(lines[0], t.width-4)
		}
		for n, l := range lines {
			if n == mostLines {
				t.print("    " + ellipsis)
				break
			}
			mark := "? "
			if n > 0 {
				mark = "  "
			}
			t.print("  " + t.styled(cyan, mark) + l)
		}
	}
}
