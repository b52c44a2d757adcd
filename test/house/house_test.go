// Package house_test holds the repository to its own rules: what the binary is
// made of, that two builds are the same bytes, that the rules of layers bite,
// and that nothing of the machine it was written on stands in a file.
//
// It needs git and the Go toolchain, and for the rules of layers the linter of
// tools/go.mod.
package house_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/deps.txt again")

// root is the repository, from this package's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// command runs a program and fails the test with its output when it fails.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := try(t.Context(), dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func try(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), env...)
	var errOut bytes.Buffer
	c.Stderr = &errOut
	out, err := c.Output()
	if err != nil {
		out = append(out, errOut.Bytes()...)
	}
	return string(out), err
}

// files lists what is tracked or would be, relative to the root.
func files(t *testing.T, dir string) []string {
	t.Helper()
	out := command(t, dir, nil, "git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var names []string
	for name := range strings.SplitSeq(strings.TrimRight(out, "\x00"), "\x00") {
		// A file may be listed and not there: deleted, not yet committed.
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			names = append(names, name)
		}
	}
	return names
}

func copyTree(t *testing.T, from, to string, names []string) {
	t.Helper()
	for _, name := range names {
		dst := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		info, err := in.Stat()
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.OpenFile(dst, os.O_CREATE|os.O_WRONLY, info.Mode().Perm())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoBuildsAreTheSameBytes builds from two copies of the tree, in folders of
// different names and lengths.
func TestTwoBuildsAreTheSameBytes(t *testing.T) {
	dir := root(t)
	names := files(t, dir)
	var sums [2][sha256.Size]byte
	for i, sub := range []string{"a", "another/and deeper"} {
		to := filepath.Join(t.TempDir(), sub)
		copyTree(t, dir, to, names)
		command(t, to, nil, "make", "build", "VERSION=1.2.3-test")
		b, err := os.ReadFile(filepath.Join(to, "bin", "bulwark"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(b)
		if bytes.Contains(b, []byte(to)) {
			t.Errorf("the binary holds the path of the folder it was built in, %s", to)
		}
		if !bytes.Contains(b, []byte("1.2.3-test")) {
			t.Error("the binary does not hold the version it was given")
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ: %x and %x", sums[0], sums[1])
	}
}

// TestBinaryIsStaticAndSmall holds the promise of one file without a libc, ≤ 80 MB.
func TestBinaryIsStaticAndSmall(t *testing.T) {
	const limit = 80_000_000
	bin := filepath.Join(t.TempDir(), "bulwark")
	command(t, root(t), nil, "make", "build", "OUT="+bin)
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > limit {
		t.Errorf("the binary is %d bytes, more than %d", info.Size(), limit)
	}
	// The dynamic loader's path stands in every binary that needs one.
	b, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("/ld-linux-x86-64.so")) && bytes.Contains(b[:4096], []byte("/lib64/ld-")) {
		t.Error("the binary asks for a dynamic loader")
	}
}

// TestLinkedPackages holds docs/deps.txt against the truth, so that a new
// package in the binary is seen in review. -update writes the file.
func TestLinkedPackages(t *testing.T) {
	dir := root(t)
	platforms := []string{"linux/amd64", "linux/arm64", "darwin/arm64"}
	in := map[string][]bool{}
	for i, p := range platforms {
		goos, goarch, _ := strings.Cut(p, "/")
		out := command(t, dir, []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"},
			"go", "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}}", "./cmd/bulwark")
		for line := range strings.Lines(out) {
			path, std, _ := strings.Cut(strings.TrimSpace(line), " ")
			// The standard library's inner packages change with every release of Go and say nothing.
			if std == "true" && (strings.Contains("/"+path+"/", "/internal/") || strings.HasPrefix(path, "vendor/")) {
				continue
			}
			if in[path] == nil {
				in[path] = make([]bool, len(platforms))
			}
			in[path][i] = true
		}
	}
	paths := make([]string, 0, len(in))
	for p := range in {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	var b strings.Builder
	fmt.Fprintf(&b, "# All packages linked into bin/bulwark; made by `make deps-list`, held by a test.\n# columns: %s (x = linked)\n", strings.Join(platforms, ", "))
	for _, p := range paths {
		for _, on := range in[p] {
			b.WriteByte(map[bool]byte{true: 'x', false: '-'}[on])
		}
		b.WriteString(" " + p + "\n")
	}
	file := filepath.Join(dir, "docs", "deps.txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/deps.txt is not what is linked; look at the difference, then `make deps-list` (-committed +linked):\n%s", diff)
	}
}

// TestEveryRoomHasItsRule finds a folder of internal/ that no rule of layers speaks of.
func TestEveryRoomHasItsRule(t *testing.T) {
	dir := root(t)
	rules, err := os.ReadFile(filepath.Join(dir, ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := os.ReadDir(filepath.Join(dir, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		if !strings.Contains(string(rules), `**/internal/`+room.Name()+`/**"`) {
			t.Errorf("internal/%s has no depguard rule in .golangci.yml", room.Name())
		}
	}
}

// TestNamesThatSayNothing keeps the house free of rooms for odds and ends.
func TestNamesThatSayNothing(t *testing.T) {
	empty := []string{"util", "utils", "helper", "helpers", "common", "manager", "impl", "misc", "pkg"}
	for _, name := range files(t, root(t)) {
		if strings.Contains(name, "testdata/") || !strings.HasSuffix(name, ".go") {
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSuffix(name, ".go"), "/") {
			if slices.Contains(empty, part) {
				t.Errorf("%s: %q says nothing of what is in it", name, part)
			}
		}
	}
}

// TestNothingOfThisMachine finds paths of the machine it was written on, and the
// places that packages come from: those are each machine's own affair.
func TestNothingOfThisMachine(t *testing.T) {
	// In two parts, so that this file does not find itself.
	machine := []string{"/wo" + "rk/", "tool lib" + "rary"}
	hosts := []string{
		"proxy.golang" + ".org", "registry.npmjs" + ".org", "pypi." + "org", "files.pythonhosted" + ".org",
		"repo1.maven" + ".org", "repo.maven.apache" + ".org", "static.crates" + ".io", "index.crates" + ".io",
		"deb.debian" + ".org", "security.debian" + ".org",
	}
	dir := root(t)
	for _, name := range files(t, dir) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 {
			continue // not text
		}
		banned := machine
		if !strings.Contains(name, "/testdata/") { // real files of others say what they say
			banned = append(slices.Clone(machine), hosts...)
		}
		for _, s := range banned {
			if i := bytes.Index(b, []byte(s)); i >= 0 {
				t.Errorf("%s:%d: %q", name, 1+bytes.Count(b[:i], []byte("\n")), s)
			}
		}
	}
}

// linter gives the path of golangci-lint as tools/go.mod pins it.
func linter(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(command(t, filepath.Join(root(t), "tools"), nil, "go", "tool", "-n", "golangci-lint"))
}

// TestRulesOfLayersBite lints a small module that breaks each rule once.
func TestRulesOfLayersBite(t *testing.T) {
	dir := t.TempDir()
	rules, err := os.ReadFile(filepath.Join(root(t), ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(".golangci.yml", string(rules))
	write("go.mod", "module bulwark\n\ngo 1.26.0\n")
	// Rooms that others import; they import nothing.
	for _, room := range []string{"finding", "i18n", "walk", "imageconfig", "inventory", "advisory", "workload", "report", "image", "admission", "catalogue", "cli"} {
		name := filepath.Base(room)
		write("internal/"+room+"/"+name+".go", "// Package "+name+" is a room.\npackage "+name+"\n\n// V is a value.\nvar V = 1\n")
	}
	bad := []struct{ file, imports string }{
		{"internal/finding/a/a.go", "bulwark/internal/i18n"},
		{"internal/i18n/a/a.go", "bulwark/internal/walk"},
		{"internal/walk/a/a.go", "bulwark/internal/inventory"},
		{"internal/imageconfig/a/a.go", "bulwark/internal/inventory"},
		{"internal/inventory/a/a.go", "bulwark/internal/advisory"},
		{"internal/inventory/b/a.go", "os"},
		{"internal/inventory/c/a.go", "net/http"},
		{"internal/advisory/a/a.go", "bulwark/internal/workload"},
		{"internal/workload/a/a.go", "bulwark/internal/report"},
		{"internal/report/a/a.go", "bulwark/internal/image"},
		{"internal/image/a/a.go", "bulwark/internal/admission"},
		{"internal/image/b/a.go", "bulwark/internal/cli"},
		{"internal/image/c/a.go", "bulwark/internal/catalogue"},
		{"internal/catalogue/a/a.go", "bulwark/internal/cli"},
		{"cmd/x/a.go", "bulwark/internal/image"},
	}
	good := []struct{ file, imports string }{
		{"internal/inventory/good/a.go", "bulwark/internal/walk"},
		{"internal/report/good/a.go", "bulwark/internal/advisory"},
		{"internal/image/good/a.go", "bulwark/internal/inventory"},
		{"internal/catalogue/good/a.go", "bulwark/internal/image"},
		{"cmd/good/a.go", "bulwark/internal/cli"},
	}
	for _, f := range append(slices.Clone(bad), good...) {
		pkg := filepath.Base(filepath.Dir(f.file))
		write(f.file, "// Package "+pkg+" imports something.\npackage "+pkg+"\n\nimport _ \""+f.imports+"\" // wanted for this test\n")
	}
	out, err := try(t.Context(), dir, []string{"GOFLAGS=", "GOLANGCI_LINT_CACHE=" + t.TempDir()}, linter(t),
		"run", "--allow-parallel-runners", "--enable-only=depguard", "--output.text.print-issued-lines=false", "./...")
	if err == nil {
		t.Fatalf("a module that breaks every rule passes the linter:\n%s", out)
	}
	for _, f := range bad {
		if !strings.Contains(out, f.file+":4:8: import '"+f.imports+"' is not allowed") {
			t.Errorf("%s may import %s, says the linter", f.file, f.imports)
		}
	}
	for _, f := range good {
		if strings.Contains(out, f.file) {
			t.Errorf("%s may not import %s, says the linter", f.file, f.imports)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}
