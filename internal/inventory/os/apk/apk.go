// Package apk reads the database of apk, the package manager of Alpine, Wolfi
// and Chainguard images: what is installed, its origin package, licence and files.
//
// Every entry of the database is installed; apk keeps none of what was removed.
// Packages carry no package URL: the merge adds it, which knows the
// distribution. The files of all packages are one fact of kind [owned.Kind].
//
// Not osv-scalibr's, which reads no file lists and takes twice the CPU.
//
// Databases of apk 2 were seen real; apk 3 writes the same text by default.
// Its binary form (adb) as an installed database was never seen and is not read.
package apk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/license"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// Limits that real images do not meet: all of Alpine's main repository
// installed would be some 60 MB, an image with 1,000 packages has 10.
const (
	maxDatabase = 64 << 20
	maxPackages = 100_000
	maxField    = 1024
)

var paths = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

type detector struct{}

var _ walk.PathLister = detector{}

// New makes the extractor.
func New() walk.Detector { return detector{} }

func (detector) Name() string    { return "apk" }
func (detector) Version() int    { return 1 }
func (detector) Paths() []string { return paths }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if path == paths[0] || path == paths[1] {
		return walk.Yes
	}
	return walk.No
}

// Inspect reads the database. Format: apk-tools, src/database.c and
// apk_pkg_write_index_header; lines of a letter, a colon and a value, a blank
// line after each package.
func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(maxDatabase)
	if err != nil {
		return err
	}
	var (
		e                  owned.Encoder
		p                  pkg
		packages, bad, all int
		firstBad           error
	)
	end := func(line int) {
		if !p.any {
			return
		}
		all++
		fp, err := p.finding()
		p = pkg{}
		switch {
		case err != nil:
			if bad++; firstBad == nil {
				firstBad = fmt.Errorf("entry before line %d: %w", line, err)
			}
		default:
			packages++
			out.Package(fp)
		}
	}
	line := 0
	for len(b) > 0 && packages <= maxPackages {
		line++
		var l []byte
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			l, b = b[:i], b[i+1:]
		} else {
			l, b = b, nil
		}
		l = bytes.TrimSuffix(l, []byte("\r"))
		if len(l) == 0 {
			end(line)
			continue
		}
		p.any = true
		if len(l) < 2 || l[1] != ':' {
			p.malformed = true
			continue
		}
		p.set(l[0], l[2:], &e)
	}
	end(line + 1)
	if d := e.Data(); d != nil {
		out.Fact(owned.Kind, d)
	}
	if e.Truncated() {
		out.Unread("", fmt.Errorf("file lists of more than %d bytes: %w", owned.MaxData, walk.ErrLimit))
	}
	if packages > maxPackages {
		return fmt.Errorf("more than %d packages: %w", maxPackages, walk.ErrLimit)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d entries malformed; %w", bad, all, firstBad)
	}
	return nil
}

type pkg struct {
	any, malformed                             bool
	name, version, arch, license, origin, mail []byte
	dir, path                                  []byte
	listing                                    bool
}

func (p *pkg) set(field byte, value []byte, e *owned.Encoder) {
	var to *[]byte
	switch field {
	case 'P':
		to = &p.name
	case 'V':
		to = &p.version
	case 'A':
		to = &p.arch
	case 'L':
		to = &p.license
	case 'o':
		to = &p.origin
	case 'm':
		to = &p.mail
	case 'F':
		p.dir = value
		return
	case 'R':
		// Files come after the fields of their package.
		if !p.listing {
			if !validName(p.name) {
				return
			}
			e.Package(string(p.name), string(p.arch))
			p.listing = true
		}
		p.path = p.path[:0]
		if len(p.dir) > 0 {
			p.path = append(append(p.path, p.dir...), '/')
		}
		p.path = append(p.path, value...)
		e.Path(p.path)
		return
	default:
		return
	}
	if len(value) > maxField {
		p.malformed = true
		return
	}
	*to = value
}

func (p *pkg) finding() (finding.Package, error) {
	switch {
	case p.malformed:
		return finding.Package{}, errors.New("a line that is no field, or a value too long")
	case !validName(p.name):
		return finding.Package{}, fmt.Errorf("package name %q", p.name)
	case !validVersion(p.version):
		return finding.Package{}, fmt.Errorf("package %s: version %q", p.name, p.version)
	case len(p.arch) > 0 && !validName(p.arch):
		return finding.Package{}, fmt.Errorf("package %s: architecture %q", p.name, p.arch)
	case len(p.origin) > 0 && !validName(p.origin):
		return finding.Package{}, fmt.Errorf("package %s: origin %q", p.name, p.origin)
	}
	fp := finding.Package{
		Type: finding.TypeAPK, Name: string(p.name), Version: string(p.version), Arch: string(p.arch), FoundBy: "apk",
		Maintainer: strings.ToValidUTF8(string(p.mail), "\uFFFD"), SourceName: string(p.name), SourceVersion: string(p.version),
	}
	if len(p.origin) > 0 {
		fp.SourceName = string(p.origin)
	}
	if l := license.Normalize(string(p.license)); l != "" {
		fp.Licenses = []string{l}
	}
	return fp, nil
}

// validName takes what apk takes (apk_dep_parse, default character class), and no more.
func validName(b []byte) bool {
	if len(b) == 0 || len(b) > 256 {
		return false
	}
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.' || c == '_': // virtual packages of "apk add -t" begin with a dot
		case i > 0 && (c == '+' || c == '-' || c == ':' || c == '/'):
		default:
			return false
		}
	}
	return true
}

func validVersion(b []byte) bool {
	if len(b) == 0 || len(b) > 256 {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
