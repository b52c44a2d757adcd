package inventory

import (
	"maps"
	"strconv"
	"strings"

	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// system takes a package of an operating system's database.
func (m *merger) system(r *walk.Record) {
	p := r.Package
	layer := m.layer(r)
	if l, ok := m.databases[r.Path]; !ok || layer > l {
		m.databases[r.Path] = layer
	}
	k := systemKey{p.Type, p.Name, p.Version, p.Arch}
	e := m.systems[k]
	if e == nil {
		e = &entry{pkg: *p, first: layer, order: len(m.all)}
		e.pkg.Locations = []finding.Location{{Layer: layer, Path: r.Path}}
		m.systems[k] = e
		m.byName[nameKey{p.Type, p.Name}] = append(m.byName[nameKey{p.Type, p.Name}], e)
		m.all = append(m.all, e)
	}
	e.last, e.path = layer, r.Path
	if m.visible(r.Layer, r.Path) {
		// What the visible database says counts: a package held or half removed since.
		first := e.pkg.Locations
		e.pkg = *p
		e.pkg.Locations = first
		e.visible = true
	}
}

// databasesTakenAway looks at packages whose database is not there any more,
// or whose last version named none: they count while a file of theirs is there.
func (m *merger) databasesTakenAway() {
	if !m.layered {
		return
	}
	gone := map[string]bool{}
	for path, layer := range m.databases {
		if !m.visible(layer, path) {
			gone[path] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	candidates := map[nameKey][]*entry{}
	for _, e := range m.systems {
		if e.visible || !gone[e.path] || e.last != m.databases[e.path] {
			continue
		}
		k := nameKey{e.pkg.Type, e.pkg.Name}
		replaced := false
		for _, o := range m.byName[k] {
			replaced = replaced || o.visible && o.pkg.Arch == e.pkg.Arch
		}
		if !replaced {
			candidates[k] = append(candidates[k], e)
		}
	}
	if len(candidates) == 0 {
		return
	}
	for _, f := range m.owned {
		var now []*entry
		var arch string
		_ = owned.Each(f.data, func(name, a string) {
			now, arch = candidates[nameKey{f.typ, name}], a
		}, func(path []byte) {
			for _, e := range now {
				if e.visible || !sameArch(arch, e.pkg.Arch) {
					continue
				}
				if at, err := m.tree.Resolve(string(path)); err == nil && at.Type == walk.TypeFile {
					e.visible = true
					e.pkg.Attributes = maps.Clone(e.pkg.Attributes)
					if e.pkg.Attributes == nil {
						e.pkg.Attributes = map[string]string{}
					}
					e.pkg.Attributes[AttrDatabase] = "removed"
				}
			}
		})
	}
}

// sameArch: a file list need not name the architecture.
func sameArch(list, pkg string) bool { return list == "" || list == pkg }

// finishSystems adds to system packages what only the whole can say: release,
// package URL, licences of Debian's copyright files.
func (m *merger) finishSystems() {
	for _, e := range m.all {
		p := &e.pkg
		if !isSystem(p.Type) {
			continue
		}
		p.Hidden = !e.visible
		layer := topLayer
		if p.Hidden {
			layer = e.last
		}
		o := m.release(layer)
		if o != nil && packageType(o.ID) != "" && packageType(o.ID) != p.Type {
			o = nil // rpm's own database on Debian says nothing of Debian
		}
		if o != nil {
			p.Release = o.Release
		}
		p.PURL = systemPURL(p, o)
		if p.Type == finding.TypeDeb && len(p.Licenses) == 0 {
			p.Licenses = m.debLicenses(p.Name, layer)
		}
	}
}

// packageType is the kind of package that a distribution we know is made of.
func packageType(id string) string {
	switch id {
	case "debian", "ubuntu", "echo":
		return finding.TypeDeb
	case "alpine", "wolfi", "chainguard", "minimos", "alpaquita":
		return finding.TypeAPK
	case "almalinux", "rocky", "rhel", "centos", "ol", "fedora", "amzn", "azurelinux", "mariner", "photon", "mageia", "openeuler",
		"opensuse-leap", "opensuse-tumbleweed", "opensuse", "sles", "sle-micro", "sl-micro", "suse-microos", "sle_hpc", "sles_sap":
		return finding.TypeRPM
	}
	return ""
}

// debLicenses gives what the package's copyright file says; its directory may
// be a link to that of another package of the same source.
func (m *merger) debLicenses(name string, layer int) []string {
	path := "usr/share/doc/" + name + "/copyright"
	facts, ok := m.licenses[path]
	if !ok {
		if len(m.licenses) == 0 {
			return nil
		}
		at, err := m.tree.Resolve(path)
		if err != nil {
			return nil
		}
		if facts, ok = m.licenses[at.Path]; !ok {
			return nil
		}
	}
	best := facts[0]
	for _, f := range facts {
		if f.layer <= layer && (f.layer >= best.layer || best.layer > layer) {
			best = f
		}
	}
	return strings.Split(best.words, "\n")
}

// systemPURL makes the package URL, by the purl type definitions of deb, apk
// and rpm: the vendor as namespace, arch and distro as qualifiers, an rpm's
// epoch as a qualifier of its own.
func systemPURL(p *finding.Package, o *finding.OSRelease) string {
	version := p.Version
	q := make(packageurl.Qualifiers, 0, 3)
	if p.Arch != "" {
		q = append(q, packageurl.Qualifier{Key: "arch", Value: p.Arch})
	}
	namespace := ""
	if o != nil {
		namespace = purlNamespace(o.ID)
		distro := o.ID
		if o.VersionID != "" {
			distro += "-" + o.VersionID
		}
		q = append(q, packageurl.Qualifier{Key: "distro", Value: distro})
	}
	if p.Type == finding.TypeRPM {
		if epoch, rest, ok := strings.Cut(version, ":"); ok {
			if _, err := strconv.ParseUint(epoch, 10, 32); err == nil {
				q = append(q, packageurl.Qualifier{Key: "epoch", Value: epoch})
				version = rest
			}
		}
	}
	u := packageurl.PackageURL{Type: p.Type, Namespace: namespace, Name: p.Name, Version: version, Qualifiers: q}
	return u.ToString()
}
