package report

import (
	"cmp"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/imageconfig"
	"bulwark/internal/report/html"
)

// htmlWriter writes one self-contained page.
type htmlWriter struct{}

var _ Writer = htmlWriter{}

func (htmlWriter) Format() string { return "html" }

func (htmlWriter) Write(w io.Writer, r *finding.Report, o Options) error {
	o.Width, o.Color = 0, false
	b := &pageBuilder{r: r, o: o, en: i18n.For(i18n.English), zh: i18n.For(i18n.Chinese), s: html.NewStrings(), packages: packagesByID(r)}
	return html.Write(w, b.page())
}

// pageBuilder fills a page. Every string that it hands over is cleaned.
type pageBuilder struct {
	r        *finding.Report
	o        Options
	en, zh   i18n.Printer
	s        *html.Strings
	packages map[string]*finding.Package
	// numbers of packages, checks, groups and advisories by what names them
	packageAt map[string]int
	checkAt   map[string]int
	advisory  map[string]int
	groupAt   map[groupKey]int
	data      html.Data
}

// groupKey names a group: an upgrade, what has no fix, or a check.
type groupKey struct {
	upgradeKey
	check string
	aside bool // hidden or suppressed
}

// Kinds of groups, as page.js reads them.
const (
	groupUpgrade = iota
	groupUnfixed
	groupCheck
)

// Flags of results and packages, as page.js reads them.
const (
	flagHidden     = 1
	flagSuppressed = 2
	flagDeclared   = 2
	flagDev        = 4
	flagRemoved    = 8
)

func (b *pageBuilder) str(text string) int { return b.s.Add(Clean(text)) }

func (b *pageBuilder) both(t finding.Text) html.Both {
	return html.Both{Clean(b.en.Text(t)), Clean(b.zh.Text(t))}
}

func (b *pageBuilder) says(id string, params ...string) html.Both {
	return b.both(finding.T(id, params...))
}

func same(text string) html.Both { return html.Both{Clean(text), Clean(text)} }

func (b *pageBuilder) page() html.Page {
	r := b.r
	lang := i18n.For(b.o.Lang).Lang()
	d := &b.data
	d.Lang = lang
	d.Texts = map[string]html.Both{}
	for _, id := range i18n.IDs("html.ui.") {
		// Placeholders stand for themselves: the script puts the parameters in.
		d.Texts[strings.TrimPrefix(id, "html.ui.")] = html.Both{b.en.T(id, "{0}", "{1}", "{2}", "{3}"), b.zh.T(id, "{0}", "{1}", "{2}", "{3}")}
	}
	d.Facts = b.facts()
	d.Layers, d.Steps = b.layers()
	b.packageRows()
	b.results()
	d.Coverage = b.coverage()
	for _, u := range r.Unread {
		reason := b.both(reasonText(u.Reason))
		d.Unread = append(d.Unread, []int{u.Location.Layer, b.str(u.Location.Path), u.Location.Line, b.s.Add(reason[0]), b.s.Add(reason[1]), b.str(u.Detail), b.str(u.Detector)})
	}
	d.Image = b.image()
	if b.o.Nothing.ID != "" {
		note := b.both(b.o.Nothing)
		d.Note = &note
	}
	d.About = b.about()
	d.Verdict = b.verdict()
	d.Strings = b.s.List()
	title := cmp.Or(r.Subject.Ref, r.Subject.Name)
	return html.Page{Lang: lang, Title: Clean(title) + " · Bulwark", Data: *d, Plain: b.plain(lang)}
}

// table is the table of the same report, whose words the page shares.
func (b *pageBuilder) table(p i18n.Printer) *table {
	t := &table{sheet: sheet{w: io.Discard, p: p}, r: b.r, o: b.o, packages: b.packages}
	t.o.Lang = p.Lang()
	t.found = findings(b.r)
	if !slices.Contains(b.r.Filtered, "suppressed=only") {
		t.fixable, t.unfixed = upgrades(t.found.results, t.packages)
	}
	return t
}

