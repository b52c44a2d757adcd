// Package hex reads mix.lock, the lock file of Elixir and Erlang projects.
//
// The file is an Elixir map whose values are tuples, one package a line:
//
//	"jason": {:hex, :jason, "1.4.0", "checksum", [:mix], [deps], "hexpm", "checksum"},
//
// Packages from Git have no version there and are reported without.
package hex

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
	name  = "hex"
	limit = 16 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "mix.lock" {
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
	all.Report(f, out, name, lang.TypeHex)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	if text := bytes.TrimSpace(doc); len(text) > 0 && (!bytes.HasPrefix(text, []byte("%{")) || text[len(text)-1] != '}') {
		return errors.New("not a mix.lock: no map")
	}
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		key, value, ok := strings.Cut(string(line), `: {:`)
		if !ok {
			continue
		}
		r := lang.Required{Name: strings.Trim(strings.TrimLeft(strings.TrimSpace(key), "%{"), `" `), Line: l.Number}
		kind, rest, _ := strings.Cut(value, ",")
		switch kind {
		case "hex":
			// :jason, "1.4.0": the name on the registry may differ from the key
			atom, rest, _ := strings.Cut(rest, ",")
			if atom = strings.Trim(strings.TrimPrefix(strings.TrimSpace(atom), ":"), `"`); atom != "" {
				r.Name = atom
			}
			r.Version = quoted(rest)
		case "git":
			r.Qualifier = [2]string{"vcs_url", "git+" + quoted(rest)}
		default:
			continue
		}
		if err := all.Add(r); err != nil {
			return err
		}
	}
	return nil
}

// quoted gives the first string literal.
func quoted(s string) string {
	_, s, ok := strings.Cut(s, `"`)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, `"`)
	return s
}
