// Package pylock reads what Python projects require: poetry.lock, pdm.lock,
// uv.lock, pylock.toml (PEP 751), Pipfile.lock and requirements files.
//
// Of a requirements file only exact versions (== or ===) are reported: any
// other requirement does not say what is or will be installed.
package pylock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

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
func (detector) Version() int { return 1 }

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

func isRequirements(base string) bool {
	return strings.HasPrefix(base, "requirements") || strings.HasSuffix(base, "requirements.txt") || strings.Contains(base, "-requirements-")
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
	var all lang.Requirements
	switch {
	case strings.HasSuffix(base, ".txt"):
		err = readRequirements(doc, isDevelopment(base), &all)
	case base == "Pipfile.lock":
		err = readPipfile(doc, &all)
	case strings.HasPrefix(base, "pylock."):
		err = readTOML(doc, "packages", &all)
	default:
		err = readTOML(doc, "package", &all)
	}
	all.Report(f, out, name, finding.TypePyPI)
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

// readRequirements reads pip's requirements file format (pip documentation,
// "Requirements File Format").
func readRequirements(doc []byte, dev bool, all *lang.Requirements) error {
	if bytes.IndexByte(doc, 0) >= 0 || !utf8.Valid(doc) {
		return fmt.Errorf("text that is not UTF-8: %w", walk.ErrUnsupported)
	}
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		number := l.Number
		text := string(line)
		for strings.HasSuffix(text, `\`) { // hashes follow on continued lines
			next, ok := l.Next()
			if !ok || len(text) > 1<<20 {
				break
			}
			text = text[:len(text)-1] + string(next)
		}
		if r, ok := requirement(text); ok {
			r.Line, r.Dev = number, dev
			if err := all.Add(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// requirement reads name[extras]==version; markers, hashes and comments after it are cut off.
func requirement(s string) (lang.Required, bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] == '#' || s[0] == '-' {
		return lang.Required{}, false
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = s[:i]
	}
	if i := strings.IndexByte(s, ';'); i >= 0 {
		s = s[:i]
	}
	if i := strings.Index(s, " --"); i >= 0 {
		s = s[:i]
	}
	n, v, ok := strings.Cut(s, "==")
	if !ok {
		return lang.Required{}, false
	}
	v = strings.TrimSpace(strings.TrimPrefix(v, "="))
	n = strings.TrimSpace(n)
	if i := strings.IndexByte(n, '['); i >= 0 {
		n = strings.TrimSpace(n[:i])
	}
	if n == "" || v == "" || strings.ContainsAny(v, "*,<>!~ ") || !isName(n) {
		return lang.Required{}, false
	}
	return lang.Required{Name: n, Version: v}, true
}

// isName holds a name to the grammar of PEP 508.
func isName(n string) bool {
	for i := range len(n) {
		c := n[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case (c == '.' || c == '_' || c == '-') && i > 0 && i < len(n)-1:
		default:
			return false
		}
	}
	return true
}
