package dockerfile

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"bulwark/internal/finding"
)

// rulesShell are about the shell language itself, where a mistake changes what
// is built or deletes what was not meant.
func rulesShell() []rule {
	return []rule{
		{
			name: "shell-syntax", severity: finding.Medium,
			refs: []string{"https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html"},
			look: func(l *look) {
				l.runs(func(_ *instruction, sc *script) {
					if sc.problem != "" {
						l.found(sc.problemLine, "", sc.problem)
					}
				})
			},
			bad:  "FROM debian:12\nRUN if true; then echo a\n",
			good: "FROM debian:12\nRUN if true; then echo a; fi\n",
		},
		{
			name: "remove-variable", severity: finding.Medium, history: true,
			refs: []string{"https://www.shellcheck.net/wiki/SC2115"}, cwe: []string{"CWE-73"},
			look: removeVariable,
			bad:  "FROM debian:12\nRUN rm -rf \"$PREFIX/lib\"\n",
			good: "FROM debian:12\nARG PREFIX=/opt\nRUN rm -rf \"$PREFIX/lib\" \"${OTHER:?}/lib\" && d=/x && rm -rf $d/y\n",
		},
		{
			name: "cd-unchecked", severity: finding.Low, history: true,
			refs: []string{"https://www.shellcheck.net/wiki/SC2164"}, cwe: []string{"CWE-252"},
			look: cdUnchecked,
			bad:  "FROM debian:12\nRUN cd /src; make\n",
			good: "FROM debian:12\nRUN set -e; cd /src; make\nRUN cd /src && make\nRUN make; cd /\n",
		},
		{
			name: "not-posix", severity: finding.Low, uncertain: true, history: true,
			refs: []string{"https://wiki.ubuntu.com/DashAsBinSh", refReference + "#shell"},
			look: notPOSIX,
			bad:  "FROM debian:12\nRUN source /etc/profile && make\n",
			good: "FROM fedora:41\nRUN [[ -e /a ]] && source /etc/profile\nFROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN source /etc/profile\n",
		},
		{
			name: "echo-escapes", severity: finding.Low, history: true,
			refs: []string{"https://www.shellcheck.net/wiki/SC2028", "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/echo.html"},
			look: echoEscapes,
			bad:  "FROM fedora:41\nRUN echo '[local]\\nlocalhost' > /etc/hosts.ini\n",
			good: "FROM fedora:41\nRUN echo -e 'a\\nb' > /c && printf 'a\\nb' > /d\nFROM debian:12\nRUN echo 'a\\nb' > /c\n",
		},
		{
			name: "variable-undeclared", severity: finding.Medium, uncertain: true,
			refs: []string{refVariables + "#scoping", refChecks + "undefined-var/"},
			look: variableUndeclared,
			bad:  "ARG VERSION=1.2\nFROM debian:12\nRUN echo \"$VERSION\"\n",
			good: "ARG VERSION=1.2\nFROM debian:12\nARG VERSION\nRUN echo \"$VERSION\"\n",
		},
	}
}

// removeVariable finds rm -r of a path that becomes one of the whole system
// when a variable is empty, and whose variable nothing in the file sets.
func removeVariable(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if sc.file == nil || !strings.Contains(sc.text, "rm ") {
			return
		}
		assigned := assignedIn(sc.file)
		for i := range sc.commands {
			c := &sc.commands[i]
			if c.name != "rm" || c.call == nil || !c.flag("r", "R", "recursive") {
				continue
			}
			for _, w := range c.args {
				name := leadingVariable(w.syntax)
				if name == "" || assigned[name] || in.stage != nil && in.stage.values[name] != "" || usual[name] || strings.HasPrefix(name, "TARGET") || strings.HasPrefix(name, "BUILD") && predefinedArg(name) {
					continue
				}
				l.found(c.line, name, "rm -r … ${"+name+"}/…")
				return
			}
		}
	})
}

func predefinedArg(name string) bool { return slices.Contains(predefined, name) }

// usual are variables that every shell or image has.
var usual = map[string]bool{"HOME": true, "PWD": true, "TMPDIR": true, "PATH": true, "USER": true, "OLDPWD": true, "HOSTNAME": true, "SHELL": true, "IFS": true, "UID": true, "EUID": true, "RANDOM": true, "LINENO": true, "PPID": true, "SHLVL": true, "LANG": true, "TERM": true, "DEBIAN_FRONTEND": true}

