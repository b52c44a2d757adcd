package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// rulesPackages are about apk, yum, dnf and zypper.
func rulesPackages() []rule {
	return []rule{
		{
			name: "apk-pinned", severity: finding.Low, history: true,
			refs: []string{"https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper"}, cwe: []string{"CWE-1357"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if !c.is("apk", "add") {
						return nil
					}
					return unpinned(in, after(c.operands("t", "virtual", "X", "repository", "p", "root", "arch", "keys-dir", "repositories-file", "cache-dir", "wait"), "add"), func(p string) bool {
						return strings.ContainsAny(p, "=~<>") || strings.HasSuffix(p, ".apk") || strings.HasPrefix(p, ".")
					})
				})
			},
			bad:  "FROM alpine:3.20\nRUN apk add --no-cache curl\n",
			good: "FROM alpine:3.20\nRUN apk add --no-cache --virtual .build curl=~8.9 ./local.apk\n",
		},
		{
			name: "apk-cache", severity: finding.Negligible, history: true,
			refs: []string{"https://github.com/gliderlabs/docker-alpine/blob/master/docs/usage.md#disabling-cache"},
			look: func(l *look) {
				l.runs(func(in *instruction, sc *script) {
					if !ships(in) || cached(in, "/var/cache/apk", "/etc/apk/cache") || removes(sc, "/var/cache/apk", "/etc/apk/cache") {
						return
					}
					for i := range sc.commands {
						if c := &sc.commands[i]; c.is("apk", "add") && !c.flag("no-cache") {
							l.found(c.line, "", "apk add")
							return
						}
					}
				})
			},
			bad:  "FROM alpine:3.20\nRUN apk add curl\n",
			good: "FROM alpine:3.20\nRUN apk add --no-cache curl\nRUN apk add -U wget && rm -rf /var/cache/apk/*\n",
		},
		{
			name: "yum-yes", severity: finding.Medium,
			refs: []string{"https://man7.org/linux/man-pages/man8/yum.8.html"},
			look: func(l *look) { answers(l, "yum", yumVerbs, "y", "assumeyes") },
			bad:  "FROM centos:7\nRUN yum install curl\n",
			good: "FROM centos:7\nRUN yum -y install curl\n",
		},
		{
			name: "yum-clean", severity: finding.Negligible, history: true,
			refs: []string{refPractices + "#run"},
			look: func(l *look) {
				uncleaned(l, "yum", []string{"install", "localinstall", "groupinstall", "update", "upgrade", "reinstall"}, []string{"clean"}, "/var/cache/yum", "/var/cache/dnf")
			},
			bad:  "FROM centos:7\nRUN yum -y install curl\n",
			good: "FROM centos:7\nRUN yum -y install curl && yum clean all\n",
		},
		{
			name: "yum-pinned", severity: finding.Low, history: true,
			refs: []string{"https://man7.org/linux/man-pages/man8/yum.8.html"}, cwe: []string{"CWE-1357"},
			look: func(l *look) { unpinnedRPM(l, "yum") },
			bad:  "FROM centos:7\nRUN yum -y install curl\n",
			good: "FROM centos:7\nRUN yum -y install curl-7.29.0 https://example.com/a.rpm @tools\n",
		},
		{
			name: "dnf-yes", severity: finding.Medium,
			refs: []string{"https://dnf.readthedocs.io/en/latest/command_ref.html"},
			look: func(l *look) { answers(l, dnf, yumVerbs, "y", "assumeyes") },
			bad:  "FROM fedora:41\nRUN dnf install curl\n",
			good: "FROM fedora:41\nRUN dnf install -y curl\n",
		},
		{
			name: "dnf-clean", severity: finding.Negligible, history: true,
			refs: []string{refPractices + "#run"},
			look: func(l *look) {
				uncleaned(l, dnf, []string{"install", "in", "upgrade", "update", "up", "upgrade-minimal", "reinstall", "rei", "groupinstall", "localinstall"}, []string{"clean"}, "/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum")
			},
			bad:  "FROM fedora:41\nRUN dnf install -y curl\n",
			good: "FROM fedora:41\nRUN dnf install -y curl && dnf clean all\nRUN microdnf install -y b && rm -rf /var/cache/dnf\n",
		},
		{
			name: "dnf-pinned", severity: finding.Low, history: true,
			refs: []string{"https://dnf.readthedocs.io/en/latest/command_ref.html"}, cwe: []string{"CWE-1357"},
			look: func(l *look) { unpinnedRPM(l, dnf) },
			bad:  "FROM fedora:41\nRUN dnf install -y curl\n",
			good: "FROM fedora:41\nRUN dnf install -y curl-8.9.1-2.fc41\n",
		},
		{
			name: "zypper-yes", severity: finding.Medium,
			refs: []string{"https://en.opensuse.org/SDB:Zypper_manual"},
			look: func(l *look) {
				answers(l, "zypper", []string{"install", "in", "remove", "rm", "source-install", "si", "patch", "update", "up"}, "n", "non-interactive", "y", "no-confirm")
			},
			bad:  "FROM opensuse/leap:15.6\nRUN zypper install curl\n",
			good: "FROM opensuse/leap:15.6\nRUN zypper -n install curl\n",
		},
		{
			name: "zypper-clean", severity: finding.Negligible, history: true,
			refs: []string{refPractices + "#run"},
			look: func(l *look) {
				uncleaned(l, "zypper", []string{"install", "in", "update", "up", "patch", "source-install", "si"}, []string{"clean", "cc"}, "/var/cache/zypp")
			},
			bad:  "FROM opensuse/leap:15.6\nRUN zypper -n install curl\n",
			good: "FROM opensuse/leap:15.6\nRUN zypper -n install curl && zypper clean\n",
		},
		{
			name: "zypper-pinned", severity: finding.Low, history: true,
			refs: []string{"https://en.opensuse.org/SDB:Zypper_manual"}, cwe: []string{"CWE-1357"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if !c.is("zypper", "install", "in") {
						return nil
					}
					valued := []string{"t", "type", "r", "repo", "from", "R", "root", "c", "config", "D", "reposd-dir"}
					return unpinned(in, after(c.operands(valued...), "install", "in"), func(p string) bool {
						return strings.ContainsAny(p, "=<>:") || strings.HasSuffix(p, ".rpm")
					})
				})
			},
			bad:  "FROM opensuse/leap:15.6\nRUN zypper -n install curl\n",
			good: "FROM opensuse/leap:15.6\nRUN zypper -n install \"curl>=8\" && zypper -n in pattern:devel\n",
		},
	}
}

