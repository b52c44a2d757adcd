package pnpm

import (
	"os"
	"testing"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "app/pnpm-lock.yaml", File: "v5.yaml"},
			{Path: "app/pnpm-lock.yaml", File: "v6.yaml"},
			{Path: "app/pnpm-lock.yaml", File: "v9.yaml"},
			{Path: "pnpm-lock.yaml", Content: []byte("lockfileVersion: 5.3\npackages:\n\n  /@s/a/1.0.0_b@2.0.0+c@3:\n    dev: true\n\n  github.com/u/r/0123456:\n    resolution: {tarball: x}\n    name: r\n    version: 3.0.0\n")},
		},
		Empty:    []extracttest.Sample{{Path: "pnpm-lock.yaml", Content: []byte("lockfileVersion: '9.0'\n")}},
		Invalid:  []extracttest.Sample{{Path: "pnpm-lock.yaml"}, {Path: "pnpm-lock.yaml", Content: []byte("just text\n")}, {Path: "pnpm-lock.yaml", Content: []byte("packages:\n  /a/1.0.0:\n    dev: true\n")}},
		Declines: []string{"app/node_modules/.pnpm/pnpm-lock.yaml", "pnpm-workspace.yaml"},
	})
}

func FuzzLock(f *testing.F) {
	for _, n := range []string{"v5.yaml", "v6.yaml", "v9.yaml"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("pnpm-lock.yaml", b))
	})
}

func BenchmarkLock(b *testing.B) {
	doc, err := os.ReadFile("testdata/v5.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("pnpm-lock.yaml", doc))
	}
}
