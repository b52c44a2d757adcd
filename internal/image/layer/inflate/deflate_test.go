package inflate

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"math/rand/v2"
)

// bitWriter writes DEFLATE by hand, right or wrong.
type bitWriter struct {
	out  []byte
	acc  uint64
	bits uint
}

func (w *bitWriter) write(v uint64, n uint) {
	w.acc |= v << w.bits
	w.bits += n
	for w.bits >= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.bits -= 8
	}
}

// align goes to a byte's boundary, with pad as the bits between.
func (w *bitWriter) align(pad uint64) {
	if w.bits > 0 {
		w.write(pad&(1<<(8-w.bits)-1), 8-w.bits)
	}
}

func (w *bitWriter) bytes() []byte {
	w.align(0)
	return w.out
}

// code writes the code of a symbol of a canonical code (RFC 1951, section 3.2.2).
func (w *bitWriter) code(lens []uint8, symbol int) {
	code := uint16(0)
	n := lens[symbol]
	if n == 0 {
		panic("a symbol without a code")
	}
	for other, l := range lens {
		if l == 0 || l > n || l == n && other >= symbol {
			continue
		}
		code += 1 << (n - l)
	}
	w.write(uint64(bits.Reverse16(code)>>(16-n)), uint(n))
}

func (w *bitWriter) header(final bool, kind uint64) {
	if final {
		kind |= 4
	}
	w.write(kind>>2|kind&3<<1, 3)
}

func (w *bitWriter) stored(final bool, data []byte) {
	w.header(final, 0)
	w.align(0x55)
	n := uint16(len(data))
	w.out = binary.LittleEndian.AppendUint16(w.out, n)
	w.out = binary.LittleEndian.AppendUint16(w.out, ^n)
	w.out = append(w.out, data...)
}

// flatLens codes each length in 4 bits, and repeats nothing.
func flatLens() (lens [19]uint8) {
	for i := range 16 {
		lens[i] = 4
	}
	return lens
}

// dynamic writes the header of a dynamic block with plain lengths.
func (w *bitWriter) dynamic(final bool, lit, dist []uint8) {
	w.dynamicCoded(final, len(lit), len(dist), flatLens(), func(code func(int)) {
		for _, n := range lit {
			code(int(n))
		}
		for _, n := range dist {
			code(int(n))
		}
	})
}

// dynamicCoded writes the header of a dynamic block whose lengths write writes.
func (w *bitWriter) dynamicCoded(final bool, nlit, ndist int, codeLens [19]uint8, write func(code func(int))) {
	w.header(final, 2)
	w.write(uint64(nlit-257), 5)
	w.write(uint64(ndist-1), 5)
	w.write(15, 4)
	for _, at := range codeLenOrder {
		w.write(uint64(codeLens[at]), 3)
	}
	write(func(symbol int) { w.code(codeLens[:], symbol) })
}

// match writes a match of a length and distance with the extra bits it takes.
func (w *bitWriter) match(lit, dist []uint8, length, distance int) {
	symbol := 285
	if length != 258 {
		for symbol = 257; symbol < 284 && length >= int(litSymbols[symbol+1]>>16&511); symbol++ {
		}
	}
	w.code(lit, symbol)
	w.write(uint64(length)-uint64(litSymbols[symbol]>>16&511), uint(litSymbols[symbol]&63))
	for symbol = 0; symbol < 29 && distance >= int(distSymbols[symbol+1]>>16&0x7fff); symbol++ {
	}
	w.code(dist, symbol)
	w.write(uint64(distance)-distSymbols[symbol]>>16&0x7fff, uint(distSymbols[symbol]&63))
}

