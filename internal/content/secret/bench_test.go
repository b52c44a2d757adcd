package secret

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// BenchmarkScan is the speed on a tree: Go's own source, or the folders in
// BENCH_SECRET. Files are read before the clock starts: what is measured is
// the matcher. MB/cpu-s are a million bytes a second of processor time, garbage
// collection and all. With GITLEAKS_CONFIG it is measured with the rules of that
// file too.
//
//	go test ./internal/content/secret -run '^$' -bench Scan -benchtime 3x
func BenchmarkScan(b *testing.B) {
	roots := []string{goSource(b)}
	if dirs := os.Getenv("BENCH_SECRET"); dirs != "" {
		roots = strings.Fields(dirs)
	}
	matchers := map[string]*Matcher{"": matcher(b)}
	if name := os.Getenv("GITLEAKS_CONFIG"); name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		g, err := ParseGitleaks(text)
		if err != nil {
			b.Fatal(err)
		}
		if matchers["+gitleaks.toml"], err = Compile(g.Rules, Options{Allow: g.Allow}); err != nil {
			b.Fatal(err)
		}
	}
	for _, root := range roots {
		files, size := treeOf(b, root)
		for _, name := range slices.Sorted(maps.Keys(matchers)) {
			b.Run(filepath.Base(root)+name, func(b *testing.B) {
				b.SetBytes(size)
				b.ReportAllocs()
				start, n := cpuTime(b), 0
				for b.Loop() {
					n = 0
					for _, f := range files {
						if err := matchers[name].Scan(context.Background(), f.name, bytes.NewReader(f.text), func(Hit) { n++ }); err != nil {
							b.Logf("%s: %v", f.name, err)
						}
					}
				}
				b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuTime(b)-start).Seconds(), "MB/cpu-s")
				b.ReportMetric(float64(n), "hits")
			})
		}
	}
}

// goSource is where the source of the Go that runs the tests is.
func goSource(tb testing.TB) string {
	tb.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src")
}

type treeFile struct {
	name string
	text []byte
}

// treeOf reads all files of a tree.
func treeOf(tb testing.TB, root string) (files []treeFile, size int64) {
	tb.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		files, size = append(files, treeFile{filepath.ToSlash(name), text}), size+int64(len(text))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files, size
}
