package compile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/advisory/cvss"
	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// ErrNoVersions says that a record does not tell which versions are affected.
var ErrNoVersions = errors.New("the advisory names no versions")

// RaterCISA is the source of ratings by CISA's enrichment of CVE records.
const RaterCISA = "CISA-ADP"

// record is a document on its way into the model.
type record struct {
	id       string
	source   table.Source
	names    []string // names of the one flaw, without the record's own ID
	each     []string // CVEs, each a flaw of its own
	loose    []string
	own      bool // the ID is a name of the flaw
	modified table.Day
	parts    []part
	cwes     []uint32

	published, withdrawn table.Day
	summary, details     string
	module               string
}

// part is what a document says with one rating.
type part struct {
	ratings       []table.Rating
	informational table.Informational
	affected      []affected
}

type affected struct {
	ecosystem, name string
	ranges          []table.Range
}

// fact is what is known of a CVE beside documents.
type fact struct {
	rating     *table.Rating
	cwes       []uint32
	added, due table.Day
	ransomware bool
}

// Options of a Builder.
type Options struct {
	// Name of the database.
	Name string
	// Texts keeps summaries and details.
	Texts bool
}

// Builder gathers what a database is made of.
type Builder struct {
	o        Options
	records  map[string]*record
	facts    map[string]*fact
	covered  map[[2]string]bool
	coverage map[string]table.Coverage
	inputs   []table.Input
}

// New makes an empty Builder.
func New(o Options) *Builder {
	return &Builder{
		o: o, records: make(map[string]*record), facts: make(map[string]*fact),
		covered: make(map[[2]string]bool), coverage: make(map[string]table.Coverage),
	}
}

// Normalize gives the ecosystem and name under which a package is found, which
// for some ecosystems are not as written. ok is false for ecosystems that are
// not matched at all.
func Normalize(ecosystem, name string) (eco, pkg string, ok bool) {
	kind, release, _ := strings.Cut(ecosystem, ":")
	switch kind {
	case "PyPI":
		return ecosystem, normalizePyPI(name), true
	case "Packagist", "NuGet", "Bitnami":
		return ecosystem, strings.ToLower(name), true
	case "crates.io":
		return ecosystem, strings.ToLower(strings.ReplaceAll(name, "_", "-")), true
	case "Ubuntu":
		// "22.04:LTS" is a release, "Pro:22.04:LTS" the paid repository beside it.
		if strings.HasPrefix(release, "Pro") || strings.HasPrefix(release, "FIPS") {
			return "", "", false
		}
		return "Ubuntu:" + strings.TrimSuffix(release, ":LTS"), name, true
	}
	return ecosystem, name, name != ""
}

