package layer

import (
	"fmt"
	"io/fs"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func TestContents(t *testing.T) {
	type entry struct {
		path string
		kind kind
		size int64
		mode fs.FileMode
	}
	var layers []*Listing
	for _, l := range [][]entry{
		{{"bin", kindDir, 0, fs.ModeDir | 0o755}, {"bin/su", kindFile, 50, fs.ModeSetuid | 0o755}, {"bin/old", kindFile, 100, 0o755}, {"tmp/x", kindFile, 1000, 0o644}},
		{{"bin/old", kindFile, 70, fs.ModeSetgid | 0o755}, {"tmp/x", kindWhiteout, 0, 0}, {"var/log", kindFile, 5, 0o600}},
		{{"tmp/x", kindFile, 7, 0o644}, {"var", kindOpaque, 0, fs.ModeDir | 0o755}, {"bin/su", kindSymlink, 0, fs.ModeSymlink | 0o777}},
	} {
		b := newBuilder()
		for _, e := range l {
			if _, err := b.add(e.path, "", item{kind: e.kind, size: e.size, mode: e.mode, uid: 1, gid: 2}); err != nil {
				t.Fatal(err)
			}
		}
		layers = append(layers, b.finish())
	}
	got := Squash(layers).Contents()
	file := func(path string, layer int, size int64, mode string, gone bool) finding.ImageFile {
		return finding.ImageFile{Path: path, Layer: layer, Size: size, Mode: mode, Owner: "1:2", Gone: gone}
	}
	want := Contents{
		Layers: []finding.LayerContent{
			{Layer: 0, Added: 3, Size: 1150, Waste: 1150, Largest: []finding.ImageFile{
				file("/tmp/x", 0, 1000, "0644", true), file("/bin/old", 0, 100, "0755", true), file("/bin/su", 0, 50, "4755", true),
			}, Directories: []finding.ImageDirectory{{Path: "/tmp", Files: 1, Size: 1000}, {Path: "/bin", Files: 2, Size: 150}}},
			{Layer: 1, Added: 1, Changed: 1, Removed: 1, Size: 75, Waste: 5, Largest: []finding.ImageFile{
				file("/bin/old", 1, 70, "2755", false), file("/var/log", 1, 5, "0600", true),
			}, Directories: []finding.ImageDirectory{{Path: "/bin", Files: 1, Size: 70}, {Path: "/var", Files: 1, Size: 5}}},
			{Layer: 2, Added: 1, Size: 7, Largest: []finding.ImageFile{file("/tmp/x", 2, 7, "0644", false)},
				Directories: []finding.ImageDirectory{{Path: "/tmp", Files: 1, Size: 7}}},
		},
		FinalSize: 77, FinalFiles: 2, Waste: 1155,
		Privileged: []finding.ImageFile{file("/bin/old", 1, 70, "2755", false)},
		Owners:     []finding.FileOwner{{UID: 1, GID: 2, Files: 2, Size: 77}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLargest compares the ten largest with a plain sort, ties in order.
func TestLargest(t *testing.T) {
	b := newBuilder()
	for i := range 100 {
		if _, err := b.add(fmt.Sprintf("f%02d", i), "", item{kind: kindFile, size: int64(i * 37 % 20)}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, f := range Squash([]*Listing{b.finish()}).Contents().Layers[0].Largest {
		got = append(got, fmt.Sprint(f.Path, " ", f.Size))
	}
	want := []string{"/f07 19", "/f27 19", "/f47 19", "/f67 19", "/f87 19", "/f14 18", "/f34 18", "/f54 18", "/f74 18", "/f94 18"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDirectories(t *testing.T) {
	b := newBuilder()
	for i := range 2000 {
		if _, err := b.add(fmt.Sprintf("d%04d/x/y/f", i), "", item{kind: kindFile, size: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"root", "usr/a", "usr/lib/a", "usr/lib/b/c", "usr/z"} {
		if _, err := b.add(p, "", item{kind: kindFile, size: 5000}); err != nil {
			t.Fatal(err)
		}
	}
	want := []finding.ImageDirectory{
		{Path: "/usr", Files: 2, Size: 10000}, {Path: "/usr/lib", Files: 2, Size: 10000}, {Path: "/", Files: 1, Size: 5000}, {Path: "/d1999/x", Files: 1, Size: 1999},
		{Path: "/d1998/x", Files: 1, Size: 1998}, {Path: "/d1997/x", Files: 1, Size: 1997}, {Path: "/d1996/x", Files: 1, Size: 1996}, {Path: "/d1995/x", Files: 1, Size: 1995},
	}
	if diff := cmp.Diff(want, Squash([]*Listing{b.finish()}).Contents().Layers[0].Directories); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkContents(b *testing.B) {
	var layers []*Listing
	for l := range 10 {
		bl := newBuilder()
		for i := range 9000 {
			if _, err := bl.add(fmt.Sprintf("usr/share/d%03d/f%d", i%300, i+l*4000), "", item{kind: kindFile, size: int64(i)}); err != nil {
				b.Fatal(err)
			}
		}
		layers = append(layers, bl.finish())
	}
	t := Squash(layers)
	b.ReportAllocs()
	for b.Loop() {
		t.Contents()
	}
}

// TestBrought holds the listing against the sums: they must agree.
func TestBrought(t *testing.T) {
	low, high := newBuilder(), newBuilder()
	for _, b := range []struct {
		to   *builder
		path string
		it   item
	}{
		{low, "etc/a", item{kind: kindFile, size: 3}}, {low, "etc/b", item{kind: kindFile, size: 4}},
		{high, "etc/a", item{kind: kindFile, size: 5}}, {high, "etc/b", item{kind: kindWhiteout}}, {high, "new", item{kind: kindFile}},
	} {
		if _, err := b.to.add(b.path, "", b.it); err != nil {
			t.Fatal(err)
		}
	}
	tree := Squash([]*Listing{low.finish(), high.finish()})
	var got [2][]Brought
	tree.Brought(func(n int, b Brought) bool {
		if !b.Directory {
			got[n] = append(got[n], b)
		}
		return true
	})
	want := [2][]Brought{
		{{Path: "etc/a", Size: 3, Gone: true}, {Path: "etc/b", Size: 4, Gone: true}},
		{{Path: "etc/a", Size: 5, Change: Replaced}, {Path: "etc/b", Change: Removed}, {Path: "new"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c := tree.Contents().Layers[1]; c.Changed != 1 || c.Removed != 1 || c.Added != 1 {
		t.Errorf("%+v", c)
	}
	calls := 0
	tree.Brought(func(int, Brought) bool { calls++; return false })
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
}
