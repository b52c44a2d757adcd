package secret

import (
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// A regular expression is run only where the bytes around an anchor allow it to
// match at all. What they must be is read from the expression: the sets of
// bytes that every match begins with, one list of sets for each way through its
// alternatives.

// byteSet is a set of byte values.
type byteSet [4]uint64

func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }
func (s *byteSet) add(b byte)      { s[b>>6] |= 1 << (b & 63) }

// sequence is how matches of an expression begin.
type sequence struct {
	sets []byteSet
	// whole: the sets describe the match to its end.
	whole bool
	// boundary: there is a word boundary before the first byte.
	boundary bool
}

// Limits of what is worked out.
const (
	maxSequences      = 48
	maxSequenceLength = 160
)

// sequences lists how matches of a concatenation may begin. The list is sound,
// not exact: each match begins as one of them says, and what cannot be told
// ends a sequence early.
func sequences(parts []*syntax.Regexp) []sequence {
	seqs := []sequence{{whole: true}}
	for _, part := range parts {
		seqs = join(seqs, expand(part, 0))
	}
	for i := range seqs {
		if len(seqs[i].sets) > maxSequenceLength {
			seqs[i].sets, seqs[i].whole = seqs[i].sets[:maxSequenceLength], false
		}
	}
	return seqs
}

// parts takes an expression apart into what stands one after the other in it.
func parts(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return parts(re.Sub[0])
	case syntax.OpConcat:
		var out []*syntax.Regexp
		for _, sub := range re.Sub {
			out = append(out, parts(sub)...)
		}
		return out
	}
	return []*syntax.Regexp{re}
}

// unknown is the sequence of an expression of which nothing can be told.
func unknown() []sequence { return []sequence{{}} }

func expand(re *syntax.Regexp, depth int) []sequence {
	if depth > 64 {
		return unknown()
	}
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpNoWordBoundary:
		return []sequence{{whole: true}}
	case syntax.OpWordBoundary:
		return []sequence{{whole: true, boundary: true}}
	case syntax.OpLiteral:
		s := sequence{whole: true}
		for _, r := range re.Rune {
			set, ok := runeSet(r, re.Flags&syntax.FoldCase != 0)
			if !ok {
				s.whole = false
				break
			}
			s.sets = append(s.sets, set)
		}
		return []sequence{s}
	case syntax.OpCharClass:
		var set byteSet
		for i := 0; i+1 < len(re.Rune); i += 2 {
			lo, hi := re.Rune[i], re.Rune[i+1]
			if onlyFolded(lo, hi) {
				continue
			}
			if hi >= utf8.RuneSelf {
				// Such a character is several bytes (and one that is no UTF-8
				// is taken for U+FFFD): where it may stand, nothing is known.
				return unknown()
			}
			for r := lo; r <= hi; r++ {
				set.add(byte(r))
			}
		}
		return []sequence{{sets: []byteSet{set}, whole: true}}
	case syntax.OpCapture:
		return expand(re.Sub[0], depth+1)
	case syntax.OpConcat:
		out := []sequence{{whole: true}}
		for _, sub := range re.Sub {
			out = join(out, expand(sub, depth+1))
		}
		return out
	case syntax.OpAlternate:
		var out []sequence
		for _, sub := range re.Sub {
			out = append(out, expand(sub, depth+1)...)
			if len(out) > maxSequences {
				return unknown()
			}
		}
		return out
	case syntax.OpQuest:
		out := append(expand(re.Sub[0], depth+1), sequence{whole: true})
		if len(out) > maxSequences {
			return unknown()
		}
		return out
	case syntax.OpPlus:
		out := expand(re.Sub[0], depth+1)
		for i := range out {
			out[i].whole = false
		}
		return out
	}
	return unknown()
}

// runeSet is the set of bytes that a character of a literal may be.
func runeSet(r rune, fold bool) (byteSet, bool) {
	var set byteSet
	if r >= utf8.RuneSelf {
		return set, false
	}
	set.add(byte(r))
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if f >= utf8.RuneSelf {
				continue // see onlyFolded
			}
			set.add(byte(f))
		}
	}
	return set, true
}

// join puts every sequence of tail behind every whole one of head.
func join(head, tail []sequence) []sequence {
	open := 0
	for i := range head {
		h := &head[i]
		if len(h.sets) >= maxSequenceLength {
			h.whole = false
		}
		open += boolInt(h.whole)
	}
	if open == 0 {
		return head
	}
	if open*len(tail)+len(head)-open > maxSequences {
		for i := range head {
			head[i].whole = false
		}
		return head
	}
	var out []sequence
	for _, h := range head {
		if !h.whole {
			out = append(out, h)
			continue
		}
		for _, t := range tail {
			s := sequence{whole: t.whole, boundary: h.boundary || len(h.sets) == 0 && t.boundary}
			s.sets = append(append(s.sets, h.sets...), t.sets...)
			out = append(out, s)
		}
	}
	return out
}

