package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var (
	// ErrHeader says that a member does not start with a gzip header, or that
	// its header is damaged or has a name of 512 bytes or more.
	ErrHeader = errors.New("gzip: invalid header")
	// ErrChecksum says that the data of a member has not the CRC-32 or the
	// length that its trailer says.
	ErrChecksum = errors.New("gzip: invalid checksum")
	// ErrCorrupt says that the compressed data is not DEFLATE.
	ErrCorrupt = errors.New("gzip: corrupt compressed data")

	errBadSource = errors.New("gzip: the source gave an impossible count")
)

const (
	// historySize is how far back a match may reach (RFC 1951, section 2).
	historySize = 32 << 10
	inSize      = 64 << 10
	outSize     = 128 << 10 // a power of two, so that an index may be masked

	// outSlack is behind outSize, and what a match may write beyond it: its
	// length, what it can't be but the masks allow, and the last stride.
	outSlack = 1 << 10

	// outLimit is where decoding stops for the output to be taken. Between it
	// and outSize is room for the pairs of literals of one turn of the fast loop.
	outLimit = outSize - 64

	// maxEmptyReads is how often a source may give nothing without an error.
	maxEmptyReads = 100
)

// Reader reads what a gzip stream holds.
type Reader struct {
	src    io.Reader
	srcErr error // what the source said last; nothing is read after it
	err    error // what Read says once the output is taken

	step    step
	final   bool   // the block being read is its member's last
	stored  uint   // bytes left of a stored block
	fixed   bool   // the tables are those of the fixed codes
	bits    uint64 // bits taken from in and not yet used, lowest first
	nbits   uint   // how many
	inPos   uint
	inEnd   uint
	rdPos   uint // out[rdPos:outPos] is for the caller
	outPos  uint
	crc     uint32
	size    uint32
	litLen  uint // how many of lens are of literals and lengths
	distLen uint // how many of the following are of distances

	lens [maxLitCodes + maxDistCodes]uint8
	lit  [litTableSize]uint32
	dist [distTableSize]uint64
	in   [inSize]byte
	out  [outSize + outSlack]byte
}

var (
	_ io.Reader   = (*Reader)(nil)
	_ io.WriterTo = (*Reader)(nil)
)

// step is what comes next in the input.
type step uint8

const (
	stepBlock   step = iota // the header of a block, or the trailer after the final one
	stepStored              // bytes of a stored block
	stepSymbols             // symbols of a compressed block
	stepTrailer             // CRC-32 and length
)

// NewReader reads the header of the first member. The error is io.EOF for a
// source without a byte.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{src: src}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

// Read gives decompressed bytes. Once it has failed it gives the same error
// again.
func (r *Reader) Read(p []byte) (int, error) {
	for {
		if r.rdPos < r.outPos {
			n := copy(p, r.out[r.rdPos:r.outPos])
			r.rdPos += uint(n)
			return n, nil
		}
		if r.err != nil {
			return 0, r.err
		}
		if len(p) == 0 {
			return 0, nil
		}
		r.produce()
	}
}

// WriteTo writes all that is left to w.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		if r.rdPos < r.outPos {
			want := int(r.outPos - r.rdPos)
			n, err := w.Write(r.out[r.rdPos:r.outPos])
			if n < 0 || n > want {
				return total, errors.New("gzip: the destination gave an impossible count")
			}
			r.rdPos += uint(n)
			total += int64(n)
			if err == nil && n < want {
				err = io.ErrShortWrite
			}
			if err != nil {
				return total, err
			}
		}
		if r.err == io.EOF { //nolint:errorlint // what wraps it is no end, but a failure of the source
			return total, nil
		}
		if r.err != nil {
			return total, r.err
		}
		r.produce()
	}
}

// produce decodes until there is output or an error. All output so far has to
// be taken.
func (r *Reader) produce() {
	if r.step == stepTrailer {
		if r.err = r.nextMember(); r.err != nil {
			return
		}
		r.rdPos, r.outPos = 0, 0
	}
	if r.outPos >= outLimit {
		n := copy(r.out[:historySize], r.out[r.outPos-historySize:r.outPos])
		r.rdPos, r.outPos = uint(n), uint(n)
	}
	from := r.outPos
	r.err = r.inflate()
	made := r.out[from:r.outPos]
	r.crc = crc32.Update(r.crc, crc32.IEEETable, made)
	r.size += uint32(len(made)) //nolint:gosec // the format counts modulo 2^32
}

