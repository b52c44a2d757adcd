package python

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "usr/lib/python3/site-packages/Django-2.2.dist-info/METADATA", File: "django.METADATA"},
			{Path: "site-packages/packaging-26.3.dist-info/METADATA", File: "packaging.METADATA"},
			{Path: "site-packages/zope.interface-6.0.dist-info/METADATA", File: "zope.METADATA"},
			{Path: "usr/lib/python3/dist-packages/My_Shop.core.egg-info/PKG-INFO", File: "shop.PKG-INFO"},
			{Path: "site-packages/My_Shop.core-1.2.3-py3.11.egg", File: "shop.egg"},
			{Path: "site-packages/shop-1.2.3.dist-info/direct_url.json", File: "direct_url.json"},
			{Path: "site-packages/foo-1.0-py3.11.egg-info", Content: []byte("Metadata-Version: 1.1\nName: foo\nVersion: 1.0\nLicense: BSD\n        whole text\n\nName: other\n")},
			{Path: "EGG-INFO/PKG-INFO", Content: []byte("Name: foo\r\nVersion: 1.0\r\n\r\nbody")},
			{Path: "site-packages/foo_bar-1.0-py3-none-any.dist-info/METADATA", Content: []byte("Metadata-Version: 2.1\n")},
		},
		Invalid: []extracttest.Sample{
			{Path: "site-packages/x.dist-info/METADATA"}, {Path: "site-packages/x.dist-info/direct_url.json"},
			{Path: "site-packages/x.dist-info/direct_url.json", Content: []byte(`{"url":"https://x/\u001b[31m"}`)},
			{Path: "site-packages/x.dist-info/METADATA", Content: []byte("this is no metadata, whatever the path says, and has no header at all\n")},
			{Path: "site-packages/x.egg-info/PKG-INFO", Content: []byte("Name: \x1b[31mx\nVersion: 1\n")},
			{Path: "site-packages/x.egg", Content: []byte("PK\x03\x04 not a zip, and certainly no egg of any kind whatever it may say of itself")},
			{Path: "site-packages/x.dist-info/direct_url.json", Content: []byte(`{"url":`)},
		},
		Declines: []string{
			"app/METADATA", "app/PKG-INFO", "site-packages/x.dist-info/RECORD", "app/direct_url.json",
			"EGG-INFO", "usr/share/python-wheels/pip-23.whl", "metadata.json",
		},
	})
}

func TestHeadersOverTheLimit(t *testing.T) {
	long := "Name: x\n" + strings.Repeat(" folded\n", headLimit/4)
	if _, err := readHead(strings.NewReader(long)); !errors.Is(err, walk.ErrLimit) {
		t.Errorf("%d bytes of headers: %v", len(long), err)
	}
	head, err := readHead(strings.NewReader("Name: x\n" + strings.Repeat(" folded\n", 10000) + "\nbody"))
	if err != nil || !bytes.HasSuffix(head, []byte("folded")) {
		t.Errorf("the headers end in %q, %v", head[max(0, len(head)-10):], err)
	}
}

func FuzzMetadata(f *testing.F) {
	for _, n := range []string{"django.METADATA", "packaging.METADATA", "shop.PKG-INFO"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("x-1.dist-info/METADATA", b))
	})
}

func FuzzEgg(f *testing.F) {
	b, err := os.ReadFile("testdata/shop.egg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("x.egg", b))
	})
}

func BenchmarkMetadata(b *testing.B) {
	doc, err := os.ReadFile("testdata/django.METADATA")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("Django-2.2.dist-info/METADATA", doc))
	}
}

func BenchmarkWant(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Want("usr/lib/python3/dist-packages/django/conf/locale/de/LC_MESSAGES/django.mo", 0o644, 1000)
	}
}
