package rpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
			{Path: "var/lib/rpm/rpmdb.sqlite", File: "rpmdb.sqlite"},
			{Path: "usr/lib/sysimage/rpm/Packages.db", File: "Packages.db"},
			{Path: "var/lib/rpm/Packages", File: "Packages"},
			{Path: manifestPath, File: "container-manifest-2"},
		},
		Empty: []extracttest.Sample{
			{Path: "var/lib/rpm/rpmdb.sqlite", File: "empty"}, {Path: "var/lib/rpm/Packages", File: "empty"},
			{Path: "var/lib/rpm/Packages.db", File: "empty"}, {Path: manifestPath, File: "empty"},
			{Path: "var/lib/rpm/rpmdb.sqlite-wal", Content: make([]byte, 64)},
		},
		Invalid: []extracttest.Sample{
			{Path: "var/lib/rpm/rpmdb.sqlite", File: "Packages"},
			{Path: "var/lib/rpm/Packages", File: "rpmdb.sqlite"},
			{Path: "var/lib/rpm/Packages.db", File: "rpmdb.sqlite"},
			{Path: "var/lib/rpm/Packages.db", Content: []byte("x")},
			{Path: "var/lib/rpm/rpmdb.sqlite-wal", Content: append([]byte{0x37, 0x7f, 0x06, 0x82}, make([]byte, 100)...)},
			{Path: manifestPath, Content: []byte("no tabs here\n")},
			{Path: manifestPath, Content: []byte("a\x1b[1m\t1-1\t0\t0\tv\t(none)\t0\tnoarch\t0\ta-1-1.src.rpm\n")},
		},
		Declines: []string{"var/lib/rpm/__db.001", "var/lib/rpm/Name", "var/lib/rpm/Index.db", "srv/var/lib/rpm/Packages", "usr/lib/sysimage/rpm/rpmdb.sqlite-shm"},
	})
}