// nextMember checks the trailer of a member and reads the header of the next.
func (r *Reader) nextMember() error {
	var trailer [8]byte
	if err := r.readFull(trailer[:]); err != nil {
		return noEOF(err)
	}
	if binary.LittleEndian.Uint32(trailer[:4]) != r.crc || binary.LittleEndian.Uint32(trailer[4:]) != r.size {
		return ErrChecksum
	}
	return r.readHeader()
}

const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4

	// maxHeaderString counts the NUL behind a name or comment.
	maxHeaderString = 512
)

// readHeader reads the header of a member (RFC 1952, section 2.3) and makes
// ready for its data. Its error is io.EOF only if not a byte is left.
func (r *Reader) readHeader() error {
	var b [10]byte
	if err := r.readFull(b[:]); err != nil {
		return err
	}
	if b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 {
		return ErrHeader
	}
	flags := b[3]
	crc := crc32.ChecksumIEEE(b[:])
	if flags&flagExtra != 0 {
		if err := r.readFull(b[:2]); err != nil {
			return noEOF(err)
		}
		crc = crc32.Update(crc, crc32.IEEETable, b[:2])
		for left := uint(binary.LittleEndian.Uint16(b[:2])); left > 0; {
			if r.inPos == r.inEnd && !r.fill() {
				return r.sourceErr()
			}
			n := min(left, r.inEnd-r.inPos)
			crc = crc32.Update(crc, crc32.IEEETable, r.in[r.inPos:r.inPos+n])
			r.inPos += n
			left -= n
		}
	}
	for _, flag := range [...]byte{flagName, flagComment} {
		if flags&flag == 0 {
			continue
		}
		var err error
		if crc, err = r.skipString(crc); err != nil {
			return err
		}
	}
	if flags&flagHeaderCRC != 0 {
		if err := r.readFull(b[:2]); err != nil {
			return noEOF(err)
		}
		if uint32(binary.LittleEndian.Uint16(b[:2])) != crc&0xffff {
			return ErrHeader
		}
	}
	r.crc, r.size = 0, 0
	r.step, r.final = stepBlock, false
	return nil
}

// skipString reads over a string that ends in NUL and gives crc advanced by it.
func (r *Reader) skipString(crc uint32) (uint32, error) {
	var s [maxHeaderString]byte
	for i := range s {
		if err := r.readFull(s[i : i+1]); err != nil {
			return 0, noEOF(err)
		}
		if s[i] == 0 {
			return crc32.Update(crc, crc32.IEEETable, s[:i+1]), nil
		}
	}
	return 0, ErrHeader
}

// readFull fills p with bytes of the input, which has to be at a byte's
// boundary. Its error is io.EOF only if there was not one.
func (r *Reader) readFull(p []byte) error {
	for n := 0; n < len(p); {
		if r.inPos == r.inEnd && !r.fill() {
			if n == 0 {
				return r.srcErr
			}
			return r.sourceErr()
		}
		c := copy(p[n:], r.in[r.inPos:r.inEnd])
		n += c
		r.inPos += uint(c)
	}
	return nil
}

// fill reads once from the source behind what is left in the buffer, and says
// whether there is more than before.
func (r *Reader) fill() bool {
	if r.srcErr != nil {
		return false
	}
	r.giveBack()
	n := copy(r.in[:], r.in[r.inPos:r.inEnd])
	r.inPos, r.inEnd = 0, uint(n)
	for range maxEmptyReads {
		n, err := r.src.Read(r.in[r.inEnd:])
		if n < 0 || n > len(r.in)-int(r.inEnd) {
			r.srcErr = errBadSource
			return false
		}
		r.inEnd += uint(n)
		r.srcErr = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	r.srcErr = io.ErrNoProgress
	return false
}

// giveBack returns whole bytes from the bit buffer to the input.
func (r *Reader) giveBack() {
	r.inPos -= r.nbits >> 3
	r.nbits &= 7
	r.bits &= 1<<r.nbits - 1
}

// sourceErr is the error of input that ends where it must not.
func (r *Reader) sourceErr() error {
	return noEOF(r.srcErr)
}

func noEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // what wraps it is a failure of the source, and says which
		return io.ErrUnexpectedEOF
	}
	return err
}
