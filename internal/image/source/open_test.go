package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/workload"
)

// noEngine is an environment whose engine never answers.
func noEngine(t *testing.T) func(string) string {
	t.Helper()
	host := "unix://" + filepath.Join(t.TempDir(), "none")
	return func(name string) string {
		if name == "DOCKER_HOST" {
			return host
		}
		return ""
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"tree/src", "rootfs/etc", "rootfs2/var/lib/dpkg", "leads-out", "deep/usr/lib"} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"image.tar": "tar", "rootfs/etc/os-release": "ID=x", "rootfs2/var/lib/dpkg/status": "", "a:b.tar": "tar"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("/etc", "leads-out/etc"), os.Symlink("image.tar", "link.tar"), os.Symlink("../../../../../etc/os-release", "deep/usr/lib/os-release"),
		syscall.Mkfifo("fifo", 0o644)); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open("image.tar")
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	tests := []struct {
		ref  string
		want string // kind, way, kind of subject, name
		err  string
	}{
		{"archive:image.tar", "archive file image image.tar", ""},
		{"archive:link.tar", "archive file image link.tar", ""},
		{"archive:-", "archive file image standard input", ""},
		{"-", "archive file image standard input", ""},
		{"image.tar", "archive file image image.tar", ""},
		{"./image.tar", "archive file image image.tar", ""},
		{"a:b.tar", "archive file image a:b.tar", ""},
		{"dir:tree", "dir walk source tree tree", ""},
		{"tree", "dir walk source tree tree", ""},
		{"./tree/", "dir walk source tree tree", ""},
		{"dir:rootfs", "dir walk root file system rootfs", ""},
		{"rootfs2", "dir walk root file system rootfs2", ""},
		{"dir:leads-out", "dir walk source tree leads-out", ""}, // its etc is another file system's
		{"dir:deep", "dir walk root file system deep", ""},      // the link is there, wherever it leads
		{"dir:image.tar", "", "not a directory"},
		{"archive:tree", "", "is a directory, not a regular file"},
		{"archive:fifo", "", "is a FIFO"},
		{"archive:missing", "", "no such file"},
		{"dir:missing", "", "no such file"},
		{"fifo", "", "as archive: archive: \"fifo\" is a FIFO"},
		{"missing", "", "as docker image: docker engine at unix://"},
		{"./missing", "", "as docker image: it is a path"},
		{"docker:missing", "", "hint: no such socket"},
		{"docker:../x", "", "cannot be the name of an image"},
		{"x\x1b[2Jy", "", "cannot be the name of an image"},
		{"", "", "no image, archive or directory is named"},
		{"docker:", "", "cannot be the name of an image"},
	}
	for _, test := range tests {
		t.Run(test.ref, func(t *testing.T) {
			opened, err := Open(context.Background(), Options{Ref: test.ref, Env: noEngine(t), Stdin: stdin})
			if test.err != "" {
				if err == nil {
					opened.Close()
					t.Fatal("was opened")
				}
				if !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("error %q, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s := opened.Subject
			got := strings.Join([]string{opened.Info.Kind, opened.Info.Way, s.Kind, s.Name}, " ")
			if got != test.want || s.Ref != test.ref {
				t.Errorf("%q (%q), want %q", got, s.Ref, test.want)
			}
			if (opened.Archive != nil) == (opened.Dir != nil) || opened.Layers != nil || opened.Config != nil {
				t.Errorf("%+v", opened)
			}
			if err := opened.StillThere(context.Background()); err != nil {
				t.Error(err)
			}
			if err := errors.Join(opened.Close(), opened.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("all places are named", func(t *testing.T) {
		_, err := Open(context.Background(), Options{Ref: "missing", Env: noEngine(t)})
		var missing *NotFound
		if !errors.As(err, &missing) {
			t.Fatal(err)
		}
		var places []string
		for _, a := range missing.Tried {
			places = append(places, a.Place)
		}
		if diff := cmp.Diff([]string{"docker image", "archive", "directory"}, places); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an engine that could not be asked is told", func(t *testing.T) {
		opened, err := Open(context.Background(), Options{Ref: "image.tar", Env: noEngine(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if !strings.Contains(strings.Join(opened.Info.Why, "\n"), "could not be asked") {
			t.Errorf("why: %q", opened.Info.Why)
		}
	})
}

func TestStillThere(t *testing.T) {
	dir := t.TempDir()
	file, tree := filepath.Join(dir, "x.tar"), filepath.Join(dir, "tree")
	if err := errors.Join(os.WriteFile(file, []byte("before"), 0o644), os.Mkdir(tree, 0o755)); err != nil {
		t.Fatal(err)
	}
	archive, err := Open(context.Background(), Options{Ref: "archive:" + file})
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	directory, err := Open(context.Background(), Options{Ref: "dir:" + tree})
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	if err := errors.Join(os.WriteFile(file, []byte("after it"), 0o644), os.Rename(tree, tree+"2"), os.Mkdir(tree, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := archive.StillThere(context.Background()); !errors.Is(err, ErrGone) {
		t.Errorf("archive: %v", err)
	}
	if err := directory.StillThere(context.Background()); !errors.Is(err, ErrGone) {
		t.Errorf("directory: %v", err)
	}
}

func TestFamiliarName(t *testing.T) {
	for ref, want := range map[string]string{
		"debian": "debian", "debian:12": "debian", "docker.io/library/debian:12": "debian", "index.docker.io/me/app": "me/app",
		"reg.example:5000/a/b": "reg.example:5000/a/b", "reg.example:5000/a/b:1": "reg.example:5000/a/b",
		"a@sha256:00": "a", "a:1@sha256:00": "a", "localhost/x:y": "localhost/x",
	} {
		if got := familiarName(ref); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
	img := workload.Image{ID: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
	if got := imageName("0123456789ab", img); got != "0123456789ab" {
		t.Errorf("ID of an image without a name: %q", got)
	}
	img.RepoTags = []string{"b:1", "a:1"}
	if got := imageName("sha256:0123456", img); got != "a" {
		t.Errorf("ID of an image with names: %q", got)
	}
	if got := imageName("cafe12:1", img); got != "cafe12" {
		t.Errorf("a name that looks like an ID: %q", got)
	}
}

func TestPlatform(t *testing.T) {
	for s, want := range map[string]string{
		"linux/amd64": "linux/amd64", "linux/x86_64": "linux/amd64", "Linux/AMD64": "linux/amd64", "linux/arm64/v8": "linux/arm64",
		"linux/aarch64": "linux/arm64", "linux/arm/7": "linux/arm/v7", "linux/armhf": "linux/arm/v7", "windows/amd64": "windows/amd64",
		"linux": "", "linux/": "", "/amd64": "", "a/b/c/d": "", "linux/\x1b": "", "linux/a b": "",
	} {
		p, err := parsePlatform(s)
		if (err == nil) != (want != "") || err == nil && p.String() != want {
			t.Errorf("%q: %v, %v, want %q", s, p, err, want)
		}
	}
	if p, err := parsePlatform(""); p != nil || err != nil {
		t.Errorf("empty: %v, %v", p, err)
	}
}

func TestChainIDs(t *testing.T) {
	// A chain of three as an engine names it; see the README of testdata.
	diffIDs := []string{
		"sha256:1111111111111111111111111111111111111111111111111111111111111111",
		"sha256:2222222222222222222222222222222222222222222222222222222222222222",
		"sha256:3333333333333333333333333333333333333333333333333333333333333333",
	}
	second := digestOf([]byte(diffIDs[0] + " " + diffIDs[1]))
	want := []string{diffIDs[0], second, digestOf([]byte(second + " " + diffIDs[2]))}
	if diff := cmp.Diff(want, chainIDs(diffIDs)); diff != "" {
		t.Error(diff)
	}
	if got := chainIDs(nil); len(got) != 0 {
		t.Error(got)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:` + strings.Repeat("0", 64) + `"]}}`))
	f.Add([]byte(`{"rootfs":{"type":"layers","diff_ids":["sha256:../../x"]}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseConfig(b)
		if err != nil {
			return
		}
		for _, d := range c.RootFS.DiffIDs {
			if len(d) != 71 || strings.ContainsAny(d, "/.") {
				t.Errorf("diff ID %q", d)
			}
		}
	})
}
