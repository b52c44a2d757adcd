package secret

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"bulwark/internal/finding"
)

// Limits of what a rule can reach, in bytes.
const (
	// maxReach is how far a match whose pattern has no bound of its own may
	// stretch, and how far before an anchor any match may begin.
	maxReach = 4 << 10
	// maxMax is the largest Max a rule may ask for.
	maxMax = 16 << 10
)

// Matcher holds compiled rules. It never changes, and is safe for use by
// several goroutines.
type Matcher struct {
	rules   []compiled
	anchors *anchors
	// byAnchor lists, by literal, the rules that it may belong to.
	byAnchor [][]*anchored
	// files are the rules that look at paths only, whole those without
	// anchors: their patterns are run over everything.
	files, whole []int
	// places finds what a path must hold for rules with a Path: by literal,
	// byPlace lists them; anyPlace are those of which that cannot be told.
	places     *anchors
	byPlace    [][]int
	anyPlace   []int
	allow      []allowed
	workFactor int64
	// unfiltered runs every expression at its anchors without a look at the
	// bytes first. Tests hold one with the other.
	unfiltered bool
	buffers    sync.Pool
}

// compiled is a rule made ready.
type compiled struct {
	*Rule
	index int
	re    *regexp.Regexp // a Keyed or Assigned rule's has ^ and $ around it
	group int
	max   int
	path  *regexp.Regexp
	allow []allowed
	// least and most are how long a match, or a Keyed value, can be.
	least, most int
	// outline is what can be read from the pattern. It is worked out when it is
	// first needed: most texts have anchors of few rules.
	outline func() *outline
	shapes  func() []sequence
	stretch func() stretch
	// begins are words one of which every match begins with.
	begins func() []string
	// line: a match is within one line.
	line func() bool
	// far: the anchor may be anywhere in the text. See ParseGitleaks.
	far bool
}

// anchored is a rule under one of its anchors.
type anchored struct {
	rule   *compiled
	around func() around
}

// around is what may stand around an anchor.
type around struct {
	probes []probe // nil: the pattern must be run
	before int     // how far before it a match may begin
	follow *follow // nil: nothing is known
}

// allowed is an Allowlist made ready.
type allowed struct {
	*Allowlist
	paths, regexes []*regexp.Regexp
	stopwords      []string
}

// Compile makes a Matcher of rules.
func Compile(rules []Rule, o Options) (*Matcher, error) {
	m := &Matcher{rules: make([]compiled, len(rules)), workFactor: workFactor}
	if slices.ContainsFunc(rules, func(r Rule) bool { return r.imported }) {
		m.workFactor = workFactorImported
	}
	var literals []string
	literalOf := make(map[string]int)
	ids := make(map[string]bool)
	for i := range rules {
		r := &rules[i]
		c := &m.rules[i]
		c.Rule, c.index = r, i
		if r.ID == "" || ids[r.ID] {
			return nil, fmt.Errorf("rule %d: id %q is empty or given twice", i+1, r.ID)
		}
		ids[r.ID] = true
		parsed, err := c.compile()
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.ID, err)
		}
		switch {
		case parsed == nil:
			m.files = append(m.files, i)
			continue
		case len(r.Anchors) == 0, r.Path != "" && slices.ContainsFunc(r.Anchors, func(a string) bool { return len(a) < 5 }):
			m.whole = append(m.whole, i)
			continue
		}
		for _, a := range r.Anchors {
			if len(a) < 2 || len(a) > maxKey || a != strings.ToLower(a) {
				return nil, fmt.Errorf("rule %s: anchor %q is not lower case, or has not 2 to %d bytes", r.ID, a, maxKey)
			}
			entry := &anchored{rule: c, around: sync.OnceValue(func() around { return c.around(a) })}
			n, ok := literalOf[a]
			if !ok {
				n = len(literals)
				literalOf[a] = n
				literals = append(literals, a)
				m.byAnchor = append(m.byAnchor, nil)
			}
			m.byAnchor[n] = append(m.byAnchor[n], entry)
		}
	}
	if len(literals) > 1<<16-1 {
		return nil, fmt.Errorf("%d anchors, at most %d", len(literals), 1<<16-1)
	}
	m.anchors = newAnchors(literals)
	m.findPlaces()
	var err error
	if m.allow, err = compileAllow(o.Allow); err != nil {
		return nil, err
	}
	m.buffers.New = func() any { return newBuffer() }
	return m, nil
}

