// Package composer reads what PHP's Composer installed
// (vendor/composer/installed.json) and composer.lock.
package composer

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
	name     = "composer"
	lockName = "composer-lock"
	limit    = 64 << 20
)

type installed struct{}

// New makes the detector of installed packages.
func New() walk.Detector { return installed{} }

var _ walk.Detector = installed{}

func (installed) Name() string { return name }
func (installed) Version() int { return 2 }

func (installed) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, "composer/installed.json") && (len(path) == 23 || path[len(path)-24] == '/') {
		return walk.Yes
	}
	return walk.No
}

func (installed) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, limit)
	if err != nil {
		return err
	}
	packages, dev, err := read(doc)
	for _, p := range packages {
		lang.Emit(out, "", name, finding.TypeComposer, p.name, p.version, func(q *finding.Package) {
			q.Licenses, q.Dev = lang.Licenses(p.licenses...), p.dev || dev[p.name]
			q.Locations = []finding.Location{{Path: f.Path, Line: p.line}}
		})
	}
	return err
}

type lock struct{}

// NewLock makes the detector of composer.lock.
func NewLock() walk.Detector { return lock{} }

var _ walk.Detector = lock{}

func (lock) Name() string { return lockName }
func (lock) Version() int { return 2 }

func (lock) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "composer.lock" && !strings.Contains(path, "vendor/") {
		return walk.Yes
	}
	return walk.No
}

func (lock) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, limit)
	if err != nil {
		return err
	}
	packages, _, err := read(doc)
	var all lang.Requirements
	for _, p := range packages {
		if more := all.Add(lang.Required{Name: p.name, Version: p.version, Line: p.line, Dev: p.dev, Licenses: p.licenses}); more != nil {
			err = more
			break
		}
	}
	all.Report(f, out, lockName, finding.TypeComposer)
	return err
}

type pkg struct {
	name, version string
	licenses      []string
	dev           bool
	line          int
}

// read reads both files. Composer 2's installed.json and composer.lock are
// objects with "packages"; Composer 1's installed.json is the array alone.
func read(doc []byte) (packages []pkg, dev map[string]bool, err error) {
	r := jsonpull.New(doc)
	dev = map[string]bool{}
	list := func(isDev bool) error {
		return r.EachElement(func() error {
			if len(packages) >= lang.MaxRequired {
				return fmt.Errorf("more than %d packages: %w", lang.MaxRequired, walk.ErrLimit)
			}
			p, err := readPackage(r)
			if err == nil && p.name != "" {
				p.dev = isDev
				packages = append(packages, p)
			}
			return err
		})
	}
	switch r.Next() {
	case jsonpull.End:
		return nil, nil, nil
	case jsonpull.Array:
		err = list(false)
	case jsonpull.Object:
		err = r.EachKey(func(key []byte) error {
			switch string(key) {
			case "packages":
				return list(false)
			case "packages-dev":
				return list(true)
			case "dev-package-names":
				return r.EachElement(func() error {
					n, err := r.Text()
					dev[n] = true
					return err
				})
			}
			return r.Skip()
		})
	default:
		return nil, nil, errors.New("neither an object nor an array")
	}
	if err == nil {
		err = r.Done()
	}
	return packages, dev, err
}

func readPackage(r *jsonpull.Reader) (pkg, error) {
	p := pkg{line: r.Line()}
	err := r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			p.name, err = r.Text()
		case "version":
			var v string
			v, err = r.Text()
			p.version = plain(v)
		case "license":
			err = r.EachElement(func() error {
				l, err := r.Text()
				p.licenses = append(p.licenses, l)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return p, err
}

// plain removes the v of a tag, as Composer does before it compares.
func plain(v string) string {
	if len(v) > 1 && (v[0] == 'v' || v[0] == 'V') && v[1] >= '0' && v[1] <= '9' {
		return v[1:]
	}
	return v
}
