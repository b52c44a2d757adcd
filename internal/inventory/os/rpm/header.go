package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Tags of a package header that we read (rpm, include/rpm/rpmtag.h).
const (
	tagName            = 1000
	tagVersion         = 1001
	tagRelease         = 1002
	tagEpoch           = 1003
	tagVendor          = 1011
	tagLicense         = 1014
	tagArch            = 1022
	tagOldFilenames    = 1027
	tagFileStates      = 1029
	tagFileModes       = 1030
	tagFileFlags       = 1037
	tagSourceRPM       = 1044
	tagDirIndexes      = 1116
	tagBasenames       = 1117
	tagDirNames        = 1118
	tagModularityLabel = 5096
)

// Types of a tag's data.
const (
	typeChar        = 1
	typeInt8        = 2
	typeInt16       = 3
	typeInt32       = 4
	typeString      = 6
	typeStringArray = 8
	typeI18NString  = 9
)

const ghostFile = 1 << 6 // RPMFILE_GHOST: not on disk unless somebody made it

// maxDirs bounds the directories of one package; the largest known have 30,000.
const maxDirs = 1 << 18

// header is a package header as the database holds it: two counts, an index
// of entries of 16 bytes, and a store (rpm, docs/manual/format_header.md;
// without the magic and reserved bytes of a package file). All big-endian.
type header struct {
	store []byte
	tags  map[uint32]entry
}

type entry struct {
	kind, off, count uint32
}

func parseHeader(b []byte) (*header, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("header of %d bytes: %w", len(b), errMalformed)
	}
	n, size := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if n == 0 || n > 1<<16 || uint64(8)+uint64(n)*16+uint64(size) > uint64(len(b)) {
		return nil, fmt.Errorf("header of %d bytes with %d entries and %d bytes of data: %w", len(b), n, size, errMalformed)
	}
	h := &header{store: b[8+n*16:][:size], tags: make(map[uint32]entry, 16)}
	for i := range n {
		e := b[8+i*16:]
		tag := binary.BigEndian.Uint32(e)
		switch tag {
		case tagName, tagVersion, tagRelease, tagEpoch, tagVendor, tagLicense, tagArch, tagOldFilenames, tagFileStates, tagFileModes,
			tagFileFlags, tagSourceRPM, tagDirIndexes, tagBasenames, tagDirNames, tagModularityLabel:
			off := binary.BigEndian.Uint32(e[8:])
			if off > size {
				return nil, fmt.Errorf("tag %d at %d of %d bytes: %w", tag, off, size, errMalformed)
			}
			if _, twice := h.tags[tag]; !twice { // the first counts, as in rpm
				h.tags[tag] = entry{kind: binary.BigEndian.Uint32(e[4:]), off: off, count: binary.BigEndian.Uint32(e[12:])}
			}
		}
	}
	return h, nil
}

// text gives a string tag, or the first of several; "" when there is none.
func (h *header) text(tag uint32) string {
	e, ok := h.tags[tag]
	if !ok || e.kind != typeString && e.kind != typeI18NString && e.kind != typeStringArray || e.count == 0 {
		return ""
	}
	s := h.store[e.off:]
	i := bytes.IndexByte(s[:min(len(s), 4096)], 0)
	if i < 0 {
		return ""
	}
	return strings.ToValidUTF8(string(s[:i]), "\uFFFD")
}

// number gives a 32-bit tag; 0 when there is none.
func (h *header) number(tag uint32) uint32 {
	if e, ok := h.tags[tag]; ok && e.kind == typeInt32 && e.count > 0 && len(h.store)-int(e.off) >= 4 {
		return binary.BigEndian.Uint32(h.store[e.off:])
	}
	return 0
}

// ints gives the bytes of an array of numbers of width bytes each; nil when
// there is none or it does not fit.
func (h *header) ints(tag uint32, width int, kinds ...uint32) []byte {
	e, ok := h.tags[tag]
	if !ok || uint64(e.count)*uint64(width) > uint64(len(h.store))-uint64(e.off) {
		return nil
	}
	for _, k := range kinds {
		if e.kind == k {
			return h.store[e.off:][:int(e.count)*width]
		}
	}
	return nil
}

// texts gives a string array's bytes and how many strings it has.
func (h *header) texts(tag uint32) ([]byte, int) {
	e, ok := h.tags[tag]
	if !ok || e.kind != typeStringArray || uint64(e.count) > uint64(len(h.store))-uint64(e.off) {
		return nil, 0
	}
	return h.store[e.off:], int(e.count)
}

// files calls f with each regular file that the package put on disk. The bytes
// are valid only during the call.
func (h *header) files(f func(path []byte)) {
	modes := h.ints(tagFileModes, 2, typeInt16)
	flags := h.ints(tagFileFlags, 4, typeInt32)
	states := h.ints(tagFileStates, 1, typeChar, typeInt8)
	there := func(i int) bool {
		if len(modes) >= 2*(i+1) && binary.BigEndian.Uint16(modes[2*i:])&0o170000 != 0o100000 {
			return false
		}
		if len(flags) >= 4*(i+1) && binary.BigEndian.Uint32(flags[4*i:])&ghostFile != 0 {
			return false
		}
		return len(states) <= i || states[i] == 0 // replaced, left out, or of another architecture
	}
	next := func(b []byte) (s, rest []byte, ok bool) {
		i := bytes.IndexByte(b, 0)
		if i < 0 {
			return nil, nil, false
		}
		return b[:i], b[i+1:], true
	}
	if old, n := h.texts(tagOldFilenames); n > 0 {
		for i := range n {
			s, rest, ok := next(old)
			if !ok {
				return
			}
			if old = rest; there(i) {
				f(s)
			}
		}
		return
	}
	names, n := h.texts(tagBasenames)
	index := h.ints(tagDirIndexes, 4, typeInt32)
	dirBytes, nd := h.texts(tagDirNames)
	var dirs [][]byte
	for range min(nd, maxDirs) {
		s, rest, ok := next(dirBytes)
		if !ok {
			break
		}
		dirs, dirBytes = append(dirs, s), rest
	}
	var path []byte
	for i := range n {
		s, rest, ok := next(names)
		if !ok || len(index) < 4*(i+1) {
			return
		}
		names = rest
		if d := binary.BigEndian.Uint32(index[4*i:]); uint64(d) < uint64(len(dirs)) && there(i) && len(dirs[d])+len(s) < 4096 {
			path = append(append(path[:0], dirs[d]...), s...)
			f(path)
		}
	}
}
