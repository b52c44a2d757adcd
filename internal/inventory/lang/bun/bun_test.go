package bun

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
			{Path: "app/bun.lock", File: "app.lock"},
		},
		Empty:    []extracttest.Sample{{Path: "bun.lock", Content: []byte("{\"lockfileVersion\": 1, \"packages\": {},}")}},
		Invalid:  []extracttest.Sample{{Path: "bun.lock"}, {Path: "bun.lock", Content: []byte("[1]")}, {Path: "bun.lock", Content: []byte("{\"packages\": {\"a\": [\"a@1\"")}},
		Declines: []string{"app/node_modules/x/bun.lock", "bun.lockb"},
	})
}

func FuzzLock(f *testing.F) {
	for _, n := range []string{"app.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("bun.lock", b))
	})
}

func BenchmarkLock(b *testing.B) {
	doc, err := os.ReadFile("testdata/app.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("bun.lock", doc))
	}
}
