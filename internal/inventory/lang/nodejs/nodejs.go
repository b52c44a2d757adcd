// Package nodejs tells which Node.js is installed where no package manager did
// it: the official images and archives put the headers beside the program, and
// include/node/node_version.h has the version. (The program itself is 90 MB
// without a word about it in its first bytes.)
package nodejs

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

const (
	name  = "nodejs"
	limit = 256 << 10
)

type detector struct{}

// New makes the detector.
func New() walk.Detector { return detector{} }

var _ walk.Detector = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 2 }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	// node-gyp keeps headers to build extensions with, of any version.
	if strings.HasSuffix(path, "include/node/node_version.h") && !strings.Contains(path, "node-gyp/") {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := f.Bytes(limit)
	if err != nil {
		return err
	}
	parts := map[string]string{}
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		if w := strings.Fields(string(line)); len(w) == 3 && w[0] == "#define" {
			switch w[1] {
			case "NODE_MAJOR_VERSION", "NODE_MINOR_VERSION", "NODE_PATCH_VERSION":
				parts[w[1]] = w[2]
			}
		}
	}
	if len(parts) != 3 {
		return errors.New("no version of Node.js in the header")
	}
	p, err := lang.New(name, lang.TypeGeneric, "node", parts["NODE_MAJOR_VERSION"]+"."+parts["NODE_MINOR_VERSION"]+"."+parts["NODE_PATCH_VERSION"])
	if err != nil {
		return err
	}
	out.Package(p)
	return nil
}
