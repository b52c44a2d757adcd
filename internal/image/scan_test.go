package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bulwark/internal/content/secret"
	"bulwark/internal/finding"
	"bulwark/internal/image/cache"
	"bulwark/internal/image/layer"
	"bulwark/internal/image/source"
	"bulwark/internal/imageconfig"
	"bulwark/internal/inventory"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Arg {
		err := worker.Serve(context.Background(), func(ctx context.Context, c worker.Conn) error {
			return layer.Work(ctx, c, testDetector)
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func testDetector(name string) (walk.Detector, bool) {
	all := append(testDetectors(), imageconfig.Detector())
	i := slices.IndexFunc(all, func(d walk.Detector) bool { return d.Name() == name })
	if i < 0 {
		return detector()(name)
	}
	return all[i], true
}

func testDetectors() []walk.Detector {
	return append(inventory.Extractors(), deadly{}, hashed{}, told{})
}

// deadly dies, hangs or fails on files named so, as a parser with a fault would.
type deadly struct{}

func (deadly) Name() string { return "deadly" }
func (deadly) Version() int { return 1 }
func (deadly) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, ".deadly") {
		return walk.Yes
	}
	return walk.No
}

func (deadly) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(1 << 20)
	if err != nil {
		return err
	}
	switch string(b) {
	case "kill":
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		os.Exit(3) // where the sandbox refuses the signal
	case "hang":
		time.Sleep(time.Hour)
	case "panic":
		panic("as a parser would")
	case "corrupt":
		return errors.New("made no sense")
	}
	out.Fact("alive", []byte(f.Path))
	return nil
}

// hashed says what the bytes of *.hashed are, however they were reached.
type hashed struct{}

func (hashed) Name() string    { return "hashed" }
func (hashed) Version() int    { return 1 }
func (hashed) Paths() []string { return []string{"etc/fixed.hashed"} }
func (hashed) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, ".hashed") {
		return walk.Yes
	}
	return walk.No
}

func (hashed) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	h := sha256.New()
	if _, err := io.Copy(h, f.Reader()); err != nil {
		return err
	}
	out.Package(finding.Package{Type: "generic", Name: f.Path, Version: hex.EncodeToString(h.Sum(nil))[:12], FoundBy: "hashed"})
	return nil
}

// entry is one entry of a layer in a test.
// told looks at files named *.told and at the image's configuration for the
// word of its options. A configuration of three layers makes it panic, one of
// four end its process.
type told struct{ word string }

func (told) Name() string { return "secret" }
func (told) Version() int { return 1 }
func (told) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, ".told") {
		return walk.Yes
	}
	return walk.No
}

func (d told) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(1 << 20)
	if err == nil && d.word != "" && bytes.Contains(b, []byte(d.word)) {
		out.Result(finding.Result{Check: "vulnerability", State: finding.Fail, Title: finding.T("word", d.word)})
	}
	return err
}

func (d told) InspectConfig(_ context.Context, raw []byte, out walk.Sink) error {
	switch {
	case d.word == "":
	case bytes.Contains(raw, []byte("step 3")):
		os.Exit(3)
	case bytes.Contains(raw, []byte("step 2")):
		panic("as asked")
	case bytes.Contains(raw, []byte(d.word)):
		out.Result(finding.Result{Check: "vulnerability", State: finding.Fail, Title: finding.T("word in configuration", d.word)})
	}
	return nil
}

// everything is told for files of every name.
type everything struct{ told }

func (everything) Want(string, fs.FileMode, int64) walk.Decision { return walk.Yes }

func (told) With(options []byte) (walk.Detector, error) {
	if len(options) > 1<<20 {
		return nil, walk.ErrLimit
	}
	return told{string(options)}, nil
}

func (d told) Options() []byte { return []byte(d.word) }

type entry struct {
	name, body, link string
	kind             byte
}

func file(name, body string) entry     { return entry{name: name, body: body, kind: tar.TypeReg} }
func symlink(name, to string) entry    { return entry{name: name, link: to, kind: tar.TypeSymlink} }
func hardlink(name, to string) entry   { return entry{name: name, link: to, kind: tar.TypeLink} }
func layerTar(entries ...entry) []byte { return layerTarRaw(entries) }

func layerTarRaw(entries []entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.body)), Linkname: e.link, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func digest(b []byte) string {
	s := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(s[:])
}

