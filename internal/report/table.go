package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

// tableWriter writes for a person who has to act: what to upgrade first, what
// can't be upgraded yet, what else was found, what was not looked at, and at
// the end, where a terminal leaves it in sight, the verdict, what the data could
// say, and the next step.
type tableWriter struct{}

var _ Writer = tableWriter{}

func (tableWriter) Format() string { return "table" }

// Rows of each list that are shown without --all.
const (
	rowsUpgrades = 15
	rowsUnfixed  = 8
	rowsOther    = 10
	rowsUnread   = 5
)

// narrowest is the narrowest terminal that rows are laid out for; a narrower
// one wraps them itself.
const narrowest = 40

func (tableWriter) Write(w io.Writer, r *finding.Report, o Options) error {
	if o.Width > 0 {
		o.Width = max(o.Width, narrowest)
	}
	t := &table{sheet: sheet{w: w, p: i18n.For(o.Lang), width: o.Width, color: o.Color}, r: r, o: o, packages: packagesByID(r)}
	t.found = findings(r)
	if !slices.Contains(r.Filtered, "suppressed=only") { // nobody has to act on those
		t.fixable, t.unfixed = upgrades(t.found.results, t.packages)
	}
	t.head()
	switch {
	case o.SBOM:
		t.packageList()
	case o.Inspect:
		t.urgent()
		t.inspection()
	default:
		t.urgent()
		t.upgradeList()
		t.unfixedList()
		t.others()
		t.undecided()
		t.suppressedList()
		t.notCounted()
		t.exceptions()
	}
	t.unread()
	t.last()
	return t.err
}

// table is one table being written.
type table struct {
	sheet
	r                *finding.Report
	o                Options
	packages         map[string]*finding.Package
	found            shown
	fixable, unfixed []*upgrade
}

// head says what was looked at.
func (t *table) head() {
	s := t.r.Subject
	first := []string{t.styled(bold, Clean(cmp.Or(s.Ref, s.Name)))}
	if s.OS != nil {
		if name := cmp.Or(s.OS.PrettyName, s.OS.Name, s.OS.ID); name != "" {
			first = append(first, Clean(name))
		}
	}
	if s.Platform != "" {
		first = append(first, Clean(s.Platform))
	}
	t.wrapped("", strings.Join(first, " · "))
	if !t.ofDockerfiles() {
		t.content()
	}
	if len(s.OtherPlatforms) > 0 {
		t.wrapped("", t.p.T("report.other-platforms", cleanJoin(s.OtherPlatforms, ", ")))
	}
	if len(t.r.Filtered) > 0 {
		t.wrapped("", t.styled(yellow, t.p.T("report.filtered", cleanJoin(t.r.Filtered, "; "))))
	}
	if t.o.Nothing.ID != "" {
		t.blank()
		t.wrapped("", t.styled(boldYellow, Clean(t.p.Text(t.o.Nothing))))
	}
}

// content says how much there is of it.
func (t *table) content() {
	s := t.r.Subject
	var second []string
	if t.lookedFor("vuln") || len(t.r.Packages) > 0 {
		second = t.packageCounts()
	}
	if n := len(t.r.Layers); n > 0 {
		second = append(second, t.p.T("report.layers", strconv.Itoa(n)))
	}
	for _, trust := range trustOf(t.r.Layers) {
		second = append(second, t.p.Text(trustText(trust)))
	}
	if s.ConfigDigest != "" {
		second = append(second, Clean(shortDigest(s.ConfigDigest)))
	}
	if len(second) > 0 {
		t.wrapped("", t.styled(dim, strings.Join(second, " · ")))
	}
}

// packageCounts counts the packages that are there, and those that are only in
// the history, which no other number of the table includes.
func (t *table) packageCounts() []string {
	onlyHidden := slices.Contains(t.r.Filtered, "hidden=only")
	types := map[string]int{}
	total, others := 0, 0
	for i := range t.r.Packages {
		if t.r.Packages[i].Hidden != onlyHidden {
			others++
			continue
		}
		total++
		types[t.r.Packages[i].Type]++
	}
	text := t.p.T("report.packages", strconv.Itoa(total))
	if len(types) > 0 {
		text = t.p.T("report.packages-by-type", strconv.Itoa(total), countList(types))
	}
	switch {
	case onlyHidden:
		return []string{text + t.p.T("report.packages-hidden")}
	case others > 0:
		return []string{text, t.p.T("report.packages-more", strconv.Itoa(others))}
	}
	return []string{text}
}

// trustOf lists how far the layers' content is known to be what it claims, each once.
func trustOf(layers []finding.LayerInfo) []string {
	var out []string
	for _, l := range layers {
		if l.Trust != "" && !slices.Contains(out, l.Trust) {
			out = append(out, l.Trust)
		}
	}
	return out
}

func trustText(trust string) finding.Text {
	switch trust {
	case "verified":
		return finding.T("report.trust.verified")
	case "engine-vouched":
		return finding.T("report.trust.engine")
	case "cannot be verified":
		return finding.T("report.trust.unverifiable")
	case "mismatch":
		return finding.T("report.trust.mismatch")
	case "not read to its end":
		return finding.T("report.trust.cut")
	}
	return finding.T("report.trust.other", Clean(trust))
}

