// Package npm reads the manifests of installed JavaScript packages
// (package.json) and the lock files of npm (package-lock.json,
// npm-shrinkwrap.json).
//
// # What counts as installed
//
// A package.json says nothing of whether its package is installed or is only
// being written here; the path does:
//
//   - node_modules/NAME and node_modules/@SCOPE/NAME, and the same below
//     usr/share/nodejs and usr/lib/nodejs (Debian): installed, always.
//   - Deeper inside an installed package: a vendored copy counts; not so what is
//     marked private (the registry takes no such package), the package's own
//     manifest copied into its build output, and what lies in a directory of
//     tests, examples or templates.
//   - Elsewhere (/opt/yarn-v1.22.22): a package unless it is marked private. It
//     carries the attribute "npm.root", because it may be an application's own
//     manifest, which the merge sees by a lock file or node_modules beside it.
//
// node_modules/.package-lock.json repeats the manifests and is not read.
//
// What a manifest elsewhere requires becomes a fact (lang.Unresolved): without
// installation and without lock file nothing says which versions it gets.
package npm

import (
	"bytes"
	"context"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name = "npm"
	// manifestLimit: the largest package.json on the registry that we met has 0.5 MiB.
	manifestLimit = 4 << 20
)

// AttributeRoot marks a package whose manifest is not below any node_modules.
const AttributeRoot = "npm.root"

type installed struct{}

// New makes the detector of installed packages.
func New() walk.Detector { return installed{} }

var _ walk.Detector = installed{}

func (installed) Name() string { return name }
func (installed) Version() int { return 3 }

func (installed) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasSuffix(path, "package.json") || lang.Base(path) != "package.json" {
		return walk.No
	}
	if place, _ := placeOf(path); place == fixture {
		return walk.No
	}
	return walk.Yes
}

// place is where a package.json lies.
type place uint8

const (
	root    place = iota // below no folder of installed packages
	top                  // an installed package's manifest
	nested               // somewhere inside an installed package
	fixture              // in there, among tests or examples
)

// placeOf tells where path, which ends in package.json, lies, and the name of
// the folder of the installed package around it.
func placeOf(path string) (place, string) {
	dir := lang.Dir(path)
	rest, ok := "", false
	for _, folder := range [...]string{"node_modules/", "usr/share/nodejs/", "usr/lib/nodejs/"} {
		if i := strings.LastIndex(dir, folder); i >= 0 && (i == 0 || dir[i-1] == '/') && len(dir)-i-len(folder) >= 0 {
			if after := dir[i+len(folder):]; !ok || len(after) < len(rest) {
				rest, ok = after, true
			}
		}
	}
	if !ok || rest == "" {
		return root, ""
	}
	end := strings.IndexByte(rest, '/')
	if end >= 0 && rest[0] == '@' {
		if next := strings.IndexByte(rest[end+1:], '/'); next >= 0 {
			end += 1 + next
		} else {
			end = -1
		}
	}
	if end < 0 {
		return top, rest
	}
	if isExample(rest[end+1:]) {
		return fixture, rest[:end]
	}
	return nested, rest[:end]
}

// isExample reports whether one of the folders of a path is for tests or examples.
func isExample(dir string) bool {
	for dir != "" {
		component, after, _ := strings.Cut(dir, "/")
		switch component {
		case "test", "tests", "__tests__", "testing", "spec", "fixtures", "fixture", "__fixtures__", "testdata",
			"example", "examples", "demo", "demos", "template", "templates", "benchmark", "benchmarks":
			return true
		}
		dir = after
	}
	return false
}

// manifest is what is taken of a package.json.
type manifest struct {
	name, version string
	licenses      []string
	private       bool
	requires      lang.Unresolved
	// extension: of Visual Studio Code, which has a market of its own.
	extension bool
}

func (installed) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(manifestLimit)
	if err != nil {
		return err
	}
	where, around := placeOf(f.Path)
	m, err := readManifest(doc, where == root && !isExample(lang.Dir(f.Path)))
	if err != nil {
		return err
	}
	if where != nested && len(bytes.TrimSpace(doc)) == 0 {
		return lang.ErrEmpty
	}
	m.requires.Report(f, out)
	if m.name == "" || m.version == "" || !plausibleName(m.name) || m.extension && where != top {
		// Many packages have such files to tell the module system something
		// ({"type":"module"}); they are no packages.
		return nil
	}
	if where != top && m.private || where == nested && m.name == around {
		return nil
	}
	lang.Emit(out, "", name, finding.TypeNPM, m.name, cleanVersion(m.version), func(p *finding.Package) {
		p.Licenses = lang.Licenses(m.licenses...)
		if where == root {
			p.Attributes = map[string]string{AttributeRoot: "true"}
		}
	})
	return nil
}

