//go:build !linux

package layer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// ErrRefused is not met on this system: layers are not read in place.
var ErrRefused = errors.New("layer is not self-contained")

// IDMap shifts owners of a user namespace back; not used on this system.
type IDMap struct{ Container, Host, Size uint32 }

// DirOptions say how a directory is read.
type DirOptions struct {
	Markers    bool
	UserXattr  bool
	UIDs, GIDs []IDMap
	Limits     Limits
	Detectors  []walk.Detector
}

// WalkDir lists everything below root and hands wanted files, opened, to offer,
// which owns them. Links are not followed and nothing outside root is opened.
func WalkDir(ctx context.Context, root *os.File, o DirOptions, offer func(fileJob, *os.File) error) (*Listing, []walk.Record, error) {
	if o.Markers {
		return nil, nil, fmt.Errorf("%w: overlay layers are read on Linux only", ErrRefused)
	}
	r, err := os.OpenRoot(root.Name())
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	b := newBuilder()
	var unread []walk.Record
	entries := 0
	err = fs.WalkDir(r.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		if err != nil {
			unread = append(unread, unreadRecord(p, finding.UnreadIO, err.Error()))
			return nil
		}
		if p == "." {
			return nil
		}
		if entries++; entries > o.Limits.LayerFiles {
			unread = append(unread, unreadRecord(p, finding.UnreadLimit, tooManyEntries(o.Limits.LayerFiles)))
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil {
			unread = append(unread, unreadRecord(p, finding.UnreadIO, err.Error()))
			return nil
		}
		it := item{mode: info.Mode(), kind: kindOther, at: -1}
		link := ""
		switch {
		case info.IsDir():
			it.kind = kindDir
		case info.Mode().IsRegular():
			it.kind, it.size = kindFile, info.Size()
		case info.Mode()&fs.ModeSymlink != 0:
			it.kind = kindSymlink
			link, _ = r.Readlink(p)
		}
		number, err := b.add(p, link, it)
		if err != nil {
			unread = append(unread, unreadRecord(p[:min(len(p), 256)], finding.UnreadLimit, err.Error()))
			return nil
		}
		if it.kind != kindFile {
			return nil
		}
		sure, peek := want(o.Detectors, p, it.mode, it.size)
		if sure|peek == 0 {
			return nil
		}
		b.wanted[number] = true
		f, err := r.Open(p)
		if err != nil {
			unread = append(unread, unreadRecord(p, finding.UnreadIO, err.Error()))
			return nil
		}
		return offer(fileJob{Path: p, Mode: uint32(it.mode), Size: it.size, Sure: sure, Peek: peek}, f)
	})
	if err != nil {
		return nil, nil, err
	}
	return b.finish(), unread, nil
}

func reopen(root *os.File, p string) (*os.File, error) {
	r, err := os.OpenRoot(root.Name())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Open(p)
}

// Scratch opens an unlinked file in dir, for content that does not fit memory.
func Scratch(dir string) (*os.File, error) { return unlinkedTemp(dir) }
