package inventory

import (
	"bulwark/internal/inventory/lang/golang"
	"bulwark/internal/inventory/lang/java"
	"bulwark/internal/inventory/lang/npm"
	"bulwark/internal/inventory/lang/python"
	"bulwark/internal/walk"
)

// Extractors lists every extractor there is, in the order of their records.
// A test fails when a package under os/ or lang/ is not on it.
func Extractors() []walk.Detector {
	return []walk.Detector{
		// os/

		// lang/
		npm.New(), npm.NewLock(),
		python.New(),
		java.New(),
		golang.New(), golang.NewMod(),
	}
}
