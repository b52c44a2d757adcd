//go:build conformance

package truth

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// installed is a package as a tool that is not ours names it.
type installed struct{ name, version string }

// subject is what one ecosystem's image holds: its root, and what is in there by other tools.
type subject struct {
	root     string
	packages []installed
	programs []string // Go programs, by their path in the image
}

func run(t *testing.T, dir string, env []string, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, stderr.Bytes(), out)
	}
	return out
}

// pairs reads lines "name<TAB>version".
func pairs(t *testing.T, out []byte) []installed {
	t.Helper()
	var all []installed
	for line := range strings.Lines(string(out)) {
		name, version, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || name == "" || version == "" {
			t.Fatalf("not a name and a version: %q", line)
		}
		all = append(all, installed{name, version})
	}
	return all
}

func put(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// debs downloads the packages "name=version" of a list. A version that the
// archive no longer has is replaced by the one it has: what is true is worked out
// for whatever came.
func debs(t *testing.T, list string) []string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "status"), nil)
	options := []string{
		"-q=2", "-o", "Dir::State=" + dir + "/state", "-o", "Dir::State::status=" + dir + "/status", "-o", "Dir::Cache=" + dir + "/cache",
		"-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
	}
	if os.Geteuid() == 0 {
		options = append(options, "-o", "APT::Sandbox::User=root") // apt's own user could not write here
	}
	run(t, dir, nil, "apt-get", append([]string{"update"}, options...)...)
	wanted := strings.Fields(string(read(t, list)))
	var names []string
	for _, w := range wanted {
		name, _, _ := strings.Cut(w, "=")
		names = append(names, name)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(run(t, dir, nil, "apt-cache", append(append([]string{"madison"}, names...), options...)...))) {
		if f := strings.Split(line, "|"); len(f) > 2 {
			known[strings.TrimSpace(f[0])+"="+strings.TrimSpace(f[1])] = true
		}
	}
	for i, w := range wanted {
		if !known[w] {
			t.Logf("the archive no longer has %s", w)
			wanted[i] = names[i]
		}
	}
	out := filepath.Join(dir, "debs")
	run(t, out, nil, "apt-get", append(append([]string{"download"}, wanted...), options...)...)
	files, err := filepath.Glob(filepath.Join(out, "*.deb"))
	if err != nil || len(files) != len(wanted) {
		t.Fatalf("%d packages wanted, %d came: %v", len(wanted), len(files), err)
	}
	return files
}

// debian is dpkg's database of bookworm packages, each paragraph the one in the
// package itself. Their files are left out, but for the lists of them.
func debian(t *testing.T, dir string) subject {
	root := filepath.Join(dir, "root")
	var status bytes.Buffer
	for _, deb := range debs(t, "testdata/debian.txt") {
		control := string(run(t, dir, nil, "dpkg-deb", "-f", deb))
		first, rest, _ := strings.Cut(strings.TrimSpace(control), "\n")
		fmt.Fprintf(&status, "%s\nStatus: install ok installed\n%s\n\n", first, rest)
	}
	admin := filepath.Join(root, "var/lib/dpkg")
	put(t, filepath.Join(admin, "status"), status.Bytes())
	put(t, filepath.Join(root, "etc/os-release"), []byte("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"+
		"VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"))
	put(t, filepath.Join(root, "etc/debian_version"), []byte("12.0\n"))
	// The advisories are about source packages. Headers raise none of the kernel's flaws: a decision of ours, in the README.
	list := pairs(t, run(t, dir, nil, "dpkg-query", "--admindir="+admin, "-W", "-f", `${source:Package}\t${source:Version}\n`))
	list = slices.DeleteFunc(list, func(p installed) bool { return p.name == "linux" })
	return subject{root: root, packages: list}
}

