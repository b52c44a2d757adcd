package secret

import (
	"fmt"
	"regexp"
	"strings"

	"bulwark/internal/finding"
)

// alphabet is what the characters of a random value are drawn from, as it
// stands between the brackets of a character class. A hyphen that is meant
// literally stands last.
type alphabet string

// Alphabets that providers draw from.
const (
	digits     alphabet = "0-9"
	lowerHex   alphabet = "0-9a-f"
	anyHex     alphabet = "0-9A-Fa-f"
	letters    alphabet = "A-Za-z"
	lowerAlnum alphabet = "0-9a-z"
	upperAlnum alphabet = "0-9A-Z"
	alnum      alphabet = "0-9A-Za-z"
	word       alphabet = "0-9A-Za-z_"
	base32     alphabet = "2-7A-Z"
	urlSafe    alphabet = "0-9A-Za-z_-"
	urlSafePad alphabet = "0-9A-Za-z_=-" // base64url with its padding
	stdBase64  alphabet = "0-9A-Za-z+/"
)

// format describes a value twice over: as a regular expression, and by an
// example made up for it.
type format struct {
	pattern, example string
	// last is the alphabet that the value ends with: what follows the value
	// must not be of it.
	last alphabet
	// exact: the last part has one length only, so that the example without its
	// last character is not of this form.
	exact bool
}

// of is n characters.
func (a alphabet) of(n int) format {
	return format{pattern: fmt.Sprintf("[%s]{%d}", a, n), example: a.made(n), last: a, exact: true}
}

// between is least to most characters. A great most is left out of the
// pattern: each counted repetition is a piece of program of its own.
func (a alphabet) between(least, most int) format {
	count := fmt.Sprintf("{%d,%d}", least, most)
	if most > 200 {
		count = fmt.Sprintf("{%d,}", least)
	}
	return format{pattern: "[" + string(a) + "]" + count, example: a.made((least + min(most, 2*least)) / 2), last: a}
}

// lit is the text itself.
func lit(text string) format {
	return format{pattern: regexp.QuoteMeta(text), example: text, last: alnum}
}

// oneOf is any one of the texts; the example has the first.
func oneOf(texts ...string) format {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = regexp.QuoteMeta(t)
	}
	return format{pattern: "(?:" + strings.Join(quoted, "|") + ")", example: texts[0], last: alnum}
}

// maybe is the format or nothing.
func maybe(f format) format {
	return format{pattern: "(?:" + f.pattern + ")?", example: f.example, last: f.last}
}

// chain is the formats one after another.
func chain(parts ...format) format {
	var f format
	for _, p := range parts {
		f.pattern += p.pattern
		f.example += p.example
		f.last, f.exact = p.last, p.exact
	}
	return f
}

// aUUID is 32 hexadecimal digits in the five groups of RFC 9562.
func aUUID() format {
	return chain(anyHex.of(8), lit("-"), anyHex.of(4), lit("-"), anyHex.of(4), lit("-"), anyHex.of(4), lit("-"), anyHex.of(12))
}

// made is n characters that look random and are always the same.
func (a alphabet) made(n int) string {
	set := a.expand()
	out := make([]byte, n)
	state := uint32(0x2545f491) + uint32(n)
	for i := range out {
		// xorshift32 (Marsaglia, "Xorshift RNGs", 2003)
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		out[i] = set[(state>>8)%uint32(len(set))]
	}
	// A digit among letters, however short it is.
	if n > 4 && strings.HasPrefix(set, "0123456789a") {
		out[n/2] = '4'
	}
	return string(out)
}

// expand lists the characters of the alphabet.
func (a alphabet) expand() string {
	var out strings.Builder
	for i := 0; i < len(a); i++ {
		if i+2 < len(a) && a[i+1] == '-' {
			for c := a[i]; c <= a[i+2]; c++ {
				out.WriteByte(c)
			}
			i += 2
			continue
		}
		out.WriteByte(a[i])
	}
	return out.String()
}

