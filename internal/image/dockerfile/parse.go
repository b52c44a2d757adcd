package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"mvdan.cc/sh/v3/syntax"

	"bulwark/internal/walk"
)

// Limits. The largest Dockerfile seen among thousands of public ones is below 200 KiB.
const (
	maxBytes = 512 << 10
	// maxOnbuild bounds nested ONBUILD, which BuildKit's parser follows before
	// it refuses it.
	maxOnbuild = 256
	// maxNesting bounds braces inside braces in a line: ${a:-${b:-…}}.
	maxNesting = 200
	// maxInstructions and maxStages keep what is quadratic in them small.
	maxInstructions = 10_000
	maxStages       = 1_000
	// maxExpanded bounds what variables in variables grow to, in bytes.
	maxExpanded = 64 << 10
	// maxRepairs is how many broken instructions are stepped over.
	maxRepairs = 16
)

// document is a parsed Dockerfile.
type document struct {
	name   string
	lines  []string // without line ends; lines[0] is line 1
	escape byte
	// all are the instructions in order. One inside ONBUILD follows its
	// ONBUILD, and is marked.
	all    []*instruction
	meta   []*instruction // ARG before the first FROM
	stages []*stage
	// broken are places that BuildKit refuses.
	broken []problem
	// emptyContinuations are lines that end an instruction with empty lines inside.
	emptyContinuations []int
	// history is set for what was reconstructed: the base image is not known.
	history bool
	// global holds the defaults of the ARGs before the first FROM.
	global map[string]string
	// declared are their names, with or without a default.
	declared map[string]bool
	pragmas  pragmas
	// shell is the one in force while scripts are read, shells that at the end
	// of each stage.
	shell []string
	// shellLine is where it was set.
	shellLine int
	shells    map[*stage][]string
	parser    *syntax.Parser
	// mentioned remembers what mentions found, by stage and texts.
	mentioned map[*stage]map[string]int
}

// problem is something that can't be parsed.
type problem struct {
	line int
	text string
}

// instruction is one instruction.
type instruction struct {
	name    string // lower case
	written string // as it stands in the file
	node    *parser.Node
	// cmd is BuildKit's typed form, a pointer to one of the structs of its
	// package instructions; nil when it refuses the instruction.
	cmd       any
	line, end int
	stage     *stage // nil before the first FROM
	onbuild   bool
	script    *script // of RUN; nil when the shell is not one we parse
	joined    joinedText
}

// stage is a build stage.
type stage struct {
	index    int
	from     *instruction
	name     string // lower case, empty when it has none
	base     string // as written
	platform string
	// image is base with the defaults of the global arguments; resolved tells
	// whether nothing was left open.
	image    reference
	resolved bool
	// parent is the stage that base names.
	parent *stage
	body   []*instruction
	// shipped is whether the stage's file system ends up in an image: it is the
	// last one or one that no other copies from, or one of these is based on it.
	shipped bool
	windows bool
	// target is whether somebody may build it for its own sake: the last stage,
	// and those that no other uses.
	target bool
	// values are the variables that ENV and ARG set, its parent's included; ARG
	// without a default has none, "", and is not in it.
	values map[string]string
	known  map[string]bool
}

// chain calls f for the stage and those it is based on, the last instruction
// first, until f returns false.
func (s *stage) chain(f func(*instruction) bool) {
	for ; s != nil; s = s.parent {
		for i := len(s.body) - 1; i >= 0; i-- {
			if !f(s.body[i]) {
				return
			}
		}
	}
}

// origin is the stage's image, or that of the stage it is based on in the end.
func (s *stage) origin() *stage {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// reference is an image's name taken apart.
type reference struct{ name, tag, digest string }

// parseReference takes an image's name apart without judging it.
func parseReference(s string) reference {
	var r reference
	s, r.digest, _ = strings.Cut(s, "@")
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		s, r.tag = s[:i], s[i+1:]
	}
	r.name = s
	return r
}

