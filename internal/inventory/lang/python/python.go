// Package python reads the metadata of installed Python distributions: what
// pip, setuptools and distutils leave beside the code (*.dist-info/METADATA,
// *.egg-info/PKG-INFO, *.egg-info files, EGG-INFO/PKG-INFO) and zipped eggs.
//
// An editable installation has its metadata in site-packages (or, older, the
// egg-info in the source tree, to which a link points) and is found there like
// any other. direct_url.json, by which pip says that a distribution did not
// come from an index, becomes a fact: a package of that name on the index may
// be somebody else's. Wheels lying about as files are not installed, and not read.
package python

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/inventory/lang/zipdir"
	"bulwark/internal/walk"
)

const (
	name = "python"
	// headLimit is how much of a METADATA is read to find the end of its
	// headers. Real headers with a long folded description have 200 KiB.
	headLimit = 2 << 20
	eggLimit  = 512 << 20
	urlLimit  = 64 << 10
	maxURL    = 2048
)

// FactDirectURL is the kind of the fact that a direct_url.json becomes; its
// data is a DirectURL. The record's path without its last component is the
// directory of the METADATA concerned.
const FactDirectURL = "python.direct_url"

// Keys of attributes of a distribution that did not come from an index: where
// from, and "true" where its code stays there (pip install -e).
const (
	AttributeDirectURL = "python.direct_url"
	AttributeEditable  = "python.editable"
)

// DirectURL says where a distribution came from (PEP 610).
type DirectURL struct {
	// URL has no user and no password.
	URL string `json:"u"`
	// VCS is "git", "hg" and the like, and Commit what was checked out.
	VCS    string `json:"v,omitempty"`
	Commit string `json:"c,omitempty"`
	// Dir is true for a folder of the machine where it was installed.
	Dir      bool `json:"d,omitempty"`
	Editable bool `json:"e,omitempty"`
}

// DecodeDirectURL reads the data of a FactDirectURL.
func DecodeDirectURL(data []byte) (DirectURL, error) {
	var d DirectURL
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("fact %s: %w", FactDirectURL, err)
	}
	return d, nil
}

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

type form uint8

const (
	other form = iota
	headers
	egg
	directURL
)

func formOf(path string) form {
	switch base := lang.Base(path); base {
	case "METADATA", "PKG-INFO", "direct_url.json":
		dir := lang.Dir(path)
		switch {
		case base == "direct_url.json":
			if strings.HasSuffix(dir, ".dist-info") {
				return directURL
			}
		case len(dir) >= 9 && (strings.EqualFold(dir[len(dir)-9:], "dist-info") || strings.EqualFold(dir[len(dir)-8:], "egg-info")),
			strings.EqualFold(dir, "egg-info"):
			return headers
		}
	default:
		switch {
		case strings.HasSuffix(base, ".egg-info"):
			return headers
		case strings.HasSuffix(base, ".egg"):
			return egg
		}
	}
	return other
}

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	// The last letters of the five names, before anything is searched.
	switch {
	case path == "":
		return walk.No
	case path[len(path)-1] != 'A' && path[len(path)-1] != 'O' && path[len(path)-1] != 'o' && path[len(path)-1] != 'g' && path[len(path)-1] != 'n':
		return walk.No
	}
	if formOf(path) == other {
		return walk.No
	}
	return walk.Yes
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	switch formOf(f.Path) {
	case egg:
		return inspectEgg(f, out)
	case directURL:
		return inspectDirectURL(f, out)
	}
	head, err := readHead(f.Reader())
	if err != nil {
		return err
	}
	return report(head, f.Path, "", out)
}

// readHead reads as far as the empty line that ends the headers.
func readHead(r io.Reader) ([]byte, error) {
	buf := make([]byte, 0, 16<<10)
	for {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		from := max(len(buf)-3, 0)
		buf = buf[:len(buf)+n]
		if end := headEnd(buf[from:]); end >= 0 {
			return buf[:from+end], nil
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return buf, nil
		case err != nil:
			return nil, fmt.Errorf("read headers: %w", err)
		case len(buf) >= headLimit:
			return nil, fmt.Errorf("headers of more than %d bytes: %w", headLimit, walk.ErrLimit)
		}
		buf = append(make([]byte, 0, 4*cap(buf)), buf...)
	}
}

func headEnd(b []byte) int {
	if i := bytes.Index(b, []byte("\n\n")); i >= 0 {
		return i
	}
	return bytes.Index(b, []byte("\n\r\n"))
}

// metadata is what is taken of the headers (core metadata specification of the PyPA).
type metadata struct {
	name, version              string
	license, licenseExpression string
	classifiers                []string
	author, maintainer         string
}

