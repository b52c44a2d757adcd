package layer

import (
	"context"
	"fmt"
	"io/fs"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// want asks the detectors; sure and peek are bit sets of their numbers.
func want(ds []walk.Detector, path string, mode fs.FileMode, size int64) (sure, peek uint64) {
	for i, d := range ds {
		switch d.Want(path, mode, size) {
		case walk.Yes:
			sure |= 1 << i
		case walk.Peek:
			peek |= 1 << i
		}
	}
	return sure, peek
}

// maxDetectors is how many fit a bit set.
const maxDetectors = 64

// inspect runs the detectors that want the file. slot says what is being looked
// at, in case the process dies of it.
func inspect(ctx context.Context, ds []walk.Detector, f *walk.File, sure, peek uint64, slot *worker.Slot, a, b uint64) []walk.Record {
	slot.Begin(a, b)
	defer slot.End()
	var recs []walk.Record
	if peek != 0 {
		head := make([]byte, min(walk.PeekSize, f.Size))
		if n, err := f.ReadAt(head, 0); n < len(head) {
			return []walk.Record{{Path: f.Path, Unread: &finding.Unread{
				Location: finding.Location{Path: f.Path}, Reason: finding.UnreadIO,
				Detail: fmt.Sprintf("read the first %d bytes: %v", len(head), err),
			}}}
		}
		for i, d := range ds {
			if p, ok := d.(walk.Peeker); ok && peek&(1<<i) != 0 && p.Peek(f.Path, head) {
				sure |= 1 << i
			}
		}
	}
	for i, d := range ds {
		if sure&(1<<i) != 0 {
			recs = append(recs, walk.Run(ctx, d, f)...)
		}
	}
	return recs
}

func unreadRecord(path string, reason finding.UnreadReason, detail string) walk.Record {
	return walk.Record{Path: path, Unread: &finding.Unread{
		Location: finding.Location{Path: path}, Reason: reason, Detail: detail,
	}}
}

// notRegular is for a device, FIFO or socket under a name that a detector wants.
func notRegular(path string) walk.Record {
	return unreadRecord(path, finding.UnreadIO, "a device, FIFO or socket, where a file was expected")
}
