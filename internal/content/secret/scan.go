package secret

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// A text of any length goes through one buffer. Anchors are taken from the
// middle of it: behind them at least lookahead bytes are there (or the text
// ends), before them lookbehind, so what is found does not depend on where the
// buffer happens to end.
const (
	lookbehind = maxReach + 512
	lookahead  = maxMax + 512
	bufferSize = 256<<10 + lookbehind + lookahead
)

// Bounds of the work on one text.
const (
	// Expressions may be run on freeWork bytes, and on workFactor times the
	// bytes of the text beyond that. Ordinary texts need a hundredth of it; with
	// rules of gitleaks' files, whose expressions are wide, more.
	freeWork           = 1 << 20
	workFactor         = 4
	workFactorImported = 64
	// maxHits is how many hits of one text are told.
	maxHits = 1000
	// maxPending is how many hits may overlap one another in one place.
	maxPending = 4096
)

var (
	errWork = fmt.Errorf("too many places look like credentials: %w", walk.ErrLimit)
	errHits = fmt.Errorf("more than %d credentials in one text, the rest is not told: %w", maxHits, walk.ErrLimit)
)

// buffer is the memory of one scan; it is used again.
type buffer struct {
	bytes       []byte
	head        [512]byte
	occurrences []occurrence
	done        []int64
	pending     []found
	// placed are rules whose Path may admit the name.
	placed []int
}

func newBuffer() *buffer { return &buffer{bytes: make([]byte, 0, bufferSize+pad)} }

// scan is one pass over one text.
type scan struct {
	*buffer
	m     *Matcher
	name  string
	place place
	emit  func(Hit)
	// base is the offset of bytes[0] in the text.
	base int64
	work int64
	told int
	over error
	// last are line breaks: newlines counts those before bytes[counted],
	// lineStart is the offset behind the last of them.
	newlines  int
	counted   int
	lineStart int64
	// binary: the text begins like a binary file.
	binary bool
	// paths remembers whether a rule's Path admits the name.
	paths map[int]bool
	// whole are the rules that look at everything: their path is this one, or
	// an anchor that may be anywhere was seen.
	whole []int
}

// Scan reads r to its end and gives what it finds to emit, in order of place.
// name is the path, which tells what kind of text it is. UTF-16 is understood.
// An error that wraps walk.ErrLimit says that a bound was met and not
// everything was looked at; what was found before counts all the same.
func (m *Matcher) Scan(ctx context.Context, name string, r io.Reader, emit func(Hit)) error {
	b := m.buffers.Get().(*buffer)
	defer func() {
		clear(b.bytes[:cap(b.bytes)][:min(cap(b.bytes), len(b.bytes)+pad)])
		clear(b.pending)
		m.buffers.Put(b)
	}()
	s := &scan{buffer: b, m: m, name: name, place: placeOf(name), emit: emit}
	s.pending, s.occurrences = s.pending[:0], s.occurrences[:0]
	if cap(s.done) < len(m.rules) {
		s.done = make([]int64, len(m.rules))
	}
	s.done = s.done[:len(m.rules)]
	clear(s.done)
	s.byPath()
	return s.run(ctx, decoded(r, b.head[:0]))
}

// run moves the text through the buffer.
func (s *scan) run(ctx context.Context, r io.Reader) error {
	s.bytes = s.bytes[:0]
	from, ended := 0, false
	var failed error
	for first := true; !ended; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		for len(s.bytes) < bufferSize {
			n, err := r.Read(s.bytes[len(s.bytes):bufferSize])
			s.bytes = s.bytes[:len(s.bytes)+n]
			if errors.Is(err, io.EOF) {
				ended = true
				break
			}
			if err != nil { // what was read until then counts
				ended, failed = true, fmt.Errorf("read %s: %w", printable([]byte(s.name)), err)
				break
			}
		}
		if first {
			s.binary = binaryHead(s.bytes)
		}
		end := len(s.bytes)
		if !ended {
			end -= lookahead
		}
		s.look(from, end)
		if ended {
			break
		}
		s.flush(s.base + int64(end-lookbehind))
		if s.over != nil {
			return s.over
		}
		keep := end - lookbehind
		s.countTo(keep)
		s.bytes = s.bytes[:copy(s.bytes, s.bytes[keep:])]
		s.base += int64(keep)
		s.counted -= keep
		from = lookbehind
	}
	s.flush(1 << 62)
	return cmp.Or(failed, s.over)
}

