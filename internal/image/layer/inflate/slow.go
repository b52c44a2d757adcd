package inflate

// plainCode is a canonical code as RFC 1951, section 3.2.2 describes it, to be
// read bit by bit.
type plainCode struct {
	// least is how many bits have to be there for a symbol to be read.
	least   uint
	longest int
	count   [maxCodeLen + 1]uint16
	symbols [maxLitCodes]uint16
}

func newPlainCode(lens []uint8) *plainCode {
	c := new(plainCode)
	c.count, c.longest, _ = codeShape(lens)
	at := 0
	for n := 1; n <= c.longest; n++ {
		if c.least == 0 && c.count[n] != 0 {
			c.least = uint(n)
		}
		for symbol, l := range lens {
			if int(l) == n {
				c.symbols[at] = uint16(symbol) //nolint:gosec // below 288
				at++
			}
		}
	}
	return c
}

// readPlain reads one symbol, and takes no more bits than it has.
func (r *Reader) readPlain(c *plainCode) (uint, error) {
	if !r.need(c.least) {
		return 0, r.sourceErr()
	}
	code, first, at := uint(0), uint(0), uint(0)
	for n := 1; n <= c.longest; n++ {
		if !r.need(uint(n)) {
			return 0, r.sourceErr()
		}
		code |= uint(r.bits>>(n-1)) & 1
		count := uint(c.count[n])
		if code-first < count {
			r.take(uint(n))
			return uint(c.symbols[at+code-first]), nil
		}
		at += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, ErrCorrupt
}

// readSymbolsSlowly is for the last bytes of a source, which has been read to
// its end.
func (r *Reader) readSymbolsSlowly() error {
	lit := newPlainCode(r.lens[:r.litLen])
	dist := newPlainCode(r.lens[r.litLen : r.litLen+r.distLen])
	// A block has to end in its end-of-block symbol, so the standard library
	// looks at no symbol if there are not as many bits as that one has. Where
	// input is cut off this decides how many bytes come out.
	lit.least = max(lit.least, uint(r.lens[endOfBlock]))
	for r.outPos < outLimit {
		symbol, err := r.readPlain(lit)
		if err != nil {
			return err
		}
		if symbol < endOfBlock {
			r.out[r.outPos] = byte(symbol)
			r.outPos++
			continue
		}
		if symbol == endOfBlock {
			r.step = stepBlock
			return nil
		}
		e := uint64(litSymbols[symbol])
		if e&entrySpecial != 0 {
			return ErrCorrupt
		}
		length, ok := r.takeExtra(uint(e>>16&511), uint(e&entryBitsMask))
		if !ok {
			return r.sourceErr()
		}
		if symbol, err = r.readPlain(dist); err != nil {
			return err
		}
		e = distSymbols[symbol]
		if e&entrySpecial != 0 {
			return ErrCorrupt
		}
		distance, ok := r.takeExtra(uint(e>>16&0x7fff), uint(e&entryBitsMask))
		if !ok {
			return r.sourceErr()
		}
		if distance > r.outPos {
			return ErrCorrupt
		}
		for range length {
			r.out[r.outPos] = r.out[r.outPos-distance]
			r.outPos++
		}
	}
	return nil
}

// takeExtra adds the extra bits of a length or distance to its base.
func (r *Reader) takeExtra(base, extra uint) (uint, bool) {
	if !r.need(extra) {
		return 0, false
	}
	return base + r.take(extra), true
}
