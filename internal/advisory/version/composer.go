package version

import "strings"

// composer is a version of Packagist in Composer's normal form: four numbers,
// a stability with its own numbers, and perhaps "-dev".
type composer struct {
	numbers   string // digits, dots and, in a date, hyphens; x for any number
	stability int
	stabNums  string
	dev       bool
}

// Stabilities in the order of PHP's version_compare.
const (
	stabilityAlpha = iota - 3
	stabilityBeta
	stabilityRC
	stabilityStable
	stabilityPatch
)

// parseComposer reads what Composer's VersionParser::normalize accepts, but for
// names of branches ("dev-main"), which have no place in an order.
func parseComposer(s string) (v composer, ok bool) {
	s = trimSpace(s)
	if before, _, found := strings.Cut(s, " as "); found {
		s = trimSpace(before)
	}
	if i := strings.LastIndexByte(s, '@'); i > 0 {
		s = s[:i] // stability flag
	}
	if i := strings.IndexByte(s, '+'); i > 0 {
		s = s[:i]
	}
	if s != "" && lower(s[0]) == 'v' {
		s = s[1:]
	}
	end := digits(s, 0)
	if end == 0 {
		return v, false
	}
	date := end >= 4
	for groups := 1; ; groups++ {
		if end+1 >= len(s) {
			break
		}
		next := s[end+1]
		separator := s[end] == '.' || date && s[end] == '-'
		if separator && isDigit(next) {
			if groups == 4 && !date {
				return v, false
			}
			end = digits(s, end+1)
			continue
		}
		if s[end] == '.' && (next == 'x' || next == 'X' || next == '*') {
			end += 2
			continue
		}
		break
	}
	v.numbers, s = s[:end], s[end:]
	if s != "" && strings.IndexByte("._-", s[0]) >= 0 {
		s = s[1:]
		if s == "" {
			return v, false
		}
	}
	n := letters(s)
	word, rest := s[:n], s[n:]
	if n >= 3 && n > 3 && compareFold(word[n-3:], "dev") == 0 && rest == "" {
		// "RCdev"
		word, rest = word[:n-3], "dev"
	}
	switch {
	case n == 0:
		return v, s == ""
	case compareFold(word, "dev") == 0:
		v.dev = true
		return v, rest == ""
	case compareFold(word, "stable") == 0:
	case compareFold(word, "beta") == 0, compareFold(word, "b") == 0:
		v.stability = stabilityBeta
	case compareFold(word, "alpha") == 0, compareFold(word, "a") == 0:
		v.stability = stabilityAlpha
	case compareFold(word, "rc") == 0:
		v.stability = stabilityRC
	case compareFold(word, "patch") == 0, compareFold(word, "pl") == 0, compareFold(word, "p") == 0:
		v.stability = stabilityPatch
	default:
		return v, false
	}
	end = 0
	for end < len(rest) {
		i := end
		if rest[i] == '.' || rest[i] == '-' {
			i++
		}
		if i == len(rest) || !isDigit(rest[i]) {
			break
		}
		end = digits(rest, i)
	}
	v.stabNums, rest = strings.TrimLeft(rest[:end], ".-"), rest[end:]
	if v.stability == stabilityStable {
		v.stabNums = ""
	}
	if rest != "" && (rest[0] == '.' || rest[0] == '-') {
		rest = rest[1:]
		if rest == "" {
			return v, false
		}
	}
	if rest == "" {
		return v, true
	}
	v.dev = v.stability != stabilityStable || compareFold(word, "stable") != 0
	return v, compareFold(rest, "dev") == 0
}

func compareComposer(a, b string) (c int, okA, okB bool) {
	x, okA := parseComposer(a)
	y, okB := parseComposer(b)
	if !okA || !okB {
		return 0, okA, okB
	}
	if c := compareComposerNumbers(x.numbers, y.numbers, true); c != 0 {
		return c, true, true
	}
	if c := sign(x.rank() - y.rank()); c != 0 {
		return c, true, true
	}
	if c := compareComposerNumbers(x.stabNums, y.stabNums, false); c != 0 {
		return c, true, true
	}
	if x.dev != y.dev {
		return pick(y.dev), true, true
	}
	return 0, true, true
}

// rank puts a bare "-dev" before alpha.
func (v *composer) rank() int {
	if v.dev && v.stability == stabilityStable {
		return stabilityAlpha - 1
	}
	return v.stability
}

// compareComposerNumbers compares group by group. Lacking groups of a version
// are 0 (Composer fills up to four); of a stability, a longer list is greater.
func compareComposerNumbers(a, b string, fill bool) int {
	for a != "" || b != "" {
		if !fill && (a == "" || b == "") {
			return pick(b == "")
		}
		x, restA := composerGroup(a)
		y, restB := composerGroup(b)
		if c := compareDigits(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

// composerAny is what Composer puts for the x of "1.x-dev".
const composerAny = "9999999"

func composerGroup(s string) (group, rest string) {
	i := 0
	for i < len(s) && s[i] != '.' && s[i] != '-' {
		i++
	}
	group, rest = s[:i], s[min(i+1, len(s)):]
	if group != "" && !isDigit(group[0]) {
		group = composerAny
	}
	return group, rest
}
