package dockerfile

import (
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// rulesSettings are about what an image's configuration will say: user, command,
// working directory, ports, health check, labels.
func rulesSettings() []rule {
	return []rule{
		{
			name: "user-root", severity: finding.High, history: true,
			refs: []string{refPractices + "#user", refCIS}, cis: []string{"Docker 1.6.0 4.1"}, attack: []string{"T1611"}, cwe: []string{"CWE-250"},
			look: userRoot,
			bad:  "FROM debian:12\nUSER app\nUSER root\n",
			good: "FROM debian:12\nUSER root\nRUN true\nUSER 65532:65532\n",
		},
		{
			name: "user-missing", severity: finding.Medium, uncertain: true,
			refs: []string{refPractices + "#user", refCIS}, cis: []string{"Docker 1.6.0 4.1"}, attack: []string{"T1611"}, cwe: []string{"CWE-250"},
			look: userMissing,
			bad:  "FROM debian:12\nCMD [\"app\"]\n",
			good: "FROM gcr.io/distroless/static:nonroot\nCMD [\"app\"]\n",
		},
		{
			name: "user-by-name", severity: finding.Negligible, history: true,
			refs: []string{"https://kubernetes.io/docs/concepts/security/pod-security-standards/"},
			look: userByName,
			bad:  "FROM debian:12\nUSER app\n",
			good: "FROM debian:12\nARG UID=1000\nUSER $UID:1000\n",
		},
		{
			name: "healthcheck-missing", severity: finding.Low, uncertain: true,
			refs: []string{refReference + "#healthcheck", refCIS}, cis: []string{"Docker 1.6.0 4.6"},
			look: healthcheckMissing,
			bad:  "FROM debian:12\nCMD [\"app\"]\n",
			good: "FROM debian:12\nHEALTHCHECK CMD [\"app\", \"--alive\"]\nCMD [\"app\"]\n",
		},
		{
			name: "healthcheck-duplicate", severity: finding.Low, history: true,
			refs: []string{refChecks + "multiple-instructions-disallowed/"},
			look: func(l *look) { duplicates[instructions.HealthCheckCommand](l) },
			bad:  "FROM debian:12\nHEALTHCHECK CMD [\"a\"]\nHEALTHCHECK CMD [\"b\"]\n",
			good: "FROM debian:12 AS a\nHEALTHCHECK CMD [\"a\"]\nFROM a\nHEALTHCHECK CMD [\"b\"]\n",
		},
		{
			name: "cmd-duplicate", severity: finding.Low, history: true,
			refs: []string{refChecks + "multiple-instructions-disallowed/"},
			look: func(l *look) { duplicates[instructions.CmdCommand](l) },
			bad:  "FROM debian:12\nCMD [\"a\"]\nCMD [\"b\"]\n",
			good: "FROM debian:12 AS a\nCMD [\"a\"]\nFROM debian:12\nCMD [\"b\"]\n",
		},
		{
			name: "entrypoint-duplicate", severity: finding.Low, history: true,
			refs: []string{refChecks + "multiple-instructions-disallowed/"},
			look: func(l *look) { duplicates[instructions.EntrypointCommand](l) },
			bad:  "FROM debian:12\nENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]\n",
			good: "FROM debian:12\nENTRYPOINT [\"a\"]\n",
		},
		{
			name: "cmd-shell-form", severity: finding.Low,
			refs: []string{refChecks + "json-args-recommended/", refReference + "#shell-and-exec-form"},
			look: cmdShellForm,
			bad:  "FROM debian:12\nENTRYPOINT app --serve\n",
			good: "FROM debian:12\nENTRYPOINT [\"app\", \"--serve\"]\nHEALTHCHECK CMD app --alive || exit 1\nCMD exec app\n",
		},
		{
			name: "workdir-relative", severity: finding.Low,
			refs: []string{refChecks + "workdir-relative-path/"},
			look: workdirRelative,
			bad:  "FROM debian:12\nWORKDIR app\n",
			good: "FROM debian:12\nWORKDIR /srv\nWORKDIR app\n",
		},
		{
			name: "workdir-system", severity: finding.Medium, history: true,
			refs: []string{refReference + "#workdir", "https://nvd.nist.gov/vuln/detail/CVE-2024-21626"}, attack: []string{"T1611"}, cwe: []string{"CWE-668"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.WorkdirCommand) {
					dir := strings.Trim(c.Path, `"'`) + "/"
					for _, system := range []string{"/proc/", "/sys/", "/dev/", "/boot/", "/initrd/", "/lost+found/"} {
						if strings.HasPrefix(dir, system) {
							l.found(in.line, c.Path, c.Path)
						}
					}
				})
			},
			bad:  "FROM debian:12\nWORKDIR /proc/self/fd/8\n",
			good: "FROM debian:12\nWORKDIR /device\n",
		},
		{
			name: "expose-management", severity: finding.Medium, history: true,
			refs: []string{refReference + "#expose"}, cis: []string{"Docker 1.6.0 5.7", "Docker 1.6.0 5.9"}, attack: []string{"T1021"}, cwe: []string{"CWE-1125"},
			look: exposeManagement,
			bad:  "FROM debian:12\nEXPOSE 8080 22/tcp\n",
			good: "FROM debian:12\nEXPOSE 8080 2222\n",
		},
		{
			name: "expose-range", severity: finding.Medium,
			refs: []string{refReference + "#expose"},
			look: func(l *look) {
				ports(l, func(in *instruction, p port) {
					if p.from > 65535 || p.to > 65535 {
						l.found(in.line, p.text, p.text)
					}
				})
			},
			bad:  "FROM debian:12\nEXPOSE 80000\n",
			good: "FROM debian:12\nEXPOSE 65535 8000-8010/udp\n",
		},
		{
			name: "expose-protocol-casing", severity: finding.Negligible,
			refs: []string{refChecks + "expose-proto-casing/"},
			look: func(l *look) {
				ports(l, func(in *instruction, p port) {
					if p.protocol != strings.ToLower(p.protocol) && !strings.Contains(p.protocol, "$") {
						l.found(in.line, p.text, p.text)
					}
				})
			},
			bad:  "FROM debian:12\nEXPOSE 80/TCP\n",
			good: "FROM debian:12\nEXPOSE 80/tcp\n",
		},
		{
			name: "expose-format", severity: finding.Low,
			refs: []string{refChecks + "expose-invalid-format/"},
			look: func(l *look) {
				ports(l, func(in *instruction, p port) {
					if p.mapped {
						l.found(in.line, p.text, p.text)
					}
				})
			},
			bad:  "FROM debian:12\nEXPOSE 127.0.0.1:80:80\n",
			good: "FROM debian:12\nEXPOSE 80\n",
		},
		{
			name: "maintainer", severity: finding.Negligible, history: true,
			refs: []string{refChecks + "maintainer-deprecated/"},
			look: func(l *look) {
				each(l, func(in *instruction, _ *instructions.MaintainerCommand) { l.found(in.line, "") })
			},
			bad:  "FROM debian:12\nMAINTAINER someone\n",
			good: "FROM debian:12\nLABEL org.opencontainers.image.authors=someone\n",
		},
		{
			name: "onbuild-forbidden", severity: finding.Medium,
			refs: []string{refReference + "#onbuild"},
			look: func(l *look) {
				for _, in := range l.all {
					if in.onbuild && (in.name == "onbuild" || in.name == "from" || in.name == "maintainer") {
						l.found(in.line, in.name, in.written)
					}
				}
			},
			bad:  "FROM debian:12\nONBUILD ONBUILD RUN true\n",
			good: "FROM debian:12\nONBUILD RUN true\n",
		},
		{
			name: "label-key", severity: finding.Negligible,
			refs: []string{"https://docs.docker.com/engine/manage-resources/labels/"},
			look: labelKey,
			bad:  "FROM debian:12\nLABEL com.docker.mine=1 Team=web\n",
			good: "FROM debian:12\nLABEL com.example.team=web org.opencontainers.image.title=web\n",
		},
		{
			name: "label-value", severity: finding.Negligible,
			refs: []string{"https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md"},
			look: labelValue,
			bad:  "FROM debian:12\nLABEL org.opencontainers.image.created=yesterday\n",
			good: "FROM debian:12\nLABEL org.opencontainers.image.created=2026-01-02T03:04:05Z org.opencontainers.image.source=https://example.com/a org.opencontainers.image.licenses=\"MIT OR Apache-2.0\"\n",
		},
	}
}