// look finds the anchors that begin in bytes[from:end] and follows them.
func (s *scan) look(from, end int) {
	if from >= end {
		return
	}
	s.work -= int64(end-from) * s.m.workFactor
	s.occurrences = s.m.anchors.find(s.bytes, from, end, s.occurrences[:0])
	if len(s.occurrences) > 1 {
		slices.SortFunc(s.occurrences, func(a, b occurrence) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.literal, b.literal))
		})
	}
	for _, o := range s.occurrences {
		s.follow(o)
	}
	for _, i := range s.whole {
		s.wholly(&s.m.rules[i], from, end)
	}
}

// spend takes n bytes off what expressions may still be run on.
func (s *scan) spend(n int) bool {
	s.work += int64(n)
	if s.work > freeWork {
		s.over = errWork
		return false
	}
	return true
}

// follow tries the rules of an anchor that was found.
func (s *scan) follow(o occurrence) {
	var a assignment
	asked, assignedOK := false, false
	literal := len(s.m.anchors.literals[o.literal])
	for i := range s.m.byAnchor[o.literal] {
		e := s.m.byAnchor[o.literal][i]
		c := e.rule
		switch c.Shape {
		case Structured:
			s.structured(c, e, o.at, literal)
		case Address:
			s.address(c, o.at)
		default:
			if !asked {
				a, assignedOK = assigned(s.bytes, o.at, s.place)
				asked = true
			}
			if assignedOK {
				s.keyed(c, a)
			}
		}
	}
}

// structured runs a rule's expression around an anchor.
func (s *scan) structured(c *compiled, e *anchored, at, literal int) {
	if c.far {
		if !slices.Contains(s.whole, c.index) {
			s.whole = append(s.whole, c.index)
		}
		return
	}
	if s.base+int64(at) < s.done[c.index] {
		return // within the rule's last match
	}
	if !s.admits(c) {
		return
	}
	near := e.around()
	if !s.m.unfiltered && near.rulesOut(s.bytes, at, at+literal) {
		return
	}
	from, to := max(0, at-near.before-1), min(len(s.bytes), at+c.max+1)
	if !s.m.unfiltered {
		var possible bool
		if from, to, possible = c.narrow(s.bytes, from, at, to); !possible {
			return
		}
	}
	for from <= at {
		window := s.bytes[from:to]
		if !s.spend(len(window)) {
			return
		}
		m := c.re.FindSubmatchIndex(window)
		if m == nil {
			return
		}
		if m[1] == len(window) && to < len(s.bytes) && to < at+maxMax && !(c.line() && s.bytes[to-1] == '\n') {
			// The match, or a $ or \b at its end, was cut by the window.
			to = min(len(s.bytes), at+maxMax)
			continue
		}
		if from+m[0] <= at && from+m[1] >= at+literal {
			s.done[c.index] = s.base + int64(from+max(m[1], m[0]+1))
			s.matched(c, from, m)
			return
		}
		if from+m[0] > at {
			return
		}
		from += max(m[1], m[0]+1)
	}
}

// rulesOut reports whether the bytes around an anchor, text[at:end], show that
// no match stands there.
func (a *around) rulesOut(text []byte, at, end int) bool {
	if a.probes != nil && !slices.ContainsFunc(a.probes, func(p probe) bool { return p.fits(text, at) }) {
		return true
	}
	return a.follow != nil && !a.follow.behind(text, end)
}

// narrow takes off the window text[from:to] around the anchor at text[at] what
// a match cannot reach; false when no match can be in it.
func (c *compiled) narrow(text []byte, from, at, to int) (int, int, bool) {
	if c.line() { // with the breaks at both ends, for ^ and $
		from += max(0, bytes.LastIndexByte(text[from:at], '\n'))
		if n := bytes.IndexByte(text[at:to], '\n'); n >= 0 {
			to = at + n + 1
		}
	}
	if words := c.begins(); len(words) > 0 {
		begin := firstWord(text, from, at+1, words)
		if begin < 0 {
			return from, to, false
		}
		from = max(from, begin-1) // with a byte before it, for \b
	}
	row := c.stretch()
	return from, to, row.in(text[from:to])
}