// parse reads a Dockerfile. The error is for what no part of was read.
func parse(name string, src []byte) (*document, error) {
	if len(src) > maxBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are read: %w", len(src), maxBytes, walk.ErrLimit)
	}
	if n := strings.Count(strings.ToLower(string(src)), "onbuild"); n > maxOnbuild {
		return nil, fmt.Errorf("the word ONBUILD %d times, at most %d: %w", n, maxOnbuild, walk.ErrLimit)
	}
	if depth := nesting(src, '{', '}'); depth > maxNesting {
		return nil, fmt.Errorf("braces %d deep, at most %d: %w", depth, maxNesting, walk.ErrLimit)
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	d := &document{name: name, escape: '\\', global: map[string]string{}, declared: map[string]bool{}, shells: map[*stage][]string{}, shell: []string{"/bin/sh", "-c"}}
	for l := range strings.Lines(string(src)) {
		d.lines = append(d.lines, strings.TrimRight(l, "\r\n"))
	}
	res := d.syntaxTree(src)
	if res == nil {
		return d, nil
	}
	d.escape = byte(res.EscapeToken)
	for _, w := range res.Warnings {
		if w.Location != nil {
			d.emptyContinuations = append(d.emptyContinuations, w.Location.Start.Line)
		}
	}
	if n := len(res.AST.Children); n > maxInstructions {
		return nil, fmt.Errorf("%d instructions, at most %d: %w", n, maxInstructions, walk.ErrLimit)
	}
	for _, n := range res.AST.Children {
		d.add(n)
	}
	if n := len(d.stages); n > maxStages {
		return nil, fmt.Errorf("%d build stages, at most %d: %w", n, maxStages, walk.ErrLimit)
	}
	d.link()
	d.readPragmas()
	for _, in := range d.all {
		d.readScript(in)
	}
	return d, nil
}

// nesting is the greatest depth of opening above closing bytes.
func nesting(src []byte, opening, closing byte) int {
	depth, greatest := 0, 0
	for _, b := range src {
		switch b {
		case opening:
			depth++
			greatest = max(greatest, depth)
		case closing:
			depth = max(depth-1, 0)
		case '\n':
			depth = 0
		}
	}
	return greatest
}

// syntaxTree runs BuildKit's parser. It stops at the first instruction that it
// can't read; that one is remembered, emptied, and the rest read again.
func (d *document) syntaxTree(src []byte) *parser.Result {
	for range maxRepairs {
		res, err := parser.Parse(bytes.NewReader(src))
		if err == nil {
			return res
		}
		from, to := 0, 0
		var at *parser.LocationError
		if errors.As(err, &at) && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
			ranges := at.Locations[0]
			from, to = ranges[0].Start.Line, ranges[len(ranges)-1].End.Line
		}
		d.broken = append(d.broken, problem{max(from, 1), rootCause(err)})
		if from < 1 || from > len(d.lines) || strings.Contains(err.Error(), "no instructions") {
			return nil
		}
		to = min(max(to, from), len(d.lines))
		for i := from; i <= to; i++ {
			d.lines[i-1] = ""
		}
		src = []byte(strings.Join(d.lines, "\n") + "\n")
	}
	return nil
}

// rootCause is the innermost error's text: what the outer ones add are the
// places, which we say ourselves.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// add reads one instruction, and the one inside an ONBUILD.
func (d *document) add(n *parser.Node) {
	in := d.instruction(n, n.StartLine, n.EndLine)
	in.joined = d.join(n)
	d.all = append(d.all, in)
	if st, ok := in.cmd.(*instructions.Stage); ok {
		s := &stage{index: len(d.stages), from: in, name: strings.ToLower(st.Name), base: st.BaseName, platform: st.Platform, known: map[string]bool{}, values: map[string]string{}}
		d.stages = append(d.stages, s)
		in.stage = s
		return
	}
	if len(d.stages) == 0 {
		if in.name == "arg" {
			d.meta = append(d.meta, in)
		}
	} else {
		in.stage = d.stages[len(d.stages)-1]
		in.stage.body = append(in.stage.body, in)
	}
	if in.name != "onbuild" || n.Next == nil || len(n.Next.Children) == 0 {
		return
	}
	inner := d.instruction(n.Next.Children[0], in.line, in.end)
	inner.onbuild, inner.stage, inner.joined = true, in.stage, in.joined
	inner.node.Heredocs = n.Heredocs
	d.all = append(d.all, inner)
	if in.stage != nil {
		in.stage.body = append(in.stage.body, inner)
	}
}