// fixedLens are the lengths of the fixed codes (RFC 1951, section 3.2.6).
func fixedLens() (lit, dist []uint8) {
	lit = append(lit, bytes.Repeat([]byte{8}, 144)...)
	lit = append(lit, bytes.Repeat([]byte{9}, 112)...)
	lit = append(lit, bytes.Repeat([]byte{7}, 24)...)
	lit = append(lit, bytes.Repeat([]byte{8}, 8)...)
	return lit, bytes.Repeat([]byte{5}, 32)
}

// plainHeader is a gzip header that says nothing.
const plainHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// member puts DEFLATE data that decodes to plain into a gzip member.
func member(deflate, plain []byte) []byte {
	out := append([]byte(plainHeader), deflate...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(plain))
	return binary.LittleEndian.AppendUint32(out, uint32(len(plain)))
}

// randomLens is a complete code for up to n symbols, one of them must.
func randomLens(rnd *rand.Rand, n, must int) []uint8 {
	leaves := []uint8{1, 1}
	used := 2 + rnd.IntN(n-1)
	deep := rnd.IntN(3) == 0
	for tries := 0; len(leaves) < used && tries < 2*n; tries++ {
		i := rnd.IntN(len(leaves))
		if deep {
			i = len(leaves) - 1
		}
		if leaves[i] == maxCodeLen {
			deep = false
			continue
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	lens := make([]uint8, n)
	order := rnd.Perm(n)
	for i, at := range order {
		if at == must {
			order[0], order[i] = order[i], order[0]
		}
	}
	rnd.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
	for i, l := range leaves {
		lens[order[i]] = l
	}
	return lens
}

// randomDeflate is a valid stream of blocks of all kinds with about as many
// symbols as size says, and what it decodes to.
func randomDeflate(rnd *rand.Rand, size int) (packed, plain []byte) {
	var w bitWriter
	for blocks := 1 + rnd.IntN(4); blocks > 0; blocks-- {
		final := blocks == 1
		kind := rnd.IntN(4)
		if kind == 0 {
			data := make([]byte, rnd.IntN(size+1))
			for i := range data {
				data[i] = byte(rnd.Uint32())
			}
			data = data[:min(len(data), 65535)]
			w.stored(final, data)
			plain = append(plain, data...)
			continue
		}
		lit, dist := fixedLens()
		if kind == 1 {
			w.header(final, 1)
		} else {
			lit, dist = randomLens(rnd, maxDynamicLit, endOfBlock), randomLens(rnd, maxDynamicDist, 0)
			w.dynamic(final, lit, dist)
		}
		var literals, lengths, distances []int
		for s, n := range lit[:maxDynamicLit] {
			switch {
			case n == 0 || s == endOfBlock:
			case s < endOfBlock:
				literals = append(literals, s)
			default:
				lengths = append(lengths, s)
			}
		}
		for s, n := range dist[:maxDynamicDist] {
			if n != 0 {
				distances = append(distances, s)
			}
		}
		matches := rnd.IntN(5)
		for range rnd.IntN(size + 1) {
			if len(lengths) == 0 && len(literals) == 0 {
				break
			}
			if len(literals) > 0 && (len(lengths) == 0 || len(plain) == 0 || rnd.IntN(5) >= matches) {
				s := literals[rnd.IntN(len(literals))]
				w.code(lit, s)
				plain = append(plain, byte(s))
				continue
			}
			l, d := lengths[rnd.IntN(len(lengths))], distances[rnd.IntN(len(distances))]
			le, de := litSymbols[l], distSymbols[d]
			lx, dx := rnd.Uint32()&(le>>25&31), rnd.Uint64()&(de>>32)
			length, distance := int(le>>16&511+lx), int(de>>16&0x7fff+dx)
			if distance > len(plain) || distance > historySize {
				continue
			}
			w.code(lit, l)
			w.write(uint64(lx), uint(le&63))
			w.code(dist, d)
			w.write(dx, uint(de&63))
			for range length {
				plain = append(plain, plain[len(plain)-distance])
			}
		}
		w.code(lit, endOfBlock)
	}
	return w.bytes(), plain
}
