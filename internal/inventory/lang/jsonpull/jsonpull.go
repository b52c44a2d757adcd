// Package jsonpull reads JSON documents of which only a little is wanted: it
// walks the bytes once, calls back for keys and elements, and skips what nobody
// asks for without decoding or allocating. Package manifests are mostly such
// documents, and an image has thousands of them.
//
// # Promises
//
// Memory is what the caller keeps; nesting is limited to [MaxDepth]; every error
// names the offset. Strings are decoded as RFC 8259 says, invalid UTF-8 and
// lone surrogates become U+FFFD. A byte order mark is skipped.
//
// # What it does not do
//
// It is no validator: what is skipped is only held to have strings that end and
// brackets that match, and a comma before a closing bracket is accepted (bun.lock
// is written so). Of two equal keys both are called back, in order.
package jsonpull

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"bulwark/internal/walk"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 512

// Kind of the next value.
type Kind byte

// Kinds.
const (
	End    Kind = iota // nothing follows
	Object             // {
	Array              // [
	String
	Number
	Bool
	Null
	Invalid
)

// Reader is a position in a document. The zero Reader is an empty document.
type Reader struct {
	buf   []byte
	pos   int
	depth int
	// line feeds before the byte at counted; the position never goes back.
	line, counted int
}

// New starts at the beginning of a document, which must not change while it is read.
func New(doc []byte) *Reader {
	return &Reader{buf: bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))}
}

var errEnd = errors.New("document ends too early")

func (r *Reader) fail(err error) error { return fmt.Errorf("json at byte %d: %w", r.pos, err) }

func (r *Reader) failf(format string, a ...any) error { return r.fail(fmt.Errorf(format, a...)) }

