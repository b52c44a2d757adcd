package secret

import "bytes"

// assignment is a name and the value that is assigned to it, in whatever
// language: password = "…", "password": "…", PASSWORD=…, <password>…</password>,
// <add key="password" value="…"/>, define('PASSWORD', '…'), --password …,
// name: PASSWORD and value: … in the next line.
type assignment struct {
	// text[keyFrom:keyTo] is the name, text[from:to] the value without quotes.
	keyFrom, keyTo, from, to int
	// quote is the value's quotation mark, 0 where it has none.
	quote byte
	// operator is the first byte of what stands between.
	operator byte
}

// Limits of an assignment, in bytes.
const (
	maxKey   = 64
	maxWords = 3
	maxValue = 1024
)

// keyByte reports whether a byte can be part of a name.
func keyByte(b byte) bool { return wordByte(b) || b == '-' || b == '.' || b == '$' || b >= 0x80 }

// cursor reads text without running past its end.
type cursor struct {
	text []byte
	at   int
}

func (c *cursor) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func (c *cursor) peekAt(n int) byte {
	if c.at+n < len(c.text) {
		return c.text[c.at+n]
	}
	return 0
}

func (c *cursor) blanks(most int) (n int) {
	for n < most && (c.peek() == ' ' || c.peek() == '\t') {
		c.at++
		n++
	}
	return n
}

// white skips white space with line ends.
func (c *cursor) white(most int) (n int) {
	for n < most && (c.peek() == ' ' || c.peek() == '\t' || c.peek() == '\n' || c.peek() == '\r') {
		c.at++
		n++
	}
	return n
}

// quote skips a quotation mark, with a backslash before it, and tells which.
func (c *cursor) quote() (mark byte, escaped bool) {
	b, n := c.peek(), 1
	if b == '\\' {
		b, n, escaped = c.peekAt(1), 2, true
		if b == '\\' { // a string in a string in a string
			b, n = c.peekAt(2), 3
		}
	}
	if b == '"' || b == '\'' || b == '`' {
		c.at += n
		return b, escaped
	}
	return 0, false
}

// word skips a literal, in either case.
func (c *cursor) word(lower string) bool {
	if c.at+len(lower) > len(c.text) {
		return false
	}
	for i := range len(lower) {
		if foldedByte(c.text[c.at+i]) != lower[i] {
			return false
		}
	}
	c.at += len(lower)
	return true
}

// assigned finds the assignment to the name that holds text[at].
func assigned(text []byte, at int, p place) (assignment, bool) {
	a := assignment{keyFrom: at, keyTo: at}
	for a.keyFrom > 0 && keyByte(text[a.keyFrom-1]) {
		if a.keyFrom--; at-a.keyFrom > maxKey {
			return a, false
		}
	}
	for a.keyTo < len(text) && keyByte(text[a.keyTo]) {
		if a.keyTo++; a.keyTo-at > maxKey {
			return a, false
		}
	}
	if a.keyTo == at { // an anchor that begins with something else
		return a, false
	}
	c := &cursor{text: text, at: a.keyTo}
	if !a.findOperator(c, p) {
		return a, false
	}
	return a, a.findValue(c, p)
}

// findOperator moves c from the end of the name to behind the operator.
func (a *assignment) findOperator(c *cursor, p place) bool {
	before := func(n int) byte {
		if a.keyFrom >= n {
			return c.text[a.keyFrom-n]
		}
		return 0
	}
	// A flag, or an instruction of a Dockerfile: the value is the next word.
	if c.peek() == ' ' && p.kind != source && p.kind != prose {
		name := c.text[a.keyFrom:a.keyTo]
		if bytes.HasPrefix(name, []byte("--")) || afterWord(c.text[:a.keyFrom], "env") || afterWord(c.text[:a.keyFrom], "arg") {
			if b := c.peekAt(1); b > ' ' && b != '-' && b != '=' && b != ':' {
				c.at++
				a.operator = ' '
				return true
			}
		}
	}
	closing, _ := c.quote()
	if closing == 0 {
		// More words of the name: "API key", "token string".
		for range maxWords {
			here := c.at
			if c.blanks(4) == 0 || !wordByte(c.peek()) {
				c.at = here
				break
			}
			for n := 0; keyByte(c.peek()) && n < maxKey; n++ {
				c.at++
			}
		}
		if mark := before(1); mark == '"' || mark == '\'' || mark == '`' {
			closing, _ = c.quote()
		}
	}
	if c.named(a) {
		return true
	}
	if c.peek() == ']' { // x["password"] = , char password[] =
		c.at++
	} else if c.peek() == '[' && c.peekAt(1) == ']' {
		c.at += 2
	}
	if closing == 0 && c.peek() == '>' && (before(1) == '<' || before(1) == ':') {
		c.at++
		a.operator = '<'
		return true
	}
	if closing != 0 && c.peek() == '>' && (p.kind == data || p.kind == settings) {
		c.at++
		a.operator = '<'
		return true
	}
	gap := c.blanks(40)
	b, next := c.peek(), c.peekAt(1)
	a.operator = b
	switch {
	case b == ':' && next == '=', b == '=' && next == '>', b == '?' && next == '=', b == '|' && next == '|', b == '.' && next == '=', b == '+' && next == '=', b == '?' && next == '?', b == '?' && next == ':':
		c.at += 2
	case b == '!' && next == '=': // compared with the value
		for c.at += 2; c.peek() == '='; {
			c.at++
		}
	case b == '=' || b == ':':
		for range 3 {
			if c.peek() == b {
				c.at++
			}
		}
		if b == ':' && c.peek() == '=' {
			c.at++
		}
	case b == ',' && closing != 0:
		c.at++
	case b == '(' && closing == 0 && p.kind == source: // std::string password("…"), setPassword("…")
		c.at++
	case (b == '"' || b == '\'') && gap > 0 && closing == 0 && p.kind == source && afterWord(c.text[:a.keyFrom], "#define"):
		return true
	default:
		return false
	}
	return true
}

