// Package rpm reads what rpm says is installed, out of its database in any of
// its three forms: SQLite (Fedora 33 and RHEL 9 on), ndb (SUSE, Photon) and the
// Berkeley DB hash file of before; and the package manifest that distroless
// images of Azure Linux keep instead.
//
// # How
//
// Three small readers of our own over io.ReaderAt go straight to the table of
// package headers. They write no temporary file, map nothing, and read each
// page at most once, so that a file of N bytes costs O(N) time however its
// pages point at each other; memory is one header (at most 32 MiB) and a few
// pages. A general SQL engine or a copy of the database is not needed:
// osv-scalibr's extractor opens the file by a real path (a copy, for a file in a
// layer), brings a whole SQLite and takes ten times the CPU and memory (measured
// in internal/inventory/README.md).
//
// # What it does not do
//
// It does not replay an SQLite write-ahead log that was left with content (a
// container committed while rpm ran); such a log is reported as unread. It does
// not read the indexes, verify signatures, or count "gpg-pubkey" entries, which
// are keys and not software. Packages carry no package URL: the merge adds it.
//
// # Seen on real input
//
// SQLite: rpm 4.18 here, Fedora 35, CBL-Mariner 2. ndb: SLE 15. Berkeley DB:
// CentOS 5 to 8, and UBI 8 of a big-endian machine. Never seen real: Berkeley DB
// with checksummed or encrypted pages (refused), SQLite in UTF-16 (refused).
//
// # Attributes and facts
//
// [AttrModularity] is the module a package was built in
// ("nodejs:12:8030020201124152102:229f0a1c"); advisories of module streams need
// it. The files of all packages are one fact of kind [owned.Kind].
package rpm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/license"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// AttrModularity is the key of the module label among a package's attributes.
const AttrModularity = "rpm.modularity"

// Limits that real images do not meet: a database of a full desktop has 150 MB,
// the largest header (a kernel's or a font collection's) 8 MB.
const (
	maxDatabase = 512 << 20
	maxHeader   = 32 << 20
	maxPackages = 100_000
	maxManifest = 32 << 20
)

// Directories where a database lies: rpm's own, today's, and that of image-based systems.
var dirs = []string{"var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"}

const manifestPath = "var/lib/rpmmanifest/container-manifest-2"

type detector struct{}

var _ walk.PathLister = detector{}

// New makes the extractor.
func New() walk.Detector { return detector{} }

func (detector) Name() string { return "rpm" }
func (detector) Version() int { return 1 }

func (detector) Paths() []string {
	out := []string{manifestPath}
	for _, d := range dirs {
		out = append(out, d+"rpmdb.sqlite", d+"Packages.db", d+"Packages")
	}
	return out
}

func (detector) Want(p string, _ fs.FileMode, size int64) walk.Decision {
	if p == manifestPath {
		return walk.Yes
	}
	for _, d := range dirs {
		switch rest, ok := strings.CutPrefix(p, d); {
		case !ok:
		case rest == "rpmdb.sqlite", rest == "Packages.db", rest == "Packages":
			return walk.Yes
		case rest == "rpmdb.sqlite-wal" && size > walHeader:
			return walk.Yes
		}
	}
	return walk.No
}

