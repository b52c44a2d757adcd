// Package owned is how the extractors of operating system packages tell the
// merge which files a package brought: a compact fact, made in the worker and
// read by inventory.Merge.
//
// It promises that what Encode wrote is what Each reads, in order, and that
// Each survives any bytes. It does not keep every path: a package manager's
// list is mostly documentation, translations and sources that no extractor
// would ever look at, and [Worth] leaves those out. What stays are programs,
// libraries, archives and the files by which language packages are known; a
// Debian image of 25,000 listed paths keeps about a fifth of them.
//
// # Format
//
// A sequence of lists. A list is its package's name and architecture, each a
// uvarint length and bytes, a uvarint count of paths, and the paths front
// coded: uvarint number of leading bytes shared with the path before, uvarint
// length of the rest, the rest.
package owned

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
)

// Kind of the fact.
const Kind = "owned-files"

// MaxPath is the longest path that is kept; Linux opens none longer.
const MaxPath = 4096

// MaxData is the most that one fact holds. A full desktop's packages need 2
// MiB; a hostile rpm header can spell a million long paths in a few bytes each.
const MaxData = 16 << 20

// Encoder builds the data of a fact.
type Encoder struct {
	buf []byte
	// paths of the list under way
	body  []byte
	count int
	prev  []byte
	name  string
	arch  string
	open  bool
	full  bool
}

// Package begins the list of a package.
func (e *Encoder) Package(name, arch string) {
	e.close()
	e.name, e.arch, e.open = name, arch, true
}

// Path adds a path relative to the root. One not worth keeping, not clean
// (fs.ValidPath) or too long is dropped. p is not kept.
func (e *Encoder) Path(p []byte) {
	if !e.open || len(p) > MaxPath || !Worth(p) || !fs.ValidPath(string(p)) || string(p) == "." {
		return
	}
	if len(e.buf)+len(e.body)+len(p) > MaxData {
		e.full = true
		return
	}
	shared := 0
	for shared < len(p) && shared < len(e.prev) && p[shared] == e.prev[shared] {
		shared++
	}
	e.body = binary.AppendUvarint(e.body, uint64(shared))
	e.body = binary.AppendUvarint(e.body, uint64(len(p)-shared))
	e.body = append(e.body, p[shared:]...)
	e.count++
	e.prev = append(e.prev[:0], p...)
}

func (e *Encoder) close() {
	if e.count > 0 {
		e.buf = appendString(e.buf, e.name)
		e.buf = appendString(e.buf, e.arch)
		e.buf = binary.AppendUvarint(e.buf, uint64(e.count))
		e.buf = append(e.buf, e.body...)
	}
	e.body, e.count, e.prev, e.open = e.body[:0], 0, e.prev[:0], false
}

// Data ends the last list and gives the fact's data; nil when no path was worth keeping.
func (e *Encoder) Data() []byte {
	e.close()
	return e.buf
}

// Truncated reports whether paths were left out because there were too many.
func (e *Encoder) Truncated() bool { return e.full }

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errMalformed = errors.New("malformed list of owned files")

// Each calls list for every package and path for each of its paths. The bytes
// given to path are valid only during the call.
func Each(data []byte, list func(name, arch string), path func(p []byte)) error {
	var cur []byte
	number := func(most int) (int, bool) {
		v, n := binary.Uvarint(data)
		if n <= 0 || v > uint64(most) {
			return 0, false
		}
		data = data[n:]
		return int(v), true
	}
	text := func() (string, bool) {
		n, ok := number(MaxPath)
		if !ok || n > len(data) {
			return "", false
		}
		s := string(data[:n])
		data = data[n:]
		return s, true
	}
	for len(data) > 0 {
		name, ok1 := text()
		arch, ok2 := text()
		count, ok3 := number(len(data)) // each path takes two bytes or more
		if !ok1 || !ok2 || !ok3 {
			return errMalformed
		}
		list(name, arch)
		cur = cur[:0]
		for range count {
			shared, ok1 := number(len(cur))
			rest, ok2 := number(MaxPath)
			if !ok1 || !ok2 || rest > len(data) || shared+rest > MaxPath {
				return errMalformed
			}
			cur = append(cur[:shared], data[:rest]...)
			data = data[rest:]
			path(cur)
		}
	}
	return nil
}

// Worth reports whether an extractor might look at a file of this name: it is
// false only where none does, by directory or by suffix.
func Worth(p []byte) bool {
	top, rest, _ := bytes.Cut(p, []byte("/"))
	switch string(top) {
	case "etc", "dev", "boot", "proc", "sys", "run", "tmp":
		return false
	case "usr":
		dir, rest, _ := bytes.Cut(rest, []byte("/"))
		switch string(dir) {
		case "include":
			return false
		case "share":
			if sub, _, _ := bytes.Cut(rest, []byte("/")); dullShare[string(sub)] {
				return false
			}
		}
	}
	base := p[bytes.LastIndexByte(p, '/')+1:]
	dot := bytes.LastIndexByte(base, '.')
	if dot < 0 {
		return true
	}
	switch string(base[dot+1:]) {
	case "json":
		switch string(base) {
		case "package.json", "package-lock.json", ".package-lock.json", "npm-shrinkwrap.json", "installed.json", "composer.json":
			return true
		}
		return false
	case "txt":
		return string(base) == "requirements.txt" || string(base) == "top_level.txt"
	}
	return !dullSuffix[string(base[dot+1:])]
}

// Directories of usr/share in which no package of a language is.
var dullShare = map[string]bool{
	"doc": true, "man": true, "locale": true, "info": true, "icons": true, "i18n": true, "zoneinfo": true,
	"bash-completion": true, "zsh": true, "fish": true, "lintian": true, "common-licenses": true, "licenses": true,
	"mime": true, "fonts": true, "X11": true, "vim": true, "applications": true, "pixmaps": true, "help": true,
	"terminfo": true, "tabset": true, "perl": true, "perl5": true, "pkgconfig": true, "aclocal": true, "misc": true,
	"gtk-doc": true, "themes": true, "sounds": true, "dict": true, "emacs": true, "keymaps": true, "consolefonts": true,
	"debconf": true, "menu": true, "doc-base": true, "systemd": true, "polkit-1": true, "dbus-1": true, "xml": true, "sgml": true,
}

// Suffixes of files that no extractor reads.
var dullSuffix = map[string]bool{
	"py": true, "pyc": true, "pyi": true, "pyo": true, "h": true, "hh": true, "hpp": true, "c": true, "cc": true, "cpp": true, "S": true,
	"js": true, "mjs": true, "cjs": true, "ts": true, "map": true, "css": true, "html": true, "htm": true, "md": true, "rst": true,
	"pm": true, "pl": true, "pod": true, "ph": true, "al": true, "tcl": true, "rb": true, "el": true, "elc": true, "php": true, "lua": true,
	"mo": true, "po": true, "gz": true, "xz": true, "bz2": true, "png": true, "svg": true, "gif": true, "jpg": true, "ico": true,
	"ttf": true, "pfb": true, "afm": true, "otf": true, "conf": true, "cfg": true, "service": true, "socket": true, "timer": true,
	"target": true, "rules": true, "xml": true, "xsl": true, "dtd": true, "yaml": true, "yml": true, "ini": true, "pc": true,
	"a": true, "o": true, "la": true, "ko": true, "sh": true, "awk": true, "m4": true, "cmake": true, "dat": true, "csv": true,
	"pem": true, "crt": true, "list": true, "md5sums": true, "desktop": true, "vim": true,
	"tmpl": true, "in": true, "am": true, "hwdb": true, "build-id": true,
}
