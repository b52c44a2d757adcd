package version

import "strings"

// A version of apk-tools is
//
//	number {.number} [letter] {_suffix[number]} [~hexhash] [-rnumber]
//
// (apk-package(5)). apkToken kinds are in the order in which a version that
// goes on with a later kind sorts before one that goes on with an earlier one.
type apkKind uint8

const (
	apkNumber apkKind = iota
	apkLetter
	apkSuffix
	apkSuffixNumber
	apkHash
	apkRevision
	apkEnd
	apkInvalid
)

// apkSuffixes in rising order; those before apkRelease come before the release.
var apkSuffixes = [...]string{"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"}

const apkRelease = 4

type apkReader struct {
	s     string
	kind  apkKind
	text  string // digits, letter or hash
	rank  int    // of a suffix
	first bool   // the leading number
}

func (r *apkReader) start(s string) {
	*r = apkReader{s: s, first: true}
	r.number(apkNumber)
}

func (r *apkReader) number(kind apkKind) {
	n := digits(r.s, 0)
	if n == 0 {
		r.kind = apkInvalid
		return
	}
	r.kind, r.text, r.s = kind, r.s[:n], r.s[n:]
}

// next reads the token after the current one; what may follow depends on it.
func (r *apkReader) next() {
	was := r.kind
	r.first = false
	switch {
	case r.s == "":
		r.kind = apkEnd
	case was == apkNumber && r.s[0] == '.':
		r.s = r.s[1:]
		r.number(apkNumber)
	case was == apkNumber && 'a' <= r.s[0] && r.s[0] <= 'z':
		r.kind, r.text, r.s = apkLetter, r.s[:1], r.s[1:]
	case was == apkSuffix && isDigit(r.s[0]):
		r.number(apkSuffixNumber)
	case was <= apkSuffixNumber && r.s[0] == '_':
		r.suffix()
	case was <= apkSuffixNumber && r.s[0] == '~':
		n := 1
		for n < len(r.s) && (isDigit(r.s[n]) || 'a' <= r.s[n] && r.s[n] <= 'f') {
			n++
		}
		if n == 1 {
			r.kind = apkInvalid
			return
		}
		r.kind, r.text, r.s = apkHash, r.s[1:n], r.s[n:]
	case was <= apkHash && strings.HasPrefix(r.s, "-r"):
		r.s = r.s[2:]
		r.number(apkRevision)
	default:
		r.kind = apkInvalid
	}
}

func (r *apkReader) suffix() {
	rest := r.s[1:]
	// The longest first: "pre" is not "p" and "re".
	for rank := range apkSuffixes {
		if name := apkSuffixes[rank]; strings.HasPrefix(rest, name) {
			r.kind, r.rank, r.s = apkSuffix, rank, rest[len(name):]
			return
		}
	}
	r.kind = apkInvalid
}

func validAPK(s string) bool {
	var r apkReader
	for r.start(s); r.kind < apkEnd; r.next() {
	}
	return r.kind == apkEnd
}

func compareAPK(a, b string) (c int, okA, okB bool) {
	okA, okB = validAPK(a), validAPK(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	var x, y apkReader
	x.start(a)
	y.start(b)
	for x.kind == y.kind && x.kind != apkEnd {
		if c := compareAPKToken(&x, &y); c != 0 {
			return c, true, true
		}
		x.next()
		y.next()
	}
	switch {
	case x.kind == y.kind:
		return 0, true, true
	case x.kind == apkSuffix && x.rank < apkRelease:
		return -1, true, true
	case y.kind == apkSuffix && y.rank < apkRelease:
		return 1, true, true
	}
	return pick(x.kind < y.kind), true, true
}

func compareAPKToken(x, y *apkReader) int {
	switch x.kind {
	case apkSuffix:
		return sign(x.rank - y.rank)
	case apkLetter, apkHash:
		return strings.Compare(x.text, y.text)
	case apkNumber:
		// After the first dot a leading zero makes a decimal fraction: 1.06 < 1.5.
		if !x.first && (x.text[0] == '0' || y.text[0] == '0') {
			return strings.Compare(x.text, y.text)
		}
	}
	return compareDigits(x.text, y.text)
}
