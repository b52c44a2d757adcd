// Package diff says what two reports differ in: packages that came, went, and
// changed their version, findings that came and went and why, layers and sizes,
// the image's configuration, and what the data could say of each.
//
// # Promises
//
// [Diff] is a pure function: the order in which a report lists things changes
// nothing, and exchanging the sides exchanges "came" and "went". It compares what a
// container sees; what is only in an image's history is left out. A finding is
// the same in both when check and subject are, as its fingerprint is made,
// whatever the image is called; a vulnerability also when it has another name
// that both know.
//
// That a finding went is never said without why: an upgrade is good news, a
// database that knows less is none. What keeps two reports from being compared
// (one is a view, one had no scanner for it) is in [Difference.Notes].
//
// The JSON form is versioned ([SchemaVersion]), fields are added only.
package diff

import (
	"cmp"
	"slices"
	"strings"

	"bulwark/internal/advisory/version"
	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

// SchemaVersion is the version of the JSON form.
const SchemaVersion = "1.0"

// Side is one of the two that are compared.
type Side struct {
	Ref          string        `json:"ref"`
	Kind         string        `json:"kind"`
	Platform     string        `json:"platform,omitempty"`
	ConfigDigest string        `json:"config_digest,omitempty"`
	OS           string        `json:"os,omitempty"`
	Started      string        `json:"started,omitempty"`
	Tool         finding.Tool  `json:"tool"`
	Data         *finding.Data `json:"data,omitempty"`
	Packages     int           `json:"packages"`
	Findings     int           `json:"findings"`
	Layers       int           `json:"layers,omitempty"`
	Size         int64         `json:"size,omitempty"` // bytes of all layers
	Files        int           `json:"files,omitempty"`
	Incomplete   []string      `json:"incomplete,omitempty"`
}

// PackageChange is a package that came or went.
type PackageChange struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	// Copies is how many of it came or went.
	Copies int    `json:"copies"`
	Path   string `json:"path,omitempty"`
}

// VersionChange is a package that is in both, in another version.
type VersionChange struct {
	Type string `json:"type"`
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
	// Direction is "upgraded", "downgraded", or "changed" where the order of the
	// two versions is not known.
	Direction string `json:"direction"`
	// Copies is how many of it changed in this way.
	Copies int `json:"copies"`
	// Fixed and New count vulnerabilities of the package that went and came.
	Fixed int `json:"fixed,omitempty"`
	New   int `json:"new,omitempty"`
}

// Reasons why a finding came or went.
const (
	WhyPackageNew   = "package-new"     // its package came
	WhyPackageGone  = "package-gone"    // its package went
	WhyVersion      = "version-changed" // its package has another version
	WhyData         = "data"            // the same package; other data, or another tool
	WhyCopy         = "copy"            // the same package, of which there are more or fewer copies
	WhyUnknown      = "same-package"    // the same package, data and tool, and another answer
	WhySuppressed   = "suppressed"      // it is there, and does not count any more
	WhyUnsuppressed = "unsuppressed"    // it was there, and counts now
	WhyContent      = "content"         // no package is concerned: what was found is in one only
	WhyNotLookedFor = "not-looked"      // the other report had nothing that looks for it
	WhySeverity     = "severity"        // in both, rated otherwise
)

// Directions of a changed version, and kinds of other changes.
const (
	Upgraded   = "upgraded"
	Downgraded = "downgraded"
	Changed    = "changed"
	Added      = "added"
	Removed    = "removed"
)