func npm(t *testing.T, dir string) subject {
	app := filepath.Join(dir, "root", "app")
	put(t, filepath.Join(app, "package.json"), read(t, "testdata/npm/package.json"))
	put(t, filepath.Join(app, "package-lock.json"), read(t, "testdata/npm/package-lock.json"))
	run(t, app, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline")
	type tree struct {
		Version      string
		Dependencies map[string]json.RawMessage
	}
	var list []installed
	var walk func(raw []byte)
	walk = func(raw []byte) {
		var n tree
		if err := json.Unmarshal(raw, &n); err != nil {
			t.Fatal(err)
		}
		for name, raw := range n.Dependencies {
			var d tree
			if err := json.Unmarshal(raw, &d); err != nil {
				t.Fatal(err)
			}
			if d.Version != "" { // an optional one that is not there has none
				list = append(list, installed{name, d.Version})
			}
			walk(raw)
		}
	}
	walk(run(t, app, nil, "npm", "ls", "--all", "--json"))
	return subject{root: filepath.Join(dir, "root"), packages: list}
}

// pypi is what pip installs of wheels that run on Python 3.11.
func pypi(t *testing.T, dir string) subject {
	site := filepath.Join(dir, "root/usr/local/lib/python3.11/site-packages")
	run(t, ".", nil, "python3", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--root-user-action=ignore", "--no-deps", "--no-compile", "--only-binary=:all:",
		"--python-version=3.11", "--implementation=cp", "--platform=manylinux2014_x86_64", "--platform=manylinux_2_17_x86_64", "--platform=any",
		"--target="+site, "-r", "testdata/requirements.txt")
	var list []struct{ Name, Version string }
	out := run(t, ".", nil, "python3", "-m", "pip", "list", "--disable-pip-version-check", "--path="+site, "--format=json")
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	s := subject{root: filepath.Join(dir, "root")}
	for _, p := range list {
		s.packages = append(s.packages, installed{p.Name, p.Version})
	}
	return s
}

func maven(t *testing.T, dir string) subject {
	put(t, filepath.Join(dir, "pom.xml"), read(t, "testdata/pom.xml"))
	lib := filepath.Join(dir, "root/app/lib")
	list := filepath.Join(dir, "list")
	run(t, dir, nil, "mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory="+lib, "dependency:list", "-DoutputFile="+list)
	s := subject{root: filepath.Join(dir, "root")}
	for line := range strings.Lines(string(read(t, list))) {
		// "   group:artifact:jar:version:scope", with or without more behind it
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) >= 5 {
			s.packages = append(s.packages, installed{f[0] + ":" + f[1], f[3]})
		}
	}
	return s
}

// oldGo is a toolchain of 2023, so that the standard library has flaws too.
const oldGo = "go1.21.0"

// golang builds programs of 2019 to 2021, half of them without symbols.
func golang(t *testing.T, dir string) subject {
	bin := filepath.Join(dir, "root/usr/local/bin")
	s := subject{root: filepath.Join(dir, "root")}
	env := []string{"GOTOOLCHAIN=" + oldGo, "GOBIN=" + bin, "CGO_ENABLED=0", "GOFLAGS=", "GOOS=", "GOARCH=", "GOWORK=off"}
	for line := range strings.Lines(string(read(t, "testdata/go.txt"))) {
		f := strings.Fields(line)
		run(t, dir, env, "go", append([]string{"install", "-trimpath"}, f...)...)
	}
	programs, err := filepath.Glob(bin + "/*")
	if err != nil || len(programs) == 0 {
		t.Fatal(programs, err)
	}
	for _, program := range programs {
		s.programs = append(s.programs, program)
		var last installed
		for line := range strings.Lines(string(run(t, dir, nil, "go", "version", "-m", program))) {
			f := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, program):
				s.packages = append(s.packages, installed{"stdlib", strings.TrimPrefix(f[1], "go")})
			case f[0] == "mod" || f[0] == "dep":
				last = installed{f[1], strings.TrimPrefix(f[2], "v")}
				s.packages = append(s.packages, last)
			case f[0] == "=>":
				s.packages[len(s.packages)-1] = installed{f[1], strings.TrimPrefix(f[2], "v")}
			}
		}
	}
	return s
}

// rubygems takes gems out of Debian's packages of them, which the sources of
// packages that are used here have, and leaves Debian's database out. Only their
// specifications are kept.
func rubygems(t *testing.T, dir string) subject {
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, deb := range debs(t, "testdata/rubygems.txt") {
		cmd := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", deb)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for r := tar.NewReader(bytes.NewReader(out)); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			name := path.Clean("/" + h.Name)
			if h.Typeflag != tar.TypeReg || !strings.HasSuffix(name, ".gemspec") || !strings.Contains(name, "/specifications/") {
				continue
			}
			content, err := io.ReadAll(io.LimitReader(r, 1<<20))
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(root, name), content)
		}
	}
	var specs []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			specs = append(specs, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return subject{root: root, packages: pairs(t, run(t, ".", nil, "ruby", append([]string{"testdata/gems.rb"}, specs...)...))}
}