func shortDigest(d string) string {
	algorithm, hex, ok := strings.Cut(d, ":")
	if !ok || len(hex) < 12 {
		return d
	}
	return algorithm + ":" + hex[:12]
}

// countList writes counts by name, greatest first.
func countList(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for n := range counts {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, n := range names {
		names[i] = Clean(n) + " " + strconv.Itoa(counts[n])
	}
	return strings.Join(names, ", ")
}

// severities writes counts worst first and leaves zeros out.
func (t *table) severities(counts map[finding.Severity]int) string {
	var out []string
	for _, s := range finding.Severities() {
		if n := counts[s]; n > 0 {
			out = append(out, t.styled(severityStyle(s), strconv.Itoa(n)+nbsp+t.p.Text(severityText(s))))
		}
	}
	return strings.Join(out, t.p.T("report.comma"))
}

// urgent shows what makes all the rest doubtful.
func (t *table) urgent() {
	list := t.found.of(finding.CheckIntegrity)
	if len(list) == 0 {
		return
	}
	t.blank()
	check := t.o.check(finding.CheckIntegrity)
	t.wrapped("", t.styled(boldRed, t.p.T("report.urgent")+t.gap()+t.p.Text(check.Title)))
	t.rows(len(list), rowsOther, func(i int) {
		t.wrapped("  ", Clean(t.p.Text(list[i].Title)))
		for _, e := range list[i].Evidence {
			t.wrapped("    ", Clean(t.p.Sentence(e)))
		}
	})
	t.wrapped("", t.p.Text(check.Fix))
}

func (t *table) upgradeList() {
	if len(t.fixable) == 0 {
		return
	}
	n := 0
	for _, u := range t.fixable {
		n += len(u.advisories)
	}
	t.blank()
	t.heading(t.p.T("report.upgrades", strconv.Itoa(len(t.fixable)), strconv.Itoa(n)))
	labels := t.labelWidth(t.fixable)
	t.rows(len(t.fixable), rowsUpgrades, func(i int) {
		u := t.fixable[i]
		right := t.p.T("report.fixes", strconv.Itoa(len(u.advisories)))
		name, installed, to := t.packageName(u), Clean(u.installed), Clean(u.to)
		if t.width > 0 {
			// What to upgrade to is seen whole as long as it can be.
			room := t.width - 2 - labels - 2 - len("  ") - Columns(right) - Columns("  → ")
			name = fit(name, max(room-Columns(to)-min(Columns(installed), 8), room/3))
			installed = fit(installed, max(room-Columns(name)-Columns(to), 6))
		}
		t.line("  ", t.label(u, labels)+t.styled(bold, name)+" "+installed+" → "+t.styled(green, to), right)
		t.detail(u, labels)
	})
}

// labelWidth is the width of the longest label before a group.
func (t *table) labelWidth(groups []*upgrade) int {
	w := 0
	for _, u := range groups {
		text, _ := t.labelText(u)
		w = max(w, Columns(text))
	}
	return w
}

// labelText is the reason why a group stands where it stands: that its flaws
// are used in attacks, or how severe the worst is.
func (t *table) labelText(u *upgrade) (string, style) {
	if u.kev > 0 {
		return "KEV", boldRed
	}
	s := u.label()
	return t.p.Text(severityText(s)), severityStyle(s)
}

func (t *table) label(u *upgrade, width int) string {
	text, st := t.labelText(u)
	return t.styled(st, pad(text, width)) + "  "
}

// packageName names what is upgraded: what is installed, or where that is many
// packages of one source, the source.
func (t *table) packageName(u *upgrade) string {
	if len(u.packages) <= 2 {
		return cleanJoin(u.packages, ", ")
	}
	return Clean(u.name) + " " + t.p.T("report.binaries", strconv.Itoa(len(u.packages)))
}

// detail is the second line of a group: how bad, which, where.
func (t *table) detail(u *upgrade, labels int) {
	indent := strings.Repeat(" ", labels+4)
	parts := t.severities(u.counts)
	where := t.where(u)
	room := 100
	if t.width > 0 {
		// The path gets what the first advisory leaves.
		room = t.width - len(indent) - plainColumns(parts) - 3
		where = fitEnd(where, max(room-Columns(Clean(u.advisories[0].Advisory.ID))-6, 16))
		room -= Columns(where) + 2
	}
	if ids := t.ids(u, room); ids != "" {
		parts += " · " + ids
	}
	t.line(indent, t.styled(dim, parts), t.styled(dim, where))
}

// ids lists as many advisories as there is room for.
func (t *table) ids(u *upgrade, room int) string {
	out := ""
	for i, res := range u.advisories {
		next := Clean(res.Advisory.ID)
		if i > 0 {
			next = out + ", " + next
		}
		more := ""
		if rest := len(u.advisories) - i - 1; rest > 0 {
			more = " +" + strconv.Itoa(rest)
		}
		if Columns(next)+Columns(more) > room {
			if out == "" {
				return ""
			}
			return out + " +" + strconv.Itoa(len(u.advisories)-i)
		}
		out = next
	}
	return out
}

// where says where a group is: the file of a language package, the layer of an
// OS package.
func (t *table) where(u *upgrade) string {
	if len(u.places) == 0 {
		return ""
	}
	switch u.typ {
	case finding.TypeDeb, finding.TypeAPK, finding.TypeRPM:
		if layer := u.places[0].Layer; layer >= 0 && layer < len(t.r.Layers) {
			return t.p.T("report.layer", strconv.Itoa(layer))
		}
		return ""
	}
	path := Clean(u.places[0].Path)
	for _, tail := range []string{"/package.json", "/METADATA", "/PKG-INFO", ".dist-info"} {
		path = strings.TrimSuffix(path, tail)
	}
	if n := len(u.places); n > 1 {
		return t.p.T("report.places", path, strconv.Itoa(n-1))
	}
	return path
}

func (t *table) unfixedList() {
	if len(t.unfixed) == 0 {
		return
	}
	n := 0
	for _, u := range t.unfixed {
		n += len(u.advisories)
	}
	t.blank()
	t.heading(t.p.T("report.unfixed", strconv.Itoa(n), strconv.Itoa(len(t.unfixed))))
	labels := t.labelWidth(t.unfixed)
	t.rows(len(t.unfixed), rowsUnfixed, func(i int) {
		u := t.unfixed[i]
		right := t.severities(u.counts)
		t.line("  ", t.label(u, labels)+t.packageName(u)+" "+Clean(u.installed), right)
	})
}

// otherFindings are the findings of all other checks.
func (t *table) otherFindings() []*finding.Result {
	var rest []*finding.Result
	for _, res := range t.found.results {
		switch res.Check {
		case finding.CheckVulnerability, finding.CheckIntegrity, finding.CheckNotScanned:
			if res.Advisory != nil || res.Check != finding.CheckVulnerability {
				continue
			}
		}
		rest = append(rest, res)
	}
	return rest
}

// others shows findings of all other checks.
func (t *table) others() {
	if t.ofDockerfiles() {
		t.byLine()
		return
	}
	rest := t.otherFindings()
	if len(rest) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("report.others"))
	rest = t.byRemedy(rest)
	labels := 0
	for _, res := range rest {
		labels = max(labels, Columns(t.p.Text(severityText(res.Rating.Severity))))
	}
	indent := strings.Repeat(" ", labels+4)
	shown := len(rest)
	if !t.o.All && shown > rowsOther+1 {
		shown = rowsOther
	}
	t.rows(len(rest), rowsOther, func(i int) {
		res := rest[i]
		s := res.Rating.Severity
		label := t.styled(severityStyle(s), pad(t.p.Text(severityText(s)), labels)) + "  "
		title, place := t.title(res), t.place(res)
		if t.width == 0 || labels+4+Columns(title)+2+Columns(place) <= t.width {
			t.line("  ", label+title, t.styled(dim, place))
		} else {
			t.line("  ", label+title, "")
			if place != "" {
				t.line(indent, t.styled(dim, fitEnd(place, t.width-labels-4)), "")
			}
		}
		if seen := t.seen(res); seen != "" {
			t.line(indent, t.styled(dim, seen), "")
		}
		if fix := t.remedy(res); fix != "" && (i == shown-1 || t.remedy(rest[i+1]) != fix) {
			t.line(indent, t.styled(dim, fix), "")
		}
	})
}