func normalizePyPI(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '_' || c == '.' || 'A' <= c && c <= 'Z' || c == '-' && i+1 < len(s) && s[i+1] == '-' {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	separator := false
	for _, r := range strings.ToLower(s) {
		if r == '-' || r == '_' || r == '.' {
			separator = true
			continue
		}
		if separator && b.Len() > 0 {
			b.WriteByte('-')
		}
		separator = false
		b.WriteRune(r)
	}
	return b.String()
}

// Add takes a document. Of two with one ID the one modified last counts, of
// two modified at the same time the one added last.
func (b *Builder) Add(d *osv.Document) {
	r := b.read(d)
	if old, ok := b.records[d.ID]; ok && old.modified > r.modified {
		return
	}
	b.records[d.ID] = r
}

// Remove drops all records for which f is true.
func (b *Builder) Remove(f func(id string, ecosystems []string) bool) {
	for id, r := range b.records {
		var ecosystems []string
		for _, p := range r.parts {
			for _, a := range p.affected {
				if !slices.Contains(ecosystems, a.ecosystem) {
					ecosystems = append(ecosystems, a.ecosystem)
				}
			}
		}
		if f(id, ecosystems) {
			delete(b.records, id)
		}
	}
}

func (b *Builder) read(d *osv.Document) *record {
	r := &record{id: d.ID, source: sourceOf(d), modified: day(d.Modified), published: day(d.Published), withdrawn: day(d.Withdrawn)}
	if r.withdrawn == 0 && !d.Withdrawn.IsZero() {
		r.withdrawn = 1
	}
	if b.o.Texts {
		r.summary, r.details = oneLine(d.Summary), d.Details
	}
	r.cwes = cwes(d.Specific.CWEs)
	b.readNames(r, d)
	if r.withdrawn != 0 {
		r.parts = []part{{}}
		return r
	}
	shared := ratings(d.Severity, &d.Specific, r.source.Rater)
	if len(shared) == 0 && r.source.Distribution {
		shared = summaryRating(d.Summary, r.source.Rater)
	}
	modular := false
	var platforms []string // where all that is affected is so on the same ones
	for i := range d.Affected {
		a := &d.Affected[i]
		ecosystem, name, ok := Normalize(a.Ecosystem, a.Name)
		if !ok {
			continue
		}
		own := ratings(a.Severity, &a.Specific, r.source.Rater)
		if u := cvss.Word(a.Specific.Urgency); u != finding.Unrated {
			own = append(own, table.Rating{Severity: u, Source: r.source.Rater})
		}
		if len(own) == 0 {
			own = shared
		}
		var info table.Informational
		if s := cmp.Or(a.Specific.Informational, d.Specific.Informational); s != "" {
			info = table.ParseInformational(s)
		}
		r.cwes = append(r.cwes, cwes(a.Specific.CWEs)...)
		if ecosystem == "Go" {
			if len(r.parts) == 0 {
				platforms = a.Platforms
			} else if !slices.Equal(platforms, a.Platforms) {
				platforms = nil
			}
		} else {
			platforms = nil
		}
		out := affected{ecosystem, name, intervals(a)}
		for _, x := range out.ranges {
			modular = modular || strings.Contains(x.End, ".module")
		}
		r.add(own, info, out)
	}
	if len(r.parts) == 0 {
		r.parts = []part{{ratings: shared}}
	}
	if modular {
		r.module = moduleOf(d.Summary)
	}
	if len(platforms) > 0 {
		r.module = table.PlatformsPrefix + strings.Join(platforms, " ")
	}
	slices.Sort(r.cwes)
	r.cwes = slices.Compact(r.cwes)
	return r
}

// add puts an affected package to the part with its ratings.
func (r *record) add(ratings []table.Rating, info table.Informational, a affected) {
	for i := range r.parts {
		p := &r.parts[i]
		if p.informational == info && slices.Equal(p.ratings, ratings) {
			p.affected = append(p.affected, a)
			return
		}
	}
	r.parts = append(r.parts, part{ratings, info, []affected{a}})
}

func (b *Builder) readNames(r *record, d *osv.Document) {
	names := slices.Concat([]string{d.ID}, d.Aliases, d.Upstream)
	var cves []string
	for _, n := range names {
		if isCVE(n) {
			cves = append(cves, n)
		}
	}
	if len(cves) == 0 && r.source.Distribution {
		for _, n := range d.Related {
			if isCVE(n) {
				cves = append(cves, n)
			}
		}
	}
	slices.Sort(cves)
	cves = slices.Compact(cves)
	var others []string
	for _, n := range names[1:] {
		if !isCVE(n) && n != d.ID && !slices.Contains(others, n) {
			others = append(others, n)
		}
	}
	slices.Sort(others)
	switch {
	case len(cves) > 1:
		r.each, r.loose = cves, others
	default:
		r.names = append(cves, others...)
		// A distribution's advisory on one CVE is not another name of the CVE.
		r.own = !r.source.Distribution || len(cves) == 0
	}
}

// day cuts a time to its day; 0 for one outside of what a Day can hold.
func day(t time.Time) table.Day {
	if t.IsZero() || t.Unix() <= 0 || t.Year() > 2140 {
		return 0
	}
	return table.Day(t.Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) table.Day {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0
	}
	return day(t)
}

// DayString writes YYYY-MM-DD; empty for 0.
func DayString(d table.Day) string {
	if d == 0 {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}

func cwes(list []string) (out []uint32) {
	for _, s := range list {
		if n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(s), "CWE-"), 10, 24); err == nil {
			out = append(out, uint32(n))
		}
	}
	return out
}

