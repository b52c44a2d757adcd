package conan

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
			{Path: "app/conan.lock", File: "conan.lock"},
			{Path: "app/conan.lock", File: "v1.lock"},
		},
		Empty:    []extracttest.Sample{{Path: "conan.lock", Content: []byte(`{"version":"0.5","requires":[]}`)}},
		Invalid:  []extracttest.Sample{{Path: "conan.lock"}, {Path: "conan.lock", Content: []byte(`[]`)}, {Path: "conan.lock", Content: []byte(`{"requires":["a/1"`)}},
		Declines: []string{"conanfile.txt"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"conan.lock", "v1.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"conan.lock"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/conan.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("conan.lock", doc))
	}
}
