package hex

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
			{Path: "app/mix.lock", File: "mix.lock"},
		},
		Empty:    []extracttest.Sample{{Path: "mix.lock", Content: []byte("%{}\n")}},
		Invalid:  []extracttest.Sample{{Path: "mix.lock"}, {Path: "mix.lock", Content: []byte("# nothing\n")}},
		Declines: []string{"mix.exs"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"mix.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"mix.lock"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/mix.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("mix.lock", doc))
	}
}
