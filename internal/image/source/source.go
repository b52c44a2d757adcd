// Package source finds what a user named and opens it for the walk: an image of
// the local Docker engine, an archive, or a directory.
//
// # Names
//
// A reference may say where to look: "docker:NAME", "archive:FILE" ("archive:-"
// is standard input), "dir:PATH", "file:FILE" (one file by itself; "file:-" is
// standard input). A bare name is looked for, in this order:
//
//  1. as an image of the Docker engine;
//  2. as an archive: a regular file of that name;
//  3. as a directory of that name.
//
// A name that can only be a path (it begins with "/", "./", "../" or "~", or is
// "." or "..") is not asked of the engine, and "-" is standard input. The first
// place that has it is taken; when it is an image and a file or directory of the
// same name exists too, SourceInfo.Why says so. When no place has it the error
// is a [*NotFound] that names every place tried and why it failed there.
//
// # Ways to an engine's image
//
// An image is read in place where that can be done safely: from the overlay2
// graph driver's directories (the chain from the image's config digest over diff
// IDs and chain IDs to the directory is checked at every step), or from
// containerd's snapshots (through a view held by a lease), or from the blobs of
// containerd's content store. Otherwise the engine exports it as a stream.
// SourceInfo.Way says which, SourceInfo.Why why no quicker one.
//
// A directory is read only when it is the layer as it was shipped. Engines that
// unpack through a mounted overlay (rootless ones; those on kernels that redirect
// directories) keep another form of it, and are asked to export.
//
// # Promises
//
// Nothing is written: no image, no layer, no temporary file. The engine is
// asked only questions; the one thing made is a lease with a view in containerd,
// which Close removes and which expires by itself when the process dies.
// Directories are opened below the engine's data root with no symbolic link and
// no magic link followed. Every answer read is limited in size and time.
//
// It parses no file of an image's content, except for [Layer.Verify], which
// rebuilds and hashes a layer and so reads tar headers in this process.
package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"bulwark/internal/finding"
)

// Ways in which bytes are read; values of finding.SourceInfo.Way.
const (
	WayOverlay2  = "in place: overlay2"
	WaySnapshots = "in place: containerd snapshots"
	WayBlobs     = "containerd blobs"
	WayExport    = "export"
	WayFile      = "file"
	WayStream    = "stream"
	WayWalk      = "walk"
)

// EngineVouched is the Trust of a layer read in place: the engine's records
// lead from the config digest to the directory, its bytes were not hashed.
const EngineVouched = "engine-vouched"

// Kinds of finding.Subject.
const (
	KindImage          = "image"
	KindRootFileSystem = "root file system"
	KindSourceTree     = "source tree"
	KindFile           = "file"
)

// Options say what to open.
type Options struct {
	// Ref is the reference as the user gave it: [SOURCE:]NAME.
	Ref string
	// Platform is "os/arch[/variant]"; empty means the engine host's.
	Platform string
	// Verify asks for Layer.Verify to be set where it can be, and prefers a way
	// that can be verified.
	Verify bool
	// Stdin is read for "archive:-" and "file:-".
	Stdin *os.File
	// Env looks up the environment: DOCKER_HOST, DOCKER_CONTEXT, HOME, ….
	// nil means an empty environment.
	Env func(string) string
	Log *slog.Logger
	// NoInPlace forces an engine's image to be exported.
	NoInPlace bool
}

// Opened is a subject ready for the walk. Exactly one of Layers, Archive, Dir and
// File is set. The caller must call Close, also after a cancelled context.
type Opened struct {
	Info finding.SourceInfo
	// Subject has Ref, Name and Kind; for an engine's image Tags and identity
	// too. The walk fills in what only the content of an archive tells.
	Subject finding.Subject
	// Config is the raw image configuration (engine's images); nil for archives
	// and directories. When Layers is set its SHA-256 is Subject.ConfigDigest.
	// For an export it is nil: the archive brings it.
	Config []byte
	// Layers, bottom first, of an image read in place.
	Layers []Layer
	// Archive is a "docker save" or OCI tar, perhaps compressed: a regular file,
	// or a pipe (standard input, engine export). The reader of a pipe must read
	// to the end; Close then reports an export that broke off.
	Archive *os.File
	// ArchiveRef says which image of an archive is meant when it holds several;
	// empty when the user did not say.
	ArchiveRef string
	// Dir is the directory of "dir:", open for reading.
	Dir *os.File
	// File is the file of "file:", or a pipe; FileName is the clean relative path
	// that it is offered to detectors under.
	File     *os.File
	FileName string
	// StillThere gives nil while the image still exists and its directories are
	// the ones that were opened; an error wrapping ErrGone when not. Never nil.
	StillThere func(ctx context.Context) error
	// Close releases descriptors, leases and streams. It may be called more than
	// once. Its error says that an export broke off: what was read is not whole.
	Close func() error
}

