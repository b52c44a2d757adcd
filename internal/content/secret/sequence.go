package secret

import (
	"math/bits"
	"regexp/syntax"
	"slices"
	"sync"
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
	if len(tail) == 1 { // by far the most frequent case
		for i := range head {
			if h := &head[i]; h.whole {
				h.boundary = h.boundary || len(h.sets) == 0 && tail[0].boundary
				h.sets, h.whole = append(h.sets, tail[0].sets...), tail[0].whole
			}
		}
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

// outline is an expression taken apart, with how matches of its tails begin.
type outline struct {
	pieces []*syntax.Regexp
	mu     sync.Mutex
	ways   [][]sequence
}

func newOutline(re *syntax.Regexp) *outline {
	pieces := parts(re.Simplify())
	return &outline{pieces: pieces, ways: make([][]sequence, max(1, len(pieces)))}
}

// from lists how matches of what begins at piece j may begin.
func (o *outline) from(j int) []sequence {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ways[j] == nil {
		o.ways[j] = sequences(o.pieces[j:])
	}
	return o.ways[j]
}

// telling reports whether a literal may begin in piece j, so that it is worth
// looking from there on.
func (o *outline) telling(j int) bool {
	switch p := o.pieces[j]; p.Op {
	case syntax.OpLiteral, syntax.OpAlternate:
		return true
	case syntax.OpCharClass:
		n := rune(0)
		for i := 0; i+1 < len(p.Rune); i += 2 {
			n += p.Rune[i+1] - p.Rune[i] + 1
		}
		return n <= 8
	}
	return j == 0
}

// probes lists what may stand around an anchor, one of which must, for a match
// to be possible; nil when nothing is known. A way through the expression that
// always has another anchor of the rule counts as found by that one. reach is
// how many bytes before the anchor a match may begin, as far as that can be
// told, else -1.
func (o *outline) probes(anchor string, all []string) (list []probe, reach int) {
	skipped := 0
	for j := range o.pieces {
		if j == 0 || o.telling(j) {
			list, known := probesOf(o.from(j), anchor, all, j == 0)
			if known && (j == 0 || len(list) > 0) {
				for _, p := range list {
					reach = max(reach, skipped+p.before)
				}
				return list, reach
			}
		}
		_, most := lengths(o.pieces[j], maxReach)
		skipped = min(maxReach, skipped+most)
	}
	return nil, -1
}

// probesOf lists the places of the anchor in sequences. known is false where a
// sequence has no place at which every match has one of the rule's anchors: the
// anchor may then be spelled by chance where a class of bytes stands, or stand
// behind what is known. begin: the sequences are how whole matches begin; where
// they are not, the anchor may also be in front of them.
func probesOf(seqs []sequence, anchor string, all []string, begin bool) (list []probe, known bool) {
	list = []probe{}
	for _, s := range seqs {
		if k := s.holds(all); k >= 0 {
			if k+len(anchor) <= len(s.sets) && spells(s.sets[k:], anchor) {
				list = append(list, probe{before: k, sets: s.sets, boundary: s.boundary})
			}
			continue
		}
		if !begin || !s.whole {
			return nil, false
		}
		for k := 0; k+len(anchor) <= len(s.sets); k++ {
			if spells(s.sets[k:], anchor) {
				list = append(list, probe{before: k, sets: s.sets, boundary: s.boundary})
			}
		}
	}
	return list, true
}

// holds gives the first place at which every text of the sequence has one of
// the words, in either case, else -1.
func (s *sequence) holds(words []string) int {
	for k := range s.sets {
		if spelled(s.sets[k:], words, 0) {
			return k
		}
	}
	return -1
}

// spelled reports whether every text of the sets begins with one of the
// keywords, all of which agree with what was chosen before position at.
func spelled(sets []byteSet, keywords []string, at int) bool {
	if slices.ContainsFunc(keywords, func(k string) bool { return len(k) == at }) {
		return true
	}
	if at == len(sets) {
		return false
	}
	for b := range 256 {
		if low := foldedByte(byte(b)); !sets[at].has(byte(b)) || low != byte(b) && sets[at].has(low) {
			continue
		}
		var agree []string
		for _, k := range keywords {
			if k[at] == foldedByte(byte(b)) {
				agree = append(agree, k)
			}
		}
		if len(agree) == 0 || !spelled(sets, agree, at+1) {
			return false
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

// required gives words, in lower case, one of which every match has, in either
// case; none where that cannot be told.
func (o *outline) required(depth int) []string {
	var best []string
	length := 2
	for j, p := range o.pieces {
		if j > 0 && !o.telling(j) {
			continue
		}
		var words []string
		least := maxReach
		for _, s := range o.from(j) {
			w := s.word()
			least = min(least, len(w))
			words = append(words, w)
		}
		if p.Op == syntax.OpAlternate && least <= length && depth < 8 {
			words, least = nil, maxReach
			for _, sub := range p.Sub {
				part := newOutline(sub).required(depth + 1)
				if len(part) == 0 {
					least = 0
				}
				for _, w := range part {
					least = min(least, len(w))
				}
				words = append(words, part...)
			}
		}
		if least > length && len(words) <= 2*maxSequences {
			best, length = words, least
		}
	}
	slices.Sort(best)
	return slices.Compact(best)
}

// follow is what must stand behind an anchor for a match to be possible: at most
// most bytes of a set, then one of another.
type follow struct {
	skip, then byteSet
	most       int
}

// maxSkip is how many bytes behind an anchor are looked over.
const maxSkip = 100

// follows reads what stands behind an anchor, where a piece of the expression is
// the rule's anchors and nothing else; nil where that cannot be told. As in
// probes, a match counts as found by the anchor in that piece.
func (o *outline) follows(anchor string, all []string) *follow {
	for j := range o.pieces {
		if !o.isAnchors(j, anchor, all) {
			continue
		}
		f := &follow{}
		for k := j + 1; k < len(o.pieces); k++ {
			least, most := lengths(o.pieces[k], maxReach)
			if least > 0 {
				for _, s := range sequences(o.pieces[k:]) {
					if len(s.sets) == 0 {
						return nil
					}
					for i := range f.then {
						f.then[i] |= s.sets[0][i]
					}
				}
				return f
			}
			if f.most += most; f.most > maxSkip || !spread(o.pieces[k], &f.skip, 0) {
				return nil
			}
		}
		return nil
	}
	return nil
}

// isAnchors reports whether every text of piece j is one of the anchors, the
// given one among them.
func (o *outline) isAnchors(j int, anchor string, all []string) bool {
	among := false
	for _, s := range sequences(o.pieces[j : j+1]) {
		var same []string
		for _, a := range all {
			if len(a) == len(s.sets) {
				same = append(same, a)
			}
		}
		if !s.whole || len(same) == 0 || !spelled(s.sets, same, 0) {
			return false
		}
		among = among || len(anchor) == len(s.sets) && spells(s.sets, anchor)
	}
	return among
}

// behind reports whether a match can go on behind the anchor that ends at text[at].
func (f *follow) behind(text []byte, at int) bool {
	for n := 0; at < len(text); n, at = n+1, at+1 {
		if f.then.has(text[at]) {
			return true
		}
		if n == f.most || !f.skip.has(text[at]) {
			return false
		}
	}
	return false
}

// begins gives words, in lower case, one of which every match begins with, but
// for what takes no room; none where that cannot be told.
func (o *outline) begins(depth int) []string {
	for j, p := range o.pieces {
		if _, most := lengths(p, maxReach); most == 0 {
			continue
		}
		var words []string
		for _, s := range o.from(j) {
			if w := s.word(); len(w) >= 2 {
				words = append(words, w)
			} else {
				words = nil
				break
			}
		}
		if words == nil && p.Op == syntax.OpAlternate && depth < 8 {
			for _, sub := range p.Sub {
				part := newOutline(sub).begins(depth + 1)
				if len(part) == 0 {
					return nil
				}
				words = append(words, part...)
			}
		}
		slices.Sort(words)
		return slices.Compact(words)
	}
	return nil
}

// firstWord gives the first place in text[from:to] at which one of the words
// begins, in either case, else -1.
func firstWord(text []byte, from, to int, words []string) int {
	for i := from; i < to; i++ {
		for _, w := range words {
			if foldedByte(text[i]) == w[0] && i+len(w) <= len(text) {
				j := 1
				for j < len(w) && foldedByte(text[i+j]) == w[j] {
					j++
				}
				if j == len(w) {
					return i
				}
			}
		}
	}
	return -1
}

// word is the literal that a sequence begins with, in lower case.
func (s *sequence) word() string {
	var w []byte
	for i := range s.sets {
		for b := range 256 {
			if s.sets[i].has(byte(b)) {
				if low := foldedByte(byte(b)); spelled(s.sets[i:i+1], []string{string(rune(low))}, 0) {
					w = append(w, low)
				}
				break
			}
		}
		if len(w) != i+1 || len(w) == maxKey-1 {
			break
		}
	}
	return string(w)
}

// inLine reports whether a match has no line break, but for one character at
// either end.
func (o *outline) inLine() bool {
	for i, p := range o.pieces {
		if _, most := lengths(p, maxReach); (i == 0 || i == len(o.pieces)-1) && most <= utf8.UTFMax {
			continue
		}
		if crosses(p) {
			return false
		}
	}
	return true
}

// crosses reports whether a match can have a line break in it.
func crosses(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar:
		return true
	case syntax.OpLiteral:
		return slices.Contains(re.Rune, '\n')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '\n' && '\n' <= re.Rune[i+1] {
				return true
			}
		}
	}
	return slices.ContainsFunc(re.Sub, crosses)
}

// stretch is what every match has somewhere: a row of at least n bytes of a set.
type stretch struct {
	set byteSet
	n   int
}

// valueStretch reads it from the expression of the value: the group numbered g,
// the whole where g is 0.
func valueStretch(re *syntax.Regexp, g int) stretch {
	if g > 0 {
		if re = capture(re, g); re == nil {
			return stretch{}
		}
	}
	var set byteSet
	if !spread(re, &set, 0) {
		return stretch{}
	}
	n, _ := lengths(re, maxReach)
	members := 0
	for _, word := range set {
		members += bits.OnesCount64(word)
	}
	if n < 6 || members > 240 {
		return stretch{}
	}
	return stretch{set, n}
}

// capture finds a group.
func capture(re *syntax.Regexp, g int) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Cap == g {
		return re.Sub[0]
	}
	for _, sub := range re.Sub {
		if found := capture(sub, g); found != nil {
			return found
		}
	}
	return nil
}

// spread adds every byte that a match of the expression can have; false when
// that is any.
func spread(re *syntax.Regexp, set *byteSet, depth int) bool {
	if depth > 64 {
		return false
	}
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			one, ok := runeSet(r, re.Flags&syntax.FoldCase != 0)
			if !ok {
				return false
			}
			for i := range set {
				set[i] |= one[i]
			}
		}
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if onlyFolded(re.Rune[i], re.Rune[i+1]) {
				continue
			}
			if re.Rune[i+1] >= utf8.RuneSelf {
				set[2], set[3] = ^uint64(0), ^uint64(0)
			}
			for r := re.Rune[i]; r <= min(re.Rune[i+1], utf8.RuneSelf-1); r++ {
				set.add(byte(r))
			}
		}
	}
	for _, sub := range re.Sub {
		if !spread(sub, set, depth+1) {
			return false
		}
	}
	return true
}

// in reports whether the text has such a row.
func (s *stretch) in(text []byte) bool {
	if s.n == 0 {
		return true
	}
	// From the last byte of a row backwards: most rows are ruled out by one look.
	start := 0
	for end := s.n - 1; end < len(text); {
		i := end
		for i >= start && s.set.has(text[i]) {
			i--
		}
		if i < start || end-i >= s.n {
			return true
		}
		start, end = i+1, i+s.n
	}
	return false
}
