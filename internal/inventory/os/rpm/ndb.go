package rpm

import (
	"context"
	"encoding/binary"
	"fmt"

	"bulwark/internal/walk"
)

// Format of ndb's Packages.db (rpm, lib/backend/ndb/rpmpkg.c): a header and
// slots of 16 bytes in the first pages, blobs in blocks of 16 bytes after them.
// All little-endian.
const (
	ndbMagic      = 'R' | 'p'<<8 | 'm'<<16 | 'P'<<24
	ndbSlotMagic  = 'S' | 'l'<<8 | 'o'<<16 | 't'<<24
	ndbBlobMagic  = 'B' | 'l'<<8 | 'b'<<16 | 'S'<<24
	ndbPage       = 4096
	ndbSlot       = 16
	ndbBlock      = 16
	ndbFirstSlot  = 2 // the header takes the place of two
	ndbBlobHeader = 16
	ndbBlobTail   = 12
)

// readNDB calls each with the header blob of every slot in use.
func readNDB(ctx context.Context, p *pages, each func(blob []byte) error) error {
	h, err := p.at(0, 32)
	if err != nil {
		return fmt.Errorf("database header: %w", err)
	}
	magic, version, slotPages := binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:]), binary.LittleEndian.Uint32(h[12:])
	if magic != ndbMagic {
		return fmt.Errorf("no ndb database: %w", errMalformed)
	}
	if version != 0 {
		return fmt.Errorf("ndb version %d: %w", version, walk.ErrUnsupported)
	}
	if slotPages == 0 || int64(slotPages) > (p.size+ndbPage-1)/ndbPage {
		return fmt.Errorf("%d pages of slots in %d bytes: %w", slotPages, p.size, errMalformed)
	}
	bad := 0
	var firstBad error
	for i := int64(ndbFirstSlot); i < int64(slotPages)*(ndbPage/ndbSlot); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := p.at(i*ndbSlot, ndbSlot)
		if err != nil {
			return fmt.Errorf("slot %d: %w", i, err)
		}
		if binary.LittleEndian.Uint32(s) != ndbSlotMagic {
			return fmt.Errorf("slot %d: %w", i, errMalformed)
		}
		pkg, block, blocks := binary.LittleEndian.Uint32(s[4:]), binary.LittleEndian.Uint32(s[8:]), binary.LittleEndian.Uint32(s[12:])
		if pkg == 0 || block == 0 {
			continue // free
		}
		blob, err := ndbBlob(p, pkg, int64(block)*ndbBlock, int64(blocks)*ndbBlock)
		if err != nil {
			if bad++; firstBad == nil {
				firstBad = fmt.Errorf("slot %d: %w", i, err)
			}
			if bad > maxPackages || p.budget < 0 {
				break
			}
			continue
		}
		if err := each(blob); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d packages not read; %w", bad, firstBad)
	}
	return nil
}

func ndbBlob(p *pages, pkg uint32, off, room int64) ([]byte, error) {
	h, err := p.at(off, ndbBlobHeader)
	if err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint32(h[12:]))
	if binary.LittleEndian.Uint32(h) != ndbBlobMagic || binary.LittleEndian.Uint32(h[4:]) != pkg ||
		size > room-ndbBlobHeader-ndbBlobTail {
		return nil, fmt.Errorf("blob of package %d: %w", pkg, errMalformed)
	}
	if size > maxHeader {
		return nil, fmt.Errorf("header of %d bytes: %w", size, walk.ErrLimit)
	}
	if size > p.size {
		return nil, fmt.Errorf("blob of %d bytes in a file of %d: %w", size, p.size, errMalformed)
	}
	b := p.blob(int(size))
	return b, p.fill(b, off+ndbBlobHeader)
}