const dnf = "dnf microdnf dnf5 tdnf"

var yumVerbs = []string{"install", "groupinstall", "localinstall", "update", "upgrade", "remove", "reinstall"}

// answers reports commands that would ask whether to go on.
func answers(l *look, programs string, verbs []string, yes ...string) {
	l.runs(func(_ *instruction, sc *script) {
		for i := range sc.commands {
			c := &sc.commands[i]
			if !c.is(programs) || c.reads || c.flag(yes...) || c.has("--setopt=assumeyes=1", "--setopt=assumeyes=True") || c.flag("assumeno", "downloadonly") {
				continue
			}
			if c.name == "tdnf" && c.flag("q") || c.name == "microdnf" && c.flag("assumeyes") {
				continue
			}
			if verb := first(c.operands(rpmValued...), 1); len(verb) == 1 && slices.Contains(verbs, verb[0]) {
				l.found(c.line, "", c.name+" "+verb[0])
				return
			}
		}
	})
}

// rpmValued are options of yum and dnf that take the next word.
var rpmValued = []string{"c", "config", "installroot", "enablerepo", "disablerepo", "x", "exclude", "releasever", "setopt", "d", "e", "repo", "repoid", "forcearch", "R", "randomwait"}

// uncleaned reports where packages were installed and the package manager's
// cache was not emptied afterwards in the same RUN.
func uncleaned(l *look, programs string, install, clean []string, directories ...string) {
	l.runs(func(in *instruction, sc *script) {
		if !ships(in) || cached(in, directories...) {
			return
		}
		installed, line, cleaned := "", 0, false
		for i := range sc.commands {
			c := &sc.commands[i]
			if !c.is("yum " + programs) {
				continue
			}
			verb := first(c.operands(rpmValued...), 1)
			switch {
			case len(verb) == 0:
			case c.is(programs) && slices.Contains(install, verb[0]):
				installed, cleaned = c.name+" "+verb[0], false
				if line == 0 {
					line = c.line
				}
			case slices.Contains(clean, verb[0]):
				cleaned = true
			}
		}
		if installed != "" && !cleaned && !removes(sc, directories...) {
			l.found(line, "", installed)
		}
	})
}