func (b *pageBuilder) facts() map[string]string {
	s := b.r.Subject
	f := map[string]string{
		"ref": s.Ref, "name": s.Name, "kind": s.Kind, "platform": s.Platform, "digest": s.ConfigDigest,
		"date": b.o.time(b.r).Format("2006-01-02 15:04") + " UTC", "tool": strings.TrimSpace(b.r.Tool.Name + " " + b.r.Tool.Version),
		"filtered": strings.Join(b.r.Filtered, "; "), "created": s.Created,
		"others": strings.Join(s.OtherPlatforms, ", "), "command": b.o.command(),
	}
	if len(s.Tags) > 0 && s.Kind == "image" {
		f["ref"] = s.Tags[0]
		f["asked"] = s.Ref
	}
	if s.OS != nil {
		f["os"] = cmp.Or(s.OS.PrettyName, s.OS.Name, s.OS.ID)
		f["eol"] = s.OS.EndOfLife
	}
	if b.o.SBOM {
		f["sbom"] = "yes"
	}
	for k, v := range f {
		f[k] = Clean(v)
		if v == "" {
			delete(f, k)
		}
	}
	return f
}

func (b *pageBuilder) layers() (layers []html.Layer, steps []html.Step) {
	layers = []html.Layer{}
	for _, l := range b.r.Layers {
		out := html.Layer{Digest: Clean(cmp.Or(l.DiffID, l.Digest)), Size: l.Size, Files: l.Files, By: Clean(instructionText(l.CreatedBy))}
		if l.Trust != "" {
			out.Trust = b.both(trustText(l.Trust))
		}
		layers = append(layers, out)
	}
	image := b.r.Image
	if image == nil {
		return layers, nil
	}
	for _, c := range image.Contents {
		if c.Layer < 0 || c.Layer >= len(layers) {
			continue
		}
		l := &layers[c.Layer]
		l.Added, l.Changed, l.Removed, l.Waste = c.Added, c.Changed, c.Removed, c.Waste
		for _, f := range c.Largest {
			l.Largest = append(l.Largest, html.Large{Path: Clean(f.Path), Size: f.Size, Gone: f.Gone})
		}
		for _, dir := range c.Directories {
			l.Dirs = append(l.Dirs, html.Dir{Path: Clean(dir.Path), Files: dir.Files, Size: dir.Size})
		}
	}
	joint := map[int]bool{}
	if said, _ := imageconfig.ByInstruction(b.r); len(said) == len(image.History) {
		for _, s := range said {
			joint[s.Index] = s.Joint
		}
	}
	for n, h := range image.History {
		layer := h.Layer
		if h.Empty || layer >= len(layers) {
			layer = -1
		}
		date, _, _ := strings.Cut(h.Created, "T")
		steps = append(steps, html.Step{By: Clean(instructionText(cmp.Or(h.CreatedBy, h.Comment))), Date: Clean(date), Layer: layer, Joint: joint[n]})
	}
	return layers, steps
}

func (b *pageBuilder) packageRows() {
	b.packageAt = make(map[string]int, len(b.r.Packages))
	b.data.Packages = make([][]int, 0, len(b.r.Packages))
	for i := range b.r.Packages {
		p := &b.r.Packages[i]
		b.packageAt[p.ID] = i
		flags := 0
		if p.Hidden {
			flags |= flagHidden
		}
		if p.Declared {
			flags |= flagDeclared
		}
		if p.Dev {
			flags |= flagDev
		}
		row := []int{
			b.str(p.Type), b.str(p.Name), b.str(p.Version), b.str(strings.Join(p.Licenses, ", ")), b.str(p.FoundBy), flags,
			b.str(strings.TrimSpace(p.SourceName + " " + p.SourceVersion)), b.str(p.OwnedBy),
		}
		for _, l := range p.Locations {
			row = append(row, l.Layer, b.str(l.Path), l.Line)
		}
		b.data.Packages = append(b.data.Packages, row)
	}
}