// lengths gives how short and how long a match can be, in bytes; most is at
// most limit.
func lengths(re *syntax.Regexp, limit int) (least, most int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			least += utf8.RuneLen(r)
		}
		return least, min(limit, least)
	case syntax.OpCharClass:
		least, most = 1, 1
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i+1] >= utf8.RuneSelf && !onlyFolded(re.Rune[i], re.Rune[i+1]) {
				most = utf8.UTFMax
			}
		}
		return least, most
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return lengths(re.Sub[0], limit)
	case syntax.OpStar:
		return 0, limit
	case syntax.OpPlus:
		least, _ = lengths(re.Sub[0], limit)
		return least, limit
	case syntax.OpQuest:
		_, most = lengths(re.Sub[0], limit)
		return 0, most
	case syntax.OpRepeat:
		l, m := lengths(re.Sub[0], limit)
		if re.Max < 0 {
			return min(limit, l*re.Min), limit
		}
		return min(limit, l*re.Min), min(limit, m*re.Max)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			l, m := lengths(sub, limit)
			least, most = min(limit, least+l), min(limit, most+m)
		}
		return least, most
	case syntax.OpAlternate:
		least = limit
		for _, sub := range re.Sub {
			l, m := lengths(sub, limit)
			least, most = min(least, l), max(most, m)
		}
		return least, most
	}
	return 0, 0
}

// onlyFolded reports whether a range is the long s or the Kelvin sign, which
// (?i) adds to S and K. No credential is written with them, and an expression
// that may match several bytes there could not be read any further.
func onlyFolded(lo, hi rune) bool {
	return lo == hi && (lo == 'ſ' || lo == '\u212A')
}

// probe says what must stand around an anchor for a match to be possible:
// sets[i] at before bytes before the anchor, plus i.
type probe struct {
	before   int
	sets     []byteSet
	boundary bool
}

// probes lists what may stand around an anchor, one of which must, for a match
// to be possible; nil when nothing is known. reach is how many bytes before the
// anchor a match may begin, as far as that can be told, else -1.
func probes(re *syntax.Regexp, anchor string) (list []probe, reach int) {
	pieces := parts(re.Simplify())
	skipped := 0
	for j := range pieces {
		list, all := probesOf(sequences(pieces[j:]), anchor)
		// Where pieces were left out, the anchor might also be in one of them:
		// it must then be certain to be here too.
		if len(list) > 0 && (j == 0 || all) {
			for _, p := range list {
				reach = max(reach, skipped+p.before)
			}
			return list, reach
		}
		if j == 0 && list != nil {
			return list, -1
		}
		_, most := lengths(pieces[j], maxReach)
		skipped = min(maxReach, skipped+most)
	}
	return nil, -1
}

// probesOf lists the places of the anchor in sequences, nil where a sequence
// does not tell one that every match has: the anchor may be spelled by chance
// where a class of bytes stands, and again behind what is known. all: every
// match has it in the place that is told.
func probesOf(seqs []sequence, anchor string) (list []probe, all bool) {
	list, all = []probe{}, true
	for _, s := range seqs {
		found, literal := len(list), -1
		for k := 0; k+len(anchor) <= len(s.sets); k++ {
			if !spells(s.sets[k:], anchor) {
				continue
			}
			list = append(list, probe{before: k, sets: s.sets, boundary: s.boundary})
			if literal < 0 && only(s.sets[k:], anchor) {
				literal = len(list) - 1
			}
		}
		switch {
		case literal >= 0: // every match has it there
			list[found] = list[literal]
			list = list[:found+1]
		case !s.whole:
			return nil, false
		default:
			all = false
		}
	}
	return list, all
}

// only reports whether nothing but the anchor, in either case, can stand at
// the beginning of the sets.
func only(sets []byteSet, anchor string) bool {
	for i := range len(anchor) {
		var either byteSet
		either.add(anchor[i])
		if b := anchor[i]; 'a' <= b && b <= 'z' {
			either.add(b - 0x20)
		}
		for w := range either {
			if sets[i][w]&^either[w] != 0 {
				return false
			}
		}
	}
	return true
}

// spells reports whether the anchor can stand at the beginning of the sets, in
// either case.
func spells(sets []byteSet, anchor string) bool {
	for i := range len(anchor) {
		b := anchor[i]
		if !sets[i].has(b) && !(('a' <= b && b <= 'z') && sets[i].has(b-0x20)) {
			return false
		}
	}
	return true
}

// fits reports whether a match can stand around the anchor at text[at].
func (p *probe) fits(text []byte, at int) bool {
	from := at - p.before
	if from < 0 || from+len(p.sets) > len(text) {
		return false
	}
	if p.boundary && from > 0 && wordByte(text[from-1]) == wordByte(text[from]) {
		return false
	}
	for i, b := range text[from : from+len(p.sets)] {
		if !p.sets[i].has(b) {
			return false
		}
	}
	return true
}

// wordByte reports whether \b takes the byte for part of a word.
func wordByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}
