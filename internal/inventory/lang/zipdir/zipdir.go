// Package zipdir reads ZIP archives as the extractors need it: the central
// directory in one read and without an object for each entry, single members
// with a limit, stored members as a window of the archive (so that an archive
// in an archive needs no copy), everything hostile input may lie about checked.
//
// Source of the format: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
//
// # What it does not do
//
// Encryption, archives over several volumes, methods other than stored and
// deflated: such members are an error wrapping walk.ErrUnsupported when read.
package zipdir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/flate"

	"bulwark/internal/walk"
)

// Limits of one archive.
const (
	// MaxDirectory is the largest central directory that is read. The largest
	// jars that we met (IDE and cloud SDK bundles, 200,000 entries) have 20 MiB.
	MaxDirectory = 64 << 20
	// MaxEntries is how many members an archive may have.
	MaxEntries = 1 << 20
)

const (
	endSize     = 22
	locatorSize = 20
	end64Size   = 56
	headerSize  = 46
	localSize   = 30
	maxComment  = math.MaxUint16
)

// Archive is an opened archive.
type Archive struct {
	r    io.ReaderAt
	size int64
	base int64 // where the archive begins: after the launcher script of an executable jar
	dir  []byte
	n    uint64
	inf  io.ReadCloser // one inflater, reused
}

// Entry is one member. Name points into the archive's directory and is good as
// long as the archive; it is what the archive says, not a path that may be used.
type Entry struct {
	Name             []byte
	Method, flags    uint16
	CRC              uint32
	Compressed, Size int64
	offset           int64
}

var errFormat = errors.New("not a valid zip archive")

// Open reads the directory.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	end, at, err := findEnd(r, size)
	if err != nil {
		return nil, err
	}
	n := uint64(binary.LittleEndian.Uint16(end[10:]))
	dirSize := uint64(binary.LittleEndian.Uint32(end[12:]))
	dirOffset := uint64(binary.LittleEndian.Uint32(end[16:]))
	if n == math.MaxUint16 || dirSize == math.MaxUint32 || dirOffset == math.MaxUint32 {
		if n64, s64, o64, at64, ok := readEnd64(r, at); ok {
			n, dirSize, dirOffset, at = n64, s64, o64, at64
		}
	}
	if dirSize > MaxDirectory || n > MaxEntries {
		return nil, fmt.Errorf("zip directory of %d bytes and %d entries: %w", dirSize, n, walk.ErrLimit)
	}
	if dirSize > uint64(at) || n*headerSize > dirSize {
		return nil, fmt.Errorf("%w: directory of %d bytes and %d entries before byte %d", errFormat, dirSize, n, at)
	}
	a := &Archive{r: r, size: size, n: n, dir: make([]byte, dirSize)}
	start := at - int64(dirSize)
	if dirOffset < uint64(start) {
		a.base = start - int64(dirOffset)
	}
	if _, err := readFull(r, a.dir, start); err != nil {
		return nil, fmt.Errorf("zip directory: %w", err)
	}
	if n > 0 && binary.LittleEndian.Uint32(a.dir) != 0x02014b50 {
		// Something lies between the directory and its end record.
		start = int64(dirOffset)
		a.base = 0
		if dirOffset > uint64(at)-dirSize {
			return nil, fmt.Errorf("%w: no directory at its place", errFormat)
		}
		if _, err := readFull(r, a.dir, start); err != nil {
			return nil, fmt.Errorf("zip directory: %w", err)
		}
	}
	return a, nil
}

