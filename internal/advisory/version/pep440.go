package version

import "strings"

// pep440 is a version taken apart, not copied. Phases compare as PEP 440 sorts
// them; see comparePEP440.
type pep440 struct {
	epoch   string
	release string // digits and dots, without trailing zeros
	pre     int    // 0 none, 1 a, 2 b, 3 rc
	preNum  string
	post    bool
	postNum string
	dev     bool
	devNum  string
	local   string
}

// parsePEP440 reads the normal form and the spellings that the specification
// has every tool accept ("1.0-alpha.2", "v1.0.Post-3", "1.0-1").
func parsePEP440(s string) (v pep440, ok bool) {
	s = trimSpace(s)
	if s != "" && lower(s[0]) == 'v' {
		s = s[1:]
	}
	n := digits(s, 0)
	if n > 0 && n < len(s) && s[n] == '!' {
		v.epoch, s = s[:n], s[n+1:]
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
	v.release, s = trimZeros(s[:end]), s[end:]

	if rest, name, num, found := phase(s, "alpha", "a", "beta", "b", "preview", "pre", "rc", "c"); found {
		s, v.preNum = rest, num
		switch lower(name[0]) {
		case 'a':
			v.pre = 1
		case 'b':
			v.pre = 2
		default:
			v.pre = 3
		}
	}
	if n := digits(s, min(1, len(s))); strings.HasPrefix(s, "-") && n > 1 {
		v.post, v.postNum, s = true, s[1:n], s[n:]
	} else if rest, _, num, found := phase(s, "post", "rev", "r"); found {
		v.post, v.postNum, s = true, num, rest
	}
	if rest, _, num, found := phase(s, "dev"); found {
		v.dev, v.devNum, s = true, num, rest
	}
	if s == "" {
		return v, true
	}
	if s[0] != '+' {
		return v, false
	}
	v.local = s[1:]
	alnum := false
	for i := 0; i < len(v.local); i++ {
		switch c := v.local[i]; {
		case isAlnum(c):
			alnum = true
		case alnum && isLocalSeparator(c):
			alnum = false
		default:
			return v, false
		}
	}
	return v, alnum
}

func isLocalSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' }

// phase reads [sep]name[sep][number] with the longest of names.
func phase(s string, names ...string) (rest, name, number string, found bool) {
	t := s
	if t != "" && isLocalSeparator(t[0]) {
		t = t[1:]
	}
	for _, n := range names {
		if len(t) >= len(n) && compareFold(t[:len(n)], n) == 0 {
			name, t = n, t[len(n):]
			break
		}
	}
	if name == "" {
		return s, "", "", false
	}
	if len(t) > 1 && isLocalSeparator(t[0]) && isDigit(t[1]) {
		t = t[1:]
	} else if len(t) == 1 && isLocalSeparator(t[0]) {
		// The specification's pattern lets a separator stand without its number.
		t = ""
	}
	n := digits(t, 0)
	return t[n:], name, t[:n], true
}

// trimZeros cuts ".0" from the end, as often as it is there.
func trimZeros(s string) string {
	for {
		i := strings.LastIndexByte(s, '.')
		if i < 0 || !isZero(s[i+1:]) {
			return s
		}
		s = s[:i]
	}
}

func comparePEP440(a, b string) (c int, okA, okB bool) {
	x, okA := parsePEP440(a)
	y, okB := parsePEP440(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	return x.compare(&y), true, true
}

func (v *pep440) compare(w *pep440) int {
	if c := compareDigits(v.epoch, w.epoch); c != 0 {
		return c
	}
	if c := compareDotted(v.release, w.release); c != 0 {
		return c
	}
	if c := sign(v.preRank() - w.preRank()); c != 0 {
		return c
	}
	if c := compareDigits(v.preNum, w.preNum); c != 0 {
		return c
	}
	if v.post != w.post {
		return pick(v.post)
	}
	if c := compareDigits(v.postNum, w.postNum); c != 0 {
		return c
	}
	if v.dev != w.dev {
		return pick(w.dev)
	}
	if c := compareDigits(v.devNum, w.devNum); c != 0 {
		return c
	}
	return compareLocal(v.local, w.local)
}

// preRank: 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0.
func (v *pep440) preRank() int {
	switch {
	case v.pre > 0:
		return v.pre
	case v.dev && !v.post:
		return 0
	}
	return 4
}

// compareLocal: no local version comes first, a number is above letters, and
// the longer one is greater.
func compareLocal(a, b string) int {
	for a != "" && b != "" {
		x, restA := localPart(a)
		y, restB := localPart(b)
		numX, numY := digits(x, 0) == len(x), digits(y, 0) == len(y)
		var c int
		switch {
		case numX && numY:
			c = compareDigits(x, y)
		case numX != numY:
			c = pick(numX)
		default:
			c = compareFold(x, y)
		}
		if c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return sign(len(a) - len(b))
}

func localPart(s string) (part, rest string) {
	for i := 0; i < len(s); i++ {
		if isLocalSeparator(s[i]) {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