// ratings reads what a publisher says of how bad a flaw is: vectors, else
// scores, else a word.
func ratings(severities []osv.Severity, s *osv.Specific, rater string) (out []table.Rating) {
	for _, v := range severities {
		if score, err := cvss.Parse(v.Score); err == nil {
			out = append(out, table.Rating{Severity: score.Severity, Score: score.Tenths, Vector: score.Vector, Source: rater})
		} else if word := cvss.Word(v.Score); word != finding.Unrated {
			out = append(out, table.Rating{Severity: word, Source: cmp.Or(strings.TrimPrefix(v.Type, "CVSS_"), rater)})
		}
	}
	if len(out) == 0 {
		for _, v := range s.Scores {
			tenths := uint16(v.Score*10 + 0.5)
			out = append(out, table.Rating{Severity: cvss.Severity(tenths, v.Version), Score: tenths, Source: rater})
		}
	}
	if word := cvss.Word(s.Severity); len(out) == 0 && word != finding.Unrated {
		out = append(out, table.Rating{Severity: word, Source: rater})
	}
	return out
}

// summaryRating reads the word that Red Hat's and its rebuilds' errata begin
// with: "Important: openssl security update".
func summaryRating(summary, rater string) []table.Rating {
	word, _, found := strings.Cut(summary, ":")
	if s := cvss.Word(word); found && s != finding.Unrated {
		return []table.Rating{{Severity: s, Source: rater}}
	}
	return nil
}

var moduleName = regexp.MustCompile(`(?:^|\s)([a-zA-Z0-9._+-]+:[a-zA-Z0-9._+-]+)\s`)

// moduleOf reads the stream of a modular erratum out of its summary.
func moduleOf(summary string) string {
	if m := moduleName.FindStringSubmatch(summary); m != nil && !strings.HasPrefix(m[1], "ALSA") {
		return m[1]
	}
	return ""
}

// Cover marks a package of an ecosystem as one that the data is known to cover.
func (b *Builder) Cover(ecosystem, name string) {
	if eco, n, ok := Normalize(ecosystem, name); ok {
		b.covered[[2]string{eco, n}] = true
	}
}

// SetCoverage says what the records can say of an ecosystem or release.
func (b *Builder) SetCoverage(c table.Coverage) { b.coverage[c.Key] = c }

// Coverage gives what was said of an ecosystem or release.
func (b *Builder) Coverage(key string) (table.Coverage, bool) {
	c, ok := b.coverage[key]
	return c, ok
}

// AddInput notes a file that was read.
func (b *Builder) AddInput(in table.Input) { b.inputs = append(b.inputs, in) }

func (b *Builder) fact(cve string) *fact {
	f, ok := b.facts[cve]
	if !ok {
		f = &fact{}
		b.facts[cve] = f
	}
	return f
}

// maxList bounds the JSON files of CISA.
const maxList = 256 << 20

// AddKEV reads CISA's list of known exploited vulnerabilities and gives the
// number of its entries and the day it was released.
func (b *Builder) AddKEV(r io.Reader) (entries int, date string, err error) {
	var list struct {
		Released        string `json:"dateReleased"`
		Vulnerabilities []struct {
			CVE        string   `json:"cveID"`
			Added      string   `json:"dateAdded"`
			Due        string   `json:"dueDate"`
			Ransomware string   `json:"knownRansomwareCampaignUse"`
			CWEs       []string `json:"cwes"`
		} `json:"vulnerabilities"`
	}
	if err := json.NewDecoder(io.LimitReader(r, maxList)).Decode(&list); err != nil {
		return 0, "", fmt.Errorf("read list of known exploited vulnerabilities: %w", err)
	}
	for _, v := range list.Vulnerabilities {
		added := ParseDay(v.Added)
		if !isCVE(v.CVE) || added == 0 {
			return 0, "", fmt.Errorf("entry %q of the list of known exploited vulnerabilities has no CVE or no day", v.CVE)
		}
		f := b.fact(v.CVE)
		f.added, f.due, f.ransomware = added, ParseDay(v.Due), v.Ransomware == "Known"
		f.cwes = append(f.cwes, cwes(v.CWEs)...)
	}
	return len(list.Vulnerabilities), list.Released[:min(len(list.Released), len(time.DateOnly))], nil
}