// results fills groups, results, advisories and checks.
func (b *pageBuilder) results() {
	b.checkAt, b.advisory, b.groupAt = map[string]int{}, map[string]int{}, map[groupKey]int{}
	b.data.Groups, b.data.Results, b.data.Advisory, b.data.Checks = [][]int{}, [][]int{}, [][]int{}, []html.Check{}
	if b.o.SBOM {
		return
	}
	shown, aside := findings(b.r).results, []*finding.Result{}
	in := make(map[*finding.Result]bool, len(shown))
	for _, res := range shown {
		in[res] = true
	}
	for i := range b.r.Results {
		if res := &b.r.Results[i]; !in[res] && res.IsFinding() {
			aside = append(aside, res)
		}
	}
	b.groups(shown, false)
	b.groups(aside, true)
	for i := range b.r.Results {
		res := &b.r.Results[i]
		b.data.Results = append(b.data.Results, b.result(res, in[res]))
	}
}

// groups adds the groups of vulnerabilities in the order of what to do first.
func (b *pageBuilder) groups(results []*finding.Result, aside bool) {
	fixable, unfixed := upgrades(results, b.packages)
	for kind, list := range [][]*upgrade{groupUpgrade: fixable, groupUnfixed: unfixed} {
		for _, u := range list {
			command := ""
			if kind == groupUpgrade && !aside {
				command = upgradeCommand(u)
			}
			b.groupAt[groupKey{upgradeKey: u.key, aside: aside}] = len(b.data.Groups)
			b.data.Groups = append(b.data.Groups, []int{
				kind, b.str(u.typ), b.str(u.name), b.str(u.installed), b.str(u.to), b.str(command), b.str(strings.Join(u.packages, ", ")), -1,
			})
		}
	}
}

// group is the number of the group of a result.
func (b *pageBuilder) group(res *finding.Result, shown bool) int {
	if res.Check == finding.CheckVulnerability && res.Advisory != nil && res.IsFinding() {
		k := groupKey{upgradeKey: keyOf(res, b.packages[res.Package]), aside: !shown}
		if n, ok := b.groupAt[k]; ok {
			return n
		}
	}
	k := groupKey{check: res.Check}
	n, ok := b.groupAt[k]
	if !ok {
		n = len(b.data.Groups)
		b.groupAt[k] = n
		b.data.Groups = append(b.data.Groups, []int{groupCheck, 0, b.str(res.Check), 0, 0, 0, 0, b.check(res.Check)})
	}
	return n
}

func (b *pageBuilder) check(id string) int {
	n, ok := b.checkAt[id]
	if ok {
		return n
	}
	c := b.o.check(id)
	var maps []string
	for _, m := range []struct {
		name string
		ids  []string
	}{{"CIS", c.CIS}, {"ATT&CK", c.ATTACK}, {"CWE", c.CWE}} {
		if len(m.ids) > 0 {
			maps = append(maps, m.name+" "+strings.Join(m.ids, ", "))
		}
	}
	out := html.Check{ID: Clean(id), Title: b.both(c.Title), Maps: Clean(strings.Join(maps, " · "))}
	if c.Why.ID != "" {
		out.Why = b.both(c.Why)
	}
	if c.Fix.ID != "" {
		out.Fix = b.both(c.Fix)
	}
	for _, r := range c.References {
		out.References = append(out.References, link(r))
	}
	n = len(b.data.Checks)
	b.checkAt[id] = n
	b.data.Checks = append(b.data.Checks, out)
	return n
}

// states in the order of their numbers in page.js.
var states = [...]finding.State{finding.Fail, finding.Warn, finding.CouldNotRun, finding.Manual, finding.Pass, finding.NotApplicable}

