package report

import (
	"slices"
	"strings"

	"bulwark/internal/finding"
)

// upgradeCommand is what upgrades a group, in the image's build; empty where no
// one command does, or where a name could mean something to a shell.
func upgradeCommand(u *upgrade) string {
	for _, s := range append([]string{u.to, u.name}, u.packages...) {
		if !isShellSafe(s) {
			return ""
		}
	}
	names := strings.Join(u.packages, " ")
	switch u.typ {
	case finding.TypeDeb:
		return "apt-get update && apt-get install -y --only-upgrade " + names
	case finding.TypeAPK:
		return "apk upgrade --no-cache " + names
	case finding.TypeRPM:
		return "dnf upgrade -y " + names
	case finding.TypeNPM:
		// Only what the project itself installs; a package inside another one
		// is upgraded through that.
		for _, l := range u.places {
			if strings.Count(l.Path, "node_modules/") > 1 || strings.HasPrefix(strings.TrimPrefix(l.Path, "/"), "usr/") {
				return ""
			}
		}
		return "npm install " + u.name + "@" + u.to
	case finding.TypePyPI:
		return "pip install --upgrade " + u.name + "==" + u.to
	case finding.TypeGolang:
		if u.name == "stdlib" || u.name == "toolchain" {
			return ""
		}
		return "go get " + u.name + "@v" + strings.TrimPrefix(u.to, "v") + " && go mod tidy"
	case finding.TypeCargo:
		return "cargo update -p " + u.name + " --precise " + u.to
	case finding.TypeGem:
		return "bundle update --conservative " + u.name
	case finding.TypeComposer:
		return "composer update --with-all-dependencies " + u.name
	}
	return ""
}

// systemUpgrade is what upgrades all packages of the system at once, where more
// than one of them wants it.
func systemUpgrade(groups []*upgrade) string {
	n, typ := 0, ""
	for _, u := range groups {
		switch u.typ {
		case finding.TypeDeb, finding.TypeAPK, finding.TypeRPM:
			n++
			typ = u.typ
		}
	}
	switch {
	case n < 2:
		return ""
	case typ == finding.TypeDeb:
		return "apt-get update && apt-get upgrade -y"
	case typ == finding.TypeAPK:
		return "apk upgrade --no-cache"
	}
	return "dnf upgrade -y"
}

// getCommand is what gets the data that is missing: the commands of all
// ecosystems that have unknown packages as one, where they differ only in
// their last word (the address), else the one that most packages want.
func getCommand(coverage []finding.Coverage) string {
	most, command, base := 0, "", ""
	var last []string
	for _, c := range coverage {
		unknown := c.Packages - c.Known
		if c.Get == "" || c.Level == finding.CoverageFull || unknown <= 0 {
			continue
		}
		get := Clean(c.Get)
		if unknown > most {
			most, command = unknown, get
		}
		if at := strings.LastIndexByte(get, ' '); at > 0 && (base == "" || base == get[:at]) {
			base = get[:at]
			if !slices.Contains(last, get[at+1:]) {
				last = append(last, get[at+1:])
			}
			continue
		}
		base = "\x00" // they differ in more
	}
	if len(last) > 1 && base != "\x00" {
		return base + " " + strings.Join(last, " ")
	}
	return command
}

// supplied names the ecosystems that records were supplied of without a word on
// whether they are all: the command alone, with a copy of the same file, would
// change nothing for them.
func supplied(coverage []finding.Coverage) []string {
	var names []string
	for _, c := range coverage {
		if c.Level == finding.CoverageFull || c.Packages <= c.Known ||
			!slices.ContainsFunc(c.Limits, func(l finding.Text) bool { return l.ID == "coverage.supplied" }) {
			continue
		}
		name, _, _ := strings.Cut(c.Ecosystem, ":")
		if name = Clean(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// isShellSafe reports whether a string from an image may stand in a command
// that people paste: it holds nothing that a shell or an option parser reads.
func isShellSafe(s string) bool {
	if s == "" || s[0] == '-' || s[0] == '~' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("@/._+:~-", c) >= 0:
		default:
			return false
		}
	}
	return true
}
