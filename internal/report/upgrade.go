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
	key                  upgradeKey
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

// upgradeKey tells which vulnerabilities stand in one group.
type upgradeKey struct {
	typ, name, installed string
	fixed                bool
}

// keyOf is the key of a vulnerability's group; pkg is nil in a report from
// elsewhere that does not have the package.
func keyOf(res *finding.Result, pkg *finding.Package) upgradeKey {
	fixed := len(res.Advisory.Fixed) > 0
	if pkg == nil {
		return upgradeKey{name: res.Package, fixed: fixed}
	}
	return upgradeKey{
		typ: pkg.Type, name: cmp.Or(pkg.SourceName, pkg.Name), installed: cmp.Or(pkg.SourceVersion, pkg.Version), fixed: fixed,
	}
}

// upgrades groups vulnerabilities into what can be upgraded and what has no
// known fix, both worst first.
func upgrades(results []*finding.Result, packages map[string]*finding.Package) (fixable, unfixed []*upgrade) {
	groups := make(map[upgradeKey]*upgrade)
	var order []*upgrade
	for _, res := range results {
		if res.Check != finding.CheckVulnerability || res.Advisory == nil {
			continue
		}
		pkg := packages[res.Package]
		k := keyOf(res, pkg)
		if pkg == nil {
			pkg = &finding.Package{Name: res.Package, PURL: res.Package}
		}
		u := groups[k]
		if u == nil {
			u = &upgrade{key: k, typ: k.typ, name: k.name, installed: k.installed, counts: map[finding.Severity]int{}}
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
	u.to = target(u.advisories)
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

// compareVersions orders versions as the ecosystem does. Where its order can't
// tell, the text decides: a proposal has to be made, the same every time.
func compareVersions(ecosystem, a, b string) int {
	if c, err := version.Of(ecosystem).Compare(a, b); err == nil {
		return c
	}
	return strings.Compare(a, b)
}

// mostCandidates bounds the search for the lowest version that fixes all.
const mostCandidates = 200

// target is the lowest of the fixed versions that fixes every one of the
// vulnerabilities that has a fix.
//
// A vulnerability may be fixed once on each branch, as in 0.31.0 and 1.15.0:
// then 1.6.8 is above the first and has the flaw all the same. What lies between
// two fixes counts as fixed only when it has more leading parts in common with
// the lower one. What is not below the highest fix is fixed always.
func target(vulnerabilities []*finding.Result) string {
	ecosystem := ""
	var fixes [][]string
	var candidates []string
	for _, res := range vulnerabilities {
		if len(res.Advisory.Fixed) == 0 {
			continue
		}
		ecosystem = ecosystemOf(res)
		list := slices.Clone(res.Advisory.Fixed)
		slices.SortFunc(list, func(a, b string) int { return compareVersions(ecosystem, a, b) })
		fixes = append(fixes, list)
		candidates = append(candidates, list...)
	}
	if len(candidates) == 0 {
		return ""
	}
	slices.SortFunc(candidates, func(a, b string) int { return compareVersions(ecosystem, a, b) })
	candidates = slices.Compact(candidates)
	highest := candidates[len(candidates)-1]
	for _, c := range candidates[:min(len(candidates), mostCandidates)] {
		if !slices.ContainsFunc(fixes, func(list []string) bool { return !fixedAt(ecosystem, c, list) }) {
			return c
		}
	}
	return highest
}

// fixedAt reports whether a version has the fix, given all fixed versions in order.
func fixedAt(ecosystem, v string, fixes []string) bool {
	for i := len(fixes) - 1; i >= 0; i-- {
		if compareVersions(ecosystem, v, fixes[i]) < 0 {
			continue
		}
		return i == len(fixes)-1 || commonParts(v, fixes[i]) > commonParts(v, fixes[i+1])
	}
	return false
}

// commonParts counts the leading parts that two versions share.
func commonParts(a, b string) int {
	split := func(s string) []string {
		return strings.FieldsFunc(strings.TrimPrefix(s, "v"), func(r rune) bool { return strings.ContainsRune(".-+:~", r) })
	}
	x, y := split(a), split(b)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}