// leadingVariable is the variable that a word begins with, when it is a plain
// one and a slash follows: "$x/lib", ${x}/*.
func leadingVariable(w *syntax.Word) string {
	if w == nil || len(w.Parts) == 0 {
		return ""
	}
	parts := w.Parts
	if q, ok := parts[0].(*syntax.DblQuoted); ok {
		parts = slices.Concat(q.Parts, parts[1:])
	}
	if len(parts) < 2 {
		return ""
	}
	p, ok := parts[0].(*syntax.ParamExp)
	if !ok || p.Param == nil || p.Exp != nil || p.Slice != nil || p.Repl != nil || p.Index != nil || !syntax.ValidName(p.Param.Value) {
		return ""
	}
	rest, ok := parts[1].(*syntax.Lit)
	if !ok {
		return ""
	}
	tail, ok := strings.CutPrefix(rest.Value, "/")
	if !ok || len(parts) == 2 && tail != "" && !ruinous(tail) {
		return ""
	}
	return p.Param.Value
}

// ruinous tells whether a path below the root is one that a system needs.
func ruinous(tail string) bool {
	first, _, _ := strings.Cut(tail, "/")
	switch first {
	case "*", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "usr", "var", ".":
		return true
	}
	return false
}

// assignedIn are the variables that a script gives a value.
func assignedIn(f *syntax.File) map[string]bool {
	out := map[string]bool{}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				out[n.Name.Value] = true
			}
		case *syntax.WordIter:
			out[n.Name.Value] = true
		case *syntax.CallExpr:
			if len(n.Args) > 1 {
				switch newWord(n.Args[0]).text {
				case "read", "export", "local", "declare", "readarray", "mapfile", "getopts", "eval", "source", ".":
					for _, w := range n.Args[1:] {
						name, _, _ := strings.Cut(newWord(w).text, "=")
						out[name] = true
					}
				}
				if c := newWord(n.Args[0]).text; c == "source" || c == "." || c == "eval" {
					out["*"] = true // it may set anything
				}
			}
		case *syntax.ParamExp:
			if n.Exp != nil && n.Param != nil {
				out[n.Param.Value] = true // has a default, or fails when empty
			}
		}
		return true
	})
	return out
}

// cdUnchecked finds cd whose failure is not noticed although more follows.
func cdUnchecked(l *look) {
	l.runs(func(_ *instruction, sc *script) {
		if sc.file == nil || slices.ContainsFunc(sc.commands, func(c command) bool {
			return c.name == "set" && slices.ContainsFunc(c.args, func(w word) bool {
				return strings.HasPrefix(w.text, "-") && strings.Contains(w.text, "e") || w.text == "errexit"
			})
		}) || strings.HasPrefix(sc.text, "#!") && strings.Contains(strings.SplitN(sc.text, "\n", 2)[0], " -e") {
			return
		}
		line := 0
		check := func(list []*syntax.Stmt) {
			for i, s := range list {
				if line > 0 || i == len(list)-1 || s.Negated || s.Background {
					return
				}
				call, ok := s.Cmd.(*syntax.CallExpr)
				if b, isList := s.Cmd.(*syntax.BinaryCmd); isList && b.Op == syntax.AndStmt {
					call, ok = lastOf(b).Cmd.(*syntax.CallExpr)
				}
				if ok && len(call.Args) == 2 {
					target := newWord(call.Args[1]).text
					if newWord(call.Args[0]).text == "cd" && target != "/" && target != ".." && target != "-" && target != "${HOME}" && target != "~" {
						line = sc.line(call.Pos())
					}
				}
			}
		}
		syntax.Walk(sc.file, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.File:
				check(n.Stmts)
			case *syntax.Block:
				check(n.Stmts)
			case *syntax.Subshell:
				check(n.Stmts)
			}
			return line == 0
		})
		if line > 0 {
			l.found(line, "")
		}
	})
}

func lastOf(b *syntax.BinaryCmd) *syntax.Stmt {
	if inner, ok := b.Y.Cmd.(*syntax.BinaryCmd); ok && inner.Op == syntax.AndStmt {
		return lastOf(inner)
	}
	return b.Y
}

// bashImages are images whose /bin/sh is bash, by the last part of the name.
var bashImages = []string{"fedora", "centos", "rhel", "ubi", "rocky", "alma", "oraclelinux", "amazonlinux", "amazoncorretto", "opensuse", "leap", "tumbleweed", "suse", "sles", "bci", "archlinux", "photon", "mageia", "redhat", "stream", "clefos", "openeuler", "anolis", "kylin", "bash", "manylinux", "lambda", "openshift", "origin", "cuda-rpm"}

func hasBash(s *stage) bool {
	name := strings.ToLower(s.origin().image.name + ":" + s.origin().image.tag)
	return slices.ContainsFunc(bashImages, func(b string) bool { return strings.Contains(name, b) })
}

// usesAsh tells images whose /bin/sh is BusyBox's, which knows more than POSIX asks.
func usesAsh(s *stage) bool {
	name := strings.ToLower(s.origin().image.name + ":" + s.origin().image.tag)
	return strings.Contains(name, "alpine") || strings.Contains(name, "busybox") || strings.Contains(name, "docker:")
}

