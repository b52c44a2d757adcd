package finding

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Exit codes that a verdict gives; the others are the command line's own.
const (
	ExitOK         = 0
	ExitGate       = 3
	ExitIncomplete = 4
)

// Reasons in Verdict.Incomplete, as --allow names them.
const (
	IncompleteUnread   = "unread"
	IncompleteLimit    = "limit"
	IncompleteCoverage = "coverage"
)

// Gate is the condition under which a scan fails. The zero value is no gate.
//
// A finding meets it when its severity is at least Threshold; an unrated one
// meets every threshold, because nobody said that it is harmless. Fixable and
// KEV narrow vulnerabilities and notices to those with a known fix, or on
// CISA's list; KEV leaves out all other findings too. An image whose content
// does not match its digest always fails: nothing else said of it holds.
// Hidden and suppressed findings don't count, nor does "not-scanned", which
// has an exit code of its own.
type Gate struct {
	Set       bool
	Threshold Severity
	Fixable   bool
	KEV       bool
	text      string
}

// ParseGate reads the value of --fail-on: a severity, conditions after commas
// ("critical,fixable"); conditions alone mean every severity ("kev").
func ParseGate(s string) (Gate, error) {
	g := Gate{Set: true, text: s}
	severities := 0
	for word := range strings.SplitSeq(s, ",") {
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "fixable":
			g.Fixable = true
		case "kev":
			g.KEV = true
		default:
			sev, err := ParseSeverity(word)
			if err != nil {
				return Gate{}, fmt.Errorf("%q is neither a severity (%s) nor a condition (fixable, kev)",
					word, strings.Join(severityNames[:], ", "))
			}
			g.Threshold = sev
			severities++
		}
	}
	if severities > 1 {
		return Gate{}, fmt.Errorf("%q names more than one severity: give the lowest that shall fail", s)
	}
	return g, nil
}

// String gives the condition as it was written.
func (g Gate) String() string { return g.text }

// UnratedPolicy says what a finding without a severity means to a gate.
type UnratedPolicy string

// Policies for unrated findings; the zero value is UnratedFails.
const (
	UnratedFails  UnratedPolicy = ""
	UnratedIgnore UnratedPolicy = "ignore"
)

// ParseUnrated reads the value of --unrated.
func ParseUnrated(s string) (UnratedPolicy, error) {
	switch s {
	case "", "fail":
		return UnratedFails, nil
	case "ignore":
		return UnratedIgnore, nil
	}
	return "", fmt.Errorf("%q is neither fail nor ignore", s)
}

// Allow names what an incomplete scan is accepted with; none implies another.
type Allow struct{ Unread, Limit, Coverage bool }

// ParseAllow reads the values of --allow, each a list with commas.
func ParseAllow(values []string) (Allow, error) {
	var a Allow
	for _, v := range values {
		for word := range strings.SplitSeq(v, ",") {
			switch strings.TrimSpace(word) {
			case IncompleteUnread:
				a.Unread = true
			case IncompleteLimit:
				a.Limit = true
			case IncompleteCoverage:
				a.Coverage = true
			default:
				return Allow{}, fmt.Errorf("%q is not one of unread, limit, coverage", word)
			}
		}
	}
	return a, nil
}

// GateOptions are all that a verdict depends on besides the report.
type GateOptions struct {
	Gate    Gate
	Unrated UnratedPolicy
	Allow   Allow
	// RequireCoverage is CoverageFull, or empty for the usual: with a gate,
	// coverage none makes a scan incomplete.
	RequireCoverage CoverageLevel
}

// Validate reports options that contradict one another.
func (o GateOptions) Validate() error {
	switch o.RequireCoverage {
	case "", CoverageFull:
	default:
		return fmt.Errorf("required coverage %q: only full can be required", o.RequireCoverage)
	}
	if o.RequireCoverage != "" && o.Allow.Coverage {
		return errors.New("full coverage cannot be required and its absence allowed at once")
	}
	if o.Unrated != UnratedFails && o.Unrated != UnratedIgnore {
		return fmt.Errorf("unrated policy %q is not known", o.Unrated)
	}
	return nil
}

