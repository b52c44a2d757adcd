// Package gem reads installed Ruby gems (specifications/*.gemspec, also the
// default ones that come with Ruby) and Gemfile.lock.
package gem

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
	name      = "gem"
	lockName  = "gemfile-lock"
	specLimit = 4 << 20 // a gemspec lists all files of the gem
	lockLimit = 16 << 20
)

type installed struct{}

// New makes the detector of installed gems.
func New() walk.Detector { return installed{} }

var _ walk.Detector = installed{}

func (installed) Name() string { return name }
func (installed) Version() int { return 2 }

func (installed) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasSuffix(path, ".gemspec") {
		return walk.No
	}
	dir := lang.Dir(path)
	if lang.Base(dir) == "default" {
		dir = lang.Dir(dir)
	}
	if lang.Base(dir) != "specifications" {
		return walk.No
	}
	return walk.Yes
}

func (installed) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, specLimit)
	if err != nil {
		return err
	}
	s := readSpec(doc)
	if s.name == "" || s.version == "" {
		// Ruby code that computes them; the file's name says them too.
		n, v := fromFileName(lang.Base(f.Path))
		if !bytes.Contains(doc, []byte("Gem::Specification")) || n == "" {
			return errors.New("no gem specification")
		}
		s.name, s.version = n, v
	}
	p, err := lang.New(name, finding.TypeGem, s.name, s.version)
	if err != nil {
		return err
	}
	p.Licenses = lang.Licenses(s.licenses...)
	out.Package(p)
	return nil
}

type spec struct {
	name, version string
	licenses      []string
}

// readSpec reads a gemspec as RubyGems writes it when it installs a gem: one
// attribute a line, values as string literals. It is a program in Ruby, and
// nothing but that form is understood.
func readSpec(doc []byte) spec {
	var s spec
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		line = bytes.TrimSpace(line)
		if rest, ok := bytes.CutPrefix(line, []byte("# stub: ")); ok {
			if words := strings.Fields(string(rest)); len(words) >= 2 && s.name == "" {
				s.name, s.version = words[0], words[1]
			}
			continue
		}
		dot := bytes.IndexByte(line, '.')
		if dot <= 0 || dot > 12 || line[0] == '#' {
			continue
		}
		key, value, ok := bytes.Cut(line[dot+1:], []byte{'='})
		if !ok {
			continue
		}
		switch string(bytes.TrimSpace(key)) {
		case "name":
			if v := literals(value); len(v) == 1 && s.name == "" {
				s.name = v[0]
			}
		case "version":
			if v := literals(value); len(v) == 1 && s.version == "" {
				s.version = v[0]
			}
		case "license", "licenses":
			s.licenses = append(s.licenses, literals(value)...)
		}
	}
	return s
}

// literals gives the string literals on a line; one with an interpolation is none.
func literals(b []byte) []string {
	var all []string
	for len(all) < 16 {
		i := bytes.IndexAny(b, `"'`)
		if i < 0 {
			break
		}
		end := bytes.IndexByte(b[i+1:], b[i])
		if end < 0 {
			break
		}
		if s := string(b[i+1 : i+1+end]); !strings.Contains(s, "#{") && !strings.Contains(s, `\`) {
			all = append(all, s)
		}
		b = b[i+end+2:]
	}
	return all
}

// fromFileName divides NAME-VERSION[-PLATFORM].gemspec; a version begins with a digit.
func fromFileName(base string) (name, version string) {
	base = strings.TrimSuffix(base, ".gemspec")
	for i := 1; i < len(base)-1; i++ {
		if base[i] == '-' && base[i+1] >= '0' && base[i+1] <= '9' {
			v, _, _ := strings.Cut(base[i+1:], "-")
			return base[:i], v
		}
	}
	return "", ""
}

type lock struct{}

// NewLock makes the detector of Gemfile.lock and gems.locked.
func NewLock() walk.Detector { return lock{} }

var _ walk.Detector = lock{}

func (lock) Name() string { return lockName }
func (lock) Version() int { return 2 }

func (lock) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	switch lang.Base(path) {
	case "Gemfile.lock", "gems.locked":
		if strings.Contains(path, "/gems/") && strings.Contains(path, "ruby") {
			return walk.No // inside an installed gem: its developers', not obeyed here
		}
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
	all.Report(f, out, lockName, finding.TypeGem)
	return err
}

// readLock reads Bundler's format: sections in capitals, below GEM and GIT a
// list "specs:" of gems with four spaces before them, their dependencies with six.
func readLock(doc []byte, all *lang.Requirements) error {
	if bytes.IndexByte(doc, 0) >= 0 {
		return errors.New("not a Gemfile.lock: it has NUL bytes")
	}
	section, remote, sections := "", "", 0
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		text := strings.TrimSpace(string(line))
		switch lang.Indent(line) {
		case 0:
			if text != "" {
				if text != strings.ToUpper(text) {
					return errors.New("not a Gemfile.lock: a line begins no section")
				}
				section, remote = text, ""
				sections++
			}
		case 2:
			if r, ok := strings.CutPrefix(text, "remote: "); ok {
				remote = r
			}
		case 4:
			if section != "GEM" && section != "GIT" && section != "PLUGIN SOURCE" {
				continue // PATH: the application's own
			}
			n, v, ok := strings.Cut(text, " (")
			if !ok {
				continue
			}
			v, _, _ = strings.Cut(strings.TrimSuffix(v, ")"), "-") // after a dash: the platform
			r := lang.Required{Name: n, Version: v, Line: l.Number}
			if section == "GIT" {
				r.Qualifier = [2]string{"vcs_url", "git+" + remote}
			}
			if err := all.Add(r); err != nil {
				return err
			}
		}
	}
	if sections == 0 && len(bytes.TrimSpace(doc)) > 0 {
		return errors.New("not a Gemfile.lock: no section")
	}
	return nil
}
