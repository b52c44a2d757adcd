package inflate

import "math/bits"

// An entry of a table says all about the code at its index. From the low end:
//
//	 0–7   bits to take: code and extra bits together
//	 8–11  bits of the code alone
//	13     end of block
//	14     a longer code: go on in the table that starts at (entry>>16), whose
//	       index has as many bits as 8–11 say
//	15     none of the common cases: 13, 14, or (neither set) a code that means
//	       nothing
//	16–24  base of a length; or 16–30 base of a distance
//	25–29  mask of a length's extra bits; or 32–44 that of a distance's
//
// but for literals, which have bit 31 set:
//
//	 8–15  the literal
//	16–23  the second literal
//	24–25  how many there are
const (
	entryEnd      = 1 << 13
	entryLonger   = 1 << 14
	entrySpecial  = 1 << 15
	entryLiteral  = 1 << 31
	entryOne      = 1 << 24
	entryTwo      = 2 << 24
	entryBitsMask = 63
	entryCodeUnit = 0x101 // a bit more of code, where code and total are counted
)

// The sizes leave room for the tables of longer codes; what is needed at most
// is 2342 and 402 entries (zlib's examples/enough.c for 288 and 32 symbols), and
// powers of two let an index be masked instead of checked.
const (
	litTableBits  = 11
	litTableSize  = 4096
	distTableBits = 8
	distTableSize = 512
	lenTableBits  = 7
)

// litSymbols and distSymbols are the entries of symbols, less what depends on
// the length of the code (RFC 1951, section 3.2.5).
var (
	litSymbols  = makeLitSymbols()
	distSymbols = makeDistSymbols()
)

func makeLitSymbols() (t [maxLitCodes]uint32) {
	for i := range uint32(endOfBlock) {
		t[i] = entryLiteral | entryOne | i<<8
	}
	t[endOfBlock] = entrySpecial | entryEnd
	base := uint32(3)
	for i := uint32(endOfBlock + 1); i < 285; i++ {
		extra := uint32(0)
		if i >= 265 {
			extra = (i - 261) / 4
		}
		t[i] = base<<16 | (1<<extra-1)<<25 | extra
		base += 1 << extra
	}
	t[285] = 258 << 16
	t[286], t[287] = entrySpecial, entrySpecial
	return t
}

func makeDistSymbols() (t [maxDistCodes]uint64) {
	base := uint64(1)
	for i := range uint64(maxDynamicDist) {
		extra := uint64(0)
		if i >= 4 {
			extra = (i - 2) / 2
		}
		t[i] = base<<16 | (1<<extra-1)<<32 | extra
		base += 1 << extra
	}
	t[30], t[31] = entrySpecial, entrySpecial
	return t
}

// makeTables makes the tables of the lengths read. It fails if they are of no
// code.
func (r *Reader) makeTables() bool {
	if !buildTable(r.lit[:], litTableBits, r.lens[:r.litLen], litSymbols[:]) ||
		!buildTable(r.dist[:], distTableBits, r.lens[r.litLen:r.litLen+r.distLen], distSymbols[:]) {
		return false
	}
	r.pairLiterals()
	return true
}

// useFixedCodes makes the tables those of the fixed codes.
func (r *Reader) useFixedCodes() {
	if r.fixed {
		return
	}
	r.litLen, r.distLen = maxLitCodes, maxDistCodes
	for i := range r.lens {
		switch {
		case i < 144:
			r.lens[i] = 8
		case i < 256:
			r.lens[i] = 9
		case i < 280:
			r.lens[i] = 7
		case i < maxLitCodes:
			r.lens[i] = 8
		default:
			r.lens[i] = 5
		}
	}
	r.makeTables()
	r.fixed = true
}

// codeShape counts the codes of each length and says whether they make a code,
// as the standard library sees it.
func codeShape(lens []uint8) (count [maxCodeLen + 1]uint16, longest int, ok bool) {
	for _, n := range lens {
		count[n&maxCodeLen]++
	}
	count[0] = 0
	used := 0
	for n := 1; n <= maxCodeLen; n++ {
		used = used<<1 + int(count[n])
		if count[n] != 0 {
			longest = n
		}
	}
	complete := used == 1<<maxCodeLen
	single := longest == 1 && count[1] == 1
	return count, longest, complete || single || longest == 0
}