func report(head []byte, path, inner string, out walk.Sink) error {
	m := readMetadata(head)
	said := m.name != ""
	if m.name == "" || m.version == "" {
		// Hand-made metadata sometimes leaves it to the directory's name.
		m.fromPath(path)
	}
	if m.name == "" || !said && m.version == "" {
		return errors.New("no Name in the metadata")
	}
	p, err := lang.New(name, finding.TypePyPI, m.name, m.version)
	if err != nil {
		return err
	}
	p.Licenses = m.licenses()
	p.Maintainer = m.person()
	if inner != "" {
		p.Locations = []finding.Location{{Path: path + "!/" + inner}}
	}
	out.Package(p)
	return nil
}

func (m *metadata) fromPath(path string) {
	part := lang.Base(path)
	if part == "METADATA" || part == "PKG-INFO" {
		part = lang.Base(lang.Dir(path))
	}
	part = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(part, ".dist-info"), ".egg-info"), ".egg")
	n, v, _ := strings.Cut(part, "-")
	v, _, _ = strings.Cut(v, "-py")
	if m.name == "" {
		m.name = n
	}
	if m.version == "" && v != "" && v[0] >= '0' && v[0] <= '9' {
		m.version = v
	}
}

func readMetadata(head []byte) metadata {
	var m metadata
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte{'\n'})
		if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
			continue // folded: only long texts are
		}
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		text := func() string { return strings.TrimSpace(strings.ToValidUTF8(string(value), "\uFFFD")) }
		switch strings.ToLower(string(key)) {
		case "name":
			if m.name == "" {
				m.name = text()
			}
		case "version":
			if m.version == "" {
				m.version = text()
			}
		case "license":
			m.license = text()
			if len(head) > 0 && (head[0] == ' ' || head[0] == '\t') {
				m.license = "" // the whole text of the licence
			}
		case "license-expression":
			m.licenseExpression = text()
		case "classifier":
			if s := text(); strings.HasPrefix(s, "License ::") {
				m.classifiers = append(m.classifiers, s[strings.LastIndex(s, ":: ")+len(":: "):])
			}
		case "author":
			m.author = text()
		case "author-email":
			if m.author == "" {
				m.author = text()
			}
		case "maintainer":
			m.maintainer = text()
		}
	}
	return m
}

func (m *metadata) licenses() []string {
	if l := lang.Licenses(m.licenseExpression); l != nil {
		return l
	}
	if l := lang.Licenses(m.license); l != nil {
		return l
	}
	return lang.Licenses(m.classifiers...)
}

func (m *metadata) person() string {
	for _, s := range []string{m.maintainer, m.author} {
		if l := lang.Licenses(s); l != nil { // the same cleaning: short, no control characters
			return l[0]
		}
	}
	return ""
}

func inspectDirectURL(f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(urlLimit)
	if err != nil {
		return err
	}
	var d DirectURL
	r := jsonpull.New(doc)
	err = r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "url":
			d.URL, err = r.Text()
		case "vcs_info":
			err = r.EachKey(func(key []byte) (err error) {
				switch string(key) {
				case "vcs":
					d.VCS, err = r.Text()
				case "commit_id":
					d.Commit, err = r.Text()
				default:
					err = r.Skip()
				}
				return err
			})
		case "dir_info":
			d.Dir = true
			err = r.EachKey(func(key []byte) (err error) {
				if string(key) != "editable" {
					return r.Skip()
				}
				d.Editable, err = r.True()
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range []string{d.URL, d.VCS, d.Commit} {
		if len(s) > maxURL || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return errors.New("direct_url.json with a URL that is none")
		}
	}
	if d.URL == "" {
		return nil
	}
	d.URL = lang.PublicURL(d.URL)
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("direct URL: %w", err)
	}
	out.Fact(FactDirectURL, data)
	return nil
}

// inspectEgg reads a zipped egg, which setuptools installed until 2020.
func inspectEgg(f *walk.File, out walk.Sink) error {
	if f.Size > eggLimit {
		return fmt.Errorf("egg of %d bytes, at most %d are read: %w", f.Size, eggLimit, walk.ErrLimit)
	}
	z, err := zipdir.Open(f.ReaderAt, f.Size)
	if err != nil {
		return fmt.Errorf("egg: %w", err)
	}
	const inner = "EGG-INFO/PKG-INFO"
	found := false
	err = z.Each(func(e *zipdir.Entry) error {
		if found || string(e.Name) != inner {
			return nil
		}
		found = true
		doc, err := z.Read(e, headLimit)
		if err != nil {
			return fmt.Errorf("egg: %s: %w", inner, err)
		}
		head, err := readHead(bytes.NewReader(doc))
		if err != nil {
			return fmt.Errorf("egg: %s: %w", inner, err)
		}
		return report(head, f.Path, inner, out)
	})
	if err == nil && !found {
		err = fmt.Errorf("egg without %s", inner)
	}
	return err
}
