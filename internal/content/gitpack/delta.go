package gitpack

import (
	"fmt"
	"slices"
)

// uvarint reads a size of a delta: little end first, seven bits a byte.
func uvarint(b []byte) (n int64, rest []byte, ok bool) {
	for shift := 0; shift < 56; shift += 7 {
		if len(b) == 0 {
			return 0, nil, false
		}
		c := b[0]
		b = b[1:]
		n |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			return n, b, true
		}
	}
	return 0, nil, false
}

// resultSize gives the size of what a delta makes of a base of baseSize bytes.
func resultSize(delta []byte, baseSize int64) (int64, error) {
	base, rest, ok := uvarint(delta)
	if !ok || base != baseSize {
		return 0, fmt.Errorf("%w: a delta on %d bytes, its base has %d", ErrCorrupt, base, baseSize)
	}
	n, _, ok := uvarint(rest)
	if !ok {
		return 0, fmt.Errorf("%w: delta without a size", ErrCorrupt)
	}
	return n, nil
}

// apply appends to out what delta makes of base (gitformat-pack(5), "Deltified
// representation"). It never makes more than the delta says it will.
func apply(out, base, delta []byte) ([]byte, error) {
	size, err := resultSize(delta, int64(len(base)))
	if err != nil {
		return nil, err
	}
	_, delta, _ = uvarint(delta)
	_, delta, _ = uvarint(delta)
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op&0x80 == 0 {
			n := int(op)
			if n == 0 || n > len(delta) {
				return nil, fmt.Errorf("%w: delta inserts %d bytes of %d", ErrCorrupt, n, len(delta))
			}
			out = append(out, delta[:n]...)
			delta = delta[n:]
		} else {
			var at, n int
			for i := range 7 {
				if op&(1<<i) == 0 {
					continue
				}
				if len(delta) == 0 {
					return nil, fmt.Errorf("%w: delta ends in a copy", ErrCorrupt)
				}
				if i < 4 {
					at |= int(delta[0]) << (8 * i)
				} else {
					n |= int(delta[0]) << (8 * (i - 4))
				}
				delta = delta[1:]
			}
			if n == 0 {
				n = 0x10000
			}
			if at > len(base) || n > len(base)-at {
				return nil, fmt.Errorf("%w: delta copies %d bytes from %d of %d", ErrCorrupt, n, at, len(base))
			}
			if int64(len(out)+n) > size {
				return nil, fmt.Errorf("%w: delta makes more than the %d bytes it says", ErrCorrupt, size)
			}
			if cap(out) == 0 {
				out = slices.Grow(out, int(min(size, int64(4*len(base)+len(delta)+n))))
			}
			out = append(out, base[at:at+n]...)
		}
	}
	if int64(len(out)) != size {
		return nil, fmt.Errorf("%w: delta makes %d bytes and says %d", ErrCorrupt, len(out), size)
	}
	return out, nil
}
