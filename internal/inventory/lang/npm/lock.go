package npm

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	lockName  = "npm-lock"
	lockLimit = 64 << 20
)

type lock struct{}

// NewLock makes the detector of package-lock.json and npm-shrinkwrap.json,
// lockfileVersion 1, 2 and 3.
func NewLock() walk.Detector { return lock{} }

var _ walk.Detector = lock{}

func (lock) Name() string { return lockName }
func (lock) Version() int { return 2 }

func (lock) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	switch lang.Base(path) {
	case "package-lock.json", "npm-shrinkwrap.json":
		// Below node_modules it is one that a package brought along, which npm
		// never looks at there (shrinkwraps are already obeyed by the outer lock).
		if !strings.Contains(path, "node_modules/") {
			return walk.Yes
		}
	}
	return walk.No
}

// entry is one package of a lock file.
type entry struct {
	key, name, version, resolved string
	licenses                     []string
	dev, link                    bool
	line                         int
}

func (lock) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, lockLimit)
	if err != nil {
		return err
	}
	entries, err := readLock(doc)
	var all lang.Requirements
	for i := range entries {
		if r, ok := entries[i].required(); ok {
			if limit := all.Add(r); limit != nil {
				err = limit
				break
			}
		}
	}
	all.Report(f, out, lockName, finding.TypeNPM)
	return err
}

// required says what the entry asks for; not so the application's own parts:
// the root, a workspace, a link, a folder.
func (e *entry) required() (r lang.Required, ok bool) {
	n, v := e.name, e.version
	if e.key != "" { // lockfileVersion 2 and 3
		i := strings.LastIndex(e.key, "node_modules/")
		if i < 0 || e.link {
			return r, false
		}
		if n == "" {
			n = e.key[i+len("node_modules/"):]
		}
	}
	var source string
	switch {
	case strings.HasPrefix(v, "npm:"): // alias: npm:real-name@1.2.3
		if at := strings.LastIndexByte(v, '@'); at > len("npm:") {
			n, v = v[len("npm:"):at], v[at+1:]
		}
	case strings.HasPrefix(v, "file:"), strings.HasPrefix(v, "link:"):
		return r, false
	case strings.Contains(v, "://"), strings.HasPrefix(v, "github:"):
		source, v = v, "" // lockfileVersion 1 gives the place instead of a version
	}
	if strings.HasPrefix(e.resolved, "git+") {
		source = e.resolved
	}
	r = lang.Required{Name: n, Version: cleanVersion(v), Line: e.line, Dev: e.dev, Licenses: e.licenses}
	if strings.HasPrefix(source, "git") {
		r.Qualifier = [2]string{"vcs_url", source}
	}
	return r, true
}

func readLock(doc []byte) ([]entry, error) {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil, nil
	}
	if r.Next() != jsonpull.Object {
		return nil, fmt.Errorf("a lock file is a JSON object")
	}
	var byPath, byName []entry
	hasPackages := false
	err := r.EachKey(func(key []byte) error {
		switch string(key) {
		case "packages":
			hasPackages = true
			return r.EachKey(func(key []byte) error {
				e := entry{key: string(key)}
				if err := readEntry(r, &e, nil); err != nil {
					return err
				}
				if e.key != "" {
					byPath = append(byPath, e)
				}
				return tooMany(byPath)
			})
		case "dependencies":
			if hasPackages { // version 2 repeats itself for npm 6
				return r.Skip()
			}
			return readTree(r, &byName)
		}
		return r.Skip()
	})
	if err == nil {
		err = r.Done()
	}
	if hasPackages {
		return byPath, err
	}
	return byName, err
}

func tooMany(e []entry) error {
	if len(e) > lang.MaxRequired {
		return fmt.Errorf("more than %d packages: %w", lang.MaxRequired, walk.ErrLimit)
	}
	return nil
}

// readTree reads "dependencies" of version 1; the reader limits the depth.
func readTree(r *jsonpull.Reader, into *[]entry) error {
	return r.EachKey(func(key []byte) error {
		at := len(*into)
		*into = append(*into, entry{})
		e := entry{name: string(key)}
		if err := readEntry(r, &e, into); err != nil {
			return err
		}
		(*into)[at] = e
		return tooMany(*into)
	})
}

// readEntry reads one package; nested packages of version 1 go to nested.
func readEntry(r *jsonpull.Reader, e *entry, nested *[]entry) error {
	e.line = r.Line()
	return r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			e.name, err = r.Text()
		case "version":
			e.version, err = r.Text()
		case "resolved":
			e.resolved, err = r.Text()
		case "dev":
			e.dev, err = r.True()
		case "link":
			e.link, err = r.True()
		case "license":
			e.licenses, err = readLicenses(r)
		case "dependencies":
			if nested != nil {
				return readTree(r, nested)
			}
			err = r.Skip()
		default:
			err = r.Skip()
		}
		return err
	})
}
