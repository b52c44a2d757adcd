// Package java reads Java archives (jar, war, ear, Jenkins plugins, …) with the
// archives inside them, and says which Maven artifacts they are and contain.
//
// # Which artifact an archive is
//
// A name in Maven is group and artifact, and most jars say neither in a form
// that a machine can trust. What is believed, best first:
//
//  1. META-INF/maven/…/pom.properties (or the pom.xml there) whose artifact is
//     the one that the file's name begins with, or the only one that fits.
//  2. The path, where it is that of a Maven, Gradle, Ivy or Coursier repository.
//  3. The manifest of a Jenkins plugin.
//  4. Artifact and version by the file's name or the manifest, and the group by
//     a table of well-known artifacts that carry no pom.properties.
//  5. The same with the group by the manifest's Implementation-Vendor-Id or
//     Bundle-SymbolicName, where these have the form that Maven's plugins give them.
//  6. The same with a guessed group: the packages of the classes.
//
// The attribute "maven.by" says which of them it was ("pom", "path", "plugin",
// "known", "manifest", "guess"): a guessed group is no basis for calling
// something unaffected. An archive with neither version nor pom is not reported.
//
// All other pom.properties inside (shaded libraries) are reported as well, at
// archive!/META-INF/maven/….
//
// # Nested archives
//
// They are read in memory: stored ones in place, deflated ones inflated one at
// a time on the way down. Limits on depth, number, bytes and ratio end in an
// unread record that names the inner archive. No temporary file is written.
package java

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/zipdir"
	"bulwark/internal/walk"
)

const name = "java"

// AttributeBy is the key of the attribute that says how an artifact was named.
const AttributeBy = "maven.by"

// Limits. Real applications nest two deep (ear, war, jar), three with a shaded plugin.
const (
	maxDepth    = 6
	maxArchives = 20_000
	maxInflated = 4 << 30   // of one outermost archive, over time
	maxHeld     = 256 << 20 // held in memory at once
	maxPoms     = 10_000    // of one archive
	manifestMax = 4 << 20
	propsMax    = 256 << 10
	pomMax      = 2 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Peeker = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, size int64) walk.Decision {
	switch archiveKind(path) {
	case javaArchive:
		return walk.Yes
	case maybeArchive:
		if size >= 22 { // an empty archive has 22 bytes
			return walk.Peek
		}
	}
	return walk.No
}

