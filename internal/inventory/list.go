package inventory

import "bulwark/internal/walk"

// Extractors lists every extractor there is, in the order of their records.
// A test fails when a package under os/ or lang/ is not on it.
func Extractors() []walk.Detector {
	return []walk.Detector{
		// os/

		// lang/

	}
}