func readFull(r io.ReaderAt, p []byte, off int64) (int, error) {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return n, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// findEnd finds the end record: at the very end, or before a comment.
func findEnd(r io.ReaderAt, size int64) ([]byte, int64, error) {
	for _, n := range [...]int64{1 << 10, endSize + maxComment} {
		n = min(n, size)
		if n < endSize {
			break
		}
		buf := make([]byte, n)
		if _, err := readFull(r, buf, size-n); err != nil {
			return nil, 0, fmt.Errorf("zip end: %w", err)
		}
		for i := len(buf) - endSize; i >= 0; i-- {
			if i = bytes.LastIndex(buf[:i+4], []byte("PK\x05\x06")); i < 0 {
				break
			}
			if comment := int(binary.LittleEndian.Uint16(buf[i+20:])); i+endSize+comment <= len(buf) {
				return buf[i : i+endSize], size - n + int64(i), nil
			}
		}
	}
	return nil, 0, fmt.Errorf("%w: no end record", errFormat)
}

func readEnd64(r io.ReaderAt, end int64) (n, dirSize, dirOffset uint64, at int64, ok bool) {
	var loc [locatorSize]byte
	if end < locatorSize {
		return
	}
	if _, err := readFull(r, loc[:], end-locatorSize); err != nil || binary.LittleEndian.Uint32(loc[:]) != 0x07064b50 {
		return
	}
	// The record stands right before its locator; the offset it gives does not
	// count bytes in front of the archive.
	var rec [end64Size]byte
	for _, at := range [...]int64{end - locatorSize - end64Size, int64(binary.LittleEndian.Uint64(loc[8:]))} {
		if at < 0 || at > end-locatorSize-end64Size {
			continue
		}
		if _, err := readFull(r, rec[:], at); err == nil && binary.LittleEndian.Uint32(rec[:]) == 0x06064b50 {
			return binary.LittleEndian.Uint64(rec[32:]), binary.LittleEndian.Uint64(rec[40:]), binary.LittleEndian.Uint64(rec[48:]), at, true
		}
	}
	return
}

// Len is the number of members the directory claims.
func (a *Archive) Len() int { return int(a.n) }

// Each calls f for each member, in the directory's order, until f returns an
// error. e is overwritten for the next member.
func (a *Archive) Each(f func(e *Entry) error) error {
	var e Entry
	d := a.dir
	for i := range a.n {
		if len(d) < headerSize || binary.LittleEndian.Uint32(d) != 0x02014b50 {
			return fmt.Errorf("%w: directory ends at entry %d of %d", errFormat, i, a.n)
		}
		le := binary.LittleEndian
		nameLen, extraLen, commentLen := int(le.Uint16(d[28:])), int(le.Uint16(d[30:])), int(le.Uint16(d[32:]))
		all := headerSize + nameLen + extraLen + commentLen
		if len(d) < all {
			return fmt.Errorf("%w: entry %d of %d is cut off", errFormat, i, a.n)
		}
		e = Entry{
			Name:  d[headerSize : headerSize+nameLen : headerSize+nameLen],
			flags: le.Uint16(d[8:]), Method: le.Uint16(d[10:]), CRC: le.Uint32(d[16:]),
			Compressed: int64(le.Uint32(d[20:])), Size: int64(le.Uint32(d[24:])), offset: int64(le.Uint32(d[42:])),
		}
		if e.Size == math.MaxUint32 || e.Compressed == math.MaxUint32 || e.offset == math.MaxUint32 {
			e.widen(d[headerSize+nameLen : headerSize+nameLen+extraLen])
		}
		if err := f(&e); err != nil {
			return err
		}
		d = d[all:]
	}
	return nil
}

// widen takes the 64-bit values from the extra field, where the 32-bit ones are full.
func (e *Entry) widen(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		if id == 1 {
			v := extra[:n]
			for _, p := range [...]*int64{&e.Size, &e.Compressed, &e.offset} {
				if *p != math.MaxUint32 {
					continue
				}
				if len(v) < 8 {
					return
				}
				*p = int64(binary.LittleEndian.Uint64(v))
				v = v[8:]
			}
			return
		}
		extra = extra[n:]
	}
}

// Raw is the member's bytes as they lie in the archive; for a stored member
// that is its content.
func (a *Archive) Raw(e *Entry) (*io.SectionReader, error) {
	if e.flags&1 != 0 {
		return nil, fmt.Errorf("encrypted: %w", walk.ErrUnsupported)
	}
	at := a.base + e.offset
	if e.offset < 0 || e.Compressed < 0 || e.Size < 0 || at < 0 || at > a.size-localSize {
		return nil, fmt.Errorf("%w: member outside of the archive", errFormat)
	}
	var h [localSize]byte
	if _, err := readFull(a.r, h[:], at); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(h[:]) != 0x04034b50 {
		return nil, fmt.Errorf("%w: no member at its place", errFormat)
	}
	at += localSize + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:]))
	if at > a.size || e.Compressed > a.size-at {
		return nil, fmt.Errorf("%w: member ends outside of the archive", errFormat)
	}
	return io.NewSectionReader(a.r, at, e.Compressed), nil
}

// Stored says that Raw gives the content itself.
func (e *Entry) Stored() bool { return e.Method == 0 && e.Compressed == e.Size }

// Read gives the member's content, which must not be larger than limit; its
// length and checksum are held against the directory.
func (a *Archive) Read(e *Entry, limit int64) ([]byte, error) {
	if e.Size > limit {
		return nil, fmt.Errorf("%d bytes, at most %d are read: %w", e.Size, limit, walk.ErrLimit)
	}
	raw, err := a.Raw(e)
	if err != nil {
		return nil, err
	}
	var r io.Reader = raw
	switch e.Method {
	case 0:
		if e.Compressed != e.Size {
			return nil, fmt.Errorf("%w: stored member of two sizes", errFormat)
		}
	case 8:
		if a.inf == nil {
			a.inf = flate.NewReader(raw)
		} else if err := a.inf.(flate.Resetter).Reset(raw, nil); err != nil {
			return nil, err
		}
		r = a.inf
		// Deflate cannot do better than 1032:1; more is a lie that would only cost memory.
		if e.Size > (e.Compressed+16)*1032 {
			return nil, fmt.Errorf("%w: %d bytes cannot come of %d", errFormat, e.Size, e.Compressed)
		}
	default:
		return nil, fmt.Errorf("compression method %d: %w", e.Method, walk.ErrUnsupported)
	}
	b := make([]byte, e.Size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	if crc32.ChecksumIEEE(b) != e.CRC {
		return nil, fmt.Errorf("%w: checksum", errFormat)
	}
	return b, nil
}
