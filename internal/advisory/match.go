package advisory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/table"
	"bulwark/internal/advisory/version"
	"bulwark/internal/finding"
)

// Input is what is to be matched.
type Input struct {
	Packages []finding.Package
	OS       *finding.OSRelease
}

// Answer is what the database says.
type Answer struct {
	// Results are findings (state fail or warn), and results in state "could not
	// run" for what could not be decided. Resource and Fingerprint are left to
	// finding.Finish.
	Results []finding.Result
	// Coverage has one line for each ecosystem and release among the packages.
	Coverage []finding.Coverage
	// Packages says of each package of the input, in its order, what the data
	// can say of it.
	Packages []finding.CoverageLevel
}

// attrModularity is where the rpm extractor leaves the module label
// ("nodejs:18:8090020240101:abcdef").
const attrModularity = "rpm.modularity"

// Match finds what advisories say of the packages. It fails only for a damaged
// database or a cancelled context.
func (db *DB) Match(ctx context.Context, in Input) (a Answer, err error) {
	err = guarded(func() (err error) {
		a, err = db.answer(ctx, in)
		return err
	})
	return a, err
}

func (db *DB) answer(ctx context.Context, in Input) (Answer, error) {
	m, err := db.meta()
	if err != nil {
		return Answer{}, err
	}
	w := matcher{db: db, meta: m, in: in, cover: newCoverage(m)}
	levels := make([]finding.CoverageLevel, len(in.Packages))
	for i := range in.Packages {
		if i%256 == 0 {
			if err := ctx.Err(); err != nil {
				return Answer{}, err
			}
		}
		if levels[i], err = w.match(&in.Packages[i]); err != nil {
			return Answer{}, err
		}
	}
	return Answer{Results: w.results, Coverage: w.cover.lines(), Packages: levels}, nil
}

type matcher struct {
	db      *DB
	meta    *meta
	in      Input
	cover   *coverage
	results []finding.Result
	byID    map[string]*finding.Package
	// platforms of Go programs, by where they are; made when first needed
	platforms map[finding.Location]platform
	// reused from package to package
	hits    []hit
	unclear []table.Ref
	silent  []table.Ref
}

// hit says that a record affects the package by one of its flaws.
type hit struct {
	flaw   uint32
	record uint32
	ref    table.Ref
	target *target
	within table.Range
}

// match finds what the data says of a package, and returns what it can say of it.
func (w *matcher) match(p *finding.Package) (finding.CoverageLevel, error) {
	targets := targetsOf(p, w.in.OS)
	w.hits, w.unclear, w.silent = w.hits[:0], w.unclear[:0], w.silent[:0]
	headers := holdsKernelHeaders(p)
	covered := false
	for i := range targets {
		t := &targets[i]
		found, ok, err := w.db.file.Find(t.ecosystem, t.name)
		if err != nil {
			return "", err
		}
		covered = covered || ok && found.Covered
		if !ok || headers {
			continue
		}
		for k := range found.Entries() {
			if err := w.entry(p, t, found, k); err != nil {
				return "", err
			}
		}
	}
	level := w.cover.count(p, targets[0].key, covered, len(w.unclear) > 0, headers)
	if len(w.hits) > 0 {
		if err := w.report(p); err != nil {
			return "", err
		}
	}
	if len(w.unclear) > 0 {
		if err := w.notComparable(p); err != nil {
			return "", err
		}
	}
	for _, ref := range w.silent {
		if err := w.noVersions(p, &targets[0], ref); err != nil {
			return "", err
		}
	}
	return level, nil
}

func (w *matcher) entry(p *finding.Package, t *target, found table.Found, k int) error {
	ref, err := w.db.file.Entry(found, k)
	if err != nil {
		return err
	}
	var within table.Range
	in, unclear, silent := false, false, false
	if err := w.db.file.Ranges(ref, func(r table.Range) bool {
		holds, err := compile.Holds(t.order, r, t.version)
		switch {
		case errors.Is(err, compile.ErrNoVersions):
			silent = true
		case err != nil:
			unclear = true
		case holds:
			in, within = true, r
		}
		return !in
	}); err != nil {
		return err
	}
	if !in && !unclear && !silent {
		return nil
	}
	if t.order == version.RPM {
		applies, err := w.moduleApplies(p, ref, within)
		if err != nil || !applies {
			return err
		}
	}
	if p.Type == finding.TypeGolang {
		applies, err := w.platformApplies(p, ref)
		if err != nil || !applies {
			return err
		}
	}
	switch {
	case in:
		return w.db.file.RecordFlaws(ref.Record, func(flaw uint32) bool {
			w.hits = append(w.hits, hit{flaw, ref.Record, ref, t, within})
			return true
		})
	case unclear:
		w.unclear = append(w.unclear, ref)
	default:
		w.silent = append(w.silent, ref)
	}
	return nil
}