// AddEnrichment reads CISA's vectors and CWEs by CVE.
func (b *Builder) AddEnrichment(r io.Reader) (entries int, date string, err error) {
	var list struct {
		Date string `json:"date"`
		CVEs map[string]struct {
			CVSS string   `json:"cvss"`
			CWE  []string `json:"cwe"`
		} `json:"cves"`
	}
	if err := json.NewDecoder(io.LimitReader(r, maxList)).Decode(&list); err != nil {
		return 0, "", fmt.Errorf("read CISA's enrichment: %w", err)
	}
	for cve, v := range list.CVEs {
		score, err := cvss.Parse(v.CVSS)
		if !isCVE(cve) || err != nil && len(v.CWE) == 0 {
			continue
		}
		f := b.fact(cve)
		if err == nil {
			f.rating = &table.Rating{Severity: score.Severity, Score: score.Tenths, Vector: score.Vector, Source: RaterCISA}
		}
		f.cwes = append(f.cwes, cwes(v.CWE)...)
	}
	return len(list.CVEs), list.Date, nil
}

// AddModel takes everything of a compiled database.
func (b *Builder) AddModel(m *table.Model) {
	for _, c := range m.Meta.Coverage {
		b.coverage[c.Key] = c
	}
	b.inputs = append(b.inputs, m.Meta.Inputs...)
	for i := range m.Flaws {
		f := &m.Flaws[i]
		if !isCVE(f.Name) {
			continue
		}
		var rating *table.Rating
		for _, r := range f.Ratings {
			if r.Source == RaterCISA {
				rating = &r
			}
		}
		if rating != nil || len(f.CWEs) > 0 || f.KEVAdded != 0 {
			b.facts[f.Name] = &fact{rating, f.CWEs, f.KEVAdded, f.KEVDue, f.Ransomware}
		}
	}
	parts := make([]*part, len(m.Records))
	for i := range m.Records {
		in := &m.Records[i]
		r, again := b.records[in.ID]
		if !again || i == 0 || m.Records[i-1].ID != in.ID {
			r = &record{
				id: in.ID, source: m.Meta.Sources[in.Source], loose: in.Loose, module: in.Module, modified: in.Modified,
				published: in.Published, withdrawn: in.Withdrawn, summary: in.Summary, details: in.Details,
			}
			if !b.o.Texts {
				r.summary, r.details = "", ""
			}
			first := &m.Flaws[in.Flaws[0]]
			if len(in.Flaws) > 1 {
				for _, f := range in.Flaws {
					r.each = append(r.each, m.Flaws[f].Name)
				}
			} else {
				r.names = append(r.names, first.Name)
				r.names = append(r.names, first.Aliases...)
				r.own = slices.Contains(r.names, in.ID) || !r.source.Distribution
				r.names = slices.DeleteFunc(r.names, func(s string) bool { return s == in.ID })
				if !isCVE(first.Name) {
					r.cwes = first.CWEs
				}
			}
			r.parts = make([]part, 0, 4)
			b.records[in.ID] = r
		}
		r.parts = append(r.parts, part{ratings: in.Ratings, informational: in.Informational})
		parts[i] = &r.parts[len(r.parts)-1]
	}
	// Taking the address of a part is safe only when its slice does not grow any more.
	seen := make(map[string]int)
	for i := range m.Records {
		id := m.Records[i].ID
		parts[i] = &b.records[id].parts[seen[id]]
		seen[id]++
	}
	for i := range m.Packages {
		p := &m.Packages[i]
		if p.Covered {
			b.covered[[2]string{p.Ecosystem, p.Name}] = true
		}
		for _, e := range p.Entries {
			parts[e.Record].affected = append(parts[e.Record].affected, affected{p.Ecosystem, p.Name, e.Ranges})
		}
	}
}

