// Package program finds sections in executable files (ELF, Mach-O, PE) by
// reading their headers only: of a program of 100 MB it reads some KiB. Build
// tools of Go and Rust leave there what a program was made of.
//
// Sources: System V ABI (gABI) chapter 4; Apple mach-o/loader.h; Microsoft PE
// format.
package program

import (
	"bytes"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"bulwark/internal/walk"
)

// Format is the format of an executable.
type Format uint8

// Formats.
const (
	None Format = iota
	ELF
	MachO
	PE
)

// MinSize is the size of the smallest header.
const MinSize = 64

// Limits of an ELF file's headers. Real programs have fewer than 100 sections.
const (
	maxSections = 1 << 16
	maxNames    = 4 << 20
)

// ErrPacked is returned for a program that UPX compressed: what it is made of
// can't be seen. It wraps walk.ErrUnsupported.
var ErrPacked = fmt.Errorf("program is packed by UPX: %w", walk.ErrUnsupported)

// PeekAny is the size from which a file is peeked at whatever it is called and
// whatever its mode: a program can be stored without the execute bit, as a
// package's data, to be copied or unpacked later. The smallest program of Go
// (1.26, stripped, does nothing) has 1,080 KiB, and UPX leaves some 400 of it. Of
// the bench image's 74,000 files without execute bit or telling ending 275 are
// as large as this.
const PeekAny = 256 << 10

// Want answers for a detector of programs: executable files, shared libraries
// and large files are peeked at.
func Want(path string, mode fs.FileMode, size int64) walk.Decision {
	if size < MinSize {
		return walk.No
	}
	if mode&0o111 != 0 {
		return walk.Peek
	}
	if size >= PeekAny {
		// Go's module cache has sources only; a program in it is a test's input.
		if i := strings.Index(path, "pkg/mod/"); i < 0 || i > 0 && path[i-1] != '/' {
			return walk.Peek
		}
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	if strings.Contains(base, ".so") || strings.HasSuffix(base, ".exe") || strings.HasSuffix(base, ".dll") || strings.HasSuffix(base, ".dylib") {
		return walk.Peek
	}
	return walk.No
}

// FormatOf tells the format of a linked program or library by its first bytes;
// object files and core dumps are None.
func FormatOf(head []byte) Format {
	if len(head) < 64 {
		return None
	}
	switch {
	case string(head[:4]) == "\x7fELF":
		if t := order(head).Uint16(head[16:]); t == 2 || t == 3 { // ET_EXEC, ET_DYN
			return ELF
		}
	case string(head[:2]) == "MZ":
		return PE
	}
	switch binary.BigEndian.Uint32(head) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe:
		return MachO
	}
	return None
}

func order(head []byte) binary.ByteOrder {
	if head[5] == 2 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Section is one that was found.
type Section struct {
	Name         string
	Offset, Size int64
}

// ErrNoSections is returned for a file whose section table was removed.
var ErrNoSections = errors.New("program has no section table")

// Find gives those of the named sections that the program has and that lie in the file.
func Find(r io.ReaderAt, size int64, names ...string) ([]Section, error) {
	var head [64]byte
	if err := readFull(r, head[:], 0); err != nil {
		return nil, fmt.Errorf("program header: %w", err)
	}
	var found []Section
	keep := func(name string, offset, n uint64) {
		for _, want := range names {
			if name == want && offset <= uint64(size) && n <= uint64(size)-offset {
				found = append(found, Section{name, int64(offset), int64(n)})
			}
		}
	}
	switch FormatOf(head[:]) {
	case ELF:
		err := findELF(r, size, head[:], keep)
		return found, err
	case MachO:
		f, err := macho.NewFile(r)
		if err != nil {
			return nil, fmt.Errorf("mach-o: %w", err)
		}
		for _, s := range f.Sections {
			keep(s.Name, uint64(s.Offset), s.Size)
		}
	case PE:
		f, err := pe.NewFile(r)
		if err != nil {
			// "MZ" begins many things (DOS programs, boot images for EFI) that are no PE.
			return nil, nil
		}
		for _, s := range f.Sections {
			keep(s.Name, uint64(s.Offset), uint64(min(s.Size, max(s.VirtualSize, 1))))
		}
	}
	return found, nil
}

func findELF(r io.ReaderAt, size int64, head []byte, keep func(string, uint64, uint64)) error {
	o := order(head)
	wide := head[4] == 2
	var off uint64
	var entry, n, names uint64
	if wide {
		off, entry, n, names = o.Uint64(head[40:]), uint64(o.Uint16(head[58:])), uint64(o.Uint16(head[60:])), uint64(o.Uint16(head[62:]))
	} else {
		off, entry, n, names = uint64(o.Uint32(head[32:])), uint64(o.Uint16(head[46:])), uint64(o.Uint16(head[48:])), uint64(o.Uint16(head[50:]))
	}
	if off == 0 || n == 0 {
		var more [walk.PeekSize]byte
		k, _ := r.ReadAt(more[:], 0)
		if bytes.Contains(more[:k], []byte("UPX!")) {
			return ErrPacked
		}
		return ErrNoSections
	}
	if wide && entry < 64 || !wide && entry < 40 || n > maxSections || off > uint64(size) || n*entry > uint64(size)-off {
		return fmt.Errorf("elf: section table of %d entries at %d is not in the file", n, off)
	}
	table := make([]byte, n*entry)
	if err := readFull(r, table, int64(off)); err != nil {
		return fmt.Errorf("elf: section table: %w", err)
	}
	at := func(i uint64) (name uint32, kind uint32, offset, length uint64) {
		s := table[i*entry:]
		if wide {
			return o.Uint32(s), o.Uint32(s[4:]), o.Uint64(s[24:]), o.Uint64(s[32:])
		}
		return o.Uint32(s), o.Uint32(s[4:]), uint64(o.Uint32(s[16:])), uint64(o.Uint32(s[20:]))
	}
	if names >= n {
		return errors.New("elf: no section has the names")
	}
	_, _, nOff, nLen := at(names)
	if nLen > maxNames || nOff > uint64(size) || nLen > uint64(size)-nOff {
		return fmt.Errorf("elf: section names of %d bytes at %d are not in the file", nLen, nOff)
	}
	text := make([]byte, nLen)
	if err := readFull(r, text, int64(nOff)); err != nil {
		return fmt.Errorf("elf: section names: %w", err)
	}
	const noBits = 8
	type section struct {
		name           string
		offset, length uint64
	}
	var found []section
	for i := range n {
		name, kind, offset, length := at(i)
		if uint64(name) >= nLen {
			continue
		}
		rest := text[name:]
		end := bytes.IndexByte(rest[:min(len(rest), 64)], 0)
		if end <= 0 {
			continue
		}
		switch s := string(rest[:end]); {
		case kind != noBits:
			found = append(found, section{s, offset, length})
		case s == ".text":
			return nil // debug information that was split off: the program is elsewhere
		}
	}
	for _, s := range found {
		keep(s.name, s.offset, s.length)
	}
	return nil
}

func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