// targets calls f for the stages that somebody may build for their own sake.
func (l *look) targets(f func(*stage)) {
	for _, s := range l.stages {
		if s.target {
			f(s)
		}
	}
}

// lastUser is the USER in force at the end of a stage.
func lastUser(s *stage) (in *instruction, user string) {
	s.chain(func(i *instruction) bool {
		if c, ok := i.cmd.(*instructions.UserCommand); ok && !i.onbuild {
			in, user = i, strings.Trim(c.User, `"'`)
			return false
		}
		return true
	})
	return in, user
}

func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return strings.EqualFold(name, "root") || name != "" && strings.Trim(name, "0") == "" ||
		strings.EqualFold(name, "ContainerAdministrator") || strings.EqualFold(name, "Administrator")
}

func userRoot(l *look) {
	told := make(map[*instruction]bool)
	l.targets(func(s *stage) {
		in, user := lastUser(s)
		if in == nil || told[in] {
			return
		}
		if user, _ := in.value(user); isRoot(user) {
			told[in] = true
			l.found(in.line, s.name, user)
		}
	})
}

// unprivileged are images whose default user is known not to be root.
func unprivileged(r reference) bool {
	return strings.Contains(r.tag, "nonroot") || strings.Contains(r.name, "nonroot") || strings.Contains(r.name, "unprivileged") ||
		strings.Contains(r.tag, "unprivileged") || strings.Contains(r.tag, "rootless") || strings.HasPrefix(r.name, "cgr.dev/chainguard/")
}

