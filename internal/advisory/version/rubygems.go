package version

import "strings"

// compareRubyGems follows Gem::Version: numbers and words, "-" being ".pre.",
// trailing zeros before the first word and at the end not counting, a word
// before any number.
func compareRubyGems(a, b string) (c int, okA, okB bool) {
	var x, y parts
	okA, okB = parseRubyGems(a, &x), parseRubyGems(b, &y)
	if !okA || !okB {
		return 0, okA, okB
	}
	zero := part{number: true}
	for i := 0; i < x.n || i < y.n; i++ {
		l, r := zero, zero
		if i < x.n {
			l = x.list[i]
		}
		if i < y.n {
			r = y.list[i]
		}
		var c int
		switch {
		case l.number && r.number:
			c = compareDigits(l.text, r.text)
		case l.number != r.number:
			c = pick(l.number)
		default:
			c = strings.Compare(l.text, r.text)
		}
		if c != 0 {
			return c, true, true
		}
	}
	return 0, true, true
}

func parseRubyGems(s string, p *parts) bool {
	s = trimSpace(s)
	if s == "" || !isDigit(s[0]) {
		return false
	}
	words, dashed := false, false
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case isDigit(c):
			end := digits(s, i)
			if !p.add(part{text: s[i:end], number: true}) {
				return false
			}
			i = end
		case isLetter(c):
			end := i + letters(s[i:])
			if !words {
				p.trimZeroParts()
				words = true
			}
			if !p.add(part{text: s[i:end]}) {
				return false
			}
			i = end
		case c == '.' && i+1 < len(s) && (isAlnum(s[i+1]) || dashed && s[i+1] == '-') && s[i-1] != '.':
			i++
		case c == '-' && i+1 < len(s) && (isAlnum(s[i+1]) || s[i+1] == '-'):
			if !words {
				p.trimZeroParts()
				words = true
			}
			if !p.add(part{text: "pre"}) {
				return false
			}
			dashed = true
			i++
		default:
			return false
		}
	}
	p.trimZeroParts()
	return true
}

func (p *parts) trimZeroParts() {
	for p.n > 0 && p.list[p.n-1].number && isZero(p.list[p.n-1].text) {
		p.n--
	}
}
