package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"bulwark/internal/finding"
)

// rulesForm are about how the file is written.
func rulesForm() []rule {
	return []rule{
		{
			name: "syntax", severity: finding.Medium,
			refs: []string{refReference},
			look: func(l *look) {
				for _, p := range l.broken {
					l.found(p.line, p.text, p.text)
					if len(l.stages) == 0 {
						return // most likely no Dockerfile at all
					}
				}
			},
			bad:  "FROM debian:12\nRUNN true\n",
			good: "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN <<EOF\ntrue\nEOF\n",
		},
		{
			name: "env-self-reference", severity: finding.Low,
			refs: []string{refReference + "#environment-replacement"},
			look: envSelfReference,
			bad:  "FROM debian:12\nENV HOME_DIR=/srv BIN=$HOME_DIR/bin\n",
			good: "FROM debian:12\nENV HOME_DIR=/srv\nENV BIN=$HOME_DIR/bin PATH=$PATH:/x\n",
		},
		{
			name: "key-value-legacy", severity: finding.Negligible,
			refs: []string{refChecks + "legacy-key-value-format/"},
			look: func(l *look) {
				legacy := func(in *instruction, list instructions.KeyValuePairs) {
					for _, kv := range list {
						if kv.NoDelim {
							l.found(in.line, kv.Key, in.written+" "+kv.Key)
							return
						}
					}
				}
				each(l, func(in *instruction, c *instructions.EnvCommand) { legacy(in, c.Env) })
				each(l, func(in *instruction, c *instructions.LabelCommand) { legacy(in, c.Labels) })
			},
			bad:  "FROM debian:12\nENV LANG C.UTF-8\n",
			good: "FROM debian:12\nENV LANG=C.UTF-8\n",
		},
		{
			name: "empty-continuation", severity: finding.Low,
			refs: []string{refChecks + "no-empty-continuation/"},
			look: func(l *look) {
				for _, line := range l.emptyContinuations {
					l.found(line, "")
				}
			},
			bad:  "FROM debian:12\nRUN true && \\\n\n  true\n",
			good: "FROM debian:12\nRUN true && \\\n  # a comment\n  true\n",
		},
		{
			name: "instruction-casing", severity: finding.Negligible,
			refs: []string{refChecks + "consistent-instruction-casing/"},
			look: instructionCasing,
			bad:  "FROM debian:12\nRUN true\nRun false\n",
			good: "from debian:12\nrun true\n",
		},
	}
}

func instructionCasing(l *look) {
	lower, upper := 0, 0
	for _, in := range l.all {
		switch {
		case in.onbuild:
		case in.written == strings.ToLower(in.written):
			lower++
		case in.written == strings.ToUpper(in.written):
			upper++
		}
	}
	for _, in := range l.all {
		if in.onbuild || in.cmd == nil {
			continue
		}
		if lower > upper && in.written != strings.ToLower(in.written) || lower <= upper && in.written != strings.ToUpper(in.written) {
			l.found(in.line, in.written, in.written)
		}
	}
}

func envSelfReference(l *look) {
	known := map[string]bool{}
	for _, in := range l.all {
		if in.onbuild {
			continue
		}
		switch c := in.cmd.(type) {
		case *instructions.Stage:
			known = map[string]bool{}
			if in.stage.parent != nil {
				for k := range in.stage.parent.known {
					known[k] = true
				}
			}
		case *instructions.ArgCommand:
			for _, kv := range c.Args {
				known[kv.Key] = true
			}
		case *instructions.EnvCommand:
			for i, kv := range c.Env {
				for j, other := range c.Env {
					if _, refers := variablesOf(other.Value)[kv.Key]; i != j && refers && !known[kv.Key] {
						l.found(in.line, kv.Key, "ENV "+kv.Key)
						break
					}
				}
			}
			for _, kv := range c.Env {
				known[kv.Key] = true
			}
		}
	}
}

// variableUndeclared finds variables of ARGs before the first FROM that a stage
// uses and does not declare: they are empty there.
func variableUndeclared(l *look) {
	if len(l.declared) == 0 {
		return
	}
	known := map[string]bool{}
	told := map[string]bool{}
	for _, in := range l.all {
		if in.onbuild || in.stage == nil {
			continue
		}
		var used []string
		switch c := in.cmd.(type) {
		case *instructions.Stage:
			known, told = map[string]bool{}, map[string]bool{}
			if in.stage.parent != nil {
				for k := range in.stage.parent.known {
					known[k] = true
				}
			}
			continue
		case *instructions.ArgCommand:
			for _, kv := range c.Args {
				if kv.Value != nil {
					used = append(used, plainVariables(*kv.Value)...)
				}
			}
		case *instructions.EnvCommand:
			for _, kv := range c.Env {
				used = append(used, plainVariables(kv.Value)...)
			}
		case *instructions.LabelCommand:
			for _, kv := range c.Labels {
				used = append(used, plainVariables(kv.Value)...)
			}
		case *instructions.CopyCommand:
			used = plainVariables(strings.Join(append(slices.Clone(c.SourcePaths), c.DestPath), " "))
		case *instructions.AddCommand:
			used = plainVariables(strings.Join(append(slices.Clone(c.SourcePaths), c.DestPath), " "))
		case *instructions.WorkdirCommand:
			used = plainVariables(c.Path)
		case *instructions.UserCommand:
			used = plainVariables(c.User)
		case *instructions.ExposeCommand:
			used = plainVariables(strings.Join(c.Ports, " "))
		case *instructions.RunCommand:
			used = scriptVariables(in.script)
		}
		for _, name := range used {
			if l.declared[name] && !known[name] && !told[name] && !usual[name] && !predefinedArg(name) {
				told[name] = true
				l.found(in.line, name, name)
			}
		}
		switch c := in.cmd.(type) {
		case *instructions.ArgCommand:
			for _, kv := range c.Args {
				known[kv.Key] = true
			}
		case *instructions.EnvCommand:
			for _, kv := range c.Env {
				known[kv.Key] = true
			}
		}
	}
}

// plainVariables are the variables of a text that have no default of their own.
func plainVariables(s string) []string {
	var out []string
	for name, own := range variablesOf(s) {
		if !own {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// scriptVariables are the variables that a script uses and nothing in it sets.
func scriptVariables(sc *script) []string {
	if sc == nil || sc.file == nil {
		return nil
	}
	set := assignedIn(sc.file)
	if set["*"] {
		return nil
	}
	var out []string
	syntax.Walk(sc.file, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && p.Exp == nil && !set[p.Param.Value] && !slices.Contains(out, p.Param.Value) {
			out = append(out, p.Param.Value)
		}
		return true
	})
	return out
}
