package inventory

import (
	"bulwark/internal/inventory/lang/golang"
	"bulwark/internal/inventory/lang/java"
	"bulwark/internal/inventory/lang/npm"
	"bulwark/internal/inventory/lang/python"
	"bulwark/internal/inventory/os/apk"
	"bulwark/internal/inventory/os/dpkg"
	"bulwark/internal/inventory/os/osrelease"
	"bulwark/internal/inventory/os/rpm"
	"bulwark/internal/walk"
)

// Extractors lists every extractor there is, in the order of their records.
// A test fails when a package under os/ or lang/ is not on it.
func Extractors() []walk.Detector {
	return []walk.Detector{
		// os/
		osrelease.New(),
		dpkg.New(),
		apk.New(),
		rpm.New(),

		// lang/
		npm.New(), npm.NewLock(),
		python.New(),
		java.New(),
		golang.New(), golang.NewMod(),
	}
}
