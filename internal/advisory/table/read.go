package table

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"unsafe"
)

// Errors of reading. ErrFormat is for a file that is no database of this
// version, ErrCorrupt for one whose insides do not fit together.
var (
	ErrFormat  = errors.New("not an advisory database of this version")
	ErrCorrupt = errors.New("advisory database is damaged")
)

// Limits on what is read of one thing, so that a damaged file costs no time.
const (
	maxList    = 1 << 16
	maxRanges  = 1 << 20
	maxDetails = 1 << 26
)

// File is a database being read. Its methods may be used from any number of
// goroutines.
type File struct {
	data []byte
	sec  [sections][]byte
}

// Parse takes a file's bytes, which must not change while it is used. Strings
// that the methods return are part of data.
func Parse(data []byte) (*File, error) {
	if len(data) < headerSize+sections*16 || string(data[:len(magic)]) != magic {
		return nil, ErrFormat
	}
	if v, n := u32(data, 8), u32(data, 12); v != formatVersion || n != sections {
		return nil, fmt.Errorf("%w: format %d with %d sections", ErrFormat, v, n)
	}
	if size := binary.LittleEndian.Uint64(data[16:]); size != uint64(len(data)) {
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrCorrupt, len(data), size)
	}
	f := &File{data: data}
	for i := range f.sec {
		at := headerSize + i*16
		offset, size := binary.LittleEndian.Uint64(data[at:]), binary.LittleEndian.Uint64(data[at+8:])
		if offset > uint64(len(data)) || size > uint64(len(data))-offset {
			return nil, fmt.Errorf("%w: section %d is outside", ErrCorrupt, i)
		}
		f.sec[i] = data[offset : offset+size : offset+size]
	}
	return f, nil
}

func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }

// row gives row i of a section with rows of the size.
func (f *File) row(section, size int, i uint32) ([]byte, bool) {
	s := f.sec[section]
	if uint64(i) >= uint64(len(s)/size) {
		return nil, false
	}
	at := int(i) * size
	return s[at : at+size : at+size], true
}

// Verify reads the whole file and compares its hash with the one it carries.
func (f *File) Verify() error {
	h := sha256.New()
	h.Write(f.data[:hashOffset])
	h.Write(make([]byte, sha256.Size))
	h.Write(f.data[hashOffset+sha256.Size:])
	if !bytes.Equal(h.Sum(nil), f.data[hashOffset:hashOffset+sha256.Size]) {
		return fmt.Errorf("%w: its SHA-256 is not the one it carries", ErrCorrupt)
	}
	return nil
}

// Hash is the SHA-256 that the file carries, in hexadecimal.
func (f *File) Hash() string {
	return hex.EncodeToString(f.data[hashOffset : hashOffset+sha256.Size])
}

// Day is the day that the data is of.
func (f *File) Day() Day { return Day(u32(f.data, 24)) }

// Size of the file in bytes.
func (f *File) Size() int { return len(f.data) }

// Meta reads the JSON part.
func (f *File) Meta() (Meta, error) {
	var m Meta
	if err := json.Unmarshal(f.sec[secMeta], &m); err != nil {
		return m, fmt.Errorf("%w: meta: %v", ErrCorrupt, err) //nolint:errorlint // the cause is shown, ErrCorrupt decides
	}
	return m, nil
}

// Records is the number of records.
func (f *File) Records() int { return len(f.sec[secRecords]) / recordSize }

// Flaws is the number of flaws.
func (f *File) Flaws() int { return len(f.sec[secFlaws]) / flawSize }

// Packages is the number of packages.
func (f *File) Packages() int { return max(0, len(f.sec[secPackages])/packageSize-1) }

// Entries is the number of pairs of a package and a record.
func (f *File) Entries() int { return len(f.sec[secEntries]) / entrySize }

// view gives bytes of the file as a string without a copy; the file never changes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// line gives string i of a section of offsets and one of bytes.
func (f *File) line(offsets, all int, i uint32) (string, bool) {
	o := f.sec[offsets]
	if uint64(i)+1 >= uint64(len(o)/4) {
		return "", false
	}
	from, to := u32(o, int(i)*4), u32(o, int(i)*4+4)
	if from > to || uint64(to) > uint64(len(f.sec[all])) {
		return "", false
	}
	return view(f.sec[all][from:to]), true
}

func (f *File) str(i uint32) (string, bool) { return f.line(secStrings, secStringBytes, i) }

// optional reads a string + 1.
func (f *File) optional(i uint32) (string, bool) {
	if i == 0 {
		return "", true
	}
	return f.str(i - 1)
}

