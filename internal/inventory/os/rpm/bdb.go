package rpm

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"

	"bulwark/internal/walk"
)

// Format of a Berkeley DB hash file (Berkeley DB 4 and 5, src/dbinc/db_page.h
// and hash.h). Numbers are in the byte order of the machine that made it.
const (
	bdbHashMagic = 0x061561
	bdbMetaSize  = 512
	bdbPageHead  = 26

	bdbPageHashUnsorted = 2
	bdbPageOverflow     = 7
	bdbMetaHash         = 8
	bdbPageHash         = 13

	bdbKeyData = 1 // an item in the page
	bdbOffPage = 3 // an item in overflow pages
)

type bdbFile struct {
	*pages
	ctx   context.Context
	order binary.ByteOrder
	page  int
	last  uint32 // number of the last page
	hold  []byte // the hash page whose pairs are being read
}

// readBDB calls each with the value of every pair of a hash file whose key is not 0.
func readBDB(ctx context.Context, p *pages, each func(blob []byte) error) error {
	m, err := p.at(0, bdbMetaSize)
	if err != nil {
		return fmt.Errorf("database header: %w", err)
	}
	f := &bdbFile{pages: p, ctx: ctx, order: binary.LittleEndian}
	if f.order.Uint32(m[12:]) != bdbHashMagic {
		if f.order = binary.BigEndian; f.order.Uint32(m[12:]) != bdbHashMagic {
			return fmt.Errorf("no Berkeley DB hash file: %w", errMalformed)
		}
	}
	page := f.order.Uint32(m[20:])
	if page < 512 || page > 1<<16 || page&(page-1) != 0 || m[25] != bdbMetaHash {
		return fmt.Errorf("page of %d bytes, type %d: %w", page, m[25], errMalformed)
	}
	if m[24] != 0 || m[26]&1 != 0 {
		return fmt.Errorf("encrypted or checksummed pages: %w", walk.ErrUnsupported)
	}
	f.page, f.last = int(page), f.order.Uint32(m[32:])
	if int64(f.last) > p.size/int64(page) {
		return fmt.Errorf("%d pages of %d bytes in a file of %d: %w", f.last, page, p.size, errMalformed)
	}
	buckets := f.order.Uint32(m[72:])
	var spares [32]uint32
	for i := range spares {
		spares[i] = f.order.Uint32(m[96+4*i:])
	}
	if buckets > f.last {
		return fmt.Errorf("%d buckets on %d pages: %w", buckets, f.last, errMalformed)
	}

	bad := 0
	var firstBad error
	for bucket := uint32(0); bucket <= buckets; bucket++ {
		group := 0
		if bucket > 0 {
			group = bits.Len32(bucket) // the smallest n with 2^n ≥ bucket+1
		}
		if err := f.bucket(bucket+spares[min(group, len(spares)-1)], each, func(err error) {
			if bad++; firstBad == nil {
				firstBad = err
			}
		}); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d packages not read; %w", bad, firstBad)
	}
	return nil
}

// bucket reads the chain of pages of one bucket.
func (f *bdbFile) bucket(no uint32, each func([]byte) error, bad func(error)) error {
	for steps := uint32(0); ; steps++ {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if no > f.last || steps > f.last {
			return fmt.Errorf("page %d of %d: %w", no, f.last, errMalformed)
		}
		b, err := f.at(int64(no)*int64(f.page), f.page)
		if err != nil {
			return fmt.Errorf("page %d: %w", no, err)
		}
		entries, kind := int(f.order.Uint16(b[20:])), b[25]
		if kind == 0 && entries == 0 {
			return nil // a bucket that was never used
		}
		if kind != bdbPageHash && kind != bdbPageHashUnsorted || bdbPageHead+2*entries > len(b) {
			return fmt.Errorf("page %d: type %d with %d entries is no hash page: %w", no, kind, entries, errMalformed)
		}
		f.hold = append(f.hold[:0], b...) // kept while overflow pages are read
		b = f.hold
		for i := 0; i+1 < entries; i += 2 {
			key, ok1 := f.item(b, i)
			value, ok2 := f.item(b, i+1)
			if !ok1 || !ok2 {
				return fmt.Errorf("page %d, entry %d: %w", no, i, errMalformed)
			}
			// Key 0 holds the highest package number.
			if len(key) == 5 && key[0] == bdbKeyData && key[1]|key[2]|key[3]|key[4] == 0 {
				continue
			}
			blob, err := f.value(value)
			if err != nil {
				bad(fmt.Errorf("page %d, entry %d: %w", no, i+1, err))
				if f.budget < 0 {
					return errLoop
				}
				continue
			}
			if err := each(blob); err != nil {
				return err
			}
		}
		if no = f.order.Uint32(b[16:]); no == 0 {
			return nil
		}
	}
}

// item gives entry i of a hash page. Items lie from the end of the page downward.
func (f *bdbFile) item(b []byte, i int) ([]byte, bool) {
	end := len(b)
	if i > 0 {
		end = int(f.order.Uint16(b[bdbPageHead+2*(i-1):]))
	}
	at := int(f.order.Uint16(b[bdbPageHead+2*i:]))
	if at < bdbPageHead || at >= end || end > len(b) {
		return nil, false
	}
	return b[at:end], true
}

func (f *bdbFile) value(item []byte) ([]byte, error) {
	switch item[0] {
	case bdbKeyData:
		return item[1:], nil
	case bdbOffPage:
	default:
		return nil, fmt.Errorf("item of type %d: %w", item[0], errMalformed)
	}
	if len(item) < 12 {
		return nil, errMalformed
	}
	no, size := f.order.Uint32(item[4:]), f.order.Uint32(item[8:])
	if size > maxHeader {
		return nil, fmt.Errorf("header of %d bytes: %w", size, walk.ErrLimit)
	}
	if int64(size) > f.size {
		return nil, fmt.Errorf("header of %d bytes in a file of %d: %w", size, f.size, errMalformed)
	}
	blob := f.blob(int(size))
	for done := 0; done < len(blob); {
		if no == 0 || no > f.last {
			return nil, fmt.Errorf("overflow chain leads to page %d after %d of %d bytes: %w", no, done, size, errMalformed)
		}
		b, err := f.at(int64(no)*int64(f.page), f.page)
		if err != nil {
			return nil, fmt.Errorf("overflow page %d: %w", no, err)
		}
		used := int(f.order.Uint16(b[22:]))
		if b[25] != bdbPageOverflow || used == 0 || bdbPageHead+used > len(b) {
			return nil, fmt.Errorf("page %d is no overflow page: %w", no, errMalformed)
		}
		no = f.order.Uint32(b[16:])
		done += copy(blob[done:], b[bdbPageHead:bdbPageHead+used])
	}
	if no != 0 {
		return nil, fmt.Errorf("overflow chain goes on after %d bytes: %w", size, errMalformed)
	}
	return blob, nil
}
