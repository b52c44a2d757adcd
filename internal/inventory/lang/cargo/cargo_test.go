package cargo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAuditable(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid:    []extracttest.Sample{{Path: "app/shop.so", File: "shop.elf"}},
		Empty:    []extracttest.Sample{{Path: "x.exe", Content: append([]byte("MZ"), make([]byte, 200)...)}},
		Invalid:  []extracttest.Sample{{Path: "app/shop.so", Content: withSection(t, []byte("no zlib"))}},
		Declines: []string{"usr/bin/x"},
	})
}

// withSection puts other bytes into the section of the real program.
func withSection(t *testing.T, content []byte) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/shop.elf")
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Clone(b)
	old := bytes.Index(b, []byte{0x78}) // of zlib's header
	for old >= 0 && (b[old+1] != 0x9c && b[old+1] != 0xda && b[old+1] != 0x01 && b[old+1] != 0x5e) {
		next := bytes.IndexByte(b[old+1:], 0x78)
		if next < 0 {
			t.Fatal("no zlib stream in the program")
		}
		old += 1 + next
	}
	copy(b[old:], content)
	return b
}

// TestBomb: a list that inflates beyond its limit is told of, not held.
func TestBomb(t *testing.T) {
	var z bytes.Buffer
	w, _ := zlib.NewWriterLevel(&z, 9)
	if _, err := w.Write(bytes.Repeat([]byte(" "), listLimit+1000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	doc := elf(".dep-v0", z.Bytes())
	recs := walk.Run(t.Context(), New(), walk.NewFile("x.so", doc))
	if len(recs) != 1 || recs[0].Unread == nil || recs[0].Unread.Reason != finding.UnreadLimit {
		t.Errorf("%+v", recs)
	}
}

// elf makes the smallest ELF file that has one section.
func elf(section string, content []byte) []byte {
	names := append([]byte("\x00"+section+"\x00"), 0)
	b := bytes.Repeat([]byte{0}, 64)
	copy(b, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(b[16:], 2)
	le.PutUint16(b[58:], 64)
	le.PutUint16(b[60:], 3)
	le.PutUint16(b[62:], 2)
	add := func(c []byte) uint64 { at := uint64(len(b)); b = append(b, c...); return at }
	data, text := add(content), add(names)
	le.PutUint64(b[40:], uint64(len(b)))
	head := func(name, kind uint32, off, n uint64) {
		h := make([]byte, 64)
		le.PutUint32(h, name)
		le.PutUint32(h[4:], kind)
		le.PutUint64(h[24:], off)
		le.PutUint64(h[32:], n)
		b = append(b, h...)
	}
	head(0, 0, 0, 0)
	head(1, 1, data, uint64(len(content)))
	head(0, 3, text, uint64(len(names)))
	return b
}

func TestLock(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewLock(),
		Valid: []extracttest.Sample{
			{Path: "app/Cargo.lock", File: "Cargo.lock"},
			{Path: "app/Cargo.lock", Content: []byte("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"git+https://git.example/a?branch=x#0123\"\n[root]\nname = \"shop\"\n")},
		},
		Empty:    []extracttest.Sample{{Path: "Cargo.lock", Content: []byte("version = 3\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n")}},
		Invalid:  []extracttest.Sample{{Path: "Cargo.lock"}, {Path: "Cargo.lock", Content: []byte("[[package]\n")}, {Path: "Cargo.lock", Content: []byte("\x00")}},
		Declines: []string{"root/.cargo/registry/src/index/a-1.0.0/Cargo.lock", "cargo.lock", "Cargo.toml"},
	})
}

func FuzzAuditable(f *testing.F) {
	b, err := os.ReadFile("testdata/shop.elf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { walk.Inspect(t.Context(), New(), walk.NewFile("x.so", b)) })
}

func FuzzList(f *testing.F) {
	f.Add([]byte(`{"packages":[{"name":"itoa","version":"1.0.1","source":"crates.io","kind":"runtime","root":true}]}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = readList(b, &walk.Recorder{File: walk.NewFile("x", nil)})
	})
}

func FuzzLock(f *testing.F) {
	b, err := os.ReadFile("testdata/Cargo.lock")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { walk.Inspect(t.Context(), NewLock(), walk.NewFile("Cargo.lock", b)) })
}

func BenchmarkLock(b *testing.B) {
	doc, err := os.ReadFile("testdata/Cargo.lock")
	if err != nil {
		b.Fatal(err)
	}
	doc = []byte(strings.Repeat(string(doc[bytes.Index(doc, []byte("[[")):]), 50))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), NewLock(), walk.NewFile("Cargo.lock", doc))
	}
}
