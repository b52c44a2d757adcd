package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// rulesDebian are about apt.
func rulesDebian() []rule {
	refApt := refPractices + "#apt-get"
	return []rule{
		{
			name: "apt-pinned", severity: finding.Low, history: true,
			refs: []string{refApt}, cwe: []string{"CWE-1357"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					return unpinned(in, aptPackages(c), func(p string) bool {
						return strings.ContainsAny(p, "=/") || strings.HasSuffix(p, ".deb") || strings.HasSuffix(p, "-") || strings.HasSuffix(p, "^")
					})
				})
			},
			bad:  "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
			good: "FROM debian:12\nRUN apt-get update && apt-get install -y -t bookworm curl=7.88.1-10 ./local.deb $PACKAGES\n",
		},
		{
			name: "apt-lists", severity: finding.Negligible, history: true,
			refs: []string{refApt},
			look: aptLists,
			bad:  "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
			good: "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n",
		},
		{
			name: "apt-yes", severity: finding.Medium,
			refs: []string{refApt},
			look: func(l *look) {
				l.runs(func(in *instruction, sc *script) {
					for i := range sc.commands {
						c := &sc.commands[i]
						if isAptInstall(c) && c.name == "apt-get" && !saysYes(c) && !c.reads && !l.aptConfigured(in) {
							l.found(c.line, "", "apt-get install")
							return
						}
					}
				})
			},
			bad:  "FROM debian:12\nRUN apt-get install curl\n",
			good: "FROM debian:12\nRUN apt-get -qqy install curl && yes | apt-get install vim && apt-get install --assume-yes wget\n",
		},
		{
			name: "apt-recommends", severity: finding.Negligible, history: true,
			refs: []string{refApt, "https://www.debian.org/doc/debian-policy/ch-relationships.html#s-binarydeps"}, cis: []string{"Docker 1.6.0 4.3"},
			look: func(l *look) {
				l.commands(func(in *instruction, c *command) []string {
					if !isAptInstall(c) || c.name != "apt-get" || !ships(in) || c.flag("no-install-recommends", "s", "simulate", "dry-run", "d", "download-only", "print-uris") || aptNoRecommends(c) || l.noRecommendsConfigured(in) {
						return nil
					}
					return []string{"apt-get install"}
				})
			},
			bad:  "FROM debian:12\nRUN apt-get install -y curl\n",
			good: "FROM debian:12\nRUN apt-get install -y --no-install-recommends curl\n",
		},
		{
			name: "apt-for-people", severity: finding.Negligible, history: true,
			refs: []string{"https://manpages.debian.org/bookworm/apt/apt.8.en.html#SCRIPT_USAGE_AND_DIFFERENCES_FROM_OTHER_APT_TOOLS"},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					if c.name == "apt" && len(c.args) > 0 {
						return []string{"apt " + strings.Join(first(c.operands(), 1), "")}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN apt install -y curl\n",
			good: "FROM debian:12\nRUN apt-get install -y curl\n",
		},
		{
			name: "update-alone", severity: finding.Low, history: true,
			refs: []string{refApt, refCIS}, cis: []string{"Docker 1.6.0 4.7"},
			look: updateAlone,
			bad:  "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n",
			good: "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		},
		{
			name: "dist-upgrade", severity: finding.Low, history: true,
			refs: []string{refApt},
			look: func(l *look) {
				l.commands(func(_ *instruction, c *command) []string {
					switch {
					case c.is("apt-get apt aptitude", "dist-upgrade", "full-upgrade"):
						return []string{c.name + " dist-upgrade"}
					case c.is("zypper", "dist-upgrade", "dup"):
						return []string{"zypper dist-upgrade"}
					case c.name == "do-release-upgrade":
						return []string{c.name}
					}
					return nil
				})
			},
			bad:  "FROM debian:12\nRUN apt-get update && apt-get dist-upgrade -y\n",
			good: "FROM debian:12\nRUN apt-get update && apt-get upgrade -y\n",
		},
	}
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }

func isAptInstall(c *command) bool { return c.is("apt-get apt aptitude", "install") }

// aptValued are options of apt-get that take the next word.
var aptValued = []string{"t", "target-release", "default-release", "o", "option", "c", "config-file", "a", "host-architecture"}

func aptPackages(c *command) []string {
	if !isAptInstall(c) {
		return nil
	}
	return after(c.operands(aptValued...), "install")
}

// unpinned gives the packages, as far as the file tells, that pinned refuses.
func unpinned(in *instruction, packages []string, pinned func(string) bool) []string {
	var out []string
	for _, p := range in.words(packages) {
		if p == "" || strings.HasPrefix(p, "-") || pinned(p) {
			continue
		}
		out = append(out, p)
	}
	return out
}

func saysYes(c *command) bool {
	return c.flag("y", "yes", "assume-yes", "force-yes", "qq") || c.countFlag("q") >= 2 || c.countFlag("quiet") >= 2 || c.has("-q=2", "--quiet=2") ||
		slices.ContainsFunc(c.args, func(w word) bool { return strings.Contains(w.text, "Assume-Yes") }) ||
		c.flag("s", "simulate", "dry-run", "d", "download-only", "print-uris")
}

// aptConfigured tells whether the answer was written into apt's configuration
// in the same stage, or in the same RUN.
func (d *document) aptConfigured(in *instruction) bool {
	return d.mentions(in, "Assume-Yes", "assume-yes")
}

func (d *document) noRecommendsConfigured(in *instruction) bool {
	return d.mentions(in, "Install-Recommends", "install-recommends 0")
}

