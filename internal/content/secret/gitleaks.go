package secret

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"bulwark/internal/finding"

	"github.com/pelletier/go-toml/v2"
)

// Gitleaks is what a configuration file of gitleaks says, in our terms.
//
// What its files can say and we do not do is in Notes: a rule that counts only
// with another one beside it (required) is taken without that condition, so
// that it finds more, not less; commits in allowlists are known only to whoever
// reads a history; values encoded in base64 are not decoded.
type Gitleaks struct {
	Rules []Rule
	Allow []Allowlist
	// Extends says which file this one is laid over; see Over.
	Extends Extends
	// Notes say what of the file is not followed.
	Notes []string

	// targeted are allowlists of rules that may come from the extended file.
	targeted []targeted
}

// Extends names the base of a file.
type Extends struct {
	// Default: gitleaks' own rules. Path and URL: another file.
	Default   bool
	Path, URL string
	// Disabled are rules of the base that are left out.
	Disabled []string
}

type targeted struct {
	rules []string
	allow Allowlist
}

// The form of the file; see gitleaks' README, "Configuration".
type (
	leaksFile struct {
		Extend struct {
			Path          string
			URL           string
			UseDefault    bool     `toml:"useDefault"`
			DisabledRules []string `toml:"disabledRules"`
		}
		Rules      []leaksRule
		AllowList  *leaksAllow
		Allowlists []leaksAllow
	}
	leaksRule struct {
		ID          string
		Description string
		Path        string
		Regex       string
		SecretGroup int `toml:"secretGroup"`
		Entropy     any
		Keywords    []string
		AllowList   *leaksAllow
		Allowlists  []leaksAllow
		Required    []struct{ ID string }
		SkipReport  bool `toml:"skipReport"`
	}
	leaksAllow struct {
		TargetRules []string `toml:"targetRules"`
		Description string
		Condition   string
		Commits     []string
		Paths       []string
		RegexTarget string `toml:"regexTarget"`
		Regexes     []string
		StopWords   []string
	}
)

// Limits of a configuration file.
const (
	maxGitleaksFile  = 4 << 20
	maxGitleaksRules = 5000
)

// ParseGitleaks reads a configuration file of gitleaks, version 8.
func ParseGitleaks(text []byte) (*Gitleaks, error) {
	if len(text) > maxGitleaksFile {
		return nil, fmt.Errorf("%d bytes, at most %d", len(text), maxGitleaksFile)
	}
	var file leaksFile
	if err := toml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if len(file.Rules) > maxGitleaksRules {
		return nil, fmt.Errorf("%d rules, at most %d", len(file.Rules), maxGitleaksRules)
	}
	g := &Gitleaks{Extends: Extends{file.Extend.UseDefault, file.Extend.Path, file.Extend.URL, file.Extend.DisabledRules}}
	if g.Extends.Default && g.Extends.Path != "" {
		return nil, errors.New("extend: both useDefault and path")
	}
	ids := make(map[string]bool)
	for _, lr := range file.Rules {
		if lr.ID == "" {
			return nil, errors.New("a rule without id")
		}
		r, err := g.rule(lr)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", lr.ID, err)
		}
		if ids[r.ID] {
			return nil, fmt.Errorf("rule %q is there twice", r.ID)
		}
		ids[r.ID] = true
		if !lr.SkipReport {
			g.Rules = append(g.Rules, r)
		}
	}
	lists, err := both(file.AllowList, file.Allowlists)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		a, err := l.allowlist()
		if err != nil {
			return nil, fmt.Errorf("allowlist: %w", err)
		}
		if len(l.TargetRules) > 0 {
			g.targeted = append(g.targeted, targeted{l.TargetRules, a})
		} else {
			g.Allow = append(g.Allow, a)
		}
	}
	if !g.extends() {
		return g, g.whole()
	}
	return g, nil
}

func (g *Gitleaks) extends() bool {
	return g.Extends.Default || g.Extends.Path != "" || g.Extends.URL != ""
}

// both gives the allowlists of the older or the newer spelling.
func both(old *leaksAllow, list []leaksAllow) ([]leaksAllow, error) {
	if old == nil {
		return list, nil
	}
	if len(list) > 0 {
		return nil, errors.New("both allowlist and allowlists")
	}
	return []leaksAllow{*old}, nil
}

// rule makes a rule of ours.
func (g *Gitleaks) rule(lr leaksRule) (Rule, error) {
	id := ruleID(lr.ID)
	r := Rule{
		ID: id, Name: strings.ReplaceAll(id, "-", " "), Severity: finding.High,
		Pattern: lr.Regex, Group: lr.SecretGroup, Path: lr.Path, imported: true,
	}
	if strings.Contains(id, "private-key") {
		r.Class = PrivateKey
	}
	switch e := lr.Entropy.(type) {
	case nil:
	case float64:
		r.Entropy = e
	case int64:
		r.Entropy = float64(e)
	default:
		return r, fmt.Errorf("entropy %v is no number", e)
	}
	for _, k := range lr.Keywords {
		k = strings.ToLower(k)
		if len(k) < 2 || len(k) > maxKey { // too short to search for
			r.Anchors = nil
			break
		}
		if !slices.Contains(r.Anchors, k) {
			r.Anchors = append(r.Anchors, k)
		}
	}
	if lr.Regex != "" {
		re, err := regexp.Compile(lr.Regex)
		if err != nil {
			return r, err
		}
		if lr.SecretGroup < 0 || lr.SecretGroup > re.NumSubexp() {
			return r, fmt.Errorf("secretGroup %d of %d", lr.SecretGroup, re.NumSubexp())
		}
	}
	if lr.Path != "" {
		if _, err := regexp.Compile(lr.Path); err != nil {
			return r, fmt.Errorf("path: %w", err)
		}
	}
	lists, err := both(lr.AllowList, lr.Allowlists)
	if err != nil {
		return r, err
	}
	for _, l := range lists {
		a, err := l.allowlist()
		if err != nil {
			return r, fmt.Errorf("allowlist: %w", err)
		}
		r.Allow = append(r.Allow, a)
	}
	if len(lr.Required) > 0 {
		g.Notes = append(g.Notes, fmt.Sprintf("rule %s counts without the rules that it requires", id))
	}
	return r, nil
}

