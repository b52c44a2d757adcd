package swift

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
			{Path: "app/Package.resolved", File: "v1.resolved"},
			{Path: "App.xcodeproj/Package.resolved", File: "v2.resolved"},
		},
		Empty:    []extracttest.Sample{{Path: "Package.resolved", Content: []byte(`{"pins":[],"version":2}`)}},
		Invalid:  []extracttest.Sample{{Path: "Package.resolved"}, {Path: "Package.resolved", Content: []byte(`[]`)}, {Path: "Package.resolved", Content: []byte(`{"pins":[{`)}},
		Declines: []string{"Package.swift"},
	})
}

func TestRepository(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/apple/swift-nio.git": "github.com/apple/swift-nio",
		"git@github.com:apple/swift-log.git":     "github.com/apple/swift-log",
		"ssh://git@github.com/apple/swift-log":   "github.com/apple/swift-log",
		"/src/own":                               "",
	} {
		if got := repository(in); got != want {
			t.Errorf("repository(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"v2.resolved", "v1.resolved"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"Package.resolved"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/v2.resolved")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("Package.resolved", doc))
	}
}
