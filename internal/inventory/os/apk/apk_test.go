package apk

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	db := paths[0]
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: db, File: "installed"},
			{Path: paths[1], Content: []byte("P:musl\nV:1.2.5-r0\nA:aarch64\n\nP:.build-deps\nV:20240101.120000\n")},
		},
		Empty: []extracttest.Sample{{Path: db, File: "empty"}, {Path: db, Content: []byte("\n\n")}},
		Invalid: []extracttest.Sample{
			{Path: db, Content: []byte("this is no database\n")},
			{Path: db, Content: []byte("P:musl\n\n")},
			{Path: db, Content: []byte("V:1\n")},
			{Path: db, Content: []byte("P:a\x1b[0m\nV:1\n")},
			{Path: db, Content: []byte("P:a\nV:" + strings.Repeat("1", 2000) + "\n")},
		},
		Declines: []string{"lib/apk/db/scripts.tar", "lib/apk/db/installed.old", "home/lib/apk/db/installed"},
	})
}

func TestFiles(t *testing.T) {
	b, err := os.ReadFile("testdata/installed")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range walk.Run(t.Context(), New(), walk.NewFile(paths[0], b)) {
		if r.Fact == nil {
			continue
		}
		name := ""
		if err := owned.Each(r.Fact.Data, func(n, _ string) { name = n }, func(p []byte) { got = append(got, name+" "+string(p)) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"busybox bin/busybox", "apk-tools sbin/apk", "musl lib/ld-musl-x86_64.so.1", "libssl3 lib/libssl.so.3"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %s", want, cmp.Diff(nil, got))
		}
	}
}

func FuzzInspect(f *testing.F) {
	b, err := os.ReadFile("testdata/installed")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("P:a\nV:1\nF:b\nR:c\n\nR:x\nF:\nR:../y\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &walk.Recorder{Detector: "apk", File: walk.NewFile(paths[0], b)}
		_ = New().Inspect(t.Context(), r.File, r)
		if len(r.Records) > len(b) {
			t.Fatalf("%d records of %d bytes", len(r.Records), len(b))
		}
	})
}
