package finding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Presence narrows by a property that is there or not.
type Presence uint8

// Presences. The zero value does not narrow.
const (
	Any Presence = iota
	Without
	Only
)

// ParsePresence reads "any", "without" or "only".
func ParsePresence(s string) (Presence, error) {
	i := slices.Index(presenceNames[:], s)
	if i < 0 {
		return Any, fmt.Errorf("%q is not one of any, without, only", s)
	}
	return Presence(i), nil
}

var presenceNames = [...]string{"any", "without", "only"}

// String gives the name as [ParsePresence] reads it.
func (p Presence) String() string { return presenceNames[min(int(p), len(presenceNames)-1)] }

func (p Presence) admits(is bool) bool { return p == Any || is == (p == Only) }

// Filter narrows a report to a view. Conditions of one field are alternatives;
// different fields must all be met. Coverage, unread and verdict always stay
// whole: a view does not make a scan more complete or its verdict better.
type Filter struct {
	Severities []Severity
	// Fixed and KEV, when not Any, leave only vulnerabilities and notices.
	Fixed, KEV         Presence
	Hidden, Suppressed Presence
	// Paths are patterns (** anything, * anything but a slash), Packages
	// patterns of a name, source name or purl.
	Paths, Packages []string
	// Types are purl types.
	Types []string
	// Layers are indices from the bottom.
	Layers []int
	Checks []string
	// IDs are advisories by any name.
	IDs []string
}

// ParseSeverities reads "critical,high" or ">=medium". Unrated is part of every
// ">=", as nobody said that it is less.
func ParseSeverities(s string) ([]Severity, error) {
	if rest, ok := strings.CutPrefix(s, ">="); ok {
		least, err := ParseSeverity(strings.TrimSpace(rest))
		if err != nil {
			return nil, err
		}
		var out []Severity
		for _, sev := range Severities() {
			if sev >= least || sev == Unrated {
				out = append(out, sev)
			}
		}
		return out, nil
	}
	var out []Severity
	for word := range strings.SplitSeq(s, ",") {
		sev, err := ParseSeverity(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		out = append(out, sev)
	}
	return out, nil
}

// Validate reports conditions that can't be meant.
func (f Filter) Validate() error {
	for _, l := range f.Layers {
		if l < 0 {
			return fmt.Errorf("layer %d: layers are counted from 0", l)
		}
	}
	for _, p := range slices.Concat(f.Paths, f.Packages, f.Types, f.Checks, f.IDs) {
		if p == "" {
			return fmt.Errorf("empty filter")
		}
	}
	return nil
}

// IsZero reports whether the filter leaves a report as it is.
func (f Filter) IsZero() bool { return len(f.words()) == 0 }

// words says the filter's conditions, for Report.Filtered.
func (f Filter) words() []string {
	var out []string
	add := func(name string, values ...string) {
		if len(values) > 0 {
			out = append(out, name+"="+strings.Join(values, ","))
		}
	}
	presence := func(name string, p Presence) {
		if p != Any {
			add(name, p.String())
		}
	}
	var severities, layers []string
	for _, s := range f.Severities {
		severities = append(severities, s.String())
	}
	for _, l := range f.Layers {
		layers = append(layers, strconv.Itoa(l))
	}
	add("severity", severities...)
	presence("fixed", f.Fixed)
	presence("kev", f.KEV)
	presence("hidden", f.Hidden)
	presence("suppressed", f.Suppressed)
	add("path", f.Paths...)
	add("package", f.Packages...)
	add("type", f.Types...)
	add("layer", layers...)
	add("check", f.Checks...)
	add("id", f.IDs...)
	return out
}

// Apply gives a narrowed copy. The report and the copy share what is in their
// packages and results, which must not be changed.
func (f Filter) Apply(r *Report) *Report {
	view := *r
	words := f.words()
	if len(words) == 0 {
		return &view
	}
	view.Filtered = slices.Concat(r.Filtered, words)
	view.Packages = make([]Package, 0, len(r.Packages))
	view.Results = make([]Result, 0, len(r.Results))
	packages := make(map[string]*Package, len(r.Packages))
	for i := range r.Packages {
		p := &r.Packages[i]
		packages[p.ID] = p
		if f.admitsPackage(p) && f.Hidden.admits(p.Hidden) && f.admitsPlace(p.Locations) {
			view.Packages = append(view.Packages, *p)
		}
	}
	for i := range r.Results {
		if res := &r.Results[i]; f.admits(res, packages[res.Package]) {
			view.Results = append(view.Results, *res)
		}
	}
	return &view
}

// admitsPackage tells by what the package is, not by where.
func (f Filter) admitsPackage(p *Package) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, p.Type) {
		return false
	}
	return len(f.Packages) == 0 || slices.ContainsFunc(f.Packages, func(pattern string) bool {
		if strings.HasPrefix(pattern, "pkg:") {
			return matchPURL(pattern, p.PURL)
		}
		return glob(pattern, p.Name) || p.SourceName != "" && glob(pattern, p.SourceName)
	})
}

func (f Filter) admitsPlace(at []Location) bool {
	if len(f.Paths) == 0 && len(f.Layers) == 0 {
		return true
	}
	return slices.ContainsFunc(at, func(l Location) bool {
		if len(f.Layers) > 0 && !slices.Contains(f.Layers, l.Layer) {
			return false
		}
		return len(f.Paths) == 0 || slices.ContainsFunc(f.Paths, func(p string) bool {
			return glob(strings.TrimPrefix(p, "/"), strings.TrimPrefix(l.Path, "/"))
		})
	})
}

func (f Filter) admits(res *Result, pkg *Package) bool {
	if len(f.Severities) > 0 && !slices.Contains(f.Severities, res.Rating.Severity) {
		return false
	}
	if len(f.Checks) > 0 && !slices.Contains(f.Checks, res.Check) {
		return false
	}
	if len(f.IDs) > 0 && !slices.ContainsFunc(f.IDs, res.Named) {
		return false
	}
	if !f.Hidden.admits(res.Hidden) || !f.Suppressed.admits(res.Suppressed != nil) {
		return false
	}
	if f.Fixed != Any && (res.Advisory == nil || !f.Fixed.admits(len(res.Advisory.Fixed) > 0)) {
		return false
	}
	if f.KEV != Any && (res.Advisory == nil || !f.KEV.admits(res.Advisory.KEV != nil)) {
		return false
	}
	if len(f.Types)+len(f.Packages) > 0 && (pkg == nil || !f.admitsPackage(pkg)) {
		return false
	}
	at := res.Locations
	if pkg != nil {
		at = slices.Concat(at, pkg.Locations)
	}
	return f.admitsPlace(at)
}

// shortestPrefix is how many characters of a fingerprint name a finding.
const shortestPrefix = 4

// Find gives the results that id names: a fingerprint or its beginning (at
// least 4 characters, which may be the beginning of several), an advisory by any
// name, or a check. A name wins.
func Find(r *Report, id string) []*Result {
	var byPrint, byName []*Result
	lower := strings.ToLower(id)
	for i := range r.Results {
		res := &r.Results[i]
		if len(id) >= shortestPrefix && strings.HasPrefix(res.Fingerprint, lower) {
			byPrint = append(byPrint, res)
		}
		if res.Named(id) {
			byName = append(byName, res)
		}
	}
	if len(byName) > 0 {
		return byName
	}
	return byPrint
}
