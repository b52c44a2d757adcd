// Package dpkg reads what dpkg, the package manager of Debian and all that
// come of it, says is installed: the status database, the stanzas of
// distroless images, the file lists, and the copyright files for licences.
//
// # What counts as installed
//
// Whatever has files on disk, as dpkg itself sees it: every state but
// "not-installed" and "config-files" (the package is gone, its configuration
// was left). A package that is held, half installed or not yet configured has
// its programs on disk, and counts; a state other than "installed" stands in
// the attribute "dpkg.status". A stanza without a Status field counts too:
// distroless images write them so.
//
// # What it does not do
//
// It does not know the distribution, so packages carry no package URL; the
// merge adds it. md5sums of full systems are not read: ownership by name is
// enough. Diverted files are looked for under the name the package gave them.
//
// # Facts
//
// [owned.Kind]: the files of packages (paths as dpkg wrote them, perhaps below
// a directory that is a link today; the merge resolves them). [LicenseKind]:
// what a copyright file says, one SPDX expression or word a line.
//
// Written for this product rather than taken from osv-scalibr, whose dpkg
// extractor needs the image as a file system, reads no licences and no file
// lists, and takes four times the CPU (internal/inventory/README.md).
package dpkg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/license"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// LicenseKind is the kind of the fact that a copyright file gives.
const LicenseKind = "dpkg-licenses"

// AttrStatus holds dpkg's word for the state of a package that is not plainly installed.
const AttrStatus = "dpkg.status"

// Limits that real images do not meet: Debian's whole archive in one status
// file would be 100 MB, an image with 3,000 packages has 5.
const (
	maxStatus    = 32 << 20
	maxList      = 32 << 20
	maxCopyright = 4 << 20
	maxPackages  = 100_000
	maxField     = 1024
	maxLicenses  = 32
)

const (
	statusPath = "var/lib/dpkg/status"
	statusDir  = "var/lib/dpkg/status.d/"
	infoDir    = "var/lib/dpkg/info/"
	docDir     = "usr/share/doc/"
)

type detector struct{}

var _ walk.PathLister = detector{}

// New makes the extractor.
func New() walk.Detector { return detector{} }

func (detector) Name() string    { return "dpkg" }
func (detector) Version() int    { return 1 }
func (detector) Paths() []string { return []string{statusPath} }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if rest, ok := strings.CutPrefix(path, "var/lib/dpkg/"); ok {
		if rest == "status" {
			return walk.Yes
		}
		if name, ok := strings.CutPrefix(rest, "info/"); ok && strings.HasSuffix(name, ".list") && !strings.Contains(name, "/") {
			return walk.Yes
		}
		if name, ok := strings.CutPrefix(rest, "status.d/"); ok && name != "" && !strings.Contains(name, "/") {
			return walk.Yes
		}
		return walk.No
	}
	if rest, ok := strings.CutPrefix(path, docDir); ok && strings.HasSuffix(rest, "/copyright") && strings.Count(rest, "/") == 1 {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	switch {
	case strings.HasPrefix(f.Path, docDir):
		b, err := f.Bytes(maxCopyright)
		if err != nil {
			return err
		}
		if l := copyrightLicenses(b); len(l) > 0 {
			out.Fact(LicenseKind, []byte(strings.Join(l, "\n")))
		}
		return nil
	case strings.HasPrefix(f.Path, infoDir):
		b, err := f.Bytes(maxList)
		if err != nil {
			return err
		}
		name, arch, _ := strings.Cut(strings.TrimSuffix(f.Path[len(infoDir):], ".list"), ":")
		return list(b, name, arch, false, out)
	case strings.HasPrefix(f.Path, statusDir) && (strings.HasSuffix(f.Path, ".md5sums") || strings.HasSuffix(f.Path, ".list")):
		// Neither says its package's architecture; one distroless image has one.
		b, err := f.Bytes(maxList)
		if err != nil {
			return err
		}
		base := f.Path[len(statusDir):]
		if name, ok := strings.CutSuffix(base, ".md5sums"); ok {
			return list(b, name, "", true, out)
		}
		return list(b, strings.TrimSuffix(base, ".list"), "", false, out)
	default:
		b, err := f.Bytes(maxStatus)
		if err != nil {
			return err
		}
		return status(b, out)
	}
}