// matched takes a match of a Structured rule.
func (s *scan) matched(c *compiled, from int, m []int) {
	g := c.group
	if g == 0 {
		for i := 1; i < len(m)/2; i++ {
			if m[2*i] >= 0 && m[2*i] < m[2*i+1] {
				g = i
				break
			}
		}
	}
	if m[2*g] < 0 || m[2*g] == m[2*g+1] {
		return
	}
	s.candidate(c, from+m[2*g], from+m[2*g+1], from+m[0], from+m[1], nil)
}

// keyed matches a rule with the value of an assignment.
func (s *scan) keyed(c *compiled, a assignment) {
	if !s.admits(c) {
		return
	}
	value := s.bytes[a.from:a.to]
	if c.Shape == Keyed {
		if len(value) > c.most && len(value) <= c.most+2 {
			value = bytes.TrimRight(value, ".,:;")
		}
		if len(value) < c.least || len(value) > c.most || !fitsShapes(c.shapes(), value) || s.place.lock {
			return
		}
	}
	if c.Pattern != "" {
		if !s.spend(len(value)) {
			return
		}
		m := c.re.FindSubmatchIndex(value)
		if m == nil {
			return
		}
		if g := c.group; g > 0 && m[2*g] >= 0 {
			a.from, a.to = a.from+m[2*g], a.from+m[2*g+1]
			value = s.bytes[a.from:a.to]
		}
	}
	name := s.bytes[a.keyFrom:a.keyTo]
	if c.Shape == Keyed {
		if plainly(value, name) {
			return
		}
	} else if !judge(value, name, a, s.place) || s.place.kind == source && s.commented(a.keyFrom) {
		return
	}
	s.candidate(c, a.from, a.from+len(value), a.keyFrom, a.from+len(value), name)
}

// commented reports whether bytes[at] stands in a line that is a comment: what
// is assigned in a comment is an example.
func (s *scan) commented(at int) bool {
	start := max(0, at-lookbehind/8)
	line := s.bytes[start:at]
	line = bytes.TrimLeft(line[bytes.LastIndexByte(line, '\n')+1:], " \t")
	for _, begin := range [...]string{"//", "#", "*", "/*", "--", ";", "%", "<!--", "rem "} {
		if bytes.HasPrefix(line, []byte(begin)) && !bytes.HasPrefix(line, []byte("#define")) {
			return true
		}
	}
	return false
}

// fitsShapes reports whether a value is as one of the sequences says.
func fitsShapes(shapes []sequence, value []byte) bool {
	for i := range shapes {
		p := probe{sets: shapes[i].sets}
		if p.fits(value, 0) && (!shapes[i].whole || len(value) == len(p.sets)) {
			return true
		}
	}
	return false
}

// candidate weighs a value that a rule matched, text[from:to] within the match.
func (s *scan) candidate(c *compiled, from, to, matchFrom, matchTo int, name []byte) {
	value := s.bytes[from:to]
	if s.told+len(s.pending) >= maxHits+maxPending {
		s.over = errHits
		return
	}
	if c.Entropy > 0 && entropy(value) < c.Entropy {
		return
	}
	if s.binaryAt(from, to) && c.Shape != Structured {
		return
	}
	if !s.admits(c) {
		return
	}
	verdict := Maybe
	if c.Verify != nil {
		verdict = c.Verify(bytes.Clone(value))
	}
	if verdict == No || verdict != Yes && c.Class != PrivateKey && (uniform(value) || bytes.Contains(value, []byte("EXAMPLE"))) {
		return
	}
	if s.allowed(c, from, to, matchFrom, matchTo) {
		return
	}
	f := found{rule: c, from: s.base + int64(from), to: s.base + int64(to)}
	f.Rule, f.Offset, f.Verified, f.Severity = c.Rule, f.from, verdict == Yes, c.Severity
	if s.place.test {
		f.Severity = min(f.Severity, finding.Low)
	}
	f.Line, f.Column = s.line(from)
	f.value = bytes.Clone(value)
	f.Redacted = c.redact(f.value)
	f.Name = string(printable(name))
	s.pending = append(s.pending, f)
}

