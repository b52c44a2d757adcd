// Package version compares versions the way each ecosystem does.
//
// # Promises
//
// [Order.Compare] is a total order on the versions it accepts: antisymmetric
// and transitive, with equality being what the ecosystem takes for the same
// version ("1.0" and "1.0.0" for PyPI, not for Hackage). It allocates nothing
// except for an error, needs time linear in the length of its arguments (Maven
// and RubyGems keep a bounded number of parts on the stack), and never panics.
//
// A version that an order does not accept is an [*Error]; so is every version
// longer than [MaxLength]. A caller must then say that it does not know, and
// never take the answer for "not affected".
//
// # What it does not do
//
// It knows no version ranges, no constraints ("~> 1.2") and no "latest". The
// pre-release rules of npm's ranges, by which 2.0.0-rc.1 is not in ">=1.0.0",
// belong to constraints: the ranges of advisories are intervals of this order.
package version

import (
	"strings"
)

// MaxLength is the longest version that is looked at. The longest of the
// advisories published until 2026 has 79 bytes.
const MaxLength = 512

// Order is the version order of a family of ecosystems.
type Order uint8

// Orders. None accepts no version: its ecosystem's order is not known.
const (
	None Order = iota
	// Debian is dpkg's order (deb-version(7)); Ubuntu's too.
	Debian
	// RPM compares [epoch:]version[-release] by rpmvercmp, with ~ and ^.
	RPM
	// APK is the order of apk-tools: Alpine, Wolfi, Chainguard.
	APK
	// SemVer is Semantic Versioning 2.0.0: npm, crates.io, Hex, Kubernetes, Pub.
	// Lacking components count as 0, more than three are compared too, a
	// leading v is passed over, build metadata is ignored.
	SemVer
	// Go is SemVer with Go's spelling of its own releases besides: go1.22rc1.
	Go
	// PEP440 is Python's (the PyPA's "Version specifiers" specification).
	PEP440
	// Maven is the "version order specification" of Maven's POM reference.
	Maven
	// RubyGems is the order of Gem::Version.
	RubyGems
	// Composer is Packagist's: Composer's normalisation, then PHP's version_compare.
	Composer
	// NuGet has four numbers and pre-releases that ignore case.
	NuGet
	// PVP is Haskell's Package Versioning Policy: a prefix is less.
	PVP
	// CRAN is R's package_version: numbers between . and -; a prefix is less.
	CRAN
	// Opam is opam's: dpkg's without an epoch.
	Opam
	// Julia is Base.VersionNumber: SemVer in which build metadata counts.
	Julia
	// Bitnami is SemVer in which "-3" is a revision, above the bare version.
	Bitnami
	orders // how many there are
)

var orderNames = [orders]string{
	"none", "dpkg", "rpm", "apk", "SemVer", "Go", "PEP 440", "Maven", "RubyGems", "Composer",
	"NuGet", "PVP", "CRAN", "opam", "Julia", "Bitnami",
}

// String names the order.
func (o Order) String() string {
	if o < orders {
		return orderNames[o]
	}
	return "unknown order"
}

// Of gives the order of an ecosystem in OSV's spelling, with or without a
// release: "npm", "Debian:12", "Rocky Linux:9". It is None for one whose order
// is not known.
func Of(ecosystem string) Order {
	name, _, _ := strings.Cut(ecosystem, ":")
	switch name {
	case "Debian", "Ubuntu", "Echo":
		return Debian
	case "AlmaLinux", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "openEuler", "Mageia", "Azure Linux", "Photon OS", "TuxCare":
		return RPM
	case "Alpine", "Wolfi", "Chainguard", "MinimOS", "Alpaquita", "BellSoft Hardened Containers":
		return APK
	case "npm", "crates.io", "Hex", "Kubernetes", "Pub", "SwiftURL", "GitHub Actions":
		return SemVer
	case "Go":
		return Go
	case "PyPI":
		return PEP440
	case "Maven":
		return Maven
	case "RubyGems":
		return RubyGems
	case "Packagist":
		return Composer
	case "NuGet":
		return NuGet
	case "Hackage", "GHC":
		return PVP
	case "CRAN", "Bioconductor":
		return CRAN
	case "opam":
		return Opam
	case "Julia":
		return Julia
	case "Bitnami":
		return Bitnami
	}
	return None
}

// Error says that a version is not one of the order's.
type Error struct {
	Order   Order
	Version string
}

// Error implements error.
func (e *Error) Error() string {
	v := e.Version
	if len(v) > 80 {
		v = v[:80] + "…"
	}
	return "not a " + e.Order.String() + " version: " + quote(v)
}

// quote is strconv.Quote cut to what is needed here: nothing that a terminal
// would obey may come through.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			r = '?'
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}

// Compare gives -1, 0 or +1 for a before, equal to, or after b. It fails with
// an [*Error] that names the first of the two that the order does not accept.
func (o Order) Compare(a, b string) (int, error) {
	if len(a) > MaxLength {
		return 0, &Error{o, a}
	}
	if len(b) > MaxLength {
		return 0, &Error{o, b}
	}
	var c int
	var okA, okB bool
	switch o {
	case Debian:
		c, okA, okB = compareDebian(a, b)
	case RPM:
		c, okA, okB = compareRPM(a, b)
	case APK:
		c, okA, okB = compareAPK(a, b)
	case SemVer:
		c, okA, okB = compareSemVer(a, b, plainSemVer)
	case Go:
		c, okA, okB = compareSemVer(a, b, goSemVer)
	case PEP440:
		c, okA, okB = comparePEP440(a, b)
	case Maven:
		c, okA, okB = compareMaven(a, b)
	case RubyGems:
		c, okA, okB = compareRubyGems(a, b)
	case Composer:
		c, okA, okB = compareComposer(a, b)
	case NuGet:
		c, okA, okB = compareSemVer(a, b, nugetSemVer)
	case PVP:
		c, okA, okB = compareNumbers(a, b, false)
	case CRAN:
		c, okA, okB = compareNumbers(a, b, true)
	case Opam:
		c, okA, okB = compareOpam(a, b)
	case Julia:
		c, okA, okB = compareSemVer(a, b, juliaSemVer)
	case Bitnami:
		c, okA, okB = compareSemVer(a, b, bitnamiSemVer)
	}
	if !okA {
		return 0, &Error{o, a}
	}
	if !okB {
		return 0, &Error{o, b}
	}
	return c, nil
}

// Check fails with an [*Error] if the order does not accept v.
func (o Order) Check(v string) error {
	_, err := o.Compare(v, v)
	return err
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// digits gives the end of the run of digits in s that begins at i.
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// compareDigits compares two strings of digits by value, whatever their length.
// The empty string is 0.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}

func isZero(s string) bool { return strings.Trim(s, "0") == "" }

// printable reports whether s has only visible ASCII characters, and at least one.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

// compareFold compares ASCII strings, ignoring case.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return sign(int(x) - int(y))
		}
	}
	return sign(len(a) - len(b))
}

// trimSpace cuts the white space that some ecosystems allow around a version.
func trimSpace(s string) string { return strings.Trim(s, " \t\r\n\v\f") }
