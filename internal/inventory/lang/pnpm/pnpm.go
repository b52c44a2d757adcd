// Package pnpm reads pnpm-lock.yaml, lockfileVersion 5 to 9.
//
// The file is written by machine, a key a line with two spaces a level, and is
// read line by line: of a document of megabytes only the keys below "packages"
// and four of their properties count, a YAML parser costs fifty times as much,
// and it has no line numbers to offer without a tree. What is not written so
// is an error, not a guess.
package pnpm

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

const (
	name  = "pnpm"
	limit = 64 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "pnpm-lock.yaml" && !strings.Contains(path, "node_modules/") {
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

type entry struct {
	key, name, version string
	dev, local         bool
	line               int
}

func read(doc []byte, all *lang.Requirements) error {
	var e entry
	flush := func() error {
		r, ok := e.required()
		e = entry{}
		if !ok {
			return nil
		}
		return all.Add(r)
	}
	l := lang.NewLines(doc)
	section, sawVersion := "", false
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		text := bytes.TrimSpace(line)
		if len(text) == 0 || text[0] == '#' || string(text) == "---" {
			continue
		}
		indent := lang.Indent(line)
		if indent == 0 {
			if err := flush(); err != nil {
				return err
			}
			key, _, ok := bytes.Cut(text, []byte{':'})
			if !ok {
				return errors.New("not a pnpm-lock.yaml: a line is no key")
			}
			section = string(key)
			sawVersion = sawVersion || section == "lockfileVersion"
			continue
		}
		if section != "packages" {
			continue
		}
		switch indent {
		case 2:
			if err := flush(); err != nil {
				return err
			}
			if !bytes.HasSuffix(text, []byte{':'}) {
				continue
			}
			e = entry{key: unquote(bytes.TrimSuffix(text, []byte{':'})), line: l.Number}
		case 4:
			key, value, _ := bytes.Cut(text, []byte{':'})
			v := unquote(bytes.TrimSpace(value))
			switch string(key) {
			case "name":
				e.name = v
			case "version":
				e.version = v
			case "dev":
				e.dev = v == "true"
			case "resolution":
				e.local = strings.Contains(v, "type: directory")
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if !sawVersion && len(bytes.TrimSpace(doc)) > 0 {
		return errors.New("not a pnpm-lock.yaml: no lockfileVersion")
	}
	return nil
}

func unquote(b []byte) string {
	if n := len(b); n >= 2 && (b[0] == '\'' || b[0] == '"') && b[n-1] == b[0] {
		b = b[1 : n-1]
	}
	return string(b)
}

// required understands the forms that keys had:
//
//	/name/1.0.0, /@s/name/1.0.0_peer@2.0.0   version 5
//	/name@1.0.0(peer@2.0.0)                  version 6
//	name@1.0.0                               version 9
//	github.com/user/repo/0123abc, name@https://…   not from a registry: name and version are properties
func (e *entry) required() (lang.Required, bool) {
	if e.key == "" || e.local {
		return lang.Required{}, false
	}
	key := e.key
	if i := strings.IndexByte(key, '('); i >= 0 {
		key = key[:i]
	}
	slash := strings.HasPrefix(key, "/")
	key = strings.TrimPrefix(key, "/")
	var n, v string
	if i := strings.IndexByte(skipScope(key), '@'); i >= 0 && !(slash && strings.Contains(skipScope(key)[:i], "/")) {
		i += len(key) - len(skipScope(key))
		n, v = key[:i], key[i+1:]
	} else if slash {
		if i := strings.IndexByte(skipScope(key), '/'); i >= 0 {
			i += len(key) - len(skipScope(key))
			n, v = key[:i], key[i+1:]
			v, _, _ = strings.Cut(v, "_")
			v, _, _ = strings.Cut(v, "/")
		}
	}
	r := lang.Required{Name: n, Version: v, Line: e.line, Dev: e.dev}
	if strings.HasPrefix(v, "file:") || strings.HasPrefix(v, "link:") || strings.HasPrefix(key, "file:") {
		if e.name == "" || e.version == "" || !strings.Contains(key, ".tgz") {
			return lang.Required{}, false
		}
	}
	if strings.Contains(v, "/") { // a place instead of a version
		if strings.Contains(v, "git") {
			r.Qualifier = [2]string{"vcs_url", v}
		}
		r.Version = ""
	}
	if e.name != "" {
		r.Name = e.name
	}
	if e.version != "" {
		r.Version = e.version
	}
	return r, r.Name != ""
}

// skipScope gives the key after its scope, in which another @ or / may follow.
func skipScope(key string) string {
	if strings.HasPrefix(key, "@") {
		if i := strings.IndexByte(key, '/'); i >= 0 {
			return key[i+1:]
		}
	}
	return key
}
