package inventory

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

const (
	removed = "\x00removed" // content of an entry that a layer takes away
	link    = "\x00link "   // content of a symbolic link
)

// image is a small image of layers, path → content; it squashes itself.
type image struct {
	layers []map[string]string
	final  map[string]walk.Entry
}

var _ walk.Tree = (*image)(nil)

func squash(layers ...map[string]string) *image {
	im := &image{layers: layers, final: map[string]walk.Entry{}}
	for i, l := range layers {
		for p, content := range l {
			switch {
			case content == removed:
				for q := range im.final {
					if q == p || strings.HasPrefix(q, p+"/") {
						delete(im.final, q)
					}
				}
			case strings.HasPrefix(content, link):
				im.final[p] = walk.Entry{Path: p, Type: walk.TypeSymlink, Layer: i, Link: content[len(link):]}
			default:
				im.final[p] = walk.Entry{Path: p, Type: walk.TypeFile, Layer: i, Size: int64(len(content))}
			}
		}
	}
	return im
}

func (im *image) Lookup(p string) (walk.Entry, bool) {
	if e, ok := im.final[p]; ok {
		return e, true
	}
	for q := range im.final {
		if strings.HasPrefix(q, p+"/") {
			return walk.Entry{Path: p, Type: walk.TypeDir}, true
		}
	}
	return walk.Entry{}, false
}

func (im *image) Resolve(p string) (walk.Entry, error) {
	for range 40 {
		again := false
		for at, i := "", 0; i < len(p) && !again; {
			n := strings.IndexByte(p[i:], '/')
			if n < 0 {
				n = len(p) - i
			}
			at = path.Join(at, p[i:i+n])
			i += n + 1
			if e, ok := im.final[at]; ok && e.Type == walk.TypeSymlink {
				target := e.Link
				if !path.IsAbs(target) {
					target = path.Join("/", path.Dir(at), target)
				}
				p, again = strings.TrimPrefix(path.Join(target, p[min(i, len(p)):]), "/"), true
			}
		}
		if !again {
			if e, ok := im.Lookup(p); ok {
				return e, nil
			}
			return walk.Entry{}, fs.ErrNotExist
		}
	}
	return walk.Entry{}, fs.ErrInvalid
}

func (im *image) Visible(layer int, p string) bool {
	e, ok := im.final[p]
	return ok && e.Type == walk.TypeFile && e.Layer == layer
}

func (im *image) Walk(func(walk.Entry) bool) {}