// mentions tells whether a RUN of the stage or its parents up to this one holds
// one of the texts.
func (d *document) mentions(in *instruction, wanted ...string) bool {
	key := strings.Join(wanted, "\x00")
	for s := in.stage; s != nil; s = s.parent {
		line, ok := d.mentioned[s][key]
		if !ok {
			line = firstMention(s, wanted)
			if d.mentioned[s] == nil {
				if d.mentioned == nil {
					d.mentioned = map[*stage]map[string]int{}
				}
				d.mentioned[s] = map[string]int{}
			}
			d.mentioned[s][key] = line
		}
		if line > 0 && (s != in.stage || line <= in.line) {
			return true
		}
	}
	return false
}

// firstMention is the line of the first RUN of a stage that holds one of the
// texts, 0 for none.
func firstMention(s *stage, wanted []string) int {
	for _, in := range s.body {
		if in.script != nil && slices.ContainsFunc(wanted, func(w string) bool { return strings.Contains(in.script.text, w) }) {
			return in.line
		}
	}
	return 0
}

func aptNoRecommends(c *command) bool {
	return slices.ContainsFunc(c.args, func(w word) bool {
		return strings.Contains(strings.ToLower(w.text), "apt::install-recommends=") && !strings.HasSuffix(strings.ToLower(w.text), "true") && !strings.HasSuffix(w.text, "1")
	})
}

// removes tells whether a script deletes what lies below one of the directories.
func removes(sc *script, directories ...string) bool {
	for i := range sc.commands {
		c := &sc.commands[i]
		for _, dir := range directories {
			switch c.name {
			case "rm":
				if !c.flag("r", "R", "recursive") && !strings.Contains(strings.Join(texts(c.args), " "), "*") {
					continue
				}
			case "find":
				if !c.has("-delete", "-exec") {
					continue
				}
			default:
				continue
			}
			for _, a := range c.operands() {
				a = strings.TrimRight(expandBraces(a), "*/.?")
				for path := range strings.FieldsSeq(a) {
					path = strings.TrimRight(path, "*/.?")
					if path == dir || strings.HasPrefix(dir, path+"/") && path != "" && path != "/var" && path != "/var/lib" {
						return true
					}
				}
			}
		}
	}
	return false
}

// expandBraces writes a{b,c} as "ab ac", the simple form alone.
func expandBraces(s string) string {
	before, rest, ok := strings.Cut(s, "{")
	if !ok {
		return s
	}
	list, behind, ok := strings.Cut(rest, "}")
	if !ok || strings.Contains(behind, "{") {
		return s
	}
	var out []string
	for item := range strings.SplitSeq(list, ",") {
		out = append(out, before+item+behind)
	}
	return strings.Join(out, " ")
}

// cached tells whether a directory is a mount that does not end up in the image.
func cached(in *instruction, directories ...string) bool {
	c, ok := in.cmd.(*instructions.RunCommand)
	if !ok {
		return false
	}
	for _, m := range mounts(c) {
		if m.Type != instructions.MountTypeCache && m.Type != instructions.MountTypeTmpfs {
			continue
		}
		target, _ := in.value(m.Target)
		target = strings.TrimSuffix(target, "/")
		for _, dir := range directories {
			if target == dir || strings.HasPrefix(dir, target+"/") || strings.HasPrefix(dir, ".") && strings.Contains(target, dir) {
				return true
			}
		}
	}
	return false
}

func aptLists(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if !ships(in) || cached(in, "/var/lib/apt/lists") {
			return
		}
		for i := range sc.commands {
			c := &sc.commands[i]
			if !c.is("apt apt-get aptitude", "update") {
				continue
			}
			if !removes(sc, "/var/lib/apt/lists") && !slices.ContainsFunc(sc.commands, func(c command) bool { return c.is("apt-get apt", "distclean", "dist-clean") }) {
				l.found(c.line, "")
			}
			return
		}
	})
}

// indexes are package managers whose "update" only refreshes the list of
// packages, with the words by which they then install or upgrade.
var indexes = []struct {
	programs, update string
	then             []string
}{
	{"apt-get apt aptitude", "update", []string{"install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "reinstall", "satisfy", "safe-upgrade", "download"}},
	{"apk", "update", []string{"add", "upgrade", "fetch"}},
	{"zypper", "refresh ref", []string{"install", "in", "update", "up", "dup", "dist-upgrade", "patch", "source-install", "si"}},
	{"pacman", "-Sy", nil},
}

func updateAlone(l *look) {
	l.runs(func(in *instruction, sc *script) {
		for _, m := range indexes {
			updated, used := 0, false
			for i := range sc.commands {
				c := &sc.commands[i]
				if !c.is(m.programs) {
					continue
				}
				if c.has(strings.Fields(m.update)...) && updated == 0 && c.name != "pacman" || c.name == "pacman" && c.has("-Sy", "-Syy") && len(c.operands()) == 0 {
					updated = c.line
				} else if c.has(m.then...) || m.then == nil && len(c.operands()) > 0 {
					used = true
				}
			}
			if updated > 0 && !used {
				used = slices.ContainsFunc(sc.commands, func(c command) bool { return installsByItself(&c, m.programs) })
			}
			if updated > 0 && !used {
				l.found(updated, m.update, strings.Fields(m.programs)[0]+" "+strings.Fields(m.update)[0])
			}
		}
	})
}

// installsByItself are programs that call the package manager.
func installsByItself(c *command, programs string) bool {
	if strings.HasPrefix(programs, "apt") {
		switch c.name {
		case "add-apt-repository", "mk-build-deps", "gdebi", "debootstrap", "tasksel", "apt-fast", "install_packages", "eatmydata", "xargs", "playwright", "npx", "unminimize":
			return true
		}
	}
	return c.name == "xargs" || strings.HasSuffix(c.name, ".sh")
}