// opened makes a rule like formed, for a prefix that is common within words: it
// must stand behind a quotation mark, a blank or an operator.
func opened(id, name string, severity finding.Severity, prefix string, f format) Rule {
	const marks = "\"'`=: "
	r := formed(id, name, severity, chain(lit(prefix), f))
	for _, m := range marks {
		r.Anchors = append(r.Anchors, string(m)+strings.ToLower(prefix))
	}
	r.Pattern = "[" + marks + "]" + strings.TrimPrefix(r.Pattern, leftEdge)
	r.Valid = []string{`new Client("` + prefix + f.example + `")`, "KEY=" + prefix + f.example}
	return r
}

// beside makes a rule for values that are told from others by a word before
// them in the same line, whatever stands between.
func beside(id, name string, severity finding.Severity, f format, anchors ...string) Rule {
	r := formed(id, name, severity, f, anchors...)
	quoted := make([]string, len(anchors))
	for i, a := range anchors {
		quoted[i] = regexp.QuoteMeta(a)
	}
	r.Pattern = `(?i:` + strings.Join(quoted, "|") + `)[^\n]{0,60}?` + r.Pattern
	r.Valid = []string{anchors[0] + `_token = "` + f.example + `"`, "export " + strings.ToUpper(anchors[0]) + "_KEY=" + f.example}
	r.Invalid = []string{`unrelated = "` + f.example + `"`}
	return r
}

// leftEdge keeps a value from beginning inside a word. What is escaped in a
// string or a URL ends a word too: "\nghp_…", "%3Dghp_…".
const leftEdge = `(?:\b|\\[nrt]|%[0-9A-Fa-f]{2})`

// formed makes a rule for values with a form of their own.
func formed(id, name string, severity finding.Severity, f format, anchors ...string) Rule {
	r := Rule{
		ID: id, Name: name, Class: Token, Shape: Structured, Severity: severity, Anchors: anchors, sample: f.example,
		Pattern: leftEdge + `(?P<secret>` + f.pattern + `)(?:[^` + string(f.last) + `]|$)`,
		Valid:   []string{f.example, `credential = "` + f.example + `"`, "--key=" + f.example + "\n"},
	}
	if f.exact {
		r.Invalid = []string{f.example[:len(f.example)-1]}
	}
	return r
}

// keyed makes a rule for values that only the name they are assigned to tells.
func keyed(id, name string, severity finding.Severity, f format, anchors ...string) Rule {
	r := Rule{
		ID: id, Name: name, Class: Token, Shape: Keyed, Severity: severity, Anchors: anchors, sample: f.example,
		Pattern: f.pattern,
		Valid: []string{
			anchors[0] + `_key = "` + f.example + `"`,
			"export " + strings.ToUpper(anchors[0]) + "_TOKEN=" + f.example,
			`{"` + anchors[0] + `_secret": "` + f.example + `"}`,
		},
		Invalid: []string{"unrelated = \"" + f.example + "\""},
	}
	if f.exact {
		r.Invalid = append(r.Invalid, anchors[0]+`_key = "`+f.example[:len(f.example)-1]+`"`)
	}
	return r
}

// from sets who issues the credentials of some rules, and where they are
// revoked.
func from(provider, revoke string, rules ...Rule) []Rule {
	for i := range rules {
		rules[i].Provider = provider
		if rules[i].Revoke == "" {
			rules[i].Revoke = revoke
		}
	}
	return rules
}

// checkedBy sets the rule's Verify.
func (r Rule) checkedBy(verify func([]byte) Verdict) Rule {
	r.Verify = verify
	return r
}

// is sets the rule's class.
func (r Rule) is(c Class) Rule {
	r.Class = c
	return r
}

// atLeast sets the least entropy of the value.
func (r Rule) atLeast(bits float64) Rule {
	r.Entropy = bits
	return r
}

// anchored sets other anchors than those worked out.
func (r Rule) anchored(anchors ...string) Rule {
	r.Anchors = anchors
	return r
}

// shown sets the rule's valid examples.
func (r Rule) shown(valid ...string) Rule {
	r.Valid, r.Invalid, r.sample = valid, nil, ""
	return r
}

// not adds examples that are no hit of the rule.
func (r Rule) not(invalid ...string) Rule {
	r.Invalid = append(r.Invalid, invalid...)
	return r
}