// remedy is what to do about a finding of another check than vulnerabilities.
func (t *table) remedy(res *finding.Result) string {
	if res.Advisory != nil {
		return ""
	}
	if fix := t.o.check(res.Check).Fix; fix.ID != "" {
		return t.p.Text(fix)
	}
	return ""
}

// byRemedy puts findings that ask for the same thing to be done together, where
// the worst of them stands; the remedy is then said once.
func (t *table) byRemedy(list []*finding.Result) []*finding.Result {
	first := map[string]int{}
	at := func(i int, res *finding.Result) int {
		fix := t.remedy(res)
		if fix == "" {
			return i
		}
		if n, ok := first[fix]; ok {
			return n
		}
		first[fix] = i
		return i
	}
	type placed struct {
		at  int
		res *finding.Result
	}
	places := make([]placed, len(list))
	for i, res := range list {
		places[i] = placed{at(i, res), res}
	}
	slices.SortStableFunc(places, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	out := make([]*finding.Result, len(list))
	for i, p := range places {
		out[i] = p.res
	}
	return out
}

// seen is what a person recognizes a credential by, redacted where it was found,
// and that it is only in the history.
func (t *table) seen(res *finding.Result) string {
	var parts []string
	if strings.HasPrefix(res.Check, secretChecks) {
		for _, e := range res.Evidence[:min(len(res.Evidence), seenOf(res))] {
			parts = append(parts, Clean(e))
		}
	}
	if res.Removed {
		parts = append(parts, t.p.T("report.removed"))
	}
	return strings.Join(parts, " · ")
}

// secretChecks begins the IDs of checks of credentials, keyChecks of keys.
const (
	secretChecks = "secret-"
	keyChecks    = "private-key"
)

// seenOf is how many pieces of evidence say what was seen: one of a file; of an
// image's configuration, which is no file, the place before it too.
func seenOf(res *finding.Result) int {
	if len(res.Locations) == 0 {
		return 2
	}
	return 1
}

// kind tells findings apart for the verdict.
type kind uint8

const (
	kindOther kind = iota
	kindCredential
	kindConfiguration
)

func kindOf(check string) kind {
	switch {
	case strings.HasPrefix(check, secretChecks), strings.HasPrefix(check, keyChecks):
		return kindCredential
	case strings.HasPrefix(check, "dockerfile-"), strings.HasPrefix(check, "certificate-"), strings.HasPrefix(check, "image-") && check != finding.CheckIntegrity:
		return kindConfiguration
	}
	return kindOther
}

// place is the file that a finding of no package is in.
func (t *table) place(res *finding.Result) string {
	if res.Package != "" || len(res.Locations) == 0 || res.Locations[0].Path == "" {
		return ""
	}
	where := Clean(res.Locations[0].Path)
	if n := res.Locations[0].Line; n > 0 {
		where += ":" + strconv.Itoa(n)
	}
	return where
}

// undecided shows what a check could not say: such a package is not clean.
func (t *table) undecided() {
	list := undecided(t.r)
	if len(list) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("report.undecided", strconv.Itoa(len(list))))
	t.rows(len(list), rowsUnread, func(i int) {
		t.line("  ", undecidedText(t.p, list[i]), "")
	})
}

