package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
)

// verdictOptions are the settings of the gate.
type verdictOptions struct {
	failOn          string
	unrated         string
	allow           []string
	requireCoverage string
}

// verdictSettings are the names of the settings above.
func verdictSettings() []string { return []string{"fail-on", "unrated", "allow", "require-coverage"} }

func (v *invocation) verdictFlags(fs *pflag.FlagSet, o *verdictOptions) {
	v.bind(fs, "fail-on", &o.failOn)
	v.bind(fs, "unrated", &o.unrated)
	v.bind(fs, "allow", &o.allow)
	v.bind(fs, "require-coverage", &o.requireCoverage)
}

// gate makes the gate's options; what is wrong with them is a usage error.
func (v *invocation) gate(o verdictOptions) (finding.GateOptions, error) {
	var g finding.GateOptions
	var err error
	if strings.TrimSpace(o.failOn) == "" && v.given("fail-on") {
		// A script whose variable is not set must not go green.
		return g, v.wrongSetting("fail-on", usageError(finding.T("cli.gate.empty")).withHint("cli.hint.gate-empty"))
	}
	if o.failOn != "" {
		if g.Gate, err = finding.ParseGate(o.failOn); err != nil {
			p := v.wrongSetting("fail-on", err)
			if near := nearestCondition(o.failOn); near != "" {
				return g, p.withHint("cli.hint.mean", near)
			}
			return g, p
		}
	}
	if g.Unrated, err = finding.ParseUnrated(o.unrated); err != nil {
		return g, v.wrongSetting("unrated", err)
	}
	if g.Allow, err = finding.ParseAllow(o.allow); err != nil {
		return g, v.wrongSetting("allow", err)
	}
	g.RequireCoverage = finding.CoverageLevel(o.requireCoverage)
	if err := g.Validate(); err != nil {
		return g, v.wrongSetting("require-coverage", err)
	}
	return g, nil
}

func nearestCondition(s string) string {
	known := []string{"fixable", "kev"}
	for _, sev := range finding.Severities() {
		known = append(known, sev.String())
	}
	words := strings.Split(strings.ToLower(s), ",")
	changed := false
	for i, w := range words {
		w = strings.TrimSpace(w)
		if !slices.Contains(known, w) {
			near := nearest(w, known)
			if near == "" {
				return ""
			}
			words[i], changed = near, true
		}
	}
	if !changed {
		return ""
	}
	return strings.Join(words, ",")
}

// wrongSetting says which setting is wrong, by the name under which it was given.
func (v *invocation) wrongSetting(name string, err error) *problem {
	at := "--" + name
	if o, ok := v.config.origins[name]; ok && o.detail != "" {
		at = o.detail
		if o.kind == "file" {
			at += ": " + name
		}
	}
	var inner *problem
	if errors.As(err, &inner) {
		return &problem{code: exitUsage, text: finding.T("cli.setting", at), reason: inner.text, hint: inner.hint}
	}
	return usageError(finding.T("cli.setting", at)).because(err)
}

// decided reports whether the user, in whatever way, said something about the gate.
func (v *invocation) decided() bool {
	return slices.ContainsFunc(verdictSettings(), v.given)
}

// given reports whether a setting has its value from the command line, the
// environment or a file.
func (v *invocation) given(name string) bool {
	o := v.config.origins[name]
	return o.kind != "" && o.kind != "default"
}
