package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"bulwark/internal/finding"
)

// rulesTrust are about what a build believes without proof, and permissions.
func rulesTrust() []rule {
	return []rule{
		{
			name: "pipe-to-shell", severity: finding.Medium, history: true,
			refs: []string{"https://cwe.mitre.org/data/definitions/494.html"}, cis: []string{"Docker 1.6.0 4.11"}, attack: []string{"T1195.002", "T1059.004"}, cwe: []string{"CWE-494"},
			look: pipeToShell,
			bad:  "FROM debian:12\nRUN curl -fsSL https://example.com/install.sh | sudo -E bash -\n",
			good: "FROM debian:12\nRUN curl -fsSLO https://example.com/install.sh && echo \"270d731bd08040c6 install.sh\" | sha256sum -c && sh install.sh\n",
		},
		{
			name: "tls-unverified", severity: finding.Medium, history: true,
			refs: []string{"https://cwe.mitre.org/data/definitions/295.html"}, attack: []string{"T1557"}, cwe: []string{"CWE-295"},
			look: tlsUnverified,
			bad:  "FROM debian:12\nRUN curl -kLO https://example.com/a\n",
			good: "FROM debian:12\nENV NODE_TLS_REJECT_UNAUTHORIZED=1\nRUN curl --cacert ca.pem -LO https://example.com/a\n",
		},
		{
			name: "download-plain", severity: finding.Low, history: true,
			refs: []string{"https://cwe.mitre.org/data/definitions/319.html"}, attack: []string{"T1557"}, cwe: []string{"CWE-319"},
			look: downloadPlain,
			bad:  "FROM debian:12\nRUN wget -q http://example.com/a.tgz\n",
			good: "FROM debian:12\nRUN wget -q https://example.com/a.tgz && curl -f http://localhost:8080/\n",
		},
		{
			name: "package-unsigned", severity: finding.Medium, history: true,
			refs: []string{"https://wiki.debian.org/SecureApt", refCIS}, cis: []string{"Docker 1.6.0 4.11"}, attack: []string{"T1195.002"}, cwe: []string{"CWE-347"},
			look: packageUnsigned,
			bad:  "FROM debian:12\nRUN apt-get install -y --allow-unauthenticated tool\n",
			good: "FROM fedora:41\nRUN dnf install -y --gpgcheck tool && echo 'gpgcheck=1' > /etc/yum.repos.d/a.repo\n",
		},
		{
			name: "world-writable", severity: finding.Medium, history: true,
			refs: []string{"https://cwe.mitre.org/data/definitions/732.html"}, attack: []string{"T1222.002"}, cwe: []string{"CWE-732"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if mode := chmodMode(c); ships(in) && worldWritable(mode) {
						return []string{"chmod " + mode}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN chmod -R 777 /srv\n",
			good: "FROM debian:12\nRUN chmod 1777 /srv/tmp && chmod u+w,go-w /srv && chmod 750 /a\n",
		},
		{
			name: "setuid-added", severity: finding.Medium, history: true,
			refs: []string{refCIS}, cis: []string{"Docker 1.6.0 4.8"}, attack: []string{"T1548.001"}, cwe: []string{"CWE-250"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if mode := chmodMode(c); ships(in) && setsID(mode) && !c.onDirectory() && (!onlyGroupID(mode) || c.onProgram()) {
						return []string{"chmod " + mode}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN chmod u+s /usr/local/bin/helper\n",
			good: "FROM debian:12\nRUN chmod a-s /usr/bin/su && chmod 0755 /a && chmod 2775 /srv/share\n",
		},
		{
			name: "ssh-server", severity: finding.Low, history: true,
			refs: []string{refCIS}, cis: []string{"Docker 1.6.0 5.7"}, attack: []string{"T1021.004"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if !ships(in) || !c.is("apt-get apt aptitude apk yum zypper "+dnf, "install", "add", "in") {
						return nil
					}
					for _, p := range c.operands(aptValued...) {
						name, _, _ := strings.Cut(p, "=")
						if name == "openssh-server" || name == "dropbear" || name == "openssh" && c.name == "apk" || name == "telnetd" {
							return []string{name}
						}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN apt-get install -y openssh-server\n",
			good: "FROM debian:12\nRUN apt-get install -y openssh-client\n",
		},
		{
			name: "sudo-without-password", severity: finding.Medium, history: true,
			refs: []string{"https://www.sudo.ws/docs/man/sudoers.man/"}, attack: []string{"T1548.003"}, cwe: []string{"CWE-250"},
			look: func(l *look) {
				l.runs(func(in *instruction, sc *script) {
					if !ships(in) || !strings.Contains(sc.text, "NOPASSWD") {
						return
					}
					line := in.line
					for i := range sc.commands {
						if slices.ContainsFunc(sc.commands[i].args, func(w word) bool { return strings.Contains(w.text, "NOPASSWD") }) {
							line = sc.commands[i].line
							break
						}
					}
					l.found(line, "", "NOPASSWD")
				})
			},
			bad:  "FROM debian:12\nRUN echo 'app ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/app\n",
			good: "FROM debian:12\nRUN echo 'app ALL=(ALL) ALL' > /etc/sudoers.d/app\n",
		},
	}
}

// interpreters run what they read from standard input.
func isInterpreter(name string) bool {
	switch name {
	case "sh", "bash", "ash", "dash", "zsh", "ksh", "perl", "ruby", "node", "php":
		return true
	}
	return strings.HasPrefix(name, "python")
}

func isDownload(name string) bool { return name == "curl" || name == "wget" || name == "aria2c" }

func pipeToShell(l *look) {
	l.runs(func(_ *instruction, sc *script) {
		if sc.file == nil || !strings.Contains(sc.text, "curl") && !strings.Contains(sc.text, "wget") {
			return
		}
		line, how := 0, ""
		syntax.Walk(sc.file, func(n syntax.Node) bool {
			if line > 0 {
				return false
			}
			switch n := n.(type) {
			case *syntax.BinaryCmd:
				if (n.Op == syntax.Pipe || n.Op == syntax.PipeAll) && downloads(n.X) {
					if name := readsScript(n.Y); name != "" {
						line, how = sc.line(n.OpPos), "… | "+name
					}
				}
			case *syntax.CallExpr:
				if len(n.Args) == 0 {
					return true
				}
				list := appendUnwrapped(nil, asCommand(n))
				last := list[len(list)-1]
				if !isInterpreter(last.name) && last.name != "eval" && last.name != "source" && last.name != "." {
					return true
				}
				for _, w := range n.Args[1:] {
					for _, p := range w.Parts {
						if substitutes(p, last.name) {
							line, how = sc.line(n.Pos()), last.name+" … $(…)"
						}
					}
				}
			}
			return true
		})
		if line > 0 {
			l.found(line, how, how)
		}
	})
}

func asCommand(call *syntax.CallExpr) command {
	c := command{name: newWord(call.Args[0]).text, call: call}
	if i := strings.LastIndexByte(c.name, '/'); i >= 0 {
		c.name = c.name[i+1:]
	}
	for _, w := range call.Args[1:] {
		c.args = append(c.args, newWord(w))
	}
	return c
}

// downloads tells whether a program that downloads is among the commands whose
// output this is.
func downloads(s *syntax.Stmt) bool {
	found := false
	syntax.Walk(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return false // what is fetched there is an argument
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				list := appendUnwrapped(nil, asCommand(n))
				found = found || isDownload(list[len(list)-1].name)
			}
		}
		return !found
	})
	return found
}

// readsScript gives the interpreter that a statement is, when it reads its
// program from standard input.
func readsScript(s *syntax.Stmt) string {
	var call *syntax.CallExpr
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		call = c
	case *syntax.Subshell:
		if len(c.Stmts) == 1 {
			return readsScript(c.Stmts[0])
		}
	case *syntax.BinaryCmd:
		return readsScript(c.X)
	}
	if call == nil || len(call.Args) == 0 {
		return ""
	}
	list := appendUnwrapped(nil, asCommand(call))
	c := list[len(list)-1]
	if !isInterpreter(c.name) {
		return ""
	}
	for i, a := range c.args {
		switch {
		case a.text == "-" || a.text == "/dev/stdin" || a.text == "-s" || strings.HasPrefix(a.text, "-s") && !strings.HasPrefix(a.text, "--"):
			return c.name
		case a.text == "-c" || a.text == "-e" || a.text == "-m" || a.text == "-ne" || a.text == "-pe" || a.text == "-n" || a.text == "-p":
			return ""
		case strings.HasPrefix(a.text, "-") || isAssignment(a.text):
		case i > 0 && c.args[i-1].text == "-o":
		default:
			return ""
		}
	}
	return c.name
}

// substitutes tells whether a word holds the output of a download: $(curl …),
// or <(curl …) for a shell.
func substitutes(p syntax.WordPart, _ string) bool {
	switch p := p.(type) {
	case *syntax.CmdSubst:
		return slices.ContainsFunc(p.Stmts, startsDownload)
	case *syntax.ProcSubst:
		return slices.ContainsFunc(p.Stmts, startsDownload)
	case *syntax.DblQuoted:
		return slices.ContainsFunc(p.Parts, func(q syntax.WordPart) bool { return substitutes(q, "") })
	}
	return false
}

// startsDownload is a download whose output is used as it comes.
func startsDownload(s *syntax.Stmt) bool {
	call, ok := s.Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && isDownload(newWord(call.Args[0]).text)
}

func tlsUnverified(l *look) {
	l.commands(func(_ *instruction, c *command) []string {
		switch c.name {
		case "curl":
			if c.flag("k", "insecure", "proxy-insecure") && !curlValueHasK(c) {
				return []string{"curl --insecure"}
			}
		case "wget":
			if c.flag("no-check-certificate") {
				return []string{"wget --no-check-certificate"}
			}
		case "git":
			for _, a := range c.args {
				if strings.EqualFold(a.text, "http.sslVerify=false") || strings.EqualFold(a.text, "http.sslVerify") && c.has("false", "0") {
					return []string{"git http.sslVerify=false"}
				}
			}
		case "npm", "yarn", "pnpm":
			if (c.has("strict-ssl", "strict-ssl=false", "strictSsl") && (c.has("false") || c.has("strict-ssl=false"))) || c.has("--strict-ssl=false", "--no-strict-ssl") {
				return []string{c.name + " strict-ssl false"}
			}
		case "apt-get", "apt":
			for _, a := range c.args {
				if strings.Contains(a.text, "Verify-Peer=false") || strings.Contains(a.text, "Verify-Host=false") {
					return []string{c.name + " Acquire::https::Verify-Peer=false"}
				}
			}
		case "yum", "dnf", "microdnf":
			if c.has("--setopt=sslverify=false", "--setopt=sslverify=0") || slices.ContainsFunc(c.args, func(w word) bool { return strings.HasSuffix(w.text, "sslverify=false") }) {
				return []string{c.name + " sslverify=false"}
			}
		case "conda", "mamba":
			if c.has("ssl_verify") && c.has("false", "False", "no") || c.flag("insecure") {
				return []string{c.name + " ssl_verify false"}
			}
		case "composer":
			if c.has("disable-tls", "secure-http") && c.has("true") == c.has("disable-tls") && (c.has("true") || c.has("false")) {
				return []string{"composer disable-tls"}
			}
		case "export":
			for _, a := range c.args {
				if what := tlsVariable(strings.Cut(a.text, "=")); what != "" {
					return []string{what}
				}
			}
		}
		if isPipInstall(c) {
			if host, ok := c.value("trusted-host"); ok && !localHost(host) {
				return []string{"pip --trusted-host"}
			}
		}
		return nil
	})
	each(l, func(in *instruction, c *instructions.EnvCommand) {
		for _, kv := range c.Env {
			if what := tlsVariable(kv.Key, strings.Trim(kv.Value, `"'`), true); what != "" {
				l.found(in.line, kv.Key, what)
			}
		}
	})
}

// curlValueHasK tells whether the k stands in the value of another short
// option, as in -okube.
func curlValueHasK(c *command) bool {
	if c.flag("insecure", "proxy-insecure") {
		return false
	}
	for _, a := range c.args {
		if !strings.HasPrefix(a.text, "-") || strings.HasPrefix(a.text, "--") {
			continue
		}
		for _, letter := range a.text[1:] {
			if letter == 'k' {
				return false
			}
			if strings.ContainsRune("oHuXdAbcCDeEFhKmPQrtTUwxyYz", letter) {
				break
			}
		}
	}
	return true
}

// tlsVariable names a variable that switches verification off.
func tlsVariable(name, value string, ok bool) string {
	if !ok {
		return ""
	}
	value = strings.ToLower(value)
	switch name {
	case "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY":
		if value == "0" {
			return name + "=0"
		}
	case "GIT_SSL_NO_VERIFY":
		if value != "" && value != "0" && value != "false" {
			return name + "=" + value
		}
	case "NPM_CONFIG_STRICT_SSL", "npm_config_strict_ssl", "YARN_ENABLE_STRICT_SSL":
		if value == "false" || value == "0" {
			return name + "=" + value
		}
	case "GOINSECURE", "PIP_TRUSTED_HOST":
		if value != "" && !localHost(value) {
			return name
		}
	}
	return ""
}

func localHost(host string) bool {
	host, _, _ = strings.Cut(host, "/")
	if name, _, ok := strings.Cut(host, ":"); ok && !strings.HasPrefix(host, "[") {
		host = name
	}
	return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == "0.0.0.0" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "[::1]") ||
		host == "host.docker.internal" || strings.HasPrefix(host, "$") || host == ""
}

func downloadPlain(l *look) {
	l.commands(func(_ *instruction, c *command) []string {
		if !isDownload(c.name) {
			return nil
		}
		for _, a := range c.operands("o", "O", "output", "d", "data", "H", "header", "x", "proxy", "A", "user-agent", "e", "referer") {
			rest, ok := strings.CutPrefix(a, "http://")
			if ok && !localHost(rest) {
				return []string{c.name + " " + withoutQuery(a)}
			}
		}
		return nil
	})
	each(l, func(in *instruction, c *instructions.AddCommand) {
		for _, s := range c.SourcePaths {
			if rest, ok := strings.CutPrefix(s, "http://"); ok && !localHost(rest) && c.Checksum == "" {
				l.found(in.line, withoutQuery(s), withoutQuery(s))
				return
			}
		}
	})
}

func packageUnsigned(l *look) {
	l.commands(func(_ *instruction, c *command) []string {
		switch c.name {
		case "apt-get", "apt", "aptitude":
			if c.flag("allow-unauthenticated", "force-yes", "allow-insecure-repositories", "no-gpg-check") {
				return []string{c.name + " --allow-unauthenticated"}
			}
			for _, a := range c.args {
				t := strings.ToLower(a.text)
				if strings.Contains(t, "allowunauthenticated=true") || strings.Contains(t, "allowunauthenticated=1") || strings.Contains(t, "allowinsecurerepositories=true") || strings.Contains(t, "allowinsecurerepositories=1") {
					return []string{c.name + " -o AllowUnauthenticated"}
				}
			}
		case "apk":
			if c.flag("allow-untrusted") {
				return []string{"apk --allow-untrusted"}
			}
		case "yum", "dnf", "microdnf", "tdnf", "dnf5", "yum-config-manager":
			if c.flag("nogpgcheck", "no-gpgchecks") || slices.ContainsFunc(c.args, func(w word) bool {
				return strings.HasSuffix(w.text, "gpgcheck=0") || strings.HasSuffix(w.text, "gpgcheck=False")
			}) {
				return []string{c.name + " --nogpgcheck"}
			}
		case "zypper":
			if c.flag("no-gpg-checks", "allow-unsigned-rpm") {
				return []string{"zypper --no-gpg-checks"}
			}
		case "rpm":
			if c.flag("nosignature", "nogpg", "nodigest") && (c.flag("i", "U", "install", "upgrade", "F")) {
				return []string{"rpm --nosignature"}
			}
		case "echo", "printf", "tee":
			for _, a := range c.args {
				// What lies in a directory of the build itself has no signature.
				if strings.Contains(a.text, "trusted=yes") && !strings.Contains(a.text, "file:") && !strings.Contains(a.text, "copy:") {
					return []string{"deb [trusted=yes]"}
				}
			}
		}
		return nil
	})
}

// chmodMode is the mode that chmod, or install, gives.
func chmodMode(c *command) string {
	switch c.name {
	case "chmod":
		for _, a := range c.args {
			if !strings.HasPrefix(a.text, "--") && (!strings.HasPrefix(a.text, "-") || strings.Trim(a.text, "-rwxstX,ugoa+=") == "") && a.text != "-R" {
				return a.text
			}
		}
	case "install", "mkdir":
		if m, ok := c.value("m", "mode"); ok {
			return m
		}
	}
	return ""
}

// setsID tells whether a mode sets the setuid or setgid bit.
func setsID(mode string) bool {
	if strings.Trim(mode, "01234567") == "" {
		mode = strings.TrimLeft(mode, "0")
		return len(mode) == 4 && (mode[0]-'0')&6 != 0
	}
	for clause := range strings.SplitSeq(mode, ",") {
		who, what, ok := strings.Cut(clause, "+")
		if !ok {
			who, what, ok = strings.Cut(clause, "=")
		}
		if ok && strings.Contains(what, "s") && strings.Trim(who, "ugoa") == "" {
			return true
		}
	}
	return false
}

// onlyGroupID tells whether a mode sets the setgid bit alone, which on a
// directory means that new files inherit its group.
func onlyGroupID(mode string) bool {
	if strings.Trim(mode, "01234567") == "" {
		mode = strings.TrimLeft(mode, "0")
		return len(mode) == 4 && (mode[0]-'0')&4 == 0
	}
	return strings.HasPrefix(mode, "g") && !strings.Contains(mode, ",")
}

// onProgram tells whether what chmod is given lies where programs lie.
func (c *command) onProgram() bool {
	return slices.ContainsFunc(c.operands(), func(o string) bool { return strings.Contains(o, "bin/") })
}

// onDirectory tells whether what chmod is given looks like directories.
func (c *command) onDirectory() bool {
	if c.name == "mkdir" || c.flag("R", "recursive") || c.name == "install" && c.flag("d", "directory") {
		return true
	}
	operands := c.operands()
	return len(operands) < 2 || !slices.ContainsFunc(operands[1:], func(o string) bool { return !strings.HasSuffix(o, "/") })
}
