package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"bulwark/internal/finding"
)

// rulesRun are about commands in RUN, whatever the distribution.
func rulesRun() []rule {
	return []rule{
		{
			name: "sudo", severity: finding.Low, history: true,
			refs: []string{refPractices + "#user"}, cwe: []string{"CWE-250"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if c.name == "sudo" {
						return []string{"sudo"}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN sudo make install\n",
			good: "FROM debian:12\nRUN apt-get install -y sudo\n",
		},
		{
			name: "run-cd", severity: finding.Negligible, history: true,
			refs: []string{refPractices + "#workdir"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if c.name == "cd" && !c.nested {
						return append([]string{}, strings.TrimSpace("cd "+strings.Join(texts(c.args), " ")))
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN cd /src && make\n",
			good: "FROM debian:12\nWORKDIR /src\nRUN make && (cd doc && make)\n",
		},
		{
			name: "useless-command", severity: finding.Negligible, history: true,
			refs: []string{refPractices},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					switch c.name {
					case "free", "kill", "mount", "ps", "service", "shutdown", "ssh", "top", "vim", "vi", "nano", "reboot", "ifconfig":
						return []string{c.name}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN service nginx start\n",
			good: "FROM debian:12\nRUN ssh-keygen -A\n",
		},
		{
			name: "useradd-large-id", severity: finding.Low, history: true,
			refs: []string{"https://github.com/moby/moby/issues/5419"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if id, ok := c.value("u", "uid"); c.name == "useradd" && ok && len(id) > 5 && strings.Trim(id, "0123456789") == "" && !c.flag("l", "no-log-init") {
						return []string{"useradd -u " + id}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN useradd -u 1000123 app\n",
			good: "FROM debian:12\nRUN useradd -l -u 1000123 app && useradd -u 1000 b\n",
		},
		{
			name: "wget-progress", severity: finding.Negligible,
			refs: []string{"https://www.gnu.org/software/wget/manual/wget.html#Download-Options"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if c.name == "wget" && len(c.args) > 0 && !c.flag("progress", "q", "quiet", "o", "output-file", "a", "append-output", "no-verbose", "version", "help") && !c.has("-nv") {
						return []string{"wget"}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN wget https://example.com/a\n",
			good: "FROM debian:12\nRUN wget -qO- https://example.com/a && wget --progress=dot:giga https://example.com/b\n",
		},
		{
			name: "wget-and-curl", severity: finding.Negligible, history: true,
			refs: []string{refPractices + "#dont-install-unnecessary-packages"}, cis: []string{"Docker 1.6.0 4.3"},
			look: wgetAndCurl,
			bad:  "FROM debian:12\nRUN wget -q https://example.com/a\nRUN curl -o b https://example.com/b\n",
			good: "FROM debian:12\nRUN wget -q https://example.com/a\nFROM debian:12\nRUN curl -o b https://example.com/b\n",
		},
		{
			name: "pipefail", severity: finding.Low,
			refs: []string{refPractices + "#using-pipes"}, cwe: []string{"CWE-754"},
			look: pipefail,
			bad:  "FROM debian:12\nRUN wget -qO- https://example.com/a | wc -l > /n\n",
			good: "FROM debian:12\nRUN echo y | install-it\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN wget -qO- https://example.com/a | wc -l > /n\n",
		},
		{
			name: "shell-replaced", severity: finding.Low, history: true,
			refs: []string{refReference + "#shell"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if c.name == "ln" && c.has("/bin/sh", "/usr/bin/sh") {
						return []string{"ln … /bin/sh"}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN ln -sf /bin/bash /bin/sh\n",
			good: "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\n",
		},
		{
			name: "run-consecutive", severity: finding.Negligible,
			refs: []string{refPractices + "#run"},
			look: runConsecutive,
			bad:  "FROM debian:12\nRUN make\nRUN make install\n",
			good: "FROM debian:12\nRUN make && make install\nRUN true\nCOPY a b\nRUN true\n",
		},
		{
			name: "run-privileged", severity: finding.Medium,
			refs: []string{refReference + "#run---security", refReference + "#run---network"}, attack: []string{"T1611"}, cwe: []string{"CWE-250"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.RunCommand) {
					if instructions.GetSecurity(c) == instructions.SecurityInsecure {
						l.found(in.line, "security", "--security=insecure")
					}
					if instructions.GetNetwork(c) == instructions.NetworkHost {
						l.found(in.line, "network", "--network=host")
					}
				})
			},
			bad:  "FROM debian:12\nRUN --security=insecure mount -t tmpfs none /mnt\n",
			good: "FROM debian:12\nRUN --network=none true\n",
		},
	}
}

func wgetAndCurl(l *look) {
	type use struct{ wget, curl, told bool }
	uses := make(map[*stage]*use)
	l.runs(func(in *instruction, sc *script) {
		u := uses[in.stage]
		if u == nil {
			u = &use{}
			uses[in.stage] = u
		}
		for i := range sc.commands {
			c := &sc.commands[i]
			u.wget, u.curl = u.wget || c.name == "wget", u.curl || c.name == "curl"
			if u.wget && u.curl && !u.told {
				u.told = true
				l.found(c.line, "", "wget", "curl")
			}
		}
	})
}

// pipefail finds pipes whose earlier commands may fail unseen. Those that only
// print what they are given can't.
func pipefail(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if sc.pipefail || sc.file == nil || len(sc.pipes) == 0 || sc.dialect == "" {
			return
		}
		for i := range sc.commands {
			if c := &sc.commands[i]; c.name == "set" && slices.ContainsFunc(c.args, func(w word) bool { return w.text == "pipefail" }) {
				return
			}
		}
		line := 0
		syntax.Walk(sc.file, func(n syntax.Node) bool {
			b, ok := n.(*syntax.BinaryCmd)
			if !ok || line > 0 || b.Op != syntax.Pipe && b.Op != syntax.PipeAll {
				return line == 0
			}
			if !onlyPrints(b.X) {
				line = sc.line(b.OpPos)
			}
			return true
		})
		if line > 0 {
			l.found(line, "")
		}
	})
}

func onlyPrints(s *syntax.Stmt) bool {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return false
		}
		for _, w := range c.Args { // echo "$(curl …)" can fail
			for _, p := range w.Parts {
				if hasSubstitution(p) {
					return false
				}
			}
		}
		switch newWord(c.Args[0]).text {
		case "echo", "printf", "yes", "true", ":":
			return true
		}
	case *syntax.BinaryCmd:
		return onlyPrints(c.X) && onlyPrints(c.Y)
	case *syntax.Block:
		for _, st := range c.Stmts {
			if !onlyPrints(st) {
				return false
			}
		}
		return true
	case *syntax.Subshell:
		for _, st := range c.Stmts {
			if !onlyPrints(st) {
				return false
			}
		}
		return true
	}
	return false
}

func hasSubstitution(p syntax.WordPart) bool {
	switch p := p.(type) {
	case *syntax.CmdSubst, *syntax.ProcSubst:
		return true
	case *syntax.DblQuoted:
		return slices.ContainsFunc(p.Parts, hasSubstitution)
	}
	return false
}

func runConsecutive(l *look) {
	type previous struct {
		flags string
		count int
	}
	var before *previous
	for _, in := range l.all {
		if _, ok := in.cmd.(*instructions.RunCommand); !ok || in.onbuild {
			before = nil
			continue
		}
		if in.script == nil { // another language: how many commands is not known
			before = nil
			continue
		}
		now := &previous{flags: strings.Join(in.node.Flags, " "), count: len(in.script.commands)}
		// Who joined commands in one has thought about where to part them.
		if before != nil && before.flags == now.flags && before.count <= 1 && now.count <= 1 {
			l.found(in.line, "")
		}
		before = now
	}
}