func userMissing(l *look) {
	if len(l.stages) == 0 || l.history {
		return
	}
	s := l.stages[len(l.stages)-1]
	if in, _ := lastUser(s); in == nil && !unprivileged(s.origin().image) && !s.windows {
		l.found(s.from.line, "", s.base)
	}
}

func userByName(l *look) {
	l.targets(func(s *stage) {
		in, user := lastUser(s)
		if in == nil || s.windows || isRoot(user) {
			return
		}
		name, open := in.value(user)
		name, _, _ = strings.Cut(name, ":")
		if name == "" || open || strings.Trim(name, "0123456789") == "" {
			return
		}
		l.found(in.line, s.name, name)
	})
}

func healthcheckMissing(l *look) {
	if len(l.stages) == 0 {
		return
	}
	s := l.stages[len(l.stages)-1]
	found := false
	s.chain(func(in *instruction) bool {
		_, found = in.cmd.(*instructions.HealthCheckCommand)
		return !found
	})
	if !found {
		l.found(s.from.line, "", s.base)
	}
}

// duplicates reports instructions of a kind after the first of a stage.
func duplicates[T any](l *look) {
	seen := make(map[*stage]bool)
	each(l, func(in *instruction, _ *T) {
		if seen[in.stage] {
			l.found(in.line, in.name, in.written)
		}
		seen[in.stage] = true
	})
}

func cmdShellForm(l *look) {
	for _, in := range l.all {
		if in.onbuild || in.stage == nil || in.node.Next == nil {
			continue
		}
		var line []string
		switch c := in.cmd.(type) {
		case *instructions.CmdCommand:
			if c.PrependShell {
				line = c.CmdLine
			}
		case *instructions.EntrypointCommand:
			if c.PrependShell {
				line = c.CmdLine
			}
		}
		if len(line) == 0 || strings.HasPrefix(line[0], "exec ") || l.choosesShell(in) {
			continue
		}
		l.found(in.line, in.name, in.written)
	}
}

// choosesShell tells whether SHELL was set before an instruction: then the shell
// is meant.
func (d *document) choosesShell(in *instruction) bool {
	chosen := false
	in.stage.chain(func(i *instruction) bool {
		if _, ok := i.cmd.(*instructions.ShellCommand); ok && (i.stage != in.stage || i.line < in.line) {
			chosen = true
		}
		return !chosen
	})
	return chosen
}

func workdirRelative(l *look) {
	set := make(map[*stage]bool)
	for _, in := range l.all {
		if in.onbuild || in.stage == nil {
			continue
		}
		switch c := in.cmd.(type) {
		case *instructions.Stage:
			set[in.stage] = set[in.stage.parent]
		case *instructions.WorkdirCommand:
			if !set[in.stage] && !absolute(c.Path) {
				l.found(in.line, c.Path, c.Path)
			}
			set[in.stage] = true
		}
	}
}

// port is one item of EXPOSE.
type port struct {
	text     string
	from, to int // -1 where a variable keeps them from being read
	protocol string
	mapped   bool // with an address or a port of the host
}

func ports(l *look, f func(*instruction, port)) {
	each(l, func(in *instruction, c *instructions.ExposeCommand) {
		for _, p := range c.Ports {
			text, _ := in.value(p)
			out := port{text: p, from: -1, to: -1}
			spec, protocol, _ := strings.Cut(text, "/")
			out.protocol = protocol
			if i := strings.LastIndexByte(spec, ':'); i >= 0 && !strings.Contains(spec, "$") {
				spec, out.mapped = spec[i+1:], true
			}
			from, to, ranged := strings.Cut(spec, "-")
			if n, err := strconv.Atoi(from); err == nil {
				out.from, out.to = n, n
			}
			if n, err := strconv.Atoi(to); err == nil && ranged {
				out.to = n
			}
			f(in, out)
		}
	})
}

// management are ports of remote administration.
var management = []int{22, 23, 512, 513, 514, 2375, 3389, 5900, 5985}

func exposeManagement(l *look) {
	ports(l, func(in *instruction, p port) {
		for _, m := range management {
			if p.from <= m && m <= p.to && p.to-p.from < 1000 {
				l.found(in.line, p.text, p.text)
				return
			}
		}
	})
}

func labelKey(l *look) {
	each(l, func(in *instruction, c *instructions.LabelCommand) {
		for _, kv := range c.Labels {
			key := strings.Trim(kv.Key, `"'`)
			if strings.Contains(key, "$") || key == "" {
				continue
			}
			first, last := key[0], key[len(key)-1]
			reserved := strings.HasPrefix(key, "com.docker.") || strings.HasPrefix(key, "io.docker.") || strings.HasPrefix(key, "org.dockerproject.")
			if first < 'a' || first > 'z' || (last < 'a' || last > 'z') && (last < '0' || last > '9') ||
				strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789.-_/") != "" || reserved || strings.Contains(key, "..") || strings.Contains(key, "--") {
				l.found(in.line, key, key)
				return
			}
		}
	})
}
