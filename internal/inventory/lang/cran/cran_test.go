package cran

import (
	"os"
	"testing"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestInstalled(t *testing.T) {
	base, err := os.ReadFile("testdata/base.DESCRIPTION")
	if err != nil {
		t.Fatal(err)
	}
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid:    []extracttest.Sample{{Path: "usr/lib/R/site-library/jsonlite/DESCRIPTION", File: "jsonlite.DESCRIPTION"}},
		Empty: []extracttest.Sample{
			{Path: "usr/lib/R/library/base/DESCRIPTION", Content: base},
			{Path: "usr/lib/R/library/src/DESCRIPTION", Content: []byte("Package: src\nVersion: 1.0\n")},
		},
		Invalid:  []extracttest.Sample{{Path: "usr/lib/R/library/x/DESCRIPTION", Content: []byte("text\n")}},
		Declines: []string{"app/DESCRIPTION", "usr/share/doc/x/DESCRIPTION"},
	})
}

func TestLock(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewLock(),
		Valid:    []extracttest.Sample{{Path: "app/renv.lock", File: "renv.lock"}},
		Empty:    []extracttest.Sample{{Path: "renv.lock", Content: []byte(`{"Packages":{}}`)}},
		Invalid:  []extracttest.Sample{{Path: "renv.lock"}, {Path: "renv.lock", Content: []byte(`[]`)}},
		Declines: []string{"renv.lock.bak"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"jsonlite.DESCRIPTION", "renv.lock"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("library/x/DESCRIPTION", b))
		walk.Inspect(t.Context(), NewLock(), walk.NewFile("renv.lock", b))
	})
}