// name unpacks identifier i.
func (f *File) name(i uint32) (string, bool) {
	block, ok := f.line(secNames, secNameBytes, i/nameBlock)
	if !ok {
		return "", false
	}
	var buf [maxName]byte
	n := 0
	for k := uint32(0); ; k++ {
		if len(block) < 2 {
			return "", false
		}
		shared, rest := int(block[0]), int(block[1])
		if shared > n || shared+rest > maxName || len(block) < 2+rest {
			return "", false
		}
		copy(buf[shared:], block[2:2+rest])
		n = shared + rest
		if k == i%nameBlock {
			return string(buf[:n]), true
		}
		block = block[2+rest:]
	}
}

// FindName gives the number of an identifier.
func (f *File) FindName(s string) (uint32, bool) {
	blocks := max(0, len(f.sec[secNames])/4-1)
	b := sort.Search(blocks, func(b int) bool {
		n, ok := f.name(uint32(b * nameBlock))
		return ok && n > s
	})
	if b == 0 {
		return 0, false
	}
	for k := range nameBlock {
		i := uint32((b-1)*nameBlock + k)
		if n, ok := f.name(i); ok && n == s {
			return i, true
		}
	}
	return 0, false
}

// list calls yield for each number of the list at the place + 1, 0 being the empty list.
func (f *File) list(at uint32, yield func(uint32) bool) bool {
	if at == 0 {
		return true
	}
	for n := 0; n < maxList; n++ {
		row, ok := f.row(secLists, 4, at-1)
		if !ok {
			return false
		}
		v := u32(row, 0)
		if !yield(v &^ lastBit) {
			return false
		}
		if v&lastBit != 0 {
			return true
		}
		at++
	}
	return false
}

func (f *File) nameList(at uint32) (out []string, ok bool) {
	ok = f.list(at, func(v uint32) bool {
		n, ok := f.name(v)
		out = append(out, n)
		return ok
	})
	return out, ok
}

func (f *File) ratingList(at uint32) (out []Rating, ok bool) {
	ok = f.list(at, func(v uint32) bool {
		row, ok := f.row(secRatings, ratingSize, v)
		if !ok {
			return false
		}
		vector, ok1 := f.optional(u32(row, 0))
		source, ok2 := f.str(u32(row, 4))
		out = append(out, Rating{Severity: severity(u16(row, 10)), Score: u16(row, 8), Vector: vector, Source: source})
		return ok1 && ok2
	})
	return out, ok
}

// Found is a package of the file.
type Found struct {
	Covered      bool
	first, after uint32 // entries
}

// Entries is how many records concern the package.
func (p Found) Entries() int { return int(p.after - p.first) }

// Find looks a package up.
func (f *File) Find(ecosystem, name string) (Found, bool, error) {
	buckets := len(f.sec[secBuckets])/4 - 1
	if buckets < 1 || buckets&(buckets-1) != 0 {
		return Found{}, false, ErrCorrupt
	}
	h := hashPackage(ecosystem, name)
	at := int(h&uint64(buckets-1)) * 4
	first, after := u32(f.sec[secBuckets], at), u32(f.sec[secBuckets], at+4)
	for i := first; i < after; i++ {
		row, ok := f.row(secPackages, packageSize, i)
		if !ok {
			return Found{}, false, ErrCorrupt
		}
		if u32(row, 0) != uint32(h>>32) {
			continue
		}
		p, eco, n, err := f.packageRow(i)
		if err != nil {
			return Found{}, false, err
		}
		if n == name && eco == ecosystem {
			return p, true, nil
		}
	}
	return Found{}, false, nil
}

func (f *File) packageRow(i uint32) (p Found, ecosystem, name string, err error) {
	row, ok1 := f.row(secPackages, packageSize, i)
	next, ok2 := f.row(secPackages, packageSize, i+1)
	if !ok1 || !ok2 {
		return p, "", "", ErrCorrupt
	}
	name, ok1 = f.str(u32(row, 8))
	eco, ok2 := f.row(secEcosystems, 4, uint32(u16(row, 4)))
	if !ok1 || !ok2 {
		return p, "", "", ErrCorrupt
	}
	if ecosystem, ok1 = f.str(u32(eco, 0)); !ok1 {
		return p, "", "", ErrCorrupt
	}
	p = Found{Covered: u16(row, 6)&flagCovered != 0, first: u32(row, 12), after: u32(next, 12)}
	if p.first > p.after || uint64(p.after) > uint64(f.Entries()) {
		return p, "", "", ErrCorrupt
	}
	return p, ecosystem, name, nil
}

// Ref is an entry of a package, read as far as is needed to match it.
type Ref struct {
	Record uint32
	ranges uint32
}

// Entry gives entry i of the package.
func (f *File) Entry(p Found, i int) (Ref, error) {
	row, ok := f.row(secEntries, entrySize, p.first+uint32(i))
	if !ok {
		return Ref{}, ErrCorrupt
	}
	return Ref{u32(row, 0), u32(row, 4)}, nil
}