// Model puts everything together.
func (b *Builder) Model() *table.Model {
	ids := make([]string, 0, len(b.records))
	for id := range b.records {
		ids = append(ids, id)
	}
	// Those that name a CVE come first: they say which CVE a name belongs to.
	slices.SortFunc(ids, func(x, y string) int {
		if c := cmp.Compare(b.records[x].namesCVE(), b.records[y].namesCVE()); c != 0 {
			return -c
		}
		return strings.Compare(x, y)
	})
	u := newUnion()
	for cve := range b.facts {
		u.find(cve)
	}
	for _, id := range ids {
		r := b.records[id]
		for _, n := range r.each {
			u.find(n)
		}
		if len(r.each) > 0 {
			continue
		}
		if r.own {
			u.find(r.id)
		}
		names := r.names
		for i, n := range names {
			u.find(n)
			if i > 0 && !u.join(names[0], n) {
				r.loose = append(r.loose, n)
			}
		}
		if r.own && len(names) > 0 && !u.join(names[0], r.id) {
			r.own = false
		}
	}
	m := &table.Model{Meta: table.Meta{Name: b.o.Name, Inputs: b.inputs}}
	flaws := b.flaws(u, m)
	slices.Sort(ids)
	b.fill(m, ids, flaws)
	for _, c := range b.coverage {
		m.Meta.Coverage = append(m.Meta.Coverage, c)
	}
	for _, in := range b.inputs {
		m.Meta.Day = max(m.Meta.Day, ParseDay(in.Date))
	}
	slices.SortFunc(m.Meta.Coverage, func(x, y table.Coverage) int { return strings.Compare(x.Key, y.Key) })
	slices.SortFunc(m.Meta.Inputs, func(x, y table.Input) int {
		return cmp.Or(strings.Compare(x.File, y.File), strings.Compare(x.SHA256, y.SHA256))
	})
	return m
}

// namesCVE is 1 for records by which names are tied to a CVE.
func (r *record) namesCVE() int {
	if isCVE(r.id) || slices.ContainsFunc(r.names, isCVE) {
		return 1
	}
	return 0
}

// flaws makes the flaws of the sets of names, sorted, and gives where each name's is.
func (b *Builder) flaws(u *union, m *table.Model) map[string]int {
	sets := u.sets()
	m.Flaws = make([]table.Flaw, 0, len(sets))
	for _, members := range sets {
		f := table.Flaw{Name: bestName(members)}
		for _, n := range members {
			if n != f.Name && !private(n) {
				f.Aliases = append(f.Aliases, n)
			}
		}
		if x, ok := b.facts[f.Name]; ok {
			f.KEVAdded, f.KEVDue, f.Ransomware = x.added, x.due, x.ransomware
			f.CWEs = slices.Clone(x.cwes)
			if x.rating != nil {
				f.Ratings = []table.Rating{*x.rating}
			}
		}
		m.Flaws = append(m.Flaws, f)
	}
	slices.SortFunc(m.Flaws, func(x, y table.Flaw) int { return strings.Compare(x.Name, y.Name) })
	at := make(map[string]int, len(u.parent))
	named := make(map[string]int, len(m.Flaws))
	for i := range m.Flaws {
		named[m.Flaws[i].Name] = i
	}
	for _, members := range sets {
		i := named[bestName(members)]
		for _, n := range members {
			at[n] = i
		}
	}
	return at
}

