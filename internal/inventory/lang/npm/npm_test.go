package npm

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
			{Path: "app/node_modules/minimist/package.json", File: "minimist.json"},
			{Path: "app/node_modules/exit/package.json", File: "exit.json"},
			{Path: "app/node_modules/@babel/core/package.json", File: "babel-core.json"},
		},
		Empty: []extracttest.Sample{
			{Path: "app/node_modules/x/package.json", Content: []byte("{}")},
			{Path: "app/node_modules/x/esm/package.json", Content: []byte(`{"type":"module"}`)},
			{Path: "app/node_modules/rxjs/ajax/package.json", Content: []byte(`{"name":"rxjs/ajax","version":"1.0.0"}`)},
			{Path: "app/package.json", Content: []byte(`{"name":"app","version":"1.0.0","private":true}`)},
			{Path: "app/node_modules/node-forge/flash/package.json", Content: []byte(`{"name":"node-forge-flash","version":"0.0.0","private":true}`)},
			{Path: "usr/lib/ruby/gems/typeprof/vscode/package.json", Content: []byte(`{"name":"ruby-typeprof","version":"0.20.1","engines":{"vscode":"^1.60"}}`)},
			{Path: "app/node_modules/@bcoe/v8-coverage/dist/lib/package.json", Content: []byte(`{"name":"@bcoe/v8-coverage","version":"0.2.3"}`)},
		},
		Invalid: []extracttest.Sample{
			{Path: "app/node_modules/x/package.json", Content: []byte(`{"name":"x","version":`)},
			{Path: "app/node_modules/x/package.json", Content: []byte(`{"name":"x\u001b[31m","version":"1"}`)},
			{Path: "app/node_modules/x/package.json", Content: []byte("\x00\x01\x02")},
			{Path: "app/node_modules/x/package.json"}, {Path: "app/package.json"},
		},
		Declines: []string{
			"app/node_modules/resolve/test/resolver/nested_symlinks/mylib/package.json",
			"app/node_modules/x/notpackage.json", "app/package-lock.json", "package.json.bak",
		},
	})
}

func TestLock(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewLock(),
		Valid: []extracttest.Sample{
			{Path: "app/package-lock.json", File: "lock-v1.json"},
			{Path: "package-lock.json", File: "lock-v2.json"},
			{Path: "app/npm-shrinkwrap.json", File: "lock-v3.json"},
		},
		Empty:    []extracttest.Sample{{Path: "package-lock.json", Content: []byte(`{"lockfileVersion":3,"packages":{"":{"name":"x"}}}`)}},
		Invalid:  []extracttest.Sample{{Path: "package-lock.json"}, {Path: "package-lock.json", Content: []byte(`{"packages":{"node_modules/a":{"version":"1"}`)}, {Path: "package-lock.json", Content: []byte("garbage")}},
		Declines: []string{"app/node_modules/.package-lock.json", "app/node_modules/x/npm-shrinkwrap.json", "lock.json"},
	})
}

func TestPlaceOf(t *testing.T) {
	for _, tt := range []struct {
		path   string
		want   place
		around string
	}{
		{"package.json", root, ""},
		{"app/package.json", root, ""},
		{"my_node_modules/x/package.json", root, ""},
		{"node_modules/package.json", root, ""},
		{"node_modules/x/package.json", top, "x"},
		{"a/node_modules/@s/x/package.json", top, "@s/x"},
		{"a/node_modules/x/node_modules/y/package.json", top, "y"},
		{"a/node_modules/x/lib/y/package.json", nested, "x"},
		{"a/node_modules/@s/x/lib/package.json", nested, "@s/x"},
		{"a/node_modules/x/test/y/package.json", fixture, "x"},
		{"a/node_modules/x/test/node_modules/y/package.json", top, "y"},
		{"usr/share/nodejs/y/package.json", top, "y"},
		{"usr/share/nodejs/y/node_modules/z/package.json", top, "z"},
		{"a/node_modules/test/package.json", top, "test"},
	} {
		if got, around := placeOf(tt.path); got != tt.want || around != tt.around {
			t.Errorf("placeOf(%q) = %d, %q, want %d, %q", tt.path, got, around, tt.want, tt.around)
		}
	}
}

type tree map[string]bool

func (t tree) Lookup(p string) (walk.Entry, bool)   { return walk.Entry{Path: p}, t[p] }
func (t tree) Resolve(p string) (walk.Entry, error) { return walk.Entry{Path: p}, nil }
func (t tree) Visible(int, string) bool             { return true }
func (t tree) Walk(func(walk.Entry) bool)           {}

func TestApplication(t *testing.T) {
	files := tree{"app/node_modules": true, "yarn.lock": true}
	for path, want := range map[string]bool{"app/package.json": true, "package.json": true, "opt/yarn-v1.22/package.json": false} {
		if got := Application(files, path); got != want {
			t.Errorf("Application(%q) = %v, want %v", path, got, want)
		}
	}
}

func FuzzManifest(f *testing.F) {
	for _, n := range []string{"minimist.json", "exit.json", "babel-core.json"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("node_modules/x/package.json", b))
	})
}

func FuzzLock(f *testing.F) {
	for _, n := range []string{"lock-v1.json", "lock-v2.json", "lock-v3.json"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range walk.Run(t.Context(), NewLock(), walk.NewFile("package-lock.json", b)) {
			if r.Unread != nil && len(r.Unread.Detail) > 2000 {
				t.Errorf("a detail of %d bytes", len(r.Unread.Detail))
			}
		}
	})
}

func BenchmarkManifest(b *testing.B) {
	doc, err := os.ReadFile("testdata/babel-core.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("node_modules/@babel/core/package.json", doc))
	}
}

func BenchmarkWant(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Want("usr/lib/python3/dist-packages/django/conf/locale/de/LC_MESSAGES/django.mo", 0o644, 1000)
	}
}
