package advisory

import (
	"strings"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/version"
	"bulwark/internal/finding"
)

// target is where a package is looked up.
type target struct {
	// key is the ecosystem or release that coverage is told of.
	key             string
	ecosystem, name string
	version         string
	order           version.Order
}

// languages maps purl types to OSV's ecosystems.
var languages = map[string]string{
	finding.TypeNPM: "npm", finding.TypePyPI: "PyPI", finding.TypeMaven: "Maven", finding.TypeGolang: "Go",
	finding.TypeCargo: "crates.io", finding.TypeGem: "RubyGems", finding.TypeComposer: "Packagist",
	"nuget": "NuGet", "hex": "Hex", "hackage": "Hackage", "cran": "CRAN", "opam": "opam", "julia": "Julia",
	"bitnami": "Bitnami", "pub": "Pub", "swift": "SwiftURL",
}

const drupal = "Packagist:https://packages.drupal.org/8"

// targetsOf says where to look for a package: at least one place, which may not
// exist. The first one's key is what the package counts for.
func targetsOf(p *finding.Package, os *finding.OSRelease) []target {
	switch p.Type {
	case finding.TypeDeb, finding.TypeAPK, finding.TypeRPM:
		return []target{osTarget(p, os)}
	}
	if p.Type == "generic" && p.Name == "node" {
		// OSV has no ecosystem for Node.js itself. Bitnami's has its advisories, by
		// the versions that Node.js itself counts.
		return []target{languageTarget("Bitnami", p.Name, p.Version)}
	}
	ecosystem, known := languages[p.Type]
	if !known {
		return []target{{key: p.Type, ecosystem: p.Type, name: p.Name, version: p.Version}}
	}
	t := languageTarget(ecosystem, p.Name, p.Version)
	switch {
	case ecosystem == "Go" && (p.Name == "stdlib" || p.Name == "toolchain"):
		if v := version.GoToolchain(p.Version); v != "" {
			t.version = v
		}
	case ecosystem == "Packagist" && strings.HasPrefix(t.name, "drupal/"):
		other := languageTarget(drupal, p.Name, p.Version)
		if strings.HasPrefix(t.name, "drupal/core") || t.name == "drupal/drupal" {
			return []target{t, other}
		}
		return []target{other, t}
	}
	return []target{t}
}

func languageTarget(ecosystem, name, v string) target {
	eco, normal, _ := compile.Normalize(ecosystem, name)
	return target{key: ecosystem, ecosystem: eco, name: normal, version: v, order: version.Of(ecosystem)}
}

// osTarget looks an OS package up in its own release.
func osTarget(p *finding.Package, os *finding.OSRelease) target {
	release := p.Release
	if release == "" && os != nil {
		release = os.Release
	}
	if release == "" {
		return target{key: unknownRelease(p, os), name: p.Name, version: p.Version}
	}
	release = plainRelease(release)
	t := target{key: release, ecosystem: release, name: p.SourceName, version: p.SourceVersion, order: version.Of(release)}
	// Errata of RPM distributions name packages, other advisories sources.
	if t.order == version.RPM || t.name == "" {
		t.name = p.Name
	}
	if t.order == version.RPM || t.version == "" {
		t.version = p.Version
	}
	return t
}

// plainRelease writes a release as the database has it.
func plainRelease(release string) string {
	name, v, found := strings.Cut(release, ":")
	if !found {
		return release
	}
	switch name {
	case "AlmaLinux", "Rocky Linux":
		v, _, _ = strings.Cut(v, ".")
	case "Ubuntu":
		v = strings.TrimSuffix(v, ":LTS")
	}
	return name + ":" + v
}

// unknownRelease names a release that no advisories can be looked up for.
func unknownRelease(p *finding.Package, os *finding.OSRelease) string {
	if os == nil || os.ID == "" {
		return p.Type
	}
	if os.VersionID == "" {
		return os.ID
	}
	return os.ID + ":" + os.VersionID
}

// Names of packages that hold the kernel's headers, sources or build files, and
// no code of the kernel that could run.
var (
	headerNames    = []string{"linux-libc-dev", "kernel-headers", "linux-headers", "kernel-doc", "kernel-srpm-macros", "kernel-cross-headers", "linux-api-headers", "linux-glibc-devel"}
	headerPrefixes = []string{"linux-headers-", "linux-libc-dev-", "linux-kbuild-", "linux-doc-", "linux-source-", "linux-compiler-", "linux-support-", "linux-config-", "kernel-devel", "kernel-rt-devel", "kernel-64k-devel"}
)

// holdsKernelHeaders: a container does not run the kernel whose headers it holds.
func holdsKernelHeaders(p *finding.Package) bool {
	switch p.Type {
	case finding.TypeDeb, finding.TypeAPK, finding.TypeRPM:
	default:
		return false
	}
	for _, n := range headerNames {
		if p.Name == n {
			return true
		}
	}
	for _, prefix := range headerPrefixes {
		if strings.HasPrefix(p.Name, prefix) {
			return true
		}
	}
	return false
}