// Decide says what a report comes to. It changes nothing and depends on its
// arguments alone.
//
// The exit code is 3 when the gate failed, else 4 when the scan is incomplete
// in a way that is not allowed, else 0. Verdict.Incomplete lists every way in
// which it is incomplete, also the allowed ones; Verdict.Allowed those of them
// that were accepted.
func Decide(r *Report, o GateOptions) Verdict {
	v := Verdict{Counts: make(map[Severity]int), FailOn: o.Gate.text}
	accepted := make(map[string]bool) // subjects of "not-scanned" that an exception covers
	failedToRun, undecided := false, false
	for i := range r.Results {
		res := &r.Results[i]
		if res.State == CouldNotRun && res.Suppressed == nil && !res.Hidden {
			// A vulnerability that could not be decided is a gap in what is
			// known of one package, like partial coverage.
			if res.Check == CheckVulnerability || res.Check == CheckNotice {
				undecided = true
			} else {
				failedToRun = true
			}
		}
		if !res.IsFinding() {
			continue
		}
		if res.Suppressed != nil {
			v.Suppressed++
			if res.Check == CheckNotScanned {
				accepted[res.Subject] = true
			}
			continue
		}
		if res.Check == CheckNotScanned {
			continue
		}
		if res.Hidden {
			v.Hidden++
			continue
		}
		if res.Check == CheckVulnerability {
			v.Counts[res.Rating.Severity]++
		}
		if res.Rating.Severity == Unrated {
			v.Unrated++
		}
		if o.Gate.Set && o.meets(res) {
			v.Failing++
		}
	}
	for i := range r.Packages {
		if r.Packages[i].Hidden {
			v.HiddenPackages++
		} else {
			v.Packages++
		}
	}
	v.NoPackages = r.Data != nil && v.Packages == 0
	v.Incomplete, v.Allowed = o.incomplete(r, accepted, failedToRun, undecided, v.NoPackages)
	if o.Gate.Set {
		v.Gate = "passed"
		if v.Failing > 0 {
			v.Gate = "failed"
		}
	}
	switch {
	case v.Failing > 0:
		v.ExitCode = ExitGate
	case len(v.Incomplete) > len(v.Allowed):
		v.ExitCode = ExitIncomplete
	}
	return v
}

// meets reports whether a finding that counts meets the gate's condition.
func (o GateOptions) meets(res *Result) bool {
	if res.Check == CheckIntegrity {
		return true
	}
	if res.Rating.Severity == Unrated {
		if o.Unrated == UnratedIgnore {
			return false
		}
	} else if res.Rating.Severity < o.Gate.Threshold {
		return false
	}
	if o.Gate.Fixable && res.Advisory != nil && len(res.Advisory.Fixed) == 0 {
		return false
	}
	if o.Gate.KEV && (res.Advisory == nil || res.Advisory.KEV == nil) {
		return false
	}
	return true
}

// incomplete lists in what way the scan does not say everything, and which of
// those ways are allowed.
func (o GateOptions) incomplete(r *Report, accepted map[string]bool, failedToRun, undecided, noPackages bool) (all, allowed []string) {
	unread, limit := failedToRun, false
	for _, u := range r.Unread {
		switch {
		case accepted[unreadSubject(u)]:
		case u.Reason == UnreadLimit:
			limit = true
		default:
			unread = true
		}
	}
	add := func(is bool, name string, ok bool) {
		if !is {
			return
		}
		all = append(all, name)
		if ok {
			allowed = append(allowed, name)
		}
	}
	add(unread, IncompleteUnread, o.Allow.Unread)
	add(limit, IncompleteLimit, o.Allow.Limit)
	add(o.lacksCoverage(r, noPackages) || undecided && o.RequireCoverage == CoverageFull, IncompleteCoverage, o.Allow.Coverage)
	return all, allowed
}

// lacksCoverage reports whether too little is known of what is there. Data that
// covers none of an ecosystem's packages is as good as none, whatever it is
// called; and files without any package are nothing that anybody could vouch for.
func (o GateOptions) lacksCoverage(r *Report, noPackages bool) bool {
	if !o.Gate.Set && o.RequireCoverage == "" {
		return false
	}
	if len(r.Packages) > 0 && len(r.Coverage) == 0 {
		return true // nobody looked them up
	}
	if noPackages && r.hasContent() {
		return true
	}
	return slices.ContainsFunc(r.Coverage, func(c Coverage) bool {
		if c.Packages == 0 {
			return false
		}
		if c.Level != CoverageFull && c.Known == 0 {
			return true
		}
		return c.Level == CoverageNone || o.RequireCoverage == CoverageFull && c.Level != CoverageFull
	})
}

// hasContent reports whether the subject holds anything at all. A directory
// counts as something: one that is empty is a mistake more often than not.
func (r *Report) hasContent() bool {
	return r.Subject.Kind != "image" || slices.ContainsFunc(r.Layers, func(l LayerInfo) bool { return l.Files > 0 })
}
