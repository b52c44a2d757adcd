// Package yarn reads yarn.lock, of Yarn 1 and of Yarn 2 and later ("berry").
//
// Both are written by machine, one property a line; the second is YAML of that
// form. They are read line by line, which keeps line numbers and is quick; a
// file that is no such list of entries is an error.
package yarn

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
	name  = "yarn"
	limit = 64 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "yarn.lock" && !strings.Contains(path, "node_modules/") {
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
	all.Report(f, out, name, finding.TypeNPM)
	return err
}

type entry struct {
	key, version, resolution, resolved string
	soft                               bool
	line                               int
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
	sawEntry, sawComment, garbage := false, false, false
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		if text[0] == '#' {
			sawComment = true
			continue
		}
		switch lang.Indent(line) {
		case 0:
			if err := flush(); err != nil {
				return err
			}
			if !bytes.HasSuffix(text, []byte{':'}) {
				garbage = true
				continue
			}
			sawEntry = true
			e = entry{key: string(bytes.TrimSuffix(text, []byte{':'})), line: l.Number}
		case 2:
			key, value, _ := bytes.Cut(text, []byte{' '})
			v := strings.Trim(string(value), `"`)
			switch string(bytes.TrimSuffix(key, []byte{':'})) {
			case "version":
				e.version = v
			case "resolution":
				e.resolution = v
			case "resolved":
				e.resolved = v
			case "linkType":
				e.soft = v == "soft"
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if garbage || !sawEntry && !sawComment && len(bytes.TrimSpace(doc)) > 0 {
		return errors.New("not a yarn.lock: a line is neither an entry nor a property")
	}
	return nil
}

func (e *entry) required() (lang.Required, bool) {
	if e.key == "" || e.version == "" || e.soft || e.key == "__metadata" {
		return lang.Required{}, false
	}
	// The key is a list of descriptors that all led here; the first will do.
	spec := e.key
	if i := strings.Index(spec, ", "); i >= 0 {
		spec = spec[:i]
	}
	spec = strings.Trim(spec, `"`)
	if e.resolution != "" {
		spec = e.resolution
	}
	n, wanted := cut(spec)
	if alias, ok := strings.CutPrefix(wanted, "npm:"); ok && e.resolution == "" {
		if real, _ := cut(alias); real != "" && strings.ContainsRune(alias[1:], '@') {
			n = real // old-lodash@npm:lodash@4.17.15
		}
	}
	for _, local := range [...]string{"workspace:", "link:", "portal:", "file:"} {
		if strings.HasPrefix(wanted, local) && !strings.Contains(wanted, ".tgz") {
			return lang.Required{}, false
		}
	}
	if n == "" || e.version == "0.0.0-use.local" {
		return lang.Required{}, false
	}
	r := lang.Required{Name: n, Version: e.version, Line: e.line}
	for _, s := range [...]string{e.resolved, wanted} {
		if strings.HasPrefix(s, "git") || strings.Contains(s, ".git#") {
			r.Qualifier = [2]string{"vcs_url", s}
		}
	}
	return r, true
}

// cut divides name@wanted; a scope begins with @ itself.
func cut(spec string) (name, wanted string) {
	if len(spec) < 2 {
		return "", ""
	}
	if i := strings.IndexByte(spec[1:], '@'); i >= 0 {
		return spec[:i+1], spec[i+2:]
	}
	return spec, ""
}
