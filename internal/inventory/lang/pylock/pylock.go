// Package pylock reads what Python projects require: poetry.lock, pdm.lock,
// uv.lock, pylock.toml (PEP 751), Pipfile.lock and requirements files.
//
// Of a requirements file the exact versions are reported (== or ===, and those
// in the names of wheels): any other requirement does not say what is or will be
// installed. These become a fact (lang.Unresolved), from which the merge tells
// what is known of nowhere.
package pylock

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/inventory/lang/tomlpull"
	"bulwark/internal/walk"
)

const (
	name              = "python-lock"
	limit             = 64 << 20
	requirementsLimit = 8 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 3 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	n := len(path)
	if n < 8 {
		return walk.No
	}
	switch path[n-4:] {
	case ".txt":
		if isRequirements(lang.Base(path)) && !strings.Contains(path, "-packages/") {
			return walk.Yes
		}
	case "lock":
		switch lang.Base(path) {
		case "poetry.lock", "pdm.lock", "uv.lock", "Pipfile.lock":
			return walk.Yes
		}
	case "toml":
		if base := lang.Base(path); base == "pylock.toml" || strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml") {
			return walk.Yes
		}
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	max := int64(limit)
	base := lang.Base(f.Path)
	if strings.HasSuffix(base, ".txt") {
		max = requirementsLimit
	}
	doc, err := f.Bytes(max)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(base, ".txt") { // an empty requirements file asks for nothing
		if doc, err = lang.Document(f, max); err != nil {
			return err
		}
	}
	var all lang.Requirements
	var open lang.Unresolved
	switch {
	case strings.HasSuffix(base, ".txt"):
		err = readRequirements(doc, f.Path, &all, &open)
	case base == "Pipfile.lock":
		err = readPipfile(doc, &all)
	case strings.HasPrefix(base, "pylock."):
		err = readTOML(doc, "packages", &all)
	default:
		err = readTOML(doc, "package", &all)
	}
	all.Report(f, out, name, finding.TypePyPI)
	open.Report(f, out)
	return err
}

func isDevelopment(base string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(base), func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch w {
		case "dev", "devel", "develop", "development", "test", "tests", "testing", "lint", "doc", "docs", "ci":
			return true
		}
	}
	return false
}

// entry is one package of a TOML lock file.
type entry struct {
	name, version, vcs string
	line               int
	dev, local         bool
}

func readTOML(doc []byte, list string, all *lang.Requirements) error {
	var e entry
	flush := func() error {
		was := e
		e = entry{}
		if was.name == "" || was.local {
			return nil
		}
		r := lang.Required{Name: was.name, Version: was.version, Line: was.line, Dev: was.dev}
		if was.vcs != "" {
			r.Qualifier = [2]string{"vcs_url", was.vcs}
		}
		return all.Add(r)
	}
	err := tomlpull.Read(doc, tomlpull.Visitor{
		Table: func(path string, array bool, line int) error {
			if path == list+".directory" {
				e.local = true
			}
			if path != list {
				if !strings.HasPrefix(path, list+".") {
					return flush()
				}
				return nil
			}
			if err := flush(); err != nil {
				return err
			}
			e.line = line
			return nil
		},
		Key: func(table, key string, v tomlpull.Value, line int) error {
			switch table {
			case list:
				e.set(key, v, line)
			case list + ".source", list + ".vcs":
				e.source(key, v.Text())
			}
			return nil
		},
	})
	return errors.Join(flush(), err)
}

func (e *entry) set(key string, v tomlpull.Value, line int) {
	switch key {
	case "name":
		e.name, e.line = v.Text(), line
	case "version":
		e.version = v.Text()
	case "category": // Poetry 1
		e.dev = v.Text() == "dev"
	case "groups": // Poetry 2 ("main"), PDM ("default")
		g := v.Strings()
		e.dev = len(g) > 0 && !slices.Contains(g, "main") && !slices.Contains(g, "default")
	case "path": // PDM
		e.local = true
	case "git":
		e.vcs = "git+" + v.Text()
	case "directory": // pylock
		e.local = true
	case "vcs":
		if u, ok := v.Get("url"); ok {
			e.vcs = "git+" + u.Text()
		}
	case "source": // uv
		for _, local := range [...]string{"editable", "virtual", "directory"} {
			if _, ok := v.Get(local); ok {
				e.local = true
			}
		}
		if u, ok := v.Get("git"); ok {
			e.vcs = "git+" + u.Text()
		}
	}
}

// source reads Poetry's [package.source] and pylock's [packages.vcs].
func (e *entry) source(key, value string) {
	switch {
	case key == "type" && value == "directory":
		e.local = true
	case key == "type" && value == "git":
		e.vcs = "git"
	case key == "url" && (e.vcs == "git" || strings.HasSuffix(value, ".git")):
		e.vcs = "git+" + value
	}
}

func readPipfile(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a Pipfile.lock: no object")
	}
	err := r.EachKey(func(key []byte) error {
		section := string(key)
		if section == "_meta" {
			return r.Skip()
		}
		// "default", "develop", and the names of other groups.
		return r.EachKey(func(key []byte) error {
			req := lang.Required{Name: string(key), Line: r.Line(), Dev: section == "develop"}
			local := false
			err := r.EachKey(func(key []byte) (err error) {
				switch string(key) {
				case "version":
					var v string
					v, err = r.Text()
					req.Version = strings.TrimLeft(v, "= ")
				case "git":
					var v string
					v, err = r.Text()
					req.Qualifier = [2]string{"vcs_url", "git+" + v}
				case "path", "file":
					local = true
					err = r.Skip()
				default:
					err = r.Skip()
				}
				return err
			})
			if err != nil || local {
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