// FindingChange is a finding that came, went, or is rated otherwise.
type FindingChange struct {
	Check    string           `json:"check"`
	ID       string           `json:"id,omitempty"` // of the advisory
	Title    finding.Text     `json:"title"`
	Severity finding.Severity `json:"severity"`
	// Was is the severity before, for a finding that is rated otherwise.
	Was         *finding.Severity `json:"was,omitempty"`
	KEV         bool              `json:"kev,omitempty"`
	Package     string            `json:"package,omitempty"` // name
	Source      string            `json:"source,omitempty"`  // what an OS package was built from
	Type        string            `json:"type,omitempty"`
	Version     string            `json:"version,omitempty"`
	Fixed       []string          `json:"fixed,omitempty"`
	Path        string            `json:"path,omitempty"`
	Why         string            `json:"why"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	result      *finding.Result
}

// ConfigChange is a setting of the image's configuration.
type ConfigChange struct {
	// Key is "user", "entrypoint", "env PATH", "label maintainer", …
	Key string `json:"key"`
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// LayerChange is a layer that is in one only, or the same instruction with
// other content.
type LayerChange struct {
	Change    string `json:"change"`
	By        string `json:"created_by,omitempty"`
	FromLayer int    `json:"from_layer"` // -1 for an added one
	ToLayer   int    `json:"to_layer"`   // -1 for a removed one
	FromSize  int64  `json:"from_size,omitempty"`
	ToSize    int64  `json:"to_size,omitempty"`
	FromFiles int    `json:"from_files,omitempty"`
	ToFiles   int    `json:"to_files,omitempty"`
}

// Grew is how much larger the second layer is, in bytes.
func (l LayerChange) Grew() int64 { return l.ToSize - l.FromSize }

// CoverageChange is an ecosystem of which the data says more or less.
type CoverageChange struct {
	Ecosystem string                `json:"ecosystem"`
	From      finding.CoverageLevel `json:"from,omitempty"`
	To        finding.CoverageLevel `json:"to,omitempty"`
}

// Difference is everything two reports differ in.
type Difference struct {
	Schema string `json:"schema_version"`
	From   Side   `json:"from"`
	To     Side   `json:"to"`
	// Added and Removed are packages by name, the rest are in both.
	Added      []PackageChange `json:"packages_added"`
	Removed    []PackageChange `json:"packages_removed"`
	Versions   []VersionChange `json:"packages_changed"`
	SameCount  int             `json:"packages_same"`
	New        []FindingChange `json:"findings_new"`
	Gone       []FindingChange `json:"findings_gone"`
	Rated      []FindingChange `json:"findings_rated"`
	Kept       int             `json:"findings_kept"`
	SharedSize int64           `json:"shared_size,omitempty"`
	// SharedLayers is how many layers are in both.
	SharedLayers int              `json:"shared_layers,omitempty"`
	Layers       []LayerChange    `json:"layers,omitempty"`
	Config       []ConfigChange   `json:"configuration,omitempty"`
	Privileged   []ConfigChange   `json:"privileged,omitempty"`
	Coverage     []CoverageChange `json:"coverage,omitempty"`
	// Notes say what could not be compared, and why.
	Notes []finding.Text `json:"notes,omitempty"`
	// Verdict is the gate's word on the new findings; nil without a gate.
	Verdict *finding.Verdict `json:"verdict,omitempty"`
}

// Diff compares two reports, which it does not change.
func Diff(a, b *finding.Report) *Difference {
	d := &Difference{
		Schema: SchemaVersion, From: side(a), To: side(b),
		Added: []PackageChange{}, Removed: []PackageChange{}, Versions: []VersionChange{},
		New: []FindingChange{}, Gone: []FindingChange{}, Rated: []FindingChange{},
	}
	pa, pb := packagesOf(a), packagesOf(b)
	d.packages(pa, pb)
	d.findings(a, b, pa, pb)
	d.layers(a, b)
	d.configuration(a, b)
	d.coverage(a, b)
	d.notes(a, b)
	return d
}

// Empty reports whether nothing differs.
func (d *Difference) Empty() bool {
	return len(d.Added)+len(d.Removed)+len(d.Versions)+len(d.New)+len(d.Gone)+len(d.Rated)+len(d.Layers)+len(d.Config)+len(d.Privileged)+len(d.Coverage) == 0
}

// Gate decides on the findings that came, as a scan's gate decides on all. The
// verdict is incomplete where the second report is.
func (d *Difference) Gate(b *finding.Report, o finding.GateOptions) finding.Verdict {
	part := *b
	part.Results = nil
	seen := map[*finding.Result]bool{}
	for _, f := range d.New {
		seen[f.result] = true
	}
	for i := range b.Results {
		res := &b.Results[i]
		// What could not be decided or read is the report's, whatever came.
		if seen[res] || !res.IsFinding() || res.Check == finding.CheckNotScanned {
			part.Results = append(part.Results, *res)
		}
	}
	v := finding.Decide(&part, o)
	d.Verdict = &v
	return v
}

func side(r *finding.Report) Side {
	s := Side{
		Ref: cmp.Or(r.Subject.Ref, r.Subject.Name), Kind: r.Subject.Kind, Platform: r.Subject.Platform, ConfigDigest: r.Subject.ConfigDigest,
		Tool: r.Tool, Data: r.Data, Layers: len(r.Layers),
	}
	if o := r.Subject.OS; o != nil {
		s.OS = cmp.Or(o.PrettyName, o.Name, o.ID)
	}
	if !r.Started.IsZero() {
		s.Started = r.Started.UTC().Format("2006-01-02T15:04:05Z")
	}
	for i := range r.Packages {
		if !r.Packages[i].Hidden {
			s.Packages++
		}
	}
	for i := range r.Results {
		if counts(&r.Results[i]) {
			s.Findings++
		}
	}
	for _, l := range r.Layers {
		s.Size += l.Size
		s.Files += l.Files
	}
	if r.Verdict != nil {
		s.Incomplete = r.Verdict.Incomplete
	}
	return s
}

// counts reports whether a result is a finding that a verdict counts.
func counts(res *finding.Result) bool {
	return res.IsFinding() && !res.Hidden && res.Suppressed == nil && res.Check != finding.CheckNotScanned
}

// packages ---------------------------------------------------------------

// packageKey is what a package is, whatever its version.
type packageKey struct{ typ, purl string }

type packageSet struct {
	// versions lists, for each package, the packages in the order of versions.
	versions map[packageKey][]*finding.Package
	byID     map[string]*finding.Package
	keyOf    map[string]packageKey
}

func packagesOf(r *finding.Report) *packageSet {
	s := &packageSet{versions: map[packageKey][]*finding.Package{}, byID: map[string]*finding.Package{}, keyOf: map[string]packageKey{}}
	for i := range r.Packages {
		p := &r.Packages[i]
		k := keyOf(p)
		s.byID[p.ID], s.keyOf[p.ID] = p, k
		if !p.Hidden {
			s.versions[k] = append(s.versions[k], p)
		}
	}
	for _, list := range s.versions {
		slices.SortFunc(list, func(x, y *finding.Package) int {
			return cmp.Or(compare(x, y.Version), cmp.Compare(x.Version, y.Version), cmp.Compare(path(x), path(y)))
		})
	}
	return s
}

func keyOf(p *finding.Package) packageKey {
	if p.PURL == "" {
		return packageKey{p.Type, p.Name}
	}
	return packageKey{p.Type, finding.CanonicalPURL(p.PURL)}
}

func path(p *finding.Package) string {
	if len(p.Locations) == 0 {
		return ""
	}
	return p.Locations[0].Path
}

// spelled is a version as its ecosystem's tools agree on: they differ in Go's
// leading "v".
func spelled(p *finding.Package) string {
	if p.Type == finding.TypeGolang {
		return strings.TrimPrefix(strings.TrimPrefix(p.Version, "go"), "v")
	}
	return p.Version
}

// ecosystem is in whose order the versions of a package are.
func ecosystem(p *finding.Package) string {
	if p.Release != "" {
		return p.Release
	}
	return map[string]string{
		finding.TypeDeb: "Debian", finding.TypeAPK: "Alpine", finding.TypeRPM: "Red Hat", finding.TypeNPM: "npm", finding.TypePyPI: "PyPI",
		finding.TypeMaven: "Maven", finding.TypeGolang: "Go", finding.TypeCargo: "crates.io", finding.TypeGem: "RubyGems",
		finding.TypeComposer: "Packagist", "nuget": "NuGet", "hex": "Hex", "pub": "Pub", "cran": "CRAN", "swift": "SwiftURL", "julia": "Julia", "bitnami": "Bitnami",
	}[p.Type]
}

func compare(p *finding.Package, other string) int {
	if p.Version == other {
		return 0
	}
	c, err := version.Of(ecosystem(p)).Compare(spelled(p), spelled(&finding.Package{Type: p.Type, Version: other}))
	if err != nil {
		return 0
	}
	return c
}

func (d *Difference) packages(a, b *packageSet) {
	keys := make([]packageKey, 0, len(a.versions))
	for k := range a.versions {
		keys = append(keys, k)
	}
	for k := range b.versions {
		if _, both := a.versions[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y packageKey) int { return cmp.Or(cmp.Compare(x.typ, y.typ), cmp.Compare(x.purl, y.purl)) })
	for _, k := range keys {
		from, to := leftOver(a.versions[k], b.versions[k])
		d.SameCount += len(b.versions[k]) - len(to)
		// What is left on both sides is one package in another version, in order:
		// the lowest became the lowest.
		n, first := min(len(from), len(to)), len(d.Versions)
		for i := range n {
			x, y := from[i], to[i]
			v := VersionChange{Type: x.Type, Name: y.Name, From: x.Version, To: y.Version, Direction: Changed}
			switch c, err := version.Of(ecosystem(y)).Compare(spelled(x), spelled(y)); {
			case err != nil:
			case c < 0:
				v.Direction = Upgraded
			case c > 0:
				v.Direction = Downgraded
			}
			k := slices.IndexFunc(d.Versions[first:], func(o VersionChange) bool { return o.From == v.From && o.To == v.To })
			if k < 0 {
				k = len(d.Versions) - first
				d.Versions = append(d.Versions, v)
			}
			d.Versions[first+k].Copies++
		}
		d.Removed = append(d.Removed, changesOf(from[n:])...)
		d.Added = append(d.Added, changesOf(to[n:])...)
	}
	byName := func(a, b PackageChange) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	}
	slices.SortStableFunc(d.Added, byName)
	slices.SortStableFunc(d.Removed, byName)
	slices.SortStableFunc(d.Versions, func(a, b VersionChange) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// leftOver takes out what is in both, each copy once.
func leftOver(a, b []*finding.Package) (from, to []*finding.Package) {
	have := map[string]int{}
	for _, p := range b {
		have[spelled(p)]++
	}
	both := map[string]int{}
	for _, p := range a {
		v := spelled(p)
		if have[v] > 0 {
			have[v]--
			both[v]++
			continue
		}
		from = append(from, p)
	}
	for _, p := range b {
		v := spelled(p)
		if both[v] > 0 {
			both[v]--
			continue
		}
		to = append(to, p)
	}
	return from, to
}

// changesOf counts copies of one version.
func changesOf(list []*finding.Package) []PackageChange {
	var out []PackageChange
	for _, p := range list {
		if n := len(out); n > 0 && out[n-1].Version == p.Version && out[n-1].Name == p.Name {
			out[n-1].Copies++
			continue
		}
		out = append(out, PackageChange{Type: p.Type, Name: p.Name, Version: p.Version, Copies: 1, Path: path(p)})
	}
	return out
}

// findings ---------------------------------------------------------------

// findingKey is what a fingerprint is made of, without the resource and the
// occurrence.
type findingKey struct{ check, subject string }

// grouped gathers the findings of a report that a fingerprint tells apart by
// their occurrence only, in an order that does not depend on the report's.
func grouped(r *finding.Report) map[findingKey][]*finding.Result {
	out := map[findingKey][]*finding.Result{}
	for i := range r.Results {
		res := &r.Results[i]
		if !res.IsFinding() || res.Hidden || res.Check == finding.CheckNotScanned {
			continue
		}
		k := findingKey{res.Check, res.Subject}
		out[k] = append(out[k], res)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(x, y *finding.Result) int {
			return cmp.Or(
				slices.CompareFunc(x.Locations, y.Locations, func(a, b finding.Location) int {
					return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Line, b.Line))
				}),
				cmp.Compare(x.Package, y.Package), slices.Compare(x.Evidence, y.Evidence), cmp.Compare(x.Fingerprint, y.Fingerprint),
			)
		})
	}
	return out
}

// pair is one finding in both reports.
type pair struct{ from, to *finding.Result }

// pairUp pairs findings of one key: those at one place first, the rest in order.
func pairUp(from, to []*finding.Result) (both []pair, gone, came []*finding.Result) {
	at := map[string][]*finding.Result{}
	for _, x := range from {
		at[place(x)] = append(at[place(x)], x)
	}
	paired := map[*finding.Result]bool{}
	for _, y := range to {
		if list := at[place(y)]; len(list) > 0 {
			at[place(y)] = list[1:]
			paired[list[0]] = true
			both = append(both, pair{list[0], y})
			continue
		}
		came = append(came, y)
	}
	for _, x := range from {
		switch {
		case paired[x]:
		case len(came) > 0:
			both = append(both, pair{x, came[0]})
			came = came[1:]
		default:
			gone = append(gone, x)
		}
	}
	return both, gone, came
}

func place(r *finding.Result) string {
	if len(r.Locations) == 0 {
		return ""
	}
	return r.Locations[0].Path
}

func (d *Difference) findings(a, b *finding.Report, pa, pb *packageSet) {
	from, to := grouped(a), grouped(b)
	matchAliases(from, to)
	w := &why{a: a, b: b, pa: pa, pb: pb}
	for k := range from {
		if _, both := to[k]; !both {
			to[k] = nil // now every key is there
		}
	}
	for k := range to {
		both, gone, came := pairUp(from[k], to[k])
		for _, p := range both {
			d.compare(p, w)
		}
		for _, x := range gone {
			if x.Suppressed == nil {
				d.Gone = append(d.Gone, w.change(x, pa, w.went(x)))
			}
		}
		for _, y := range came {
			if y.Suppressed == nil {
				d.New = append(d.New, w.change(y, pb, w.came(y)))
			}
		}
	}
	for _, list := range [][]FindingChange{d.New, d.Gone, d.Rated} {
		slices.SortFunc(list, func(x, y FindingChange) int {
			return cmp.Or(
				cmp.Compare(rank(y), rank(x)), cmp.Compare(x.Check, y.Check), cmp.Compare(x.Type, y.Type), cmp.Compare(x.Package, y.Package),
				cmp.Compare(x.ID, y.ID), cmp.Compare(x.Version, y.Version), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Fingerprint, y.Fingerprint),
			)
		})
	}
	d.countByPackage()
}

// compare takes a finding that is in both.
func (d *Difference) compare(p pair, w *why) {
	switch x, y := p.from, p.to; {
	case x.Suppressed != nil && y.Suppressed != nil:
	case x.Suppressed != nil:
		d.New = append(d.New, w.change(y, w.pb, WhyUnsuppressed))
	case y.Suppressed != nil:
		d.Gone = append(d.Gone, w.change(x, w.pa, WhySuppressed))
	default:
		d.Kept++
		if x.Rating.Severity != y.Rating.Severity {
			c := w.change(y, w.pb, WhySeverity)
			was := x.Rating.Severity
			c.Was = &was
			d.Rated = append(d.Rated, c)
		}
	}
}

// rank orders findings: known exploited ones, then by severity.
func rank(f FindingChange) int {
	n := int(f.Severity)
	if f.KEV {
		n += 100
	}
	return n
}

// mostNamesakes bounds how many vulnerabilities of one package and name are
// tried as the same on each side. Real ones are one or two.
const mostNamesakes = 16

// matchAliases gives vulnerabilities of one package that have a name in common,
// and are called by another in each report, one key. Which belong together does
// not depend on which report is first.
func matchAliases(from, to map[findingKey][]*finding.Result) {
	type named struct{ pkg, id string }
	buckets := func(keys []findingKey, in map[findingKey][]*finding.Result) map[named][]findingKey {
		out := map[named][]findingKey{}
		for _, k := range keys {
			for _, id := range names(in[k][0]) {
				n := named{packagePart(in[k][0]), id}
				if list := out[n]; len(list) < mostNamesakes {
					out[n] = append(list, k)
				}
			}
		}
		return out
	}
	old, young := buckets(onlyIn(from, to), from), buckets(onlyIn(to, from), to)
	type couple struct{ old, young findingKey }
	var couples []couple
	for n, list := range old {
		for _, x := range list {
			for _, y := range young[n] {
				couples = append(couples, couple{x, y})
			}
		}
	}
	slices.SortFunc(couples, func(a, b couple) int {
		return cmp.Or(
			cmp.Compare(min(a.old.subject, a.young.subject), min(b.old.subject, b.young.subject)),
			cmp.Compare(max(a.old.subject, a.young.subject), max(b.old.subject, b.young.subject)),
			cmp.Compare(a.old.check, b.old.check),
		)
	})
	taken := map[findingKey]bool{}
	for _, c := range couples {
		if from[c.old] != nil && !taken[c.young] {
			from[c.young] = from[c.old]
			delete(from, c.old)
			taken[c.young] = true
		}
	}
}

// onlyIn lists the keys of vulnerabilities that the other report has not.
func onlyIn(some, other map[findingKey][]*finding.Result) []findingKey {
	var out []findingKey
	for k, list := range some {
		if other[k] == nil && list[0].Advisory != nil {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b findingKey) int {
		return cmp.Or(cmp.Compare(a.check, b.check), cmp.Compare(a.subject, b.subject))
	})
	return out
}

func names(r *finding.Result) []string { return append([]string{r.Advisory.ID}, r.Advisory.Aliases...) }

// packagePart is the subject without the advisory.
func packagePart(r *finding.Result) string {
	p, _, _ := strings.Cut(r.Subject, " ")
	return r.Check + " " + p
}

// why finds out why a finding is in one report only.
type why struct {
	a, b   *finding.Report
	pa, pb *packageSet
}

func (w *why) came(y *finding.Result) string { return w.reason(y, w.pb, w.pa, w.a, WhyPackageNew) }
func (w *why) went(x *finding.Result) string { return w.reason(x, w.pa, w.pb, w.b, WhyPackageGone) }

// reason is why a finding that its own report has is not in the other one.
func (w *why) reason(res *finding.Result, own, others *packageSet, other *finding.Report, absent string) string {
	k, ok := own.keyOf[res.Package]
	if !ok || res.Package == "" {
		if res.Advisory == nil && !looked(other, res.Check) {
			return WhyNotLookedFor
		}
		return WhyContent
	}
	there := others.versions[k]
	if len(there) == 0 {
		return absent
	}
	p := own.byID[res.Package]
	copies := func(list []*finding.Package) (n int) {
		for _, q := range list {
			if spelled(q) == spelled(p) {
				n++
			}
		}
		return n
	}
	same := copies(there)
	if same == 0 {
		return WhyVersion
	}
	if !looked(other, res.Check) {
		return WhyNotLookedFor
	}
	if same < copies(own.versions[k]) {
		return WhyCopy
	}
	if (w.a.Data == nil) != (w.b.Data == nil) || otherData(w.a.Data, w.b.Data) || w.a.Tool.Version != w.b.Tool.Version || w.a.Tool.Name != w.b.Tool.Name {
		return WhyData
	}
	return WhyUnknown
}

// otherData reports whether two databases are known to differ.
func otherData(a, b *finding.Data) bool {
	if a == nil || b == nil {
		return false
	}
	if a.Hash != "" && b.Hash != "" {
		return a.Hash != b.Hash
	}
	return a.Date != b.Date
}

// looked reports whether a report had a scanner for a kind of finding.
func looked(r *finding.Report, check string) bool {
	f := family(check)
	if f == "" {
		return true
	}
	if len(r.Scanners) > 0 {
		return slices.Contains(r.Scanners, f)
	}
	switch f { // a report of an earlier version, or of elsewhere
	case "vuln":
		return r.Data != nil || len(r.Coverage) > 0 || slices.ContainsFunc(r.Results, func(x finding.Result) bool { return x.Check == finding.CheckVulnerability })
	case "secret", "config":
		prefix, _, _ := strings.Cut(check, "-")
		return slices.ContainsFunc(r.Tool.Detectors, func(d string) bool { return strings.HasPrefix(d, prefix) })
	}
	return true
}

// family is the scanner that gives results of a check, as --scanners names it;
// empty for what a report says of itself.
func family(check string) string {
	prefix, _, _ := strings.Cut(check, "-")
	switch {
	case check == finding.CheckVulnerability, check == finding.CheckNotice, check == finding.CheckEndOfLife:
		return "vuln"
	case check == finding.CheckIntegrity, check == finding.CheckNotScanned:
		return ""
	case prefix == "secret", prefix == "keyfile":
		return "secret"
	case prefix == "dockerfile", prefix == "image":
		return "config"
	}
	return ""
}

func (w *why) change(res *finding.Result, own *packageSet, reason string) FindingChange {
	f := FindingChange{Check: res.Check, Title: res.Title, Severity: res.Rating.Severity, Why: reason, Fingerprint: res.Fingerprint, result: res}
	if a := res.Advisory; a != nil {
		f.ID, f.KEV, f.Fixed = a.ID, a.KEV != nil, a.Fixed
	}
	if p := own.byID[res.Package]; p != nil {
		f.Package, f.Type, f.Version, f.Source = p.Name, p.Type, p.Version, p.SourceName
	}
	if len(res.Locations) > 0 {
		f.Path = res.Locations[0].Path
	}
	return f
}

// countByPackage tells each change of a version what it fixed and brought.
func (d *Difference) countByPackage() {
	type pkg struct{ typ, name, version string }
	count := func(list []FindingChange) map[pkg]int {
		n := map[pkg]int{}
		seen := map[string]bool{}
		for _, f := range list {
			k := pkg{f.Type, f.Package, f.Version}
			if f.ID == "" || f.Package == "" || seen[f.ID+"\x00"+f.Type+"\x00"+f.Package+"\x00"+f.Version] {
				continue
			}
			seen[f.ID+"\x00"+f.Type+"\x00"+f.Package+"\x00"+f.Version] = true
			n[k]++
		}
		return n
	}
	gone, came := count(d.Gone), count(d.New)
	for i := range d.Versions {
		v := &d.Versions[i]
		v.Fixed, v.New = gone[pkg{v.Type, v.Name, v.From}], came[pkg{v.Type, v.Name, v.To}]
	}
}

// layers -----------------------------------------------------------------

func (d *Difference) layers(a, b *finding.Report) {
	if len(a.Layers) == 0 || len(b.Layers) == 0 {
		return // one of them does not say
	}
	inBoth := map[string]int{}
	for _, l := range b.Layers {
		inBoth[l.DiffID]++
	}
	taken := map[string]int{}
	var from, to []finding.LayerInfo
	for _, l := range a.Layers {
		if l.DiffID != "" && inBoth[l.DiffID] > 0 {
			inBoth[l.DiffID]--
			taken[l.DiffID]++
			d.SharedLayers++
			d.SharedSize += l.Size
			continue
		}
		from = append(from, l)
	}
	for _, l := range b.Layers {
		if taken[l.DiffID] > 0 {
			taken[l.DiffID]--
			continue
		}
		to = append(to, l)
	}
	used := make([]bool, len(from))
	for _, l := range to {
		c := LayerChange{Change: Added, By: instruction(l.CreatedBy), FromLayer: -1, ToLayer: l.Index, ToSize: l.Size, ToFiles: l.Files}
		for i, old := range from {
			if !used[i] && likeness(old.CreatedBy) == likeness(l.CreatedBy) && l.CreatedBy != "" {
				used[i] = true
				c.Change, c.FromLayer, c.FromSize, c.FromFiles = Changed, old.Index, old.Size, old.Files
				break
			}
		}
		d.Layers = append(d.Layers, c)
	}
	for i, old := range from {
		if !used[i] {
			d.Layers = append(d.Layers, LayerChange{Change: Removed, By: instruction(old.CreatedBy), FromLayer: old.Index, ToLayer: -1, FromSize: old.Size, FromFiles: old.Files})
		}
	}
}

func instruction(createdBy string) string {
	st := imageconfig.ReadStep(createdBy)
	return strings.TrimSpace(st.Verb + " " + st.Args)
}

// likeness is an instruction without the checksums that the classic builder
// writes for what it copies.
func likeness(createdBy string) string {
	words := strings.Fields(instruction(createdBy))
	for i, w := range words {
		if kind, sum, ok := strings.Cut(w, ":"); ok && len(sum) == 64 && (kind == "file" || kind == "dir" || kind == "multi") {
			words[i] = kind
		}
	}
	return strings.Join(words, " ")
}

// configuration ----------------------------------------------------------

func (d *Difference) configuration(a, b *finding.Report) {
	if a.Image == nil || b.Image == nil {
		return
	}
	d.Config = changes(settings(a.Image), settings(b.Image))
	rights := func(i *finding.Image) map[string]string {
		m := map[string]string{}
		for _, f := range i.Privileged {
			m[f.Path] = strings.TrimSpace(f.Mode + " " + f.Owner + " " + f.Capabilities)
		}
		return m
	}
	d.Privileged = changes(rights(a.Image), rights(b.Image))
}

// changes compares two maps, in the order of their keys.
func changes(a, b map[string]string) []ConfigChange {
	var out []ConfigChange
	for k, x := range a {
		y, both := b[k]
		switch {
		case !both:
			out = append(out, ConfigChange{Key: k, Change: Removed, From: x})
		case x != y:
			out = append(out, ConfigChange{Key: k, Change: Changed, From: x, To: y})
		}
	}
	for k, y := range b {
		if _, both := a[k]; !both {
			out = append(out, ConfigChange{Key: k, Change: Added, To: y})
		}
	}
	slices.SortFunc(out, func(x, y ConfigChange) int { return cmp.Compare(x.Key, y.Key) })
	return out
}

// settings are the settings of an image by key.
func settings(i *finding.Image) map[string]string {
	m := map[string]string{}
	set := func(key, value string) {
		if value != "" {
			m[key] = value
		}
	}
	list := func(key string, words []string) {
		quoted := make([]string, len(words))
		for n, w := range words {
			if strings.ContainsAny(w, " \t\n\"'") || w == "" {
				w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
			quoted[n] = w
		}
		set(key, strings.Join(quoted, " "))
	}
	set("user", i.User)
	list("entrypoint", i.Entrypoint)
	list("command", i.Command)
	list("shell", i.Shell)
	set("working directory", i.WorkingDir)
	set("stop signal", i.StopSignal)
	set("author", i.Author)
	for _, o := range i.OnBuild {
		m["on build "+o] = o
	}
	for _, p := range i.Ports {
		m["port "+p] = p
	}
	for _, v := range i.Volumes {
		m["volume "+v] = v
	}
	for _, e := range i.Env {
		m["env "+e.Name] = e.Value
	}
	for _, l := range i.Labels {
		m["label "+l.Name] = l.Value
	}
	if h := i.HealthCheck; h != nil {
		list("health check", append(slices.Clone(h.Test), h.Interval, h.Timeout, h.StartPeriod))
	}
	return m
}

// coverage ---------------------------------------------------------------

func (d *Difference) coverage(a, b *finding.Report) {
	levels := func(r *finding.Report) map[string]finding.CoverageLevel {
		m := map[string]finding.CoverageLevel{}
		for _, c := range r.Coverage {
			m[c.Ecosystem] = c.Level
		}
		return m
	}
	from, to := levels(a), levels(b)
	for k, x := range from {
		if y := to[k]; x != y {
			d.Coverage = append(d.Coverage, CoverageChange{k, x, y})
		}
	}
	for k, y := range to {
		if _, both := from[k]; !both {
			d.Coverage = append(d.Coverage, CoverageChange{k, "", y})
		}
	}
	slices.SortFunc(d.Coverage, func(x, y CoverageChange) int { return cmp.Compare(x.Ecosystem, y.Ecosystem) })
}

func (d *Difference) notes(a, b *finding.Report) {
	note := func(id string, params ...string) { d.Notes = append(d.Notes, finding.T(id, params...)) }
	for _, r := range []*finding.Report{a, b} {
		ref := cmp.Or(r.Subject.Ref, r.Subject.Name)
		if len(r.Filtered) > 0 {
			note("diff.note.filtered", ref, strings.Join(r.Filtered, "; "))
		}
		if !looked(r, finding.CheckVulnerability) {
			note("diff.note.no-vulnerabilities", ref)
		}
		if len(r.Unread) > 0 {
			note("diff.note.unread", ref)
		}
	}
	if x, y := a.Data, b.Data; otherData(x, y) {
		note("diff.note.data", cmp.Or(x.Date, x.Name), cmp.Or(y.Date, y.Name))
	}
	if a.Tool.Name != b.Tool.Name || a.Tool.Version != b.Tool.Version {
		note("diff.note.tool", toolName(a), toolName(b))
	} else if !slices.Equal(a.Tool.Detectors, b.Tool.Detectors) {
		note("diff.note.detectors")
	}
	if a.Subject.Platform != b.Subject.Platform && a.Subject.Platform != "" && b.Subject.Platform != "" {
		note("diff.note.platform", a.Subject.Platform, b.Subject.Platform)
	}
	if (a.Image == nil) != (b.Image == nil) {
		note("diff.note.no-configuration")
	}
}

func toolName(r *finding.Report) string {
	return cmp.Or(strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version), "?")
}
