package secret

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// headSize is how much of a text decides what it is.
const headSize = 4 << 10

// decoded gives r, or its UTF-8 form where it is UTF-16: it has a byte order
// mark, or nearly every other byte is zero. head is room for its beginning.
func decoded(r io.Reader, head []byte) io.Reader {
	begin := &beginning{rest: r}
	for len(begin.head) < cap(head) && begin.err == nil {
		var n int
		n, begin.err = r.Read(head[len(begin.head):cap(head)])
		begin.head = head[:len(begin.head)+n]
	}
	if order := utf16Order(begin.head); order != nil {
		return &utf16Reader{r: begin, order: order}
	}
	return begin
}

// beginning gives back what was read of rest, then err if there was one, then rest.
type beginning struct {
	head []byte
	err  error
	rest io.Reader
}

func (b *beginning) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.rest.Read(p)
}

// utf16Order tells which UTF-16 a text is in; nil for none.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}): // UTF-32, which nobody writes
		return nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return binary.BigEndian
	case len(head) < 16:
		return nil
	}
	var zero, text [2]int
	for i, b := range head {
		switch {
		case b == 0:
			zero[i&1]++
		case b == '\n' || b == '\r' || b == '\t' || b >= ' ' && b < 0x7f:
			text[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case zero[1]*10 >= half*9 && text[0]*10 >= half*9:
		return binary.LittleEndian
	case zero[0]*10 >= half*9 && text[1]*10 >= half*9:
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8; what is no character becomes U+FFFD.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    [4096]byte
	held  int // bytes of in not yet decoded
	out   []byte
	given int // bytes of out already given
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for u.given == len(u.out) {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out[u.given:])
	u.given += n
	return n, nil
}

func (u *utf16Reader) fill() {
	n, err := u.r.Read(u.in[u.held:])
	u.held += n
	u.err = err
	u.out, u.given = u.out[:0], 0
	i := 0
	for i+2 <= u.held {
		c := rune(u.order.Uint16(u.in[i:]))
		if utf16.IsSurrogate(c) && c < 0xdc00 {
			if i+4 > u.held && err == nil {
				break
			}
			if i+4 <= u.held {
				if pair := utf16.DecodeRune(c, rune(u.order.Uint16(u.in[i+2:]))); pair != utf8.RuneError {
					u.out = utf8.AppendRune(u.out, pair)
					i += 4
					continue
				}
			}
		}
		if utf16.IsSurrogate(c) {
			c = utf8.RuneError
		}
		if c != 0xfeff {
			u.out = utf8.AppendRune(u.out, c)
		}
		i += 2
	}
	if err != nil && i < u.held {
		u.out = utf8.AppendRune(u.out, utf8.RuneError)
		i = u.held
	}
	u.held = copy(u.in[:], u.in[i:u.held])
}

// binaryHead reports whether a text begins like a binary file: a zero, or many
// control characters.
func binaryHead(head []byte) bool {
	head = head[:min(len(head), headSize)]
	control := 0
	for _, b := range head {
		if b == 0 {
			return true
		}
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 0x1b {
			control++
		}
	}
	return control*20 > len(head)
}

// binaryAt reports whether bytes[from:to] stands in a binary file, or among
// bytes of one.
func (s *scan) binaryAt(from, to int) bool {
	return s.binary || bytes.IndexByte(s.bytes[max(0, from-64):min(len(s.bytes), to+64)], 0) >= 0
}