// admits reports whether a rule is for this path.
func (s *scan) admits(c *compiled) bool {
	if c.path == nil || !slices.Contains(s.placed, c.index) {
		return c.path == nil
	}
	ok, asked := s.paths[c.index]
	if !asked {
		if s.paths == nil {
			s.paths = make(map[int]bool)
		}
		ok = c.path.MatchString(s.name)
		s.paths[c.index] = ok
	}
	return ok
}

// allowed reports whether an allowlist covers a value.
func (s *scan) allowed(c *compiled, from, to, matchFrom, matchTo int) bool {
	if len(s.m.allow)+len(c.allow) == 0 {
		return false
	}
	text := func(t Target) []byte {
		switch t {
		case TargetMatch:
			return s.bytes[matchFrom:matchTo]
		case TargetLine:
			start := bytes.LastIndexByte(s.bytes[max(0, matchFrom-maxReach):matchFrom], '\n') + 1 + max(0, matchFrom-maxReach)
			end := min(len(s.bytes), matchTo+maxReach)
			if n := bytes.IndexByte(s.bytes[matchTo:end], '\n'); n >= 0 {
				end = matchTo + n
			}
			return s.bytes[start:end]
		}
		return s.bytes[from:to]
	}
	covers := func(a allowed) bool { return a.covers(s.name, s.bytes[from:to], text) }
	return slices.ContainsFunc(c.allow, covers) || slices.ContainsFunc(s.m.allow, covers)
}

// covers asks each kind of condition that is given.
func (a *allowed) covers(name string, value []byte, text func(Target) []byte) bool {
	given, met := 0, 0
	ask := func(is bool, f func() bool) {
		if is {
			given++
			met += boolInt(f())
		}
	}
	ask(len(a.paths) > 0, func() bool { return a.coversPath(name) })
	ask(len(a.regexes) > 0, func() bool {
		target := text(a.Target)
		for _, re := range a.regexes {
			if re.Match(target) {
				return true
			}
		}
		return false
	})
	ask(len(a.stopwords) > 0, func() bool {
		lower := bytes.ToLower(value)
		for _, w := range a.stopwords {
			if bytes.Contains(lower, []byte(w)) {
				return true
			}
		}
		return false
	})
	// Which commit a text is from is known to whoever reads the history.
	ask(len(a.Commits) > 0, func() bool { return false })
	if a.All {
		return given > 0 && met == given
	}
	return met > 0
}

