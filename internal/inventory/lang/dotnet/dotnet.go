// Package dotnet reads which NuGet packages a .NET application was published
// with (NAME.deps.json) and packages.lock.json.
package dotnet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name  = "dotnet"
	limit = 64 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, ".deps.json") || strings.HasSuffix(path, "packages.lock.json") && lang.Base(path) == "packages.lock.json" {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, limit)
	if err != nil {
		return err
	}
	if strings.HasSuffix(f.Path, ".deps.json") {
		return readDeps(doc, f, out)
	}
	var all lang.Requirements
	err = readLock(doc, &all)
	all.Report(f, out, name, lang.TypeNuGet)
	return err
}

// readDeps reads "libraries", whose keys are NAME/VERSION; of type project are
// the application's own, of type reference assemblies that are no package.
func readDeps(doc []byte, f *walk.File, out walk.Sink) error {
	r := jsonpull.New(doc)
	if r.Next() != jsonpull.Object {
		return errors.New("not a deps.json: no object")
	}
	n := 0
	err := r.EachKey(func(key []byte) error {
		if string(key) != "libraries" {
			return r.Skip()
		}
		return r.EachKey(func(key []byte) error {
			if n++; n > lang.MaxRequired {
				return fmt.Errorf("more than %d packages: %w", lang.MaxRequired, walk.ErrLimit)
			}
			id, version, ok := strings.Cut(string(key), "/")
			line, kind := r.Line(), ""
			err := r.EachKey(func(key []byte) (err error) {
				if string(key) == "type" {
					kind, err = r.Text()
					return err
				}
				return r.Skip()
			})
			if err != nil || !ok || kind != "package" && kind != "runtimepack" {
				return err
			}
			id = strings.TrimPrefix(id, "runtimepack.")
			lang.Emit(out, "", name, lang.TypeNuGet, id, version, func(p *finding.Package) {
				p.Locations = []finding.Location{{Path: f.Path, Line: line}}
			})
			return nil
		})
	})
	if err == nil {
		err = r.Done()
	}
	return err
}

// readLock reads dependencies → framework → package → {type, resolved}.
func readLock(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a packages.lock.json: no object")
	}
	err := r.EachKey(func(key []byte) error {
		if string(key) != "dependencies" {
			return r.Skip()
		}
		return r.EachKey(func([]byte) error {
			return r.EachKey(func(key []byte) error {
				req := lang.Required{Name: string(key), Line: r.Line()}
				project := false
				err := r.EachKey(func(key []byte) (err error) {
					switch string(key) {
					case "type":
						var t string
						t, err = r.Text()
						project = t == "Project"
					case "resolved":
						req.Version, err = r.Text()
					default:
						err = r.Skip()
					}
					return err
				})
				if err != nil || project {
					return err
				}
				return all.Add(req)
			})
		})
	})
	if err == nil {
		err = r.Done()
	}
	return err
}
