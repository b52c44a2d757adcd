package layer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"bulwark/internal/walk"
)

// Listing is everything one layer has, sorted by path components (see
// ComparePaths), so that what is below a directory follows it at once.
type Listing struct {
	text  []byte // paths and link targets, one after another
	items []item
	// wants are the numbers of the items that a detector looked at, sorted.
	wants []uint32
	// caps are the file capabilities of those items that have some, as stored in
	// the attribute security.capability; nil where none has.
	caps map[uint32]string
}

// kind is the type of an item; the first values are walk's.
type kind uint8

const (
	kindFile     = kind(walk.TypeFile)
	kindDir      = kind(walk.TypeDir)
	kindSymlink  = kind(walk.TypeSymlink)
	kindOther    = kind(walk.TypeOther)
	kindWhiteout = kind(16)
	kindOpaque   = kind(17) // a directory that hides what lower layers have in it
)

type item struct {
	pathAt, linkAt uint32
	pathLen        uint32
	linkLen        uint32
	mode           fs.FileMode
	uid, gid       uint32
	kind           kind
	size           int64
	// at is where the content begins in the layer's tar, -1 where that is not
	// known or the content is not in one piece.
	at int64
}

// MaxPath is the longest path kept, in bytes: four times what Linux takes.
const MaxPath = 16 << 10

// maxCapability is the most of the attribute security.capability that is kept, in
// bytes; Linux has forms of 12, 20 and 24.
const maxCapability = 32

// maxText bounds the paths of one layer together.
const maxText = 1 << 30

// Len is how many items there are, whiteouts included.
func (l *Listing) Len() int { return len(l.items) }

func (l *Listing) path(i int) string {
	it := &l.items[i]
	return string(l.text[it.pathAt : it.pathAt+it.pathLen])
}

func (l *Listing) rawPath(i int) []byte {
	it := &l.items[i]
	return l.text[it.pathAt : it.pathAt+it.pathLen]
}

func (l *Listing) link(i int) string {
	it := &l.items[i]
	return string(l.text[it.linkAt : it.linkAt+it.linkLen])
}

// ComparePaths orders clean relative paths so that a directory is followed by
// all that is below it: byte by byte, with the slash before every other byte.
func ComparePaths(a, b string) int { return comparePaths(a, b) }

func comparePaths[A, B ~string | ~[]byte](a A, b B) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x == '/' {
			return -1
		}
		if y == '/' {
			return 1
		}
		if x < y {
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

// builder makes a Listing of entries in any order.
type builder struct {
	l Listing
	// links maps symbolic links of this layer to their targets, so that what a
	// tar puts "below" a link lands where an extractor would put it.
	links map[string]string
	// lastDir and lastReal remember the last directory looked up.
	lastDir, lastReal string
	dirs              map[string]struct{} // directories seen or implied
	wanted            []bool
	caps              map[int]string // by number
}

func newBuilder() *builder {
	return &builder{links: map[string]string{}, dirs: map[string]struct{}{"": {}}}
}

var errPathLimit = fmt.Errorf("path is longer than %d bytes: %w", MaxPath, walk.ErrLimit)

// clean makes a tar's name a path relative to the root. escapes is true for a
// name that climbs out of the root; what is left is inside.
func clean(name string) (p string, escapes bool) {
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				escapes = true
				depth = 0
			}
		default:
			depth++
		}
	}
	return escape(path.Clean("/" + name)[1:]), escapes
}

// Names in a tar or on a disk are bytes; everything that speaks of them (records,
// reports) is text. A byte that is no UTF-8 becomes a character of a private
// plane, and so do the bytes of those characters themselves, so that two names
// never become one.
const escapedByte = 0x10f700

