package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// change is one entry of a generated layer.
type change struct {
	path string
	kind kind
}

// model applies layers to a map, one whole step at a time: the slow, plain way
// of the specification.
func model(layers [][]change) map[string]int {
	type seen struct {
		layer int
		kind  kind
	}
	state := map[string]seen{}
	remove := func(p string, self bool) {
		for q := range state {
			if self && q == p || strings.HasPrefix(q, p+"/") || p == "" && q != "" {
				delete(state, q)
			}
		}
	}
	for i, l := range layers {
		// Whiteouts and opaque marks speak of lower layers only.
		for _, c := range l {
			switch c.kind {
			case kindWhiteout:
				remove(c.path, true)
			case kindOpaque:
				remove(c.path, false)
			}
		}
		for _, c := range l {
			switch c.kind {
			case kindWhiteout:
				continue
			case kindDir, kindOpaque:
				if s, ok := state[c.path]; ok && s.kind != kindDir {
					remove(c.path, true)
				}
				state[c.path] = seen{i, kindDir}
			default:
				remove(c.path, true)
				state[c.path] = seen{i, c.kind}
			}
		}
	}
	out := map[string]int{}
	for p, s := range state {
		out[p] = s.layer
	}
	return out
}

func TestSquashAgreesWithThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "a-", "c.d"}
		n := rapid.IntRange(1, 6).Draw(t, "layers")
		layers := make([][]change, n)
		listings := make([]*Listing, n)
		for i := range layers {
			b := newBuilder()
			used := map[string]kind{}
			for range rapid.IntRange(0, 12).Draw(t, "entries") {
				depth := rapid.IntRange(1, 4).Draw(t, "depth")
				p := ""
				for range depth {
					p = path.Join(p, rapid.SampledFrom(names).Draw(t, "name"))
				}
				k := rapid.SampledFrom([]kind{kindFile, kindDir, kindSymlink, kindWhiteout, kindOpaque}).Draw(t, "kind")
				// A layer is a real directory tree: nothing lies below what is no directory.
				ok := used[p] == 0 && !hasKey(used, p)
				for q := p; ok; {
					q, _ = splitPath(q)
					if q == "" {
						break
					}
					if k, have := used[q]; have && k != kindDir && k != kindOpaque {
						ok = false
					}
				}
				if !ok {
					continue
				}
				var parents []string
				for q, _ := splitPath(p); q != "" && !hasKey(used, q); q, _ = splitPath(q) {
					parents = append(parents, q)
				}
				slices.Reverse(parents)
				for _, q := range parents {
					used[q] = kindDir
					layers[i] = append(layers[i], change{q, kindDir})
				}
				used[p] = k
				layers[i] = append(layers[i], change{p, k})
				if _, err := b.add(p, "", item{kind: k, at: -1}); err != nil {
					t.Fatal(err)
				}
			}
			l, err := DecodeListing(b.finish().Encode())
			if err != nil {
				t.Fatal(err)
			}
			listings[i] = l
		}
		tree := Squash(listings)
		got := map[string]int{}
		last := ""
		tree.Walk(func(e walk.Entry) bool {
			if len(got) > 0 && ComparePaths(last, e.Path) >= 0 {
				t.Fatalf("%q comes before %q", last, e.Path)
			}
			last = e.Path
			got[e.Path] = e.Layer
			if f, ok := tree.Lookup(e.Path); !ok || f != e {
				t.Fatalf("lookup of %q: %+v, want %+v", e.Path, f, e)
			}
			return true
		})
		if d := cmp.Diff(model(layers), got); d != "" {
			t.Fatalf("layers %v (-plain +squash):\n%s", layers, d)
		}
	})
}

func hasKey(m map[string]kind, k string) bool { _, ok := m[k]; return ok }

func TestResolve(t *testing.T) {
	b := newBuilder()
	add := func(p, link string, k kind) {
		if _, err := b.add(p, link, item{kind: k, at: -1}); err != nil {
			t.Fatal(err)
		}
	}
	add("usr/lib/x", "", kindFile)
	add("abs", "/usr/lib", kindSymlink)
	add("up", "../../../usr", kindSymlink)
	add("usr/back", "../abs/x", kindSymlink)
	add("loop", "loop2", kindSymlink)
	add("loop2", "loop", kindSymlink)
	add("dangling", "nowhere", kindSymlink)
	add("deep", "deep/deep", kindSymlink)
	tree := Squash([]*Listing{b.finish()})
	tests := []struct{ path, want string }{
		{"usr/lib/x", "usr/lib/x"}, {"abs/x", "usr/lib/x"}, {"up/lib/x", "usr/lib/x"}, {"usr/back", "usr/lib/x"},
		{"abs/../x", ""}, {"abs/../../up/./lib//x", "usr/lib/x"}, {"loop", ""}, {"dangling", ""}, {"deep", ""}, {"usr/lib/x/y", ""}, {"a\x00b", ""},
	}
	for _, tt := range tests {
		e, err := tree.Resolve(tt.path)
		if e.Path != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q leads to %q, %v; want %q", tt.path, e.Path, err, tt.want)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct {
		name, want string
		escapes    bool
	}{
		{"./usr/bin/", "usr/bin", false}, {"/etc/passwd", "etc/passwd", false}, {"../x", "x", true}, {"a/../../x", "x", true},
		{"a/../x", "x", false}, {"", "", false}, {".", "", false}, {"a//b", "a/b", false},
	}
	for _, tt := range tests {
		if got, escapes := clean(tt.name); got != tt.want || escapes != tt.escapes {
			t.Errorf("%q: %q %v, want %q %v", tt.name, got, escapes, tt.want, tt.escapes)
		}
	}
}