// undecided are the results of checks that could not run.
func undecided(r *finding.Report) []*finding.Result {
	var out []*finding.Result
	for i := range r.Results {
		if res := &r.Results[i]; res.State == finding.CouldNotRun && !res.Hidden {
			out = append(out, res)
		}
	}
	return out
}

func undecidedText(p i18n.Printer, res *finding.Result) string {
	text := p.Text(res.Title)
	if res.Reason != nil {
		text = p.T("report.because", text, p.Text(*res.Reason))
	}
	return Clean(text)
}

// title says a finding in a line, with the package it is of.
func (t *table) title(res *finding.Result) string {
	title := Clean(t.p.Text(res.Title))
	if res.Advisory == nil {
		return title
	}
	name := ""
	if p := t.packages[res.Package]; p != nil {
		name = Clean(p.Name + " " + p.Version)
	}
	words := res.Advisory.ID
	if res.Advisory.Informational != "" {
		words += " (" + res.Advisory.Informational + ")"
	}
	out := strings.TrimSpace(name + " " + Clean(words))
	if s := Clean(res.Advisory.Summary); s != "" {
		out += ": " + s
	}
	return out
}

// suppressedList shows who suppressed what, in a view of the suppressed.
func (t *table) suppressedList() {
	var list []*finding.Result
	for _, res := range t.found.results {
		if res.Suppressed != nil {
			list = append(list, res)
		}
	}
	if len(list) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("report.suppressed-list", strconv.Itoa(len(list))))
	t.rows(len(list), rowsOther, func(i int) {
		res := list[i]
		s := res.Suppressed
		t.line("  ", t.title(res), "")
		who := []string{Clean(s.Reason)}
		if s.Owner != "" {
			who = append(who, Clean(s.Owner))
		}
		if s.Expires != "" {
			who = append(who, t.p.T("report.until", Clean(s.Expires)))
		}
		who = append(who, Clean(s.Source))
		t.line("    ", t.styled(dim, strings.Join(who, " · ")), "")
	})
}

// notCounted says what stands in no list.
func (t *table) notCounted() {
	unrated, kev := 0, 0
	for _, u := range slices.Concat(t.fixable, t.unfixed) {
		unrated += u.counts[finding.Unrated]
		kev += u.kev
	}
	var lines []string
	if kev > 0 {
		lines = append(lines, t.p.T("report.kev-what"))
	}
	if unrated > 0 {
		lines = append(lines, t.p.T("report.unrated", strconv.Itoa(unrated)))
	}
	if n := t.found.hidden; n > 0 {
		lines = append(lines, t.p.T("report.hidden", strconv.Itoa(n)))
	}
	if n := t.found.suppressed; n > 0 {
		lines = append(lines, t.p.T("report.suppressed", strconv.Itoa(n)))
	}
	if len(lines) == 0 {
		return
	}
	t.blank()
	for _, l := range lines {
		t.wrapped("", l)
	}
}

func (t *table) exceptions() {
	if len(t.r.Exceptions) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("report.exceptions"))
	for _, e := range t.r.Exceptions {
		switch e.Problem {
		case "expired":
			t.wrapped("  ", t.p.T("report.exception-expired", Clean(e.ID), Clean(e.Source), Clean(e.Expires)))
		case finding.ProblemImage:
			t.wrapped("  ", t.p.T("report.exception-image", Clean(e.ID), Clean(e.Source), Clean(e.Image)))
		case "never matched":
			t.wrapped("  ", t.p.T("report.exception-unmatched", Clean(e.ID), Clean(e.Source)))
		default:
			t.wrapped("  ", Clean(e.ID+": "+e.Problem+" ("+e.Source+")"))
		}
	}
}

