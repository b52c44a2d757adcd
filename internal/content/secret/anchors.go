package secret

import (
	_ "embed" // commonRows
	"encoding/binary"
	"math/bits"
)

// Anchors of all rules are searched for together, in one pass over the text.
//
// The search is a filter and a check. The filter looks at every second
// position, hashes the three bytes there with their case folded away, and asks
// one small table whether any anchor has such three bytes at such a place; it
// has no chain of dependent loads, which is what limits an automaton that
// steps from state to state. For that each anchor is entered twice: by three
// of its bytes that begin at an even offset and by three at an odd one, the
// rarest there are, and one of both lies on a position that is looked at.
// Anchors too short for two such places are entered with every possible
// neighbour. The check compares the whole anchor.

const (
	// A filter of 32 KiB stays in the processor's nearest cache; its bits are
	// many enough that hardly any of them is set.
	filterBits = 18
	bucketBits = 14
	bucketSize = 1 << bucketBits
	// pad is how many readable bytes must follow the text.
	pad = 16
)

// anchors finds a fixed set of literals.
type anchors struct {
	literals []string // folded
	longest  int
	// filter has a bit for each hash. The bucket of the hash's upper bits is
	// buckets[first[i]:first[i+1]].
	filter  *[1 << (filterBits - 6)]uint64
	first   []int32
	buckets []placed
}

// placed says that literal has three bytes, case folded as by the hash, at offset.
type placed struct {
	three   uint32
	literal uint16
	offset  int8
}

// occurrence is a literal at a position of a text.
type occurrence struct {
	at      int
	literal uint16
}

// foldedByte maps A–Z to a–z.
func foldedByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// hash3 hashes the three lowest bytes of a little-endian word; letters of
// either case give the same.
func hash3(word uint32) uint32 {
	return ((word | 0x20202020) << 8 * 0x9E3779B1) >> (32 - filterBits)
}

// newAnchors prepares the search. The literals are folded and different.
func newAnchors(literals []string) *anchors {
	a := &anchors{literals: literals, filter: new([1 << (filterBits - 6)]uint64)}
	by := make(map[uint32][]placed)
	enter := func(three [3]byte, p placed) {
		word := uint32(three[0]) | uint32(three[1])<<8 | uint32(three[2])<<16
		h := hash3(word)
		p.three = (word | 0x20202020) << 8
		a.filter[h>>6] |= 1 << (h & 63)
		h >>= filterBits - bucketBits
		list := by[h]
		for _, have := range list {
			if have == p {
				return
			}
		}
		by[h] = append(list, p)
	}
	for i, s := range literals {
		a.longest = max(a.longest, len(s))
		for parity := range 2 {
			best, least := -1, 0
			for o := parity; o+3 <= len(s) && o < 64; o += 2 {
				if c := common3(s[o : o+3]); best < 0 || c < least {
					best, least = o, c
				}
			}
			switch {
			case best >= 0:
				enter([3]byte{s[best], s[best+1], s[best+2]}, placed{literal: uint16(i), offset: int8(best)})
				continue
			case parity == 0: // two bytes, and any third
				for b := range 256 {
					enter([3]byte{s[0], s[1], byte(b)}, placed{literal: uint16(i)})
				}
			case len(s) == 3 && common2(s[1:]) < common2(s[:2]):
				for b := range 256 {
					enter([3]byte{s[1], s[2], byte(b)}, placed{literal: uint16(i), offset: 1})
				}
			default:
				for b := range 256 {
					enter([3]byte{byte(b), s[0], s[1]}, placed{literal: uint16(i), offset: -1})
				}
			}
		}
	}
	a.first = make([]int32, bucketSize+1)
	for h := range uint32(bucketSize) {
		a.first[h] = int32(len(a.buckets))
		a.buckets = append(a.buckets, by[h]...)
	}
	a.first[bucketSize] = int32(len(a.buckets))
	return a
}

// commonRows are rows of three bytes, case folded, that are frequent in text and
// programs, the most frequent first, one after the other. It was counted in
// Go's source: TestCommon writes it.
//
//go:embed common.bin
var commonRows string

// common3 ranks how frequent three bytes are; 0 is rare.
func common3(three string) int {
	for i := 0; i+3 <= len(commonRows); i += 3 {
		if commonRows[i:i+3] == three {
			return len(commonRows)/3 - i/3 + 1
		}
	}
	// Not among the frequent ones: less so the fewer letters it has.
	n := 0
	for i := range 3 {
		n += boolInt('a' <= three[i] && three[i] <= 'z')
	}
	return n / 3
}

// common2 ranks how frequent two bytes are: by the rows that they are a part of.
func common2(two string) int {
	n := 0
	for i := 0; i+3 <= len(commonRows); i += 3 {
		if commonRows[i:i+2] == two || commonRows[i+1:i+3] == two {
			n += len(commonRows)/3 - i/3 + 1
		}
	}
	return n
}

// find appends to out the occurrences that begin in text[from:to], in no
// particular order. At least pad bytes must be readable after to, in the
// slice's capacity; what stands in them does not matter.
func (a *anchors) find(text []byte, from, to int, out []occurrence) []occurrence {
	if from >= to || len(a.buckets) == 0 {
		return out
	}
	// An occurrence that begins before to may be seen at an offset after it.
	end := min(to+a.longest, len(text))
	padded := text[:end+pad]
	filter := a.filter
	i := from &^ 1
	for ; i < end; i += 8 {
		w := binary.LittleEndian.Uint64(padded[i:])
		x := binary.LittleEndian.Uint32(padded[i+6:])
		h0, h1, h2, h3 := hash3(uint32(w)), hash3(uint32(w>>16)), hash3(uint32(w>>32)), hash3(x)
		seen := filter[h0>>6]>>(h0&63)&1 | filter[h1>>6]>>(h1&63)&1<<1 | filter[h2>>6]>>(h2&63)&1<<2 | filter[h3>>6]>>(h3&63)&1<<3
		for seen != 0 {
			k := bits.TrailingZeros64(seen)
			seen &= seen - 1
			h := h0
			switch k {
			case 1:
				h = h1
			case 2:
				h = h2
			case 3:
				h = h3
			}
			out = a.check(padded, len(text), from, to, i+2*k, h, out)
		}
	}
	return out
}

// check compares the literals of a bucket with what stands around text[i]; the
// text itself ends at size.
func (a *anchors) check(text []byte, size, from, to, i int, h uint32, out []occurrence) []occurrence {
	h >>= filterBits - bucketBits
	three := (binary.LittleEndian.Uint32(text[i:]) | 0x20202020) << 8
next:
	for _, p := range a.buckets[a.first[h]:a.first[h+1]] {
		if p.three != three {
			continue
		}
		s, at := a.literals[p.literal], i-int(p.offset)
		if at < from || at >= to || at+len(s) > size {
			continue
		}
		for j := range len(s) {
			if foldedByte(text[at+j]) != s[j] {
				continue next
			}
		}
		out = append(out, occurrence{at, p.literal})
	}
	return out
}