func (detector) Peek(_ string, head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

type kind uint8

const (
	noArchive kind = iota
	javaArchive
	maybeArchive // the ending is used by others too
)

// archiveKind tells by the last four bytes, as this is asked of every file.
func archiveKind[T string | []byte](path T) kind {
	n := len(path)
	if n < 5 || path[n-4] != '.' {
		if n > 5 && path[n-5] == '.' && strings.EqualFold(string(path[n-4:]), "lpkg") {
			return javaArchive
		}
		return noArchive
	}
	switch lower(path[n-3])<<16 | lower(path[n-2])<<8 | lower(path[n-1]) {
	case 'j'<<16 | 'a'<<8 | 'r', 'w'<<16 | 'a'<<8 | 'r', 'e'<<16 | 'a'<<8 | 'r', 'j'<<16 | 'p'<<8 | 'i', 'h'<<16 | 'p'<<8 | 'i':
		return javaArchive
	case 'p'<<16 | 'a'<<8 | 'r', 's'<<16 | 'a'<<8 | 'r', 'n'<<16 | 'a'<<8 | 'r', 'k'<<16 | 'a'<<8 | 'r', 'f'<<16 | 'a'<<8 | 'r', 'r'<<16 | 'a'<<8 | 'r':
		return maybeArchive
	}
	return noArchive
}

func lower(c byte) uint32 {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return uint32(c)
}

func (detector) Inspect(ctx context.Context, f *walk.File, out walk.Sink) error {
	if f.Size == 0 {
		return lang.ErrEmpty
	}
	s := &scan{ctx: ctx, file: f, out: out}
	return s.archive(f.ReaderAt, f.Size, f.Path, "", 1)
}

// scan is the reading of one outermost archive.
type scan struct {
	ctx      context.Context
	file     *walk.File
	out      walk.Sink
	archives int
	inflated int64
	held     int64
}

// contents are the members of an archive that count.
type contents struct {
	manifest    *zipdir.Entry
	props, poms []zipdir.Entry
	nested      []zipdir.Entry
	left        error // something was left out
}

var (
	manifestPath = []byte("META-INF/MANIFEST.MF")
	mavenDir     = []byte("META-INF/maven/")
)

func list(z *zipdir.Archive) (contents, error) {
	var c contents
	err := z.Each(func(e *zipdir.Entry) error {
		n := e.Name
		if len(n) < 5 {
			return nil
		}
		switch n[len(n)-1] {
		case 'F', 'f':
			if c.manifest == nil && bytes.EqualFold(n, manifestPath) {
				m := *e
				c.manifest = &m
			}
			return nil
		case 's':
			if bytes.HasSuffix(n, []byte("/pom.properties")) && bytes.Contains(n, mavenDir) {
				if len(c.props) >= maxPoms {
					c.left = fmt.Errorf("more than %d pom.properties: %w", maxPoms, walk.ErrLimit)
					return nil
				}
				c.props = append(c.props, *e)
			}
			return nil
		case 'l':
			if bytes.HasSuffix(n, []byte("/pom.xml")) && bytes.Contains(n, mavenDir) && len(c.poms) < maxPoms {
				c.poms = append(c.poms, *e)
			}
			return nil
		}
		if archiveKind(n) == javaArchive {
			c.nested = append(c.nested, *e)
		}
		return nil
	})
	return c, err
}

// archive reads one archive. where is how it is named in locations, inner the
// part of that after the outermost file.
func (s *scan) archive(r io.ReaderAt, size int64, where, inner string, depth int) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.archives++; s.archives > maxArchives {
		return fmt.Errorf("more than %d archives in one: %w", maxArchives, walk.ErrLimit)
	}
	z, err := zipdir.Open(r, size)
	if err != nil {
		return err
	}
	c, err := list(z)
	if err != nil {
		return err
	}
	if c.left != nil {
		s.out.Unread(inner, c.left)
	}
	s.identify(z, &c, where, inner)
	for i := range c.nested {
		e := &c.nested[i]
		in := string(e.Name)
		if inner != "" {
			in = inner + "!/" + in
		}
		if err := s.nested(z, e, where+"!/"+string(e.Name), in, depth); err != nil {
			if s.ctx.Err() != nil {
				return err
			}
			s.out.Unread(printable(in), err)
			if s.archives > maxArchives {
				return nil // said once, for all that follow
			}
		}
	}
	return nil
}

func (s *scan) nested(z *zipdir.Archive, e *zipdir.Entry, where, inner string, depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("archives nested deeper than %d: %w", maxDepth, walk.ErrLimit)
	}
	if e.Size == 0 {
		return lang.ErrEmpty
	}
	if e.Stored() {
		raw, err := z.Raw(e)
		if err != nil {
			return err
		}
		return s.archive(raw, raw.Size(), where, inner, depth+1)
	}
	s.inflated += e.Size
	switch {
	case s.inflated > maxInflated:
		return fmt.Errorf("more than %d bytes to inflate: %w", int64(maxInflated), walk.ErrLimit)
	case s.held+e.Size > maxHeld:
		return fmt.Errorf("%d bytes to hold in memory, at most %d are: %w", s.held+e.Size, maxHeld, walk.ErrLimit)
	}
	doc, err := z.Read(e, maxHeld)
	if err != nil {
		return err
	}
	s.held += e.Size
	defer func() { s.held -= e.Size }()
	return s.archive(bytes.NewReader(doc), e.Size, where, inner, depth+1)
}