// moduleApplies keeps an advisory on one stream of an RPM module from packages
// of another stream, or of none.
func (w *matcher) moduleApplies(p *finding.Package, ref table.Ref, r table.Range) (bool, error) {
	if !strings.Contains(r.End, ".module") {
		return true, nil
	}
	if !strings.Contains(p.Version, ".module") {
		return false, nil
	}
	stream, err := w.db.file.Module(ref.Record)
	label := p.Attributes[attrModularity]
	if err != nil || stream == "" || label == "" {
		return true, err
	}
	name, rest, _ := strings.Cut(label, ":")
	of, _, _ := strings.Cut(rest, ":")
	return stream == name+":"+of, nil
}

// Where the extractor of Go programs leaves what they were built for; it does so
// at the standard library of the program.
const (
	attrGoOS   = "go.os"
	attrGoArch = "go.arch"
)

type platform struct{ os, arch string }

// platformApplies keeps an advisory on some platforms from a program that was
// built for another. What the program was built for may not be known (a lock
// file, no build information): then the advisory applies.
func (w *matcher) platformApplies(p *finding.Package, ref table.Ref) (bool, error) {
	module, err := w.db.file.Module(ref.Record)
	if err != nil {
		return false, err
	}
	list, limited := strings.CutPrefix(module, table.PlatformsPrefix)
	if !limited || len(p.Locations) == 0 {
		return true, nil
	}
	for _, l := range p.Locations {
		built, ok := w.platformOf(l)
		if !ok {
			return true, nil
		}
		for one := range strings.SplitSeq(list, " ") {
			os, arch, _ := strings.Cut(one, "/")
			if (os == "*" || os == built.os || built.os == "") && (arch == "*" || arch == built.arch || built.arch == "") {
				return true, nil
			}
		}
	}
	return false, nil
}

// platformOf says what the program at a place was built for.
func (w *matcher) platformOf(l finding.Location) (platform, bool) {
	if w.platforms == nil {
		w.platforms = map[finding.Location]platform{}
		for i := range w.in.Packages {
			p := &w.in.Packages[i]
			if p.Type != finding.TypeGolang || p.Attributes[attrGoOS] == "" && p.Attributes[attrGoArch] == "" {
				continue
			}
			for _, at := range p.Locations {
				w.platforms[at] = platform{p.Attributes[attrGoOS], p.Attributes[attrGoArch]}
			}
		}
	}
	built, ok := w.platforms[l]
	return built, ok
}

// report turns the hits of a package into results, one a flaw.
func (w *matcher) report(p *finding.Package) error {
	slices.SortStableFunc(w.hits, func(a, b hit) int { return cmp.Compare(a.flaw, b.flaw) })
	owner := w.owner(p)
	for from := 0; from < len(w.hits); {
		to := from + 1
		for to < len(w.hits) && w.hits[to].flaw == w.hits[from].flaw {
			to++
		}
		group := w.hits[from:to]
		from = to
		if owner != nil {
			speaks, err := w.speaks(owner, group[0].flaw)
			if err != nil {
				return err
			}
			if speaks {
				w.cover.owned(p, group[0].target.key)
				continue
			}
		}
		res, err := w.result(p, group)
		if err != nil {
			return err
		}
		if owner != nil {
			res.State = finding.Warn
			reason := finding.T("advisory.owned", owner.p.Name, owner.key)
			res.Reason = &reason
		}
		w.results = append(w.results, res)
	}
	return nil
}

// owner is the OS package that has a language package's files.
type owner struct {
	p       *finding.Package
	targets []target
	key     string
	full    bool
}

func (w *matcher) owner(p *finding.Package) *owner {
	if p.OwnedBy == "" {
		return nil
	}
	if w.byID == nil {
		w.byID = make(map[string]*finding.Package, len(w.in.Packages))
		for i := range w.in.Packages {
			w.byID[w.in.Packages[i].ID] = &w.in.Packages[i]
		}
	}
	os, ok := w.byID[p.OwnedBy]
	if !ok || os == p {
		return nil
	}
	o := &owner{p: os, targets: targetsOf(os, w.in.OS)}
	o.key = o.targets[0].key
	if c := w.meta.coverage[o.key]; c != nil {
		o.full = c.Level == finding.CoverageFull
	}
	return o
}