// unpinnedRPM reports packages named without a version.
func unpinnedRPM(l *look, programs string) {
	l.commands(func(in *instruction, c *command) []string {
		if !c.is(programs, "install") || c.has("module", "group", "groups") {
			return nil
		}
		return unpinned(in, after(c.operands(rpmValued...), "install"), func(p string) bool {
			if strings.HasPrefix(p, "@") || strings.HasSuffix(p, ".rpm") || strings.Contains(p, "://") || strings.HasPrefix(p, "/") || strings.HasPrefix(p, ".") {
				return true // a group, a file, or whatever has this file
			}
			if strings.ContainsAny(p, "=<>$") {
				return true
			}
			_, version, ok := strings.Cut(p, "-")
			for ok {
				if version != "" && version[0] >= '0' && version[0] <= '9' {
					return true
				}
				_, version, ok = strings.Cut(version, "-")
			}
			return false
		})
	})
}

// rulesLanguages are about the package managers of languages.
func rulesLanguages() []rule {
	return []rule{
		{
			name: "pip-pinned", severity: finding.Low, history: true,
			refs: []string{"https://pip.pypa.io/en/stable/topics/repeatable-installs/"}, attack: []string{"T1195.001"}, cwe: []string{"CWE-1357"},
			look: pipPinned,
			bad:  "FROM python:3.13\nRUN pip install flask\n",
			good: "FROM python:3.13\nRUN pip install flask==3.0.3 && pip install -r requirements.txt && pip install .\n",
		},
		{
			name: "pip-cache", severity: finding.Negligible, history: true,
			refs: []string{"https://pip.pypa.io/en/stable/topics/caching/"},
			look: pipCache,
			bad:  "FROM python:3.13\nRUN pip install flask==3.0.3\n",
			good: "FROM python:3.13\nRUN pip install --no-cache-dir flask==3.0.3\n",
		},
		{
			name: "npm-pinned", severity: finding.Low, history: true,
			refs: []string{"https://docs.npmjs.com/cli/commands/npm-install"}, attack: []string{"T1195.001"}, cwe: []string{"CWE-1357"},
			look: npmPinned,
			bad:  "FROM node:22\nRUN npm install -g express\n",
			good: "FROM node:22\nRUN npm install && npm i -g express@4.21.2 @scope/b@^1 ./c.tgz\n",
		},
		{
			name: "yarn-cache", severity: finding.Negligible, history: true,
			refs: []string{"https://classic.yarnpkg.com/en/docs/cli/cache"},
			look: func(l *look) {
				l.runs(func(in *instruction, sc *script) {
					if !ships(in) || cached(in, ".cache/yarn", "/usr/local/share/.cache") || removes(sc, "/usr/local/share/.cache", "/root/.cache", "/usr/local/share/.cache/v6") {
						return
					}
					line, cleaned := 0, false
					for i := range sc.commands {
						switch c := &sc.commands[i]; {
						case c.is("yarn", "install"):
							line, cleaned = c.line, false
						case c.is("yarn", "clean"):
							cleaned = true
						}
					}
					if line > 0 && !cleaned {
						l.found(line, "", "yarn install")
					}
				})
			},
			bad:  "FROM node:22\nRUN yarn install\n",
			good: "FROM node:22\nRUN yarn install && yarn cache clean\n",
		},
		{
			name: "gem-pinned", severity: finding.Low, history: true,
			refs: []string{"https://guides.rubygems.org/command-reference/#gem-install"}, attack: []string{"T1195.001"}, cwe: []string{"CWE-1357"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if !c.is("gem", "install", "i") || c.flag("v", "version") || c.flag("g", "file") {
						return nil
					}
					valued := []string{"i", "install-dir", "n", "bindir", "s", "source", "p", "http-proxy", "P", "trust-policy", "platform", "build-root", "document"}
					packages := after(c.operands(valued...), "install", "i")
					if i := slices.Index(texts(c.args), "--"); i >= 0 {
						packages = packages[:max(0, len(packages)-(len(c.args)-i-1))]
					}
					return unpinned(in, packages, func(p string) bool { return strings.Contains(p, ":") || strings.HasSuffix(p, ".gem") })
				})
			},
			bad:  "FROM ruby:3.3\nRUN gem install bundler\n",
			good: "FROM ruby:3.3\nRUN gem install bundler:2.5.0 && gem install rake -v 13.0\n",
		},
		{
			name: "go-pinned", severity: finding.Low,
			refs: []string{"https://go.dev/ref/mod#go-install"}, attack: []string{"T1195.001"}, cwe: []string{"CWE-1357"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if c.name != "go" || len(c.args) == 0 {
						return nil
					}
					operands := c.operands("ldflags", "tags", "o", "gcflags", "asmflags", "mod", "modfile", "p", "C", "exec", "pkgdir", "toolexec", "overlay", "covermode", "coverpkg", "buildmode", "compiler", "installsuffix", "pgo")
					if len(operands) < 2 || !slices.Contains([]string{"install", "get", "run"}, operands[0]) {
						return nil
					}
					packages := operands[1:]
					if operands[0] == "run" {
						packages = packages[:1]
					}
					return unpinned(in, packages, func(p string) bool {
						_, version, pinned := strings.Cut(p, "@")
						// Without a dot in its first part it is of the standard library.
						first, _, _ := strings.Cut(p, "/")
						return strings.HasPrefix(p, ".") || strings.HasPrefix(p, "/") || !strings.Contains(first, ".") || strings.HasSuffix(p, ".go") || pinned && version != "latest" && version != "upgrade" && version != "none" && version != ""
					})
				})
			},
			bad:  "FROM golang:1.26\nRUN go install example.com/tool@latest\n",
			good: "FROM golang:1.26\nRUN go install example.com/tool@v1.2.3 && go install ./... && go run ./cmd/x\n",
		},
	}
}