// TestSQLite holds what is read against what make-sqlite.sh put in.
func TestSQLite(t *testing.T) {
	recs := run(t, "rpmdb.sqlite", "rpmdb.sqlite")
	var got []finding.Package
	files := map[string]int{}
	var others []string
	for _, r := range recs {
		switch {
		case r.Unread != nil:
			t.Errorf("unread: %s", r.Unread.Detail)
		case r.Package != nil:
			p := *r.Package
			p.Locations = nil
			got = append(got, p)
		case r.Fact != nil:
			pkg := ""
			err := owned.Each(r.Fact.Data, func(n, a string) { pkg = n + ":" + a }, func(p []byte) {
				files[pkg]++
				if !strings.Contains(string(p), "long-name") {
					others = append(others, string(p))
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	want := []finding.Package{
		{Type: "rpm", Name: "alpha", Version: "2:1.0-1.el9", Arch: "x86_64", SourceName: "alpha", SourceVersion: "2:1.0-1.el9", Licenses: []string{"GPL-2.0-or-later AND MIT"}, Maintainer: "Bulwark tests", FoundBy: "rpm", Attributes: map[string]string{AttrModularity: "alpha:1:20240101:abcdef"}},
		{Type: "rpm", Name: "alpha-libs", Version: "2:1.0-1.el9", Arch: "noarch", SourceName: "alpha", SourceVersion: "2:1.0-1.el9", Licenses: []string{"Apache-2.0"}, Maintainer: "Bulwark tests", FoundBy: "rpm", Attributes: map[string]string{AttrModularity: "alpha:1:20240101:abcdef"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"alpha-libs:noarch": 1, "alpha:x86_64": 150}, files); diff != "" {
		t.Errorf("files -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"usr/lib/python3.9/site-packages/a.dist-info/METADATA"}, others); diff != "" {
		t.Errorf("other files -want +got:\n%s", diff)
	}
}

// TestHostile: chains in circles and huge counts end soon, with an error.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, file string
		damage     func(b []byte)
	}{
		{"sqlite: overflow chain in a circle", "rpmdb.sqlite", func(b []byte) {
			for p := 4096; p+4096 <= len(b); p += 4096 {
				if b[p] != 13 && b[p] != 5 && b[p] != 2 && b[p] != 10 && binary.BigEndian.Uint32(b[p:]) < 100 {
					binary.BigEndian.PutUint32(b[p:], uint32(p/4096+1))
				}
			}
		}},
		{"sqlite: tree in a circle", "rpmdb.sqlite", func(b []byte) {
			for p := 0; p+4096 <= len(b); p += 4096 {
				h := p
				if p == 0 {
					h = 100
				}
				b[h] = 5
				binary.BigEndian.PutUint16(b[h+3:], 100)
				for i := range 100 {
					binary.BigEndian.PutUint16(b[h+12+2*i:], 1000)
				}
				binary.BigEndian.PutUint32(b[p+1000:], 1)
				binary.BigEndian.PutUint32(b[h+8:], 1)
			}
		}},
		{"bdb: overflow chain in a circle", "Packages", func(b []byte) {
			for p := 4096; p+4096 <= len(b); p += 4096 {
				if b[p+25] == bdbPageOverflow {
					binary.LittleEndian.PutUint32(b[p+16:], uint32(p/4096))
					binary.LittleEndian.PutUint16(b[p+22:], 1)
				}
			}
		}},
		{"bdb: bucket chain in a circle", "Packages", func(b []byte) {
			for p := 4096; p+4096 <= len(b); p += 4096 {
				if b[p+25] == bdbPageHash {
					binary.LittleEndian.PutUint32(b[p+16:], uint32(p/4096))
				}
			}
		}},
		{"bdb: all buckets are one page", "Packages", func(b []byte) {
			binary.LittleEndian.PutUint32(b[72:], 1<<31)
		}},
		{"ndb: slots without end", "Packages.db", func(b []byte) { binary.LittleEndian.PutUint32(b[12:], 1<<31) }},
		{"ndb: every slot the same blob", "Packages.db", func(b []byte) {
			for i := 3; i < 256; i++ {
				copy(b[i*16:], b[2*16:3*16])
			}
		}},
		{"ndb: blob longer than the file", "Packages.db", func(b []byte) {
			at := binary.LittleEndian.Uint32(b[2*16+8:]) * 16
			binary.LittleEndian.PutUint32(b[at+12:], 30<<20)
			binary.LittleEndian.PutUint32(b[2*16+12:], 1<<30)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bytes.Clone(load(t, c.file))
			c.damage(b)
			start := time.Now()
			recs := walk.Run(t.Context(), New(), walk.NewFile("var/lib/rpm/"+c.file, b))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			last := recs[len(recs)-1]
			if last.Unread == nil || strings.Contains(last.Unread.Detail, "panicked") {
				t.Errorf("last of %d records is no unread record: %+v", len(recs), last)
			}
		})
	}
}

// TestLongPathsOfFewBytes: a header may name a million files in directories of
// 4,000 letters; what is kept of them is bounded, and that it is so is said.
func TestLongPathsOfFewBytes(t *testing.T) {
	const files = 20_000
	var store []byte
	var index []byte
	tag := func(tag, kind, count int, data []byte) {
		index = binary.BigEndian.AppendUint32(index, uint32(tag))
		index = binary.BigEndian.AppendUint32(index, uint32(kind))
		index = binary.BigEndian.AppendUint32(index, uint32(len(store)))
		index = binary.BigEndian.AppendUint32(index, uint32(count))
		store = append(store, data...)
	}
	var dirIndexes []byte
	for i := range files {
		dirIndexes = binary.BigEndian.AppendUint32(dirIndexes, uint32(i%2))
	}
	tag(tagName, typeString, 1, []byte("a\x00"))
	tag(tagVersion, typeString, 1, []byte("1\x00"))
	tag(tagRelease, typeString, 1, []byte("1\x00"))
	tag(tagBasenames, typeStringArray, files, bytes.Repeat([]byte("x\x00"), files))
	tag(tagDirNames, typeStringArray, 2, []byte("/a/"+strings.Repeat("y", 4000)+"/\x00/b/"+strings.Repeat("y", 4000)+"/\x00"))
	tag(tagDirIndexes, typeInt32, files, dirIndexes)
	blob := binary.BigEndian.AppendUint32(nil, 6)
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(store)))
	blob = append(append(blob, index...), store...)
	var e owned.Encoder
	if _, ok, err := headerPackage(blob, &e); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if n := len(e.Data()); n > owned.MaxData || !e.Truncated() {
		t.Errorf("%d bytes of %d, truncated %v", n, len(blob), e.Truncated())
	}
}

// sparse is a file of zeros with a head.
type sparse struct{ head []byte }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(s.head)) {
		copy(p, s.head[off:])
	}
	return len(p), nil
}

// TestLargeFile: a file at the limit costs no memory, one above is a limit.
func TestLargeFile(t *testing.T) {
	for _, name := range []string{"rpmdb.sqlite", "Packages", "Packages.db"} {
		head := load(t, name)[:4096]
		f := &walk.File{Path: "var/lib/rpm/" + name, Size: maxDatabase, ReaderAt: sparse{head}}
		start := time.Now()
		allocated := testing.AllocsPerRun(1, func() { walk.Run(t.Context(), New(), f) })
		if took := time.Since(start); took > time.Minute || allocated > 1e5 {
			t.Errorf("%s: %v and %v allocations", name, took, allocated)
		}
		f.Size = maxDatabase + 1
		r := &walk.Recorder{Detector: "rpm", File: f}
		if err := New().Inspect(t.Context(), f, r); !errors.Is(err, walk.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSplitSourceRPM(t *testing.T) {
	for in, want := range map[string][2]string{
		"openssl-3.0.7-2.el9.src.rpm": {"openssl", "3.0.7-2.el9"},
		"java-1.8-x-1.0-1.nosrc.rpm":  {"java-1.8-x", "1.0-1"},
		"-1-1.src.rpm":                {},
		"no":                          {},
		"":                            {},
		"a b-1-1.src.rpm":             {},
	} {
		if n, v := splitSourceRPM(in); n != want[0] || v != want[1] {
			t.Errorf("%q: %q %q", in, n, v)
		}
	}
}

func load(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t testing.TB, file, as string) []walk.Record {
	t.Helper()
	return walk.Run(t.Context(), New(), walk.NewFile("var/lib/rpm/"+as, load(t, file)))
}

func fuzz(f *testing.F, name string) {
	f.Add(load(f, name))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &walk.Recorder{Detector: "rpm", File: walk.NewFile("var/lib/rpm/"+name, b)}
		_ = New().Inspect(t.Context(), r.File, r)
		if len(r.Records) > len(b) {
			t.Fatalf("%d records of %d bytes", len(r.Records), len(b))
		}
	})
}

func FuzzSQLite(f *testing.F) { fuzz(f, "rpmdb.sqlite") }
func FuzzNDB(f *testing.F)    { fuzz(f, "Packages.db") }
func FuzzBDB(f *testing.F)    { fuzz(f, "Packages") }

func FuzzManifest(f *testing.F) {
	f.Add(load(f, "container-manifest-2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &walk.Recorder{Detector: "rpm", File: walk.NewFile(manifestPath, b)}
		_ = New().Inspect(t.Context(), r.File, r)
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 3, 232, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 'a', 0})
	_ = readNDB(f.Context(), newPages(bytes.NewReader(load(f, "Packages.db")), 1<<20), func(b []byte) error {
		f.Add(bytes.Clone(b))
		return nil
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		var e owned.Encoder
		_, _, _ = headerPackage(b, &e)
		if n := len(e.Data()); n > owned.MaxData {
			t.Fatalf("%d bytes of files of a header of %d", n, len(b))
		}
	})
}