// speaks reports whether the distribution's data decides the flaw for the
// owner: it is complete, or has a record of that flaw for that package.
func (w *matcher) speaks(o *owner, flaw uint32) (bool, error) {
	if o.full {
		return true, nil
	}
	for i := range o.targets {
		found, ok, err := w.db.file.Find(o.targets[i].ecosystem, o.targets[i].name)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		for k := range found.Entries() {
			ref, err := w.db.file.Entry(found, k)
			if err != nil {
				return false, err
			}
			spoken := false
			if err := w.db.file.RecordFlaws(ref.Record, func(f uint32) bool {
				spoken = spoken || f == flaw
				return !spoken
			}); err != nil {
				return false, err
			}
			if spoken {
				return true, nil
			}
		}
	}
	return false, nil
}

// result says that the package has the flaw, by all the records that say so.
func (w *matcher) result(p *finding.Package, group []hit) (finding.Result, error) {
	flaw, err := w.db.file.Flaw(group[0].flaw)
	if err != nil {
		return finding.Result{}, err
	}
	a := &finding.Advisory{ID: shown(flaw.Name)}
	names := make([]string, 0, len(flaw.Aliases)+len(group))
	for _, n := range flaw.Aliases {
		names = append(names, shown(n))
	}
	ratings := newChooser()
	informational := table.Informational(0)
	serious := false
	for i := range group {
		h := &group[i]
		if i > 0 && group[i-1].record == h.record {
			continue // two targets, one record
		}
		r, err := w.db.file.Record(h.record)
		if err != nil {
			return finding.Result{}, err
		}
		if r.Source < 0 || r.Source >= len(w.meta.Sources) {
			return finding.Result{}, ErrCorrupt
		}
		source := &w.meta.Sources[r.Source]
		a.Sources = append(a.Sources, finding.AdvisorySource{
			ID: shown(r.ID), Ecosystem: h.target.ecosystem, License: source.License, URL: link(source.URL, r.ID, flaw.Name, h.target.ecosystem),
		})
		names = append(names, shown(r.ID))
		level := levelAdvisory
		if source.Distribution {
			level = levelDistribution
		}
		ratings.add(level, r.Ratings)
		if r.Informational == table.NotInformational {
			serious = true
		} else {
			informational = r.Informational
		}
		if a.Affected == "" {
			a.Affected = words(h.within)
		}
		if a.Summary == "" {
			a.Summary = r.Summary
		}
		if t := clock(r.Published); !t.IsZero() && (a.Published.IsZero() || t.Before(a.Published)) {
			a.Published = t
		}
		if t := clock(r.Modified); t.After(a.Modified) {
			a.Modified = t
		}
	}
	for _, r := range flaw.Ratings {
		ratings.add(levelOf(r), []table.Rating{r})
	}
	slices.Sort(names)
	for _, n := range slices.Compact(names) {
		if n != a.ID {
			a.Aliases = append(a.Aliases, n)
		}
	}
	for _, n := range flaw.CWEs {
		a.CWEs = append(a.CWEs, cwe(n))
	}
	a.KEV = kev(&flaw)
	if a.Fixed, err = w.fixed(group); err != nil {
		return finding.Result{}, err
	}
	res := finding.Result{
		Check: finding.CheckVulnerability, State: finding.Fail, Advisory: a, Package: p.ID, Locations: slices.Clone(p.Locations),
		Hidden: p.Hidden, Title: finding.T("advisory.vulnerability", a.ID, p.Name, p.Version),
		Subject: finding.VulnerabilitySubject(p.PURL, a.ID),
	}
	res.Rating, a.Ratings = ratings.choose()
	if !serious {
		res.Check, res.State = finding.CheckNotice, finding.Warn
		a.Informational = informational.String()
		res.Title = noticeTitle(informational, a.ID, p)
	}
	return res, nil
}

func noticeTitle(kind table.Informational, id string, p *finding.Package) finding.Text {
	switch kind {
	case table.Unmaintained:
		return finding.T("advisory.notice.unmaintained", id, p.Name, p.Version)
	case table.Unsound:
		return finding.T("advisory.notice.unsound", id, p.Name, p.Version)
	}
	return finding.T("advisory.notice.other", id, p.Name, p.Version)
}

