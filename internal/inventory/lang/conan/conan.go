// Package conan reads conan.lock, of Conan 1 (a graph) and Conan 2 (lists).
package conan

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
	name  = "conan"
	limit = 16 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "conan.lock" {
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
	all.Report(f, out, name, lang.TypeConan)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a conan.lock: no object")
	}
	add := func(dev bool) error {
		line := r.Line()
		ref, err := r.Text()
		if err != nil {
			return err
		}
		if req, ok := reference(ref); ok {
			req.Line, req.Dev = line, dev
			return all.Add(req)
		}
		return nil
	}
	err := r.EachKey(func(key []byte) error {
		switch string(key) {
		case "requires":
			return r.EachElement(func() error { return add(false) })
		case "build_requires", "python_requires":
			return r.EachElement(func() error { return add(true) })
		case "graph_lock":
			return r.EachKey(func(key []byte) error {
				if string(key) != "nodes" {
					return r.Skip()
				}
				return r.EachKey(func([]byte) error {
					return r.EachKey(func(key []byte) error {
						if string(key) != "ref" {
							return r.Skip()
						}
						return add(false)
					})
				})
			})
		}
		return r.Skip()
	})
	if err == nil {
		err = r.Done()
	}
	return err
}

// reference reads name/version[@user/channel][#revision[%time]].
func reference(s string) (lang.Required, bool) {
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, "@")
	n, v, ok := strings.Cut(s, "/")
	return lang.Required{Name: n, Version: v}, ok && n != "" && v != ""
}