// saved writes layers as docker save does. claim may change a layer's claimed diff ID.
func saved(layers [][]byte, claim func(i int, diffID string) string) []byte {
	var cfg struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		RootFS       struct {
			Type    string   `json:"type"`
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
		History []map[string]any `json:"history"`
	}
	cfg.Architecture, cfg.OS, cfg.RootFS.Type = "amd64", "linux", "layers"
	var files []entry
	var names []string
	for i, l := range layers {
		plain := l
		if bytes.HasPrefix(l, []byte("\x1f\x8b")) {
			z, err := gzip.NewReader(bytes.NewReader(l))
			if err != nil {
				panic(err)
			}
			plain, _ = io.ReadAll(z)
		}
		id := digest(plain)
		if claim != nil {
			id = claim(i, id)
		}
		cfg.RootFS.DiffIDs = append(cfg.RootFS.DiffIDs, id)
		cfg.History = append(cfg.History, map[string]any{"created_by": fmt.Sprintf("RUN step %d", i)})
		name := fmt.Sprintf("layer%d/layer.tar", i)
		names = append(names, name)
		files = append(files, file(name, string(l)))
	}
	c, _ := json.Marshal(cfg)
	cname := strings.TrimPrefix(digest(c), "sha256:") + ".json"
	m, _ := json.Marshal([]map[string]any{{"Config": cname, "RepoTags": []string{"test:1"}, "Layers": names}})
	files = append(files, file(cname, string(c)), file("manifest.json", string(m)))
	return layerTarRaw(files)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func options(ref string) Options {
	return Options{
		Source: source.Options{Ref: ref}, Detectors: testDetectors(),
		Worker: worker.Config{FileTimeout: 2 * time.Second, InProcess: func(ctx context.Context, c worker.Conn) error { return layer.Work(ctx, c, testDetector) }},
	}
}

func scan(t *testing.T, o Options) *finding.Report {
	t.Helper()
	r, err := Scan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// packages gives "name version @layer path" of each package, hidden ones with "-" before.
func packages(r *finding.Report) []string {
	var out []string
	for _, p := range r.Packages {
		s := p.Name + " " + p.Version
		if p.Hidden {
			s = "-" + s
		}
		for _, l := range p.Locations {
			s += fmt.Sprintf(" @%d %s", l.Layer, l.Path)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func unread(r *finding.Report) []string {
	var out []string
	for _, u := range r.Unread {
		out = append(out, fmt.Sprintf("%s @%d %s", u.Reason, u.Location.Layer, u.Location.Path))
	}
	slices.Sort(out)
	return out
}

func TestArchivesOfRealPrograms(t *testing.T) {
	engineMade := []string{
		"-below 1.0.0 @0 /opt/opaque/package.json", "-below-sub 1.0.0 @0 /opt/opaque/sub/package.json",
		"-gone 0.0.1 @0 /opt/app/node_modules/gone/package.json", "-libc6 2.36-9+deb12u4 @0 /var/lib/dpkg/status",
		"-six 1.16.0 @0 /opt/py/six-1.16.0.dist-info/METADATA",
		"above 2.0.0 @1 /opt/opaque/package.json", "hard 2.0.0 @0 /opt/zlinked/package.json",
		"left-pad 1.3.0 @0 /opt/app/node_modules/left-pad/package.json", "left-pad 1.3.0 @1 /opt/zz2/package.json",
		"libc6 2.36-9+deb12u8 @1 /var/lib/dpkg/status", "through-link 3.0.0 @1 /usr/lib/new/package.json",
		"zlib1g 1:1.2.13.dfsg-1 @0 /var/lib/dpkg/status",
	}
	buildah := []string{
		"-below 1.0.0 @0 /opt/opaque/package.json", "-below-sub 1.0.0 @0 /opt/opaque/sub/package.json",
		"-gone 0.0.1 @0 /opt/app/node_modules/gone/package.json", "-libc6 2.36-9+deb12u4 @0 /var/lib/dpkg/status",
		"above 2.0.0 @1 /opt/opaque/package.json", "hard 2.0.0 @0 /opt/zlinked/package.json",
		"left-pad 1.3.0 @0 /opt/app/node_modules/left-pad/package.json",
		"libc6 2.36-9+deb12u8 @1 /var/lib/dpkg/status", "six 1.16.0 @0 /opt/py/six-1.16.0.dist-info/METADATA",
		"zlib1g 1:1.2.13.dfsg-1 @0 /var/lib/dpkg/status",
	}
	umoci := slices.Clone(buildah)
	for i, s := range umoci {
		if strings.HasPrefix(s, "left-pad") {
			// a new name of the file made a new link entry for the old one too
			umoci[i] = "left-pad 1.3.0 @0 /opt/app/node_modules/left-pad/package.json @1 /opt/app/node_modules/left-pad/package.json"
		}
	}
	docker20 := "sha256:f587b9bf701e942b7198dd0ad455c626c9ed5d95e670246202c74e7dbc695328"
	tests := []struct {
		name, ref, config string
		want              []string
	}{
		{"save-docker20", "", docker20, engineMade},
		{"save-docker20-two", "tiny:docker20", docker20, engineMade},
		{"save-docker20-through-29", "", docker20, engineMade},
		{"skopeo-docker-archive", "", docker20, engineMade},
		{"save-docker29", "", "", engineMade},
		{"skopeo-oci-archive-gzip", "", "", engineMade},
		{"oci-zstd", "", "", engineMade},
		{"umoci-layout", "", "", umoci},
		{"buildah-oci-archive", "", "", buildah},
		{"buildah-docker-archive", "", "", buildah},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z, err := os.ReadFile("testdata/archives/" + tt.name + ".tar.gz")
			if err != nil {
				t.Fatal(err)
			}
			zr, err := gzip.NewReader(bytes.NewReader(z))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(zr)
			if err != nil {
				t.Fatal(err)
			}
			ref := "archive:" + write(t, plain)
			if tt.ref != "" {
				ref += "#" + tt.ref
			}
			check := func(r *finding.Report) {
				t.Helper()
				if d := cmp.Diff(tt.want, packages(r)); d != "" {
					t.Errorf("packages (-want +got):\n%s", d)
				}
				if len(r.Unread) != 0 || len(r.Results) != 0 {
					t.Errorf("unread %v, results %v; want none", r.Unread, r.Results)
				}
				if tt.config != "" && r.Subject.ConfigDigest != tt.config {
					t.Errorf("config digest %s, want %s", r.Subject.ConfigDigest, tt.config)
				}
				for _, l := range r.Layers {
					if l.Trust != "verified" {
						t.Errorf("layer %d is %q, want verified", l.Index, l.Trust)
					}
				}
				if r.Subject.OS == nil || r.Subject.OS.Release != "Debian:12" {
					t.Errorf("OS %+v, want Debian:12", r.Subject.OS)
				}
			}
			check(scan(t, options(ref)))
			if tt.ref != "" {
				return
			}
			// The same as a stream.
			f, err := os.Open(write(t, z))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			o := options("archive:-")
			o.Source.Stdin = f
			r := scan(t, o)
			// What is behind a hard link has passed when a stream shows it.
			lost := unread(r)
			for _, u := range r.Unread {
				if !strings.Contains(u.Detail, "hard link") {
					t.Errorf("unread in the stream: %+v", u)
				}
			}
			if tt.name != "oci-zstd" && len(lost) == 0 && !strings.HasPrefix(tt.name, "oci") {
				t.Errorf("the stream has hard links under wanted names and none is said to be unread")
			}
		})
	}
}

func TestSeveralImagesAreNamed(t *testing.T) {
	z, err := os.ReadFile("testdata/archives/save-docker20-two.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	zr, _ := gzip.NewReader(bytes.NewReader(z))
	plain, _ := io.ReadAll(zr)
	_, err = Scan(t.Context(), options("archive:"+write(t, plain)))
	if err == nil || !strings.Contains(err.Error(), "tiny-base:docker20") || !strings.Contains(err.Error(), "#NAME") {
		t.Errorf("got %v, want an error that names both images and the way out", err)
	}
}

func TestLinksLeadToFixedPaths(t *testing.T) {
	body := "behind a link"
	want := hex.EncodeToString(func() []byte { s := sha256.Sum256([]byte(body)); return s[:] }())[:12]
	base := layerTar(file("data/other", body), symlink("etc/fixed.hashed", "../opt/x"))
	for _, gz := range []bool{false, true} {
		l := base
		if gz {
			l = zipped(base)
		}
		// The link's way is whole only in the squashed tree.
		top := layerTar(symlink("opt", "/data"), symlink("data/x", "other"))
		r := scan(t, options("archive:"+write(t, saved([][]byte{l, top}, nil))))
		if d := cmp.Diff([]string{"etc/fixed.hashed " + want + " @0 /etc/fixed.hashed"}, packages(r)); d != "" {
			t.Errorf("gzip %v (-want +got):\n%s", gz, d)
		}
	}
	dir := t.TempDir()
	for _, d := range []string{"etc", "data"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "data/other"), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/data/other", filepath.Join(dir, "etc/fixed.hashed")); err != nil {
		t.Fatal(err)
	}
	r := scan(t, options("dir:"+dir))
	if d := cmp.Diff([]string{"etc/fixed.hashed " + want + " @-1 etc/fixed.hashed"}, packages(r)); d != "" {
		t.Errorf("directory (-want +got):\n%s", d)
	}
}

func TestHardLinksUnderWantedNames(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 3<<20) // 48 MiB, more than memory takes
	l := layerTar(file("a", "small"), file("b", big), hardlink("x.hashed", "a"), hardlink("y.hashed", "b"), hardlink("z.hashed", "x.hashed"), hardlink("lost.hashed", "nothing"))
	for _, gz := range []bool{false, true} {
		b := l
		if gz {
			b = zipped(l)
		}
		r := scan(t, options("archive:"+write(t, saved([][]byte{b}, nil))))
		var got []string
		for _, p := range packages(r) {
			got = append(got, strings.Fields(p)[0])
		}
		if d := cmp.Diff([]string{"x.hashed", "y.hashed", "z.hashed"}, got); d != "" {
			t.Errorf("gzip %v (-want +got):\n%s", gz, d)
		}
		if d := cmp.Diff([]string{"corrupt @0 /lost.hashed"}, unread(r)); d != "" {
			t.Errorf("gzip %v unread (-want +got):\n%s", gz, d)
		}
	}
}

func TestWorkerDies(t *testing.T) {
	var entries []entry
	for i := range 300 {
		entries = append(entries, file(fmt.Sprintf("d/%03d.deadly", i), "fine"), file(fmt.Sprintf("d/%03d.hashed", i), "x"))
	}
	entries = append(entries, file("d/k.deadly", "kill"), file("d/h.deadly", "hang"), file("d/p.deadly", "panic"), file("d/c.deadly", "corrupt"))
	second := layerTar(file("e/k2.deadly", "kill"), file("e/1.hashed", "y"))
	first := layerTarRaw(entries)
	dir := t.TempDir()
	for _, e := range entries {
		p := filepath.Join(dir, e.name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(e.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, ref string
		packages  int
		unread    []string
	}{
		{"archive", "archive:" + write(t, saved([][]byte{first, second, zipped(second)}, nil)), 301,
			[]string{"corrupt @0 /d/c.deadly", "corrupt @0 /d/p.deadly", "worker @0 /d/h.deadly", "worker @0 /d/k.deadly", "worker @1 /e/k2.deadly", "worker @2 /e/k2.deadly"}},
		{"directory", "dir:" + dir, 300,
			[]string{"corrupt @-1 d/c.deadly", "corrupt @-1 d/p.deadly", "worker @-1 d/h.deadly", "worker @-1 d/k.deadly"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := scan(t, options(tt.ref))
			if d := cmp.Diff(tt.unread, unread(r)); d != "" {
				t.Errorf("unread (-want +got):\n%s", d)
			}
			if len(r.Packages) != tt.packages {
				t.Errorf("%d packages, want all %d of the files that are fine", len(r.Packages), tt.packages)
			}
		})
	}
}

func TestWrongDigestIsAFindingAndNotTheEnd(t *testing.T) {
	l := layerTar(file("x.hashed", "x"))
	wrong := digest([]byte("something else"))
	r := scan(t, options("archive:"+write(t, saved([][]byte{l}, func(int, string) string { return wrong }))))
	if len(r.Results) != 1 || r.Results[0].Check != finding.CheckIntegrity || r.Results[0].Rating.Severity != finding.Critical {
		t.Fatalf("results %+v, want one critical image-integrity", r.Results)
	}
	if d := cmp.Diff([]string{wrong, digest(l)}, r.Results[0].Title.Params); d != "" {
		t.Errorf("claimed and computed (-want +got):\n%s", d)
	}
	if len(r.Packages) != 1 {
		t.Errorf("packages %v, want the one that is there", packages(r))
	}
}

func openCache(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCachedRescanSaysTheSame(t *testing.T) {
	l := layerTar(file("x.hashed", "x"), file("c.deadly", "corrupt"))
	for _, gz := range []bool{false, true} {
		b := l
		if gz {
			b = zipped(l)
		}
		o := options("archive:" + write(t, saved([][]byte{b}, nil)))
		o.Cache = openCache(t)
		first := scan(t, o)
		matched := 0
		o.Match = func(_ context.Context, r *finding.Report) error { matched = len(r.Packages); return nil }
		second := scan(t, o)
		if !second.Layers[0].Cached {
			t.Error("the second scan did not use the cache")
		}
		if d := cmp.Diff(unread(first), unread(second)); d != "" || len(unread(second)) != 1 {
			t.Errorf("unread (-first +second):\n%s", d)
		}
		if d := cmp.Diff(packages(first), packages(second)); d != "" {
			t.Errorf("packages (-first +second):\n%s", d)
		}
		if matched != 1 {
			t.Errorf("%d packages were matched after the cache, want 1", matched)
		}
	}
}

// TestConfigurationAndOptions hands a detector its options and the image's
// configuration, through the worker, and changes the options under the cache.
func TestConfigurationAndOptions(t *testing.T) {
	lower := layerTar(file("a.told", "nothing xyzzy here"), file("b.told", "xyzzy"))
	upper := layerTar(file(".wh.b.told", ""))
	c := openCache(t)
	for _, tt := range []struct {
		name, word, path string
		want             []string
	}{
		{"no options", "", write(t, saved([][]byte{lower, upper}, nil)), nil},
		{"options", "xyzzy", write(t, saved([][]byte{lower, upper}, nil)), []string{"/a.told word", "/b.told word removed"}},
		{"again, from the cache", "xyzzy", write(t, saved([][]byte{lower, upper}, nil)), []string{"/a.told word", "/b.told word removed"}},
		{"other options", "amd64", write(t, saved([][]byte{lower, upper}, nil)), []string{" word in configuration"}},
		{"long options", strings.Repeat("long", 100_000), write(t, saved([][]byte{lower, upper}, nil)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options("archive:" + tt.path)
			o.Detectors = []walk.Detector{told{tt.word}}
			o.Cache = c
			r := scan(t, o)
			var got []string
			for _, res := range r.Results {
				line := " " + res.Title.ID
				if len(res.Locations) > 0 {
					line = res.Locations[0].Path + line
				}
				if res.Removed {
					line += " removed"
				}
				if res.Hidden {
					line += " hidden"
				}
				got = append(got, line)
			}
			slices.Sort(got)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if len(r.Unread) != 0 {
				t.Errorf("unread: %v", r.Unread)
			}
		})
	}
	for n, want := range map[int]finding.UnreadReason{3: finding.UnreadCorrupt, 4: finding.UnreadWorker} {
		o := options("archive:" + write(t, saved([][]byte{lower, upper, upper, upper}[:n], nil)))
		o.Detectors = []walk.Detector{told{"xyzzy"}}
		r := scan(t, o)
		if len(r.Unread) != 1 || r.Unread[0].Reason != want || len(r.Results) != 2 {
			t.Errorf("configuration of %d layers: unread %v, %d results", n, r.Unread, len(r.Results))
		}
	}
}

func TestClaimsAreNoKeys(t *testing.T) {
	clean, bad := layerTar(file("clean.hashed", "clean")), layerTar(file("bad.hashed", "bad"))
	for _, gz := range []bool{false, true} {
		c := openCache(t)
		b := bad
		if gz {
			b = zipped(bad)
		}
		o := options("archive:" + write(t, saved([][]byte{clean}, nil)))
		o.Cache = c
		scan(t, o)
		// An archive with the clean image's digests and other content.
		o.Source.Ref = "archive:" + write(t, saved([][]byte{b}, func(int, string) string { return digest(clean) }))
		for range 2 {
			r := scan(t, o)
			if got := packages(r); len(got) != 1 || !strings.HasPrefix(got[0], "bad.hashed") {
				t.Errorf("gzip %v: packages %v, want what is really there", gz, got)
			}
			if len(r.Results) != 1 || r.Results[0].Check != finding.CheckIntegrity {
				t.Errorf("gzip %v: results %v, want image-integrity", gz, r.Results)
			}
		}
		// And the liar has not spoiled the honest one.
		o.Source.Ref = "archive:" + write(t, saved([][]byte{clean}, nil))
		if got := packages(scan(t, o)); len(got) != 1 || !strings.HasPrefix(got[0], "clean.hashed") {
			t.Errorf("gzip %v: afterwards the clean image has %v", gz, got)
		}
	}
}

func TestCutAndCorruptArchives(t *testing.T) {
	l := layerTar(file("a.hashed", "a"), file("pad", strings.Repeat("x", 100_000)), file("b.hashed", "b"))
	whole := saved([][]byte{l}, nil)
	z := zipped(l)
	cutLayer := z[:len(z)/2]
	tests := []struct {
		name    string
		archive []byte
		// wantErr: no image at all; else an unread record must say so.
		wantErr string
	}{
		{"cut in the layer, so that no manifest is left", whole[:60_000], "neither index.json"},
		{"empty", nil, "neither a tar"},
		{"text", []byte(strings.Repeat("not an archive\n", 100)), "neither a tar"},
		{"manifest is not JSON", layerTar(file("manifest.json", "{]")), "manifest.json"},
		{"configuration is missing", layerTar(file("manifest.json", `[{"Config":"x.json","Layers":[]}]`)), "not in the archive"},
		{"layer is missing", func() []byte {
			b := saved([][]byte{l}, nil)
			return bytes.ReplaceAll(b, []byte(`"layer0/layer.tar"`), []byte(`"layer1/layer.tar"`))
		}(), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Scan(t.Context(), options("archive:"+write(t, tt.archive)))
			if tt.wantErr == "" {
				if err != nil || len(r.Unread) == 0 {
					t.Errorf("error %v, report %+v; want an unread layer", err, r)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("error %v, want one with %q", err, tt.wantErr)
			}
		})
	}
	t.Run("gzip layer is cut", func(t *testing.T) {
		b := saved([][]byte{z}, nil)
		b = bytes.Replace(b, z, append(slices.Clone(cutLayer), make([]byte, len(z)-len(cutLayer))...), 1)
		r := scan(t, options("archive:"+write(t, b)))
		if len(r.Unread) == 0 {
			t.Error("nothing is said to be unread")
		}
	})
}

func TestBombs(t *testing.T) {
	zeros := func(n int64) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		tw := tar.NewWriter(w)
		_ = tw.WriteHeader(&tar.Header{Name: "zeros.hashed", Typeflag: tar.TypeReg, Size: n, Mode: 0o644})
		buf := make([]byte, 1<<20)
		for n > 0 {
			k := min(n, int64(len(buf)))
			_, _ = tw.Write(buf[:k])
			n -= k
		}
		_ = tw.Close()
		_ = w.Close()
		return out.Bytes()
	}
	o := options("")
	o.Limits = layer.DefaultLimits()
	o.Limits.RatioFrom = 4 << 20
	bomb := zeros(64 << 20)
	o.Source.Ref = "archive:" + write(t, savedRaw(bomb))
	r := scan(t, o)
	if len(r.Unread) == 0 || !slices.ContainsFunc(r.Unread, func(u finding.Unread) bool { return u.Reason == finding.UnreadLimit }) {
		t.Errorf("unread %+v, want a limit", r.Unread)
	}
	var many []entry
	for i := range 3000 {
		many = append(many, file(fmt.Sprintf("f%d", i), ""))
	}
	o = options("archive:" + write(t, saved([][]byte{layerTarRaw(many)}, nil)))
	o.Limits = layer.DefaultLimits()
	o.Limits.LayerFiles = 1000
	r = scan(t, o)
	if len(r.Unread) != 1 || r.Unread[0].Reason != finding.UnreadLimit {
		t.Errorf("too many files: unread %+v, want one limit", r.Unread)
	} else if d := r.Unread[0].Detail; !strings.Contains(d, "1000 files and directories") || !strings.Contains(d, "--allow limit") {
		t.Errorf("too many files: %q does not say what is counted and what to do", d)
	}
	deep := t.TempDir()
	p := deep
	for range 60 {
		p += "/d"
	}
	if err := os.MkdirAll(p, 0o755); err != nil {
		t.Fatal(err)
	}
	o = options("dir:" + deep)
	o.Limits = layer.DefaultLimits()
	o.Limits.Depth = 50
	r = scan(t, o)
	if len(r.Unread) != 1 || r.Unread[0].Reason != finding.UnreadLimit {
		t.Errorf("too deep: unread %+v, want one limit", r.Unread)
	}
}

// savedRaw is saved for one layer whose diff ID does not matter.
func savedRaw(l []byte) []byte {
	cfg := `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["` + digest(nil) + `"]}}`
	name := strings.TrimPrefix(digest([]byte(cfg)), "sha256:") + ".json"
	return layerTar(file("l.tar", string(l)), file(name, cfg), file("manifest.json", `[{"Config":"`+name+`","Layers":["l.tar"]}]`))
}

func TestNothingOutsideIsTouched(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.hashed")
	if err := os.WriteFile(secret, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, to := range map[string]string{"abs.hashed": secret, "up.hashed": "../../../../../../../../" + secret, "loop.hashed": "loop.hashed"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "etc/fixed.hashed")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.hashed"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := scan(t, options("dir:"+dir))
	if len(r.Packages) != 0 {
		t.Errorf("read %v from outside", packages(r))
	}
	l := layerTar(file("../../up.hashed", "x"), symlink("l", "/../.."), file("l/through.hashed", "y"))
	r = scan(t, options("archive:"+write(t, saved([][]byte{l}, nil))))
	if d := cmp.Diff([]string{"corrupt @0 /up.hashed"}, unread(r)); d != "" {
		t.Errorf("unread (-want +got):\n%s", d)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := layerTar(file("h.deadly", "hang"))
	o := options("archive:" + write(t, saved([][]byte{l}, nil)))
	o.Worker.FileTimeout = time.Minute
	time.AfterFunc(200*time.Millisecond, cancel)
	start := time.Now()
	_, err := Scan(ctx, o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an interruption", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %s to stop", d)
	}
}

func TestOneEngineSpeaksNotForAnother(t *testing.T) {
	dir := func() *os.File {
		f, err := os.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	here, there := dir(), dir()
	s := &run{o: Options{Cache: openCache(t)}, report: &finding.Report{}}
	id := digest([]byte("layer"))
	st := &state{trust: cache.Engine, root: here, result: &layer.Result{Listing: layer.NewListing()}}
	s.keep(st, id)
	if s.known(cache.Engine, id, here) == nil {
		t.Error("what this engine vouched for is not known again")
	}
	if s.known(cache.Engine, id, there) != nil {
		t.Error("one engine's word is taken for another's directory")
	}
	if s.known(cache.Hashed, id, nil) != nil {
		t.Error("an engine's word is taken for a hash")
	}
	s.remember(id, here, "changed")
	if s.changed(id, here) != "changed" || s.changed(id, there) != "" {
		t.Error("what --verify found wrong is not remembered, or of the wrong directory")
	}
	st.trust, st.root = cache.Hashed, nil
	s.keep(st, id)
	if s.known(cache.Engine, id, there) == nil {
		t.Error("what was hashed does not answer for what an engine vouches for")
	}
}

func TestManyUnreadFilesAreCounted(t *testing.T) {
	var entries []entry
	for i := range 1500 {
		entries = append(entries, file(fmt.Sprintf("%d.deadly", i), "corrupt"))
	}
	for _, ref := range []string{"archive:" + write(t, saved([][]byte{layerTarRaw(entries)}, nil))} {
		r := scan(t, options(ref))
		if n := len(r.Unread); n != 1001 {
			t.Fatalf("%d unread records, want 1000 and one that counts the rest", n)
		}
		if !slices.ContainsFunc(r.Unread, func(u finding.Unread) bool { return strings.Contains(u.Detail, "500 more") }) {
			t.Error("no record says how many more there are")
		}
	}
}

func TestNamesThatHideNothing(t *testing.T) {
	lodash := `{"name":"lodash","version":"4.17.4"}`
	tests := []struct {
		name     string
		layers   [][]byte
		packages []string
		unread   []string
	}{
		{"a byte that is no UTF-8", [][]byte{layerTarGNU(file("a\xff/node_modules/lodash/package.json", lodash))},
			[]string{`lodash 4.17.4 @0 /a\xff/node_modules/lodash/package.json`}, nil},
		{"and the characters that stand for it", [][]byte{layerTarGNU(file("a\U0010f7ff/node_modules/lodash/package.json", lodash), file("a\xff/x", ""))},
			[]string{`lodash 4.17.4 @0 /a\xf4\x8f\x9f\xbf/node_modules/lodash/package.json`}, nil},
		{"removed by a later layer", [][]byte{layerTarGNU(file("a\xff/node_modules/lodash/package.json", lodash)), layerTarGNU(file(".wh.a\xff", ""))},
			[]string{`-lodash 4.17.4 @0 /a\xff/node_modules/lodash/package.json`}, nil},
		{"a link to a file of another name", [][]byte{layerTar(file("store/x", lodash), symlink("app/node_modules/lodash/package.json", "/store/x"))},
			[]string{"lodash 4.17.4 @0 /app/node_modules/lodash/package.json"}, nil},
		{"the same path twice: the last counts", [][]byte{layerTar(file("node_modules/lodash/package.json", `{"name":"lodash","version":"9.9.9"}`), file("node_modules/lodash/package.json", lodash))},
			[]string{"lodash 4.17.4 @0 /node_modules/lodash/package.json"}, nil},
		{"a FIFO and a device instead of files", [][]byte{layerTar(entry{name: "var/lib/dpkg/status", kind: tar.TypeFifo}, entry{name: "node_modules/x/package.json", kind: tar.TypeBlock})},
			nil, []string{"io @0 /node_modules/x/package.json", "io @0 /var/lib/dpkg/status"}},
		{"whiteouts of no name", [][]byte{layerTar(file("var/.wh...", ""), file("etc/.wh.", ""), file("node_modules/lodash/package.json", lodash))},
			[]string{"lodash 4.17.4 @0 /node_modules/lodash/package.json"}, []string{"corrupt @0 /etc/.wh.", "corrupt @0 /var/.wh..."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := scan(t, options("archive:"+write(t, saved(tt.layers, nil))))
			if d := cmp.Diff(tt.packages, packages(r)); d != "" {
				t.Errorf("packages (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.unread, unread(r)); d != "" {
				t.Errorf("unread (-want +got):\n%s", d)
			}
		})
	}
	dir := t.TempDir()
	at := filepath.Join(dir, "a\xff", "node_modules", "lodash")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "package.json"), []byte(lodash), 0o600); err != nil {
		t.Fatal(err)
	}
	r := scan(t, options("dir:"+dir))
	if d := cmp.Diff([]string{`lodash 4.17.4 @-1 a\xff/node_modules/lodash/package.json`}, packages(r)); d != "" {
		t.Errorf("directory (-want +got):\n%s", d)
	}
}

// layerTarGNU is layerTar in the format that takes names of any bytes.
func layerTarGNU(entries ...entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.body)), Format: tar.FormatGNU}); err != nil {
			panic(err)
		}
		_, _ = io.WriteString(w, e.body)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestSecretsOfTheConfigurationAreNotTold: a report carries the configuration,
// whatever was looked for, and no credential that stands there.
func TestSecretsOfTheConfigurationAreNotTold(t *testing.T) {
	token := ""
	for _, r := range secret.Rules() {
		if r.ID == "github-pat" {
			_, token, _ = strings.Cut(r.Valid[0], ": ")
		}
	}
	if len(token) != 40 {
		t.Fatalf("no example of a token: %q", token)
	}
	l := layerTar(file("a", "a"))
	cfg, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(l)}},
		"config":  map[string]any{"Env": []string{"HARMLESS=" + token}, "Labels": map[string]string{"note": "with " + token + " in it"}},
		"history": []map[string]any{{"created_by": "RUN /bin/sh -c fetch " + token + " && make"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(digest(cfg), "sha256:") + ".json"
	m, err := json.Marshal([]map[string]any{{"Config": name, "RepoTags": []string{"test:1"}, "Layers": []string{"l/layer.tar"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, layerTarRaw([]entry{file("l/layer.tar", string(l)), file(name, string(cfg)), file("manifest.json", string(m))}))
	c := openCache(t)
	for _, families := range [][]Family{nil, nil, {Configuration}, {Vulnerabilities, Secrets, Configuration}} {
		o := options("archive:" + path)
		o.Cache, o.Families, o.Detectors = c, families, nil
		r := scan(t, o)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), token) {
			t.Errorf("%v: the token is told: %s", families, b)
		}
		if !strings.Contains(r.Layers[0].CreatedBy, "&& make") || !strings.Contains(r.Layers[0].CreatedBy, "fetch ***") {
			t.Errorf("%v: %q", families, r.Layers[0].CreatedBy)
		}
	}
}

// TestOneFile looks at one file by itself, by name and through a pipe.
func TestOneFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("a.told", []byte("one\nxyzzy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("a.told")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = w.WriteString(strings.Repeat("long ", 100_000) + "xyzzy")
		w.Close()
	}()
	for _, tt := range []struct {
		ref, want string
		stdin     *os.File
		detector  walk.Detector
	}{
		{"file:a.told", "a.told", nil, told{"xyzzy"}},
		{"file:./a.told", "a.told", nil, told{"xyzzy"}},
		{"file:" + filepath.Join(dir, "a.told"), "a.told", nil, told{"xyzzy"}},
		{"file:-", "stdin", f, everything{told{"xyzzy"}}},
		{"file:-", "stdin", r, everything{told{"xyzzy"}}},
	} {
		o := options(tt.ref)
		o.Source.Stdin = tt.stdin
		o.Detectors = []walk.Detector{tt.detector}
		rep := scan(t, o)
		if rep.Subject.Kind != source.KindFile || len(rep.Results) != 1 || len(rep.Layers) != 0 || len(rep.Unread) != 0 {
			t.Errorf("%s: %+v", tt.ref, rep)
			continue
		}
		if d := cmp.Diff([]finding.Location{{Layer: -1, Path: tt.want}}, rep.Results[0].Locations); d != "" {
			t.Errorf("%s: %s", tt.ref, d)
		}
	}
	empty, nothing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	nothing.Close()
	o := options("file:-")
	o.Source.Stdin = empty
	if rep := scan(t, o); len(rep.Unread) != 1 || rep.Unread[0].Reason != finding.UnreadIO {
		t.Errorf("an empty pipe: %v", rep.Unread)
	}
	for _, ref := range []string{"file:none", "file:" + dir, "file:/dev/null"} {
		if _, err := Scan(context.Background(), options(ref)); err == nil {
			t.Errorf("%s: no error", ref)
		}
	}
}

// TestLocksSideBySide: the lock files of two programs beside their manifest,
// and a program stored as data, are found alike in a directory, in an archive
// and again from the cache.
func TestLocksSideBySide(t *testing.T) {
	files := map[string]string{"app/package.json": `{"name":"shop","version":"1.0.0"}`}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for to, from := range map[string]string{
		"app/yarn.lock":         "../inventory/lang/yarn/testdata/v1.lock",
		"app/package-lock.json": "../inventory/lang/npm/testdata/lock-v3.json",
		"app/x.txt":             exe,
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		files[to] = string(b)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	var entries []entry
	for p, content := range files {
		if err := os.WriteFile(filepath.Join(dir, p), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, file(p, content))
	}
	archive := options("archive:" + write(t, saved([][]byte{layerTar(entries...)}, nil)))
	archive.Cache = openCache(t)
	for _, o := range []Options{options("dir:" + dir), archive, archive} {
		got := map[string]int{}
		for _, p := range scan(t, o).Packages {
			got[p.FoundBy]++
		}
		if got["yarn"] != 23 || got["npm-lock"] != 19 || got["npm"] != 1 || got["golang"] == 0 {
			t.Errorf("%s: %v, want 23 of yarn, 19 of npm-lock, 1 of npm, and the Go of this test", o.Source.Ref, got)
		}
	}
}
