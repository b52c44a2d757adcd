package imageconfig

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

// files is a tree of a list of entries, which only knows links that are whole paths.
type files []walk.Entry

func (f files) Lookup(p string) (walk.Entry, bool) {
	for _, e := range f {
		if e.Path == p {
			return e, true
		}
	}
	return walk.Entry{}, false
}

func (f files) Resolve(p string) (walk.Entry, error) {
	e, ok := f.Lookup(p)
	if ok && e.Type == walk.TypeSymlink {
		e, ok = f.Lookup(strings.TrimPrefix(e.Link, "/"))
	}
	if !ok {
		return e, fs.ErrNotExist
	}
	return e, nil
}

func (f files) Visible(layer int, p string) bool {
	e, ok := f.Lookup(p)
	return ok && e.Layer == layer
}

func (f files) Walk(do func(walk.Entry) bool) {
	for _, e := range f {
		if !do(e) {
			return
		}
	}
}

// f makes an entry: mode in octal as chmod takes it.
func f(path string, mode uint32, change ...func(*walk.Entry)) walk.Entry {
	e := walk.Entry{Path: path, Mode: fs.FileMode(mode & 0o777), Size: 100}
	if mode&0o4000 != 0 {
		e.Mode |= fs.ModeSetuid
	}
	if mode&0o2000 != 0 {
		e.Mode |= fs.ModeSetgid
	}
	if mode&0o1000 != 0 {
		e.Mode |= fs.ModeSticky
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func dir(e *walk.Entry) { e.Type, e.Mode = walk.TypeDir, e.Mode|fs.ModeDir }
func device(e *walk.Entry) {
	e.Type, e.Mode = walk.TypeOther, e.Mode|fs.ModeDevice|fs.ModeCharDevice
}
func uid(n int) func(*walk.Entry) { return func(e *walk.Entry) { e.UID = n } }
func in(layer int) func(*walk.Entry) {
	return func(e *walk.Entry) { e.Layer = layer }
}
func bytesOf(n int64) func(*walk.Entry) { return func(e *walk.Entry) { e.Size = n } }
func caps(v string) func(*walk.Entry)   { return func(e *walk.Entry) { e.Capability = v } }

const (
	capNetRaw   = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	capSysAdmin = "\x00\x00\x00\x03\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	capBPF      = "\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00"
)

// records inspects files as the worker does.
func records(contents map[string]string) []walk.Record {
	var out []walk.Record
	for p, c := range contents {
		recs, wanted := walk.Inspect(context.Background(), Detector(), walk.NewFile(p, []byte(c)))
		if !wanted {
			panic(p + " is not wanted")
		}
		out = append(out, recs...)
	}
	return out
}

func TestLintTree(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:10001:10001::/:/bin/false\n"
	tests := []struct {
		name     string
		user     string
		env      []string
		tree     files
		contents map[string]string
		owner    func(string) (string, bool)
		hidden   files
		// incomplete: a layer was not read to its end.
		incomplete bool
		want       []string
	}{
		{name: "nothing"},
		{
			name: "what every distribution has",
			tree: files{f("dev/null", 0o666, device), f("dev/tty0", 0o620, device), f("etc/passwd", 0o644), f("etc/shadow", 0o640), f("tmp", 0o1777, dir), f("usr/bin/ls", 0o755), f("usr/src/x/Dockerfile.md", 0o644)},
			contents: map[string]string{
				"etc/passwd": passwd, "etc/shadow": "root:*:1::::::\napp:!:1::::::\n",
			},
		},
		{name: "user in passwd", user: "app", tree: files{f("etc/passwd", 0o644)}, contents: map[string]string{"etc/passwd": passwd}},
		{name: "user not in passwd", user: "other", tree: files{f("etc/passwd", 0o644)}, contents: map[string]string{"etc/passwd": passwd}, want: []string{"image-user-unknown: user"}},
		{name: "user by name without a passwd", user: "app", want: []string{"image-user-unknown: user"}},
		{name: "user whose passwd was not read", user: "app", tree: files{f("etc/passwd", 0o644)}},
		{name: "user whose layer was not read", user: "app", incomplete: true},
		{name: "user by number", user: "10001:10001"},
		{name: "group not in group", user: "10001:staff", want: []string{"image-user-unknown: user"}},
		{name: "another root", user: "toor", tree: files{f("etc/passwd", 0o644)}, contents: map[string]string{"etc/passwd": "toor:*:0:0::/:/bin/sh\n"},
			want: []string{"image-account-root: image-account-root toor", "image-user-root: user"}},
		{name: "a passwd that a later layer took away", user: "app", contents: map[string]string{"etc/passwd": passwd}, want: []string{"image-user-unknown: user"}},
		{
			name: "passwords", tree: files{f("etc/passwd", 0o644), f("etc/shadow", 0o640)},
			contents: map[string]string{
				"etc/passwd": "root:x:0:0::/:/bin/sh\na:x:1:1::/:\nb::2:2::/:\nc:$6$salt$hash:3:3::/:\nd:x:4:4::/:\nd:x:4:4::/:\ne:x:4:4::/:\n+nis:::::\n#x::5:5::\nnonsense\n",
				"etc/shadow": "root::1::::::\na:$y$j9T$x$y:1::::::\nd:*:1::\n",
			},
			want: []string{
				"image-account-duplicate: image-account-duplicate d d = e (4)",
				"image-account-no-password: image-account-no-password b root",
				"image-account-password: image-account-password a c",
			},
		},
		{
			name: "groups twice", tree: files{f("etc/group", 0o644)}, contents: map[string]string{"etc/group": "a:x:1:\nb:x:1:\na:x:2:\n"},
			want: []string{"image-account-duplicate: image-account-duplicate a (group) a = b (group 1)"},
		},
		{
			name: "setuid by known names", tree: files{f("usr/bin/passwd", 0o4755), f("bin/su", 0o4755), f("usr/bin/shell", 0o4755), f("opt/bin/su", 0o4755), f("usr/bin/data", 0o4644), f("usr/local", 0o2775, dir)},
			want: []string{"image-setuid-unowned: setuid " + fileSet(files{f("usr/bin/shell", 0), f("opt/bin/su", 0)}), "image-setuid: setuid"},
		},
		{
			name: "setuid by lists", tree: files{f("usr/bin/passwd", 0o4755), f("usr/bin/su", 0o4755)},
			owner: func(p string) (string, bool) { return "shadow", p == "usr/bin/passwd" },
			want:  []string{"image-setuid-unowned: setuid " + fileSet(files{f("usr/bin/su", 0)}), "image-setuid: setuid"},
		},
		{
			name: "capabilities", tree: files{f("usr/bin/ping", 0o755, caps(capNetRaw)), f("opt/a", 0o755, caps(capBPF))},
			want: []string{"image-capability-unowned: capabilities " + fileSet(files{f("opt/a", 0)}) + " high", "image-capability: capabilities"},
		},
		{
			name: "capabilities of little might", tree: files{f("opt/a", 0o755, caps(capNetRaw))},
			want: []string{"image-capability-unowned: capabilities " + fileSet(files{f("opt/a", 0)}) + " medium"},
		},
		{name: "world-writable data", tree: files{f("data", 0o777, dir), f("data/x", 0o666)}, want: []string{"image-world-writable: world-writable low"}},
		{name: "world-writable program", tree: files{f("app/run", 0o777)}, want: []string{"image-world-writable: world-writable medium"}},
		{name: "world-writable on PATH", env: []string{"PATH=/app/bin:/usr/bin"}, tree: files{f("app/bin", 0o755, dir), f("app/bin/run", 0o777)}, want: []string{"image-world-writable: world-writable high"}},
		{name: "sticky on PATH", env: []string{"PATH=/tmp"}, tree: files{f("tmp", 0o1777, dir)}, want: []string{"image-world-writable: world-writable high"}},
		{
			name: "files of accounts", tree: files{f("etc/passwd", 0o664), f("etc/shadow", 0o644)},
			want: []string{"image-account-file-mode: account files medium"},
		},
		{
			name: "passwd for all", tree: files{f("etc/passwd", 0o666)},
			want: []string{"image-account-file-mode: account files high", "image-world-writable: world-writable medium"},
		},
		{
			name: "sudo without a password", tree: files{f("usr/bin/sudo", 0o4755), f("etc/sudoers", 0o440), f("etc/sudoers.d/app", 0o440)},
			contents: map[string]string{"etc/sudoers": "Defaults env_reset\nroot ALL=(ALL) NOPASSWD: ALL\n%wheel ALL=(ALL) ALL\n", "etc/sudoers.d/app": "app\tALL=(ALL) \\\n NOPASSWD: ALL\n"},
			want:     []string{"image-setuid: setuid", "image-sudo-no-password: sudoers"},
		},
		{name: "rules without a sudo", tree: files{f("etc/sudoers.d/app", 0o440)}, contents: map[string]string{"etc/sudoers.d/app": "app ALL=(ALL) NOPASSWD: ALL"}},
		{
			name: "names", tree: files{
				f("dev/sda", 0o660, device), f("app/.git/HEAD", 0o644), f("etc/ssh/ssh_host_rsa_key", 0o600), f("etc/ssh/ssh_host_rsa_key.pub", 0o644),
				f("root/.ssh/authorized_keys", 0o600), f("etc/ld.so.preload", 0o644), f("app/Dockerfile", 0o644), f("app/node_modules/x/Dockerfile", 0o644), f("usr/share/doc/x/Dockerfile", 0o644),
			},
			want: []string{"image-authorized-keys: image-authorized-keys", "image-device-file: image-device-file", "image-git-directory: image-git-directory",
				"image-ld-preload-file: image-ld-preload-file", "image-leftover-files: image-leftover-files", "image-ssh-host-key: image-ssh-host-key"},
		},
		{
			name: "owners", tree: files{f("etc/passwd", 0o644), f("app/a", 0o644, uid(10001)), f("app/b", 0o644, uid(1000)), f("app/c", 0o644, uid(1000))}, contents: map[string]string{"etc/passwd": passwd},
			want: []string{"image-file-owner: owners"},
		},
		{name: "owners without accounts", tree: files{f("app/a", 0o644, uid(1000))}},
		{
			name: "caches", tree: files{f("var/lib/apt/lists/x_Packages", 0o644, bytesOf(20<<20)), f("root/.cache/pip/http/a", 0o644, bytesOf(1<<20)), f("home/u/.npm/_cacache/x", 0o644)},
			want: []string{"image-package-cache: package caches"},
		},
		{name: "a small cache", tree: files{f("var/cache/apt/pkgcache.bin", 0o644, bytesOf(1000))}},
		{
			name: "waste", tree: files{f("app/big", 0o700, in(1), bytesOf(9<<20))}, hidden: files{f("app/big", 0o755, bytesOf(9<<20)), f("tmp/x", 0o644, bytesOf(1<<20))},
			want: []string{"image-waste: waste"},
		},
		{name: "little waste", hidden: files{f("tmp/x", 0o644)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &Config{Run: Run{User: tt.user, Env: tt.env}}
			s := System{Tree: tt.tree, Records: records(tt.contents), Owner: tt.owner, Incomplete: tt.incomplete}
			if tt.hidden != nil {
				s.Hidden = tt.hidden.Walk
			}
			if d := cmp.Diff(append([]string{}, tt.want...), said(LintTree(c, s))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestFewResultsOfManyFiles: whatever the number of files, a check says one thing.
func TestFewResultsOfManyFiles(t *testing.T) {
	var tree files
	for i := range 5000 {
		tree = append(tree, f(fmt.Sprintf("app/%d/.git/HEAD", i), 0o4777, caps(capSysAdmin), uid(i)), f(fmt.Sprintf("etc/ssh/ssh_host_%d_key", i), 0o644))
	}
	tree = append(tree, f("etc/passwd", 0o644))
	seen := map[string]int{}
	rs := LintTree(nil, System{Tree: tree, Records: records(map[string]string{"etc/passwd": "root:x:0:0::/:\n"}), Hidden: tree.Walk})
	for _, r := range rs {
		seen[r.Check]++
		if seen[r.Check] > 1 {
			t.Errorf("%s is said %d times", r.Check, seen[r.Check])
		}
		if len(r.Locations) > maxEvidence || len(r.Evidence) > maxEvidence+1 {
			t.Errorf("%s: %d places, %d lines", r.Check, len(r.Locations), len(r.Evidence))
		}
	}
	if len(rs) < 5 {
		t.Errorf("%v", said(rs))
	}
}

func TestCapabilityText(t *testing.T) {
	for v, want := range map[string]string{
		capNetRaw: "cap_net_raw=ep", capSysAdmin: "cap_sys_admin=p", capBPF: "cap_bpf=ep", "": "cap_?", "short": "cap_?", capNetRaw + "more": "cap_?",
	} {
		if got := capabilityText(v); got != want {
			t.Errorf("%x: %s, want %s", v, got, want)
		}
	}
	if capabilitySeverity(capSysAdmin) != finding.High || capabilitySeverity(capNetRaw) != finding.Medium {
		t.Error("what a capability can do is misjudged")
	}
}

func TestDetectorDeclines(t *testing.T) {
	for _, p := range []string{"passwd", "etc/passwd-", "etc/sudoers.d/x.bak", "etc/sudoers.d/x~", "etc/sudoers.d/a/b", "opt/etc/passwd", "etc/hosts"} {
		if Detector().Want(p, 0o644, 1) != walk.No {
			t.Errorf("%s is wanted", p)
		}
	}
}

// TestNoHashLeaves looks for the hash of a password in what the worker sends.
func TestNoHashLeaves(t *testing.T) {
	for _, r := range records(map[string]string{"etc/shadow": "root:$6$saltsalt$Zq3vXy81kkLp:1::::::\nx:short:1:\n", "etc/passwd": "a:$6$saltsalt$Zq3vXy81kkLp:1:1:::\n"}) {
		if r.Fact == nil || strings.Contains(string(r.Fact.Data), "Zq3vXy81kkLp") {
			t.Errorf("%+v", r)
		}
	}
}

func TestConfigurationInWorker(t *testing.T) {
	recs := walk.RunConfig(context.Background(), Detector().(walk.ConfigInspector), []byte(`{"rootfs":{"diff_ids":[]},"config":{`+quiet+`,"User":"0"}}`))
	if len(recs) != 1 || recs[0].Result == nil || recs[0].Result.Check != CheckUserRoot {
		t.Errorf("%+v", recs)
	}
	if recs = walk.RunConfig(context.Background(), Detector().(walk.ConfigInspector), []byte(`[`)); len(recs) != 1 || recs[0].Unread == nil {
		t.Errorf("%+v", recs)
	}
}

// FuzzAccounts takes any bytes as each of the files, and lints what comes of it.
func FuzzAccounts(f *testing.F) {
	f.Add("etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\napp::1:1::/:/bin/false\n+::::::\n"))
	f.Add("etc/shadow", []byte("root:$6$a$b:1::::::\napp::1::::::\n"))
	f.Add("etc/sudoers", []byte("%wheel ALL=(ALL) \\\n NOPASSWD: ALL\n"))
	f.Fuzz(func(t *testing.T, path string, b []byte) {
		i := slices.Index(Detector().(walk.PathLister).Paths(), path)
		if i < 0 {
			return
		}
		recs, _ := walk.Inspect(context.Background(), Detector(), walk.NewFile(path, b))
		tree := files{{Path: path, Mode: 0o644}, {Path: "usr/bin/sudo", Mode: 0o755}}
		rs := LintTree(&Config{Run: Run{User: "app"}}, System{Tree: tree, Records: recs})
		for _, r := range rs {
			if len(r.Evidence) > maxEvidence+1 || len(r.Subject) > 20*maxName*4 {
				t.Errorf("%s: %d lines, subject of %d bytes", r.Check, len(r.Evidence), len(r.Subject))
			}
		}
	})
}
