package gitpack

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"fmt"
	"io"
	"strconv"
)

// ReadLoose reads a loose object (gitrepository-layout(5), "objects").
func ReadLoose(r io.Reader, lim Limits) (ID, Type, []byte, error) {
	z, err := zlib.NewReader(r)
	if err != nil {
		return ID{}, 0, nil, fmt.Errorf("%w: %w", ErrCorrupt, cause(err))
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, lim.ObjectBytes+64+1))
	if err != nil {
		return ID{}, 0, nil, fmt.Errorf("%w: %w", ErrCorrupt, cause(err))
	}
	if n > lim.ObjectBytes+64 {
		return ID{}, 0, nil, fmt.Errorf("%w: object of more than %d bytes", ErrLimit, lim.ObjectBytes)
	}
	head, data, ok := bytes.Cut(out.Bytes(), []byte{0})
	word, size, ok2 := bytes.Cut(head, []byte{' '})
	if want, err := strconv.Atoi(string(size)); !ok || !ok2 || err != nil || want != len(data) {
		return ID{}, 0, nil, fmt.Errorf("%w: header %q", ErrCorrupt, head[:min(len(head), 40)])
	}
	for _, t := range []Type{Commit, Tree, Blob, Tag} {
		if t.String() == string(word) {
			return Name(sha1.New(), t, data), t, data, nil
		}
	}
	return ID{}, 0, nil, fmt.Errorf("%w: type %q", ErrCorrupt, word[:min(len(word), 20)])
}