func scanBytes(b []byte, random bool) scanned {
	s := &scanner{
		ctx: context.Background(), limits: DefaultLimits(), slot: worker.NewSlot(), skip: map[uint64]bool{},
		detectors: []walk.Detector{everything{}},
		emit:      func([]walk.Record) error { return nil },
	}
	s.limits.LayerBytes, s.limits.LayerFiles, s.limits.RatioFrom = 16<<20, 1000, 1<<20
	in := input{raw: bytes.NewReader(b), size: int64(len(b))}
	if random {
		in.at = bytes.NewReader(b)
	}
	return s.scan(in)
}

// everything reads every small file.
type everything struct{}

func (everything) Name() string                                  { return "everything" }
func (everything) Version() int                                  { return 1 }
func (everything) Want(string, fs.FileMode, int64) walk.Decision { return walk.Yes }
func (everything) Inspect(_ context.Context, f *walk.File, _ walk.Sink) error {
	_, err := io.Copy(io.Discard, io.LimitReader(f.Reader(), 1<<20))
	return err
}

func tarOf(t testing.TB, hs ...tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range hs {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzTar(f *testing.F) {
	f.Add(tarOf(f, tar.Header{Name: "a", Size: 700, Typeflag: tar.TypeReg}, tar.Header{Name: ".wh.b", Typeflag: tar.TypeReg},
		tar.Header{Name: "c", Linkname: "a", Typeflag: tar.TypeLink}, tar.Header{Name: "d", Linkname: "../..", Typeflag: tar.TypeSymlink},
		tar.Header{Name: "d/" + strings.Repeat("long", 60), Size: 3, Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.a": "b"}, Format: tar.FormatPAX},
		tar.Header{Name: "e/.wh..wh..opq", Typeflag: tar.TypeReg}))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, random := range []bool{true, false} {
			out := scanBytes(b, random)
			l, err := DecodeListing(out.list.Encode())
			if err != nil || l.Len() != out.list.Len() {
				t.Fatalf("listing does not survive: %v", err)
			}
			Squash([]*Listing{l, l})
		}
	})
}

func FuzzListing(f *testing.F) {
	out := scanBytes(tarOf(f, tar.Header{Name: "a/b", Size: 10, Typeflag: tar.TypeReg, Format: tar.FormatPAX, PAXRecords: map[string]string{paxCapability: netRaw}}, tar.Header{Name: "l", Linkname: "x", Typeflag: tar.TypeSymlink}), true)
	f.Add(out.list.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := DecodeListing(b)
		if err != nil {
			return
		}
		again, err := DecodeListing(l.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Encode(), l.Encode()) {
			t.Fatal("not the same after a round")
		}
		tree := Squash([]*Listing{l, again})
		_, _ = tree.Resolve("a/b/../c")
	})
}

func FuzzArchive(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, body := range map[string]string{
		"manifest.json": `[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar"]}]`,
		"c.json":        `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:` + strings.Repeat("0", 64) + `"]}}`,
		"l/layer.tar":   "",
	} {
		_ = w.WriteHeader(&tar.Header{Name: name, Size: int64(len(body)), Typeflag: tar.TypeReg})
		_, _ = io.WriteString(w, body)
	}
	_ = w.Close()
	f.Add(b.Bytes(), "a:1", "linux/amd64")
	f.Add([]byte(`{}`), "", "")
	f.Fuzz(func(t *testing.T, b []byte, ref, platform string) {
		tab, err := readTable(bytes.NewReader(b), int64(len(b)))
		if err != nil && len(tab.files) == 0 {
			return
		}
		if info, err := pick(tab, ref, platform, "linux/amd64"); err == nil {
			for _, l := range info.Layers {
				if l.Missing == "" && (l.Offset < 0 || l.Size < 0) {
					t.Fatalf("layer at %d, %d bytes", l.Offset, l.Size)
				}
			}
		}
		// The same bytes as an OCI index.
		docs := &table{files: map[string]span{"index.json": {size: int64(len(b)), stream: -1, document: b}}}
		_, _ = pick(docs, ref, platform, "linux/amd64")
	})
}

func TestPlatforms(t *testing.T) {
	tests := []struct {
		have, want string
		fits       bool
	}{
		{"linux/arm64/v8", "linux/arm64", true}, {"linux/arm64", "linux/arm64/v8", true}, {"linux/arm/v7", "linux/arm/v6", false},
		{"linux/amd64", "amd64", true}, {"windows/amd64", "linux/amd64", false}, {"linux/arm", "linux/arm/v7", false},
	}
	for _, tt := range tests {
		if got := platformFits(tt.have, tt.want); got != tt.fits {
			t.Errorf("%s for %s: %v, want %v", tt.have, tt.want, got, tt.fits)
		}
	}
}

func BenchmarkSquash(b *testing.B) {
	var layers []*Listing
	for l := range 10 {
		bl := newBuilder()
		for i := range 9000 {
			_, _ = bl.add(fmt.Sprintf("usr/lib/node_modules/pkg%d/lib%d/file%d.js", l*900+i/10, i%10, i), "", item{kind: kindFile, at: -1})
		}
		layers = append(layers, bl.finish())
	}
	b.ReportAllocs()
	for b.Loop() {
		Squash(layers)
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a", "\xff", "a\U0010f7ffb", "\xf4\x8f", "caf\u00e9\xc3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := escape(s)
		if !utf8.ValidString(e) || unescape(e) != s {
			t.Errorf("%q became %q and %q", s, e, unescape(e))
		}
	})
}