// packageList is the table of "bulwark sbom".
func (t *table) packageList() {
	t.blank()
	names, versions := 0, 0
	var list []*finding.Package
	for i := range t.r.Packages {
		p := &t.r.Packages[i]
		if p.Hidden && !slices.Contains(t.r.Filtered, "hidden=only") {
			continue
		}
		list = append(list, p)
		names = max(names, Columns(Clean(p.Name)))
		versions = max(versions, Columns(Clean(p.Version)))
	}
	if t.width > 0 {
		names = min(names, t.width/3)
		versions = min(versions, t.width/4)
	}
	for _, p := range list {
		name, ver := Clean(p.Name), Clean(p.Version)
		if t.width > 0 {
			name, ver = fit(name, names), fit(ver, versions)
		}
		t.line("  ", pad(Clean(p.Type), 8)+"  "+pad(name, names)+"  "+pad(ver, versions)+"  "+cleanJoin(p.Licenses, ", "), "")
	}
}

func (t *table) unread() {
	if len(t.r.Unread) == 0 {
		return
	}
	t.blank()
	t.heading(t.p.T("report.unread", strconv.Itoa(len(t.r.Unread))))
	t.rows(len(t.r.Unread), rowsUnread, func(i int) {
		u := t.r.Unread[i]
		why := t.p.Text(reasonText(u.Reason))
		if u.Detail != "" {
			why = t.p.T("report.because", why, Clean(t.p.Sentence(u.Detail)))
		}
		path := Clean(u.Location.Path)
		if t.width > 0 {
			path = fitEnd(path, t.width*3/5)
		}
		t.line("  ", path+"  "+t.styled(dim, why), "")
	})
}

// last are the lines that stay in sight.
func (t *table) last() {
	t.blank()
	if !t.o.SBOM {
		t.verdict()
	}
	t.coverage()
	if !t.o.SBOM {
		t.next()
	}
}

func (t *table) verdict() {
	v := t.r.Verdict
	if v == nil {
		d := finding.Decide(t.r, finding.GateOptions{})
		v = &d
	}
	t.item(t.p.T("report.verdict"), strings.Join(t.verdictSentences(v, true), t.gap()))
}

// verdictSentences say the verdict; with lead each word of judgement stands
// before its reason.
func (t *table) verdictSentences(v *finding.Verdict, lead bool) []string {
	var sentences []string
	led := func(st style, id, why string) string {
		if !lead {
			return why
		}
		return t.styled(st, t.p.T(id)) + t.gap() + why
	}
	switch v.Gate {
	case "failed":
		sentences = append(sentences, led(boldRed, "report.failed", t.p.T("report.failed-why", strconv.Itoa(v.Failing), Clean(v.FailOn))))
	case "passed":
		if v.NoPackages {
			sentences = append(sentences, led(boldYellow, "report.nothing", t.p.T("report.nothing-why", Clean(v.FailOn))))
			break
		}
		if len(v.Incomplete) > len(v.Allowed) {
			sentences = append(sentences, t.p.T("report.passed-so-far", Clean(v.FailOn)))
			break
		}
		sentences = append(sentences, led(boldGreen, "report.passed", t.p.T("report.passed-why", Clean(v.FailOn))))
	}
	if v.Gate != "passed" || !v.NoPackages {
		sentences = append(sentences, t.tally(v))
	}
	if unknown, of := t.unknown(v); unknown > 0 {
		sentences = append(sentences, t.styled(yellow, t.p.T("report.unknown", strconv.Itoa(unknown), strconv.Itoa(of))))
	}
	if open := without(v.Incomplete, v.Allowed); len(open) > 0 {
		if v.Gate != "failed" && lead {
			sentences = slices.Insert(sentences, 0, t.styled(boldYellow, t.p.T("report.incomplete")))
		}
		sentences = append(sentences, t.p.T("report.incomplete-why", t.incompleteWords(v, open)))
		if v.NoPackages && slices.Contains(open, finding.IncompleteCoverage) {
			sentences = append(sentences, t.p.T("report.nothing-allow"))
		}
	}
	if len(v.Allowed) > 0 {
		sentences = append(sentences, t.p.T("report.incomplete-allowed", t.incompleteWords(v, v.Allowed)))
	}
	return sentences
}

// tally counts as the lists do, one vulnerability once for all packages of one
// source; a view does not have all of them, and is counted by findings.
// Credentials and what the configuration says are counted by themselves.
func (t *table) tally(v *finding.Verdict) string {
	if t.ofDockerfiles() {
		return t.tallyLines()
	}
	total := 0
	for _, n := range v.Counts {
		total += n
	}
	if total > 0 && len(t.r.Filtered) > 0 {
		return t.p.T("report.findings", strconv.Itoa(total), t.severities(v.Counts))
	}
	credentials, configuration := map[finding.Severity]int{}, map[finding.Severity]int{}
	secrets, settings := 0, 0
	if len(t.r.Filtered) == 0 {
		for _, res := range t.otherFindings() {
			switch kindOf(res.Check) {
			case kindCredential:
				credentials[res.Rating.Severity]++
				secrets++
			case kindConfiguration:
				configuration[res.Rating.Severity]++
				settings++
			}
		}
	}
	var parts []string
	if t.lookedFor("vuln") {
		parts = append(parts, t.tallyVulnerabilities(v, total-secrets-settings))
	}
	switch {
	case secrets > 0:
		parts = append(parts, t.p.T("report.credentials", strconv.Itoa(secrets), t.severities(credentials)))
	case t.lookedFor("secret") && len(t.r.Scanners) > 0:
		parts = append(parts, t.p.T("report.no-credentials"))
	}
	if settings > 0 {
		parts = append(parts, t.p.T("report.configuration", strconv.Itoa(settings), t.severities(configuration)))
	}
	if !t.lookedFor("vuln") {
		parts = append(parts, t.p.T("report.not-asked"))
	}
	return strings.Join(parts, t.gap())
}

