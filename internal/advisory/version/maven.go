package version

// Maven's "version order specification" (POM reference): a version is a
// sequence of numbers and qualifiers, each after a dot or a hyphen; a change
// between digits and letters counts as a hyphen. Null values (0, "", final, ga,
// release) are cut from the end and before every hyphen and qualifier.

// compareMaven accepts every printable version.
func compareMaven(a, b string) (c int, okA, okB bool) {
	var x, y parts
	okA, okB = parseMaven(a, &x), parseMaven(b, &y)
	if !okA || !okB {
		return 0, okA, okB
	}
	for i := 0; i < x.n || i < y.n; i++ {
		var c int
		switch {
		case i >= x.n:
			c = -compareMavenNull(&y.list[i])
		case i >= y.n:
			c = compareMavenNull(&x.list[i])
		default:
			c = compareMavenPart(&x.list[i], &y.list[i])
		}
		if c != 0 {
			return c, true, true
		}
	}
	return 0, true, true
}

func parseMaven(s string, p *parts) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	if s == "" {
		return false
	}
	dot := true // what stands before the first part does not matter
	start := 0
	for i := 0; i <= len(s); i++ {
		atEnd := i == len(s)
		separator := !atEnd && (s[i] == '.' || s[i] == '-' || s[i] == '_')
		change := !atEnd && !separator && i > start && isDigit(s[i]) != isDigit(s[i-1])
		if !atEnd && !separator && !change {
			continue
		}
		text := s[start:i]
		x := part{text: text, dot: dot, number: text == "" || isDigit(text[0])}
		if !x.number {
			x.text = mavenQualifier(text, change)
			// A qualifier after a dot stands for one after a hyphen where it
			// ends the version or has a number of its own: 1.0.RC1, 1.0.Final.
			x.dot = x.dot && !change && !atEnd
		}
		if !x.dot {
			p.trimNulls()
		}
		if !p.add(x) {
			return false
		}
		dot = separator && s[i] == '.'
		start = i
		if separator {
			start++
		}
	}
	p.trimNulls()
	return true
}

// trimNulls cuts null values from the end of what was read so far.
func (p *parts) trimNulls() {
	for p.n > 0 && isMavenNull(&p.list[p.n-1]) {
		p.n--
	}
}

func isMavenNull(x *part) bool {
	if x.number {
		return isZero(x.text)
	}
	return x.text == ""
}

// mavenQualifiers in rising order; other qualifiers come after "sp".
var mavenQualifiers = [...]string{"alpha", "beta", "milestone", "rc", "snapshot", "", "sp"}

// mavenQualifier gives the common spelling of the qualifiers that have several.
func mavenQualifier(s string, beforeNumber bool) string {
	if len(s) == 1 && beforeNumber {
		switch lower(s[0]) {
		case 'a':
			return "alpha"
		case 'b':
			return "beta"
		case 'm':
			return "milestone"
		}
	}
	for _, null := range [...]string{"final", "ga", "release"} {
		if compareFold(s, null) == 0 {
			return ""
		}
	}
	if compareFold(s, "cr") == 0 {
		return "rc"
	}
	return s
}

func mavenRank(s string) int {
	for i, q := range mavenQualifiers {
		if compareFold(s, q) == 0 {
			return i
		}
	}
	return len(mavenQualifiers)
}

func compareQualifiers(a, b string) int {
	x, y := mavenRank(a), mavenRank(b)
	if x != y || x < len(mavenQualifiers) {
		return sign(x - y)
	}
	return compareFold(a, b)
}

// compareMavenNull compares x with the null value that a shorter version is filled up with.
func compareMavenNull(x *part) int {
	if x.number {
		return compareDigits(x.text, "")
	}
	return compareQualifiers(x.text, "")
}

// compareMavenPart: qualifier < -number < .number.
func compareMavenPart(x, y *part) int {
	switch {
	case x.number && y.number:
		if x.dot != y.dot {
			return pick(x.dot)
		}
		return compareDigits(x.text, y.text)
	case x.number != y.number:
		return pick(x.number)
	}
	return compareQualifiers(x.text, y.text)
}
