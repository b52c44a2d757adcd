package inventory

import (
	"fmt"
	"slices"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// managers are the package managers that we read, with the ids of os-release(5)
// (ID or ID_LIKE) of the distributions that use them.
var managers = []struct {
	kind, name, database string
	ids                  []string
}{
	{finding.TypeDeb, "dpkg", "var/lib/dpkg/status", []string{"debian", "ubuntu", "raspbian", "kali", "linuxmint", "devuan"}},
	{finding.TypeAPK, "apk", "lib/apk/db/installed", []string{"alpine", "wolfi", "chainguard", "postmarketos"}},
	{finding.TypeRPM, "rpm", "var/lib/rpm", []string{
		"rhel", "fedora", "centos", "almalinux", "rocky", "ol", "amzn", "suse", "sles", "opensuse", "opensuse-leap", "opensuse-tumbleweed",
		"mariner", "azurelinux", "photon", "openEuler", "mageia", "anolis", "tencentos", "alinux", "kylin",
	}},
}

// unreadable are databases of package managers that we do not read.
var unreadable = []struct{ path, name string }{
	{"var/lib/pacman/local", "pacman"},
	{"var/db/pkg", "Portage"},
	{"nix/store", "Nix"},
	{"var/db/xbps", "XBPS"},
	{"var/lib/eopkg", "eopkg"},
	{"usr/lib/opkg/status", "opkg"},
	{"var/lib/opkg/status", "opkg"},
	{"var/lib/swupd", "swupd"},
	{"var/lib/pkgtools/packages", "Slackware's pkgtools"},
}

// absent says what an image of a known distribution lacks: an image that says
// it is Debian and has no package is not a clean image, but one whose packages
// could not be seen.
func absent(tree walk.Tree, os *finding.OSRelease, packages []finding.Package) []finding.Unread {
	var out []finding.Unread
	for _, u := range unreadable {
		if e, err := tree.Resolve(u.path); err == nil && e.Type != walk.TypeOther {
			out = append(out, finding.Unread{
				Location: finding.Location{Layer: e.Layer, Path: u.path}, Reason: finding.UnreadUnsupported,
				Detail: fmt.Sprintf("the packages of %s are not read", u.name),
			})
		}
	}
	if os == nil {
		return out
	}
	for _, m := range managers {
		if !slices.Contains(m.ids, os.ID) && !slices.ContainsFunc(os.Like, func(l string) bool { return slices.Contains(m.ids, l) }) {
			continue
		}
		if slices.ContainsFunc(packages, func(p finding.Package) bool { return p.Type == m.kind && !p.Hidden }) {
			return out
		}
		return append(out, finding.Unread{
			Location: finding.Location{Layer: -1, Path: m.database}, Reason: finding.UnreadIO,
			Detail: fmt.Sprintf("this is %q, and no package of %s was found: its database is missing, empty or no regular file", os.ID, m.name),
		})
	}
	return out
}