func (b *pageBuilder) result(res *finding.Result, shown bool) []int {
	flags, suppressed := 0, 0
	if res.Hidden {
		flags |= flagHidden
	}
	if res.Removed {
		flags |= flagRemoved
	}
	if s := res.Suppressed; s != nil {
		flags |= flagSuppressed
		words := []string{s.Reason, s.Owner, s.Status, s.Expires, s.Source}
		suppressed = b.str(strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " · "))
	}
	pkg, adv := -1, -1
	if n, ok := b.packageAt[res.Package]; ok && res.Package != "" {
		pkg = n
	}
	var title, reason html.Both
	if res.Advisory != nil {
		adv = b.advisoryRow(res.Advisory)
	}
	if res.Advisory == nil || pkg < 0 {
		title = b.both(res.Title)
	}
	if res.Reason != nil {
		reason = b.both(*res.Reason)
	}
	row := []int{
		b.check(res.Check), max(slices.Index(states[:], res.State), 0), int(res.Rating.Severity), int(math.Round(res.Rating.Score * 10)),
		b.str(res.Rating.Source), b.str(res.Rating.Vector), pkg, adv,
		b.s.Add(title[0]), b.s.Add(title[1]), b.s.Add(reason[0]), b.s.Add(reason[1]),
		flags, suppressed, b.str(res.Fingerprint), b.group(res, shown), b.str(strings.Join(res.Evidence, "\n")),
	}
	for _, l := range res.Locations {
		row = append(row, l.Layer, b.str(l.Path), l.Line)
	}
	return row
}

func (b *pageBuilder) advisoryRow(a *finding.Advisory) int {
	var ratings []string
	for _, r := range a.Ratings {
		ratings = append(ratings, r.Severity.String()+ratingSource(r))
	}
	kev, published := "", ""
	if a.KEV != nil {
		kev = cmp.Or(a.KEV.Added, "?")
	}
	if !a.Published.IsZero() {
		published = a.Published.UTC().Format("2006-01-02")
	}
	row := []int{
		b.str(a.ID), b.str(strings.Join(a.Aliases, ", ")), b.str(a.Summary), b.str(a.Affected), b.str(strings.Join(a.Fixed, ", ")),
		b.str(kev), b.str(a.Informational), b.str(published), b.str(strings.Join(a.CWEs, ", ")), b.s.Add(strings.Join(ratings, " · ")),
	}
	for _, s := range a.Sources {
		row = append(row, b.str(s.ID), b.str(s.Ecosystem), b.s.Add(link(advisoryURL(s))))
	}
	var key strings.Builder
	for _, n := range row {
		key.WriteString(strconv.Itoa(n))
		key.WriteByte(',')
	}
	n, ok := b.advisory[key.String()]
	if !ok {
		n = len(b.data.Advisory)
		b.advisory[key.String()] = n
		b.data.Advisory = append(b.data.Advisory, row)
	}
	return n
}

// advisoryURL is where a person reads a record.
func advisoryURL(s finding.AdvisorySource) string {
	switch id := s.ID; {
	case !isShellSafe(id):
		return s.URL
	case strings.HasPrefix(id, "GHSA-"):
		return "https://github.com/advisories/" + id
	case strings.HasPrefix(id, "DSA-"), strings.HasPrefix(id, "DLA-"), strings.HasPrefix(id, "DEBIAN-CVE-"):
		return "https://security-tracker.debian.org/tracker/" + strings.TrimPrefix(id, "DEBIAN-")
	case strings.HasPrefix(id, "GO-"):
		return "https://pkg.go.dev/vuln/" + id
	case strings.HasPrefix(id, "RUSTSEC-"):
		return "https://rustsec.org/advisories/" + id
	}
	return s.URL
}

// link gives an address that may be followed: http or https, and well formed.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || Clean(s) != s {
		return ""
	}
	return u.String()
}

func (b *pageBuilder) coverage() []html.Coverage {
	out := []html.Coverage{}
	for _, c := range b.r.Coverage {
		row := html.Coverage{Name: Clean(c.Ecosystem), Level: Clean(string(c.Level)), Of: c.Packages, Known: c.Known, Date: Clean(c.Date), Get: Clean(c.Get)}
		for _, l := range c.Limits {
			row.Limits = append(row.Limits, b.both(l))
		}
		out = append(out, row)
	}
	return out
}

