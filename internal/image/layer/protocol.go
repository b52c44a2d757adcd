package layer

import (
	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// Requests to the worker.
const (
	reqSetup   byte = 'S' // Setup as JSON; its files are scratch files
	reqFiles   byte = 'F' // fileBatch as JSON; a file each
	reqArchive byte = 'A' // ArchiveQuery as JSON; the archive
	reqLayer   byte = 'L' // LayerJob as JSON; the blob, or none for one in the archive
	reqPing    byte = 'P' // answered by a frame of the same kind
	reqReread  byte = 'R' // rereadJob as JSON: files of one layer under other names
	reqOptions byte = 'O' // a detector's name and the size of its options as JSON; a file of them; before reqSetup
	reqConfig  byte = 'C' // configJob as JSON; a file of the image's configuration
)

// Frames from the worker.
const (
	frmRecords byte = 'r' // recordChunk as JSON
	frmListing byte = 'l' // number of the layer (uvarint), then a piece of an encoded listing
	frmLayer   byte = 'd' // LayerDone as JSON
	frmFile    byte = 'k' // fileDone as JSON
	frmArchive byte = 'a' // archiveAnswer as JSON
	frmBytes   byte = 'p' // bytes read since the last one (uvarint)
	frmReread  byte = 'q' // the job's number as JSON: done
)

// Setup is the first request.
type Setup struct {
	// Detectors are names of those that take part.
	Detectors []string
	Limits    Limits
	Procs     int
}

type fileBatch struct {
	Files []fileJob
}

type fileJob struct {
	Seq        uint64
	Path       string
	Mode       uint32
	Size       int64
	UID, GID   int
	Sure, Peek uint64
}

type fileDone struct {
	Seq     uint64
	Records []walk.Record `json:",omitempty"`
	// More: another frame of the same file follows.
	More bool `json:",omitempty"`
}

// optionsJob gives a detector its options.
type optionsJob struct {
	Detector string
	Size     int64
}

// configJob asks for the image's configuration to be looked at. It is answered
// by a fileDone.
type configJob struct {
	Seq  uint64
	Size int64
}

// ArchiveQuery asks for an image of an archive.
type ArchiveQuery struct {
	// Stream says that the archive passes once: all its layers are scanned on
	// the way, and the answer comes last.
	Stream bool
	Ref    string
	// Platform asked for; Host is the one taken where nothing was asked.
	Platform, Host string
}

type archiveAnswer struct {
	Info *ImageInfo `json:",omitempty"`
	// Error says why there is no image.
	Error string `json:",omitempty"`
	// NotImage, Stream: the reason is errors.Is ErrNotImage; the archive is
	// compressed and must be asked for again as a stream.
	NotImage bool `json:",omitempty"`
	Stream   bool `json:",omitempty"`
	// Cut says that the archive ended early, and where.
	Cut string `json:",omitempty"`
}

// LayerJob asks for one layer's scan.
type LayerJob struct {
	Index        int
	Offset, Size int64
	// HashOnly: the content is known, only the digests are wanted.
	HashOnly bool
	// Skip are entries that killed an earlier worker.
	Skip []uint64 `json:",omitempty"`
}

// LayerDone says how one layer's scan ended.
type LayerDone struct {
	Index  int
	DiffID string
	Digest string
	Size   int64
	Files  int
	Failed *finding.Unread `json:",omitempty"`
}

type recordChunk struct {
	Layer   int
	Records []walk.Record
}

type rereadJob struct {
	Index        int
	Offset, Size int64 // of the layer's blob in the archive, or of the file handed over
	Files        []rereadFile
}

type rereadFile struct {
	// Real is where the content is, As the name it is offered under.
	Real, As string
	At, Size int64
	Mode     uint32
	UID, GID int
}