// findPlaces prepares the search for the rules that a path may be meant by.
func (m *Matcher) findPlaces() {
	var literals []string
	numbers := make(map[string]int)
	for i := range m.rules {
		c := &m.rules[i]
		if c.path == nil {
			continue
		}
		parsed, err := syntax.Parse(c.Path, syntax.Perl)
		if err != nil { // it was compiled before
			m.anyPlace = append(m.anyPlace, i)
			continue
		}
		words := newOutline(parsed).required(0)
		if len(words) == 0 {
			m.anyPlace = append(m.anyPlace, i)
		}
		for _, w := range words {
			n, ok := numbers[w]
			if !ok {
				n = len(literals)
				numbers[w] = n
				literals = append(literals, w)
				m.byPlace = append(m.byPlace, nil)
			}
			m.byPlace[n] = append(m.byPlace[n], i)
		}
	}
	m.places = newAnchors(literals)
}

// compile makes a rule's expressions ready. It gives the parsed pattern, nil
// where the rule looks at the path only.
func (c *compiled) compile() (*syntax.Regexp, error) {
	var err error
	if c.Path != "" {
		if c.path, err = regexp.Compile(c.Path); err != nil {
			return nil, fmt.Errorf("path: %w", err)
		}
	}
	if c.allow, err = compileAllow(c.Allow); err != nil {
		return nil, err
	}
	if c.Pattern == "" && c.Shape != Assigned {
		if c.Path == "" {
			return nil, errors.New("neither pattern nor path")
		}
		return nil, nil
	}
	text := c.Pattern
	if c.Shape != Structured {
		text = "^(?:" + text + ")$"
	}
	if c.re, err = regexp.Compile(text); err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	parsed, err := syntax.Parse(c.Pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	c.group = c.Group
	if n := c.re.SubexpIndex("secret"); n > 0 {
		c.group = n
	}
	if c.group < 0 || c.group > c.re.NumSubexp() {
		return nil, fmt.Errorf("group %d of %d", c.group, c.re.NumSubexp())
	}
	if c.Before < 0 || c.Before > maxReach || c.Max < 0 || c.Max > maxMax {
		return nil, fmt.Errorf("before is at most %d, max at most %d", maxReach, maxMax)
	}
	c.least, c.most = lengths(parsed, maxReach)
	c.max = c.Max
	if c.max == 0 {
		c.max = c.most
	}
	if c.imported && c.Shape == Structured {
		c.far = !certain(parsed, c.Anchors)
	}
	c.outline = sync.OnceValue(func() *outline { return newOutline(parsed) })
	c.line = sync.OnceValue(func() bool { return c.outline().inLine() })
	c.begins = sync.OnceValue(func() []string { return c.outline().begins(0) })
	c.stretch = sync.OnceValue(func() stretch { return c.valueStretch(parsed) })
	c.shapes = sync.OnceValue(func() []sequence { return c.outline().from(0) })
	return parsed, nil
}

// valueStretch is what every value has, where it is one group's.
func (c *compiled) valueStretch(parsed *syntax.Regexp) stretch {
	switch {
	case c.group > 0:
		return valueStretch(parsed, c.group)
	case c.re.NumSubexp() <= 1:
		return valueStretch(parsed, c.re.NumSubexp())
	}
	return stretch{}
}

// around works out what may stand around an anchor of a Structured rule.
func (c *compiled) around(anchor string) around {
	list, reach := c.outline().probes(anchor, c.Anchors)
	at := around{probes: list, before: reach, follow: c.outline().follows(anchor, c.Anchors)}
	if reach < 0 {
		at.before = max(0, min(c.most, maxReach)-len(anchor))
	}
	if c.Before > 0 {
		at.before = c.Before
	}
	return at
}

func compileAllow(list []Allowlist) ([]allowed, error) {
	var out []allowed
	for i := range list {
		a := allowed{Allowlist: &list[i]}
		for _, text := range list[i].Paths {
			re, err := regexp.Compile(text)
			if err != nil {
				return nil, fmt.Errorf("allowlist: path: %w", err)
			}
			a.paths = append(a.paths, re)
		}
		for _, text := range list[i].Regexes {
			re, err := regexp.Compile(text)
			if err != nil {
				return nil, fmt.Errorf("allowlist: regex: %w", err)
			}
			a.regexes = append(a.regexes, re)
		}
		for _, w := range list[i].Stopwords {
			a.stopwords = append(a.stopwords, strings.ToLower(w))
		}
		out = append(out, a)
	}
	return out, nil
}

// Checks are the checks of the matcher's rules.
func (m *Matcher) Checks() []finding.Check {
	checks := make([]finding.Check, len(m.rules))
	for i := range m.rules {
		checks[i] = m.rules[i].check()
	}
	return checks
}

// Hit is a credential that was found.
type Hit struct {
	Rule *Rule
	// Offset is where the value begins, in bytes from the beginning of the text
	// (of its UTF-8 form where it was UTF-16); Line and Column, in bytes, count
	// from 1. They are 0 for a rule that looks at the path only.
	Offset       int64
	Line, Column int
	// Redacted shows what tells the kind of the value, and its length.
	Redacted string
	// Name is what the value is assigned to, where that is known; ASCII.
	Name string
	// Severity is the rule's, or Low in tests, examples and documentation.
	Severity finding.Severity
	// Verified: a checksum or the structure inside the value fits.
	Verified bool

	value []byte
}

// Mark is 24 bits of an HMAC of the value, six hexadecimal digits: equal
// values have equal marks, and a mark does not tell a value.
func (h *Hit) Mark() string { return mark(h.value) }

// found is a hit that may yet be outdone by another one in the same place.
type found struct {
	Hit
	rule     *compiled
	from, to int64
}

// specific orders hits that overlap: the most specific comes first.
func specific(a, b found) int {
	return cmp.Or(
		-cmp.Compare(boolInt(a.Verified), boolInt(b.Verified)),
		cmp.Compare(a.rule.Shape, b.rule.Shape),
		-cmp.Compare(a.rule.specificity(), b.rule.specificity()),
		-cmp.Compare(a.to-a.from, b.to-b.from),
		cmp.Compare(a.rule.index, b.rule.index),
		cmp.Compare(a.from, b.from),
	)
}

// specificity ranks rules of one shape: one of a provider says more than one
// of nobody.
func (c *compiled) specificity() int {
	if strings.HasPrefix(c.ID, "generic") {
		return -1
	}
	longest := 0
	for _, a := range c.Anchors {
		longest = max(longest, len(a))
	}
	return boolInt(c.Provider != "")*maxKey + longest
}

// settle keeps, of hits that overlap, the most specific one, and orders the
// rest by place.
func settle(list []found) []found {
	slices.SortFunc(list, specific)
	var kept []found
	for _, f := range list {
		at, same := slices.BinarySearchFunc(kept, f, func(k, f found) int { return cmp.Compare(k.from, f.from) })
		if same || at > 0 && kept[at-1].to > f.from || at < len(kept) && kept[at].from < f.to {
			continue
		}
		kept = slices.Insert(kept, at, f)
	}
	return kept
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