// escape makes a name text; almost all names are already.
func escape(name string) string {
	if utf8.ValidString(name) && !strings.Contains(name, "\xf4\x8f\x9c") && !strings.Contains(name, "\xf4\x8f\x9d") && !strings.Contains(name, "\xf4\x8f\x9e") && !strings.Contains(name, "\xf4\x8f\x9f") {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && n == 1 || r >= escapedByte && r <= escapedByte+0xff {
			for _, c := range []byte(name[i : i+n]) {
				b.WriteRune(escapedByte + rune(c))
			}
		} else {
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	return b.String()
}

// unescape gives the bytes of a name that escape made text.
func unescape(name string) string {
	if !strings.Contains(name, "\xf4\x8f") {
		return name
	}
	b := make([]byte, 0, len(name))
	for _, r := range name {
		if r >= escapedByte && r <= escapedByte+0xff {
			b = append(b, byte(r-escapedByte))
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// Show writes the bytes that escape made text as \xNN, for people.
func Show(name string) string {
	if !strings.Contains(name, "\xf4\x8f") {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		if r >= escapedByte && r <= escapedByte+0xff {
			fmt.Fprintf(&b, `\x%02x`, r-escapedByte)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// real follows the links of this layer that lead to p's directory.
func (b *builder) real(p string) string {
	if len(b.links) == 0 {
		return p
	}
	dir, base := splitPath(p)
	if dir == "" {
		return p
	}
	if dir != b.lastDir {
		b.lastReal = b.follow(dir)
		b.lastDir = dir
	}
	if b.lastReal == dir {
		return p
	}
	return joinPath(b.lastReal, base)
}

// follow resolves the directories of a path by the links of this layer.
func (b *builder) follow(dir string) string {
	return followLinks(dir, true, func(p string) (string, bool) {
		t, ok := b.links[p]
		return t, ok
	})
}

// maxLinks is how many links may be followed for one path, as in Linux.
const maxLinks = 40

// followLinks resolves p inside the root: readlink gives the target of a
// symbolic link. A loop ends at maxLinks and gives what was reached. With last
// false the last component is not followed.
func followLinks(p string, last bool, readlink func(string) (string, bool)) string {
	done := ""
	todo := p
	links := 0
	for todo != "" {
		var part string
		part, todo, _ = strings.Cut(todo, "/")
		switch part {
		case "", ".":
			continue
		case "..":
			done, _ = splitPath(done)
			continue
		}
		next := joinPath(done, part)
		if target, ok := readlink(next); ok && (todo != "" || last) && links < maxLinks && len(target)+len(todo) < MaxPath {
			links++
			if strings.HasPrefix(target, "/") {
				done = ""
			}
			if todo == "" {
				todo = target
			} else {
				todo = target + "/" + todo
			}
			continue
		}
		done = next
	}
	return done
}

func splitPath(p string) (dir, base string) {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i], p[i+1:]
	}
	return "", p
}

func joinPath(dir, base string) string {
	if dir == "" {
		return base
	}
	return dir + "/" + base
}

// add takes one entry and gives its number, by which wanted is indexed.
func (b *builder) add(p string, link string, it item) (int, error) {
	if len(p) > MaxPath || len(link) > MaxPath {
		return 0, errPathLimit
	}
	if len(b.l.text)+len(p)+len(link) > maxText || len(b.l.items) >= math.MaxInt32 {
		return 0, fmt.Errorf("the names of one layer: %w", walk.ErrLimit)
	}
	n := len(b.l.items)
	it.pathAt, it.pathLen = uint32(len(b.l.text)), uint32(len(p))
	b.l.text = append(b.l.text, p...)
	it.linkAt, it.linkLen = uint32(len(b.l.text)), uint32(len(link))
	b.l.text = append(b.l.text, link...)
	b.l.items = append(b.l.items, it)
	b.wanted = append(b.wanted, false)
	dir, _ := splitPath(p)
	b.implied(dir)
	switch it.kind {
	case kindDir, kindOpaque:
		b.dirs[p] = struct{}{}
		delete(b.links, p)
		b.lastDir = ""
	case kindSymlink:
		b.links[p] = link
		b.lastDir = ""
	}
	return n, nil
}

// capability notes the value of an entry's attribute security.capability.
func (b *builder) capability(number int, value string) {
	if value == "" {
		return
	}
	if b.caps == nil {
		b.caps = map[int]string{}
	}
	b.caps[number] = value[:min(len(value), maxCapability)]
}

// implied makes sure that the directories above an entry exist.
func (b *builder) implied(dir string) {
	for dir != "" {
		if _, ok := b.dirs[dir]; ok {
			return
		}
		b.dirs[dir] = struct{}{}
		it := item{kind: kindDir, mode: fs.ModeDir | 0o755, at: -1}
		it.pathAt, it.pathLen = uint32(len(b.l.text)), uint32(len(dir))
		b.l.text = append(b.l.text, dir...)
		b.l.items = append(b.l.items, it)
		b.wanted = append(b.wanted, false)
		dir, _ = splitPath(dir)
	}
}

// finish sorts. Of several entries with one path the last counts, as when a tar
// is extracted; a whiteout beside an entry of the same name stays, since it
// speaks of lower layers.
func (b *builder) finish() *Listing {
	n := len(b.l.items)
	order := make([]uint32, n)
	for i := range order {
		order[i] = uint32(i)
	}
	raw := func(i uint32) []byte {
		it := &b.l.items[i]
		return b.l.text[it.pathAt : it.pathAt+it.pathLen]
	}
	slices.SortFunc(order, func(x, y uint32) int {
		if c := comparePaths(raw(x), raw(y)); c != 0 {
			return c
		}
		return int(x) - int(y)
	})
	items := make([]item, 0, n)
	var wants []uint32
	var caps map[uint32]string
	for i := 0; i < n; {
		j := i
		last, white, opaque, want := -1, false, false, false
		for ; j < n && comparePaths(raw(order[j]), raw(order[i])) == 0; j++ {
			switch it := b.l.items[order[j]]; it.kind {
			case kindWhiteout:
				white = true
			case kindOpaque:
				opaque = true
				if last < 0 {
					last = int(order[j])
				}
			default:
				last = int(order[j])
			}
			want = want || b.wanted[order[j]]
		}
		it := b.l.items[order[max(i, j-1)]]
		if last >= 0 {
			it = b.l.items[last]
			if it.kind == kindDir && (opaque || white) {
				// A directory made anew hides what was there, as an opaque one.
				it.kind = kindOpaque
			}
		}
		if want {
			wants = append(wants, uint32(len(items)))
		}
		if c := b.caps[max(last, 0)]; c != "" && last >= 0 && it.kind == kindFile {
			if caps == nil {
				caps = map[uint32]string{}
			}
			caps[uint32(len(items))] = c
		}
		items = append(items, it)
		i = j
	}
	out := &Listing{text: b.l.text, items: items, wants: wants, caps: caps}
	*b = builder{}
	return out
}

// listingVersion is the first byte of an encoded listing.
const listingVersion = 3

// Encode writes the listing compactly: items in order, each path as the length
// it shares with the one before and the rest.
func (l *Listing) Encode() []byte {
	out := make([]byte, 0, len(l.items)*24)
	out = append(out, listingVersion)
	out = binary.AppendUvarint(out, uint64(len(l.items)))
	text := 0
	for i := range l.items {
		text += int(l.items[i].pathLen + l.items[i].linkLen)
	}
	out = binary.AppendUvarint(out, uint64(text))
	var prev []byte
	w := 0
	for i := range l.items {
		it := &l.items[i]
		p := l.rawPath(i)
		shared := 0
		for shared < min(len(prev), len(p)) && prev[shared] == p[shared] {
			shared++
		}
		k := byte(it.kind)
		if w < len(l.wants) && l.wants[w] == uint32(i) {
			k |= 0x80
			w++
		}
		if it.linkLen > 0 {
			k |= 0x40
		}
		capability := l.caps[uint32(i)]
		if capability != "" {
			k |= 0x20
		}
		out = append(out, k)
		out = binary.AppendUvarint(out, uint64(shared))
		out = binary.AppendUvarint(out, uint64(len(p)-shared))
		out = append(out, p[shared:]...)
		out = binary.AppendUvarint(out, uint64(it.mode))
		out = binary.AppendUvarint(out, uint64(it.uid))
		out = binary.AppendUvarint(out, uint64(it.gid))
		if it.kind == kindFile {
			out = binary.AppendUvarint(out, uint64(it.size))
			out = binary.AppendUvarint(out, uint64(it.at+1))
		}
		if it.linkLen > 0 {
			out = binary.AppendUvarint(out, uint64(it.linkLen))
			out = append(out, l.text[it.linkAt:it.linkAt+it.linkLen]...)
		}
		if capability != "" {
			out = append(out, byte(len(capability)))
			out = append(out, capability...)
		}
		prev = p
	}
	return out
}

var errListing = errors.New("listing of a layer is damaged")

// DecodeListing reads what Encode wrote. It believes nothing: any bytes give a
// sorted listing of clean paths or an error.
func DecodeListing(b []byte) (*Listing, error) {
	d := reader{b: b}
	if d.byte() != listingVersion {
		return nil, fmt.Errorf("%w: unknown version", errListing)
	}
	n := d.uvarint()
	if n > uint64(len(b)) { // an item takes several bytes
		return nil, fmt.Errorf("%w: %d items in %d bytes", errListing, n, len(b))
	}
	// How much text there is is only a hint, and worth no more memory than the
	// input makes likely.
	text := min(d.uvarint(), uint64(len(b))*16, maxText)
	l := &Listing{items: make([]item, 0, n), text: make([]byte, 0, text)}
	var prev []byte
	for i := range n {
		k := d.byte()
		it := item{kind: kind(k & 0x1f), at: -1}
		shared, rest := d.uvarint(), d.uvarint()
		if d.err || shared > uint64(len(prev)) || rest > MaxPath || shared+rest > MaxPath {
			return nil, errListing
		}
		if uint64(len(l.text))+shared+rest > maxText {
			return nil, fmt.Errorf("%w: too many names", errListing)
		}
		it.pathAt, it.pathLen = uint32(len(l.text)), uint32(shared+rest)
		l.text = append(l.text, prev[:shared]...)
		l.text = append(l.text, d.bytes(rest)...)
		mode := d.uvarint()
		uid, gid := d.uvarint(), d.uvarint()
		if mode > math.MaxUint32 || uid > math.MaxUint32 || gid > math.MaxUint32 {
			return nil, errListing
		}
		it.mode, it.uid, it.gid = fs.FileMode(mode), uint32(uid), uint32(gid)
		switch it.kind {
		case kindFile:
			size, at := d.uvarint(), d.uvarint()
			if size > math.MaxInt64 || at > math.MaxInt64 {
				return nil, errListing
			}
			it.size, it.at = int64(size), int64(at)-1
		case kindDir, kindSymlink, kindOther, kindWhiteout, kindOpaque:
		default:
			return nil, fmt.Errorf("%w: kind %d", errListing, it.kind)
		}
		if k&0x40 != 0 {
			m := d.uvarint()
			if m > MaxPath || uint64(len(l.text))+m > maxText {
				return nil, errListing
			}
			it.linkAt, it.linkLen = uint32(len(l.text)), uint32(m)
			l.text = append(l.text, d.bytes(m)...)
		}
		if k&0x20 != 0 {
			n := d.byte()
			if n == 0 || n > maxCapability || it.kind != kindFile {
				return nil, errListing
			}
			if l.caps == nil {
				l.caps = map[uint32]string{}
			}
			l.caps[uint32(i)] = string(d.bytes(uint64(n)))
		}
		if d.err {
			return nil, errListing
		}
		p := l.text[it.pathAt : it.pathAt+it.pathLen]
		// What is shared with the path before was looked at there.
		if !isClean(p[componentStart(p, int(shared)):]) && len(p) > 0 || len(p) > 0 && p[len(p)-1] == '/' || i > 0 && comparePaths(prev[shared:], p[shared:]) >= 0 {
			return nil, fmt.Errorf("%w: paths out of order or not clean", errListing)
		}
		prev = p
		if k&0x80 != 0 {
			l.wants = append(l.wants, uint32(i))
		}
		l.items = append(l.items, it)
	}
	if len(d.b) != d.at {
		return nil, fmt.Errorf("%w: bytes left over", errListing)
	}
	return l, nil
}

// componentStart is where the component that byte i is in begins.
func componentStart(p []byte, i int) int {
	for i > 0 && p[i-1] != '/' {
		i--
	}
	return i
}

// isClean reports whether p is a clean path relative to the root. The root
// itself is the empty path.
func isClean(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	start := 0
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		switch part := p[start:i]; {
		case len(part) == 0, len(part) == 1 && part[0] == '.', len(part) == 2 && part[0] == '.' && part[1] == '.':
			return false
		}
		start = i + 1
	}
	return true
}

// reader reads varints with bounds; err stays set.
type reader struct {
	b   []byte
	at  int
	err bool
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.err = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *reader) uvarint() uint64 {
	if r.at < len(r.b) && r.b[r.at] < 0x80 {
		r.at++
		return uint64(r.b[r.at-1])
	}
	v, n := binary.Uvarint(r.b[min(r.at, len(r.b)):])
	if n <= 0 {
		r.err = true
		return 0
	}
	r.at += n
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)-r.at) {
		r.err = true
		return nil
	}
	r.at += int(n)
	return r.b[r.at-int(n) : r.at]
}

// NewListing gives the listing of a layer that has nothing.
func NewListing() *Listing { return newBuilder().finish() }