func (d *document) instruction(n *parser.Node, line, end int) *instruction {
	in := &instruction{name: strings.ToLower(n.Value), written: n.Value, node: n, line: line, end: end}
	// With no linter at all BuildKit 0.34 trips over a comment "check=…".
	cmd, err := instructions.ParseInstructionWithLinter(n, linter.New(&linter.Config{SkipAll: true}))
	if err != nil {
		if in.name == "onbuild" {
			return in // dockerfile-onbuild-forbidden says it better
		}
		d.broken = append(d.broken, problem{line, rootCause(err)})
		return in
	}
	in.cmd = cmd
	if err := d.expands(n); err != nil {
		d.broken = append(d.broken, problem{line, rootCause(err)})
	}
	if run, ok := cmd.(*instructions.RunCommand); ok {
		// Fills in the mounts, which wait for variables. Those that can't be
		// understood without stay as they are.
		_ = run.Expand(func(word string) (string, error) { return word, nil })
	}
	return in
}

// expands tries the variables of an instruction, each with some value: a form
// that BuildKit does not know ends the build.
func (d *document) expands(n *parser.Node) error {
	if !strings.Contains(n.Original, "$") || strings.EqualFold(n.Value, "run") {
		return nil
	}
	again, err := instructions.ParseInstructionWithLinter(n, linter.New(&linter.Config{SkipAll: true}))
	if err != nil {
		return nil // said already
	}
	cmd, ok := again.(instructions.SupportsSingleWordExpansion)
	if !ok {
		return nil
	}
	lex := shell.NewLex(rune(d.escape))
	return cmd.Expand(func(word string) (string, error) {
		out, _, err := lex.ProcessWord(word, anything{})
		return out, err
	})
}

// anything gives every variable a value.
type anything struct{}

func (anything) Get(string) (string, bool) { return "1", true }

func (anything) Keys() []string { return nil }

// link finds out what the stages have to do with one another.
func (d *document) link() {
	for _, in := range d.meta {
		arg, ok := in.cmd.(*instructions.ArgCommand)
		if !ok {
			continue
		}
		for _, kv := range arg.Args {
			d.declared[kv.Key] = true
			if kv.Value != nil {
				d.global[kv.Key], _ = expand(*kv.Value, d.globalValue)
			}
		}
	}
	copied := make(map[*stage]bool)
	for _, s := range d.stages {
		text, open := expand(s.base, d.globalValue)
		s.image, s.resolved = parseReference(text), !open
		s.parent = d.stageBefore(s.index, text)
		s.windows = d.escape == '`' && open || windowsImage.MatchString(text) || s.parent != nil && s.parent.windows
		if s.parent != nil {
			maps.Copy(s.known, s.parent.known)
			maps.Copy(s.values, s.parent.values)
		}
		for _, in := range s.body {
			d.setVariables(s, in)
			for _, from := range copiesFrom(in) {
				if other := d.stageCalled(from, s.index); other != nil {
					copied[other] = true
				}
			}
		}
	}
	based := make(map[*stage]bool)
	for _, s := range d.stages {
		if s.parent != nil {
			based[s.parent] = true
		}
	}
	for i := len(d.stages) - 1; i >= 0; i-- {
		if i < len(d.stages)-1 && (copied[d.stages[i]] || based[d.stages[i]]) {
			continue
		}
		d.stages[i].target = true
		for s := d.stages[i]; s != nil && !s.shipped; s = s.parent {
			s.shipped = true
		}
	}
}

var windowsImage = regexp.MustCompile(`(?i)(^|[/:_-])(windows|nanoserver|servercore|windowsservercore)([/:_-]|$)`)

// setVariables remembers what ENV and ARG give a value.
func (d *document) setVariables(s *stage, in *instruction) {
	if in.onbuild {
		return
	}
	value := func(name string) (string, bool) { v, ok := s.values[name]; return v, ok }
	switch c := in.cmd.(type) {
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			s.known[kv.Key] = true
			s.values[kv.Key], _ = expand(strings.Trim(kv.Value, `"'`), value)
		}
	case *instructions.ArgCommand:
		for _, kv := range c.Args {
			s.known[kv.Key] = true
			if kv.Value != nil {
				s.values[kv.Key], _ = expand(strings.Trim(*kv.Value, `"'`), value)
			} else if v, ok := d.global[kv.Key]; ok {
				s.values[kv.Key] = v
			}
		}
	}
}