// Ranges calls yield for each range of the entry until it returns false.
func (f *File) Ranges(e Ref, yield func(Range) bool) error {
	for n := uint32(0); n < maxRanges; n++ {
		row, ok := f.row(secRanges, rangeSize, e.ranges+n)
		if !ok {
			return ErrCorrupt
		}
		end := u32(row, 4)
		from, ok1 := f.optional(u32(row, 0))
		to, ok2 := f.optional(end & rangeValue)
		if !ok1 || !ok2 {
			return ErrCorrupt
		}
		if !yield(Range{Start: from, End: to, Kind: EndKind(end >> 30)}) || end&rangeLast != 0 {
			return nil
		}
	}
	return ErrCorrupt
}

// RecordFlaws calls yield with each flaw of a record.
func (f *File) RecordFlaws(i uint32, yield func(flaw uint32) bool) error {
	row, ok := f.row(secRecords, recordSize, i)
	if !ok {
		return ErrCorrupt
	}
	v := u32(row, 4)
	if v&lastBit == 0 {
		if uint64(v) >= uint64(f.Flaws()) {
			return ErrCorrupt
		}
		yield(v)
		return nil
	}
	stopped := false
	if !f.list(v&^lastBit+1, func(flaw uint32) bool {
		if uint64(flaw) >= uint64(f.Flaws()) {
			return false
		}
		stopped = !yield(flaw)
		return !stopped
	}) && !stopped {
		return ErrCorrupt
	}
	return nil
}

// Module gives the module stream of a record, which is empty for most.
func (f *File) Module(i uint32) (string, error) {
	row, ok := f.row(secRecords, recordSize, i)
	if !ok {
		return "", ErrCorrupt
	}
	extra := u32(row, 12)
	if extra == 0 {
		return "", nil
	}
	row, ok = f.row(secExtras, extraSize, extra-1)
	if !ok {
		return "", ErrCorrupt
	}
	module, ok := f.optional(u32(row, 4))
	if !ok {
		return "", ErrCorrupt
	}
	return module, nil
}

// Record reads a record but for its details.
func (f *File) Record(i uint32) (Record, error) {
	var r Record
	row, ok := f.row(secRecords, recordSize, i)
	if !ok {
		return r, ErrCorrupt
	}
	if r.ID, ok = f.name(u32(row, 0)); !ok {
		return r, ErrCorrupt
	}
	if err := f.RecordFlaws(i, func(flaw uint32) bool {
		r.Flaws = append(r.Flaws, int(flaw))
		return true
	}); err != nil {
		return r, err
	}
	if r.Ratings, ok = f.ratingList(u32(row, 8)); !ok {
		return r, ErrCorrupt
	}
	r.Published, r.Modified = Day(u16(row, 16)), Day(u16(row, 18))
	r.Source, r.Informational = int(u16(row, 20)), Informational(u16(row, 22))
	if extra := u32(row, 12); extra != 0 {
		row, ok := f.row(secExtras, extraSize, extra-1)
		if !ok {
			return r, ErrCorrupt
		}
		var ok1, ok2 bool
		r.Loose, ok1 = f.nameList(u32(row, 0))
		r.Module, ok2 = f.optional(u32(row, 4))
		if !ok1 || !ok2 {
			return r, ErrCorrupt
		}
		if s := u32(row, 8); s != 0 {
			if r.Summary, ok = f.line(secSummaries, secSummaryBytes, s-1); !ok {
				return r, ErrCorrupt
			}
		}
		r.Withdrawn = Day(u16(row, 16))
	}
	return r, nil
}

// Details unpacks a record's text; empty when the file holds none.
func (f *File) Details(i uint32) (string, error) {
	row, ok := f.row(secRecords, recordSize, i)
	if !ok {
		return "", ErrCorrupt
	}
	extra := u32(row, 12)
	if extra == 0 {
		return "", nil
	}
	if row, ok = f.row(secExtras, extraSize, extra-1); !ok {
		return "", ErrCorrupt
	}
	at := u32(row, 12)
	if at == 0 {
		return "", nil
	}
	if row, ok = f.row(secDetails, detailSize, at-1); !ok {
		return "", ErrCorrupt
	}
	packed, ok := f.line(secBlocks, secBlockBytes, u32(row, 0))
	offset, size := u32(row, 4), u32(row, 8)
	if !ok || offset > maxDetails || size > maxDetails {
		return "", ErrCorrupt
	}
	z := flate.NewReader(bytes.NewReader([]byte(packed)))
	if _, err := io.CopyN(io.Discard, z, int64(offset)); err != nil {
		return "", ErrCorrupt
	}
	var text bytes.Buffer
	if n, err := io.CopyN(&text, z, int64(size)); err != nil || n != int64(size) {
		return "", ErrCorrupt
	}
	return text.String(), nil
}