func (d detector) Inspect(ctx context.Context, f *walk.File, out walk.Sink) error {
	if f.Size == 0 {
		return nil
	}
	if f.Path == manifestPath {
		return manifest(f, out)
	}
	if f.Size > maxDatabase {
		return fmt.Errorf("%d bytes, at most %d are read: %w", f.Size, int64(maxDatabase), walk.ErrLimit)
	}
	var read func(context.Context, *pages, func([]byte) error) error
	switch path.Base(f.Path) {
	case "rpmdb.sqlite":
		read = readSQLite
	case "rpmdb.sqlite-wal":
		return leftOverLog(f)
	case "Packages.db":
		read = readNDB
	default:
		read = readBDB
	}

	var e owned.Encoder
	packages, bad := 0, 0
	var firstBad error
	err := read(ctx, newPages(f.ReaderAt, f.Size), func(blob []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, ok, err := headerPackage(blob, &e)
		if err != nil {
			if bad++; firstBad == nil {
				firstBad = err
			}
			return nil
		}
		if !ok {
			return nil
		}
		if packages++; packages > maxPackages {
			return fmt.Errorf("more than %d packages: %w", maxPackages, walk.ErrLimit)
		}
		out.Package(p)
		return nil
	})
	if d := e.Data(); d != nil {
		out.Fact(owned.Kind, d)
	}
	if e.Truncated() {
		out.Unread("", fmt.Errorf("file lists of more than %d bytes: %w", owned.MaxData, walk.ErrLimit))
	}
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d headers malformed (%d read): %w", bad, packages, firstBad)
	}
	return err
}

// headerPackage makes a package of a header and adds its files to e.
func headerPackage(blob []byte, e *owned.Encoder) (p finding.Package, ok bool, err error) {
	h, err := parseHeader(blob)
	if err != nil {
		return p, false, err
	}
	name := h.text(tagName)
	if name == "gpg-pubkey" {
		return p, false, nil
	}
	p, err = newPackage(name, h.text(tagVersion), h.text(tagRelease), h.number(tagEpoch), h.text(tagArch), h.text(tagSourceRPM))
	if err != nil {
		return p, false, err
	}
	p.Maintainer = h.text(tagVendor)
	if l := license.Fedora(h.text(tagLicense)); l != "" {
		p.Licenses = []string{l}
	}
	if m := h.text(tagModularityLabel); m != "" && m != "(none)" {
		p.Attributes = map[string]string{AttrModularity: m}
	}
	e.Package(p.Name, p.Arch)
	h.files(func(file []byte) { e.Path(bytes.TrimPrefix(file, []byte("/"))) })
	return p, true, nil
}

func newPackage(name, version, release string, epoch uint32, arch, sourceRPM string) (finding.Package, error) {
	if !printable(name) || !printable(version) || !printable(release) {
		return finding.Package{}, fmt.Errorf("name, version and release are %.80q, %.80q, %.80q", name, version, release)
	}
	p := finding.Package{
		Type: finding.TypeRPM, Name: name, Version: version + "-" + release, FoundBy: "rpm",
	}
	if epoch > 0 {
		p.Version = fmt.Sprintf("%d:%s", epoch, p.Version)
	}
	if arch != "" && arch != "(none)" {
		if !printable(arch) {
			return finding.Package{}, fmt.Errorf("package %s: architecture %.80q", name, arch)
		}
		p.Arch = arch
	}
	p.SourceName, p.SourceVersion = splitSourceRPM(sourceRPM)
	// A source file's name has no epoch. A package of the source's version and
	// release has its epoch too; one with a version of its own (perl-Errno of
	// perl) does not tell, and the source's version stays without.
	if epoch > 0 && p.SourceVersion == version+"-"+release {
		p.SourceVersion = p.Version
	}
	return p, nil
}

// splitSourceRPM takes NAME-VERSION-RELEASE.src.rpm apart.
func splitSourceRPM(file string) (name, version string) {
	base, ok := strings.CutSuffix(file, ".src.rpm")
	if !ok {
		if base, ok = strings.CutSuffix(file, ".nosrc.rpm"); !ok {
			return "", ""
		}
	}
	r := strings.LastIndexByte(base, '-')
	if r <= 0 {
		return "", ""
	}
	v := strings.LastIndexByte(base[:r], '-')
	if v <= 0 || !printable(base) {
		return "", ""
	}
	return base[:v], base[v+1:]
}

// printable takes words of ASCII without spaces, as rpm's own parser of spec files does.
func printable(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

var errMalformed = errors.New("malformed")
