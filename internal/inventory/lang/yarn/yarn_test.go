package yarn

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
			{Path: "app/yarn.lock", File: "v1.lock"},
			{Path: "app/yarn.lock", File: "berry.lock"},
		},
		Empty:    []extracttest.Sample{{Path: "yarn.lock"}, {Path: "yarn.lock", Content: []byte("# yarn lockfile v1\n\n\n")}},
		Invalid:  []extracttest.Sample{{Path: "yarn.lock", Content: []byte("{\"json\": 1}\n")}, {Path: "yarn.lock", Content: []byte("\"x@1\":\n  version \"1\x1b[0m\"\n")}},
		Declines: []string{"app/node_modules/x/yarn.lock", "app/yarn.lock.bak"},
	})
}

func FuzzLock(f *testing.F) {
	for _, n := range []string{"v1.lock", "berry.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("yarn.lock", b))
	})
}

func BenchmarkLock(b *testing.B) {
	doc, err := os.ReadFile("testdata/v1.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("yarn.lock", doc))
	}
}