// Flaw reads a flaw.
func (f *File) Flaw(i uint32) (Flaw, error) {
	var v Flaw
	row, ok := f.row(secFlaws, flawSize, i)
	if !ok {
		return v, ErrCorrupt
	}
	var ok1, ok2, ok3 bool
	v.Name, ok1 = f.name(u32(row, 0))
	v.Aliases, ok2 = f.nameList(u32(row, 4))
	v.Ratings, ok3 = f.ratingList(u32(row, 8))
	if !ok1 || !ok2 || !ok3 {
		return v, ErrCorrupt
	}
	extra := u32(row, 12)
	if extra == 0 {
		return v, nil
	}
	if row, ok = f.row(secFlawExtras, flawExtraSize, extra-1); !ok {
		return v, ErrCorrupt
	}
	if !f.list(u32(row, 0), func(n uint32) bool {
		v.CWEs = append(v.CWEs, n)
		return true
	}) {
		return v, ErrCorrupt
	}
	v.KEVAdded, v.KEVDue, v.Ransomware = Day(u16(row, 4)), Day(u16(row, 6)), u32(row, 8)&flagRansomware != 0
	return v, nil
}

// FlawsNamed gives the flaws that carry the name, as theirs or as an alias, and
// the records that are called so or hold it as a loose name. It reads all
// flaws and records, about a millisecond for 50,000.
func (f *File) FlawsNamed(name string) (flaws, records []uint32, err error) {
	id, ok := f.FindName(name)
	if !ok {
		return nil, nil, nil
	}
	has := func(at uint32) bool {
		found := false
		f.list(at, func(v uint32) bool {
			found = found || v == id
			return !found
		})
		return found
	}
	for i := range uint32(f.Flaws()) {
		row, _ := f.row(secFlaws, flawSize, i)
		if u32(row, 0) == id || has(u32(row, 4)) {
			flaws = append(flaws, i)
		}
	}
	for i := range uint32(f.Records()) {
		row, _ := f.row(secRecords, recordSize, i)
		if u32(row, 0) == id {
			records = append(records, i)
			continue
		}
		if extra := u32(row, 12); extra != 0 {
			row, ok := f.row(secExtras, extraSize, extra-1)
			if !ok {
				return nil, nil, ErrCorrupt
			}
			if has(u32(row, 0)) {
				records = append(records, i)
			}
		}
	}
	return flaws, records, nil
}

// RecordsOf gives all records that concern one of the flaws.
func (f *File) RecordsOf(flaws []uint32) ([]uint32, error) {
	wanted := make(map[uint32]bool, len(flaws))
	for _, v := range flaws {
		wanted[v] = true
	}
	var out []uint32
	for i := range uint32(f.Records()) {
		found := false
		if err := f.RecordFlaws(i, func(v uint32) bool {
			found = found || wanted[v]
			return !found
		}); err != nil {
			return nil, err
		}
		if found {
			out = append(out, i)
		}
	}
	return out, nil
}

// All calls yield for every package, in the file's own order, until it returns false.
func (f *File) All(yield func(ecosystem, name string, p Found) bool) error {
	for i := range uint32(f.Packages()) {
		p, ecosystem, name, err := f.packageRow(i)
		if err != nil {
			return err
		}
		if !yield(ecosystem, name, p) {
			return nil
		}
	}
	return nil
}

// Model reads everything back.
func (f *File) Model() (*Model, error) {
	meta, err := f.Meta()
	if err != nil {
		return nil, err
	}
	m := &Model{Meta: meta}
	for i := range uint32(f.Flaws()) {
		v, err := f.Flaw(i)
		if err != nil {
			return nil, err
		}
		m.Flaws = append(m.Flaws, v)
	}
	for i := range uint32(f.Records()) {
		r, err := f.Record(i)
		if err != nil {
			return nil, err
		}
		if r.Details, err = f.Details(i); err != nil {
			return nil, err
		}
		m.Records = append(m.Records, r)
	}
	var inner error
	err = f.All(func(ecosystem, name string, found Found) bool {
		p := Package{Ecosystem: ecosystem, Name: name, Covered: found.Covered}
		for i := range found.Entries() {
			ref, err := f.Entry(found, i)
			if err != nil {
				inner = err
				return false
			}
			e := Entry{Record: int(ref.Record)}
			if inner = f.Ranges(ref, func(r Range) bool {
				e.Ranges = append(e.Ranges, r)
				return true
			}); inner != nil {
				return false
			}
			p.Entries = append(p.Entries, e)
		}
		m.Packages = append(m.Packages, p)
		return true
	})
	if err == nil {
		err = inner
	}
	if err != nil {
		return nil, err
	}
	sort.Slice(m.Packages, func(i, j int) bool { return comparePackages(&m.Packages[i], &m.Packages[j]) < 0 })
	return m, nil
}