// echoEscapes finds echo of \n and \t where the shell's echo writes them as they
// stand: bash and BusyBox do without -e, dash does not.
func echoEscapes(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if sc.file == nil || in.stage == nil {
			return
		}
		literal := sc.dialect == "bash" || sc.dialect == "ash" || sc.dialect == "sh" && (hasBash(in.stage) || usesAsh(in.stage))
		if !literal || l.mentions(in, "xpg_echo") {
			return
		}
		for i := range sc.commands {
			c := &sc.commands[i]
			if c.name != "echo" || c.call == nil || c.piped || c.flag("e") || newWord(c.call.Args[0]).text != "echo" {
				continue
			}
			for _, w := range c.args {
				if strings.Contains(w.text, `\n`) || strings.Contains(w.text, `\t`) {
					l.found(c.line, "", "echo")
					return
				}
			}
		}
	})
}

// notPOSIX finds what /bin/sh does not understand where it is not bash.
func notPOSIX(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if sc.file == nil || sc.dialect != "sh" && sc.dialect != "dash" || in.stage == nil || hasBash(in.stage) ||
			l.mentions(in, "dpkg-reconfigure dash", "/bin/bash /bin/sh", "ln -sf bash /bin/sh", "ln -snf /bin/bash", "bash /bin/sh", "dash/sh") {
			return
		}
		ash := usesAsh(in.stage)
		line, what := 0, ""
		syntax.Walk(sc.file, func(n syntax.Node) bool {
			if n == nil || line > 0 {
				return line == 0
			}
			if w := beyondPOSIX(n, ash); w != "" {
				line, what = sc.line(n.Pos()), w
			}
			return line == 0
		})
		if line > 0 {
			l.found(line, what, what)
		}
	})
}

// beyondPOSIX names what a node uses that dash, or BusyBox's ash, has not.
func beyondPOSIX(n syntax.Node, ash bool) string {
	switch n := n.(type) {
	case *syntax.TestClause:
		if !ash {
			return "[[ … ]]"
		}
	case *syntax.ArrayExpr:
		return "array=(…)"
	case *syntax.ProcSubst:
		if !ash {
			return "<(…)"
		}
	case *syntax.ArithmCmd:
		return "((…))"
	case *syntax.FuncDecl:
		if n.RsrvWord && !ash {
			return "function"
		}
	case *syntax.CStyleLoop:
		return "for ((…))"
	case *syntax.Redirect:
		switch n.Op {
		case syntax.RdrAll, syntax.AppAll:
			if !ash {
				return "&>"
			}
		case syntax.WordHdoc:
			return "<<<"
		}
	case *syntax.BinaryCmd:
		if n.Op == syntax.PipeAll {
			return "|&"
		}
	case *syntax.SglQuoted:
		if n.Dollar && !ash {
			return "$'…'"
		}
	case *syntax.ParamExp:
		switch {
		case n.Index != nil:
			return "${a[…]}"
		case n.Slice != nil && !ash:
			return "${a:…:…}"
		case n.Repl != nil && !ash:
			return "${a/…/…}"
		case n.Exp != nil && (n.Exp.Op == syntax.UpperFirst || n.Exp.Op == syntax.UpperAll || n.Exp.Op == syntax.LowerFirst || n.Exp.Op == syntax.LowerAll):
			return "${a^^}"
		}
	case *syntax.CallExpr:
		if len(n.Args) == 0 {
			return ""
		}
		switch name := newWord(n.Args[0]).text; name {
		case "source":
			if !ash {
				return name
			}
		case "pushd", "popd", "shopt":
			return name
		case "[", "test":
			if !ash && slices.ContainsFunc(n.Args[1:], func(w *syntax.Word) bool { return len(w.Parts) == 1 && w.Lit() == "==" }) {
				return "[ … == … ]"
			}
		case "set":
			if !ash && len(n.Args) > 2 && n.Args[len(n.Args)-1].Lit() == "pipefail" {
				return "set -o pipefail"
			}
		case "echo":
			if first := newWord(n.Args[min(1, len(n.Args)-1)]).text; !ash && (first == "-e" || first == "-ne" || first == "-en") {
				return "echo " + first
			}
		}
		for _, w := range n.Args[1:] {
			if brace := bracesIn(w); brace != "" {
				return brace
			}
		}
	}
	return ""
}

// bracesIn finds {a,b} outside quotes, which only bash takes apart.
func bracesIn(w *syntax.Word) string {
	text := ""
	for _, p := range w.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
			text += p.Value
		default:
			text += "x"
		}
	}
	open := strings.IndexByte(text, '{')
	if open < 0 || open > 0 && text[open-1] == '\\' {
		return ""
	}
	inside, _, ok := strings.Cut(text[open+1:], "}")
	if !ok || !strings.Contains(inside, ",") && !strings.Contains(inside, "..") || strings.Contains(inside, `\`) {
		return ""
	}
	return "{…,…}"
}
