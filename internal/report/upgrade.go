package report

import (
	"cmp"
	"slices"
	"strings"

	"bulwark/internal/advisory/version"
	"bulwark/internal/finding"
)

// upgrade is one thing to do, or one thing that nothing can be done about yet:
// the vulnerabilities of what is upgraded together. Packages that an OS builds
// from one source have one fix; a language package is one upgrade however many
// copies of it there are.
type upgrade struct {
	typ, name, installed string
	// to is the lowest version that fixes every vulnerability that has a fix;
	// empty for a group without one.
	to string
	// packages are the names of what is installed, sorted, places where.
	packages []string
	places   []finding.Location
	// advisories are the distinct vulnerabilities, worst first.
	advisories []*finding.Result
	counts     map[finding.Severity]int
	kev        int
}

// upgrades groups vulnerabilities into what can be upgraded and what has no
// known fix, both worst first.
func upgrades(results []*finding.Result, packages map[string]*finding.Package) (fixable, unfixed []*upgrade) {
	type key struct {
		typ, name, installed string
		fixed                bool
	}
	groups := make(map[key]*upgrade)
	var order []*upgrade
	for _, res := range results {
		if res.Check != finding.CheckVulnerability || res.Advisory == nil {
			continue
		}
		pkg := packages[res.Package]
		if pkg == nil { // a report from elsewhere
			pkg = &finding.Package{Name: res.Package, PURL: res.Package}
		}
		k := key{pkg.Type, pkg.Name, pkg.Version, len(res.Advisory.Fixed) > 0}
		if pkg.SourceName != "" {
			k.name = pkg.SourceName
		}
		if pkg.SourceVersion != "" {
			k.installed = pkg.SourceVersion
		}
		u := groups[k]
		if u == nil {
			u = &upgrade{typ: k.typ, name: k.name, installed: k.installed, counts: map[finding.Severity]int{}}
			groups[k] = u
			order = append(order, u)
		}
		u.add(res, pkg)
	}
	for _, u := range order {
		u.finish()
		if u.to != "" {
			fixable = append(fixable, u)
		} else {
			unfixed = append(unfixed, u)
		}
	}
	slices.SortStableFunc(fixable, compareUpgrades)
	slices.SortStableFunc(unfixed, compareUpgrades)
	return fixable, unfixed
}

func (u *upgrade) add(res *finding.Result, pkg *finding.Package) {
	if !slices.Contains(u.packages, pkg.Name) {
		u.packages = append(u.packages, pkg.Name)
	}
	for _, l := range pkg.Locations {
		if !slices.Contains(u.places, l) {
			u.places = append(u.places, l)
		}
	}
	if len(res.Advisory.Fixed) > 0 {
		if fix := res.Advisory.Fixed[0]; u.to == "" || newer(ecosystemOf(res), fix, u.to) {
			u.to = fix
		}
	}
	for i, other := range u.advisories {
		if other.Advisory.ID == res.Advisory.ID {
			if res.Rating.Severity > other.Rating.Severity {
				u.advisories[i] = res
			}
			return
		}
	}
	u.advisories = append(u.advisories, res)
}

// finish counts and sorts what add collected.
func (u *upgrade) finish() {
	for _, res := range u.advisories {
		u.counts[res.Rating.Severity]++
		if res.Advisory.KEV != nil {
			u.kev++
		}
	}
	slices.Sort(u.packages)
	slices.SortStableFunc(u.advisories, func(a, b *finding.Result) int {
		return cmp.Or(
			boolRank(b.Advisory.KEV != nil)-boolRank(a.Advisory.KEV != nil),
			cmp.Compare(b.Rating.Severity, a.Rating.Severity),
			cmp.Compare(b.Rating.Score, a.Rating.Score),
			cmp.Compare(a.Advisory.ID, b.Advisory.ID),
		)
	})
	slices.SortStableFunc(u.places, func(a, b finding.Location) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Layer, b.Layer))
	})
}

// label is the worst severity of the group.
func (u *upgrade) label() finding.Severity {
	for _, s := range finding.Severities() {
		if u.counts[s] > 0 {
			return s
		}
	}
	return finding.Unrated
}

func compareUpgrades(a, b *upgrade) int {
	if c := boolRank(b.kev > 0) - boolRank(a.kev > 0); c != 0 {
		return c
	}
	for _, s := range finding.Severities() {
		if c := cmp.Compare(b.counts[s], a.counts[s]); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.typ, b.typ), cmp.Compare(a.installed, b.installed))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ecosystemOf is the ecosystem whose order the fixed versions are in.
func ecosystemOf(res *finding.Result) string {
	if len(res.Advisory.Sources) == 0 {
		return ""
	}
	return res.Advisory.Sources[0].Ecosystem
}

// newer reports whether version a is above b in the ecosystem's order. Where
// the order can't tell, the one with the greater text is taken: a proposal has
// to be made, and which one is the same every time.
func newer(ecosystem, a, b string) bool {
	if c, err := version.Of(ecosystem).Compare(a, b); err == nil {
		return c > 0
	}
	return strings.Compare(a, b) > 0
}
