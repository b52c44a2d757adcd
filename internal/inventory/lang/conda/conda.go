// Package conda reads what Conda installed: conda-meta/NAME-VERSION-BUILD.json
// in an environment. A Python distribution that Conda installed has its own
// metadata beside it and is found there, as a package of PyPI's name, too.
package conda

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name  = "conda"
	limit = 64 << 20 // they list every file with its hash
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 1 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasSuffix(path, ".json") {
		return walk.No
	}
	if dir := lang.Dir(path); dir == "conda-meta" || strings.HasSuffix(dir, "/conda-meta") {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(limit)
	if err != nil {
		return err
	}
	m := map[string]string{}
	r := jsonpull.New(doc)
	if r.Next() != jsonpull.Object {
		return errors.New("not a record of conda-meta: no object")
	}
	err = r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "name", "version", "build", "channel", "subdir", "license":
			k := string(key)
			m[k], err = r.Scalar()
			return err
		}
		return r.Skip()
	})
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return err
	}
	if m["name"] == "" {
		return errors.New("no name")
	}
	p, err := lang.New(name, lang.TypeConda, m["name"], m["version"])
	if err != nil {
		return err
	}
	p.Licenses = lang.Licenses(m["license"])
	lang.WithQualifier(&p, "build", m["build"])
	lang.WithQualifier(&p, "subdir", m["subdir"])
	out.Package(p)
	return nil
}
