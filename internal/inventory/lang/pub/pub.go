// Package pub reads pubspec.lock, the lock file of Dart and Flutter: YAML
// written by machine, a key a line with two spaces a level, read line by line.
package pub

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

const (
	name  = "pub"
	limit = 16 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "pubspec.lock" {
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
	all.Report(f, out, name, lang.TypePub)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	var e lang.Required
	local := false
	flush := func() error {
		was, skip := e, local
		e, local = lang.Required{}, false
		if was.Name == "" || skip {
			return nil
		}
		return all.Add(was)
	}
	l := lang.NewLines(doc)
	section := ""
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		text := bytes.TrimSpace(line)
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		key, value, isKey := bytes.Cut(text, []byte{':'})
		v := strings.Trim(string(bytes.TrimSpace(value)), `"'`)
		switch lang.Indent(line) {
		case 0:
			if err := flush(); err != nil {
				return err
			}
			if !isKey {
				return errors.New("not a pubspec.lock: a line is no key")
			}
			section = string(key)
		case 2:
			if err := flush(); err != nil {
				return err
			}
			if section == "packages" {
				e = lang.Required{Name: strings.Trim(string(key), `"'`), Line: l.Number}
			}
		case 4:
			switch string(key) {
			case "dependency":
				e.Dev = v == "direct dev"
			case "source":
				local = v == "path" || v == "sdk"
			case "version":
				e.Version = v
			}
		}
	}
	return flush()
}
