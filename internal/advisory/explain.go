package advisory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// Explanation is what the database holds on an advisory.
type Explanation struct {
	// ID is the one shown: the CVE where there is one.
	ID      string           `json:"id"`
	Aliases []string         `json:"aliases,omitempty"`
	KEV     *finding.KEV     `json:"kev,omitempty"`
	CWEs    []string         `json:"cwes,omitempty"`
	Ratings []finding.Rating `json:"ratings,omitempty"`
	// Records are the documents of all sources that speak of it.
	Records []ExplainedRecord `json:"records"`
}

// ExplainedRecord is one document.
type ExplainedRecord struct {
	ID string `json:"id"`
	// Source is the feed's name: "PyPA advisory database".
	Source  string `json:"source"`
	License string `json:"license,omitempty"`
	URL     string `json:"url,omitempty"`
	// Flaws are the CVEs that it bundles, where it is on more than one.
	Flaws         []string `json:"flaws,omitempty"`
	Informational string   `json:"informational,omitempty"`
	Module        string   `json:"module,omitempty"`
	// Platforms are the only ones that it is about ("windows/*"), where it says so.
	Platforms []string           `json:"platforms,omitempty"`
	Ratings   []finding.Rating   `json:"ratings,omitempty"`
	Published time.Time          `json:"published,omitzero"`
	Modified  time.Time          `json:"modified,omitzero"`
	Withdrawn time.Time          `json:"withdrawn,omitzero"`
	Summary   string             `json:"summary,omitempty"`
	Details   string             `json:"details,omitempty"`
	Affected  []ExplainedPackage `json:"affected,omitempty"`
}

// ExplainedPackage is a package that a document says is affected.
type ExplainedPackage struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	// Affected are ranges in words; empty when the document names no versions.
	Affected []string `json:"affected,omitempty"`
	Fixed    []string `json:"fixed,omitempty"`
}

// Explain gives what is known of an advisory by any of its names, in any case.
// It is false when no record has the name, or when the database is damaged.
// Looking all records through takes some milliseconds.
func (db *DB) Explain(id string) (e Explanation, ok bool) {
	err := guarded(func() error {
		e, ok = db.explainAny(id)
		return nil
	})
	return e, ok && err == nil
}

// explainAny tries the spellings of an ID.
func (db *DB) explainAny(id string) (Explanation, bool) {
	m, err := db.meta()
	if err != nil {
		return Explanation{}, false
	}
	for _, name := range spellings(id) {
		flaws, records, err := db.file.FlawsNamed(name)
		if err != nil {
			return Explanation{}, false
		}
		if len(flaws) == 0 && len(records) == 0 {
			continue
		}
		e, err := db.explain(m, name, flaws, records)
		return e, err == nil
	}
	return Explanation{}, false
}

// spellings are the ways an ID that somebody typed may be stored.
func spellings(id string) []string {
	id = strings.TrimSpace(id)
	upper := strings.ToUpper(id)
	out := []string{id, upper, "x_" + id}
	if rest, found := strings.CutPrefix(upper, "GHSA-"); found {
		out = append(out, "GHSA-"+strings.ToLower(rest))
	}
	return out
}

func (db *DB) explain(m *meta, name string, flaws, records []uint32) (Explanation, error) {
	e := Explanation{ID: shown(name)}
	var ratings []table.Rating
	if len(flaws) == 1 {
		f, err := db.file.Flaw(flaws[0])
		if err != nil {
			return e, err
		}
		e.ID, e.KEV = shown(f.Name), kev(&f)
		for _, n := range f.Aliases {
			e.Aliases = append(e.Aliases, shown(n))
		}
		for _, n := range f.CWEs {
			e.CWEs = append(e.CWEs, cwe(n))
		}
		ratings = f.Ratings
	}
	of, err := db.file.RecordsOf(flaws)
	if err != nil {
		return e, err
	}
	records = append(records, of...)
	slices.Sort(records)
	records = slices.Compact(records)
	affected, err := db.affectedBy(records)
	if err != nil {
		return e, err
	}
	for _, i := range records {
		r, err := db.file.Record(i)
		if err != nil {
			return e, err
		}
		if r.Source >= len(m.Sources) {
			return e, ErrCorrupt
		}
		source := m.Sources[r.Source]
		out := ExplainedRecord{
			ID: shown(r.ID), Source: source.Name, License: source.License, URL: link(source.URL, r.ID, e.ID, ""),
			Informational: r.Informational.String(), Module: r.Module, Published: clock(r.Published), Modified: clock(r.Modified),
			Withdrawn: clock(r.Withdrawn), Summary: r.Summary, Affected: affected[i],
		}
		if list, limited := strings.CutPrefix(r.Module, table.PlatformsPrefix); limited {
			out.Module, out.Platforms = "", strings.Fields(list)
		}
		if out.Details, err = db.file.Details(i); err != nil {
			return e, err
		}
		for _, x := range r.Ratings {
			out.Ratings = append(out.Ratings, rating(x))
		}
		if len(r.Flaws) > 1 {
			for _, v := range r.Flaws {
				f, err := db.file.Flaw(uint32(v))
				if err != nil {
					return e, err
				}
				out.Flaws = append(out.Flaws, shown(f.Name))
			}
		}
		if out.ID != e.ID && !slices.Contains(e.Aliases, out.ID) && len(r.Flaws) == 1 {
			e.Aliases = append(e.Aliases, out.ID)
		}
		e.Records = append(e.Records, out)
	}
	slices.Sort(e.Aliases)
	for _, x := range ratings {
		e.Ratings = append(e.Ratings, rating(x))
	}
	return e, nil
}

// affectedBy finds the packages of records, by looking all packages through.
func (db *DB) affectedBy(records []uint32) (map[uint32][]ExplainedPackage, error) {
	out := make(map[uint32][]ExplainedPackage, len(records))
	if len(records) == 0 {
		return out, nil
	}
	wanted := make(map[uint32]bool, len(records))
	for _, r := range records {
		wanted[r] = true
	}
	var inner error
	err := db.file.All(func(ecosystem, name string, p table.Found) bool {
		for i := range p.Entries() {
			ref, err := db.file.Entry(p, i)
			if err != nil {
				inner = err
				return false
			}
			if !wanted[ref.Record] {
				continue
			}
			x := ExplainedPackage{Ecosystem: ecosystem, Name: name}
			if inner = db.file.Ranges(ref, func(r table.Range) bool {
				if r.Kind == table.Exact && r.Start == "" {
					return true
				}
				x.Affected = append(x.Affected, words(r))
				if r.Kind == table.Fixed && !slices.Contains(x.Fixed, r.End) {
					x.Fixed = append(x.Fixed, r.End)
				}
				return true
			}); inner != nil {
				return false
			}
			out[ref.Record] = append(out[ref.Record], x)
		}
		return true
	})
	for _, list := range out {
		slices.SortFunc(list, func(a, b ExplainedPackage) int {
			return cmp.Or(strings.Compare(a.Ecosystem, b.Ecosystem), strings.Compare(a.Name, b.Name))
		})
	}
	return out, cmp.Or(err, inner)
}
