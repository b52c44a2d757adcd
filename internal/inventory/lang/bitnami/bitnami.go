// Package bitnami reads the SPDX documents that Bitnami's images carry, one an
// application (opt/bitnami/nginx/.spdx-nginx.spdx), in JSON or, the older ones, as tags and values. The applications are
// compiled by Bitnami and belong to no package manager; nothing else names them.
//
// Only what has a purl of type bitnami is reported: the libraries that the
// document also lists are found where they are installed.
package bitnami

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name  = "bitnami"
	limit = 32 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 1 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if strings.HasSuffix(path, ".spdx") && strings.HasPrefix(lang.Base(path), ".spdx-") && strings.Contains(path, "bitnami/") {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(limit)
	if err != nil {
		return err
	}
	r := jsonpull.New(doc)
	if r.Next() != jsonpull.Object {
		return readTags(doc, out)
	}
	n, isSPDX := 0, false
	err = r.EachKey(func(key []byte) error {
		switch string(key) {
		case "spdxVersion":
			isSPDX = true
			return r.Skip()
		case "packages":
			return r.EachElement(func() error {
				if n++; n > lang.MaxRequired {
					return fmt.Errorf("more than %d packages: %w", lang.MaxRequired, walk.ErrLimit)
				}
				p, err := readPackage(r)
				if err != nil {
					return err
				}
				p.report(out)
				return nil
			})
		}
		return r.Skip()
	})
	if err == nil {
		err = r.Done()
	}
	if err == nil && !isSPDX {
		err = errors.New("not an SPDX document: no spdxVersion")
	}
	return err
}

// readTags reads the tag-value form (SPDX 2.3, chapter 4 and 7): one tag a
// line, a package begins with PackageName.
func readTags(doc []byte, out walk.Sink) error {
	var p spdxPackage
	isSPDX := false
	n := 0
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		tag, value, _ := strings.Cut(string(line), ": ")
		value = strings.TrimSpace(value)
		switch tag {
		case "SPDXVersion":
			isSPDX = true
		case "PackageName":
			p.report(out)
			p = spdxPackage{}
			if n++; n > lang.MaxRequired {
				return fmt.Errorf("more than %d packages: %w", lang.MaxRequired, walk.ErrLimit)
			}
		case "PackageLicenseConcluded":
			p.concluded = value
		case "PackageLicenseDeclared":
			p.declared = value
		case "ExternalRef":
			if f := strings.Fields(value); len(f) == 3 && f[1] == "purl" && strings.HasPrefix(f[2], "pkg:bitnami/") {
				p.purl = f[2]
			}
		}
	}
	p.report(out)
	if !isSPDX {
		return errors.New("not an SPDX document")
	}
	return nil
}

type spdxPackage struct {
	purl                string
	concluded, declared string
}

func readPackage(r *jsonpull.Reader) (spdxPackage, error) {
	var p spdxPackage
	err := r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "licenseConcluded":
			p.concluded, err = r.Text()
		case "licenseDeclared":
			p.declared, err = r.Text()
		case "externalRefs":
			err = r.EachElement(func() error {
				var kind, locator string
				err := r.EachKey(func(key []byte) (err error) {
					switch string(key) {
					case "referenceType":
						kind, err = r.Text()
					case "referenceLocator":
						locator, err = r.Text()
					default:
						err = r.Skip()
					}
					return err
				})
				if kind == "purl" && strings.HasPrefix(locator, "pkg:bitnami/") {
					p.purl = locator
				}
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return p, err
}

func (p *spdxPackage) report(out walk.Sink) {
	if p.purl == "" {
		return
	}
	u, err := packageurl.FromString(p.purl)
	if err != nil {
		out.Unread("", fmt.Errorf("package URL %q: %w", p.purl, err))
		return
	}
	lang.Emit(out, "", name, lang.TypeBitnami, u.Name, u.Version, func(q *finding.Package) {
		for _, x := range u.Qualifiers {
			lang.WithQualifier(q, x.Key, x.Value)
			if x.Key == "arch" {
				q.Arch = x.Value
			}
		}
		license := p.concluded
		if license == "" || license == "NOASSERTION" {
			license = p.declared
		}
		if license != "NOASSERTION" {
			q.Licenses = lang.Licenses(license)
		}
	})
}