// ruleID makes an ID that a check can have.
func ruleID(id string) string {
	var b strings.Builder
	for i := range len(id) {
		c := foldedByte(id[i])
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
		if b.Len() >= 100 {
			break
		}
	}
	return cmp.Or(strings.Trim(b.String(), "-"), "rule")
}

// allowlist makes an allowlist of ours.
func (l leaksAllow) allowlist() (Allowlist, error) {
	a := Allowlist{Description: l.Description, Commits: l.Commits, Paths: l.Paths, Regexes: l.Regexes, Stopwords: l.StopWords}
	switch strings.ToUpper(l.Condition) {
	case "", "OR", "||":
	case "AND", "&&":
		a.All = true
	default:
		return a, fmt.Errorf("unknown condition %q", l.Condition)
	}
	switch l.RegexTarget {
	case "", "secret":
	case "match":
		a.Target = TargetMatch
	case "line":
		a.Target = TargetLine
	default:
		return a, fmt.Errorf("unknown regexTarget %q", l.RegexTarget)
	}
	if len(a.Commits)+len(a.Paths)+len(a.Regexes)+len(a.Stopwords) == 0 {
		return a, errors.New("no commits, paths, regexes or stopwords")
	}
	_, err := compileAllow([]Allowlist{a})
	return a, err
}

// whole checks what can only be checked when nothing is to be laid under the
// file any more, and gives allowlists to the rules they are for.
func (g *Gitleaks) whole() error {
	for i := range g.Rules {
		if r := &g.Rules[i]; r.Pattern == "" && r.Path == "" {
			return fmt.Errorf("rule %q has neither regex nor path", r.ID)
		}
	}
	for _, t := range g.targeted {
		for _, id := range t.rules {
			i := slices.IndexFunc(g.Rules, func(r Rule) bool { return r.ID == ruleID(id) })
			if i < 0 {
				return fmt.Errorf("allowlist for rule %q, which is not there", id)
			}
			g.Rules[i].Allow = append(slices.Clip(g.Rules[i].Allow), t.allow)
		}
	}
	g.targeted = nil
	return nil
}

// Over lays g over the file or the rules that it extends: rules of the base
// that g disables are left out, those that both have take what g says, and all
// others come along.
func (g *Gitleaks) Over(base *Gitleaks) (*Gitleaks, error) {
	out := &Gitleaks{
		Rules: slices.Clone(g.Rules), Allow: slices.Concat(g.Allow, base.Allow), Extends: base.Extends,
		Notes: slices.Concat(g.Notes, base.Notes), targeted: slices.Concat(g.targeted, base.targeted),
	}
	for _, b := range base.Rules {
		if slices.ContainsFunc(g.Extends.Disabled, func(id string) bool { return ruleID(id) == b.ID }) {
			continue
		}
		i := slices.IndexFunc(out.Rules, func(r Rule) bool { return r.ID == b.ID })
		if i < 0 {
			out.Rules = append(out.Rules, b)
			continue
		}
		r := out.Rules[i]
		if r.Pattern != "" {
			b.Pattern, b.imported = r.Pattern, true
		}
		b.Group, b.Entropy, b.Path = cmp.Or(r.Group, b.Group), cmp.Or(r.Entropy, b.Entropy), cmp.Or(r.Path, b.Path)
		b.Allow = slices.Concat(b.Allow, r.Allow)
		for _, k := range r.Anchors {
			if !slices.Contains(b.Anchors, k) {
				b.Anchors = append(slices.Clip(b.Anchors), k)
			}
		}
		out.Rules[i] = b
	}
	if out.extends() {
		return out, nil
	}
	return out, out.whole()
}

// certain reports whether every match of an expression holds one of the
// keywords, in either case. gitleaks asks only that a keyword is anywhere in
// the text.
func certain(re *syntax.Regexp, keywords []string) bool {
	o := newOutline(re)
	for i := range o.pieces {
		all := i == 0 || o.telling(i)
		if all {
			for _, s := range o.from(i) {
				all = all && s.holds(keywords) >= 0
			}
		}
		if all {
			return true
		}
		if alt := o.pieces[i]; alt.Op == syntax.OpAlternate && !slices.ContainsFunc(alt.Sub, func(sub *syntax.Regexp) bool { return !certain(sub, keywords) }) {
			return true
		}
	}
	return false
}