// lookedFor tells whether a family took part; reports of an earlier version do
// not say, and knew packages only.
func (t *table) lookedFor(family string) bool {
	return len(t.r.Scanners) == 0 || slices.Contains(t.r.Scanners, family)
}

func (t *table) tallyVulnerabilities(v *finding.Verdict, total int) string {
	inLists := 0
	counts := map[finding.Severity]int{}
	for _, u := range slices.Concat(t.fixable, t.unfixed) {
		inLists += len(u.advisories)
		for s, n := range u.counts {
			counts[s] += n
		}
	}
	switch {
	case total <= 0 && (v.NoPackages || len(t.r.Packages) == 0 && len(t.r.Filtered) == 0):
		return t.p.T("report.no-packages")
	case total <= 0:
		return t.p.T("report.no-vulnerabilities")
	case total == inLists:
		return t.p.T("report.vulnerabilities", strconv.Itoa(total), t.severities(counts))
	}
	return t.p.T("report.vulnerabilities-findings", strconv.Itoa(inLists), t.severities(counts), strconv.Itoa(total))
}

// unknown counts packages that the data is not known to cover, of all that are
// there, as the head counts them.
func (t *table) unknown(v *finding.Verdict) (unknown, of int) {
	defer func() {
		if v.Packages > 0 { // not in reports of an earlier version
			of = v.Packages
			unknown = min(unknown, of)
		}
	}()
	for _, c := range t.r.Coverage {
		of += c.Packages
		if c.Level != finding.CoverageFull {
			unknown += max(c.Packages-c.Known, 0)
		}
	}
	return unknown, of
}

// gap stands between sentences; in Chinese their full stops make one.
func (s *sheet) gap() string {
	if s.p.Lang() == i18n.Chinese {
		return ""
	}
	return " "
}

func without(list, some []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(some, s) })
}

func (t *table) incompleteWords(v *finding.Verdict, list []string) string {
	var out []string
	for _, s := range list {
		switch s {
		case finding.IncompleteUnread:
			out = append(out, t.p.T("report.incomplete.unread"))
		case finding.IncompleteLimit:
			out = append(out, t.p.T("report.incomplete.limit"))
		case finding.IncompleteCoverage:
			if v.NoPackages {
				out = append(out, t.p.T("report.incomplete.no-packages"))
				break
			}
			out = append(out, t.lacking()...)
		default:
			out = append(out, Clean(s))
		}
	}
	return strings.Join(out, t.p.T("report.comma"))
}

// lacking says what the data has too little of: nothing at all is told from not
// enough.
func (t *table) lacking() []string {
	var none []string
	little := false
	for _, c := range t.r.Coverage {
		switch {
		case c.Packages == 0:
		case c.Level == finding.CoverageNone:
			none = append(none, Clean(c.Ecosystem))
		case c.Level != finding.CoverageFull && c.Known == 0:
			little = true
		}
	}
	var out []string
	if len(none) > 0 {
		out = append(out, t.p.T("report.incomplete.no-data", strings.Join(none, t.p.T("report.comma"))))
	}
	if little || len(none) == 0 {
		out = append(out, t.p.T("report.incomplete.coverage"))
	}
	return out
}

// coverage says what the data can say, best last: what is not known matters most.
func (t *table) coverage() {
	if len(t.r.Coverage) == 0 {
		if slices.ContainsFunc(t.r.Packages, isThere) && !t.o.SBOM {
			t.item(t.p.T("report.coverage"), t.styled(yellow, t.p.T("report.coverage.nothing")))
		}
		return
	}
	var parts, limits []string
	for _, level := range []finding.CoverageLevel{finding.CoverageNone, finding.CoveragePartial, finding.CoverageFull} {
		var names []string
		for _, c := range t.r.Coverage {
			if c.Level != level {
				continue
			}
			name := Clean(c.Ecosystem)
			switch {
			case c.Date == "":
			case c.Level != finding.CoverageFull && c.Known < c.Packages:
				name = t.p.T("report.coverage.dated-known", name, Clean(c.Date), strconv.Itoa(c.Known), strconv.Itoa(c.Packages))
			default:
				name = t.p.T("report.coverage.dated", name, Clean(c.Date))
			}
			names = append(names, name)
			for _, l := range c.Limits {
				limits = append(limits, t.p.T("report.because", Clean(c.Ecosystem), Clean(t.p.Text(l))))
			}
		}
		if len(names) == 0 {
			continue
		}
		list := strings.Join(names, t.p.T("report.comma"))
		switch level {
		case finding.CoverageNone:
			parts = append(parts, t.styled(yellow, t.p.T("report.coverage.none", list)))
		case finding.CoveragePartial:
			parts = append(parts, t.p.T("report.coverage.partial", list))
		default:
			parts = append(parts, t.p.T("report.coverage.full", list))
		}
	}
	t.item(t.p.T("report.coverage"), strings.Join(parts, t.p.T("report.semicolon")))
	if t.o.All {
		for _, l := range limits {
			t.item("", t.styled(dim, l))
		}
		t.unknownPackages()
	}
}