// isPipInstall is "pip install", also by "python -m pip install".
func isPipInstall(c *command) bool {
	switch {
	case c.name == "pipx" || c.name == "pipenv":
		return false
	case strings.HasPrefix(c.name, "pip"):
		operands := c.operands(pipValued...)
		return len(operands) > 0 && operands[0] == "install"
	case strings.HasPrefix(c.name, "python"):
		w := texts(c.args)
		i := slices.Index(w, "-m")
		return i >= 0 && i+2 < len(w) && w[i+1] == "pip" && slices.Contains(w[i+2:], "install")
	}
	return false
}

// pipValued are options of pip that take the next word.
var pipValued = []string{
	"abi", "b", "build", "e", "editable", "extra-index-url", "f", "find-links", "i", "index-url", "implementation", "no-binary", "only-binary",
	"platform", "prefix", "progress-bar", "proxy", "python", "python-version", "root", "root-user-action", "src", "t", "target", "trusted-host",
	"upgrade-strategy", "r", "requirement", "c", "constraint", "cache-dir", "timeout", "retries", "cert", "log", "global-option", "install-option",
	"config-settings", "C", "group", "report", "use-feature", "use-deprecated", "exists-action", "default-timeout", "build-constraint",
}

func pipPinned(l *look) {
	l.commands(func(in *instruction, c *command) []string {
		if !isPipInstall(c) || c.flag("requirement", "constraint", "group", "require-hashes") || c.has("-r", "-c") {
			return nil
		}
		for _, a := range c.args {
			if strings.HasPrefix(a.text, "-r") || strings.HasPrefix(a.text, "-c") && len(a.text) > 2 {
				return nil
			}
		}
		return unpinned(in, after(c.operands(pipValued...), "install"), func(p string) bool {
			for _, sign := range []string{"==", ">=", "<=", "<", ">", "!=", "~=", "@"} {
				if strings.Contains(p, sign) {
					return true
				}
			}
			if isVCS(p) {
				return false // without @ it is a branch's head
			}
			return p == "." || strings.HasPrefix(p, ".[") || strings.Contains(p, "/") || strings.HasSuffix(p, ".whl") || strings.HasSuffix(p, ".tar.gz") || strings.HasSuffix(p, ".zip")
		})
	})
}

