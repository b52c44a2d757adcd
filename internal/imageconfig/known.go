package imageconfig

import (
	"path"
	"strings"
)

// known are programs of distributions that are setuid, setgid or have
// capabilities for a reason, by base name, with the package that has them in
// most. Used where no package manager's lists tell; the README says what each
// is for.
var known = map[string]string{
	"su": "util-linux", "mount": "util-linux", "umount": "util-linux", "chfn": "shadow", "chsh": "shadow",
	"passwd": "shadow", "gpasswd": "shadow", "newgrp": "shadow", "chage": "shadow", "expiry": "shadow",
	"newuidmap": "shadow", "newgidmap": "shadow", "wall": "util-linux", "write": "util-linux", "write.ul": "util-linux",
	"unix_chkpwd": "pam", "pam_timestamp_check": "pam", "sudo": "sudo", "sudoedit": "sudo", "sudo-rs": "sudo-rs", "su-rs": "sudo-rs", "doas": "doas",
	"pkexec": "polkit", "polkit-agent-helper-1": "polkit", "dbus-daemon-launch-helper": "dbus",
	"ssh-agent": "openssh", "ssh-keysign": "openssh", "crontab": "cron", "at": "at", "ping": "iputils", "ping4": "iputils", "ping6": "iputils",
	"arping": "iputils", "clockdiff": "iputils", "traceroute6.iputils": "iputils", "mtr-packet": "mtr",
	"fusermount": "fuse", "fusermount3": "fuse", "ntfs-3g": "ntfs-3g", "mount.nfs": "nfs-utils", "mount.cifs": "cifs-utils",
	"bbsuid": "busybox", "userhelper": "usermode", "usernetctl": "initscripts", "exim4": "exim", "postdrop": "postfix", "postqueue": "postfix",
	"bsd-write": "bsdmainutils", "dotlockfile": "liblockfile", "dotlock.mailutils": "mailutils", "mlocate": "mlocate", "plocate": "plocate", "locate": "mlocate",
	"utempter": "libutempter", "pppd": "ppp", "screen": "screen", "staprun": "systemtap", "chrome-sandbox": "chromium",
	"Xorg.wrap": "xorg-server", "gst-ptp-helper": "gstreamer", "dumpcap": "wireshark", "grub2-set-bootflag": "grub2", "lockdev": "lockdev",
	"netreport": "initscripts", "unix_update": "pam", "snap-confine": "snapd", "bwrap": "bubblewrap", "slirp4netns": "slirp4netns", "rcp": "inetutils", "vlock": "vlock", "mail-lock": "mail", "mail-unlock": "mail", "mail-touchlock": "mail", "ksu": "krb5", "cockpit-session": "cockpit",
}

// wellKnown gives what a privileged program at a place of the distribution's is;
// empty for any other.
func wellKnown(p string) string {
	dir, base := path.Split(strings.TrimPrefix(p, "usr/"))
	switch {
	case dir == "bin/", dir == "sbin/", strings.HasPrefix(dir, "lib/"), strings.HasPrefix(dir, "libexec/"), strings.HasPrefix(dir, "lib64/"):
		return known[base]
	}
	return ""
}

// homes are caches below any user's home directory.
var homes = []string{
	".cache/pip/", ".cache/uv/", ".cache/pypoetry/", ".cache/go-build/", ".cache/yarn/", ".cache/composer/", ".cache/node-gyp/", ".cache/node/",
	".npm/_cacache/", ".yarn/cache/", ".yarn/berry/", ".local/share/pnpm/store/", ".m2/repository/", ".gradle/caches/", ".ivy2/cache/", ".cargo/registry/",
	".composer/cache/", ".bundle/cache/", ".nuget/packages/", ".conda/pkgs/", ".cpan/", ".hex/packages/",
}

// systems are caches at fixed places.
var systems = []string{
	"var/lib/apt/lists/", "var/cache/apt/", "var/cache/apk/", "var/cache/yum/", "var/cache/dnf/", "var/cache/libdnf5/", "var/cache/zypp/",
	"var/cache/pacman/", "var/cache/microdnf/", "etc/apk/cache/", "opt/conda/pkgs/", "usr/local/share/.cache/yarn/", "go/pkg/mod/cache/",
}

// cacheOf gives the cache of a package manager that a file is in, "" for none.
func cacheOf(p string) string {
	if strings.HasPrefix(p, "var/") || strings.HasPrefix(p, "opt/") || strings.HasPrefix(p, "usr/") || strings.HasPrefix(p, "etc/") || strings.HasPrefix(p, "go/") {
		for _, s := range systems {
			if strings.HasPrefix(p, s) {
				return strings.TrimSuffix(s, "/")
			}
		}
	}
	// root/.x/…, home/NAME/.x/…
	home := ""
	switch {
	case strings.HasPrefix(p, "root/."):
		home = "root/"
	case strings.HasPrefix(p, "home/"):
		rest := p[len("home/"):]
		i := strings.IndexByte(rest, '/')
		if i < 0 || !strings.HasPrefix(rest[i+1:], ".") {
			return ""
		}
		home = p[:len("home/")+i+1]
	default:
		return ""
	}
	for _, h := range homes {
		if strings.HasPrefix(p[len(home):], h) {
			return home + strings.TrimSuffix(h, "/")
		}
	}
	return ""
}
