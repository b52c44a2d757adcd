package version

import "strings"

// compareDebian follows deb-version(7): [epoch:]upstream[-revision].
func compareDebian(a, b string) (c int, okA, okB bool) {
	ea, ua, ra, okA := splitDebian(a)
	eb, ub, rb, okB := splitDebian(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	if c = compareDigits(ea, eb); c == 0 {
		if c = compareMixed(ua, ub); c == 0 {
			c = compareMixed(ra, rb)
		}
	}
	return c, true, true
}

func splitDebian(v string) (epoch, upstream, revision string, ok bool) {
	for i := 0; i < len(v); i++ {
		if c := v[i]; !isAlnum(c) && strings.IndexByte(".+-~:", c) < 0 {
			return "", "", "", false
		}
	}
	upstream = v
	if e, rest, found := strings.Cut(v, ":"); found {
		if e == "" || digits(e, 0) != len(e) {
			return "", "", "", false
		}
		epoch, upstream = e, rest
	}
	if i := strings.LastIndexByte(upstream, '-'); i >= 0 {
		upstream, revision = upstream[:i], upstream[i+1:]
	}
	return epoch, upstream, revision, upstream != ""
}

// compareOpam is opam's order: dpkg's, in which a colon is nothing special.
func compareOpam(a, b string) (c int, okA, okB bool) {
	okA, okB = printable(a), printable(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	ua, ra := splitRevision(a)
	ub, rb := splitRevision(b)
	if c = compareMixed(ua, ub); c == 0 {
		c = compareMixed(ra, rb)
	}
	return c, true, true
}

func splitRevision(v string) (upstream, revision string) {
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return v[:i], v[i+1:]
	}
	return v, ""
}

// compareMixed is the comparison of deb-version(7) for one part: by turns a
// run of non-digits, compared by [weight], and a run of digits, compared by value.
func compareMixed(a, b string) int {
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		for (i < len(a) && !isDigit(a[i])) || (j < len(b) && !isDigit(b[j])) {
			if x, y := weight(a, i), weight(b, j); x != y {
				return sign(x - y)
			}
			i++
			j++
		}
		endA, endB := digits(a, min(i, len(a))), digits(b, min(j, len(b)))
		if c := compareDigits(a[min(i, len(a)):endA], b[min(j, len(b)):endB]); c != 0 {
			return c
		}
		i, j = endA, endB
	}
	return 0
}

// weight orders characters: ~ before the end (or a number), then letters, then the rest.
func weight(s string, i int) int {
	switch {
	case i >= len(s) || isDigit(s[i]):
		return 0
	case s[i] == '~':
		return -1
	case isLetter(s[i]):
		return int(s[i])
	default:
		return int(s[i]) + 256
	}
}