// Layer is one layer of an image read in place. Either Root or Blob is set.
type Layer struct {
	// DiffID is the layer's diff ID as the configuration claims.
	DiffID string
	// Root is the layer's directory, opened for reading (O_RDONLY|O_DIRECTORY),
	// in the form of overlayfs: whiteouts are character devices 0:0, opaque
	// directories carry the extended attribute trusted.overlay.opaque, or
	// user.overlay.opaque when UserXattr is set.
	Root      *os.File
	UserXattr bool
	// UIDs and GIDs shift owners found in Root back to those in the image;
	// empty means as is.
	UIDs, GIDs []IDMap
	// Blob is an open file of the content store that has the layer's tar,
	// perhaps compressed (MediaType says how), at [BlobOffset, BlobOffset+BlobSize).
	Blob       *os.File
	BlobOffset int64
	BlobSize   int64
	BlobDigest string
	MediaType  string
	// Verify proves what Root has against DiffID. It gives nil when proven, a
	// [*Mismatch] when something differs, an error wrapping [ErrCannotVerify]
	// when there is nothing to prove it with, and another error when it could
	// not run. Verify itself is nil when the layer cannot be verified at all.
	// A layer with Blob needs none: the walk hashes what it reads.
	Verify func(ctx context.Context) error
	// Trust is EngineVouched, or empty for a Blob, which the walk hashes.
	Trust string
}

// IDMap maps Size owners from Host upward to Container upward, as a line of
// /proc/PID/uid_map does.
type IDMap struct{ Container, Host, Size uint32 }

// Errors that a caller decides by.
var (
	// ErrGone says that the image, or a directory of it, is not there any more.
	ErrGone = errors.New("the image was removed or replaced during the scan")
	// ErrCannotVerify says that there is nothing to prove a layer with.
	ErrCannotVerify = errors.New("cannot be verified")
)

// Mismatch says that a layer's content is not what its digest promises.
type Mismatch struct {
	// Layer is the diff ID; empty when the engine says no more than that a layer
	// of the image is wrong.
	Layer string
	// Path is the first entry that differs, relative to the layer's root; empty
	// when it can't be told.
	Path string
	// Detail says what differs.
	Detail string
}

var _ error = (*Mismatch)(nil)

// Error implements error.
func (m *Mismatch) Error() string {
	if m.Layer == "" {
		return m.Detail
	}
	if m.Path == "" {
		return fmt.Sprintf("layer %s: %s", m.Layer, m.Detail)
	}
	return fmt.Sprintf("layer %s: %q: %s", m.Layer, m.Path, m.Detail)
}

// NotFound says that no place has what a bare name asks for.
type NotFound struct {
	Ref   string
	Tried []Attempt
}

// Attempt is one place that was tried, and why it failed there.
type Attempt struct {
	// Place is "docker image", "archive" or "directory".
	Place string
	Err   error
}

var _ error = (*NotFound)(nil)

// Error implements error; one line a place.
func (e *NotFound) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q was not found", e.Ref)
	for _, a := range e.Tried {
		fmt.Fprintf(&b, "\n  as %s: %v", a.Place, a.Err)
	}
	return b.String()
}

// Unwrap gives the errors of all places.
func (e *NotFound) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, a := range e.Tried {
		errs[i] = a.Err
	}
	return errs
}

// ImageName is one image of the local engine, for listings and completion.
type ImageName struct {
	// Name is a tag ("debian:12"), or the image's ID when it has none.
	Name string
	// ID is the engine's ID of it: the config digest, or in the containerd
	// store the digest of a manifest or index.
	ID string
	// Size in bytes as the engine gives it.
	Size int64
}
