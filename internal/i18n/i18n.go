// Package i18n turns a [finding.Text], an ID with ordered parameters, into
// words of English or Chinese.
//
// # Texts
//
// Texts are declared in one file an area, texts_<area>.go, both languages
// beside each other, and gathered in one list ([areas]). A text holds {0}, {1}
// for the parameters and, where English needs it, {0:layer|layers}: the first
// form when the parameter is "1", else the second. A test finds a text that is
// missing in one language, whose languages use different parameters, or that
// is used in the source and not declared.
//
// # Promises
//
// A Printer never fails: an ID that nobody declared (in a report of a later
// version) is shown as the ID with its parameters. Parameters are inserted as
// they are and never looked at for placeholders; whoever writes to a terminal
// or a page cleans the whole text. There is no state besides the table of
// texts, which is built once and never changed.
package i18n

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bulwark/internal/finding"
)

// Languages that there are texts in, as BCP 47 tags.
const (
	English = "en"
	Chinese = "zh-CN"
)

// Languages lists the languages, the default first.
func Languages() []string { return []string{English, Chinese} }

// entry is one text in every language.
type entry struct{ id, en, zh string }

// message is an entry with its texts taken apart.
type message struct{ en, zh []piece }

// piece is literal text, or a place for a parameter.
type piece struct {
	text  string
	param int // -1 for literal text
	// one and other are the forms of a plural; other is empty when the
	// parameter itself stands here.
	one, other string
}

// table holds all texts by ID.
var table = sync.OnceValue(func() map[string]message {
	t := make(map[string]message)
	for _, area := range areas() {
		for _, e := range area {
			t[e.id] = message{en: takeApart(e.en), zh: takeApart(e.zh)}
		}
	}
	return t
})

// takeApart splits a text at its placeholders. A brace that does not begin a
// placeholder is literal.
func takeApart(s string) []piece {
	var out []piece
	literal := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			break
		}
		p, ok := placeholder(s[i+1 : i+end])
		if !ok {
			continue
		}
		if literal < i {
			out = append(out, piece{text: s[literal:i], param: -1})
		}
		out = append(out, p)
		i += end
		literal = i + 1
	}
	if literal < len(s) {
		out = append(out, piece{text: s[literal:], param: -1})
	}
	return out
}

// placeholder reads what stands between the braces: "0" or "0:one|other".
func placeholder(s string) (piece, bool) {
	num, forms, plural := strings.Cut(s, ":")
	n, err := strconv.ParseUint(num, 10, 8)
	if err != nil {
		return piece{}, false
	}
	p := piece{param: int(n)}
	if plural {
		if p.one, p.other, plural = strings.Cut(forms, "|"); !plural {
			return piece{}, false
		}
	}
	return p, true
}

// Printer speaks one language. The zero value speaks English.
type Printer struct{ lang string }

// For makes the printer of a language; one that is not in [Languages] gives English.
func For(lang string) Printer {
	if known, ok := match(lang); ok {
		return Printer{known}
	}
	return Printer{English}
}

// Lang gives the printer's language.
func (p Printer) Lang() string {
	if p.lang == "" {
		return English
	}
	return p.lang
}

// Has reports whether a text is declared.
func Has(id string) bool {
	_, ok := table()[id]
	return ok
}

// IDs lists the texts whose IDs begin with prefix, sorted.
func IDs(prefix string) []string {
	var out []string
	for id := range table() {
		if strings.HasPrefix(id, prefix) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// T says the text of an ID.
func (p Printer) T(id string, params ...string) string {
	m, ok := table()[id]
	if !ok {
		if len(params) == 0 {
			return id
		}
		return id + " (" + strings.Join(params, ", ") + ")"
	}
	pieces := m.en
	if p.lang == Chinese {
		pieces = m.zh
	}
	return say(pieces, params)
}

// say puts the parameters into a text.
func say(pieces []piece, params []string) string {
	var b strings.Builder
	for _, pc := range pieces {
		switch {
		case pc.param < 0:
			b.WriteString(pc.text)
		case pc.param >= len(params):
			// A report may come from elsewhere; show that something is missing.
			b.WriteString("?")
		case pc.other == "" && pc.one == "":
			b.WriteString(params[pc.param])
		case params[pc.param] == "1":
			b.WriteString(pc.one)
		default:
			b.WriteString(pc.other)
		}
	}
	return b.String()
}

// Text says a text. What a finding on an image's integrity quotes are sentences.
func (p Printer) Text(t finding.Text) string {
	if strings.HasPrefix(t.ID, "image-integrity.") {
		params := make([]string, len(t.Params))
		for i, s := range t.Params {
			params[i] = p.Sentence(s)
		}
		return p.T(t.ID, params...)
	}
	return p.T(t.ID, t.Params...)
}

// Choose picks the language: flag (the value of --lang) if given, else the
// first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX, 8.2), else
// English. Only an unknown flag is an error; a locale in a language that we
// don't speak gives English.
func Choose(flag string, env func(string) string) (string, error) {
	if flag != "" {
		lang, ok := match(flag)
		if !ok {
			return English, fmt.Errorf("language %q is not one of %s", flag, strings.Join(Languages(), ", "))
		}
		return lang, nil
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if lang, ok := match(v); ok {
				return lang, nil
			}
			return English, nil
		}
	}
	return English, nil
}

// match reads a language tag or a locale's name: "zh", "zh-CN", "zh_CN.UTF-8", "en_GB", "C".
func match(name string) (string, bool) {
	name, _, _ = strings.Cut(name, ".")
	name, _, _ = strings.Cut(name, "@")
	name = strings.ToLower(name)
	base, _, _ := strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	switch base {
	case "en", "c", "posix":
		return English, true
	case "zh":
		return Chinese, true
	}
	return "", false
}