// copiesFrom are the stages or images that an instruction takes files from.
func copiesFrom(in *instruction) []string {
	switch c := in.cmd.(type) {
	case *instructions.CopyCommand:
		if c.From != "" {
			return []string{c.From}
		}
	case *instructions.RunCommand:
		var out []string
		for _, m := range mounts(c) {
			if m.From != "" {
				out = append(out, m.From)
			}
		}
		return out
	}
	return nil
}

// mounts are the mounts of a RUN; none where a variable keeps them from being read.
func mounts(c *instructions.RunCommand) []*instructions.Mount {
	return instructions.GetMounts(c)
}

// stageBefore finds the nearest earlier stage of a name.
func (d *document) stageBefore(index int, name string) *stage {
	name = strings.ToLower(name)
	for i := index - 1; i >= 0; i-- {
		if d.stages[i].name != "" && d.stages[i].name == name {
			return d.stages[i]
		}
	}
	return nil
}

// stageCalled finds an earlier stage by name or number, as COPY --from does.
func (d *document) stageCalled(name string, before int) *stage {
	if s := d.stageBefore(before, name); s != nil {
		return s
	}
	n := 0
	for _, c := range name {
		if c < '0' || c > '9' || n > len(d.stages) {
			return nil
		}
		n = n*10 + int(c-'0')
	}
	if name == "" || n >= before {
		return nil
	}
	return d.stages[n]
}

// globalValue is the value of a variable in FROM.
func (d *document) globalValue(name string) (string, bool) {
	v, ok := d.global[name]
	return v, ok
}

// variable finds $name and ${name…}; group 1 or 2 is the name, 3 an operator
// with its word.
var variable = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-+?=]|##?|%%?|//?)[^{}]*)?\})`)

// expand replaces variables as a Dockerfile does (${name:-word}, ${name:+word}
// and plain ones). open tells that some had no value.
func expand(s string, value func(string) (string, bool)) (out string, open bool) {
	if !strings.Contains(s, "$") {
		return s, false
	}
	grown := 0
	for range 4 { // ${a:-${b}}: the inner first
		changed := false
		s = variable.ReplaceAllStringFunc(s, func(ref string) string {
			m := variable.FindStringSubmatch(ref)
			name, op := m[1]+m[2], m[3]
			v, ok := value(name)
			switch {
			case strings.HasPrefix(op, ":-") && v == "", strings.HasPrefix(op, "-") && !ok:
				v, ok = strings.TrimLeft(op, ":-"), true
			case strings.HasPrefix(op, ":+") && v == "", strings.HasPrefix(op, "+") && !ok:
				v, ok = "", true
			case strings.HasPrefix(op, ":+"), strings.HasPrefix(op, "+"):
				v = strings.TrimLeft(op, ":+")
			}
			if grown += len(v); !ok || grown > maxExpanded {
				return ref
			}
			changed = true
			return v
		})
		if !changed {
			break
		}
	}
	return s, strings.Contains(s, "$")
}

// joinedText is an instruction as one line, with where each part came from.
type joinedText struct {
	text  string
	parts []linePart
	// heredoc is the first line after the instruction's own lines.
	heredoc int
}

type linePart struct{ offset, line int }

// join puts an instruction's lines together as BuildKit's parser does: escapes
// at line ends, comment lines and empty lines inside are dropped.
func (d *document) join(n *parser.Node) joinedText {
	var j joinedText
	var b strings.Builder
	for i := n.StartLine; i >= 1 && i <= len(d.lines); i++ {
		l := d.lines[i-1]
		if i == n.StartLine {
			l = strings.TrimLeft(l, " \t\v\f\r")
		} else if t := strings.TrimSpace(l); t == "" || t[0] == '#' {
			continue
		}
		j.parts = append(j.parts, linePart{b.Len(), i})
		j.heredoc = i + 1
		t := strings.TrimRight(l, " \t")
		if k := len(t) - 1; k >= 0 && t[k] == d.escape && (k == 0 || t[k-1] != d.escape) {
			b.WriteString(t[:k])
			continue
		}
		b.WriteString(l)
		break
	}
	j.text = b.String()
	return j
}

// lineOf is the line that a byte of the joined text came from.
func (j joinedText) lineOf(offset int) int {
	line := 0
	for _, p := range j.parts {
		if p.offset > offset {
			break
		}
		line = p.line
	}
	return line
}
