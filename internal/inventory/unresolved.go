package inventory

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/java"
	"bulwark/internal/inventory/lang/pylock"
	"bulwark/internal/walk"
)

// openManifest is a manifest with requirements that name no version.
type openManifest struct {
	at       finding.Location
	detector string
	wants    lang.Unresolved
}

// unresolved takes what a visible manifest leaves open. One that the final file
// system does not show says nothing of what will run.
func (m *merger) unresolved(r *walk.Record) {
	if !m.visible(r.Layer, r.Path) {
		return
	}
	u, err := lang.DecodeUnresolved(r.Fact.Data)
	if err != nil {
		return // only our own extractors write it
	}
	m.open = append(m.open, openManifest{finding.Location{Layer: m.layer(r), Path: r.Path}, r.Detector, u})
}

// stillOpen says, one record a manifest, which requirements nothing in the tree
// answers (README.md, "Requirements without a version"). deployed: this is an
// image or a root file system, not a source tree.
func (m *merger) stillOpen(deployed bool) []finding.Unread {
	if len(m.open) == 0 {
		return nil
	}
	answers := m.answers()
	var out []finding.Unread
	for _, o := range m.open {
		// In an image a package.json without its packages is what is left of a
		// bundle, or a plugin's. A lock file has all that its project gets.
		if o.wants.Type == finding.TypeNPM && (deployed || lockedAbove(m.tree, o.at.Path)) {
			continue
		}
		left := o.wants.Demands[:0:0]
		for _, d := range o.wants.Demands {
			if !m.answered(answers, &o, d, deployed) {
				left = append(left, d)
			}
		}
		// What was not kept can't be held against what is installed.
		n := len(left) + o.wants.More
		if n == 0 {
			continue
		}
		var detail strings.Builder
		fmt.Fprintf(&detail, "%d of %d requirements do not say which version they get, and nothing that is installed or locked here does", n, o.wants.Of)
		for i, d := range left[:min(len(left), maxExamples)] {
			detail.WriteString([...]string{": ", ", "}[min(i, 1)] + strconv.Quote(d.Text))
			if d.Line > 0 {
				fmt.Fprintf(&detail, " (line %d)", d.Line)
			}
		}
		if n > maxExamples {
			detail.WriteString(", …")
		}
		out = append(out, finding.Unread{Location: o.at, Reason: finding.UnreadUnsupported, Detector: o.detector, Detail: detail.String()})
	}
	return out
}

// maxExamples is how many requirements a record names.
const maxExamples = 3

// answers are the packages that are known with a version.
type answers struct {
	installed map[nameKey]bool
	// locked has packages with the folders of the manifests that name their version.
	locked map[lockedKey]bool
}

type lockedKey struct {
	nameKey
	dir string
}

func (m *merger) answers() answers {
	a := answers{map[nameKey]bool{}, map[lockedKey]bool{}}
	types := map[string]bool{}
	for _, o := range m.open {
		types[o.wants.Type] = true
	}
	for _, e := range m.all {
		p := &e.pkg
		if !types[p.Type] || !e.visible {
			continue
		}
		k := nameKey{p.Type, plainName(p.Type, p.Name)}
		if p.Declared {
			if p.Version != "" {
				a.locked[lockedKey{k, lang.Dir(e.path)}] = true
			}
			continue
		}
		a.installed[k] = true
		// A jar without a pom has a group that was told from other things: then
		// the artifact alone must do.
		if _, artifact, ok := strings.Cut(p.Name, ":"); p.Type == finding.TypeMaven && p.Attributes[java.AttributeBy] != "pom" {
			if !ok {
				artifact = p.Name
			}
			a.installed[nameKey{p.Type, artifact}] = true
		}
	}
	return a
}

func plainName(typ, name string) string {
	if typ == finding.TypePyPI {
		return pylock.NormalName(name)
	}
	return name
}

func (m *merger) answered(a answers, o *openManifest, d lang.Demand, deployed bool) bool {
	if deployed && d.Optional {
		return true
	}
	if d.Name != "" {
		k := nameKey{o.wants.Type, plainName(o.wants.Type, d.Name)}
		if a.installed[k] {
			return true
		}
		if _, artifact, ok := strings.Cut(k.name, ":"); ok && k.typ == finding.TypeMaven && a.installed[nameKey{k.typ, artifact}] {
			return true
		}
		for dir := range foldersAbove(o.at.Path) {
			if a.locked[lockedKey{k, dir}] {
				return true
			}
		}
	}
	if d.File == "" {
		return false
	}
	// Another requirements file speaks for itself.
	if pylock.IsRequirements(d.File) {
		if e, err := m.tree.Resolve(d.File); err == nil && e.Type == walk.TypeFile {
			return true
		}
	}
	return m.installedFrom["/"+strings.TrimPrefix(d.File, "./")]
}

// lockedAbove reports whether a lock file of JavaScript lies beside a manifest
// or in a folder above it, as it does in a workspace.
func lockedAbove(tree walk.Tree, manifest string) bool {
	for dir := range foldersAbove(manifest) {
		for _, lock := range [...]string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"} {
			if e, ok := tree.Lookup(strings.TrimPrefix(dir+"/"+lock, "/")); ok && e.Size > 0 {
				return true
			}
		}
	}
	return false
}

// foldersAbove goes over a file's folder and those around it, up to the root,
// which is "".
func foldersAbove(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		dir := path
		for range maxFolders {
			dir = lang.Dir(dir)
			if !yield(dir) || dir == "" {
				return
			}
		}
	}
}

// maxFolders bounds how far up a lock file is looked for.
const maxFolders = 64