// fill writes records and packages, and adds to each flaw what single records say of it.
func (b *Builder) fill(m *table.Model, ids []string, flaws map[string]int) {
	sources := make(map[table.Source]int)
	for _, id := range ids {
		sources[b.records[id].source] = 0
	}
	for s := range sources {
		m.Meta.Sources = append(m.Meta.Sources, s)
	}
	slices.SortFunc(m.Meta.Sources, func(x, y table.Source) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.License, y.License), strings.Compare(x.URL, y.URL), strings.Compare(x.Rater, y.Rater))
	})
	for i, s := range m.Meta.Sources {
		sources[s] = i
	}
	packages := make(map[[2]string][]table.Entry)
	for key := range b.covered {
		packages[key] = nil
	}
	for _, id := range ids {
		r := b.records[id]
		var of []int
		switch {
		case len(r.each) > 0:
			for _, n := range r.each {
				of = append(of, flaws[n])
			}
		case len(r.names) > 0:
			of = []int{flaws[r.names[0]]}
		default:
			of = []int{flaws[r.id]}
		}
		slices.Sort(of)
		of = slices.Compact(of)
		slices.Sort(r.loose)
		slices.SortFunc(r.parts, compareParts)
		for k := range r.parts {
			p := &r.parts[k]
			out := table.Record{
				ID: r.id, Source: sources[r.source], Flaws: of, Loose: slices.Compact(r.loose), Ratings: p.ratings, Module: r.module,
				Published: r.published, Modified: r.modified, Withdrawn: r.withdrawn, Informational: p.informational,
				Summary: r.summary, Details: r.details,
			}
			if len(of) == 1 {
				f := &m.Flaws[of[0]]
				f.CWEs = append(f.CWEs, r.cwes...)
				for _, rating := range p.ratings {
					if r.ratesFlaw(rating) && !slices.Contains(f.Ratings, rating) {
						f.Ratings = append(f.Ratings, rating)
					}
				}
			}
			for _, a := range p.affected {
				key := [2]string{a.ecosystem, a.name}
				packages[key] = append(packages[key], table.Entry{Record: len(m.Records), Ranges: a.ranges})
			}
			m.Records = append(m.Records, out)
		}
	}
	for i := range m.Flaws {
		f := &m.Flaws[i]
		slices.Sort(f.CWEs)
		f.CWEs = slices.Compact(f.CWEs)
		slices.SortFunc(f.Ratings, compareRatings)
	}
	for key, entries := range packages {
		m.Packages = append(m.Packages, table.Package{Ecosystem: key[0], Name: key[1], Covered: b.covered[key], Entries: joinEntries(entries)})
	}
	slices.SortFunc(m.Packages, func(x, y table.Package) int {
		return cmp.Or(strings.Compare(x.Ecosystem, y.Ecosystem), strings.Compare(x.Name, y.Name))
	})
}

// ratesFlaw: a vector or score is of the flaw wherever it is; a distribution's
// word is of its own package, and a bare word of the publisher's.
func (r *record) ratesFlaw(x table.Rating) bool {
	return r.withdrawn == 0 && !r.source.Distribution && (x.Vector != "" || x.Score > 0)
}

// joinEntries makes one entry of those of one record (a document may name a
// package several times).
func joinEntries(entries []table.Entry) []table.Entry {
	slices.SortStableFunc(entries, func(x, y table.Entry) int { return x.Record - y.Record })
	var out []table.Entry
	for _, e := range entries {
		if n := len(out); n > 0 && out[n-1].Record == e.Record {
			out[n-1].Ranges = unique(slices.Concat(out[n-1].Ranges, e.Ranges))
			continue
		}
		out = append(out, e)
	}
	return out
}

func compareParts(x, y part) int {
	return cmp.Or(int(x.informational)-int(y.informational), slices.CompareFunc(x.ratings, y.ratings, compareRatings))
}

func compareRatings(x, y table.Rating) int {
	return cmp.Or(strings.Compare(x.Source, y.Source), strings.Compare(x.Vector, y.Vector), cmp.Compare(x.Score, y.Score), cmp.Compare(x.Severity, y.Severity))
}
