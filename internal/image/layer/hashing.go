package layer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"bulwark/internal/image/layer/inflate"
	"bulwark/internal/walk"

	"github.com/klauspost/compress/zstd"
)

// hashingReader hashes what passes. It implements io.Seeker only forwards, so
// that archive/tar skips content without copying it.
type hashingReader struct {
	src   io.Reader
	h     hash.Hash // nil: not hashed
	buf   []byte
	r, w  int
	pos   int64 // bytes handed out or skipped
	err   error
	limit func(pos int64) error // asked whenever the buffer is filled
}

const hashBuffer = 256 << 10

func newHashingReader(src io.Reader, hashed bool) *hashingReader {
	r := &hashingReader{src: src, buf: make([]byte, hashBuffer)}
	if hashed {
		r.h = sha256.New()
	}
	return r
}

func (r *hashingReader) fill() {
	if r.err != nil {
		return
	}
	r.r, r.w = 0, 0
	for tries := 0; r.w == 0 && r.err == nil; tries++ {
		if tries > 100 {
			r.err = io.ErrNoProgress
			break
		}
		r.w, r.err = r.src.Read(r.buf)
	}
	if r.h != nil {
		r.h.Write(r.buf[:r.w])
	}
	if r.limit != nil && r.w > 0 {
		if err := r.limit(r.pos + int64(r.w)); err != nil {
			r.err = err
		}
	}
}

func (r *hashingReader) Read(p []byte) (int, error) {
	if r.r == r.w {
		if r.fill(); r.r == r.w {
			return 0, r.err
		}
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	r.pos += int64(n)
	return n, nil
}

func (r *hashingReader) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return 0, errors.New("this stream only goes forward")
	}
	for offset > 0 {
		if r.r == r.w {
			if r.fill(); r.r == r.w {
				// Read says what is wrong.
				return r.pos, nil
			}
		}
		n := min(int64(r.w-r.r), offset)
		r.r += int(n)
		r.pos += n
		offset -= n
	}
	return r.pos, nil
}

// drain reads to the end, which a digest needs.
func (r *hashingReader) drain() error {
	for {
		r.pos += int64(r.w - r.r)
		r.r = r.w
		if r.fill(); r.r == r.w {
			if errors.Is(r.err, io.EOF) {
				return nil
			}
			return r.err
		}
	}
}

func (r *hashingReader) digest() string { return "sha256:" + hex.EncodeToString(r.h.Sum(nil)) }

// Forms in which a layer or an archive is stored.
type compression string

const (
	plain       compression = "none"
	gzipped     compression = "gzip"
	zstandard   compression = "zstd"
	unknownForm compression = "unknown"
)

// sniff tells the form by the first bytes: at least 262 for a tar.
func sniff(head []byte) compression {
	has := func(s string) bool { return len(head) >= len(s) && string(head[:len(s)]) == s }
	switch {
	case has("\x1f\x8b"):
		return gzipped
	case has("\x28\xb5\x2f\xfd"), len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18":
		return zstandard // or a skippable frame before one
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return plain
	case len(head) == 0, allZero(head):
		return plain // an empty tar
	case len(head) >= 512 && oldTar(head[:512]):
		return plain
	}
	return unknownForm
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// oldTar reports whether a block's checksum is that of a tar header (V7).
func oldTar(b []byte) bool {
	var sum, want int64
	for i, c := range b {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int64(c)
	}
	for _, c := range b[148:156] {
		if c >= '0' && c <= '7' {
			want = want*8 + int64(c-'0')
		}
	}
	return want == sum && want > 0
}

// decompress opens the content of a stream of the given form.
func decompress(form compression, src io.Reader) (io.Reader, func(), error) {
	switch form {
	case plain:
		return src, func() {}, nil
	case gzipped:
		z, err := inflate.NewReader(src)
		if err != nil {
			return nil, nil, fmt.Errorf("open gzip: %w", err)
		}
		return z, func() {}, nil
	case zstandard:
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, nil, fmt.Errorf("open zstd: %w", err)
		}
		return z, z.Close, nil
	}
	return nil, nil, fmt.Errorf("neither tar, gzip nor zstd: %w", walk.ErrUnsupported)
}

// bounds makes the limit function of a layer's uncompressed stream. raw says how
// many compressed bytes went in; nil for one that is not compressed.
func bounds(lim Limits, raw func() int64) func(int64) error {
	deadline := time.Now().Add(lim.LayerTime)
	return func(pos int64) error {
		if pos > lim.LayerBytes {
			return fmt.Errorf("more than %d bytes in one layer: %w", lim.LayerBytes, walk.ErrLimit)
		}
		if raw != nil && pos > lim.RatioFrom && pos/lim.Ratio > raw() {
			return fmt.Errorf("unpacks to more than %d times its size: %w", lim.Ratio, walk.ErrLimit)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("more than %s for one layer: %w", lim.LayerTime, walk.ErrLimit)
		}
		return nil
	}
}
