// Package julia reads Manifest.toml, in which Julia's package manager writes
// every package of an environment (manifest formats 1 and 2).
package julia

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/tomlpull"
	"bulwark/internal/walk"
)

const (
	name  = "julia"
	limit = 16 << 20
	// Type is the purl type.
	Type = "julia"
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 1 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasSuffix(path, ".toml") {
		return walk.No
	}
	if base := lang.Base(path); base == "Manifest.toml" || base == "JuliaManifest.toml" || strings.HasPrefix(base, "Manifest-v") {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(limit)
	if err != nil {
		return err
	}
	var all lang.Requirements
	err = read(doc, &all)
	all.Report(f, out, name, Type)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	var e lang.Required
	local := false
	flush := func() error {
		was, skip := e, local
		e, local = lang.Required{}, false
		if was.Name == "" || was.Version == "" || skip { // without a version: the standard library, of Julia's own version
			return nil
		}
		return all.Add(was)
	}
	entry := ""
	err := tomlpull.Read(doc, tomlpull.Visitor{
		Table: func(path string, array bool, line int) error {
			if entry != "" && strings.HasPrefix(path, entry+".") {
				return nil // [deps.JSON.deps]
			}
			err := flush()
			entry = ""
			if array {
				entry = path
				e = lang.Required{Name: strings.TrimPrefix(path, "deps."), Line: line}
			}
			return err
		},
		Key: func(table, key string, v tomlpull.Value, _ int) error {
			if table != entry || entry == "" {
				return nil
			}
			switch key {
			case "version":
				e.Version = v.Text()
			case "uuid":
				e.Qualifier = [2]string{"uuid", v.Text()}
			case "path":
				local = true
			}
			return nil
		},
	})
	return errors.Join(flush(), err)
}