// status reads the stanzas of a status file. Format: deb-control(5), dpkg's lib/dpkg/parse.c.
func status(b []byte, out walk.Sink) error {
	var s stanza
	var firstBad error
	stanzas, bad, packages := 0, 0, 0
	end := func(line int) error {
		if !s.any {
			return nil
		}
		stanzas++
		p, ok, err := s.pkg()
		s = stanza{}
		if err != nil {
			bad++
			if firstBad == nil {
				firstBad = fmt.Errorf("stanza before line %d: %w", line, err)
			}
			return nil
		}
		if ok {
			if packages++; packages > maxPackages {
				return fmt.Errorf("more than %d packages: %w", maxPackages, walk.ErrLimit)
			}
			out.Package(p)
		}
		return nil
	}
	line := 0
	for len(b) > 0 {
		line++
		var l []byte
		l, b = cutLine(b)
		switch {
		case len(bytes.TrimSpace(l)) == 0:
			if err := end(line); err != nil {
				return err
			}
		case l[0] == ' ' || l[0] == '\t': // continues a field; none of those we read is long
		default:
			s.any = true
			name, value, ok := bytes.Cut(l, []byte(":"))
			if !ok {
				s.malformed = true
				continue
			}
			s.set(name, bytes.TrimSpace(value))
		}
	}
	if err := end(line + 1); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d stanzas malformed; %w", bad, stanzas, firstBad)
	}
	return nil
}

// stanza holds the fields that we read of one.
type stanza struct {
	any, malformed                             bool
	name, status, version, arch, source, maint []byte
}

func (s *stanza) set(field, value []byte) {
	var to *[]byte
	switch len(field) { // cheap first: most fields are others
	case 6:
		if bytes.EqualFold(field, []byte("Status")) {
			to = &s.status
		} else if bytes.EqualFold(field, []byte("Source")) {
			to = &s.source
		}
	case 7:
		if bytes.EqualFold(field, []byte("Package")) {
			to = &s.name
		} else if bytes.EqualFold(field, []byte("Version")) {
			to = &s.version
		}
	case 10:
		if bytes.EqualFold(field, []byte("Maintainer")) {
			to = &s.maint
		}
	case 12:
		if bytes.EqualFold(field, []byte("Architecture")) {
			to = &s.arch
		}
	}
	if to == nil {
		return
	}
	if len(value) > maxField {
		s.malformed = true
		return
	}
	*to = value
}

func (s *stanza) pkg() (p finding.Package, installed bool, err error) {
	if s.malformed || !validName(s.name) {
		return p, false, errors.New("a line that is no field, a value too long, or no valid package name")
	}
	state := "installed"
	if len(s.status) > 0 {
		words := bytes.Fields(s.status)
		if len(words) != 3 {
			return p, false, fmt.Errorf("package %s: status %q", s.name, s.status)
		}
		state = string(words[2])
		if state == "not-installed" || state == "config-files" {
			return p, false, nil
		}
	}
	if !validVersion(s.version) {
		return p, false, fmt.Errorf("package %s: version %q", s.name, s.version)
	}
	p = finding.Package{
		Type: finding.TypeDeb, Name: string(s.name), Version: string(s.version), Arch: string(s.arch),
		Maintainer: strings.ToValidUTF8(string(s.maint), "\uFFFD"), FoundBy: "dpkg",
	}
	p.SourceName, p.SourceVersion = p.Name, p.Version
	if len(s.source) > 0 {
		name, rest, _ := bytes.Cut(s.source, []byte(" "))
		v := bytes.Trim(bytes.TrimSpace(rest), "()")
		if !validName(name) || len(v) > 0 && !validVersion(v) {
			return p, false, fmt.Errorf("package %s: source %q", s.name, s.source)
		}
		p.SourceName = string(name)
		if len(v) > 0 {
			p.SourceVersion = string(v)
		}
	}
	if len(s.arch) > 0 && !validName(s.arch) {
		return p, false, fmt.Errorf("package %s: architecture %q", s.name, s.arch)
	}
	if state != "installed" {
		p.Attributes = map[string]string{AttrStatus: strings.ToValidUTF8(state, "\uFFFD")}
	}
	return p, true, nil
}

