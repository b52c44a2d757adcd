package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/license"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// language takes a package of a language.
func (m *merger) language(r *walk.Record) {
	p := r.Package
	layer := m.layer(r)
	where := r.Path
	if len(p.Locations) > 0 {
		where = p.Locations[0].Path
	}
	purl := p.PURL
	if purl == "" {
		purl = p.Type + ":" + p.Name + "@" + p.Version
	}
	k := languageKey{purl, where, p.Declared}
	visible := m.visible(r.Layer, r.Path)
	e := m.languages[k]
	if e == nil {
		e = &entry{pkg: *p, first: layer, last: layer, path: r.Path, visible: visible, order: len(m.all)}
		e.pkg.Locations = make([]finding.Location, 0, max(1, len(p.Locations)))
		m.languages[k] = e
		m.byPath[r.Path] = append(m.byPath[r.Path], e)
		m.all = append(m.all, e)
	} else {
		e.first, e.last = min(e.first, layer), max(e.last, layer)
		join(&e.pkg, p, visible && !e.visible)
		e.visible = e.visible || visible
	}
	if len(p.Locations) == 0 {
		e.place(finding.Location{Layer: layer, Path: r.Path})
	}
	for _, l := range p.Locations {
		l.Layer = layer
		e.place(l)
	}
}

func (e *entry) place(l finding.Location) {
	if !slices.Contains(e.pkg.Locations, l) && len(e.pkg.Locations) < maxLocations {
		e.pkg.Locations = append(e.pkg.Locations, l)
	}
}

// maxLocations bounds what one package says of its places: a lock file may
// name one a thousand times.
const maxLocations = 64

// join adds to a package what another record of the same says. better is true
// when that record is of the visible file and the ones before were not.
func join(to, from *finding.Package, better bool) {
	to.Dev = to.Dev && from.Dev
	if len(to.Licenses) == 0 || better && len(from.Licenses) > 0 {
		to.Licenses = from.Licenses
	}
	if to.Maintainer == "" || better && from.Maintainer != "" {
		to.Maintainer = from.Maintainer
	}
	if len(from.Attributes) > 0 {
		all := maps.Clone(from.Attributes)
		for k, v := range to.Attributes {
			if _, ok := all[k]; !ok || !better {
				all[k] = v
			}
		}
		to.Attributes = all
	}
}

// maxOwnedPaths bounds the owned paths that are looked at, of all layers: real
// images have some 20,000 of them worth keeping in each version of their database.
const maxOwnedPaths = 2_000_000

// findOwners links language packages to the system packages whose file lists
// have the files that name them.
func (m *merger) findOwners() {
	if len(m.languages) == 0 || len(m.owned) == 0 {
		return
	}
	// A path is compared as it is written, then with its directory's links
	// followed ("bin/x" is usr/bin/x today), which is worth it only for files
	// of a name that some language package has.
	bases := make(map[string]bool, len(m.byPath))
	for p := range m.byPath {
		bases[p[strings.LastIndexByte(p, '/')+1:]] = true
	}
	directories := map[string]string{}
	seen := 0
	var key []byte
	for _, f := range m.owned {
		var name, arch string
		_ = owned.Each(f.data, func(n, a string) { name, arch = n, a }, func(path []byte) {
			if seen++; seen > maxOwnedPaths {
				return
			}
			if found, ok := m.byPath[string(path)]; ok {
				m.own(found, f.typ, name, arch)
				return
			}
			slash := lastSlash(path)
			if slash < 0 || !bases[string(path[slash+1:])] {
				return
			}
			dir, ok := directories[string(path[:slash])]
			if !ok {
				written := string(path[:slash])
				dir = written
				if at, err := m.tree.Resolve(written); err == nil {
					dir = at.Path
				}
				directories[written] = dir
			}
			key = append(append(append(key[:0], dir...), '/'), path[slash+1:]...)
			m.own(m.byPath[string(key)], f.typ, name, arch)
		})
	}
}

func lastSlash(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] == '/' {
			return i
		}
	}
	return -1
}

// own decides, for language packages named by one file that is on a package's
// list, which version of that package they came with, if any.
func (m *merger) own(found []*entry, typ, name, arch string) {
	if len(found) == 0 {
		return
	}
	versions := m.byName[nameKey{typ, name}]
	for _, e := range found {
		if e.owner != nil && e.owner.visible {
			continue
		}
		// The version that was installed when the file came: the newest at or
		// below its layer, else the first after (a database may follow its files).
		var then, now *entry
		for _, v := range versions {
			if !sameArch(arch, v.pkg.Arch) {
				continue
			}
			switch {
			case then == nil,
				v.first <= e.first && (then.first > e.first || v.first > then.first),
				v.first > e.first && then.first > e.first && v.first < then.first:
				then = v
			}
			if v.visible {
				now = v
			}
		}
		if then == nil || then.first < e.first {
			continue // put there later, over the package's own
		}
		e.owner = then
		if e.visible && now != nil {
			e.owner = now
		}
	}
}

// packages puts everything in order and gives IDs.
func (m *merger) packages() []finding.Package {
	if len(m.all) == 0 {
		return nil
	}
	words := map[string]string{}
	for _, e := range m.all {
		if isSystem(e.pkg.Type) {
			continue
		}
		e.pkg.Hidden = !e.visible
		slices.SortFunc(e.pkg.Locations, compareLocations)
		e.pkg.Licenses = normalLicenses(e.pkg.Licenses, words)
	}
	slices.SortFunc(m.all, compareEntries)
	seen := make(map[string]int, len(m.all))
	for _, e := range m.all {
		id := e.pkg.PURL
		if id == "" {
			id = e.pkg.Type + ":" + e.pkg.Name + "@" + e.pkg.Version
		}
		seen[id]++
		if n := seen[id]; n > 1 {
			id += "#" + strconv.Itoa(n)
		}
		e.pkg.ID = id
	}
	out := make([]finding.Package, len(m.all))
	for i, e := range m.all {
		if e.owner != nil {
			e.pkg.OwnedBy = e.owner.pkg.ID
		}
		out[i] = e.pkg
	}
	return out
}

func normalLicenses(in []string, known map[string]string) []string {
	var out []string
	for i, w := range in {
		n, ok := known[w]
		if !ok {
			n = license.Normalize(w)
			known[w] = n
		}
		if n != w && out == nil {
			out = slices.Clone(in[:i]) // the records may be shared with a cache
		}
		if out != nil {
			out = append(out, n)
		}
	}
	if out != nil {
		return out
	}
	return in
}

func compareLocations(a, b finding.Location) int {
	return cmp.Or(cmp.Compare(a.Layer, b.Layer), strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
}

func compareEntries(a, b *entry) int {
	if c := strings.Compare(a.pkg.Type, b.pkg.Type); c != 0 {
		return c
	}
	if c := strings.Compare(a.pkg.Name, b.pkg.Name); c != 0 {
		return c
	}
	if c := strings.Compare(a.pkg.Version, b.pkg.Version); c != 0 {
		return c
	}
	if c := strings.Compare(a.pkg.Locations[0].Path, b.pkg.Locations[0].Path); c != 0 {
		return c
	}
	if a.pkg.Arch != b.pkg.Arch {
		return strings.Compare(a.pkg.Arch, b.pkg.Arch)
	}
	// Installed before required, then as the extractors came.
	if a.pkg.Declared != b.pkg.Declared {
		if b.pkg.Declared {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.pkg.PURL, b.pkg.PURL), cmp.Compare(a.first, b.first), cmp.Compare(a.order, b.order))
}
