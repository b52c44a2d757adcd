package version

import "strings"

// semverDialect says how an ecosystem departs from SemVer 2.0.0.
type semverDialect uint8

const (
	plainSemVer semverDialect = iota
	// goSemVer takes "go1.22rc1" for 1.22.0-rc.1.
	goSemVer
	// nugetSemVer compares pre-releases without regard to case.
	nugetSemVer
	// juliaSemVer compares build metadata last, and knows "1.0-" (before every pre-release).
	juliaSemVer
	// bitnamiSemVer takes an all-digit suffix for a revision.
	bitnamiSemVer
)

// semver is a version taken apart, not copied.
type semver struct {
	numbers  string // digits and dots
	pre      string
	hasPre   bool
	build    string
	hasBuild bool
	revision string // Bitnami
	// goPre and goNum are Go's "rc" and "1".
	goPre, goNum string
}

func parseSemVer(s string, d semverDialect) (v semver, ok bool) {
	if d == nugetSemVer {
		s = trimSpace(s)
	}
	if d == goSemVer {
		s = strings.TrimPrefix(s, "go")
	}
	if s != "" && (s[0] == 'v' || s[0] == 'V' || s[0] == '=') {
		s = s[1:]
	}
	end := 0
	for {
		n := digits(s, end)
		if n == end {
			return v, false
		}
		end = n
		if end+1 >= len(s) || s[end] != '.' || !isDigit(s[end+1]) {
			break
		}
		end++
	}
	v.numbers, s = s[:end], s[end:]
	if d == goSemVer && s != "" && isLetter(s[0]) {
		n := letters(s)
		v.goPre, v.goNum, v.hasPre = s[:n], s[n:], true
		if v.goPre != "rc" && v.goPre != "beta" && v.goPre != "alpha" || v.goNum == "" || digits(v.goNum, 0) != len(v.goNum) {
			return v, false
		}
		return v, true
	}
	if s != "" && (isLetter(s[0]) || s[0] == '.' && len(s) > 1 && isLetter(s[1])) && d != juliaSemVer {
		// "1.9.0b1", "1.0.0.beta.3": not SemVer, but there in bounds of advisories.
		v.pre, v.hasPre = strings.TrimPrefix(s, "."), true
		if i := strings.IndexByte(v.pre, '+'); i >= 0 {
			v.pre = v.pre[:i]
		}
		return v, validIdentifiers(v.pre)
	}
	if i := strings.IndexByte(s, '+'); i >= 0 {
		v.build, v.hasBuild, s = s[i+1:], true, s[:i]
		if !validIdentifiers(v.build) {
			return v, false
		}
	}
	if s == "" {
		return v, true
	}
	if s[0] != '-' {
		return v, false
	}
	v.pre, v.hasPre = s[1:], true
	if d == juliaSemVer && v.pre == "" {
		return v, true
	}
	if d == bitnamiSemVer && v.pre != "" && digits(v.pre, 0) == len(v.pre) {
		v.revision, v.pre, v.hasPre = v.pre, "", false
		return v, true
	}
	return v, validIdentifiers(v.pre)
}

func validIdentifiers(s string) bool {
	length := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '.':
			if length == 0 {
				return false
			}
			length = 0
		case isAlnum(s[i]), s[i] == '-', s[i] == '_', s[i] == '*':
			// SemVer has no underscore, but the registries have versions with it;
			// and bounds of advisories say 1.3.0-* for the first pre-release.
			length++
		default:
			return false
		}
	}
	return length > 0
}

func compareSemVer(a, b string, d semverDialect) (c int, okA, okB bool) {
	x, okA := parseSemVer(a, d)
	y, okB := parseSemVer(b, d)
	if !okA || !okB {
		return 0, okA, okB
	}
	if c := compareDotted(x.numbers, y.numbers); c != 0 {
		return c, true, true
	}
	if x.hasPre != y.hasPre {
		return pick(y.hasPre), true, true
	}
	if x.hasPre {
		ix, iy := x.preIterator(), y.preIterator()
		if c := compareIdentifiers(ix, iy, d == nugetSemVer); c != 0 {
			return c, true, true
		}
	}
	switch d {
	case bitnamiSemVer:
		return compareDigits(x.revision, y.revision), true, true
	case juliaSemVer:
		if x.hasBuild != y.hasBuild {
			return pick(x.hasBuild), true, true
		}
		return compareIdentifiers(identifiers{x.build, ""}, identifiers{y.build, ""}, false), true, true
	}
	return 0, true, true
}

// compareDotted compares numbers between dots; lacking ones are 0.
func compareDotted(a, b string) int {
	for a != "" || b != "" {
		x, restA, _ := strings.Cut(a, ".")
		y, restB, _ := strings.Cut(b, ".")
		if c := compareDigits(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

// identifiers gives those of rest, which are dotted, and then the one of last.
type identifiers struct{ rest, last string }

func (v *semver) preIterator() identifiers {
	if v.goPre != "" {
		return identifiers{v.goPre, v.goNum}
	}
	return identifiers{v.pre, ""}
}

func (it *identifiers) next() string {
	if it.rest == "" {
		s := it.last
		it.last = ""
		return s
	}
	s, rest, _ := strings.Cut(it.rest, ".")
	it.rest = rest
	return s
}

// compareIdentifiers is SemVer 2.0.0, rule 11.4.
func compareIdentifiers(x, y identifiers, fold bool) int {
	for {
		a, b := x.next(), y.next()
		switch {
		case a == "" && b == "":
			return 0
		case a == "" || b == "":
			return pick(b == "")
		}
		numA, numB := digits(a, 0) == len(a), digits(b, 0) == len(b)
		var c int
		switch {
		case numA && numB:
			c = compareDigits(a, b)
		case numA != numB:
			c = pick(numB)
		case fold:
			c = compareFold(a, b)
		default:
			c = strings.Compare(a, b)
		}
		if c != 0 {
			return c
		}
	}
}

// GoToolchain turns what a Go program says of the toolchain it was built with
// ("go1.22.3", "go1.22.3 X:boringcrypto", "go1.20.12-fips", "go1.24rc1 (Red Hat
// 1.24)") into a version of the Go order; one that is a version already
// ("1.24.0-rc.1") stays. It gives "" for a development build, whose place in
// the order is not known.
func GoToolchain(s string) string {
	s, _, _ = strings.Cut(trimSpace(s), " ")
	if raw, found := strings.CutPrefix(s, "go"); found {
		// What follows is a distributor's mark: the release is what counts.
		s, _, _ = strings.Cut(raw, "-")
		s, _, _ = strings.Cut(s, "+")
	}
	if s == "" || !isDigit(s[0]) || Go.Check(s) != nil {
		return ""
	}
	return s
}