// named handles places that give name and value as two attributes:
// key="password" value="…", name: PASSWORD / value: …, <key>password</key>
// <string>…</string>.
func (c *cursor) named(a *assignment) bool {
	here := c.at
	if c.word("</key>") {
		c.white(80)
		if c.word("<string>") {
			a.operator = '<'
			return true
		}
		c.at = here
		return false
	}
	if c.peek() == ',' {
		c.at++
	}
	if c.white(80) > 0 || c.at > here {
		mark, _ := c.quote()
		if c.word("value") {
			closed := true
			if mark != 0 {
				m, _ := c.quote()
				closed = m == mark
			}
			c.blanks(8)
			if b := c.peek(); closed && (b == ':' || b == '=') {
				c.at++
				a.operator = b
				return true
			}
		}
	}
	c.at = here
	return false
}

// afterWord reports whether text ends with a word, in either case, and blanks.
func afterWord(text []byte, lower string) bool {
	end := len(text)
	for end > 0 && len(text)-end < 8 && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}
	if end == len(text) || end < len(lower) {
		return false
	}
	c := &cursor{text: text, at: end - len(lower)}
	return c.word(lower) && (end == len(lower) || !wordByte(text[end-len(lower)-1]))
}

// findValue reads the value that begins behind the operator.
func (a *assignment) findValue(c *cursor, p place) bool {
	if a.operator == '<' {
		c.white(80)
		if c.word("<![cdata[") {
			c.white(8)
		}
		a.from = c.at
		for n := 0; n < maxValue; n, c.at = n+1, c.at+1 {
			if b := c.peek(); b == '<' || b == ']' && c.peekAt(1) == ']' {
				a.to = c.at
				for a.to > a.from && (c.text[a.to-1] == ' ' || c.text[a.to-1] == '\n' || c.text[a.to-1] == '\r' || c.text[a.to-1] == '\t') {
					a.to--
				}
				return a.to > a.from
			} else if b == 0 || b == '>' {
				return false
			}
		}
		return false
	}
	c.blanks(40)
	// A type between: password: str = "…"
	if a.operator == ':' && p.kind == source && wordByte(c.peek()) {
		here := c.at
		for n := 0; n < maxKey && (keyByte(c.peek()) || c.peek() == '?' || c.peek() == '&'); n++ {
			c.at++
		}
		c.blanks(4)
		if c.peek() == '=' {
			c.at++
			c.blanks(8)
		} else {
			c.at = here
		}
	}
	if b := c.peek(); b == '\n' || b == '\r' {
		// In the next line only within quotes.
		c.white(80)
		if b := c.peek(); b != '"' && b != '\'' && b != '`' {
			return false
		}
	}
	if c.word("[]byte(") || c.word("bytes(") || c.word("new string(") || c.word("string.from(") {
		c.blanks(2)
	} else if b := c.peekAt(1); b == '"' || b == '\'' {
		switch c.peek() {
		case 'b', 'B', 'r', 'R', 'u', 'U', 'L', '@', '(', '[', '{': // string prefixes; one element of a list
			c.at++
		}
	}
	mark, escaped := c.quote()
	a.quote, a.from = mark, c.at
	if mark == 0 {
		return a.bare(c, p)
	}
	if c.peek() == mark && c.peekAt(1) == mark { // """…"""
		c.at += 2
		a.from = c.at
	}
	for n := 0; n < maxValue; n, c.at = n+1, c.at+1 {
		switch b := c.peek(); {
		case b == mark:
			a.to = c.at
			if escaped {
				for a.to > a.from && c.text[a.to-1] == '\\' {
					a.to--
				}
			}
			return a.to > a.from
		case b == '\\' && !escaped && mark != '`':
			c.at++
		case b == '\n' || b == '\r' || b == 0:
			return false
		}
	}
	return false
}

// bare reads a value without quotes.
func (a *assignment) bare(c *cursor, p place) bool {
	if c.peek() == '#' {
		return false
	}
	if p.line {
		for n := 0; n < maxValue; n, c.at = n+1, c.at+1 {
			b := c.peek()
			if b == '\n' || b == '\r' || c.at >= len(c.text) || (b == ' ' || b == '\t') && c.peekAt(1) == '#' {
				break
			}
			if b == 0 {
				return false
			}
		}
		a.to = c.at
		for a.to > a.from && (c.text[a.to-1] == ' ' || c.text[a.to-1] == '\t') {
			a.to--
		}
		return a.to > a.from && a.to-a.from < maxValue
	}
	for n := 0; n < maxValue; n, c.at = n+1, c.at+1 {
		b := c.peek()
		if b <= ' ' || b == 0x7f || b == '"' || b == '\'' || b == '`' || b == '<' || b == '>' || b == ',' || b == ';' || b == ')' || b == ']' || b == '}' || b == '\\' || b == '|' {
			break
		}
		if b == '&' && p.kind != settings {
			break
		}
	}
	a.to = c.at
	return a.to > a.from && a.to-a.from < maxValue
}