// validName takes what dpkg takes as a package name (pkg_name_is_illegal), and a little less.
func validName(b []byte) bool {
	if len(b) == 0 || len(b) > 256 {
		return false
	}
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '+' || c == '-' || c == '.' || c == '_'):
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

// list reads a file list: absolute paths one a line ("/." first), or lines of
// md5sum with relative paths. A directory is followed by what is in it, and is
// left out.
func list(b []byte, name, arch string, md5 bool, out walk.Sink) error {
	if !validName([]byte(name)) || arch != "" && !validName([]byte(arch)) {
		return fmt.Errorf("%q is not a package's name", name+":"+arch)
	}
	var e owned.Encoder
	e.Package(name, arch)
	var prev []byte
	lines, bad := 0, 0
	for len(b) > 0 {
		var l []byte
		l, b = cutLine(b)
		if len(l) == 0 {
			continue
		}
		lines++
		if md5 {
			// 32 hex digits, two spaces (or space and star), path
			if len(l) < 35 || l[32] != ' ' {
				bad++
				continue
			}
			l = bytes.TrimPrefix(l[34:], []byte("./"))
		} else {
			if l[0] != '/' {
				bad++
				continue
			}
			l = l[1:]
		}
		if isDir := len(l) > len(prev) && l[len(prev)] == '/' && bytes.HasPrefix(l, prev); !isDir {
			e.Path(prev)
		}
		prev = l
	}
	e.Path(prev)
	if d := e.Data(); d != nil {
		out.Fact(owned.Kind, d)
	}
	if e.Truncated() {
		out.Unread("", fmt.Errorf("file lists of more than %d bytes: %w", owned.MaxData, walk.ErrLimit))
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d lines are no paths", bad, lines)
	}
	return nil
}

// copyrightLicenses gives the licences that a copyright file names, sorted: of
// a machine-readable one (format 1.0) the short names of its License fields, of
// one in prose the texts in usr/share/common-licenses that it points to.
func copyrightLicenses(b []byte) []string {
	var found []string
	add := func(s string) {
		if s != "" && len(found) < maxLicenses && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	if machineReadable(b) {
		inFiles := true // the header's License counts as well
		rest := b
		for len(rest) > 0 {
			var l []byte
			l, rest = cutLine(rest)
			switch {
			case len(bytes.TrimSpace(l)) == 0:
				inFiles = false
			case l[0] == ' ' || l[0] == '\t' || l[0] == '#':
			case hasField(l, "Files:"):
				inFiles = true
			case hasField(l, "License:") && inFiles:
				// A stand-alone License paragraph only gives the text of a name used above.
				add(license.Debian(string(l[len("License:"):])))
			}
		}
		if len(found) > 0 {
			slices.Sort(found)
			return found
		}
	}
	const dir = "/usr/share/common-licenses/"
	for rest := b; ; {
		i := bytes.Index(rest, []byte(dir))
		if i < 0 {
			break
		}
		rest = rest[i+len(dir):]
		n := 0
		for n < len(rest) && n < 40 && (rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= 'A' && rest[n] <= 'Z' ||
			rest[n] >= '0' && rest[n] <= '9' || rest[n] == '-' || rest[n] == '.' || rest[n] == '+') {
			n++
		}
		// Prose says elsewhere whether "or later" is meant, so GPL-2 stays that word.
		if name := strings.TrimRight(string(rest[:n]), ".-"); name != "" {
			add(license.Normalize(name))
		}
	}
	slices.Sort(found)
	return found
}

func machineReadable(b []byte) bool {
	for range 5 { // comments may come first
		var l []byte
		l, b = cutLine(b)
		if hasField(l, "Format:") || hasField(l, "Format-Specification:") {
			return true
		}
	}
	return false
}

func hasField(l []byte, field string) bool {
	return len(l) >= len(field) && bytes.EqualFold(l[:len(field)], []byte(field))
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
	}
	return b, nil
}
