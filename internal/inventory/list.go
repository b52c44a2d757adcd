package inventory

import (
	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/bitnami"
	"bulwark/internal/inventory/lang/bun"
	"bulwark/internal/inventory/lang/cargo"
	"bulwark/internal/inventory/lang/composer"
	"bulwark/internal/inventory/lang/conan"
	"bulwark/internal/inventory/lang/conda"
	"bulwark/internal/inventory/lang/cran"
	"bulwark/internal/inventory/lang/dotnet"
	"bulwark/internal/inventory/lang/gem"
	"bulwark/internal/inventory/lang/golang"
	"bulwark/internal/inventory/lang/hex"
	"bulwark/internal/inventory/lang/java"
	"bulwark/internal/inventory/lang/julia"
	"bulwark/internal/inventory/lang/maven"
	"bulwark/internal/inventory/lang/nodejs"
	"bulwark/internal/inventory/lang/npm"
	"bulwark/internal/inventory/lang/pnpm"
	"bulwark/internal/inventory/lang/pub"
	"bulwark/internal/inventory/lang/pylock"
	"bulwark/internal/inventory/lang/python"
	"bulwark/internal/inventory/lang/swift"
	"bulwark/internal/inventory/lang/yarn"
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
		npm.New(), npm.NewLock(), yarn.New(), pnpm.New(), bun.New(),
		python.New(), pylock.New(),
		java.New(), maven.New(),
		golang.New(), golang.NewMod(),
		cargo.New(), cargo.NewLock(),
		gem.New(), gem.NewLock(),
		composer.New(), composer.NewLock(),
		bitnami.New(), nodejs.New(), conda.New(),
		dotnet.New(), hex.New(), cran.New(), cran.NewLock(), conan.New(), pub.New(), swift.New(), julia.New(),
	}
}

// Types lists the kinds of packages that the extractors find: purl types. A
// test fails when one that is declared is not on it.
func Types() []string {
	return []string{
		finding.TypeDeb, finding.TypeAPK, finding.TypeRPM,
		finding.TypeNPM, finding.TypePyPI, finding.TypeMaven, finding.TypeGolang, finding.TypeCargo, finding.TypeGem, finding.TypeComposer,
		lang.TypeNuGet, lang.TypeHex, lang.TypePub, lang.TypeSwift, lang.TypeConan, lang.TypeConda, lang.TypeCRAN, julia.Type,
		lang.TypeBitnami, lang.TypeGeneric, lang.TypeGitHub,
	}
}
