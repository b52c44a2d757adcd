package advisory

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/advisory/table"
	"bulwark/internal/advisory/version"
	"bulwark/internal/finding"
)

// Bucket is OSV's public export; below it is a folder for each ecosystem.
const Bucket = "https://osv-vulnerabilities.storage.googleapis.com"

// DefaultFile is the name that the commands shown for more data build to.
const DefaultFile = "db.bwdb"

// coverage counts packages by ecosystem and release.
type coverage struct {
	meta  *meta
	byKey map[string]*counted
}

type counted struct {
	packages, known, unclear, headers int
	owned                             map[string]bool
}

func newCoverage(m *meta) *coverage { return &coverage{m, make(map[string]*counted)} }

func (c *coverage) of(key string) *counted {
	n, ok := c.byKey[key]
	if !ok {
		n = &counted{}
		c.byKey[key] = n
	}
	return n
}

// count takes a package and returns what the data can say of it. One that is
// only in an image's history is not what coverage speaks of.
func (c *coverage) count(p *finding.Package, key string, listed, unclear, headers bool) finding.CoverageLevel {
	level := c.level(key, listed, unclear)
	if p.Hidden {
		return level
	}
	n := c.of(key)
	n.packages++
	if headers {
		n.headers++
	}
	if unclear {
		n.unclear++
	}
	if level == finding.CoverageFull {
		n.known++
	}
	return level
}

func (c *coverage) level(key string, listed, unclear bool) finding.CoverageLevel {
	row := c.meta.coverage[key]
	switch {
	case row == nil:
		return finding.CoverageNone
	case !unclear && (row.Known == table.KnownAll || row.Known == table.KnownListed && listed):
		return finding.CoverageFull
	case row.Level == finding.CoverageNone:
		return finding.CoverageNone
	}
	return finding.CoveragePartial
}

// owned notes a package that its distribution's data speaks for.
func (c *coverage) owned(p *finding.Package, key string) {
	n := c.of(key)
	if n.owned == nil {
		n.owned = make(map[string]bool)
	}
	n.owned[p.ID] = true
}

func (c *coverage) lines() []finding.Coverage {
	var out []finding.Coverage
	for key, n := range c.byKey {
		line := finding.Coverage{Ecosystem: key, Level: finding.CoverageNone, Packages: n.packages, Known: n.known}
		row := c.meta.coverage[key]
		if row != nil {
			line.Level, line.Date = row.Level, row.Date
			line.Limits = slices.Clone(row.Limits)
			if row.Get != "" {
				line.Get = getCommand(row.Get)
			}
		} else {
			line.Limits, line.Get = c.missing(key)
		}
		if row != nil && row.Known == table.KnownListed {
			line.Limits = append(line.Limits, finding.T("coverage.listed", strconv.Itoa(n.known), strconv.Itoa(n.packages)))
		}
		if n.unclear > 0 {
			line.Limits = append(line.Limits, finding.T("coverage.not-comparable", strconv.Itoa(n.unclear)))
			if line.Level == finding.CoverageFull {
				line.Level = finding.CoveragePartial
			}
		}
		if n.headers > 0 {
			line.Limits = append(line.Limits, finding.T("coverage.kernel-headers", strconv.Itoa(n.headers)))
		}
		if len(n.owned) > 0 {
			line.Limits = append(line.Limits, finding.T("coverage.owned", strconv.Itoa(len(n.owned))))
		}
		out = append(out, line)
	}
	slices.SortFunc(out, func(a, b finding.Coverage) int { return strings.Compare(a.Ecosystem, b.Ecosystem) })
	return out
}

// exported are ecosystems of OSV's bucket whose packages [DB.Match] can match,
// with what its data leaves open.
var exported = []string{
	"Alpine", "AlmaLinux", "Bitnami", "CRAN", "Chainguard", "Debian", "GHC", "Go", "Hackage", "Hex", "Julia", "Maven", "MinimOS", "NuGet",
	"Packagist", "Pub", "PyPI", "Rocky Linux", "RubyGems", "SwiftURL", "Ubuntu", "Wolfi", "crates.io", "npm", "opam",
}

// fixedOnly lists ecosystems whose feeds name a flaw only once it is fixed.
var fixedOnly = []string{"Alpine", "AlmaLinux", "Rocky Linux", "Wolfi", "Chainguard", "MinimOS"}

// missing says of an ecosystem or release without data why, and how to get it.
func (c *coverage) missing(key string) (limits []finding.Text, get string) {
	name := kindOf(key)
	for k, row := range c.meta.coverage {
		if kindOf(k) == name && k != name && row.Get == "" && row.Known == table.KnownAll {
			// The ecosystem is there whole, and does not have this release.
			return []finding.Text{finding.T("coverage.release")}, ""
		}
	}
	if slices.Contains(exported, name) && version.Of(name) != version.None {
		return []finding.Text{finding.T("coverage.none")}, getCommand(name)
	}
	return []finding.Text{finding.T("coverage.unsupported")}, ""
}

func getCommand(ecosystem string) string {
	return "bulwark db build -o " + DefaultFile + " " + Bucket + "/" + url.PathEscape(ecosystem) + "/all.zip"
}
