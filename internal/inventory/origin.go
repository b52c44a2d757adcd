package inventory

import (
	"maps"
	"path"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/python"
)

// urlFact is one direct_url.json.
type urlFact struct {
	layer int
	path  string
	data  []byte
}

// directURLs tells of Python distributions that came from no index where they
// came from: as a qualifier of the purl where that has one for it, and as
// attributes.
func (m *merger) directURLs() {
	for _, f := range m.urls {
		d, err := python.DecodeDirectURL(f.data)
		if err != nil {
			continue // only our own extractor writes it
		}
		visible := m.visible(f.layer, f.path)
		for _, e := range m.byPath[lang.Dir(f.path)+"/METADATA"] {
			if e.visible != visible || e.pkg.Type != finding.TypePyPI {
				continue
			}
			switch {
			case d.VCS != "":
				from := d.VCS + "+" + d.URL
				if d.Commit != "" {
					from += "@" + d.Commit
				}
				lang.WithQualifier(&e.pkg, "vcs_url", from)
			case strings.HasPrefix(d.URL, "https://"), strings.HasPrefix(d.URL, "http://"):
				lang.WithQualifier(&e.pkg, "download_url", d.URL)
			}
			e.pkg.Attributes = maps.Clone(e.pkg.Attributes)
			if e.pkg.Attributes == nil {
				e.pkg.Attributes = map[string]string{}
			}
			e.pkg.Attributes[python.AttributeDirectURL] = d.URL
			if d.Editable {
				e.pkg.Attributes[python.AttributeEditable] = "true"
			}
		}
		if folder, ok := strings.CutPrefix(d.URL, "file://"); ok && visible && d.Dir {
			if m.installedFrom == nil {
				m.installedFrom = map[string]bool{}
			}
			m.installedFrom[path.Clean("/"+lang.Unescape(folder))] = true
		}
	}
}

// sameProgram links Node.js as its headers say it to the same as Bitnami's
// document says it: both stand for one program, and are looked up in the same
// advisories.
func (m *merger) sameProgram() {
	const header = "include/node/node_version.h"
	documents := map[string]*entry{}
	for _, e := range m.all {
		if e.pkg.Type == lang.TypeBitnami && strings.HasPrefix(e.pkg.Name, "node") {
			documents[lang.Dir(e.path)] = e
		}
	}
	if len(documents) == 0 {
		return
	}
	for _, e := range m.all {
		prefix, ok := strings.CutSuffix(e.path, "/"+header)
		if !ok || e.pkg.Type != lang.TypeGeneric || e.owner != nil {
			continue
		}
		if d := documents[prefix]; d != nil && d.visible == e.visible && strings.HasPrefix(d.pkg.Version+"-", e.pkg.Version+"-") {
			e.owner = d
		}
	}
}
