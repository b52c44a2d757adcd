package i18n

import "strings"

// sentence is something that parts of the program say in English where no
// [finding.Text] can go: in an error, in why an image was read in one way, in
// why a file was not read. They are stored so in reports and in the cache.
// {0}, {1} stand for what changes.
type sentence struct{ en, zh string }

// Bounds of [Printer.Sentence]: what is longer is no sentence of ours.
const (
	longestSentence  = 4096
	deepestSentence  = 6
	mostSentencesCut = 8
)

// Sentence says a sentence of the program in the printer's language. What it
// does not know, such as the words of the system or of an engine, it leaves as
// it is; so it does in English. The parts of a chain of errors, "a: b: c", are
// said one by one.
func (p Printer) Sentence(s string) string {
	if p.lang != Chinese || len(s) > longestSentence {
		return s
	}
	return p.sentence(s, deepestSentence)
}

func (p Printer) sentence(s string, depth int) string {
	if depth == 0 || s == "" {
		return s
	}
	parts := strings.SplitN(s, ": ", mostSentencesCut)
	var out strings.Builder
	said := false // the last part was one of ours
	for i := 0; i < len(parts); {
		words, n, ok := parts[i], 1, false
		for end := len(parts); end > i && !ok; end-- {
			if words, ok = p.known(strings.Join(parts[i:end], ": "), depth); ok {
				n = end - i
			} else {
				words = parts[i]
			}
		}
		switch {
		case i == 0:
		case ok || said:
			out.WriteString("：")
		default:
			out.WriteString(": ")
		}
		out.WriteString(words)
		said = ok
		i += n
	}
	return out.String()
}

// known says a sentence that is declared as a whole.
func (p Printer) known(s string, depth int) (string, bool) {
	for _, form := range forms() {
		params, ok := form.match(s)
		if !ok {
			continue
		}
		for i := range params {
			params[i] = p.sentence(params[i], depth-1)
		}
		return say(form.zh, params), true
	}
	return "", false
}

// match holds a sentence against the English form and gives the parameters.
func (m message) match(s string) ([]string, bool) {
	var params []string
	for i, pc := range m.en {
		if pc.param < 0 {
			if !strings.HasPrefix(s, pc.text) {
				return nil, false
			}
			s = s[len(pc.text):]
			continue
		}
		end := len(s)
		switch {
		case i+2 == len(m.en): // the last literal ends the sentence
			if !strings.HasSuffix(s, m.en[i+1].text) {
				return nil, false
			}
			end = len(s) - len(m.en[i+1].text)
		case i+1 < len(m.en):
			end = strings.Index(s, m.en[i+1].text)
		}
		if end <= 0 { // nothing is no parameter
			return nil, false
		}
		params = append(params, s[:end])
		s = s[end:]
	}
	return params, s == ""
}
