// Package maven reads what Java projects require: pom.xml and gradle.lockfile.
//
// Of a pom.xml only dependencies are reported whose version stands in the file
// itself, by properties and dependencyManagement of the file too: parents and
// imported poms lie elsewhere, and nothing is fetched. The others become a fact
// (lang.Unresolved), from which the merge tells what is known of nowhere.
package maven

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

const (
	name     = "maven"
	limit    = 8 << 20
	maxDepth = 64
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 3 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	switch lang.Base(path) {
	case "pom.xml":
		if !strings.Contains(path, "META-INF/") { // an unpacked jar's: what is required to build it, not here
			return walk.Yes
		}
	case "gradle.lockfile", "buildscript-gradle.lockfile":
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, limit)
	if err != nil {
		return err
	}
	var all lang.Requirements
	var open lang.Unresolved
	if lang.Base(f.Path) == "pom.xml" {
		err = readPOM(doc, &all, &open)
	} else {
		err = readLockfile(doc, &all)
	}
	all.Report(f, out, name, finding.TypeMaven)
	open.Report(f, out)
	return err
}

// dependency is one of a pom.
type dependency struct {
	group, artifact, version, scope string
	optional                        bool
	line                            int
}

// pom is what is taken of a pom.xml.
type pom struct {
	group, artifact, version string
	parentGroup, parentVer   string
	properties               map[string]string
	dependencies, managed    []dependency
}

func readPOM(doc []byte, all *lang.Requirements, open *lang.Unresolved) error {
	p, err := parsePOM(doc)
	if err != nil {
		return err
	}
	open.Type, open.Of = finding.TypeMaven, len(p.dependencies)
	managed := make(map[[2]string]dependency, len(p.managed))
	for _, m := range p.managed {
		managed[[2]string{p.resolve(m.group), p.resolve(m.artifact)}] = m
	}
	for _, d := range p.dependencies {
		g, a, said := p.resolve(d.group), p.resolve(d.artifact), p.resolve(d.version)
		if m, ok := managed[[2]string{g, a}]; ok {
			if said == "" {
				said = p.resolve(m.version)
			}
			if d.scope == "" {
				d.scope = m.scope
			}
		}
		v := exact(said)
		if g == "" || a == "" || v == "" || strings.Contains(g+a+v, "${") {
			open.Add(demand(g, a, said, d))
			continue
		}
		if err := all.Add(lang.Required{Name: g + ":" + a, Version: v, Line: d.line, Dev: d.scope == "test"}); err != nil {
			return err
		}
	}
	return nil
}

// demand is a dependency whose version, or name, is decided elsewhere.
func demand(group, artifact, version string, d dependency) lang.Demand {
	out := lang.Demand{Text: group + ":" + artifact, Line: d.line, Optional: d.optional || d.scope == "test" || d.scope == "provided"}
	if version != "" {
		out.Text += ":" + version
	}
	if group != "" && artifact != "" && !strings.Contains(group+artifact, "${") {
		out.Name = group + ":" + artifact
	}
	return out
}

// exact gives the version of a hard requirement "[1.0]" too; ranges have none.
func exact(v string) string {
	if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") && !strings.Contains(v, ",") {
		return v[1 : len(v)-1]
	}
	if strings.ContainsAny(v, "[]()") || v == "LATEST" || v == "RELEASE" {
		return ""
	}
	return v
}

// resolve replaces ${property}, a few levels deep.
func (p *pom) resolve(s string) string {
	for range 8 {
		i := strings.Index(s, "${")
		if i < 0 {
			return s
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return s
		}
		var v string
		switch key := s[i+2 : i+end]; key {
		case "project.version", "pom.version", "version":
			v = p.version
		case "project.groupId", "pom.groupId", "groupId":
			v = p.group
		case "project.artifactId":
			v = p.artifact
		case "project.parent.version":
			v = p.parentVer
		case "project.parent.groupId":
			v = p.parentGroup
		default:
			v = p.properties[key]
		}
		if v == "" || len(s)+len(v) > 4096 {
			return s
		}
		s = s[:i] + v + s[i+end+1:]
	}
	return s
}

// parsePOM goes over the tokens with the path of elements; no tree is built.
func parsePOM(doc []byte) (*pom, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // names are ASCII
	d.Strict = true
	p := &pom{properties: map[string]string{}}
	var path []string
	var text strings.Builder
	var dep dependency
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("xml: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(path) >= maxDepth {
				return nil, fmt.Errorf("elements nested deeper than %d: %w", maxDepth, walk.ErrLimit)
			}
			path = append(path, t.Name.Local)
			text.Reset()
			if t.Name.Local == "dependency" {
				line, _ := d.InputPos()
				dep = dependency{line: line}
			}
		case xml.CharData:
			if text.Len() < 4096 {
				text.Write(t)
			}
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1] != t.Name.Local {
				return nil, errors.New("xml: elements do not match")
			}
			if err := p.end(path, strings.TrimSpace(text.String()), &dep); err != nil {
				return nil, err
			}
			path = path[:len(path)-1]
			text.Reset()
		}
	}
	if len(path) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if p.group == "" {
		p.group = p.parentGroup
	}
	if p.version == "" {
		p.version = p.parentVer
	}
	return p, nil
}

// end takes the text of an element that ends.
func (p *pom) end(path []string, text string, dep *dependency) error {
	if path[0] != "project" {
		return errors.New("not a pom.xml: the root is not project")
	}
	if len(p.dependencies)+len(p.managed)+len(p.properties) > lang.MaxRequired {
		return fmt.Errorf("more than %d entries: %w", lang.MaxRequired, walk.ErrLimit)
	}
	switch at := strings.Join(path[1:], "/"); at {
	case "groupId":
		p.group = text
	case "artifactId":
		p.artifact = text
	case "version":
		p.version = text
	case "parent/groupId":
		p.parentGroup = text
	case "parent/version":
		p.parentVer = text
	case "dependencies/dependency", "profiles/profile/dependencies/dependency":
		p.dependencies = append(p.dependencies, *dep)
	case "dependencyManagement/dependencies/dependency":
		p.managed = append(p.managed, *dep)
	default:
		if len(path) == 3 && path[1] == "properties" {
			p.properties[path[2]] = text
		} else if n := len(path); n > 2 && path[n-2] == "dependency" {
			dep.set(path[n-1], text)
		}
	}
	return nil
}

func (d *dependency) set(key, text string) {
	switch key {
	case "groupId":
		d.group = text
	case "artifactId":
		d.artifact = text
	case "version":
		d.version = text
	case "scope":
		d.scope = text
	case "optional":
		d.optional = text == "true"
	}
}

// readLockfile reads Gradle's format: group:artifact:version=configuration,…
func readLockfile(doc []byte, all *lang.Requirements) error {
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		module, configurations, ok := strings.Cut(text, "=")
		if module == "empty" {
			continue
		}
		parts := strings.Split(module, ":")
		if !ok || len(parts) != 3 {
			return fmt.Errorf("line %d: not group:artifact:version=configurations", l.Number)
		}
		r := lang.Required{Name: parts[0] + ":" + parts[1], Version: parts[2], Line: l.Number, Dev: true}
		for _, c := range strings.Split(configurations, ",") {
			if !strings.Contains(strings.ToLower(c), "test") {
				r.Dev = false
			}
		}
		if err := all.Add(r); err != nil {
			return err
		}
	}
	return nil
}
