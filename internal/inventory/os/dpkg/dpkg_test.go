package dpkg

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "var/lib/dpkg/status", File: "status"},
			{Path: "var/lib/dpkg/status", File: "states/status"},
			{Path: "var/lib/dpkg/status.d/libssl3", File: "statusd-libssl3"},
			{Path: "var/lib/dpkg/status.d/libssl3.md5sums", File: "statusd-libssl3.md5sums"},
			{Path: "var/lib/dpkg/info/libssl3:amd64.list", File: "libssl3.list"},
			{Path: "var/lib/dpkg/info/multi:i386.list", File: "states/multi.list"},
			{Path: "usr/share/doc/distro-info-data/copyright", File: "copyright-isc"},
			{Path: "usr/share/doc/zlib1g/copyright", File: "copyright-zlib"},
			{Path: "usr/share/doc/base-files/copyright", File: "copyright-prose"},
		},
		Empty: []extracttest.Sample{
			{Path: "var/lib/dpkg/status", File: "empty"},
			{Path: "var/lib/dpkg/info/x.list"},
			{Path: "usr/share/doc/x/copyright"},
			{Path: "var/lib/dpkg/status", Content: []byte("\n\n\n")},
		},
		Invalid: []extracttest.Sample{
			{Path: "var/lib/dpkg/status", Content: []byte("\x7fELF no stanza")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a b\nStatus: install ok installed\nVersion: 1\n")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a\nStatus: install ok installed\n")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a\nStatus: installed\nVersion: 1\n")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a\nVersion: 1\x1b[31m\n")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a\nVersion: " + strings.Repeat("1", 2000) + "\n")},
			{Path: "var/lib/dpkg/status", Content: []byte("Package: a\nVersion: 1\nSource: ../x (1)\n")},
			{Path: "var/lib/dpkg/info/x.list", Content: []byte("no path\n")},
			{Path: "var/lib/dpkg/info/a b.list", Content: []byte("/x\n")},
			{Path: "var/lib/dpkg/status.d/x.md5sums", Content: []byte("zz\n")},
		},
		Declines: []string{
			"var/lib/dpkg/status-old", "var/lib/dpkg/info/bash.md5sums", "var/lib/dpkg/info/a/b.list", "var/lib/dpkg/status.d/a/b",
			"usr/share/doc/bash/README", "usr/share/doc/a/b/copyright", "usr/share/copyright", "var/lib/dpkg/status.d/",
		},
	})
}

func packages(recs []walk.Record) []finding.Package {
	var out []finding.Package
	for _, r := range recs {
		if r.Package != nil {
			out = append(out, *r.Package)
		}
	}
	return out
}

// TestStates holds what counts as installed against what dpkg left behind.
func TestStates(t *testing.T) {
	b, err := os.ReadFile("testdata/states/status")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range packages(walk.Run(t.Context(), New(), walk.NewFile(statusPath, b))) {
		got[p.Name+":"+p.Arch] = p.SourceName + " " + p.SourceVersion + " " + p.Attributes[AttrStatus]
	}
	want := map[string]string{
		"halfconf:all": "halfconf 1.0 half-configured",
		"halfinst:all": "halfinst 1.0 ", // its removal failed: still installed
		"held:all":     "held 1:1.0~rc1-1 ",
		"multi:amd64":  "multi 3.0-2 ",
		"multi:i386":   "multi 3.0-2 ",
		"nmu:amd64":    "nmu 2.0-1 ",
		"plain:amd64":  "plain-src 1:0.9-1 ",
		"unpacked:all": "unpacked 1.0 unpacked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOneBadStanza: a malformed stanza is reported and costs no other package.
func TestOneBadStanza(t *testing.T) {
	text := "Package: good\nStatus: install ok installed\nVersion: 1\n\nPackage: no version\n\nPackage: last\nStatus: install ok installed\nVersion: 2"
	recs := walk.Run(t.Context(), New(), walk.NewFile(statusPath, []byte(text)))
	if ps := packages(recs); len(ps) != 2 || ps[1].Name != "last" {
		t.Errorf("packages %v", ps)
	}
	if recs[len(recs)-1].Unread == nil {
		t.Error("no unread record")
	}
}

func TestListLeavesOutDirectories(t *testing.T) {
	recs := walk.Run(t.Context(), New(), walk.NewFile("var/lib/dpkg/info/x:amd64.list", []byte("/.\n/usr\n/usr/bin\n/usr/bin/x\n/usr/bin/x-more\n/../../etc/shadow\n")))
	var got []string
	for _, r := range recs {
		if r.Fact != nil {
			if err := owned.Each(r.Fact.Data, func(n, a string) { got = append(got, n+":"+a) }, func(p []byte) { got = append(got, string(p)) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff([]string{"x:amd64", "usr/bin/x", "usr/bin/x-more"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzInspect(f *testing.F) {
	for _, p := range []string{"status", "states/status", "libssl3.list", "statusd-libssl3.md5sums", "copyright-zlib", "copyright-prose"} {
		b, err := os.ReadFile(filepath.Join("testdata", p))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	paths := []string{statusPath, infoDir + "a:amd64.list", statusDir + "a.md5sums", docDir + "a/copyright"}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range paths {
			r := &walk.Recorder{Detector: "dpkg", File: walk.NewFile(p, b)}
			_ = New().Inspect(t.Context(), r.File, r)
			size := 0
			for _, rec := range r.Records {
				if rec.Fact != nil {
					size += len(rec.Fact.Data)
				}
			}
			if size > 64*len(b)+1024 || len(r.Records) > len(b) {
				t.Fatalf("%d bytes of %s gave %d records, %d bytes of facts", len(b), p, len(r.Records), size)
			}
		}
	})
}

func BenchmarkStatus(b *testing.B) {
	var status bytes.Buffer
	for i := range 3000 {
		fmt.Fprintf(&status, "Package: package%d\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 100\nMaintainer: Someone <a@b>\nArchitecture: amd64\nSource: source%d\nVersion: 1.%d-1\nDepends: libc6 (>= 2.34), libgcc-s1 (>= 3.0)\nDescription: text\n%s\n", i, i/3, i, strings.Repeat(" a line of the long description, sixty characters or so\n", 12))
	}
	f := walk.NewFile(statusPath, status.Bytes())
	b.SetBytes(int64(status.Len()))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), f)
	}
}
