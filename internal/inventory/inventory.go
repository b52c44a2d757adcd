// Package inventory says which packages are in an image, and of which
// distribution release it is.
//
// Extractors (the packages under os/ and lang/, listed by [Extractors]) read
// single files of single layers and know nothing of each other. [Merge] puts
// what they said of all layers together with the squashed tree.
//
// # What the merge promises
//
// A package of an operating system is installed when a visible database has
// it; its location is the layer whose database named this version first. One
// that only lower versions of the database name is Hidden: its files are
// shipped in the lower layer. When a later layer took the database away (or
// left one that can't be read), the last one before counts for every package of
// which a file is still there, and the package has the attribute
// [AttrDatabase]: deleting the database hides nothing.
//
// A language package is Hidden when the file that names it is not what the
// final file system shows. The same package in the same place in several layers,
// or said twice of one place, is one package with all its locations. Required
// (Declared) and installed packages stay apart.
//
// A language package whose file an operating system package brought has
// OwnedBy. It has not when its file came with a later layer than the package
// did and no earlier layer had it: then somebody put another version in its
// place ("npm install -g npm" over a packaged npm), and the distribution's
// advisories do not speak of it. Within one layer that can't be told.
//
// Answers are in a fixed order, and IDs are unique. Paths stay as the walk
// has them, relative to the root; in a directory every Location.Layer is -1.
//
// # What it does not do
//
// It reads no file. It does not ask whether a package's files are all there.
//
// # Cost
//
// One pass over the records; 6,000 packages and 25,000 owned paths take some
// 15 ms (BenchmarkMerge). Owned paths are decoded from their compact form one
// by one and never held.
package inventory