func isVCS(p string) bool {
	for _, kind := range []string{"git+", "hg+", "svn+", "bzr+", "git://"} {
		if strings.HasPrefix(p, kind) {
			return true
		}
	}
	return false
}

func pipCache(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if !ships(in) || cached(in, ".cache/pip", "/root/.cache/pip") || removes(sc, "/root/.cache/pip", "~/.cache/pip", "${HOME}/.cache/pip") || l.pipSwitchedOff(in, sc) {
			return
		}
		for i := range sc.commands {
			c := &sc.commands[i]
			if isPipInstall(c) && !c.flag("no-cache-dir", "no-cache") && !slices.Contains(c.assigned, "PIP_NO_CACHE_DIR") && !c.has("PIP_NO_CACHE_DIR=1") {
				l.found(c.line, "", "pip install")
				return
			}
		}
	})
}

// pipSwitchedOff tells whether the cache was switched off for the stage or the RUN.
func (d *document) pipSwitchedOff(in *instruction, sc *script) bool {
	if in.stage != nil {
		switch strings.ToLower(in.stage.values["PIP_NO_CACHE_DIR"]) {
		case "1", "true", "on", "yes", "y", "t":
			return true
		}
		off := false
		in.stage.chain(func(i *instruction) bool {
			if c, ok := i.cmd.(*instructions.EnvCommand); ok {
				for _, kv := range c.Env {
					off = off || kv.Key == "PIP_NO_CACHE_DIR" && kv.Value != "" && kv.Value != "0" && !strings.EqualFold(kv.Value, "false") && !strings.EqualFold(kv.Value, "no") && !strings.EqualFold(kv.Value, "off")
				}
			}
			return !off
		})
		if off {
			return true
		}
	}
	if strings.Contains(sc.text, "export PIP_NO_CACHE_DIR=") {
		return true
	}
	return slices.ContainsFunc(sc.commands, func(c command) bool {
		return strings.HasPrefix(c.name, "pip") && (c.is(c.name, "purge") && c.has("cache") || c.has("config") && strings.Contains(strings.Join(texts(c.args), " "), "no-cache-dir"))
	}) || d.mentions(in, "global.no-cache-dir")
}

func npmPinned(l *look) {
	l.commands(func(in *instruction, c *command) []string {
		if c.name != "npm" || len(c.args) == 0 {
			return nil
		}
		operands := c.operands("loglevel", "registry", "prefix", "cache", "C", "w", "workspace", "omit", "include", "userconfig", "tag", "fetch-retries", "network-timeout")
		if len(operands) < 2 || !slices.Contains([]string{"install", "i", "add"}, operands[0]) {
			return nil
		}
		return unpinned(in, operands[1:], func(p string) bool {
			for _, start := range []string{"/", "./", "../", "~/", "file:", "http://", "https://"} {
				if strings.HasPrefix(p, start) {
					return true
				}
			}
			for _, end := range []string{".tar", ".tar.gz", ".tgz"} {
				if strings.HasSuffix(p, end) {
					return true
				}
			}
			if strings.HasPrefix(p, "git") && strings.Contains(p, "://") || strings.Contains(p, ":") {
				return strings.Contains(p, "#")
			}
			_, version, pinned := strings.Cut(strings.TrimPrefix(p, "@"), "@")
			return pinned && version != "" || p == "."
		})
	})
}
