package dotnet

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
			{Path: "app/shop.deps.json", File: "shop.deps.json"},
			{Path: "app/packages.lock.json", File: "packages.lock.json"},
		},
		Empty:    []extracttest.Sample{{Path: "app/x.deps.json", Content: []byte(`{"libraries":{}}`)}, {Path: "packages.lock.json", Content: []byte(`{"version":1,"dependencies":{}}`)}},
		Invalid:  []extracttest.Sample{{Path: "x.deps.json"}, {Path: "packages.lock.json"}, {Path: "x.deps.json", Content: []byte(`[]`)}, {Path: "packages.lock.json", Content: []byte(`{"dependencies":{"net8.0":{`)}},
		Declines: []string{"deps.json", "app/mypackages.lock.json"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"shop.deps.json", "packages.lock.json"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"x.deps.json", "packages.lock.json"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/shop.deps.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("x.deps.json", doc))
	}
}
