package owned

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t testing.TB, data []byte) ([]string, error) {
	t.Helper()
	var got []string
	name := ""
	err := Each(data, func(n, a string) { name = n + ":" + a }, func(p []byte) { got = append(got, name+" "+string(p)) })
	return got, err
}

func TestRoundTrip(t *testing.T) {
	var e Encoder
	e.Path([]byte("usr/bin/lost")) // before any package
	e.Package("bash", "amd64")
	for _, p := range []string{"usr/bin/bash", "usr/share/man/man1/bash.1.gz", "usr/bin/rbash", "etc/bash.bashrc"} {
		e.Path([]byte(p))
	}
	e.Package("empty", "all")
	e.Path([]byte("usr/share/doc/empty/copyright"))
	e.Package("node-ms", "all")
	e.Path([]byte("usr/share/nodejs/ms/index.js"))
	e.Path([]byte("usr/share/nodejs/ms/package.json"))
	e.Path([]byte(strings.Repeat("x", MaxPath+1)))
	e.Path([]byte("../up"))
	e.Path([]byte("/abs"))
	e.Path(nil)
	got, err := read(t, e.Data())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bash:amd64 usr/bin/bash", "bash:amd64 usr/bin/rbash", "node-ms:all usr/share/nodejs/ms/package.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWorth(t *testing.T) {
	for p, want := range map[string]bool{
		"usr/bin/kubectl":                                             true,
		"usr/bin/python3.11":                                          true,
		"usr/lib/x86_64-linux-gnu/libssl.so.3":                        true,
		"usr/share/java/log4j-core-2.17.1.jar":                        true,
		"usr/lib/python3/dist-packages/six-1.16.0.egg-info":           true,
		"usr/lib/python3/dist-packages/x-1.dist-info/METADATA":        true,
		"usr/share/gems/specifications/rake-13.gemspec":               true,
		"usr/share/rubygems-integration/all/specifications/a.gemspec": true,
		"usr/share/nodejs/ms/package.json":                            true,
		"usr/share/php/Symfony/composer.json":                         true,
		"usr/share/nodejs/ms/tsconfig.json":                           false,
		"usr/lib/python3/dist-packages/six.py":                        false,
		"usr/share/doc/bash/copyright":                                false,
		"etc/passwd":                                                  false,
	} {
		if got := Worth([]byte(p)); got != want {
			t.Errorf("Worth(%q) = %v", p, got)
		}
	}
}

func FuzzEach(f *testing.F) {
	var e Encoder
	e.Package("bash", "amd64")
	e.Path([]byte("usr/bin/bash"))
	e.Path([]byte("usr/bin/rbash"))
	f.Add(e.Data())
	f.Add([]byte{1, 'a', 0, 2, 0, 1, 'b', 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		paths := 0
		_ = Each(data, func(string, string) {}, func(p []byte) {
			paths++
			if len(p) > MaxPath {
				t.Fatalf("a path of %d bytes", len(p))
			}
		})
		if paths > len(data) {
			t.Fatalf("%d paths of %d bytes", paths, len(data))
		}
	})
}