// unknownPackages names the packages that the data is not known to speak of, by
// distribution release or kind.
func (t *table) unknownPackages() {
	names := map[string][]string{}
	for i := range t.r.Packages {
		p := &t.r.Packages[i]
		if p.Coverage == "" || p.Coverage == finding.CoverageFull || p.Hidden {
			continue
		}
		of := cmp.Or(p.Release, p.Type)
		names[of] = append(names[of], Clean(strings.TrimSpace(p.Name+" "+p.Version)))
	}
	title := t.p.T("report.unknown-packages")
	for _, of := range slices.Sorted(maps.Keys(names)) {
		list := names[of]
		slices.Sort(list)
		list = slices.Compact(list)
		// All of them: whoever asks which, is not helped by the first few.
		w := t.itemWidth()
		text := t.p.T("report.because", Clean(of), strings.Join(list, t.p.T("report.comma")))
		lines := []string{text}
		if t.width > 0 && plainColumns(text)+w+2 > t.width {
			lines = wrapStyled(text, t.width-w-2)
		}
		for _, l := range lines {
			t.print(t.styled(bold, pad(title, w)) + "  " + l)
			title = ""
		}
	}
}

// next proposes at most three commands, the most useful first. They are never
// cut or wrapped: they are there to be copied.
func (t *table) next() {
	title := t.p.T("report.next")
	for i, c := range t.nextCommands() {
		if i > 0 {
			title = ""
		}
		t.print(t.styled(bold, pad(title, t.itemWidth())) + "  " + c)
	}
	if names := supplied(t.r.Coverage); len(names) > 0 && !slices.Contains(t.r.Filtered, "suppressed=only") {
		if len(t.nextCommands()) > 0 {
			title = ""
		}
		claim := `{"ecosystem": "` + names[0] + `", "level": "full"}`
		t.item(title, t.p.T("report.next-claim", strings.Join(names, t.p.T("report.comma")), claim))
	}
}

func (t *table) nextCommands() []string {
	if slices.Contains(t.r.Filtered, "suppressed=only") {
		return nil
	}
	var commands []string
	if len(t.fixable) > 0 {
		u := t.fixable[0]
		if c := upgradeCommand(u); c != "" {
			commands = append(commands, c)
		} else if id := u.advisories[0].Advisory.ID; isShellSafe(id) {
			commands = append(commands, t.o.command()+" explain "+id)
		}
		if c := systemUpgrade(t.fixable); c != "" {
			commands = append(commands, c)
		}
	}
	if c := getCommand(t.r.Coverage); c != "" {
		commands = append(commands, c)
	}
	if len(t.r.Unread) > 0 && len(commands) == 0 && !t.o.All {
		commands = append(commands, t.o.command()+" explain "+finding.CheckNotScanned)
	}
	return commands
}

// rows writes the rows of a list, or the first of them and how many more there are.
func (t *table) rows(n, limit int, row func(i int)) {
	show := n
	if !t.o.All && n > limit+1 { // one more row takes no more room than saying so
		show = limit
	}
	for i := range show {
		row(i)
	}
	if show < n {
		t.line("  ", t.styled(dim, t.p.T("report.more", strconv.Itoa(n-show))), "")
	}
}

// severityText names a severity.
func severityText(s finding.Severity) finding.Text {
	switch s {
	case finding.Critical:
		return finding.T("severity.critical")
	case finding.High:
		return finding.T("severity.high")
	case finding.Medium:
		return finding.T("severity.medium")
	case finding.Low:
		return finding.T("severity.low")
	case finding.Negligible:
		return finding.T("severity.negligible")
	}
	return finding.T("severity.unrated")
}

// reasonText says why something was not read.
func reasonText(r finding.UnreadReason) finding.Text {
	switch r {
	case finding.UnreadCorrupt:
		return finding.T("report.reason.corrupt")
	case finding.UnreadIO:
		return finding.T("report.reason.io")
	case finding.UnreadLimit:
		return finding.T("report.reason.limit")
	case finding.UnreadWorker:
		return finding.T("report.reason.worker")
	case finding.UnreadUnsupported:
		return finding.T("report.reason.unsupported")
	}
	return finding.T("report.reason.other")
}

func cleanJoin(list []string, sep string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Clean(s)
	}
	return strings.Join(out, sep)
}

// sheet lays out lines.
type sheet struct {
	w     io.Writer
	p     i18n.Printer
	width int
	color bool
	err   error
}

// style is an SGR sequence (ECMA-48, 8.3.117).
type style string

const (
	none       style = ""
	bold       style = "1"
	dim        style = "2"
	red        style = "31"
	green      style = "32"
	yellow     style = "33"
	magenta    style = "35"
	cyan       style = "36"
	boldRed    style = "1;31"
	boldGreen  style = "1;32"
	boldYellow style = "1;33"
)

func severityStyle(s finding.Severity) style {
	switch s {
	case finding.Critical:
		return boldRed
	case finding.High:
		return red
	case finding.Medium:
		return yellow
	case finding.Low:
		return cyan
	case finding.Negligible:
		return dim
	}
	return magenta
}