// fixed gives the versions above the installed one that the records give as
// fixed: first, in rising order, those that no record of the flaw calls
// affected, or if there are none, all.
func (w *matcher) fixed(group []hit) ([]string, error) {
	t := group[0].target
	var all, clean []string
	for i := range group {
		if group[i].target.order != t.order {
			continue
		}
		if err := w.db.file.Ranges(group[i].ref, func(r table.Range) bool {
			if r.Kind == table.Fixed && !madeUp(t, r.End) {
				if c, err := t.order.Compare(r.End, t.version); err == nil && c > 0 && !slices.Contains(all, r.End) {
					all = append(all, r.End)
				}
			}
			return len(all) < 64
		}); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b string) int {
		c, err := t.order.Compare(a, b)
		if err != nil {
			return strings.Compare(a, b)
		}
		return c
	})
	for _, v := range all {
		affected := false
		for i := range group {
			if err := w.db.file.Ranges(group[i].ref, func(r table.Range) bool {
				in, err := compile.Holds(t.order, r, v)
				affected = affected || err == nil && in
				return !affected
			}); err != nil {
				return nil, err
			}
		}
		if !affected {
			clean = append(clean, v)
		}
	}
	if len(clean) > 0 {
		return clean, nil
	}
	return all, nil
}

// madeUp reports whether a bound is no release: Retire.js writes "below
// 3.999.999" of npm packages for "all of 3".
func madeUp(t *target, v string) bool {
	return t.key == "npm" && (strings.HasSuffix(v, ".999") || strings.HasSuffix(v, ".9999"))
}

// maxNamed is how many advisories a result in state "could not run" names.
const maxNamed = 5

// notComparable says that advisories concern the package and its version cannot be compared.
func (w *matcher) notComparable(p *finding.Package) error {
	var ids []string
	for _, ref := range w.unclear {
		if err := w.db.file.RecordFlaws(ref.Record, func(flaw uint32) bool {
			f, err := w.db.file.Flaw(flaw)
			if err == nil {
				ids = append(ids, shown(f.Name))
			}
			return len(ids) < 1000
		}); err != nil {
			return err
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	reason := finding.T("advisory.not-comparable.reason", strconv.Itoa(len(ids)), strings.Join(ids[:min(len(ids), maxNamed)], ", "))
	w.results = append(w.results, finding.Result{
		Check: finding.CheckVulnerability, State: finding.CouldNotRun, Title: finding.T("advisory.not-comparable", p.Name, p.Version),
		Reason: &reason, Package: p.ID, Locations: slices.Clone(p.Locations), Hidden: p.Hidden, Evidence: ids,
		Subject: finding.CanonicalPURL(p.PURL) + " version",
	})
	return nil
}

// noVersions says that an advisory concerns the package and names no versions.
func (w *matcher) noVersions(p *finding.Package, t *target, ref table.Ref) error {
	hits := []hit{}
	if err := w.db.file.RecordFlaws(ref.Record, func(flaw uint32) bool {
		hits = append(hits, hit{flaw, ref.Record, ref, t, table.Range{}})
		return true
	}); err != nil {
		return err
	}
	for i := range hits {
		res, err := w.result(p, hits[i:i+1])
		if err != nil {
			return err
		}
		res.Advisory.Affected = ""
		reason := finding.T("advisory.no-versions.reason")
		res.State, res.Reason = finding.CouldNotRun, &reason
		res.Title = finding.T("advisory.no-versions", res.Advisory.ID, p.Name, p.Version)
		w.results = append(w.results, res)
	}
	return nil
}

// shown is an ID as people see it: the schema's prefix for private IDs is ours.
func shown(id string) string { return strings.TrimPrefix(id, "x_") }

func link(template, id, flaw, ecosystem string) string {
	if !strings.Contains(template, "{") {
		return template
	}
	cve := flaw
	if !strings.HasPrefix(cve, "CVE-") {
		cve = id
	}
	_, release, _ := strings.Cut(ecosystem, ":")
	return strings.NewReplacer("{id}", shown(id), "{cve}", cve, "{release}", release, "{dashed}", strings.ReplaceAll(id, ":", "-")).Replace(template)
}

// words writes a range: "< 3.0.14", ">= 2.0, < 2.3.1", "<= 1.2", "= 1.4".
func words(r table.Range) string {
	if r.Kind == table.Exact {
		return "= " + r.Start
	}
	var parts []string
	if r.Start != "" && r.Start != "0.0.0-0" {
		parts = append(parts, ">= "+r.Start)
	}
	switch r.Kind {
	case table.Fixed:
		parts = append(parts, "< "+r.End)
	case table.LastAffected:
		parts = append(parts, "<= "+r.End)
	}
	if len(parts) == 0 {
		return ">= 0"
	}
	return strings.Join(parts, ", ")
}

func cwe(n uint32) string { return "CWE-" + strconv.FormatUint(uint64(n), 10) }

func clock(d table.Day) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d)*86400, 0).UTC()
}

func kev(f *table.Flaw) *finding.KEV {
	if f.KEVAdded == 0 {
		return nil
	}
	return &finding.KEV{Added: compile.DayString(f.KEVAdded), Due: compile.DayString(f.KEVDue), Ransomware: f.Ransomware}
}
