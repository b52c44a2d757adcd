package composer

import (
	"os"
	"testing"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestInstalled(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "var/www/vendor/composer/installed.json", File: "installed.json"},
			{Path: "composer/installed.json", Content: []byte(`[{"name":"a/b","version":"dev-master","license":["MIT","GPL-2.0-only"]}]`)},
		},
		Empty:    []extracttest.Sample{{Path: "vendor/composer/installed.json", Content: []byte(`{"packages":[],"dev":false}`)}, {Path: "vendor/composer/installed.json", Content: []byte(`[]`)}},
		Invalid:  []extracttest.Sample{{Path: "vendor/composer/installed.json"}, {Path: "vendor/composer/installed.json", Content: []byte(`"x"`)}, {Path: "vendor/composer/installed.json", Content: []byte(`{"packages":[{"name":`)}},
		Declines: []string{"installed.json", "mycomposer/installed.json", "vendor/composer/installed.php"},
	})
}

func TestLock(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewLock(),
		Valid:    []extracttest.Sample{{Path: "app/composer.lock", File: "composer.lock"}},
		Empty:    []extracttest.Sample{{Path: "composer.lock", Content: []byte(`{"packages":[]}`)}},
		Invalid:  []extracttest.Sample{{Path: "composer.lock"}, {Path: "composer.lock", Content: []byte(`{"packages":[`)}},
		Declines: []string{"app/vendor/x/y/composer.lock", "composer.json"},
	})
}

func FuzzRead(f *testing.F) {
	for _, n := range []string{"installed.json", "composer.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("vendor/composer/installed.json", b))
		walk.Inspect(t.Context(), NewLock(), walk.NewFile("composer.lock", b))
	})
}

func BenchmarkInstalled(b *testing.B) {
	doc, err := os.ReadFile("testdata/installed.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("vendor/composer/installed.json", doc))
	}
}