func (r *Reader) space() {
	for r.pos < len(r.buf) {
		switch r.buf[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// Next tells the kind of the next value without consuming it.
func (r *Reader) Next() Kind {
	r.space()
	if r.pos >= len(r.buf) {
		return End
	}
	switch c := r.buf[r.pos]; {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == '-' || c >= '0' && c <= '9':
		return Number
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	}
	return Invalid
}

// EachKey reads an object and calls f for each of its keys; f must consume the
// value (Skip, Text, EachKey, …). key is good until f returns. A value that is
// no object is skipped without a call: real documents have null or a string in
// many places where an object is usual.
func (r *Reader) EachKey(f func(key []byte) error) error {
	if r.Next() != Object {
		return r.Skip()
	}
	return r.nest('}', func() error {
		if r.Next() != String {
			return r.failf("key expected")
		}
		key, err := r.text()
		if err != nil {
			return err
		}
		r.space()
		if r.pos >= len(r.buf) {
			return r.fail(errEnd)
		}
		if r.buf[r.pos] != ':' {
			return r.failf("colon expected, not %q", r.buf[r.pos])
		}
		r.pos++
		return f(key)
	})
}

// EachElement reads an array and calls f before each of its elements; f must
// consume it. A value that is no array is skipped without a call.
func (r *Reader) EachElement(f func() error) error {
	if r.Next() != Array {
		return r.Skip()
	}
	return r.nest(']', f)
}

func (r *Reader) nest(end byte, f func() error) error {
	if r.depth++; r.depth > MaxDepth {
		return r.failf("nested deeper than %d: %w", MaxDepth, walk.ErrLimit)
	}
	defer func() { r.depth-- }()
	r.pos++ // the opening bracket
	for first := true; ; first = false {
		r.space()
		if r.pos >= len(r.buf) {
			return r.fail(errEnd)
		}
		if r.buf[r.pos] == end {
			r.pos++
			return nil
		}
		if !first {
			if r.buf[r.pos] != ',' {
				return r.failf("comma or %q expected, not %q", end, r.buf[r.pos])
			}
			r.pos++
			if r.space(); r.pos < len(r.buf) && r.buf[r.pos] == end {
				r.pos++
				return nil
			}
		}
		at := r.pos
		if err := f(); err != nil {
			return err
		}
		if r.pos == at { // a callback that consumes nothing would loop for ever
			return r.failf("value expected")
		}
	}
}

// Text reads a string; any other value is skipped and gives "".
func (r *Reader) Text() (string, error) {
	if r.Next() != String {
		return "", r.Skip()
	}
	b, err := r.text()
	return string(b), err
}

// Scalar reads a string, number or boolean as text; other values are skipped and give "".
func (r *Reader) Scalar() (string, error) {
	switch r.Next() {
	case String:
		return r.Text()
	case Number, Bool:
		at := r.pos
		err := r.Skip()
		return string(r.buf[at:r.pos]), err
	}
	return "", r.Skip()
}

// True reads a boolean; any other value is skipped and gives false.
func (r *Reader) True() (bool, error) {
	if r.Next() != Bool {
		return false, r.Skip()
	}
	yes := r.buf[r.pos] == 't'
	return yes, r.Skip()
}

// Line is the line, counted from 1, of the position.
func (r *Reader) Line() int {
	r.line += bytes.Count(r.buf[r.counted:r.pos], []byte{'\n'})
	r.counted = r.pos
	return r.line + 1
}

// Done reports an error when anything but white space is left.
func (r *Reader) Done() error {
	if r.Next() != End {
		return r.failf("%q after the document", r.buf[r.pos])
	}
	return nil
}

// Skip consumes the next value, whatever it is.
func (r *Reader) Skip() error {
	switch r.Next() {
	case End:
		return r.fail(errEnd)
	case String:
		return r.skipString()
	case Object, Array:
		return r.skipNested()
	case Bool, Null, Number:
		r.skipWord()
		return nil
	}
	return r.failf("value expected, not %q", r.buf[r.pos])
}

func (r *Reader) skipWord() {
	for r.pos < len(r.buf) {
		switch r.buf[r.pos] {
		case ',', '}', ']', ' ', '\t', '\n', '\r', ':', '"', '{', '[':
			return
		}
		r.pos++
	}
}

func (r *Reader) skipString() error {
	r.pos++
	for {
		i := bytes.IndexByte(r.buf[r.pos:], '"')
		if i < 0 {
			r.pos = len(r.buf)
			return r.fail(errEnd)
		}
		quote := r.pos + i
		esc := quote
		for esc > r.pos && r.buf[esc-1] == '\\' {
			esc--
		}
		r.pos = quote + 1
		if (quote-esc)%2 == 0 {
			return nil
		}
	}
}

// skipNested counts brackets; which kind closes which is kept in a bit set, so
// that "{]" is an error.
func (r *Reader) skipNested() error {
	var stack [MaxDepth/64 + 1]uint64
	depth := r.depth
	base := depth
	for r.pos < len(r.buf) {
		switch c := r.buf[r.pos]; c {
		case '"':
			if err := r.skipString(); err != nil {
				return err
			}
			continue
		case '{', '[':
			if depth >= MaxDepth {
				return r.failf("nested deeper than %d: %w", MaxDepth, walk.ErrLimit)
			}
			bit := uint64(1) << (depth % 64)
			if c == '[' {
				stack[depth/64] |= bit
			} else {
				stack[depth/64] &^= bit
			}
			depth++
		case '}', ']':
			depth--
			if isArray := stack[depth/64]>>(depth%64)&1 == 1; isArray != (c == ']') {
				return r.failf("%q does not match", c)
			}
			if depth == base {
				r.pos++
				return nil
			}
		}
		r.pos++
	}
	return r.fail(errEnd)
}

// text reads the string at the position; the result points into the document
// where the string has no escapes.
func (r *Reader) text() ([]byte, error) {
	start := r.pos + 1
	if err := r.skipString(); err != nil {
		return nil, err
	}
	raw := r.buf[start : r.pos-1]
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw, nil
	}
	return unquote(raw), nil
}

func unquote(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			if c < utf8.RuneSelf {
				out = append(out, c)
				i++
				continue
			}
			ru, n := utf8.DecodeRune(raw[i:])
			out = utf8.AppendRune(out, ru)
			i += n
			continue
		}
		i++
		if i >= len(raw) {
			break
		}
		c = raw[i]
		i++
		switch c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			ru := hex4(raw[i:])
			if ru < 0 {
				out = utf8.AppendRune(out, utf8.RuneError)
				continue
			}
			i += 4
			if utf16.IsSurrogate(ru) {
				low := rune(-1)
				if bytes.HasPrefix(raw[i:], []byte(`\u`)) {
					low = hex4(raw[i+2:])
				}
				if both := utf16.DecodeRune(ru, low); both != utf8.RuneError {
					ru = both
					i += 6
				} else {
					ru = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, ru)
		default: // \" \\ \/
			out = append(out, c)
		}
	}
	return out
}

func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var v rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return -1
		}
	}
	return v
}
