package dockerfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bulwark/internal/finding"
)

// pragmas are what comments say about findings.
type pragmas struct {
	list []pragma
	// shells are "# hadolint shell=…", by line.
	shells []shellPragma
}

// pragma is one comment that ignores rules.
type pragma struct {
	line int
	text string // as written, cleaned of nothing: it is shown as a reason
	// from and to are the lines of findings that it covers.
	from, to int
	rules    []string // our names
}

type shellPragma struct {
	line  int
	shell string
}

var (
	hadolintPragma = regexp.MustCompile(`^#[ \t]*hadolint[ \t]+(?:(global|stage)[ \t]+)?ignore[ \t]*=[ \t]*([A-Z0-9, \t]+)`)
	hadolintShell  = regexp.MustCompile(`^#[ \t]*hadolint[ \t]+shell[ \t]*=[ \t]*([^\s#]+)`)
	bulwarkPragma  = regexp.MustCompile(`^#[ \t]*bulwark[ \t]+(?:(global)[ \t]+)?ignore[ \t]*=[ \t]*([a-z0-9, \t-]+)`)
	buildkitPragma = regexp.MustCompile(`(?i)^#[ \t]*check[ \t]*=[ \t]*(\S+)`)
	trivyPragma    = regexp.MustCompile(`^#[ \t]*trivy:ignore:([A-Za-z0-9-]+)`)
)

// readPragmas finds the comments that ignore something and what they cover: the
// instruction below the block of comments they stand in, the stage or the file.
func (d *document) readPragmas() {
	inside := make(map[int]bool) // lines of instructions, whose comments BuildKit drops
	next := make(map[int]*instruction)
	for _, in := range d.all {
		next[in.line] = in
		for l := in.line; l <= in.end; l++ {
			inside[l] = true
		}
	}
	// below is the instruction that a block of comments stands above.
	below := make([]*instruction, len(d.lines)+2)
	for l := len(d.lines) - 1; l >= 1; l-- {
		if in := next[l+1]; in != nil {
			below[l] = in
		} else if t := strings.TrimSpace(d.lines[l]); t != "" && t[0] == '#' {
			below[l] = below[l+1]
		}
	}
	head := d.head()
	for i, raw := range d.lines {
		line := i + 1
		text := strings.TrimSpace(raw)
		if len(text) == 0 || text[0] != '#' || inside[line] {
			continue
		}
		if m := hadolintShell.FindStringSubmatch(text); m != nil {
			d.pragmas.shells = append(d.pragmas.shells, shellPragma{line, m[1]})
			continue
		}
		p := pragma{line: line, text: text}
		scope := ""
		switch {
		case p.names(hadolintPragma.FindStringSubmatch(text), &scope, oursOf):
		case p.names(bulwarkPragma.FindStringSubmatch(text), &scope, oursOf):
		case p.names(trivyPragma.FindStringSubmatch(text), &scope, oursOf):
		case p.buildkit(text):
			scope = "next"
			if line <= head {
				scope = "global"
			}
		default:
			continue
		}
		d.cover(&p, scope, below)
		if p.to > 0 {
			d.pragmas.list = append(d.pragmas.list, p)
		}
	}
}

// names reads the list of a pragma; the last group of m is the list, the first
// of two the scope.
func (p *pragma) names(m []string, scope *string, ours func(string) []string) bool {
	if m == nil {
		return false
	}
	if len(m) == 3 {
		*scope = m[1]
	}
	for id := range strings.FieldsFuncSeq(m[len(m)-1], func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		p.rules = append(p.rules, ours(id)...)
	}
	return true
}

// buildkit reads "check=skip=RuleA,RuleB;error=true" and "check=skip=all".
func (p *pragma) buildkit(text string) bool {
	m := buildkitPragma.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	for part := range strings.SplitSeq(m[1], ";") {
		list, ok := strings.CutPrefix(part, "skip=")
		if !ok {
			continue
		}
		for id := range strings.SplitSeq(list, ",") {
			if id == "all" {
				p.rules = append(p.rules, allOfBuildKit()...)
			}
			p.rules = append(p.rules, oursOf(id)...)
		}
	}
	return true
}

// head is how many lines at the top can be parser directives.
func (d *document) head() int {
	for i, l := range d.lines {
		if t := strings.TrimSpace(l); t == "" || t[0] != '#' || !strings.Contains(t, "=") {
			return i
		}
	}
	return len(d.lines)
}

// cover sets the lines that a pragma is about.
func (d *document) cover(p *pragma, scope string, below []*instruction) {
	if scope == "global" {
		p.from, p.to = 0, len(d.lines)+1
		return
	}
	in := below[p.line]
	if in == nil {
		return
	}
	p.from, p.to = in.line, in.end
	if scope == "stage" && in.stage != nil && in.stage.from == in {
		p.to = len(d.lines)
		if i := in.stage.index + 1; i < len(d.stages) {
			p.to = d.stages[i].from.line - 1
		}
	}
}

// shellBetween is the shell that the last comment between two lines gives, empty
// for none.
func (p *pragmas) shellBetween(from, to int) string {
	shell := ""
	for _, s := range p.shells {
		if from < s.line && s.line < to {
			shell = s.shell
		}
	}
	return shell
}

// suppression gives what covers a finding of a rule at a line, nil for nothing.
func (d *document) suppression(rule string, line int) *finding.Suppression {
	for _, p := range d.pragmas.list {
		if line < p.from || line > p.to || !slices.Contains(p.rules, rule) {
			continue
		}
		return &finding.Suppression{Source: fmt.Sprintf("%s:%d", d.name, p.line), Reason: p.text}
	}
	return nil
}
