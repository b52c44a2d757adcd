package gem

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
			{Path: "var/lib/gems/3.1.0/specifications/acme-shop-1.2.3.gemspec", File: "acme-shop-1.2.3.gemspec"},
			{Path: "specifications/acme-shop-1.2.3-x86_64-linux.gemspec", File: "acme-shop-1.2.3-x86_64-linux.gemspec"},
			{Path: "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", File: "json-2.6.1.gemspec"},
			{Path: "specifications/by-name-1.0.gemspec", Content: []byte("Gem::Specification.new do |s|\n  s.name = NAME\n  s.version = \"#{VERSION}\"\nend\n")},
		},
		Invalid: []extracttest.Sample{
			{Path: "specifications/x-1.gemspec"},
			{Path: "specifications/x-1.gemspec", Content: []byte("not ruby at all")},
			{Path: "specifications/x-1.gemspec", Content: []byte("# stub: x\x1b[31m 1.0 ruby lib\n")},
		},
		Declines: []string{"app/own.gemspec", "gems/x-1/x.gemspec", "specifications/x.rb"},
	})
}

func TestLock(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewLock(),
		Valid: []extracttest.Sample{
			{Path: "app/Gemfile.lock", File: "Gemfile.lock"},
			{Path: "app/gems.locked", Content: []byte("GIT\n  remote: https://git.example/a.git\n  revision: 0123\n  specs:\n    a (1.0)\n      rack (>= 2)\n\nGEM\n  remote: https://gems.example/\n  specs:\n    rack (2.2.3)\n\nPLATFORMS\n  ruby\n")},
		},
		Empty:    []extracttest.Sample{{Path: "Gemfile.lock", Content: []byte("GEM\n  specs:\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n")}},
		Invalid:  []extracttest.Sample{{Path: "Gemfile.lock"}, {Path: "Gemfile.lock", Content: []byte("<<<<<<< head\n=======\n>>>>>>> x\n")}, {Path: "Gemfile.lock", Content: []byte(" x\n")}},
		Declines: []string{"usr/lib/ruby/gems/3.1.0/gems/x-1/Gemfile.lock", "Gemfile"},
	})
}

func fuzz(f *testing.F, d walk.Detector, path string, files ...string) {
	for _, n := range files {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { walk.Inspect(t.Context(), d, walk.NewFile(path, b)) })
}

func FuzzSpec(f *testing.F) {
	fuzz(f, New(), "specifications/x-1.0.gemspec", "acme-shop-1.2.3.gemspec", "json-2.6.1.gemspec")
}

func FuzzLock(f *testing.F) { fuzz(f, NewLock(), "Gemfile.lock", "Gemfile.lock") }

func BenchmarkSpec(b *testing.B) {
	doc, err := os.ReadFile("testdata/json-2.6.1.gemspec")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("specifications/json-2.6.1.gemspec", doc))
	}
}
