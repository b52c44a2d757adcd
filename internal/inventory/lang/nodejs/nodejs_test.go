package nodejs

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
			{Path: "usr/local/include/node/node_version.h", File: "node_version.h"},
		},
		Empty:    []extracttest.Sample{},
		Invalid:  []extracttest.Sample{{Path: "usr/local/include/node/node_version.h", Content: []byte("#define X 1\n")}},
		Declines: []string{"usr/include/node/v8.h", "root/.cache/node-gyp/20.1.0/include/node/node_version.h"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"node_version.h"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"include/node/node_version.h"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/node_version.h")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("include/node/node_version.h", doc))
	}
}
