// Package swift reads Package.resolved, the lock file of Swift's package
// manager, versions 1 to 3. A package is named by its repository, as
// host/owner/name.
package swift

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/walk"
)

const (
	name  = "swift"
	limit = 16 << 20
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) == "Package.resolved" {
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
	all.Report(f, out, name, lang.TypeSwift)
	return err
}

func read(doc []byte, all *lang.Requirements) error {
	r := jsonpull.New(doc)
	if r.Next() == jsonpull.End {
		return nil
	}
	if r.Next() != jsonpull.Object {
		return errors.New("not a Package.resolved: no object")
	}
	pins := func() error { return r.EachElement(func() error { return pin(r, all) }) }
	err := r.EachKey(func(key []byte) error {
		switch string(key) {
		case "pins": // version 2 and 3
			return pins()
		case "object": // version 1
			return r.EachKey(func(key []byte) error {
				if string(key) == "pins" {
					return pins()
				}
				return r.Skip()
			})
		}
		return r.Skip()
	})
	if err == nil {
		err = r.Done()
	}
	return err
}

func pin(r *jsonpull.Reader, all *lang.Requirements) error {
	req := lang.Required{Line: r.Line()}
	kind := ""
	err := r.EachKey(func(key []byte) (err error) {
		switch string(key) {
		case "repositoryURL", "location":
			var u string
			u, err = r.Text()
			req.Name = repository(u)
		case "kind":
			kind, err = r.Text()
		case "state":
			err = r.EachKey(func(key []byte) (err error) {
				if string(key) == "version" {
					req.Version, err = r.Text()
					return err
				}
				return r.Skip()
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil || req.Name == "" || strings.HasPrefix(kind, "local") {
		return err
	}
	return all.Add(req)
}

// repository makes host/owner/name of a repository's address.
func repository(u string) string {
	if _, rest, ok := strings.Cut(u, "://"); ok {
		u = rest
	} else if host, rest, ok := strings.Cut(u, ":"); ok { // git@host:owner/name
		u = host + "/" + rest
	}
	if i := strings.IndexByte(u, '@'); i >= 0 && i < strings.IndexByte(u+"/", '/') {
		u = u[i+1:]
	}
	u = strings.TrimSuffix(strings.Trim(u, "/"), ".git")
	if strings.Count(u, "/") < 2 {
		return ""
	}
	return u
}
