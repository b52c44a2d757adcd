package inflate

import "encoding/binary"

const (
	maxCodeLen   = 15  // RFC 1951, section 3.2.7
	maxLitCodes  = 288 // with the two that only the fixed code has
	maxDistCodes = 32  // likewise
	endOfBlock   = 256

	maxDynamicLit  = 286
	maxDynamicDist = 30
)

// inflate decodes until the output is full, the member's data ends (step is
// stepTrailer then), or an error.
func (r *Reader) inflate() error {
	for r.outPos < outLimit {
		var err error
		switch r.step {
		case stepBlock:
			if r.final {
				r.giveBack()
				r.bits, r.nbits = 0, 0
				r.step = stepTrailer
				return nil
			}
			err = r.readBlockHeader()
		case stepStored:
			err = r.copyStored()
		case stepSymbols:
			err = r.readSymbols()
		case stepTrailer:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) readBlockHeader() error {
	if !r.need(3) {
		return r.sourceErr()
	}
	head := r.take(3)
	r.final = head&1 != 0
	switch head >> 1 {
	case 0:
		return r.readStoredHeader()
	case 1:
		r.useFixedCodes()
	case 2:
		if err := r.readCodes(); err != nil {
			return err
		}
	default:
		return ErrCorrupt
	}
	r.step = stepSymbols
	return nil
}

func (r *Reader) readStoredHeader() error {
	r.giveBack()
	r.bits, r.nbits = 0, 0
	var b [4]byte
	if err := r.readFull(b[:]); err != nil {
		return noEOF(err)
	}
	n := binary.LittleEndian.Uint16(b[:2])
	if n != ^binary.LittleEndian.Uint16(b[2:]) {
		return ErrCorrupt
	}
	r.stored = uint(n)
	r.step = stepStored
	return nil
}

func (r *Reader) copyStored() error {
	for r.stored > 0 {
		if r.outPos >= outLimit {
			return nil
		}
		if r.inPos == r.inEnd && !r.fill() {
			return r.sourceErr()
		}
		n := min(r.stored, r.inEnd-r.inPos, outLimit-r.outPos)
		copy(r.out[r.outPos:r.outPos+n], r.in[r.inPos:r.inPos+n])
		r.inPos += n
		r.outPos += n
		r.stored -= n
	}
	r.step = stepBlock
	return nil
}

// readSymbols decodes symbols of the current block: fast while there is input
// for it, carefully for the last bytes of the source.
func (r *Reader) readSymbols() error {
	r.giveBack()
	for r.inEnd-r.inPos < fastInput {
		if !r.fill() {
			return r.readSymbolsSlowly()
		}
	}
	return r.readSymbolsFast()
}

// need makes the bit buffer hold n bits, n up to 56.
func (r *Reader) need(n uint) bool {
	for r.nbits < n {
		if r.inPos == r.inEnd && !r.fill() {
			return false
		}
		r.bits |= uint64(r.in[r.inPos]) << r.nbits
		r.inPos++
		r.nbits += 8
	}
	return true
}

// take gives the next n bits, which have to be there.
func (r *Reader) take(n uint) uint {
	v := uint(r.bits & (1<<n - 1))
	r.bits >>= n
	r.nbits -= n
	return v
}

// codeLenOrder is the order in which a block gives the lengths of its code of
// lengths (RFC 1951, section 3.2.7).
var codeLenOrder = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the Huffman codes of a dynamic block and makes the tables.
func (r *Reader) readCodes() error {
	r.fixed = false
	if !r.need(14) {
		return r.sourceErr()
	}
	r.litLen = r.take(5) + 257
	r.distLen = r.take(5) + 1
	n := r.take(4) + 4
	if r.litLen > maxDynamicLit || r.distLen > maxDynamicDist {
		return ErrCorrupt
	}
	var codeLens [len(codeLenOrder)]uint8
	for _, at := range codeLenOrder[:n] {
		if !r.need(3) {
			return r.sourceErr()
		}
		codeLens[at] = uint8(r.take(3)) //nolint:gosec // three bits
	}
	if err := r.readLens(&codeLens); err != nil {
		return err
	}
	if !r.makeTables() {
		return ErrCorrupt
	}
	return nil
}

// readLens reads the lengths of both codes, themselves coded by a code whose
// lengths are codeLens.
func (r *Reader) readLens(codeLens *[19]uint8) error {
	var table lenTable
	if !table.build(codeLens) {
		return ErrCorrupt
	}
	total := r.litLen + r.distLen
	for i := uint(0); i < total; {
		// A symbol takes 14 bits at most. Input that ends is only an error if
		// they are missed, so what is not there is asked for bit by bit.
		if r.nbits < 14 {
			if r.inEnd-r.inPos >= 8 {
				r.bits |= binary.LittleEndian.Uint64(r.in[r.inPos:r.inPos+8]) << r.nbits
				n := (63 - r.nbits) >> 3
				r.inPos += n
				r.nbits += n << 3
				r.bits &= 1<<r.nbits - 1
			} else if !r.need(table.min) {
				return r.sourceErr()
			}
		}
		e := table.entries[r.bits&(1<<lenTableBits-1)]
		for r.nbits < uint(e&15) {
			if !r.need(r.nbits + 1) {
				return r.sourceErr()
			}
			e = table.entries[r.bits&(1<<lenTableBits-1)]
		}
		if e == 0 {
			return ErrCorrupt
		}
		r.take(uint(e & 15))
		symbol := uint8(e >> 4) //nolint:gosec // below 19
		if symbol < 16 {
			r.lens[i] = symbol
			i++
			continue
		}
		if symbol == 16 && i == 0 {
			return ErrCorrupt
		}
		var value uint8
		var extra, repeat uint
		switch symbol {
		case 16:
			value, extra, repeat = r.lens[i-1], 2, 3
		case 17:
			extra, repeat = 3, 3
		default:
			extra, repeat = 7, 11
		}
		if !r.need(extra) {
			return r.sourceErr()
		}
		repeat += r.take(extra)
		if i+repeat > total {
			return ErrCorrupt
		}
		for range repeat {
			r.lens[i] = value
			i++
		}
	}
	return nil
}
