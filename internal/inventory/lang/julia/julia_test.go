package julia

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
			{Path: "app/Manifest.toml", File: "v1.toml"},
			{Path: "app/Manifest-v1.11.toml", File: "v2.toml"},
		},
		Empty:    []extracttest.Sample{{Path: "Manifest.toml", Content: []byte("julia_version = \"1.9.3\"\n[deps]\n")}},
		Invalid:  []extracttest.Sample{{Path: "Manifest.toml", Content: []byte("[[deps\n")}},
		Declines: []string{"Project.toml", "MyManifest.toml"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"v2.toml", "v1.toml"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"Manifest.toml"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/v2.toml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("Manifest.toml", doc))
	}
}
