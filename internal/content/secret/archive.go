package secret

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"bulwark/internal/content/keyfile"
	"bulwark/internal/inventory/lang/zipdir"
	"bulwark/internal/walk"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Limits of looking into one file.
const (
	// maxDepth is how many archives and compressions may lie in one another.
	maxDepth = 6
	// Bytes that come out of one file's archives: freeInflated, and maxRatio
	// times its size beyond that, maxInflated in all.
	freeInflated = 256 << 20
	maxRatio     = 64
	maxInflated  = 16 << 30
	// maxMembers is how many members of all its archives are looked at.
	maxMembers = 1 << 20
	// maxHeld is how large an archive may be that has to be held in memory
	// because it lies compressed in another one.
	maxHeld = 32 << 20
	// maxUnread is how many parts that could not be read are told one by one.
	maxUnread = 20
)

var (
	errDepth    = fmt.Errorf("archives in archives, more than %d deep: %w", maxDepth, walk.ErrLimit)
	errInflated = fmt.Errorf("more bytes come out of the archive than are read: %w", walk.ErrLimit)
	errMembers  = fmt.Errorf("more than %d members: %w", maxMembers, walk.ErrLimit)
)

// opener looks at one file and into what is inside of it.
type opener struct {
	ctx     context.Context
	m       *Matcher
	g       *gathering
	out     walk.Sink
	left    int64 // bytes that may still be inflated
	keys    bool  // no other detector sees the file itself
	members int
	unread  int
}

// form is what the first bytes of a file say it is.
type form uint8

const (
	plain form = iota
	gzipped
	bzipped
	zstandard
	zipped
	tarred
	unreadable
)

// formSize is how many bytes formOf wants to see.
const formSize = 512

func formOf(head []byte) form {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\x1f\x8b\x08"):
		return gzipped
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return zipped
	case has("BZh") && len(head) > 9 && (string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90"):
		return bzipped
	case has("\x28\xb5\x2f\xfd"):
		return zstandard
	case len(head) >= 263 && string(head[257:262]) == "ustar":
		return tarred
	case has("\xfd7zXZ\x00"), has("7z\xbc\xaf\x27\x1c"), has("Rar!\x1a\x07"):
		return unreadable
	}
	return plain
}

// file looks at the file itself.
func (o *opener) file(f *walk.File) error {
	head := make([]byte, min(formSize, f.Size))
	if n, err := f.ReadAt(head, 0); n < len(head) {
		return fmt.Errorf("read: %w", err)
	}
	kind := formOf(head)
	if kind == plain && zipName(f.Path) {
		// An archive behind a launcher; where it is none, it is just a file.
		if a, err := zipdir.Open(f.ReaderAt, f.Size); err == nil {
			return o.zip(a, f.Path+"!/", 1)
		}
	}
	if kind == zipped {
		a, err := zipdir.Open(f.ReaderAt, f.Size)
		if err != nil {
			return err
		}
		return o.zip(a, f.Path+"!/", 1)
	}
	return o.stream(f.Reader(), kind, f.Path, f.Path, 1)
}

func zipName(path string) bool {
	for _, ext := range [...]string{".jar", ".war", ".ear", ".zip", ".pex", ".pyz"} {
		if strings.HasSuffix(path, ext) {
			return true
		}
	}
	return false
}

// inner is what a path is inside the file, for Sink.Unread.
func (o *opener) inner(at string) string {
	_, inside, _ := strings.Cut(at, "!/")
	return strings.TrimSuffix(inside, "!/")
}

// skip tells that a part was not read. It gives the errors that end the whole file.
func (o *opener) skip(at string, err error) error {
	if errors.Is(err, errInflated) || errors.Is(err, errMembers) || o.ctx.Err() != nil {
		return err
	}
	if o.inner(at) == "" {
		return err
	}
	if o.unread++; o.unread > maxUnread {
		if o.unread == maxUnread+1 {
			o.out.Unread("", fmt.Errorf("more than %d parts could not be read: %w", maxUnread, err))
		}
		return nil
	}
	o.out.Unread(o.inner(at), err)
	return nil
}

// stream looks at bytes of a form. at is where they are, as it is told; name
// tells what kind of text they are.
func (o *opener) stream(r io.Reader, kind form, at, name string, depth int) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if kind != plain && kind != unreadable && depth > maxDepth {
		return o.skip(at, errDepth)
	}
	switch kind {
	case gzipped:
		z, err := gzip.NewReader(r)
		if err != nil {
			return o.skip(at, fmt.Errorf("gzip: %w", err))
		}
		return o.inflated(z, at, name, depth)
	case bzipped:
		return o.inflated(bzip2.NewReader(r), at, name, depth)
	case zstandard:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderMaxWindow(32<<20))
		if err != nil {
			return o.skip(at, fmt.Errorf("zstd: %w", err))
		}
		defer z.Close()
		return o.inflated(z, at, name, depth)
	case tarred:
		return o.tar(r, at, depth)
	case zipped:
		// In a stream: its directory is at the end.
		held, err := io.ReadAll(io.LimitReader(r, maxHeld+1))
		if err != nil {
			return o.skip(at, err)
		}
		if len(held) > maxHeld {
			return o.skip(at, fmt.Errorf("archive of more than %d bytes in a compressed one: %w", maxHeld, walk.ErrLimit))
		}
		a, err := zipdir.Open(bytes.NewReader(held), int64(len(held)))
		if err != nil {
			return o.skip(at, err)
		}
		return o.zip(a, at+"!/", depth)
	case unreadable:
		return o.skip(at, fmt.Errorf("compressed by xz, 7z or rar: %w", walk.ErrUnsupported))
	}
	if o.keys || depth > 1 || strings.Contains(at, "!/") {
		// A file by itself is looked at by the detector of key files.
		var err error
		if r, err = o.keyFile(r, at); err != nil {
			return o.skip(at, err)
		}
	}
	if err := o.m.Scan(o.ctx, name, r, func(h Hit) { o.g.add(at, h) }); err != nil {
		return o.skip(at, err)
	}
	return nil
}

