package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// openFile opens one file, or standard input, to be looked at by itself.
func openFile(o Options, name string) (*Opened, error) {
	opened := &Opened{}
	opened.Info.Kind = kindFile
	opened.Info.Way = WayFile
	opened.Subject.Kind = KindFile
	opened.Subject.Ref = o.Ref
	if name == "-" {
		if o.Stdin == nil {
			return nil, errors.New("file from standard input: there is none")
		}
		st, err := o.Stdin.Stat()
		if err != nil {
			return nil, fmt.Errorf("file from standard input: %w", err)
		}
		if st.Mode()&fs.ModeCharDevice != 0 {
			return nil, errors.New("file from standard input: it is a terminal (hint: cat FILE | bulwark scan file:-)")
		}
		opened.File = o.Stdin
		opened.FileName = "stdin"
		opened.Subject.Name = "standard input"
		if !st.Mode().IsRegular() {
			opened.Info.Way = WayStream
		}
		opened.StillThere = func(context.Context) error { return nil }
		opened.Close = func() error { return nil } // standard input is the caller's
		return opened, nil
	}
	f, err := os.OpenFile(name, os.O_RDONLY|oNonblock, 0)
	if err != nil {
		return nil, fmt.Errorf("file: %w", quoted(err))
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%q is %s, not a regular file", name, typeWord(st.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("file: %w", quoted(err))
	}
	opened.File = f
	opened.FileName = shownName(name)
	opened.Subject.Name = filepath.Base(name)
	opened.StillThere = func(context.Context) error { return unchangedFile(f, st) }
	opened.Close = closeOnce(f.Close)
	return opened, nil
}

// shownName is a file's name as a path below the working directory, or its last
// part where it lies elsewhere: detectors see only clean relative paths.
func shownName(name string) string {
	p := path.Clean(filepath.ToSlash(name))
	if path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") {
		return path.Base(p)
	}
	return p
}

// Spool copies what can't be read at random to a file, at most limit bytes. It
// reports whether there was more.
func Spool(to *os.File, from io.Reader, limit int64) (size int64, more bool, err error) {
	size, err = io.Copy(to, io.LimitReader(from, limit+1))
	if size > limit {
		return limit, true, to.Truncate(limit)
	}
	return size, false, err
}
