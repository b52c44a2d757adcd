package rpm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"bulwark/internal/walk"
)

const (
	sqliteMagic = "SQLite format 3\x00"
	maxDepth    = 20 // of a b-tree; 2^31 pages need fewer than 12
)

// sqliteFile reads table b-trees. Format: sqlite.org/fileformat2.html.
type sqliteFile struct {
	*pages
	ctx    context.Context
	page   int // bytes of a page
	usable int // without the reserved bytes at its end
}

// readSQLite calls each with the blob column of every row of table Packages.
func readSQLite(ctx context.Context, p *pages, each func(blob []byte) error) error {
	h, err := p.at(0, 100)
	if err != nil {
		return fmt.Errorf("database header: %w", err)
	}
	if string(h[:16]) != sqliteMagic {
		return fmt.Errorf("no SQLite database: %w", errMalformed)
	}
	page := int(binary.BigEndian.Uint16(h[16:]))
	if page == 1 {
		page = 1 << 16
	}
	reserved, encoding := int(h[20]), binary.BigEndian.Uint32(h[56:])
	if page < 512 || page&(page-1) != 0 || page-reserved < 480 {
		return fmt.Errorf("page of %d bytes, %d reserved: %w", page, reserved, errMalformed)
	}
	if encoding > 1 {
		return fmt.Errorf("text encoding %d: %w", encoding, walk.ErrUnsupported)
	}
	f := &sqliteFile{pages: p, ctx: ctx, page: page, usable: page - reserved}

	// sqlite_schema is the table whose tree begins on page 1.
	root := uint32(0)
	errFound := errors.New("found")
	err = f.rows(1, 0, func(row []byte) error {
		cols, ok := columns(row, 4)
		if ok && string(cols[0].bytes) == "table" && string(cols[1].bytes) == "Packages" {
			root = cols[3].integer()
			return errFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return fmt.Errorf("schema: %w", err)
	}
	if root == 0 {
		return fmt.Errorf("no table Packages: %w", errMalformed)
	}
	bad := 0
	err = f.rows(root, 0, func(row []byte) error {
		cols, ok := columns(row, 2)
		if !ok || !cols[1].isBlob {
			bad++
			return nil
		}
		return each(cols[1].bytes)
	})
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d rows of Packages have no blob: %w", bad, errMalformed)
	}
	return err
}

// rows calls each with the payload of every row of the table b-tree at page no.
func (f *sqliteFile) rows(no uint32, depth int, each func(row []byte) error) error {
	if depth > maxDepth {
		return fmt.Errorf("b-tree deeper than %d: %w", maxDepth, errMalformed)
	}
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if no == 0 {
		return fmt.Errorf("page 0: %w", errMalformed)
	}
	b, err := f.at(int64(no-1)*int64(f.page), f.page)
	if err != nil {
		return fmt.Errorf("page %d: %w", no, err)
	}
	b = append([]byte(nil), b[:f.usable]...) // kept while its children are read
	h := 0
	if no == 1 {
		h = 100
	}
	kind, cells := b[h], int(binary.BigEndian.Uint16(b[h+3:]))
	first := h + 8
	if kind == 5 {
		first = h + 12
	}
	if kind != 5 && kind != 13 || first+2*cells > len(b) {
		return fmt.Errorf("page %d: type %d with %d cells is no table page: %w", no, kind, cells, errMalformed)
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(b[first+2*i:]))
		if at < first || at+4 > len(b) {
			return fmt.Errorf("page %d, cell %d at %d: %w", no, i, at, errMalformed)
		}
		cell := b[at:]
		if kind == 5 {
			if err := f.rows(binary.BigEndian.Uint32(cell), depth+1, each); err != nil {
				return err
			}
			continue
		}
		row, err := f.payload(cell)
		if err != nil {
			return fmt.Errorf("page %d, cell %d: %w", no, i, err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if kind == 5 {
		return f.rows(binary.BigEndian.Uint32(b[h+8:]), depth+1, each)
	}
	return nil
}

// payload puts together a row from its leaf cell and overflow pages.
func (f *sqliteFile) payload(cell []byte) ([]byte, error) {
	size, n := varint(cell)
	_, m := varint(cell[n:]) // row id
	if n == 0 || m == 0 {
		return nil, errMalformed
	}
	cell = cell[n+m:]
	if size > maxHeader {
		return nil, fmt.Errorf("row of %d bytes: %w", size, walk.ErrLimit)
	}
	if size > uint64(f.size) {
		return nil, fmt.Errorf("row of %d bytes in a file of %d: %w", size, f.size, errMalformed)
	}
	// How much is local: section 1.6, "B-tree cell format".
	total, local := int(size), int(size)
	if most := f.usable - 35; total > most {
		least := (f.usable-12)*32/255 - 23
		local = least + (total-least)%(f.usable-4)
		if local > most {
			local = least
		}
	}
	if local > len(cell) {
		return nil, errMalformed
	}
	if local == total {
		return cell[:total], nil
	}
	if local+4 > len(cell) {
		return nil, errMalformed
	}
	row := f.blob(total)
	done := copy(row, cell[:local])
	next := binary.BigEndian.Uint32(cell[local:])
	for done < total {
		if next == 0 {
			return nil, fmt.Errorf("overflow chain ends after %d of %d bytes: %w", done, total, errMalformed)
		}
		b, err := f.at(int64(next-1)*int64(f.page), f.page)
		if err != nil {
			return nil, fmt.Errorf("overflow page %d: %w", next, err)
		}
		next = binary.BigEndian.Uint32(b)
		done += copy(row[done:], b[4:f.usable])
	}
	if next != 0 {
		return nil, fmt.Errorf("overflow chain goes on after %d bytes: %w", total, errMalformed)
	}
	return row, nil
}

// column is one value of a record.
type column struct {
	bytes  []byte
	isBlob bool
	isInt  bool
}

func (c column) integer() uint32 {
	if !c.isInt {
		return 0
	}
	v := uint64(0)
	for _, b := range c.bytes {
		v = v<<8 | uint64(b)
	}
	if v > 1<<32-1 {
		return 0
	}
	return uint32(v)
}

// columns reads the first n columns of a record (section 2.1, "Record format").
func columns(row []byte, n int) ([4]column, bool) {
	var out [4]column
	size, k := varint(row)
	if k == 0 || size > uint64(len(row)) || size < uint64(k) {
		return out, false
	}
	head, body := row[k:size], row[size:]
	for i := range n {
		kind, k := varint(head)
		if k == 0 {
			return out, false
		}
		head = head[k:]
		width := uint64(0)
		switch {
		case kind <= 4:
			width, out[i].isInt = kind, kind > 0
		case kind == 5:
			width, out[i].isInt = 6, true
		case kind == 6 || kind == 7:
			width, out[i].isInt = 8, kind == 6
		case kind >= 12:
			width, out[i].isBlob = (kind-12)/2, kind%2 == 0
		}
		if width > uint64(len(body)) {
			return out, false
		}
		out[i].bytes, body = body[:width], body[width:]
	}
	return out, true
}

// varint reads a big-endian number of 1 to 9 bytes; n is 0 when there is none.
func varint(b []byte) (v uint64, n int) {
	for i, c := range b {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// walHeader is the size of a write-ahead log's header: one of this size or less holds nothing.
const walHeader = 32

// leftOverLog looks at a write-ahead log. rpm empties it when it closes the
// database; one with content holds packages that the database file does not.
func leftOverLog(f *walk.File) error {
	var h [walHeader]byte
	if n, err := f.ReadAt(h[:], 0); n < len(h) {
		return fmt.Errorf("write-ahead log: %w", err)
	}
	if binary.BigEndian.Uint32(h[:])&^1 != 0x377f0682 {
		return nil // no frame of such a log counts, says SQLite
	}
	return fmt.Errorf("write-ahead log of %d bytes beside the database; what is only in it is not read: %w", f.Size, walk.ErrUnsupported)
}