// keyFile looks at a member that is a key in a binary form; text is for the
// rules. It gives a reader of the same bytes.
func (o *opener) keyFile(r io.Reader, at string) (io.Reader, error) {
	b := bufio.NewReaderSize(r, formSize)
	head, _ := b.Peek(formSize) // an error comes again behind what was read
	if !keyfile.Binary(at, head) {
		return b, nil
	}
	content, err := io.ReadAll(io.LimitReader(b, keyfile.MaxBytes))
	if err != nil {
		return io.MultiReader(bytes.NewReader(content), failed{err}), nil
	}
	results, err := keyfile.Look(at, content)
	for _, res := range results {
		o.out.Result(res)
	}
	if err != nil {
		if err := o.skip(at, err); err != nil {
			return nil, err
		}
	}
	return io.MultiReader(bytes.NewReader(content), b), nil
}

// failed is a reader that broke off.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// inflated looks at what comes out of a decompressor.
func (o *opener) inflated(r io.Reader, at, name string, depth int) error {
	for _, ext := range [...]string{".gz", ".bz2", ".zst", ".tgz"} {
		name = strings.TrimSuffix(name, ext)
	}
	b := bufio.NewReaderSize(&counted{r, o}, formSize)
	head, err := b.Peek(formSize)
	if len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return o.skip(at, err)
	}
	return o.stream(b, formOf(head), at, name, depth+1)
}

// counted takes what is read off what may still be inflated.
type counted struct {
	r io.Reader
	o *opener
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.o.left -= int64(n); c.o.left < 0 {
		return n, errInflated
	}
	return n, err
}

// tar looks at the members of a tar archive.
func (o *opener) tar(r io.Reader, at string, depth int) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return o.skip(at+"!/", fmt.Errorf("tar: %w", err))
		}
		if h.Typeflag != tar.TypeReg || h.Size == 0 {
			continue
		}
		if err := o.member(&counted{t, o}, at+"!/"+clean(h.Name), depth); err != nil {
			return err
		}
	}
}

// member looks at one member of an archive.
func (o *opener) member(r io.Reader, at string, depth int) error {
	if o.members++; o.members > maxMembers {
		return errMembers
	}
	if passedOver(at) {
		return nil
	}
	b := bufio.NewReaderSize(r, formSize)
	head, err := b.Peek(formSize)
	if len(head) == 0 && err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return o.skip(at, err)
	}
	return o.stream(b, formOf(head), at, at, depth+1)
}

// zip looks at the members of a ZIP archive; at ends with "!/".
func (o *opener) zip(a *zipdir.Archive, at string, depth int) error {
	if depth > maxDepth {
		return o.skip(at, errDepth)
	}
	var inflater io.ReadCloser
	err := a.Each(func(e *zipdir.Entry) error {
		if e.Size == 0 || bytes.HasSuffix(e.Name, []byte{'/'}) {
			return nil
		}
		where := at + clean(string(e.Name))
		raw, err := a.Raw(e)
		if err != nil {
			return o.skip(where, err)
		}
		if e.Stored() {
			return o.stored(raw, where, depth)
		}
		if e.Method != 8 {
			return o.skip(where, fmt.Errorf("compression method %d: %w", e.Method, walk.ErrUnsupported))
		}
		if inflater == nil {
			inflater = flate.NewReader(raw)
		} else if err := inflater.(flate.Resetter).Reset(raw, nil); err != nil {
			return o.skip(where, err)
		}
		return o.member(&counted{inflater, o}, where, depth)
	})
	if err != nil {
		return o.skip(at, err)
	}
	return nil
}

// stored looks at a member that is not compressed: an archive in it is read
// where it lies.
func (o *opener) stored(raw *io.SectionReader, at string, depth int) error {
	if o.members++; o.members > maxMembers {
		return errMembers
	}
	if o.left -= raw.Size(); o.left < 0 {
		return errInflated
	}
	if passedOver(at) {
		return nil
	}
	head := make([]byte, min(formSize, raw.Size()))
	if n, err := raw.ReadAt(head, 0); n < len(head) {
		return o.skip(at, err)
	}
	kind := formOf(head)
	if kind != zipped {
		return o.stream(raw, kind, at, at, depth+1)
	}
	a, err := zipdir.Open(raw, raw.Size())
	if err != nil {
		return o.skip(at, err)
	}
	return o.zip(a, at+"!/", depth+1)
}

// clean makes a member's name a relative path with slashes.
func clean(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\\", "/"), "?")
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}