func (a *allowed) coversPath(name string) bool {
	for _, re := range a.paths {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

// byPath gives the hits of rules that look at the path only, and notes those
// that look at all of a file because of its path.
func (s *scan) byPath() {
	s.placed = append(s.placed[:0], s.m.anyPlace...)
	name := append(make([]byte, 0, 256), s.name...)
	name = append(name, make([]byte, pad)...)[:len(name)]
	s.occurrences = s.m.places.find(name, 0, len(name), s.occurrences[:0])
	for _, o := range s.occurrences {
		s.placed = append(s.placed, s.m.byPlace[o.literal]...)
	}
	for _, i := range s.m.whole {
		if s.admits(&s.m.rules[i]) {
			s.whole = append(s.whole, i)
		}
	}
	for _, i := range s.m.files {
		c := &s.m.rules[i]
		if !s.admits(c) {
			continue
		}
		none := func(Target) []byte { return nil }
		covers := func(a allowed) bool { return a.covers(s.name, nil, none) }
		if slices.ContainsFunc(c.allow, covers) || slices.ContainsFunc(s.m.allow, covers) {
			continue
		}
		h := Hit{Rule: c.Rule, Severity: c.Severity}
		if s.place.test {
			h.Severity = min(h.Severity, finding.Low)
		}
		s.emit(h)
	}
}

// wholly finds the matches of a rule that begin in bytes[from:end], wherever
// its anchors are.
func (s *scan) wholly(c *compiled, from, end int) {
	start := max(0, from-1, int(s.done[c.index]-s.base))
	for start < end {
		window := s.bytes[start:]
		if s.over != nil {
			return
		}
		m := c.re.FindSubmatchIndex(window)
		if m == nil || start+m[0] >= end {
			return
		}
		next := start + max(m[1], m[0]+1)
		if s.done[c.index] <= s.base+int64(start+m[0]) {
			s.done[c.index] = s.base + int64(next)
			s.matched(c, start, m)
		}
		start = next
	}
}

// flush gives the hits that no later one can overlap: those in places that end
// before the offset.
func (s *scan) flush(before int64) {
	if len(s.pending) == 0 {
		return
	}
	slices.SortStableFunc(s.pending, func(a, b found) int { return cmp.Compare(a.from, b.from) })
	rest := 0
	for i := 0; i < len(s.pending); {
		j, end := i+1, s.pending[i].to
		for j < len(s.pending) && s.pending[j].from < end {
			end = max(end, s.pending[j].to)
			j++
		}
		if end > before {
			break
		}
		for _, f := range settle(s.pending[i:j]) {
			if s.told >= maxHits {
				s.over = errHits
				break
			}
			s.told++
			s.emit(f.Hit)
		}
		i, rest = j, j
	}
	kept := copy(s.pending, s.pending[rest:])
	clear(s.pending[kept:])
	s.pending = s.pending[:kept]
}

// countTo counts line breaks up to bytes[to].
func (s *scan) countTo(to int) {
	if to <= s.counted {
		return
	}
	part := s.bytes[s.counted:to]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		s.newlines += n
		s.lineStart = s.base + int64(s.counted+bytes.LastIndexByte(part, '\n')+1)
	}
	s.counted = to
}

// line tells line and column of bytes[at].
func (s *scan) line(at int) (line, column int) {
	if at >= s.counted {
		s.countTo(at)
		return s.newlines + 1, int(s.base + int64(at) - s.lineStart + 1)
	}
	line = s.newlines + 1 - bytes.Count(s.bytes[at:s.counted], []byte{'\n'})
	if n := bytes.LastIndexByte(s.bytes[:at], '\n'); n >= 0 {
		return line, at - n
	}
	// The line began before the buffer: no break was counted since.
	return line, int(s.base + int64(at) - s.lineStart + 1)
}

// address looks for user:password@ behind the :// at bytes[at].
func (s *scan) address(c *compiled, at int) {
	text := s.bytes
	start := at + len("://")
	colon, sign := -1, -1
scan:
	for i := start; i < len(text) && i < start+maxUserinfo; i++ {
		switch b := text[i]; {
		case b == ':' && colon < 0:
			colon = i
		case b == '@':
			sign = i // a password may hold an @: the last one counts
		case b <= ' ' || b >= 0x7f || b == '/' || b == '?' || b == '"' || b == '\'' || b == '`' || b == '<' || b == '>' || b == '\\' || b == '#' && sign >= 0:
			break scan
		case sign >= 0 && (b == ',' || b == ')' || b == ']'):
			break scan
		}
	}
	if colon < 0 || sign <= colon+1 || sign+1 >= len(text) || !hostByte(text[sign+1]) {
		return
	}
	scheme := at
	for scheme > 0 && at-scheme < 24 && (wordByte(text[scheme-1]) || text[scheme-1] == '+' || text[scheme-1] == '-' || text[scheme-1] == '.') {
		scheme--
	}
	if !c.re.Match(bytes.ToLower(text[scheme:at])) {
		return
	}
	user, value := text[start:colon], text[colon+1:sign]
	if !judgeAddress(user, value, text[sign+1:min(len(text), sign+1+64)], s.place) {
		return
	}
	s.candidate(c, colon+1, sign, scheme, sign, nil)
}

// maxUserinfo is how long user:password@ can be.
const maxUserinfo = 256

func hostByte(b byte) bool { return wordByte(b) || b == '[' || b == '-' }
