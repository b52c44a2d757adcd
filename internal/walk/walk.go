// Package walk is what a detector sees of an image, a directory, a container or
// a Git tree: it is offered every file once ([Detector.Want]), reads those it
// wants ([Detector.Inspect]) and says what it saw to a [Sink]. When all layers
// are read and squashed, the family's merge sees the records of all layers
// together with the [Tree].
//
// # Promises to a detector
//
// Want is called with clean, slash-separated paths relative to the root
// ("usr/lib/os-release"), only for regular files, from several goroutines, and
// possibly in another process than Inspect; it must depend on its arguments
// alone. Inspect is called once a wanted file and layer, from several
// goroutines, in the worker without privileges. It never sees a link, a device
// or a directory, and a file's bytes do not change while it looks.
//
// # What a detector promises
//
// It reads no more than its limits, returns an error for bytes that it cannot
// make sense of (the walk turns it into an unread record and goes on), and
// keeps nothing of the file after Inspect returns.
package walk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"bulwark/internal/finding"
)

// Decision is a detector's answer to the offer of a file.
type Decision uint8

// Decisions. Peek asks to see the first PeekSize bytes before deciding; the
// detector must then implement Peeker.
const (
	No Decision = iota
	Peek
	Yes
)

// PeekSize is how many bytes a Peeker sees, or fewer in a shorter file.
const PeekSize = 4096

// Detector is one way of looking at files.
type Detector interface {
	// Name is unique among detectors: "dpkg", "npm-lock". It is part of the
	// cache's key together with Version, a number that is raised whenever the
	// same bytes may give another answer.
	Name() string
	Version() int
	Want(path string, mode fs.FileMode, size int64) Decision
	// Inspect looks at one file. An error wrapping ErrLimit is recorded as
	// "not scanned: limit", one wrapping ErrUnsupported as "unsupported", any
	// other as "corrupt"; what was sent to out before counts all the same.
	Inspect(ctx context.Context, f *File, out Sink) error
}

// Peeker is implemented by a detector whose Want may answer Peek.
type Peeker interface {
	Detector
	// Peek decides by the file's first bytes, at most PeekSize of them.
	Peek(path string, head []byte) bool
}

// PathLister is implemented by a detector that wants files at fixed places.
// Each such path is looked up in the squashed tree too, so that a symbolic link
// on the way to it is followed; if the file behind it was not offered under a
// name the detector wants, it is read once more and offered under this one.
type PathLister interface {
	Detector
	// Paths are clean paths relative to the root.
	Paths() []string
}

// ConfigInspector is implemented by a detector that looks at an image's
// configuration too. raw is the JSON document as it was read, at most
// [MaxConfig] bytes. A result's location is without path unless the detector
// gives one, and belongs to no layer; only one that has a line and no path is
// about an instruction of the history, and keeps the layer that it names, or -1.
type ConfigInspector interface {
	Detector
	InspectConfig(ctx context.Context, raw []byte, out Sink) error
}

// MaxConfig is the largest image configuration that is handed to a detector.
const MaxConfig = 8 << 20

// Configurable is implemented by a detector that can be given options beyond
// its version: a rule set of the user's, for example. The parent checks them by
// calling With itself before a scan; the worker calls it again.
type Configurable interface {
	Detector
	// With gives the detector with these options.
	With(options []byte) (Detector, error)
	// Options are what With was given; empty for none. Their hash is part of
	// the cache's key.
	Options() []byte
}

// MaxOptions is the most bytes of options that reach the worker.
const MaxOptions = 16 << 20

// Errors by which Inspect says more than "corrupt".
var (
	ErrLimit       = errors.New("limit met")
	ErrUnsupported = errors.New("not supported")
)

// Sink takes what a detector has to say of the file it inspects. It must not be
// used after Inspect has returned.
type Sink interface {
	// Package reports a package. Locations may be left empty: the walk adds
	// the inspected file. A location with a Path given is kept (Layer is set
	// by the walk); begin a path inside the file with File.Path + "!/".
	Package(p finding.Package)
	// Fact leaves something for the family's merge, encoded by the detector.
	Fact(kind string, data []byte)
	// Result reports a finished result about this file.
	Result(r finding.Result)
	// Unread reports a part of the file that was not looked at. inner is the
	// path inside the file ("BOOT-INF/lib/x.jar"), empty for the file itself.
	Unread(inner string, err error)
}