// about says how this report came to be.
func (b *pageBuilder) about() []html.Fact {
	r := b.r
	out := []html.Fact{}
	add := func(id, value string) {
		if value != "" {
			out = append(out, html.Fact{Name: b.says(id), Value: same(value)})
		}
	}
	add("html.about.asked", r.Subject.Ref)
	add("html.about.kind", r.Subject.Kind)
	add("html.about.digest", r.Subject.ConfigDigest)
	add("html.about.aliases", strings.Join(r.Subject.Aliases, ", "))
	add("html.about.tags", strings.Join(r.Subject.Tags, ", "))
	add("html.about.platforms", strings.Join(r.Subject.OtherPlatforms, ", "))
	add("html.about.created", r.Subject.Created)
	add("html.about.way", strings.TrimSpace(r.Source.Kind+": "+r.Source.Way))
	add("html.about.why", strings.Join(r.Source.Why, "; "))
	if d := r.Data; d != nil {
		add("html.about.data", strings.TrimSpace(d.Name+" "+d.Date+" "+d.Hash))
		add("html.about.records", strconv.Itoa(d.Records))
	}
	add("html.about.tool", strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version))
	add("html.about.detectors", strings.Join(r.Tool.Detectors, ", "))
	add("html.about.started", b.o.time(r).Format("2006-01-02 15:04:05 UTC"))
	add("html.about.schema", finding.SchemaVersion)
	for _, e := range r.Exceptions {
		out = append(out, html.Fact{Name: b.says("html.about.exception"), Value: b.exception(e)})
	}
	return out
}

func (b *pageBuilder) exception(e finding.ExceptionUse) html.Both {
	switch e.Problem {
	case "expired":
		return b.says("report.exception-expired", e.ID, e.Source, e.Expires)
	case finding.ProblemImage:
		return b.says("report.exception-image", e.ID, e.Source, e.Image)
	case "never matched":
		return b.says("report.exception-unmatched", e.ID, e.Source)
	}
	return same(e.ID + ": " + e.Problem + " (" + e.Source + ")")
}

// image is what the configuration says, and what has to be asked.
func (b *pageBuilder) image() *html.Image {
	i := b.r.Image
	if i == nil || b.r.Subject.Kind != "image" {
		return nil
	}
	out := &html.Image{Facts: []html.Fact{}}
	for _, f := range imageFacts(i) {
		value := same(f.value)
		if f.text.ID != "" {
			value = b.both(f.text)
		}
		out.Facts = append(out.Facts, html.Fact{Name: b.both(f.name), Value: value})
	}
	if i.FinalSize > 0 {
		out.Facts = append(out.Facts, html.Fact{Name: b.says("review.size"), Value: b.sizes(i)})
	}
	variables := func(list []finding.ImageVariable) (rows [][3]string) {
		for _, v := range list {
			red := ""
			if v.Redacted {
				red = "yes"
			}
			rows = append(rows, [3]string{Clean(v.Name), Clean(v.Value), red})
		}
		return rows
	}
	out.Env, out.Labels = variables(i.Env), variables(i.Labels)
	for _, f := range i.Privileged {
		out.Privileged = append(out.Privileged, [4]string{Clean(strings.TrimSpace(f.Path + "  " + f.Capabilities)), Clean(f.Mode), Clean(f.Owner), strconv.Itoa(f.Layer)})
	}
	for _, q := range questions(b.r) {
		out.Questions = append(out.Questions, b.both(q))
	}
	return out
}

func (b *pageBuilder) sizes(i *finding.Image) html.Both {
	return b.says("review.size.text", bytesText(i.FinalSize), strconv.Itoa(i.FinalFiles), bytesText(i.Waste))
}

