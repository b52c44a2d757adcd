package secret

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/pelletier/go-toml/v2"
)

// Own are a user's own rules, from a file as gitleaks has them, together with
// the built-in ones.
type Own struct {
	Rules []Rule
	Allow []Allowlist
	// Notes say what of the file is not followed.
	Notes []string
	// ids are the rules that the file brings.
	ids map[string]bool
}

// RulesError is what is wrong with a file of rules; Line is 0 where that is not
// known.
type RulesError struct {
	Line int
	Err  error
}

func (e *RulesError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	return e.Err.Error()
}

// Unwrap gives what is wrong, without the line.
func (e *RulesError) Unwrap() error { return e.Err }

// ParseOwn reads a user's file of rules and lays it over the built-in ones,
// whatever it says of those of gitleaks: its rules are added; one whose ID is
// that of a built-in rule takes its place, and where it has neither expression
// nor path adds its exceptions to it; disabledRules of extend are left out; its
// allowlists hold for all rules. Another file that it extends is not read, and
// is an error: what it would have found would be missed in silence.
func ParseOwn(text []byte) (*Own, error) {
	g, err := ParseGitleaks(text)
	if err != nil {
		return nil, located(text, err)
	}
	if more := cmp.Or(g.Extends.Path, g.Extends.URL); more != "" {
		return nil, located(text, fmt.Errorf("extend: %q is not read; put its rules into this file", more))
	}
	own := &Own{Allow: g.Allow, Notes: g.Notes, ids: map[string]bool{}}
	base := Rules()
	for _, id := range g.Extends.Disabled {
		i := slices.IndexFunc(base, func(r Rule) bool { return r.ID == ruleID(id) })
		if i < 0 {
			own.Notes = append(own.Notes, fmt.Sprintf("disabled rule %s is none of the built-in ones", ruleID(id)))
			continue
		}
		base = slices.Delete(base, i, i+1)
	}
	for _, r := range g.Rules {
		i := slices.IndexFunc(base, func(b Rule) bool { return b.ID == r.ID })
		empty := r.Pattern == "" && r.Path == ""
		switch {
		case empty && i < 0:
			own.Notes = append(own.Notes, fmt.Sprintf("rule %s has neither regex nor path, and is none of the built-in ones", r.ID))
		case empty:
			base[i].Allow = slices.Concat(base[i].Allow, r.Allow)
			base[i].Entropy = cmp.Or(r.Entropy, base[i].Entropy)
		default:
			if i >= 0 {
				b := &base[i]
				r.Name, r.Provider, r.Class, r.Severity, r.Revoke = b.Name, b.Provider, b.Class, b.Severity, b.Revoke
				base = slices.Delete(base, i, i+1)
			}
			own.Rules = append(own.Rules, r)
			own.ids[r.ID] = true
		}
	}
	own.Rules = append(own.Rules, base...)
	for _, t := range g.targeted {
		for _, id := range t.rules {
			i := slices.IndexFunc(own.Rules, func(r Rule) bool { return r.ID == ruleID(id) })
			if i < 0 {
				own.Notes = append(own.Notes, fmt.Sprintf("allowlist for rule %s, which is none of the file's or the built-in ones", ruleID(id)))
				continue
			}
			own.Rules[i].Allow = append(slices.Clip(own.Rules[i].Allow), t.allow)
		}
	}
	return own, nil
}

// Compile makes a matcher of the rules.
func (o *Own) Compile() (*Matcher, error) { return Compile(o.Rules, Options{Allow: o.Allow}) }

// Checks are the checks of the rules that the file brings.
func (o *Own) Checks() []finding.Check {
	var checks []finding.Check
	for i := range o.Rules {
		if o.ids[o.Rules[i].ID] {
			checks = append(checks, o.Rules[i].check())
		}
	}
	return checks
}

// located says in which line of a file an error is: TOML's own say it; one in a
// rule is placed at the rule's id.
func located(text []byte, err error) error {
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, _ := syntax.Position()
		return &RulesError{line, err}
	}
	_, rest, ok := strings.Cut(err.Error(), `rule "`)
	id, _, closed := strings.Cut(rest, `"`)
	what := "extend"
	if ok && closed {
		what = id
	}
	line := 0
	for n, l := range bytes.Split(text, []byte("\n")) {
		l = bytes.TrimSpace(l)
		key, val, _ := strings.Cut(string(l), "=")
		key = strings.TrimSpace(key)
		if what == "extend" && (key == "[extend]" || strings.HasPrefix(key, "extend")) ||
			key == "id" && strings.Trim(strings.TrimSpace(val), `"'`) == what {
			line = n + 1 // the last one: of two that are the same, the second is wrong
		}
	}
	return &RulesError{line, err}
}

// Detectors are all detectors of the matcher. Given options, a file of rules as
// [ParseOwn] reads it, they share one matcher of those.
func Detectors(m *Matcher) []walk.Detector {
	own := &ownMatcher{}
	d := detector{m: m, version: m.version(), own: own}
	file, git, config := d, gitDetector{d}, configDetector{d}
	return []walk.Detector{&file, &git, &config}
}

// Excepted reports whether the user's rules except the file at path, inside a
// repository, from a check. It is asked when all objects have been seen: what
// stands in a loose object has no name before (see [Settle]).
func Excepted(d walk.Detector, check, path string) bool {
	g, ok := d.(*gitDetector)
	if !ok || len(g.options) == 0 {
		return false
	}
	excepts := func(list []allowed) bool {
		return slices.ContainsFunc(list, func(a allowed) bool {
			return !a.All && slices.ContainsFunc(a.paths, func(re *regexp.Regexp) bool { return re.MatchString(path) })
		})
	}
	if excepts(g.m.allow) {
		return true
	}
	return slices.ContainsFunc(g.m.rules, func(c compiled) bool { return c.CheckID() == check && excepts(c.allow) })
}

var (
	_ walk.Configurable = (*detector)(nil)
	_ walk.Configurable = (*gitDetector)(nil)
	_ walk.Configurable = (*configDetector)(nil)
)

// ownMatcher is the matcher of a user's rules, compiled once for all detectors.
type ownMatcher struct {
	mu      sync.Mutex
	options []byte
	m       *Matcher
}

func (o *ownMatcher) of(options []byte) (*Matcher, error) {
	if o != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.m != nil && bytes.Equal(o.options, options) {
			return o.m, nil
		}
	}
	own, err := ParseOwn(options)
	if err != nil {
		return nil, err
	}
	m, err := own.Compile()
	if err == nil && o != nil {
		o.options, o.m = options, m
	}
	return m, err
}

func (d *detector) with(options []byte) (detector, error) {
	if len(options) == 0 {
		return *d, nil
	}
	m, err := d.own.of(options)
	if err != nil {
		return detector{}, err
	}
	return detector{m: m, version: m.version(), free: d.free, own: d.own, options: options}, nil
}

// With implements walk.Configurable: options are a file of rules.
func (d *detector) With(options []byte) (walk.Detector, error) {
	n, err := d.with(options)
	return &n, err
}

// Options implements walk.Configurable.
func (d *detector) Options() []byte { return d.options }

// With implements walk.Configurable.
func (d *gitDetector) With(options []byte) (walk.Detector, error) {
	n, err := d.with(options)
	return &gitDetector{n}, err
}

// With implements walk.Configurable.
func (d *configDetector) With(options []byte) (walk.Detector, error) {
	n, err := d.with(options)
	return &configDetector{n}, err
}