// styled puts a style around text. A style inside it ends with a return to the
// outer one.
func (s *sheet) styled(st style, text string) string {
	if !s.color || st == none || text == "" {
		return text
	}
	const end = "\x1b[0m"
	begin := "\x1b[" + string(st) + "m"
	return begin + strings.ReplaceAll(text, end, end+begin) + end
}

// plainColumns is the width of text that may hold our own styles.
func plainColumns(s string) int { return Columns(unstyled(s)) }

// unstyled removes our own SGR sequences; no other escape is in cleaned text.
func unstyled(s string) string {
	if !strings.Contains(s, "\x1b[") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		end := strings.IndexByte(s[i:], 'm')
		if end < 0 {
			return b.String()
		}
		s = s[i+end+1:]
	}
}

// fitStyled is fit for text that may hold our own styles.
func fitStyled(s string, width int) string {
	if width <= 0 || plainColumns(s) <= width {
		return s
	}
	var b strings.Builder
	used := 0
	for s != "" {
		if strings.HasPrefix(s, "\x1b[") {
			end := strings.IndexByte(s, 'm') + 1
			b.WriteString(s[:end])
			s = s[end:]
			continue
		}
		text := s
		if i := strings.Index(s, "\x1b["); i >= 0 {
			text = s[:i]
		}
		if w := Columns(text); used+w < width {
			b.WriteString(text)
			used += w
			s = s[len(text):]
			continue
		}
		b.WriteString(cut(text, width-used-1))
		b.WriteString(ellipsis)
		if strings.Contains(b.String(), "\x1b[") {
			b.WriteString("\x1b[0m")
		}
		break
	}
	return b.String()
}

// nbsp keeps a number and its word in one line; it is printed as a space.
const nbsp = "\u00a0"

func (s *sheet) print(line string) {
	if s.err == nil {
		_, s.err = fmt.Fprintln(s.w, strings.TrimRight(strings.ReplaceAll(line, nbsp, " "), " "))
	}
}

func (s *sheet) blank() { s.print("") }

func (s *sheet) heading(text string) { s.wrapped("", s.styled(bold, text)) }

// line writes one line, right set against the terminal's edge; left is cut to
// make room for it. Without a terminal right follows after two spaces.
func (s *sheet) line(indent, left, right string) {
	if s.width == 0 {
		if right != "" {
			left += "  " + right
		}
		s.print(indent + left)
		return
	}
	room := s.width - Columns(indent)
	if right == "" {
		s.print(indent + fitStyled(left, room))
		return
	}
	right = fitStyled(right, room*2/3)
	room -= plainColumns(right) + 2
	left = fitStyled(left, room)
	s.print(indent + left + strings.Repeat(" ", room-plainColumns(left)+2) + right)
}

// mostLines bounds what one text may take of a screen: a name may be as long as
// an image wants.
const mostLines = 24

// wrapped writes text over as many lines as it needs. Styled text is wrapped
// only without colour inside words; a style covers whole lines.
func (s *sheet) wrapped(indent, text string) {
	if s.width == 0 || plainColumns(text)+Columns(indent) <= s.width {
		s.print(indent + text)
		return
	}
	for i, l := range wrapStyled(text, s.width-Columns(indent)) {
		if i == mostLines {
			s.print(indent + ellipsis)
			break
		}
		s.print(indent + l)
	}
}

// wrapStyled wraps text that may hold our own styles: each line ends its styles
// and the next begins them again.
func wrapStyled(text string, width int) []string {
	lines := wrap(unstyled(text), width)
	if !strings.Contains(text, "\x1b[") {
		return lines
	}
	out := make([]string, 0, len(lines))
	open := ""
	for _, l := range lines {
		var b strings.Builder
		b.WriteString(open)
		for rest := l; ; {
			if strings.HasPrefix(text, "\x1b[") {
				end := strings.IndexByte(text, 'm') + 1
				b.WriteString(text[:end])
				if text[:end] == "\x1b[0m" {
					open = ""
				} else {
					open += text[:end]
				}
				text = text[end:]
				continue
			}
			if rest == "" {
				break
			}
			// The wrapped line holds the same characters, but for spaces at its ends.
			n := clusterLen(rest)
			for text[0] == ' ' && rest[0] != ' ' {
				text = text[1:]
			}
			b.WriteString(rest[:n])
			rest, text = rest[n:], text[n:]
		}
		if open != "" {
			b.WriteString("\x1b[0m")
		}
		out = append(out, b.String())
		text = strings.TrimLeft(text, " ")
	}
	return out
}

// itemWidth is the width of the titles of the last lines.
func (s *sheet) itemWidth() int {
	w := 0
	for _, t := range []string{s.p.T("report.verdict"), s.p.T("report.coverage"), s.p.T("report.next")} {
		w = max(w, Columns(t))
	}
	return w
}

// item writes a title and text that is wrapped beside it.
func (s *sheet) item(title, text string) {
	w := s.itemWidth()
	lines := []string{text}
	if s.width > 0 && plainColumns(text)+w+2 > s.width {
		lines = wrapStyled(text, s.width-w-2)
	}
	for i, l := range lines {
		if i > 0 {
			title = ""
		}
		if i == mostLines {
			s.print(pad("", w+2) + ellipsis)
			break
		}
		s.print(s.styled(bold, pad(title, w)) + "  " + l)
	}
}
