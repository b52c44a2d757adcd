package advisory

import (
	"cmp"
	"slices"
	"strings"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// Levels of ratings, the one that counts most first.
const (
	levelDistribution = iota // the distribution, on its own package
	levelAdvisory            // the advisory that matches
	levelCVE                 // who rates CVEs for all the world: CISA, and CNAs
	levelOthers              // another ecosystem's feed, of the same CVE in its own package
)

// levelOf is that of a rating that does not stand in a record that matches.
func levelOf(r table.Rating) int {
	switch r.Source {
	case compile.RaterCISA, "GHSA", "CVE", "Kubernetes", "Drupal", "PSF", "CURL":
		return levelCVE
	}
	return levelOthers
}

type levelled struct {
	level int
	table.Rating
}

// chooser gathers ratings and picks the one that counts.
type chooser struct{ list []levelled }

func newChooser() *chooser { return &chooser{} }

func (c *chooser) add(level int, ratings []table.Rating) {
	for _, r := range ratings {
		if !slices.ContainsFunc(c.list, func(have levelled) bool { return have.Rating == r }) {
			c.list = append(c.list, levelled{level, r})
		}
	}
}

// choose gives the rating that counts, and all of them, that one first. On one
// level a vector counts more than a score and a score more than a word, a newer
// version of CVSS more than an older, and then the worse of two.
func (c *chooser) choose() (finding.Rating, []finding.Rating) {
	if len(c.list) == 0 {
		return finding.Rating{}, nil
	}
	slices.SortStableFunc(c.list, func(a, b levelled) int {
		return cmp.Or(
			cmp.Compare(a.level, b.level), -cmp.Compare(kind(&a.Rating), kind(&b.Rating)),
			-cmp.Compare(a.Severity, b.Severity), -cmp.Compare(a.Score, b.Score), strings.Compare(a.Source, b.Source), strings.Compare(a.Vector, b.Vector),
		)
	})
	all := make([]finding.Rating, len(c.list))
	for i, r := range c.list {
		all[i] = rating(r.Rating)
	}
	return all[0], all
}

// kind orders ratings by how they were come to.
func kind(r *table.Rating) int {
	switch {
	case strings.HasPrefix(r.Vector, "CVSS:4"):
		return 4
	case strings.HasPrefix(r.Vector, "CVSS:3"):
		return 3
	case r.Vector != "":
		return 2
	case r.Score > 0:
		return 1
	}
	return 0
}

func rating(r table.Rating) finding.Rating {
	return finding.Rating{Severity: r.Severity, Score: float64(r.Score) / 10, Vector: r.Vector, Source: r.Source}
}
