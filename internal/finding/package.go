package finding

// Kinds of packages: the purl type, in the spelling of the purl specification.
const (
	TypeDeb      = "deb"
	TypeAPK      = "apk"
	TypeRPM      = "rpm"
	TypeNPM      = "npm"
	TypePyPI     = "pypi"
	TypeMaven    = "maven"
	TypeGolang   = "golang"
	TypeCargo    = "cargo"
	TypeGem      = "gem"
	TypeComposer = "composer"
)

// Package is one installed (or, for a lock file, required) package.
type Package struct {
	// ID is unique in one report: the purl, with "#2" and so on appended when
	// one purl is installed at several unrelated places. Set by the merge.
	ID string `json:"id"`
	// Type is the purl type, one of the constants above.
	Type string `json:"type"`
	// Name as its ecosystem writes it: "@babel/core", "org.yaml:snakeyaml",
	// "github.com/x/y", "libssl3".
	Name    string `json:"name"`
	Version string `json:"version"`
	// Arch is the package's architecture as the package manager writes it.
	Arch string `json:"arch,omitempty"`
	PURL string `json:"purl"`
	// Source is the source package that an OS package was built from;
	// advisories of Debian and others speak of it.
	SourceName    string `json:"source_name,omitempty"`
	SourceVersion string `json:"source_version,omitempty"`
	// Licenses are SPDX identifiers or expressions where they could be told,
	// else the words of the package.
	Licenses   []string `json:"licenses,omitempty"`
	Maintainer string   `json:"maintainer,omitempty"`
	// FoundBy names the extractor.
	FoundBy string `json:"found_by"`
	// Declared is true for a package that only a lock file or manifest names:
	// it is required there, and need not be installed.
	Declared bool `json:"declared,omitempty"`
	// Dev is true when a lock file says that it is needed only for development.
	Dev bool `json:"dev,omitempty"`
	// Hidden is true when the package is not in the final file system any
	// more: a later layer removed or replaced it, but its bytes are still shipped.
	Hidden bool `json:"hidden,omitempty"`
	// OwnedBy is the ID of the OS package whose file list has this package's
	// files. Advisories of the OS count for it, those of the language do not
	// raise a second finding.
	OwnedBy   string     `json:"owned_by,omitempty"`
	Locations []Location `json:"locations,omitempty"`
	// Release is the distribution release that an OS package belongs to, in
	// advisory terms ("Debian:12", "AlmaLinux:9", "Alpine:v3.19"); empty for
	// language packages.
	Release string `json:"release,omitempty"`
	// Coverage says what the advisory data can say of this package: full when
	// it is known to speak of it, partial when there is data for its ecosystem
	// or release that need not speak of it, none when there is none. A package
	// that is not full is unknown, never clean. Empty when no advisories were
	// asked (since 1.1).
	Coverage CoverageLevel `json:"coverage,omitempty"`
	// Attributes hold facts an extractor found that matching may need, such as
	// "go.stdlib" or "rpm.modularity". Keys are listed by the extractor.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// OSRelease says which distribution an image is of, from os-release(5).
type OSRelease struct {
	ID         string `json:"id"`
	VersionID  string `json:"version_id,omitempty"`
	Name       string `json:"name,omitempty"`
	PrettyName string `json:"pretty_name,omitempty"`
	// Like are the ids of ID_LIKE.
	Like []string `json:"like,omitempty"`
	// Release is the release in advisory terms: "Debian:12", "Alpine:v3.19",
	// "AlmaLinux:9"; empty when the distribution is not one we know.
	Release string `json:"release,omitempty"`
	// EndOfLife is the day (YYYY-MM-DD) on which support ends or ended; empty when not known.
	EndOfLife string `json:"end_of_life,omitempty"`
	// Evidence is the file it was read from.
	Evidence string `json:"evidence,omitempty"`
}

// Location says where something is: a layer, the instruction that made it, a
// path, and for text a line.
type Location struct {
	// Layer is the index in Report.Layers, from the bottom; -1 when there are no layers.
	Layer int `json:"layer"`
	// Path is absolute in the image, or relative to the scanned directory;
	// a file inside an archive is written outer!/inner.
	Path string `json:"path,omitempty"`
	// Line is 1-based; 0 when it does not apply.
	Line int `json:"line,omitempty"`
}
