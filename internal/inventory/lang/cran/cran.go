// Package cran reads installed R packages (the DESCRIPTION that R leaves in each
// library folder) and renv.lock.
package cran

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name             = "cran"
	lockName         = "renv-lock"
	descriptionLimit = 1 << 20
	lockLimit        = 64 << 20
)

type installed struct{}

// New makes the detector of installed packages.
func New() walk.Detector { return installed{} }

var _ walk.Detector = installed{}

func (installed) Name() string { return name }
func (installed) Version() int { return 1 }

func (installed) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasSuffix(path, "/DESCRIPTION") {
		return walk.No
	}
	switch lang.Base(lang.Dir(lang.Dir(path))) {
	case "library", "site-library", "site-packages", "R", "lib":
		return walk.Yes
	}
	return walk.No
}

func (installed) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(descriptionLimit)
	if err != nil {
		return err
	}
	// "Writing R Extensions", "The DESCRIPTION file": Debian control syntax.
	var n, v, license, built, priority string
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		text := strings.TrimSpace(string(value))
		switch string(key) {
		case "Package":
			n = text
		case "Version":
			v = text
		case "License":
			license = text
		case "Built":
			built = text
		case "Priority":
			priority = text
		}
	}
	switch {
	case n == "" || v == "":
		return errors.New("no Package or Version in the DESCRIPTION")
	case built == "" || priority == "base": // source only, or a part of R itself
		return nil
	}
	p, err := lang.New(name, lang.TypeCRAN, n, v)
	if err != nil {
		return err
	}
	license, _, _ = strings.Cut(license, " + file")
	p.Licenses = lang.Licenses(license)
	out.Package(p)
	return nil
}

type lock struct{}

// NewLock makes the detector of renv.lock.
func NewLock() walk.Detector { return lock{} }

var _ walk.Detector = lock{}

func (lock) Name() string { return lockName }
func (lock) Version() int { return 2 }

func (lock) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "renv.lock" {
		return walk.Yes
	}
	return walk.No
}

func (lock) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, lockLimit)
	if err != nil {
		return err
	}
	var all lang.Requirements
	err = readLock(doc, &all)
	all.Report(f, out, lockName, lang.TypeCRAN)
	return err
}

func readLock(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a renv.lock: no object")
	}
	err := r.EachKey(func(key []byte) error {
		if string(key) != "Packages" {
			return r.Skip()
		}
		return r.EachKey(func(key []byte) error {
			req := lang.Required{Name: string(key), Line: r.Line()}
			err := r.EachKey(func(key []byte) (err error) {
				switch string(key) {
				case "Package":
					req.Name, err = r.Text()
				case "Version":
					req.Version, err = r.Text()
				default:
					err = r.Skip()
				}
				return err
			})
			if err != nil {
				return err
			}
			return all.Add(req)
		})
	})
	if err == nil {
		err = r.Done()
	}
	return err
}