// records runs every extractor over every layer, as the walk does.
func (im *image) records(t testing.TB) []walk.Record {
	t.Helper()
	var out []walk.Record
	for i, l := range im.layers {
		for _, p := range slices.Sorted(mapKeys(l)) {
			if strings.HasPrefix(l[p], "\x00") {
				continue
			}
			for _, d := range Extractors() {
				recs, _ := walk.Inspect(t.Context(), d, walk.NewFile(p, []byte(l[p])))
				for _, r := range recs {
					r.Layer = i
					out = append(out, r)
				}
			}
		}
	}
	return out
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func merge(t testing.TB, layers ...map[string]string) Inventory {
	t.Helper()
	im := squash(layers...)
	infos := make([]finding.LayerInfo, len(layers))
	return Merge(im, infos, im.records(t))
}

func deb(name, version string) string {
	return fmt.Sprintf("Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\n\n", name, version)
}

// said gives the packages as lines that are easy to compare.
func said(inv Inventory) []string {
	var out []string
	for _, p := range inv.Packages {
		s := p.ID
		for _, l := range p.Locations {
			s += fmt.Sprintf(" %d:%s", l.Layer, l.Path)
		}
		if p.Hidden {
			s += " hidden"
		}
		if p.Declared {
			s += " declared"
		}
		if p.OwnedBy != "" {
			s += " of " + p.OwnedBy
		}
		if p.Attributes[AttrDatabase] != "" {
			s += " database " + p.Attributes[AttrDatabase]
		}
		out = append(out, s)
	}
	return out
}

const debian12 = "ID=debian\nVERSION_ID=12\n"

func npmPackage(name, version string) string {
	return fmt.Sprintf(`{"name":%q,"version":%q,"license":"MIT License"}`, name, version)
}

func TestMerge(t *testing.T) {
	type layer = map[string]string
	const status = "var/lib/dpkg/status"
	for _, c := range []struct {
		name   string
		layers []layer
		want   []string
	}{
		{
			"a package belongs to the layer that first had this version",
			[]layer{
				{"etc/os-release": debian12, status: deb("a", "1") + deb("b", "1")},
				{status: deb("a", "1") + deb("b", "2") + deb("c", "1")},
				{status: deb("a", "1") + deb("b", "2") + deb("c", "1") + deb("d", "1")},
			},
			[]string{
				"pkg:deb/debian/a@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status",
				"pkg:deb/debian/b@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status hidden",
				"pkg:deb/debian/b@2?arch=amd64&distro=debian-12 1:var/lib/dpkg/status",
				"pkg:deb/debian/c@1?arch=amd64&distro=debian-12 1:var/lib/dpkg/status",
				"pkg:deb/debian/d@1?arch=amd64&distro=debian-12 2:var/lib/dpkg/status",
			},
		},
		{
			"hidden packages are of the release of their layer",
			[]layer{
				{"etc/os-release": "ID=debian\nVERSION_ID=11\n", status: deb("a", "1")},
				{"etc/os-release": debian12, status: deb("a", "2")},
			},
			[]string{
				"pkg:deb/debian/a@1?arch=amd64&distro=debian-11 0:var/lib/dpkg/status hidden",
				"pkg:deb/debian/a@2?arch=amd64&distro=debian-12 1:var/lib/dpkg/status",
			},
		},
		{
			"deleting the database hides only what is gone",
			[]layer{
				{
					"etc/os-release": debian12, status: deb("a", "1") + deb("b", "1"), "usr/bin/a": "a", "usr/bin/b": "b", "bin": link + "usr/bin",
					"var/lib/dpkg/info/a.list": "/bin/a\n", "var/lib/dpkg/info/b.list": "/usr/bin/b\n",
				},
				{"usr/bin/b": removed, "var/lib/dpkg": removed},
			},
			[]string{
				"pkg:deb/debian/a@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status database removed",
				"pkg:deb/debian/b@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status hidden",
			},
		},
		{
			"distroless: each package a database of its own",
			[]layer{
				{"usr/lib/os-release": debian12, "etc/os-release": link + "../usr/lib/os-release", "var/lib/dpkg/status.d/a": deb("a", "1"), "var/lib/dpkg/status.d/a.md5sums": strings.Repeat("0", 32) + "  usr/lib/node/x/package.json\n", "usr/lib/node/x/package.json": npmPackage("x", "1.0.0")},
				{"var/lib/dpkg/status.d/b": deb("b", "1")},
			},
			[]string{
				"pkg:deb/debian/a@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status.d/a",
				"pkg:deb/debian/b@1?arch=amd64&distro=debian-12 1:var/lib/dpkg/status.d/b",
				"pkg:npm/x@1.0.0 0:usr/lib/node/x/package.json of pkg:deb/debian/a@1?arch=amd64&distro=debian-12",
			},
		},
		{
			"owned through a link, not when replaced later, yes when only touched later",
			[]layer{
				{
					"etc/os-release": debian12, status: deb("node-a", "1") + deb("npm", "1"), "lib": link + "usr/lib",
					"var/lib/dpkg/info/node-a:amd64.list": "/lib/node_modules/a/package.json\n",
					"var/lib/dpkg/info/npm.list":          "/usr/lib/node_modules/npm/package.json\n",
					"usr/lib/node_modules/a/package.json": npmPackage("a", "1.0.0"), "usr/lib/node_modules/npm/package.json": npmPackage("npm", "8.0.0"),
				},
				{"usr/lib/node_modules/npm/package.json": npmPackage("npm", "10.0.0"), "usr/lib/node_modules/a/package.json": npmPackage("a", "1.0.0")},
			},
			[]string{
				"pkg:deb/debian/node-a@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status",
				"pkg:deb/debian/npm@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status",
				"pkg:npm/a@1.0.0 0:usr/lib/node_modules/a/package.json 1:usr/lib/node_modules/a/package.json of pkg:deb/debian/node-a@1?arch=amd64&distro=debian-12",
				"pkg:npm/npm@10.0.0 1:usr/lib/node_modules/npm/package.json",
				"pkg:npm/npm@8.0.0 0:usr/lib/node_modules/npm/package.json hidden of pkg:deb/debian/npm@1?arch=amd64&distro=debian-12",
			},
		},
		{
			"an upgraded package owns its new files, the old one its hidden ones",
			[]layer{
				{"etc/os-release": debian12, status: deb("npm", "1"), "var/lib/dpkg/info/npm.list": "/usr/lib/node_modules/npm/package.json\n", "usr/lib/node_modules/npm/package.json": npmPackage("npm", "8.0.0")},
				{status: deb("npm", "2"), "usr/lib/node_modules/npm/package.json": npmPackage("npm", "9.0.0")},
			},
			[]string{
				"pkg:deb/debian/npm@1?arch=amd64&distro=debian-12 0:var/lib/dpkg/status hidden",
				"pkg:deb/debian/npm@2?arch=amd64&distro=debian-12 1:var/lib/dpkg/status",
				"pkg:npm/npm@8.0.0 0:usr/lib/node_modules/npm/package.json hidden of pkg:deb/debian/npm@1?arch=amd64&distro=debian-12",
				"pkg:npm/npm@9.0.0 1:usr/lib/node_modules/npm/package.json of pkg:deb/debian/npm@2?arch=amd64&distro=debian-12",
			},
		},
		{
			"the same package at several places has several IDs; a removed one is hidden",
			[]layer{
				{"app/node_modules/ms/package.json": npmPackage("ms", "2.0.0"), "app/node_modules/x/node_modules/ms/package.json": npmPackage("ms", "2.0.0")},
				{"app/node_modules/ms": removed},
			},
			[]string{
				"pkg:npm/ms@2.0.0 0:app/node_modules/ms/package.json hidden",
				"pkg:npm/ms@2.0.0#2 0:app/node_modules/x/node_modules/ms/package.json",
			},
		},
		{
			"rpm's own database on Debian is not of Debian",
			[]layer{{"etc/os-release": debian12, "var/lib/rpmmanifest/container-manifest-2": "a\t1-1\t0\t0\tv\t3\t0\tnoarch\t3\ta-1-1.src.rpm\n"}},
			[]string{"pkg:rpm/a@1-1?arch=noarch&epoch=3 0:var/lib/rpmmanifest/container-manifest-2"},
		},
		{
			"nothing",
			[]layer{{"etc/passwd": "root"}, {}},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := merge(t, c.layers...)
			if diff := cmp.Diff(c.want, said(inv)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, p := range inv.Packages {
				u, err := packageurl.FromString(p.PURL)
				if err != nil || u.ToString() != p.PURL {
					t.Errorf("package URL %q: %q, %v", p.PURL, u.ToString(), err)
				}
			}
		})
	}
}

func TestMergeDirectory(t *testing.T) {
	im := squash(map[string]string{
		"etc/os-release": debian12, "var/lib/dpkg/status": deb("a", "1"), "app/node_modules/ms/package.json": npmPackage("ms", "2.0.0"),
		"usr/share/doc/a": link + "b", "usr/share/doc/b/copyright": "see /usr/share/common-licenses/Apache-2.0.\n",
		"var/lib/dpkg/info/x y.list": "/x\n",
	})
	recs := im.records(t)
	for i := range recs {
		recs[i].Layer = -1
	}
	inv := Merge(im, nil, recs)
	want := []string{"pkg:deb/debian/a@1?arch=amd64&distro=debian-12 -1:var/lib/dpkg/status", "pkg:npm/ms@2.0.0 -1:app/node_modules/ms/package.json"}
	if diff := cmp.Diff(want, said(inv)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if inv.OS == nil || inv.OS.Release != "Debian:12" || inv.Packages[0].Release != "Debian:12" || inv.Packages[1].Release != "" {
		t.Errorf("release %+v, %+v", inv.OS, inv.Packages)
	}
	if diff := cmp.Diff([]string{"Apache-2.0"}, inv.Packages[0].Licenses); diff != "" {
		t.Errorf("licences through a linked directory:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"MIT"}, inv.Packages[1].Licenses); diff != "" {
		t.Errorf("licences in prose:\n%s", diff)
	}
	if len(inv.Unread) != 1 || inv.Unread[0].Location.Layer != -1 {
		t.Errorf("unread %+v", inv.Unread)
	}
}

// TestMergeOnePlace: records that say the same of one place are one package.
func TestMergeOnePlace(t *testing.T) {
	p := func(l int, by string, declared, dev bool, lines ...int) walk.Record {
		pkg := &finding.Package{Type: "npm", Name: "ms", Version: "1", PURL: "pkg:npm/ms@1", FoundBy: by, Declared: declared, Dev: dev}
		for _, n := range lines {
			pkg.Locations = append(pkg.Locations, finding.Location{Path: "app/lock", Line: n})
		}
		return walk.Record{Detector: by, Layer: l, Path: "app/lock", Package: pkg}
	}
	im := squash(map[string]string{"app/lock": "1"}, map[string]string{"app/lock": "2"})
	inv := Merge(im, make([]finding.LayerInfo, 2), []walk.Record{p(0, "one", true, true, 7), p(0, "two", true, false, 9), p(1, "one", true, true, 7), p(1, "one", false, false)})
	want := []finding.Package{
		{ID: "pkg:npm/ms@1", Type: "npm", Name: "ms", Version: "1", PURL: "pkg:npm/ms@1", FoundBy: "one", Locations: []finding.Location{{Layer: 1, Path: "app/lock"}}},
		{ID: "pkg:npm/ms@1#2", Type: "npm", Name: "ms", Version: "1", PURL: "pkg:npm/ms@1", FoundBy: "one", Declared: true, Locations: []finding.Location{
			{Layer: 0, Path: "app/lock", Line: 7}, {Layer: 0, Path: "app/lock", Line: 9}, {Layer: 1, Path: "app/lock", Line: 7},
		}},
	}
	if diff := cmp.Diff(want, inv.Packages); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMergeKeepsRecords: records may be shared with a cache and stay as they were.
func TestMergeKeepsRecords(t *testing.T) {
	im := squash(map[string]string{"etc/os-release": debian12, "var/lib/dpkg/status": deb("a", "1"), "app/node_modules/ms/package.json": npmPackage("ms", "2.0.0")})
	recs := im.records(t)
	before := fmt.Sprintf("%+v", flat(recs))
	Merge(im, make([]finding.LayerInfo, 1), recs)
	if diff := cmp.Diff(before, fmt.Sprintf("%+v", flat(recs))); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func flat(recs []walk.Record) []finding.Package {
	var out []finding.Package
	for _, r := range recs {
		if r.Package != nil {
			out = append(out, *r.Package)
		}
	}
	return out
}

// TestReleaseTakenAway: without a visible release file the last one there was counts.
func TestReleaseTakenAway(t *testing.T) {
	inv := merge(t, map[string]string{"etc/os-release": debian12}, map[string]string{"etc/os-release": removed})
	if inv.OS == nil || inv.OS.Release != "Debian:12" {
		t.Errorf("%+v", inv.OS)
	}
}

// TestListComplete fails when a package below os/ or lang/ that has an
// extractor is not on the list.
func TestListComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, d := range Extractors() {
		if listed[d.Name()] {
			t.Errorf("two extractors are called %q", d.Name())
		}
		listed[d.Name()] = true
	}
	src, err := os.ReadFile("list.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []string{"os", "lang"} {
		err := filepath.WalkDir(family, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
				return err
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			for line := range strings.Lines(string(b)) {
				rest, ok := strings.CutPrefix(line, "func New")
				if !ok || !strings.Contains(line, "walk.Detector") {
					continue
				}
				name, _, _ := strings.Cut(rest, "(")
				if call := filepath.Base(filepath.Dir(p)) + ".New" + name + "("; !strings.Contains(string(src), call) {
					t.Errorf("%s has %s) and list.go has not", p, call)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestMergeRandom builds random images and holds the answer against the rules
// worked out the slow way.
func TestMergeRandom(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 7))
		n := 1 + rng.IntN(5)
		layers := make([]map[string]string, n)
		type pkg struct{ name, version string }
		first, last := map[pkg]int{}, map[pkg]int{}
		newest := -1
		for i := range layers {
			layers[i] = map[string]string{}
			if rng.IntN(3) > 0 {
				newest = i
				text := deb("base", "1") // a database is never empty
				have := map[string]string{"base": "1"}
				for range rng.IntN(5) {
					name := string(rune('a' + rng.IntN(4)))
					if have[name] == "" {
						have[name] = strconv.Itoa(1 + rng.IntN(3))
						text += deb(name, have[name])
					}
				}
				layers[i]["var/lib/dpkg/status"] = text
				for name, v := range have {
					p := pkg{name, v}
					if _, ok := first[p]; !ok {
						first[p] = i
					}
					last[p] = i
				}
			}
			for range rng.IntN(3) {
				name := string(rune('a' + rng.IntN(3)))
				path := "app/node_modules/" + name + "/package.json"
				if layers[i][path] = npmPackage(name, "1.0."+strconv.Itoa(rng.IntN(2))); rng.IntN(4) == 0 {
					layers[i][path] = removed
				}
			}
			if rng.IntN(2) == 0 {
				layers[i]["var/lib/dpkg/info/a.list"] = "/app/node_modules/a/package.json\n"
			}
		}
		im := squash(layers...)
		recs := im.records(t)
		inv := Merge(im, make([]finding.LayerInfo, n), recs)

		ids := map[string]finding.Package{}
		for _, p := range inv.Packages {
			if _, twice := ids[p.ID]; twice {
				t.Fatalf("seed %d: ID %s twice", seed, p.ID)
			}
			ids[p.ID] = p
			switch p.Type {
			case "deb":
				k := pkg{p.Name, p.Version}
				if p.Locations[0].Layer != first[k] || p.Hidden != (last[k] != newest) {
					t.Fatalf("seed %d: %+v, want layer %d, in the database until %d of %d", seed, p, first[k], last[k], newest)
				}
				delete(first, k)
			default:
				shown := false
				for _, l := range p.Locations {
					shown = shown || im.Visible(l.Layer, l.Path)
				}
				if p.Hidden == shown {
					t.Fatalf("seed %d: %+v", seed, p)
				}
			}
		}
		if len(first) > 0 {
			t.Fatalf("seed %d: %v are missing", seed, first)
		}
		for _, p := range inv.Packages {
			if o, ok := ids[p.OwnedBy]; p.OwnedBy != "" && (!ok || o.Name != "a" || o.Type != "deb") {
				t.Fatalf("seed %d: %+v", seed, p)
			}
		}
		// The order in which a layer's files were looked at does not matter.
		rng.Shuffle(len(recs), func(i, j int) { recs[i], recs[j] = recs[j], recs[i] })
		slices.SortStableFunc(recs, func(a, b walk.Record) int { return a.Layer - b.Layer })
		if diff := cmp.Diff(said(inv), said(Merge(im, make([]finding.LayerInfo, n), recs))); diff != "" {
			t.Fatalf("seed %d, other order of records:\n%s", seed, diff)
		}
	}
}

// FuzzMergeFacts: facts come from the worker, which hostile bytes may have taken over.
func FuzzMergeFacts(f *testing.F) {
	var e owned.Encoder
	e.Package("a", "amd64")
	e.Path([]byte("app/node_modules/ms/package.json"))
	f.Add(e.Data(), []byte(`{"ID":"debian"}`), "MIT\nGPL-2")
	f.Add([]byte{1, 'a', 0, 255, 255, 1}, []byte(`{"ID":null}`), "")
	im := squash(map[string]string{"app/node_modules/ms/package.json": "{}", "var/lib/dpkg/status": ""})
	f.Fuzz(func(t *testing.T, files, release []byte, words string) {
		recs := []walk.Record{
			{Detector: "dpkg", Path: "var/lib/dpkg/info/a.list", Fact: &walk.Fact{Kind: owned.Kind, Data: files}},
			{Detector: "os-release", Path: "etc/os-release", Fact: &walk.Fact{Kind: "release-file", Data: release}},
			{Detector: "dpkg", Path: "usr/share/doc/a/copyright", Fact: &walk.Fact{Kind: "dpkg-licenses", Data: []byte(words)}},
			{Detector: "dpkg", Path: "var/lib/dpkg/status", Package: &finding.Package{Type: "deb", Name: "a", Version: "1"}},
			{Detector: "npm", Path: "app/node_modules/ms/package.json", Package: &finding.Package{Type: "npm", Name: "ms", Version: "1", PURL: "pkg:npm/ms@1"}},
		}
		if inv := Merge(im, make([]finding.LayerInfo, 1), recs); len(inv.Packages) != 2 {
			t.Fatalf("%+v", inv)
		}
	})
}

// BenchmarkMerge: 500 system packages in 8 versions of the database, 5,500
// language packages, 25,000 listed paths, of which 5,000 are worth keeping.
func BenchmarkMerge(b *testing.B) {
	const layers, debs, langs = 8, 500, 5500
	var recs []walk.Record
	final := map[string]string{"bin": link + "usr/bin", "lib": link + "usr/lib"}
	for l := range layers {
		recs = append(recs, walk.Record{Detector: "os-release", Layer: l, Path: "etc/os-release", Fact: &walk.Fact{Kind: "release-file", Data: []byte(`{"ID":"debian","VERSION_ID":"12"}`)}})
		for i := range debs {
			recs = append(recs, walk.Record{Detector: "dpkg", Layer: l, Path: "var/lib/dpkg/status", Package: &finding.Package{
				Type: "deb", Name: fmt.Sprint("package", i), Version: fmt.Sprintf("1.%d-1", i+l/(1+i%8)), Arch: "amd64", FoundBy: "dpkg", Locations: []finding.Location{{Path: "var/lib/dpkg/status"}}}})
		}
	}
	for i := range debs {
		var e owned.Encoder
		e.Package(fmt.Sprint("package", i), "amd64")
		for j := range 50 {
			switch {
			case j < 2:
				e.Path(fmt.Appendf(nil, "usr/lib/node_modules/m%d/package.json", i*10+j))
			case j < 10:
				e.Path(fmt.Appendf(nil, "lib/package%d/lib%d.so", i, j))
			default:
				e.Path(fmt.Appendf(nil, "usr/share/doc/package%d/file%d", i, j))
			}
		}
		recs = append(recs, walk.Record{Detector: "dpkg", Layer: 0, Path: fmt.Sprintf("var/lib/dpkg/info/package%d.list", i), Fact: &walk.Fact{Kind: owned.Kind, Data: e.Data()}})
	}
	for i := range langs {
		p := fmt.Sprintf("usr/lib/node_modules/m%d/package.json", i)
		final[p] = ""
		recs = append(recs, walk.Record{Detector: "npm", Layer: i % layers, Path: p, Package: &finding.Package{
			Type: "npm", Name: fmt.Sprint("m", i), Version: "1.0.0", PURL: fmt.Sprintf("pkg:npm/m%d@1.0.0", i), FoundBy: "npm", Licenses: []string{"MIT"}, Locations: []finding.Location{{Path: p}}}})
	}
	im := squash(final)
	infos := make([]finding.LayerInfo, layers)
	b.ReportAllocs()
	for b.Loop() {
		if inv := Merge(flatTree{im}, infos, recs); len(inv.Packages) < langs+debs {
			b.Fatal(len(inv.Packages))
		}
	}
}

// flatTree answers Resolve of directories without the search that image does.
type flatTree struct{ *image }

func (f flatTree) Resolve(p string) (walk.Entry, error) {
	if rest, ok := strings.CutPrefix(p, "lib/"); ok {
		p = "usr/lib/" + rest
	}
	if e, ok := f.final[p]; ok {
		return e, nil
	}
	return walk.Entry{Path: p, Type: walk.TypeDir}, nil
}