func (b *pageBuilder) verdict() html.Verdict {
	v := b.r.Verdict
	if v == nil {
		d := finding.Decide(b.r, finding.GateOptions{})
		v = &d
	}
	var out html.Verdict
	open := len(without(v.Incomplete, v.Allowed)) > 0
	switch {
	case v.Gate == "failed":
		out.Class, out.Head = "failed", b.says("html.verdict.failed")
	case open:
		out.Class, out.Head = "incomplete", b.says("html.verdict.incomplete")
	case v.Gate == "passed" && v.NoPackages:
		out.Class, out.Head = "incomplete", b.says("html.verdict.nothing")
	case v.Gate == "passed":
		out.Class, out.Head = "passed", b.says("html.verdict.passed")
	default:
		out.Head = b.headline(v)
	}
	if b.o.SBOM {
		out.Class, out.Head = "", b.says("html.verdict.sbom")
		return out
	}
	en, zh := b.table(b.en), b.table(b.zh)
	for i, s := range en.verdictSentences(v, false) {
		out.Sentences = append(out.Sentences, html.Both{s, zh.verdictSentences(v, false)[i]})
	}
	if len(en.found.of(finding.CheckIntegrity)) > 0 {
		out.Class, out.Head = "failed", b.says("report.urgent")
	}
	for i, c := range en.nextCommands() {
		if i < 3 {
			out.Next = append(out.Next, same(c))
		}
	}
	return out
}

// headline is what a report without a gate comes to, in a line.
func (b *pageBuilder) headline(v *finding.Verdict) html.Both {
	t := b.table(b.en)
	count := func(groups []*upgrade) string {
		n := 0
		for _, u := range groups {
			n += len(u.advisories)
		}
		return strconv.Itoa(n)
	}
	switch {
	case len(t.fixable) > 0:
		return b.says("html.verdict.upgrades", strconv.Itoa(len(t.fixable)), count(t.fixable))
	case len(t.unfixed) > 0:
		return b.says("html.verdict.unfixed", count(t.unfixed))
	case len(t.found.results) == 0 && t.lookedFor("vuln") && (v.NoPackages || b.r.Data == nil && len(b.r.Coverage) == 0):
		return b.says("html.verdict.nothing")
	case len(t.found.results) == 0:
		return b.says("html.verdict.clean")
	}
	return b.says("html.verdict.none")
}

// plain is the page for where no script runs.
func (b *pageBuilder) plain(lang string) html.Plain {
	p := i18n.For(lang)
	t := b.table(p)
	f := b.data.Facts
	var facts []string
	for _, k := range []string{"os", "platform", "digest", "date", "tool", "filtered"} {
		if f[k] != "" {
			facts = append(facts, f[k])
		}
	}
	out := html.Plain{Heading: cmp.Or(f["ref"], f["name"]), Facts: strings.Join(facts, " · "), Note: p.T("html.plain.note")}
	choose := func(t html.Both) string {
		if lang == i18n.Chinese {
			return t[1]
		}
		return t[0]
	}
	words := []string{choose(b.data.Verdict.Head)}
	for _, s := range b.data.Verdict.Sentences {
		words = append(words, choose(s))
	}
	out.Verdict = strings.Join(words, t.gap())
	for _, c := range b.r.Coverage {
		out.Coverage = append(out.Coverage, Clean(p.T("html.plain.coverage", c.Ecosystem, string(c.Level), strconv.Itoa(c.Known), strconv.Itoa(c.Packages), c.Date)))
	}
	if b.o.SBOM {
		return out
	}
	lines := func(groups []*upgrade) (out []html.Line) {
		for _, u := range groups {
			text := t.packageName(u) + " " + Clean(u.installed)
			if u.to != "" {
				text += " → " + Clean(u.to)
			}
			label, _ := t.labelText(u)
			out = append(out, html.Line{Label: label, Class: u.label().String(), Text: text, Detail: t.ids(u, 120)})
		}
		return out
	}
	if len(t.fixable) > 0 {
		out.Sections = append(out.Sections, html.Section{Heading: p.T("html.ui.group.upgrade"), Lines: lines(t.fixable)})
	}
	if len(t.unfixed) > 0 {
		out.Sections = append(out.Sections, html.Section{Heading: p.T("html.ui.group.unfixed"), Lines: lines(t.unfixed)})
	}
	var others []html.Line
	for _, res := range t.otherFindings() {
		s := res.Rating.Severity
		others = append(others, html.Line{Label: p.Text(severityText(s)), Class: s.String(), Text: t.title(res)})
	}
	if len(others) > 0 {
		out.Sections = append(out.Sections, html.Section{Heading: p.T("report.others"), Lines: others})
	}
	return out
}
