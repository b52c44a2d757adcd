package conda

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
			{Path: "opt/conda/conda-meta/zlib-1.2.11-h90dfc92_1014.json", File: "zlib.json"},
		},
		Empty:    []extracttest.Sample{},
		Invalid:  []extracttest.Sample{{Path: "opt/conda/conda-meta/x.json", Content: []byte(`[]`)}, {Path: "opt/conda/conda-meta/x.json", Content: []byte(`{}`)}, {Path: "opt/conda/conda-meta/x.json", Content: []byte(`{"name":"a","version":`)}},
		Declines: []string{"opt/conda/conda-meta/history", "app/zlib.json", "my-conda-meta/x.json"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"zlib.json"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"conda-meta/x.json"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/zlib.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("conda-meta/x.json", doc))
	}
}
