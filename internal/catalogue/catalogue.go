// Package catalogue is the explicit list of every check that Bulwark knows. A
// check is declared beside the code that asks it, as a function giving
// finding.Check values, and added to [Checks] here; a test fails for a result
// of a check that is not on the list, and for a check whose texts are missing.
//
// It is an assembly: it may import every point of control, and only assemblies
// and the command line import it.
package catalogue

import (
	"cmp"
	"slices"

	"bulwark/internal/content/keyfile"
	"bulwark/internal/content/secret"
	"bulwark/internal/finding"
	"bulwark/internal/image/dockerfile"
	"bulwark/internal/imageconfig"
)

// Checks lists all checks, sorted by ID.
func Checks() []finding.Check {
	all := slices.Concat(
		finding.CoreChecks(),
		keyfile.Checks(),
		secret.Checks(),
		imageconfig.Checks(),
		dockerfile.Checks(),
	)
	slices.SortFunc(all, func(a, b finding.Check) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Find gives the check of an ID.
func Find(id string) (finding.Check, bool) {
	for _, c := range Checks() {
		if c.ID == id {
			return c, true
		}
	}
	return finding.Check{}, false
}