// Application says whether a package with AttributeRoot is an application's own
// manifest: what it requires, installed or locked, lies beside it. Such a
// package came from no registry, whatever there has its name.
func Application(tree walk.Tree, manifest string) bool {
	dir := lang.Dir(manifest)
	if dir != "" {
		dir += "/"
	}
	for _, beside := range [...]string{"node_modules", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"} {
		if _, ok := tree.Lookup(dir + beside); ok {
			return true
		}
	}
	return false
}

// plausibleName holds a name to the registry's rule that it is one path
// component, or two of which the first is a scope: "rxjs/ajax" in an inner
// package.json is an entry point, not a package.
func plausibleName(n string) bool {
	if strings.HasPrefix(n, "@") {
		scope, rest, ok := strings.Cut(n, "/")
		return ok && len(scope) > 1 && rest != "" && strings.IndexByte(rest, '/') < 0
	}
	return strings.IndexByte(n, '/') < 0
}

// cleanVersion removes what npm itself tolerates around a version.
func cleanVersion(v string) string {
	v = strings.TrimSpace(v)
	v = strings.TrimPrefix(v, "=")
	if len(v) > 1 && (v[0] == 'v' || v[0] == 'V') && v[1] >= '0' && v[1] <= '9' {
		v = v[1:]
	}
	return v
}

// readManifest reads what counts of a package.json; what it requires only where
// it is not installed.
func readManifest(doc []byte, requirements bool) (manifest, error) {
	var m manifest
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return m, nil
	}
	err := r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			m.name, err = r.Text()
		case "version":
			m.version, err = r.Text()
		case "private":
			m.private, err = r.True()
		case "engines":
			err = r.EachKey(func(key []byte) error {
				m.extension = m.extension || string(key) == "vscode"
				return r.Skip()
			})
		case "dependencies", "optionalDependencies", "devDependencies":
			if !requirements {
				return r.Skip()
			}
			err = m.readRequired(r, string(key) != "dependencies")
		case "license", "licenses":
			var more []string
			more, err = readLicenses(r)
			m.licenses = append(m.licenses, more...)
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil {
		err = r.Done()
	}
	return m, err
}

// readRequired reads a list of dependencies; those on parts of the same
// project ask for nothing from elsewhere.
func (m *manifest) readRequired(r *jsonpull.Reader, optional bool) error {
	if r.Next() != jsonpull.Object {
		return r.Skip()
	}
	m.requires.Type = finding.TypeNPM
	return r.EachKey(func(key []byte) error {
		if r.Next() != jsonpull.String {
			return r.Skip()
		}
		d := lang.Demand{Name: string(key), Line: r.Line(), Optional: optional}
		wanted, err := r.Text()
		if err != nil {
			return err
		}
		for _, own := range [...]string{"workspace:", "file:", "link:", "portal:", "."} {
			if strings.HasPrefix(wanted, own) {
				return nil
			}
		}
		d.Text = d.Name + "@" + wanted
		if alias, ok := strings.CutPrefix(wanted, "npm:"); ok { // "old": "npm:real@1"
			if at := strings.LastIndexByte(alias, '@'); at > 0 {
				alias = alias[:at]
			}
			d.Name = alias
		}
		m.requires.Of++
		m.requires.Add(d)
		return nil
	})
}

// readLicenses reads the forms that the field had over the years: a string, an
// object {type}, an array of either.
func readLicenses(r *jsonpull.Reader) (found []string, err error) {
	one := func() error {
		if r.Next() == jsonpull.Object {
			return r.EachKey(func(key []byte) error {
				if string(key) != "type" && string(key) != "name" {
					return r.Skip()
				}
				s, err := r.Text()
				found = append(found, s)
				return err
			})
		}
		s, err := r.Text()
		found = append(found, s)
		return err
	}
	if r.Next() == jsonpull.Array {
		return found, r.EachElement(one)
	}
	err = one()
	return found, err
}
