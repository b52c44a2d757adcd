// Package cargo reads which crates a Rust program was built of, where
// cargo-auditable left a list of them in it, and Cargo.lock.
//
// Programs built without cargo-auditable do not say what they are made of, and
// nothing is reported of them.
package cargo

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/jsonpull"
	"bulwark/internal/inventory/lang/program"
	"bulwark/internal/inventory/lang/tomlpull"
	"bulwark/internal/walk"
)

const (
	programName = "cargo-auditable"
	lockName    = "cargo-lock"
	// listLimit, inflated: a program of 1,000 crates has 100 KiB.
	listLimit = 16 << 20
	lockLimit = 32 << 20
)

// AttributeSource is the key of the attribute that says of a crate in a program
// that it did not come of a registry: "local" or "git".
const AttributeSource = "cargo.source"

type auditable struct{}

// New makes the detector of programs.
func New() walk.Detector { return auditable{} }

var _ walk.Peeker = auditable{}

func (auditable) Name() string { return programName }
func (auditable) Version() int { return 3 }

func (auditable) Want(path string, mode fs.FileMode, size int64) walk.Decision {
	return program.Want(path, mode, size)
}

func (auditable) Peek(_ string, head []byte) bool { return program.FormatOf(head) != program.None }

func (auditable) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	found, err := program.Find(f.ReaderAt, f.Size, ".dep-v0")
	if err != nil || len(found) == 0 {
		return nil //nolint:nilerr // a program that can't be read says nothing of crates; packed ones are told of by the Go detector
	}
	s := found[0]
	if s.Size > listLimit {
		return fmt.Errorf("list of crates of %d bytes: %w", s.Size, walk.ErrLimit)
	}
	z, err := zlib.NewReader(io.NewSectionReader(f.ReaderAt, s.Offset, s.Size))
	if err != nil {
		return fmt.Errorf("list of crates: %w", err)
	}
	doc, err := io.ReadAll(io.LimitReader(z, listLimit+1))
	switch {
	case err != nil:
		return fmt.Errorf("list of crates: %w", err)
	case len(doc) > listLimit:
		return fmt.Errorf("list of crates of more than %d bytes: %w", listLimit, walk.ErrLimit)
	}
	return readList(doc, out)
}

// readList reads the list (cargo-auditable's JSON schema). What only the build
// needed is not in the program.
func readList(doc []byte, out walk.Sink) error {
	r := jsonpull.New(doc)
	n := 0
	return r.EachKey(func(key []byte) error {
		if string(key) != "packages" {
			return r.Skip()
		}
		return r.EachElement(func() error {
			if n++; n > lang.MaxRequired {
				return fmt.Errorf("more than %d crates: %w", lang.MaxRequired, walk.ErrLimit)
			}
			var name, version, source, kind string
			err := r.EachKey(func(key []byte) (err error) {
				switch string(key) {
				case "name":
					name, err = r.Text()
				case "version":
					version, err = r.Text()
				case "source":
					source, err = r.Text()
				case "kind":
					kind, err = r.Text()
				default:
					err = r.Skip()
				}
				return err
			})
			if err != nil || kind == "build" {
				return err
			}
			lang.Emit(out, "", programName, finding.TypeCargo, name, version, func(p *finding.Package) {
				if source == "local" || source == "git" {
					p.Attributes = map[string]string{AttributeSource: source}
				}
			})
			return nil
		})
	})
}

type lock struct{}

// NewLock makes the detector of Cargo.lock.
func NewLock() walk.Detector { return lock{} }

var _ walk.Detector = lock{}

func (lock) Name() string { return lockName }
func (lock) Version() int { return 2 }

func (lock) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	// Crates in cargo's cache bring along locks that nobody obeys.
	if strings.HasSuffix(path, "Cargo.lock") && lang.Base(path) == "Cargo.lock" && !strings.Contains(path, "registry/src/") {
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
	all.Report(f, out, lockName, finding.TypeCargo)
	return err
}

func readLock(doc []byte, all *lang.Requirements) error {
	if bytes.IndexByte(doc, 0) >= 0 {
		return errors.New("not a Cargo.lock: binary")
	}
	var r lang.Required
	var source string
	flush := func() error {
		was, from := r, source
		r, source = lang.Required{}, ""
		if was.Name == "" || from == "" { // without a source: a member of the workspace
			return nil
		}
		if url, ok := strings.CutPrefix(from, "git+"); ok {
			was.Qualifier = [2]string{"vcs_url", "git+" + url}
		}
		return all.Add(was)
	}
	err := tomlpull.Read(doc, tomlpull.Visitor{
		Table: func(path string, _ bool, line int) error {
			err := flush()
			if path == "package" {
				r.Line = line
			}
			return err
		},
		Key: func(table, key string, v tomlpull.Value, _ int) error {
			if table != "package" {
				return nil
			}
			switch key {
			case "name":
				r.Name = v.Text()
			case "version":
				r.Version = v.Text()
			case "source":
				source = v.Text()
			}
			return nil
		},
	})
	return errors.Join(flush(), err)
}