import (
	"slices"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/python"
	"bulwark/internal/inventory/os/dpkg"
	"bulwark/internal/inventory/os/osrelease"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// AttrDatabase is "removed" for a package that is known only from a database
// which a later layer took away, while files of the package are still there.
const AttrDatabase = "os.database"

// Inventory is what is installed.
type Inventory struct {
	// OS is nil when no file says which distribution this is.
	OS       *finding.OSRelease
	Packages []finding.Package
	// Unread are the unread records of the extractors.
	Unread []finding.Unread
}

// Merge makes the packages of an image from what the extractors said of its
// layers (recs of all layers, bottom first; Record.Layer set). layers is nil
// for a directory.
func Merge(tree walk.Tree, layers []finding.LayerInfo, recs []walk.Record) Inventory {
	languages := 0
	for i := range recs {
		if p := recs[i].Package; p != nil && !isSystem(p.Type) {
			languages++
		}
	}
	m := &merger{
		tree: tree, layered: len(layers) > 0,
		systems:   map[systemKey]*entry{},
		byName:    map[nameKey][]*entry{},
		databases: map[string]int{},
		languages: make(map[languageKey]*entry, languages),
		byPath:    make(map[string][]*entry, languages),
		licenses:  map[string][]licenseFact{},
	}
	var inv Inventory
	for i := range recs {
		r := &recs[i]
		switch {
		case r.Package != nil && isSystem(r.Package.Type):
			m.system(r)
		case r.Package != nil:
			m.language(r)
		case r.Fact != nil:
			m.fact(r)
		case r.Unread != nil && r.Detector != "":
			if r.Unread.Detail == lang.ErrEmpty.Error() && r.Unread.Location.Path == r.Path && !m.visible(r.Layer, r.Path) {
				continue // nothing was in it, and it is not there any more
			}
			u := *r.Unread
			u.Location.Layer = m.layer(r)
			// A file offered again under another name says the same again.
			if len(inv.Unread) > 1000 || !slices.Contains(inv.Unread, u) {
				inv.Unread = append(inv.Unread, u)
			}
		}
	}
	m.databasesTakenAway()
	m.finishSystems()
	m.findOwners()
	m.sameProgram()
	m.directURLs()
	inv.OS = m.release(topLayer)
	inv.Unread = append(inv.Unread, m.stillOpen(m.layered || inv.OS != nil)...)
	inv.Packages = m.packages()
	inv.Unread = append(inv.Unread, absent(tree, inv.OS, inv.Packages)...)
	return inv
}

type merger struct {
	tree    walk.Tree
	layered bool
	asked   place // the last question to visible, and its answer
	shown   bool

	systems   map[systemKey]*entry
	byName    map[nameKey][]*entry
	databases map[string]int // path → the highest layer with a version of it that names packages

	languages map[languageKey]*entry
	byPath    map[string][]*entry // language packages by the file that names them

	owned    []ownedFact
	licenses map[string][]licenseFact
	releases []layerRelease
	released map[int]*finding.OSRelease // answers of release

	open []openManifest
	urls []urlFact
	// installedFrom are the folders, absolute, of which a distribution was installed.
	installedFrom map[string]bool

	all []*entry
}

// entry is one package of the answer.
type entry struct {
	pkg finding.Package
	// first is the lowest layer that has it; last and path where it was seen last.
	first, last int
	path        string
	visible     bool
	// owner is the operating system package that brought a language package.
	owner *entry
	order int
}

type (
	place struct {
		layer int
		path  string
	}
	systemKey   struct{ typ, name, version, arch string }
	nameKey     struct{ typ, name string }
	languageKey struct {
		purl, path string
		declared   bool
	}
	ownedFact struct {
		typ   string
		layer int
		data  []byte
	}
	licenseFact struct {
		layer int
		words string
	}
	layerRelease struct {
		layer   int
		visible bool
		file    releaseFile
	}
)

// topLayer stands for the final file system.
const topLayer = 1 << 30

func isSystem(typ string) bool {
	return typ == finding.TypeDeb || typ == finding.TypeAPK || typ == finding.TypeRPM
}

// layer is the layer that a location of the record gets.
func (m *merger) layer(r *walk.Record) int {
	if !m.layered {
		return -1
	}
	return r.Layer
}

// visible reports whether the final file system shows the file, also where a
// link leads to it under the path it was offered by.
func (m *merger) visible(layer int, path string) bool {
	if !m.layered {
		return true
	}
	// All packages of a database ask for the same file.
	if at := (place{layer, path}); at != m.asked {
		m.asked, m.shown = at, m.tree.Visible(layer, path)
		if !m.shown {
			e, err := m.tree.Resolve(path)
			m.shown = err == nil && e.Type == walk.TypeFile && e.Layer == layer && e.Path != path
		}
	}
	return m.shown
}

func (m *merger) fact(r *walk.Record) {
	switch r.Fact.Kind {
	case owned.Kind:
		typ := r.Detector
		if typ == "dpkg" {
			typ = finding.TypeDeb
		}
		m.owned = append(m.owned, ownedFact{typ, m.layer(r), r.Fact.Data})
	case lang.FactUnresolved:
		m.unresolved(r)
	case python.FactDirectURL:
		m.urls = append(m.urls, urlFact{r.Layer, r.Path, r.Fact.Data})
	case dpkg.LicenseKind:
		m.licenses[r.Path] = append(m.licenses[r.Path], licenseFact{m.layer(r), string(r.Fact.Data)})
	case osrelease.Kind:
		if f, ok := decodeRelease(r.Path, r.Fact.Data); ok {
			m.releases = append(m.releases, layerRelease{m.layer(r), m.visible(r.Layer, r.Path), f})
		}
	}
}

// release says which distribution the file system of a layer was of: by the
// files that are visible, at the top; by the highest at or below it, elsewhere
// and where the visible ones were taken away.
func (m *merger) release(layer int) *finding.OSRelease {
	if o, ok := m.released[layer]; ok {
		return o
	}
	var o *finding.OSRelease
	if layer == topLayer {
		var files []releaseFile
		for _, r := range m.releases {
			if r.visible {
				files = append(files, r.file)
			}
		}
		o = osRelease(files)
	}
	if o == nil {
		last := map[string]layerRelease{}
		for _, r := range m.releases {
			if l, ok := last[r.file.path]; r.layer <= layer && (!ok || r.layer >= l.layer) {
				last[r.file.path] = r
			}
		}
		var files []releaseFile
		for _, p := range osrelease.Paths {
			if r, ok := last[p]; ok {
				files = append(files, r.file)
			}
		}
		o = osRelease(files)
	}
	if m.released == nil {
		m.released = map[int]*finding.OSRelease{}
	}
	m.released[layer] = o
	return o
}
