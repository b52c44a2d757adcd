package pub

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
			{Path: "app/pubspec.lock", File: "pubspec.lock"},
		},
		Empty:    []extracttest.Sample{{Path: "pubspec.lock", Content: []byte("packages: {}\n")}},
		Invalid:  []extracttest.Sample{{Path: "pubspec.lock"}, {Path: "pubspec.lock", Content: []byte("no key\n")}},
		Declines: []string{"pubspec.yaml"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"pubspec.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"pubspec.lock"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/pubspec.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("pubspec.lock", doc))
	}
}
