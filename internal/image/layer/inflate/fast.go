package inflate

import "encoding/binary"

// fastInput is how much input one turn of the fast loop may look at: two loads
// of 8 bytes, the second at most 8 further.
const fastInput = 16

// readSymbolsFast decodes symbols of the current block while there is input for
// the worst that a symbol may be and outPos is below outLimit.
//
// It holds no bounds check: the loop's condition and the masks prove every
// index. That one check fails to go away with a later compiler costs some speed
// and nothing else.
func (r *Reader) readSymbolsFast() error {
	bits, nbits := r.bits, uint64(r.nbits)
	ip, op := r.inPos, r.outPos
	lastIn := r.inEnd - fastInput
	if lastIn > inSize-fastInput {
		return nil
	}
	var err error

	for ip <= lastIn && op < outLimit {
		// Only the low 6 bits of nbits mean something, here and below: the
		// entries it is lowered by have other things above. Bits above nbits are
		// those of the bytes at ip, so to OR them in again is right.
		bits |= binary.LittleEndian.Uint64(r.in[ip:ip+8]) << (nbits & 63)
		ip += uint(7 - nbits>>3&7)
		nbits |= 56

		e := r.lit[bits&(1<<litTableBits-1)]
		if int32(e) < 0 {
			binary.LittleEndian.PutUint16(r.out[op:op+2], uint16(e>>8))
			op += uint(e >> 24 & 3)
			bits >>= e & 63
			nbits -= uint64(e)
			e = r.lit[bits&(1<<litTableBits-1)]
			if int32(e) < 0 {
				binary.LittleEndian.PutUint16(r.out[op:op+2], uint16(e>>8))
				op += uint(e >> 24 & 3)
				bits >>= e & 63
				nbits -= uint64(e)
				e = r.lit[bits&(1<<litTableBits-1)]
				if int32(e) < 0 {
					binary.LittleEndian.PutUint16(r.out[op:op+2], uint16(e>>8))
					op += uint(e >> 24 & 3)
					bits >>= e & 63
					nbits -= uint64(e)
					continue
				}
			}
		}

		if e&entrySpecial != 0 {
			if e&entryLonger != 0 {
				bits >>= e & 63
				nbits -= uint64(e)
				e = r.lit[(uint64(e>>16)+bits&(1<<(e>>8&15)-1))&(litTableSize-1)]
				if int32(e) < 0 {
					r.out[op&(outSize-1)] = byte(e >> 8)
					op++
					bits >>= e & 63
					nbits -= uint64(e)
					continue
				}
			}
			if e&entrySpecial != 0 {
				if e&entryEnd != 0 {
					bits >>= e & 63
					nbits -= uint64(e)
					r.step = stepBlock
				} else {
					err = ErrCorrupt
				}
				break
			}
		}

		length := uint(e>>16&511) + uint(bits>>(e>>8&15))&uint(e>>25&31)
		bits >>= e & 63
		nbits -= uint64(e)

		bits |= binary.LittleEndian.Uint64(r.in[ip:ip+8]) << (nbits & 63)
		ip += uint(7 - nbits>>3&7)
		nbits |= 56

		d := r.dist[bits&(1<<distTableBits-1)]
		if d&entrySpecial != 0 {
			if d&entryLonger != 0 {
				bits >>= d & 63
				nbits -= d
				d = r.dist[(d>>16+bits&(1<<(d>>8&15)-1))&(distTableSize-1)]
			}
			if d&entrySpecial != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := uint(d>>16&0x7fff) + uint(bits>>(d>>8&15))&uint(d>>32)
		bits >>= d & 63
		nbits -= d

		from := op - distance
		if from >= outSize { // wraps around if it is before the start
			err = ErrCorrupt
			break
		}
		// A match starts at most at outLimit and three pairs. The compiler has lost
		// that on the way here, and the mask tells it.
		at := op & (outSize - 1)
		if distance >= 16 {
			to, of := (*[32]byte)(r.out[at:at+32]), (*[32]byte)(r.out[from:from+32])
			*(*[16]byte)(to[:16]) = *(*[16]byte)(of[:16])
			*(*[16]byte)(to[16:]) = *(*[16]byte)(of[16:])
			for i := uint(32); i < length; i += 16 {
				*(*[16]byte)(r.out[at+i : at+i+16]) = *(*[16]byte)(r.out[from+i : from+i+16])
			}
		} else if distance >= 8 {
			for i := uint(0); i < length; i += 8 {
				binary.LittleEndian.PutUint64(r.out[at+i:at+i+8], binary.LittleEndian.Uint64(r.out[from+i:from+i+8]))
			}
		} else {
			// What repeats is spread over 8 bytes, and stored at steps of a
			// multiple of its length.
			n := distance << 3
			v := binary.LittleEndian.Uint64(r.out[from:from+8]) & (1<<(n&63) - 1)
			v |= v << n
			v |= v << (2 * n)
			v |= v << (4 * n)
			stride := uint(strides[distance&7])
			for i := uint(0); i < length; i += stride {
				binary.LittleEndian.PutUint64(r.out[at+i:at+i+8], v)
			}
		}
		op += length
	}

	r.bits, r.nbits = bits, uint(nbits&63)
	r.inPos, r.outPos = ip, op
	r.giveBack()
	return err
}

// strides is the largest multiple of a distance that is at most 8.
var strides = [8]uint8{8, 8, 8, 6, 8, 5, 6, 7}
