// Package bun reads bun.lock, the text lock file of Bun (JSON with commas
// before closing brackets). The older binary bun.lockb is not read.
package bun

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name  = "bun"
	limit = 64 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "bun.lock" && !strings.Contains(path, "node_modules/") {
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
	err = read(doc, &all)
	all.Report(f, out, name, finding.TypeNPM)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a bun.lock: no object")
	}
	err := r.EachKey(func(key []byte) error {
		if string(key) != "packages" {
			return r.Skip()
		}
		return r.EachKey(func([]byte) error {
			// "key": ["name@version", registry, {…}, integrity]
			line, first := r.Line(), true
			return r.EachElement(func() error {
				if !first {
					return r.Skip()
				}
				first = false
				spec, err := r.Text()
				if err != nil {
					return err
				}
				if req, ok := required(spec, line); ok {
					return all.Add(req)
				}
				return nil
			})
		})
	})
	if err == nil {
		err = r.Done()
	}
	return err
}

func required(spec string, line int) (lang.Required, bool) {
	if len(spec) < 2 {
		return lang.Required{}, false
	}
	i := strings.IndexByte(spec[1:], '@') + 1
	if i == 0 {
		return lang.Required{}, false
	}
	r := lang.Required{Name: spec[:i], Version: spec[i+1:], Line: line}
	switch {
	case strings.HasPrefix(r.Version, "workspace:"), strings.HasPrefix(r.Version, "root:"), strings.HasPrefix(r.Version, "link:"), strings.HasPrefix(r.Version, "file:"):
		return r, false
	case strings.HasPrefix(r.Version, "git"), strings.Contains(r.Version, "://"):
		r.Qualifier, r.Version = [2]string{"vcs_url", r.Version}, ""
	}
	return r, true
}
