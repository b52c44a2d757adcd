package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// prefix begins the ID of every check of this package.
const prefix = "dockerfile-"

// rule is one question asked of a Dockerfile.
type rule struct {
	name     string // the ID without the prefix
	severity finding.Severity
	// uncertain findings are in state Warn: whether they hold depends on what
	// the file does not say, such as the base image.
	uncertain bool
	// history is whether the rule says something of what was reconstructed from
	// an image's history, where ARG, comments and the form as written are lost.
	history bool
	refs    []string
	cis     []string
	attack  []string
	cwe     []string
	look    func(*look)
	// bad has the finding, good has not. Both are whole Dockerfiles.
	bad, good string
}

// text is one of the rule's texts: "title", "why" or "fix".
func (r *rule) text(kind string) finding.Text {
	return finding.T("dockerfile.rule." + r.name + "." + kind)
}

// rules is the list of all rules.
func rules() []rule {
	return slices.Concat(
		rulesBase(),
		rulesCopy(),
		rulesSettings(),
		rulesSecrets(),
		rulesRun(),
		rulesDebian(),
		rulesPackages(),
		rulesLanguages(),
		rulesTrust(),
		rulesShell(),
		rulesForm(),
	)
}

// all is the list, built once; nobody changes it.
var all = sync.OnceValue(rules)

// Checks declares the checks of this package.
func Checks() []finding.Check {
	var out []finding.Check
	for _, r := range all() {
		id := prefix + r.name
		out = append(out, finding.Check{
			ID: id, Point: "image",
			Title: r.text("title"), Why: r.text("why"), Fix: r.text("fix"),
			References: r.refs, Severity: r.severity, CIS: r.cis, ATTACK: r.attack, CWE: r.cwe,
		})
	}
	return out
}

// look is one rule looking at one file.
type look struct {
	*document
	rule *rule
	out  *[]finding.Result
}

// found reports a finding. key is what it is about, by which its fingerprint
// tells it from others of the same rule: a package, a variable, never a secret.
// evidence is shown.
func (l *look) found(line int, key string, evidence ...string) {
	l.rated(l.rule.severity, line, key, evidence...)
}

// rated reports a finding of another severity than the rule's.
func (l *look) rated(severity finding.Severity, line int, key string, evidence ...string) {
	id := prefix + l.rule.name
	state := finding.Fail
	if l.rule.uncertain {
		state = finding.Warn
	}
	for i := range evidence {
		evidence[i] = shorten(evidence[i])
	}
	subject := l.name + " " + id
	if key != "" {
		subject += " " + shorten(key)
	}
	*l.out = append(*l.out, finding.Result{
		Check: id, State: state,
		Rating:    finding.Rating{Severity: severity, Source: finding.RatedByUs},
		Title:     l.rule.text("title"),
		Locations: []finding.Location{{Layer: -1, Path: l.name, Line: line}},
		Evidence:  evidence, Subject: subject,
		Suppressed: l.suppression(l.rule.name, line),
	})
}

// maxEvidence bounds what is quoted of a file, in bytes.
const maxEvidence = 160

// login is what stands before the host in a URL: a user with a password, or a token.
var login = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]{0,20}://)[^/\s@]{1,512}@`)

func shorten(s string) string {
	s = login.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "${1}***@")
	if len(s) <= maxEvidence {
		return s
	}
	cut := maxEvidence
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// maxResults bounds what one file can say.
const maxResults = 2000

// Lint checks one Dockerfile. name is the path given in the findings' locations.
// An error says that something was not looked at (it wraps walk.ErrLimit where
// a limit was met); the findings hold all the same.
func Lint(ctx context.Context, name string, src []byte) ([]finding.Result, error) {
	return lint(ctx, name, src, false)
}

func lint(ctx context.Context, name string, src []byte, history bool) (out []finding.Result, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("a fault of the parser: %v", fault)
		}
	}()
	d, err := parse(name, src)
	if err != nil {
		return nil, err
	}
	d.history = history
	list := all()
	for i := range list {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if history && !list[i].history {
			continue
		}
		list[i].look(&look{d, &list[i], &out})
		if len(out) > maxResults {
			return out[:maxResults], fmt.Errorf("more than %d findings: %w", maxResults, walk.ErrLimit)
		}
	}
	slices.SortStableFunc(out, func(a, b finding.Result) int { return a.Locations[0].Line - b.Locations[0].Line })
	var unread []error
	for _, in := range d.all {
		if in.script != nil && in.script.tooLarge {
			unread = append(unread, fmt.Errorf("the shell of line %d is too large or too deeply nested: %w", in.line, walk.ErrLimit))
		}
	}
	return out, errors.Join(unread...)
}

// ---- what rules go through

// runs calls f for every RUN whose shell is understood, also inside ONBUILD.
func (l *look) runs(f func(in *instruction, sc *script)) {
	for _, in := range l.all {
		if in.script != nil {
			f(in, in.script)
		}
	}
}

// commands reports once for each RUN that holds commands for which bad gives
// evidence, at the first of them.
func (l *look) commands(bad func(in *instruction, c *command) []string) {
	l.runs(func(in *instruction, sc *script) {
		line := 0
		var evidence []string
		for i := range sc.commands {
			e := bad(in, &sc.commands[i])
			if e == nil {
				continue
			}
			if line == 0 {
				line = sc.commands[i].line
			}
			for _, s := range e {
				if len(evidence) < 8 && !slices.Contains(evidence, s) {
					evidence = append(evidence, s)
				}
			}
		}
		if line > 0 {
			key := ""
			if len(evidence) > 0 {
				key = evidence[0]
			}
			l.found(line, key, evidence...)
		}
	})
}

// ships tells whether what an instruction leaves behind ends up in an image.
func ships(in *instruction) bool { return in.stage == nil || in.stage.shipped }

// each calls f for the typed form of every instruction, ONBUILD's left out.
func each[T any](l *look, f func(in *instruction, cmd *T)) {
	for _, in := range l.all {
		if in.onbuild {
			continue
		}
		if c, ok := in.cmd.(*T); ok {
			f(in, c)
		}
	}
}

// value expands the variables that the file itself gives a value.
func (in *instruction) value(s string) (text string, open bool) {
	if in.stage == nil {
		return expand(s, func(string) (string, bool) { return "", false })
	}
	return expand(s, func(name string) (string, bool) { v, ok := in.stage.values[name]; return v, ok })
}

// words are the words that an argument of a command stands for, as far as the
// file itself tells; those that it does not tell are left out.
func (in *instruction) words(arguments []string) []string {
	var out []string
	for _, a := range arguments {
		text := a
		if in.script != nil {
			text, _ = expand(text, func(name string) (string, bool) { v, ok := in.script.values[name]; return v, ok })
		}
		text, open := in.value(text)
		if open && onlyVariable(text) {
			continue
		}
		if text == a {
			out = append(out, a)
			continue
		}
		out = append(out, strings.Fields(text)...)
	}
	return out
}

// onlyVariable tells whether a word says nothing besides a value that is not known.
func onlyVariable(s string) bool {
	rest := variable.ReplaceAllString(s, "")
	rest = strings.ReplaceAll(strings.ReplaceAll(rest, "$()", ""), "${}", "")
	return strings.Trim(rest, "$@*{}()") == ""
}
