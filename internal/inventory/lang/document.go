package lang

import (
	"bytes"
	"errors"

	"bulwark/internal/walk"
)

// ErrEmpty is what is said of a file without content, or of nothing but white
// space, under a name that its tool never leaves empty: an installation broke
// off, or a disk was full.
var ErrEmpty = errors.New("empty, which the tool that writes such a file never leaves it")

// Document reads a whole lock file or manifest, one that is never empty.
func Document(f *walk.File, limit int64) ([]byte, error) {
	doc, err := f.Bytes(limit)
	if err == nil && len(bytes.TrimSpace(bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf")))) == 0 {
		return nil, ErrEmpty
	}
	return doc, err
}
