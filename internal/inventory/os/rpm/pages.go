package rpm

import (
	"errors"
	"fmt"
	"io"
)

// pages reads pieces of a file through a few windows, since headers lie in runs
// of neighbouring pages. It counts what it gives: a file whose pages lead in
// circles runs out of its budget, which is twice its own size.
type pages struct {
	r       io.ReaderAt
	size    int64
	budget  int64
	windows [4]window
	clock   uint64
	scratch []byte
}

type window struct {
	off  int64
	buf  []byte
	used uint64
}

// windowSize bounds what a page out of order costs; 16 pages of 4 KiB.
const windowSize = 64 << 10

func newPages(r io.ReaderAt, size int64) *pages {
	return &pages{r: r, size: size, budget: 2*size + 64<<10}
}

var errLoop = fmt.Errorf("pages lead in circles: %w", errMalformed)

// at gives n bytes at off, valid until the next call. n must not be more than windowSize.
func (p *pages) at(off int64, n int) ([]byte, error) {
	if off < 0 || off > p.size || int64(n) > p.size-off {
		return nil, fmt.Errorf("offset %d of %d bytes: %w", off, p.size, io.ErrUnexpectedEOF)
	}
	if p.budget -= int64(max(n, 64)); p.budget < 0 {
		return nil, errLoop
	}
	p.clock++
	oldest := 0
	for i := range p.windows {
		w := &p.windows[i]
		if off >= w.off && off+int64(n) <= w.off+int64(len(w.buf)) {
			w.used = p.clock
			return w.buf[off-w.off:][:n], nil
		}
		if w.used < p.windows[oldest].used {
			oldest = i
		}
	}
	w := &p.windows[oldest]
	if w.buf == nil {
		w.buf = make([]byte, 0, windowSize)
	}
	w.off, w.used = off, p.clock
	// Read ahead a little; a far jump each time must not cost a whole window for a small page.
	want := int(min(max(16*int64(n), 4096), windowSize, p.size-off))
	w.buf = w.buf[:want]
	m, err := p.r.ReadAt(w.buf, off)
	w.buf = w.buf[:m]
	if m < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read at offset %d: %w", off, err)
	}
	return w.buf[:n], nil
}

// blob gives a buffer of n bytes, the same each time.
func (p *pages) blob(n int) []byte {
	if cap(p.scratch) < n {
		p.scratch = make([]byte, 0, max(n, 2*cap(p.scratch)))
	}
	p.scratch = p.scratch[:n]
	return p.scratch
}

// fill reads len(dst) bytes at off into dst, past the windows.
func (p *pages) fill(dst []byte, off int64) error {
	if off < 0 || off > p.size || int64(len(dst)) > p.size-off {
		return fmt.Errorf("offset %d of %d bytes: %w", off, p.size, io.ErrUnexpectedEOF)
	}
	if p.budget -= int64(len(dst)); p.budget < 0 {
		return errLoop
	}
	m, err := p.r.ReadAt(dst, off)
	if m < len(dst) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read at offset %d: %w", off, err)
	}
	return nil
}
