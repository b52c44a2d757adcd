package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"bulwark/internal/workload"
)

func TestParseMounts(t *testing.T) {
	const root = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs"
	overlay := func(options ...string) []workload.Mount { return []workload.Mount{{Type: "overlay", Options: options}} }
	lower := "lowerdir=" + root + "/snapshots/7/fs:" + root + "/snapshots/3/fs"
	tests := []struct {
		name   string
		mounts []workload.Mount
		layers int
		want   *snapshotDirs
		err    string
	}{
		{"one layer", []workload.Mount{{Type: "bind", Source: root + "/snapshots/1/fs", Options: []string{"ro", "rbind"}}}, 1, &snapshotDirs{root, []string{"snapshots/1/fs"}, false}, ""},
		{"two layers, the topmost named first", overlay("index=off", lower), 2, &snapshotDirs{root, []string{"snapshots/3/fs", "snapshots/7/fs"}, false}, ""},
		{"rootless", overlay("userxattr", lower), 2, &snapshotDirs{root, []string{"snapshots/3/fs", "snapshots/7/fs"}, true}, ""},
		{"another number", overlay(lower), 3, nil, "2 directories for 3 layers"},
		{"none", nil, 1, nil, "0 mounts"},
		{"redirects", overlay("redirect_dir=on", lower), 2, nil, "not understood"},
		{"references", overlay("metacopy=on", lower), 2, nil, "not understood"},
		{"a write layer", overlay("upperdir=/x", "workdir=/y", lower), 2, nil, "not understood"},
		{"another file system", []workload.Mount{{Type: "erofs", Source: "/x"}}, 1, nil, "as \"erofs\""},
		{"elsewhere", []workload.Mount{{Type: "bind", Source: "/etc"}}, 1, nil, "is not understood"},
		{"leading out", []workload.Mount{{Type: "bind", Source: root + "/snapshots/../../x/fs"}}, 1, nil, "is not understood"},
		{"two roots", overlay("lowerdir=/a/snapshots/7/fs:/b/snapshots/3/fs"), 2, nil, "is not understood"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseMounts(test.mounts, test.layers)
			if test.err != "" {
				var not *notThisWay
				if !errors.As(err, &not) || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(snapshotDirs{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSubordinate(t *testing.T) {
	tests := []struct {
		name, text string
		first      uint32
		want       []IDMap
		err        string
	}{
		{"one range", "a:100000:65536\nb:200000:10\n", 200000, []IDMap{{0, 200000, 10}}, ""},
		{"ranges laid end to end", "a:100000:10\nother:1:1\na:300000:20\n", 100000, []IDMap{{0, 100000, 10}, {10, 300000, 20}}, ""},
		{"user and group of one name", "a:100000:10\nb:100000:10\n", 100000, []IDMap{{0, 100000, 10}}, ""},
		{"two users, different ranges", "a:100000:10\nb:100000:20\n", 100000, nil, "different ranges"},
		{"out of order", "a:300000:10\na:100000:10\n", 300000, nil, "not in order"},
		{"nobody", "a:100000:10\n", 5, nil, "no user's ranges"},
		{"comments and rubbish", "# a:1:2\n\na\na:x:y\na:5:0\na:4294967295:2\na:100000:10\n", 100000, []IDMap{{0, 100000, 10}}, ""},
		{"too large together", "a:1:4294967295\na:2:4294967290\n", 1, nil, "too large"},
		{"empty", "", 0, nil, "no user's ranges"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseSubordinate(strings.NewReader(test.text), test.first)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%v, %v, want %q", got, err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzSubordinate(f *testing.F) {
	f.Add("a:100000:65536\n", uint32(100000))
	f.Add("a:1:1\na:2:4294967295\n", uint32(1))
	f.Fuzz(func(t *testing.T, text string, first uint32) {
		list, err := parseSubordinate(strings.NewReader(text), first)
		if err != nil {
			return
		}
		if back, ok := shiftBack(list, first); !ok || back != 0 {
			t.Errorf("the first owner is %d, %v", back, ok)
		}
	})
}

func TestRemapSuffix(t *testing.T) {
	uid, gid, err := remapSuffix("/var/lib/docker/231072.231073")
	if uid != 231072 || gid != 231073 || err != nil {
		t.Error(uid, gid, err)
	}
	for _, dir := range []string{"/var/lib/docker", "/x/1.", "/x/.1", "/x/-1.1", "/x/4294967296.0", ""} {
		if _, _, err := remapSuffix(dir); err == nil {
			t.Errorf("%q has a suffix", dir)
		}
	}
}

// tarOf makes a tar of entries that belong to this process's user.
func tarOf(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, h := range entries {
		h.Uid, h.Gid = os.Getuid(), os.Getgid()
		content := h.Uname // the content of a regular file, for want of another field
		h.Uname = ""
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(tw, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestCompare compares tars as only odd builders make them with what engines
// unpack them to; the usual ones are compared on real engines (test/engine).
func TestCompare(t *testing.T) {
	dir := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755} }
	file := func(name, content string) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Uname: content}
	}
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}
	}
	hard := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to, Mode: 0o644}
	}
	tests := []struct {
		name    string
		entries []tar.Header
		make    func(root string) error
		path    string // of the difference; "" means none
		cannot  bool
	}{
		{"the same name twice", []tar.Header{file("a", "first"), file("a", "second, and longer")},
			func(r string) error { return os.WriteFile(r+"/a", []byte("second, and longer"), 0o644) }, "", false},
		{"the same name twice, unpacked is the first", []tar.Header{file("a", "first"), file("a", "second, and longer")},
			func(r string) error { return os.WriteFile(r+"/a", []byte("first"), 0o644) }, "a", false},
		{"a directory replaced by a file", []tar.Header{dir("a"), file("a/b", "x"), file("a", "file")},
			func(r string) error { return os.WriteFile(r+"/a", []byte("file"), 0o644) }, "", false},
		{"odd spellings of names", []tar.Header{dir("./x/"), file("/x//y", "1"), file("../z", "2")},
			func(r string) error {
				return errors.Join(os.Mkdir(r+"/x", 0o755), os.WriteFile(r+"/x/y", []byte("1"), 0o644), os.WriteFile(r+"/z", []byte("2"), 0o644))
			}, "", false},
		{"through a link", []tar.Header{dir("real"), link("to", "real"), file("to/f", "x")},
			func(r string) error {
				return errors.Join(os.Mkdir(r+"/real", 0o755), os.Symlink("real", r+"/to"), os.WriteFile(r+"/real/f", []byte("x"), 0o644))
			}, "", false},
		{"through an absolute link", []tar.Header{dir("real"), link("to", "/real"), file("to/f", "x"), hard("real/g", "to/f")},
			func(r string) error {
				return errors.Join(os.Mkdir(r+"/real", 0o755), os.Symlink("/real", r+"/to"), os.WriteFile(r+"/real/f", []byte("x"), 0o644), os.Link(r+"/real/f", r+"/real/g"))
			}, "", false},
		{"through a link that leads out", []tar.Header{link("to", "../../../../tmp"), file("to/f", "x")},
			func(r string) error { return os.Symlink("../../../../tmp", r+"/to") }, "to", false},
		{"a link in a circle", []tar.Header{link("a", "b"), link("b", "a"), file("a/f", "x")},
			func(r string) error { return errors.Join(os.Symlink("b", r+"/a"), os.Symlink("a", r+"/b")) }, "a", false},
		{"opaque, marked as rootless engines do", []tar.Header{dir("d"), file("d/.wh..wh..opq", "")},
			func(r string) error {
				return errors.Join(os.Mkdir(r+"/d", 0o755), unix.Setxattr(r+"/d", "user.overlay.opaque", []byte("y"), 0))
			}, "", false},
		{"opaque, not marked", []tar.Header{dir("d"), file("d/.wh..wh..opq", "")},
			func(r string) error { return os.Mkdir(r+"/d", 0o755) }, "d", false},
		{"a whiteout of nothing", []tar.Header{file(".wh.", "")}, func(string) error { return nil }, ".wh.", false},
		{"a whiteout of the directory above", []tar.Header{file("x/.wh...", "")}, func(r string) error { return os.Mkdir(r+"/x", 0o755) }, "x/.wh...", false},
		{"marks of aufs", []tar.Header{file(".wh..wh.plnk", ""), file("a", "")},
			func(r string) error { return os.WriteFile(r+"/a", nil, 0o644) }, "", false},
		{"an implied directory", []tar.Header{file("p/q/r", "x")},
			func(r string) error {
				return errors.Join(os.MkdirAll(r+"/p/q", 0o700), os.WriteFile(r+"/p/q/r", []byte("x"), 0o644))
			}, "", false},
		{"a file where a directory is implied", []tar.Header{file("p/q/r", "x")},
			func(r string) error { return os.WriteFile(r+"/p", nil, 0o644) }, "p/q", false},
		{"an unknown type", []tar.Header{{Typeflag: 'Z', Name: "z"}}, func(r string) error { return os.WriteFile(r+"/z", nil, 0o644) }, "", true},
		{"nothing", nil, func(string) error { return nil }, "", false},
		{"something where nothing is", nil, func(r string) error { return os.Symlink("x", r+"/s") }, "s", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := test.make(root); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(root)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c := newComparison(&Layer{DiffID: "x", Root: f, UserXattr: true}, true)
			defer c.close()
			err = c.entries(context.Background(), bytes.NewReader(tarOf(t, test.entries...)))
			if err == nil {
				err = c.extra(context.Background())
			}
			var bad *Mismatch
			switch {
			case test.cannot:
				if !errors.Is(err, ErrCannotVerify) {
					t.Errorf("%v, want that it cannot be verified", err)
				}
			case test.path == "":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &bad) || bad.Path != test.path:
				t.Errorf("%v, want a difference at %q", err, test.path)
			}
		})
	}
}

func FuzzCompare(f *testing.F) {
	layer, err := os.ReadFile("testdata/tarsplit/layer.tar")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(layer)
	root := f.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(root, "etc"), 0o755), os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("recorded"), 0o644), os.Symlink("/etc", filepath.Join(root, "bin"))); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		dir, err := os.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		c := newComparison(&Layer{DiffID: "x", Root: dir, UserXattr: true}, true)
		defer c.close()
		_ = c.entries(context.Background(), bytes.NewReader(b))
	})
}
