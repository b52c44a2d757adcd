package secret

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// BenchmarkScan is the speed on a tree: Go's own source, or the folders in
// BENCH_SECRET. Files are read before the clock starts: what is measured is
// the matcher, bytes a second of one core.
//
//	go test ./internal/content/secret -bench Scan -benchtime 3x
func BenchmarkScan(b *testing.B) {
	roots := []string{filepath.Join(runtime.GOROOT(), "src")}
	if dirs := os.Getenv("BENCH_SECRET"); dirs != "" {
		roots = strings.Fields(dirs)
	}
	for _, root := range roots {
		b.Run(filepath.Base(root), func(b *testing.B) {
			type file struct {
				name string
				text []byte
			}
			var files []file
			size := int64(0)
			err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() {
					return err
				}
				text, err := os.ReadFile(path)
				name, _ := filepath.Rel(root, path)
				files, size = append(files, file{filepath.ToSlash(name), text}), size+int64(len(text))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			m, err := Compile(Rules(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, f := range files {
					if err := m.Scan(context.Background(), f.name, bytes.NewReader(f.text), func(Hit) { n++ }); err != nil {
						b.Logf("%s: %v", f.name, err)
					}
				}
				b.ReportMetric(float64(n), "hits")
			}
		})
	}
}
