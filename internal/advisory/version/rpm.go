package version

import "strings"

// compareRPM compares [epoch:]version[-release] part by part; a lacking epoch
// is 0, a lacking release comes before any.
func compareRPM(a, b string) (c int, okA, okB bool) {
	ea, va, ra, okA := splitRPM(a)
	eb, vb, rb, okB := splitRPM(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	if c = compareDigits(ea, eb); c == 0 {
		if c = compareSegments(va, vb); c == 0 {
			if ra == "" || rb == "" {
				return sign(len(ra) - len(rb)), true, true
			}
			c = compareSegments(ra, rb)
		}
	}
	return c, true, true
}

func splitRPM(v string) (epoch, ver, release string, ok bool) {
	if !printable(v) {
		return "", "", "", false
	}
	ver = v
	if e, rest, found := strings.Cut(v, ":"); found {
		if digits(e, 0) != len(e) {
			return "", "", "", false
		}
		epoch, ver = e, rest
	}
	if i := strings.LastIndexByte(ver, '-'); i >= 0 {
		ver, release = ver[:i], ver[i+1:]
	}
	return epoch, ver, release, ver != ""
}

// compareSegments is rpmvercmp (rpm-version(7)): runs of digits and runs of
// letters, whatever separates them; a number is above letters; ~ sorts before
// everything, even the end, ^ after the end and before anything else.
func compareSegments(a, b string) int {
	for a != "" || b != "" {
		a, b = skipSeparators(a), skipSeparators(b)
		tildeA, tildeB := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~")
		if tildeA != tildeB {
			return pick(tildeB)
		}
		caretA, caretB := strings.HasPrefix(a, "^"), strings.HasPrefix(b, "^")
		switch {
		case tildeA, caretA && caretB:
			a, b = a[1:], b[1:]
			continue
		case caretA:
			return pick(b == "")
		case caretB:
			return pick(a != "")
		}
		if a == "" || b == "" {
			break
		}
		var sa, sb string
		if isDigit(a[0]) != isDigit(b[0]) {
			return pick(isDigit(a[0]))
		}
		if isDigit(a[0]) {
			sa, sb = a[:digits(a, 0)], b[:digits(b, 0)]
			if c := compareDigits(sa, sb); c != 0 {
				return c
			}
		} else {
			sa, sb = a[:letters(a)], b[:letters(b)]
			if c := strings.Compare(sa, sb); c != 0 {
				return c
			}
		}
		a, b = a[len(sa):], b[len(sb):]
	}
	return sign(len(a) - len(b))
}

// pick gives +1 if the first is the greater one.
func pick(firstIsGreater bool) int {
	if firstIsGreater {
		return 1
	}
	return -1
}

func skipSeparators(s string) string {
	for s != "" && !isAlnum(s[0]) && s[0] != '~' && s[0] != '^' {
		s = s[1:]
	}
	return s
}

func letters(s string) int {
	i := 0
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	return i
}