// File is one regular file offered to Inspect.
type File struct {
	// Path relative to the root, clean, slash-separated.
	Path string
	Mode fs.FileMode
	Size int64
	// UID and GID are the owner inside the image.
	UID, GID int
	// ReaderAt gives the bytes; it may be used from one goroutine at a time.
	io.ReaderAt
}

// Reader gives the file as a stream from its beginning.
func (f *File) Reader() *io.SectionReader { return io.NewSectionReader(f.ReaderAt, 0, f.Size) }

// Bytes reads the whole file, which must not be larger than limit.
func (f *File) Bytes(limit int64) ([]byte, error) {
	if f.Size > limit {
		return nil, fmt.Errorf("%d bytes, at most %d are read: %w", f.Size, limit, ErrLimit)
	}
	if b, ok := f.ReaderAt.(*Memory); ok {
		return b.Buf, nil
	}
	buf := make([]byte, f.Size)
	n, err := f.ReadAt(buf, 0)
	if int64(n) < f.Size {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %d of %d bytes: %w", n, f.Size, err)
	}
	return buf, nil
}

// Memory is file content held in memory. Buf must not be changed by who reads it.
type Memory struct{ Buf []byte }

// ReadAt implements io.ReaderAt.
func (m *Memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Buf).ReadAt(p, off)
}

// NewFile makes a File of bytes in memory; for tests and for small files.
func NewFile(path string, content []byte) *File {
	return &File{Path: path, Mode: 0o644, Size: int64(len(content)), ReaderAt: &Memory{content}}
}

// Record is something a detector said, with where it said it of.
type Record struct {
	Detector string `json:"d"`
	// Layer is the index of the layer, from the bottom. It is not stored in the
	// cache, where a layer stands alone.
	Layer int `json:"-"`
	// Path is the file inspected, relative to the root.
	Path string `json:"p"`
	// Exactly one of these is set.
	Package *finding.Package `json:"pkg,omitempty"`
	Fact    *Fact            `json:"fact,omitempty"`
	Result  *finding.Result  `json:"res,omitempty"`
	Unread  *finding.Unread  `json:"un,omitempty"`
}

// Fact is something for a family's merge.
type Fact struct {
	Kind string `json:"k"`
	Data []byte `json:"b"`
}

// UnreadReason maps an error of Inspect to the reason it is reported under.
func UnreadReason(err error) finding.UnreadReason {
	switch {
	case errors.Is(err, ErrLimit):
		return finding.UnreadLimit
	case errors.Is(err, ErrUnsupported):
		return finding.UnreadUnsupported
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return finding.UnreadIO
	default:
		return finding.UnreadCorrupt
	}
}

// EntryType is the type of an entry of a tree.
type EntryType uint8

// Types of entries.
const (
	TypeFile EntryType = iota
	TypeDir
	TypeSymlink
	TypeOther // device, FIFO, socket
)

// Entry is one entry of the squashed tree.
type Entry struct {
	Path  string
	Type  EntryType
	Mode  fs.FileMode
	Size  int64
	UID   int
	GID   int
	Layer int // the layer that brought what is visible
	// Link is the target of a symbolic link, as written.
	Link string
	// Capability is the value of a regular file's extended attribute
	// security.capability, as stored; empty where it has none.
	Capability string
}

// Tree is the final file system: all layers squashed, whiteouts and opaque
// directories applied. Paths are relative to the root, clean.
type Tree interface {
	// Lookup finds the entry at path itself, following no link.
	Lookup(path string) (Entry, bool)
	// Resolve follows every link on the way, inside the root only, and gives
	// the entry that path leads to. It fails for loops and for what is not there.
	Resolve(path string) (Entry, error)
	// Visible reports whether the file that layer brought at path is what the
	// final file system shows there.
	Visible(layer int, path string) bool
	// Walk calls f for every visible entry in lexical order of path components
	// until f returns false.
	Walk(f func(Entry) bool)
}
