package lang

import "bytes"

// Lines goes over the lines of a document without copying them. A carriage
// return before the line feed is not part of a line.
type Lines struct {
	rest []byte
	// Number of the line last given, from 1.
	Number int
}

// NewLines starts before the first line; a byte order mark is skipped.
func NewLines(doc []byte) *Lines { return &Lines{rest: bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))} }

// Next gives the next line and whether there was one.
func (l *Lines) Next() ([]byte, bool) {
	if len(l.rest) == 0 {
		return nil, false
	}
	var line []byte
	line, l.rest, _ = bytes.Cut(l.rest, []byte{'\n'})
	l.Number++
	return bytes.TrimSuffix(line, []byte{'\r'}), true
}

// Peek gives the next line without moving on.
func (l *Lines) Peek() []byte {
	line, _, _ := bytes.Cut(l.rest, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}

// Indent counts the spaces that a line begins with.
func Indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