// oldCargo reports whether a cargo of that version, before 1.70, clones the whole
// git index of crates.io unless told otherwise.
func oldCargo(version string) bool {
	var minor int
	n, err := fmt.Sscanf(version, "cargo 1.%d.", &minor)
	return n == 1 && err == nil && minor < 70
}

func TestOldCargo(t *testing.T) {
	for version, want := range map[string]bool{
		"cargo 1.65.0\n": true, "cargo 1.69.0 (6e9a83356 2023-04-12)\n": true, "cargo 1.70.0\n": false,
		"cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n": false, "cargo 2.0.0\n": false, "": false,
	} {
		if got := oldCargo(version); got != want {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
}

// fetch brings programs ("name=version") into cargo's folder. An old cargo cannot
// read the newest manifests of what they depend on: it is to install them by the
// versions in their own lock files, of a program that they do not have, so that
// nothing is compiled; that it ends with an error is how it ends.
func fetch(t *testing.T, project string, programs []string) {
	if !oldCargo(string(run(t, ".", nil, "cargo", "--version"))) {
		run(t, project, nil, "cargo", "fetch", "-q")
		return
	}
	for _, p := range programs {
		name, version, _ := strings.Cut(p, "=")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		cmd := exec.CommandContext(ctx, "cargo", "-Z", "sparse-registry", "install", "-q", "--locked", "--root", t.TempDir(), "--bin", "none", "--version", version, name)
		cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1")
		out, err := cmd.CombinedOutput()
		cancel()
		if !bytes.Contains(out, []byte("no bin target named")) {
			t.Fatalf("%q: %v\n%s", cmd.Args, err, out)
		}
	}
}

// crates takes the lock files that old programs were published with.
func crates(t *testing.T, dir string) subject {
	project := filepath.Join(dir, "project")
	manifest := "[package]\nname = \"truth\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\n"
	programs := strings.Fields(string(read(t, "testdata/crates.txt")))
	for _, p := range programs {
		name, version, _ := strings.Cut(p, "=")
		manifest += fmt.Sprintf("%s = \"=%s\"\n", name, version)
	}
	put(t, filepath.Join(project, "Cargo.toml"), []byte(manifest))
	put(t, filepath.Join(project, "lib.rs"), nil)
	fetch(t, project, programs)
	home := os.Getenv("CARGO_HOME")
	if home == "" {
		home = filepath.Join(os.Getenv("HOME"), ".cargo")
	}
	s := subject{root: filepath.Join(dir, "root")}
	var locks []string
	for _, program := range programs {
		folder := strings.Replace(program, "=", "-", 1)
		from, err := filepath.Glob(filepath.Join(home, "registry/src/*", folder, "Cargo.lock"))
		if err != nil || len(from) == 0 {
			t.Fatalf("%s came without a lock file: %v", folder, err)
		}
		lock := filepath.Join(s.root, "src", folder, "Cargo.lock")
		put(t, lock, read(t, from[0]))
		locks = append(locks, lock)
	}
	s.packages = pairs(t, run(t, ".", nil, "python3", append([]string{"testdata/crates.py"}, locks...)...))
	return s
}

// save writes a folder as an image of one layer, as `docker save` does.
func save(t *testing.T, root, file string) {
	t.Helper()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.AddFS(os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	diffID := sha256.Sum256(layer.Bytes())
	asJSON := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	config := asJSON(map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(diffID[:])}},
		"history": []any{map[string]any{"created": time.Unix(0, 0).UTC(), "created_by": "COPY root / # buildkit"}},
	})
	id := sha256.Sum256(config)
	name := hex.EncodeToString(id[:]) + ".json"
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	out := tar.NewWriter(f)
	for _, e := range []struct {
		name    string
		content []byte
	}{
		{"1/layer.tar", layer.Bytes()},
		{name, config},
		{"manifest.json", asJSON([]any{map[string]any{"Config": name, "RepoTags": []string{"truth:1"}, "Layers": []string{"1/layer.tar"}}})},
	} {
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: 0o644, Size: int64(len(e.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// mergeZips makes one zip of several, for osv-scanner, which wants one of an ecosystem.
func mergeZips(t *testing.T, file string, zips []string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for _, name := range zips {
		r, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.File {
			if err := w.Copy(e); err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