// identify reports the artifact that the archive is, and those shaded into it.
func (s *scan) identify(z *zipdir.Archive, c *contents, where, inner string) {
	poms := s.readPoms(z, c, inner)
	var m manifest
	if c.manifest != nil {
		doc, err := z.Read(c.manifest, manifestMax)
		if err != nil {
			s.out.Unread(join(inner, string(c.manifest.Name)), err)
		} else {
			m = readManifest(doc)
		}
	}
	a := identity(where, m, poms, func() string { return commonPackage(z) })
	if a.artifact != "" {
		s.report(a, where, "", m.license())
	}
	seen := map[[3]string]bool{{a.group, a.artifact, a.version}: true}
	for _, p := range poms {
		if key := [3]string{p.group, p.artifact, p.version}; p.group != "" && p.artifact != "" && !seen[key] {
			seen[key] = true
			p.by = "pom"
			s.report(p, where, p.path, "")
		}
	}
}

func (s *scan) report(a artifact, where, member, license string) {
	full := a.artifact
	if a.group != "" {
		full = a.group + ":" + a.artifact
	}
	if member != "" {
		where += "!/" + member
	}
	p, err := lang.New(name, finding.TypeMaven, full, a.version)
	if err != nil {
		s.out.Unread(printable(strings.TrimPrefix(strings.TrimPrefix(where, s.file.Path), "!/")), err)
		return
	}
	p.Licenses = lang.Licenses(license)
	p.Attributes = map[string]string{AttributeBy: a.by}
	if where != s.file.Path {
		p.Locations = []finding.Location{{Path: printable(where)}}
	}
	s.out.Package(p)
}

// readPoms reads every pom.properties, and the pom.xml of those directories
// that have no such file.
func (s *scan) readPoms(z *zipdir.Archive, c *contents, inner string) []artifact {
	var all []artifact
	read := func(e *zipdir.Entry, limit int64, parse func([]byte) (artifact, error)) {
		doc, err := z.Read(e, limit)
		if err == nil {
			var a artifact
			if a, err = parse(doc); err == nil {
				a.path = string(e.Name)
				a.fill()
				all = append(all, a)
				return
			}
		}
		s.out.Unread(printable(join(inner, string(e.Name))), err)
	}
	have := map[string]bool{}
	for i := range c.props {
		have[lang.Dir(string(c.props[i].Name))] = true
		read(&c.props[i], propsMax, readProperties)
	}
	for i := range c.poms {
		if !have[lang.Dir(string(c.poms[i].Name))] {
			read(&c.poms[i], pomMax, readPOM)
		}
	}
	return all
}

// commonPackage is the Java package that all classes are in, at most three
// deep; "" when they have nothing in common.
func commonPackage(z *zipdir.Archive) string {
	var prefix []byte
	first := true
	errStop := errors.New("stop")
	_ = z.Each(func(e *zipdir.Entry) error {
		n := e.Name
		if !bytes.HasSuffix(n, []byte(".class")) || bytes.HasPrefix(n, []byte("META-INF/")) || bytes.HasSuffix(n, []byte("module-info.class")) {
			return nil
		}
		n = n[:bytes.LastIndexByte(n, '/')+1]
		if first {
			prefix, first = n, false
		}
		for !bytes.HasPrefix(n, prefix) {
			prefix = prefix[:bytes.LastIndexByte(prefix[:len(prefix)-1], '/')+1]
		}
		if len(prefix) == 0 {
			return errStop
		}
		return nil
	})
	parts := strings.Split(strings.Trim(string(prefix), "/"), "/")
	if len(parts) > 3 {
		parts = parts[:3]
	}
	return strings.Join(parts, ".")
}

func join(inner, member string) string {
	if inner == "" {
		return member
	}
	return inner + "!/" + member
}

// printable makes a member's name safe to be a path in a record: it is UTF-8 and of bounded length.
func printable(p string) string {
	p = strings.ToValidUTF8(p, "\uFFFD")
	if len(p) > 4096 {
		p = strings.ToValidUTF8(p[:4096], "")
	}
	return p
}