// buildTable makes a table of the canonical code with the given lengths. The
// first 2^tableBits entries are indexed by the next bits of input; what follows
// are the tables of longer codes.
func buildTable[E uint32 | uint64](table []E, tableBits int, lens []uint8, symbols []E) bool {
	count, longest, ok := codeShape(lens)
	if !ok {
		return false
	}
	if longest <= 1 {
		// An incomplete code: not all entries mean something.
		for i := range table[:1<<tableBits] {
			table[i] = entrySpecial
		}
		if longest == 0 {
			return true
		}
	}

	// Symbols in the order of their codes.
	var sorted [maxLitCodes]uint16
	var next [maxCodeLen + 2]uint16
	for n := 1; n <= maxCodeLen; n++ {
		next[n+1] = next[n] + count[n]
	}
	for symbol, n := range lens {
		if n != 0 {
			sorted[next[n&maxCodeLen]] = uint16(symbol) //nolint:gosec // below 288
			next[n&maxCodeLen]++
		}
	}

	entry := func(symbol uint16, codeBits int) E {
		e := symbols[symbol]
		if e&entryLiteral != 0 {
			return e + E(codeBits)
		}
		return e + E(codeBits)*entryCodeUnit
	}

	// Codes are read from the lowest bit on, so an index is a code reversed. The
	// table grows with the length of codes, by doubling: what is short stands in
	// every copy.
	at := 0 // in order of codes
	code := uint(0)
	for n := 1; n <= tableBits; n++ {
		half := 1 << (n - 1)
		if n > 1 {
			copy(table[half:2*half], table[:half])
		}
		for range count[n] {
			table[code] = entry(sorted[at], n)
			at++
			code = nextReversed(code, n)
		}
		if longest == 1 && count[1] == 1 {
			for i := 0; i < 1<<tableBits; i += 2 {
				table[i] = table[0]
			}
			return true
		}
	}

	// Longer codes, those with the same first bits in a table of their own.
	mask := uint(1)<<tableBits - 1
	prefix := ^uint(0)
	start, size := 0, 1<<tableBits
	subBits := 0
	for n := tableBits + 1; n <= longest; n++ {
		for left := count[n]; left > 0; left-- {
			if code&mask != prefix {
				prefix = code & mask
				start += size
				subBits = n - tableBits
				for used := int(left); used < 1<<subBits; {
					subBits++
					used = used<<1 + int(count[tableBits+subBits])
				}
				size = 1 << subBits
				table[prefix] = E(start)<<16 | entrySpecial | entryLonger | E(subBits)<<8 | E(tableBits)
			}
			e := entry(sorted[at], n-tableBits)
			at++
			for i := int(code >> tableBits); i < size; i += 1 << (n - tableBits) {
				table[start+i] = e
			}
			code = nextReversed(code, n)
		}
	}
	return true
}

// nextReversed gives the code of n bits that follows code, both with their bits
// reversed.
func nextReversed(code uint, n int) uint {
	free := code ^ (1<<n - 1)
	if free == 0 {
		return code
	}
	top := uint(1) << (bits.Len(free) - 1)
	return code&(top-1) | top
}

// pairLiterals makes entries of a literal hold the one behind it as well where
// the index has all bits of both.
func (r *Reader) pairLiterals() {
	shortest := uint8(litTableBits)
	for _, n := range r.lens[:endOfBlock] {
		if n != 0 {
			shortest = min(shortest, n)
		}
	}
	// Neither code of a pair may be longer than what the shortest leaves, so all
	// that are of interest are the entries at the start, which are overwritten.
	longest := litTableBits - uint(shortest)
	var singles [1 << (litTableBits - 1)]uint32
	n := copy(singles[:], r.lit[:1<<longest])
	for code, first := range singles[:n] {
		bits := uint(first & entryBitsMask)
		if first&entryLiteral == 0 || bits > longest || code>>bits != 0 {
			continue
		}
		for i, second := range singles[:1<<(litTableBits-bits)] {
			both := first&entryBitsMask + second&entryBitsMask
			if second&entryLiteral == 0 || both > litTableBits {
				continue
			}
			r.lit[code|i<<bits] = entryLiteral | entryTwo | second&0xff00<<8 | first&0xff00 | both
		}
	}
}

// lenTable is the table of the code that the lengths of codes are coded by. An
// entry is symbol<<4 | bits, and 0 where nothing is.
type lenTable struct {
	min     uint
	entries [1 << lenTableBits]uint16
}

func (t *lenTable) build(lens *[19]uint8) bool {
	count, longest, ok := codeShape(lens[:])
	if !ok {
		return false
	}
	code := uint(0)
	for n := 1; n <= longest; n++ {
		if t.min == 0 && count[n] != 0 {
			t.min = uint(n)
		}
		for symbol, l := range lens {
			if int(l) != n {
				continue
			}
			for i := code; i < uint(len(t.entries)); i += 1 << n {
				t.entries[i] = uint16(symbol<<4 | n) //nolint:gosec // nine bits
			}
			code = nextReversed(code, n)
		}
	}
	return true
}
