package gitpack

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
)

// Type is the type of an object, as packs number them.
type Type uint8

// Types of objects. The two kinds of deltas are resolved before an object is given.
const (
	Commit   Type = 1
	Tree     Type = 2
	Blob     Type = 3
	Tag      Type = 4
	ofsDelta Type = 6
	refDelta Type = 7
)

func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return "object of type " + strconv.Itoa(int(t))
}

// ID is the SHA-1 name of an object.
type ID [20]byte

// Limits bound what one file may cost.
type Limits struct {
	// Objects is the most objects of one pack.
	Objects int
	// ObjectBytes is the largest object that is put together.
	ObjectBytes int64
	// HeldBytes is the most that is held of the bases of a chain of deltas.
	HeldBytes int64
	// InflatedBytes is the most that all objects of a pack come to.
	InflatedBytes int64
}

// DefaultLimits are those where nothing else was said.
func DefaultLimits() Limits {
	return Limits{Objects: 4 << 20, ObjectBytes: 64 << 20, HeldBytes: 192 << 20, InflatedBytes: 64 << 30}
}

// ErrNotPack says that a file is no pack.
var ErrNotPack = errors.New("not a Git pack")

// ErrCorrupt says that a pack, an object or a delta makes no sense.
var ErrCorrupt = errors.New("corrupt Git object")

// ErrLimit says that a limit was met.
var ErrLimit = errors.New("limit of a Git pack")

// Stats say what became of a pack's objects.
type Stats struct {
	Objects int
	// NotRead counts objects that could not be put together; Why is the first reason.
	NotRead int
	Why     error
}

func (s *Stats) lose(n int, err error) {
	if n == 0 {
		return
	}
	if s.NotRead += n; s.Why == nil {
		s.Why = err
	}
}

// entry is one object of a pack.
type entry struct {
	offset int64 // of its header
	data   int64 // of its compressed bytes
	size   int64 // inflated; of a delta, that of the delta
	typ    Type
	// children are deltas on this object: first is one more than the index of
	// the first, next that of the following one in its parent's list.
	first, next uint32
	base        int64 // offset of an ofsDelta's base
}

// Visit is called with every object, in no order. data must not be kept.
type Visit func(id ID, t Type, data []byte) error

// Pack is an open pack file. It is used by one goroutine at a time.
type Pack struct {
	ctx     context.Context
	r       io.ReaderAt
	size    int64
	lim     Limits
	stats   Stats // of opening
	entries []entry
	// refs are bases of reference deltas, by the delta's index; names are the
	// objects that are such bases, with one more than the index of their first delta.
	refs  map[uint32]ID
	names map[ID]uint32
	z     io.ReadCloser
	buf   *bufio.Reader
	out   int64
	// of one run of Objects
	visit Visit
	done  map[ID]bool // of names
	sum   hash.Hash
	held  int64
	run   Stats
	spare [][]byte
}

// Open lists the objects of the pack in r. The error is of the pack as a whole,
// or of the context; of a pack that is cut, what comes before is listed.
func Open(ctx context.Context, r io.ReaderAt, size int64, lim Limits) (*Pack, error) {
	p := &Pack{ctx: ctx, r: r, size: size, lim: lim, names: map[ID]uint32{}, refs: map[uint32]ID{}, sum: sha1.New()}
	return p, p.read()
}

// Objects gives every object of the types (all where none is named) to visit.
// The error is of the context or of visit; objects lost singly are counted.
func (p *Pack) Objects(ctx context.Context, visit Visit, types ...Type) (Stats, error) {
	p.ctx, p.visit, p.run, p.done = ctx, visit, p.stats, map[ID]bool{}
	deltas := 0
	for i := range p.entries {
		e := &p.entries[i]
		if e.typ == ofsDelta || e.typ == refDelta {
			deltas++
			continue
		}
		if i%256 == 0 && ctx.Err() != nil {
			return p.run, ctx.Err()
		}
		n, err := p.chain(uint32(i), len(types) == 0 || slices.Contains(types, e.typ))
		if err != nil {
			return p.run, err
		}
		deltas -= n
	}
	p.run.lose(deltas, fmt.Errorf("%w: deltas whose base is not in this pack, or not readable", ErrCorrupt))
	return p.run, nil
}

const trailer = sha1.Size

func (p *Pack) read() error {
	head := make([]byte, 12)
	if n, err := p.r.ReadAt(head, 0); n < len(head) {
		return fmt.Errorf("%w: %d bytes: %w", ErrNotPack, p.size, cause(err))
	}
	version := binary.BigEndian.Uint32(head[4:])
	if !bytes.Equal(head[:4], []byte("PACK")) || version != 2 && version != 3 {
		return fmt.Errorf("%w: header %q", ErrNotPack, head[:8])
	}
	count := int(binary.BigEndian.Uint32(head[8:]))
	if count > p.lim.Objects {
		return fmt.Errorf("%w: %d objects, at most %d are read", ErrLimit, count, p.lim.Objects)
	}
	// Each object takes two bytes at least: what a header claims costs nothing.
	p.entries = make([]entry, 0, min(count, int(p.size/2)+1))
	p.stats.Objects = count
	lost := p.list(count)
	if lost != nil && p.ctx.Err() != nil {
		return p.ctx.Err()
	}
	p.stats.lose(count-len(p.entries), lost)
	p.link()
	return nil
}

// cause is err, or io.ErrUnexpectedEOF where a reader said only that it ended.
func cause(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// counted counts what a reader of bytes was asked for.
type counted struct {
	r *bufio.Reader
	n int64
}

func (c *counted) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// list goes through the pack once and notes where each object is. It ends with
// the first that can't be followed, since no other mark shows where the next begins.
func (p *Pack) list(count int) error {
	at := int64(12)
	in := &counted{r: bufio.NewReaderSize(io.NewSectionReader(p.r, at, p.size-at), 64<<10)}
	for i := range count {
		if i%1024 == 0 && p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		e := entry{offset: at + in.n}
		if e.offset >= p.size-trailer {
			return fmt.Errorf("%w: the pack ends after %d of %d objects", ErrCorrupt, i, count)
		}
		base, err := p.header(in, &e)
		if err != nil {
			return err
		}
		e.data = at + in.n
		if err := p.inflateReader(in); err != nil {
			return err
		}
		// Tolerate an object that is larger than it says: it is refused when it is read.
		n, err := io.Copy(io.Discard, io.LimitReader(p.z, p.lim.InflatedBytes-p.out+1))
		if p.out += n; p.out > p.lim.InflatedBytes {
			return fmt.Errorf("%w: more than %d bytes in all objects", ErrLimit, p.lim.InflatedBytes)
		}
		if err != nil {
			return fmt.Errorf("%w: object at %d: %w", ErrCorrupt, e.offset, cause(err))
		}
		if e.typ == refDelta {
			p.refs[uint32(len(p.entries))] = base
		}
		p.entries = append(p.entries, e)
	}
	return nil
}

// inflateReader makes p.z read from in.
func (p *Pack) inflateReader(in io.Reader) error {
	if p.z == nil {
		z, err := zlib.NewReader(in)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, cause(err))
		}
		p.z = z
		return nil
	}
	if err := p.z.(zlib.Resetter).Reset(in, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, cause(err))
	}
	return nil
}

// header reads type, size and base.
func (p *Pack) header(in io.ByteReader, e *entry) (base ID, err error) {
	b, err := in.ReadByte()
	if err != nil {
		return base, fmt.Errorf("%w: header: %w", ErrCorrupt, cause(err))
	}
	e.typ = Type(b >> 4 & 7)
	size := uint64(b & 15)
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = in.ReadByte(); err != nil || shift > 56 {
			return base, fmt.Errorf("%w: size of the object at %d", ErrCorrupt, e.offset)
		}
		size |= uint64(b&0x7f) << shift
	}
	if size > 1<<62 {
		return base, fmt.Errorf("%w: size of the object at %d", ErrCorrupt, e.offset)
	}
	e.size = int64(size)
	switch e.typ {
	case Commit, Tree, Blob, Tag:
	case ofsDelta:
		var back int64
		for i := 0; ; i++ {
			if b, err = in.ReadByte(); err != nil || i > 8 {
				return base, fmt.Errorf("%w: base of the object at %d", ErrCorrupt, e.offset)
			}
			back = back<<7 | int64(b&0x7f)
			if b&0x80 == 0 {
				break
			}
			back++
		}
		e.base = e.offset - back
	case refDelta:
		for i := range base {
			if base[i], err = in.ReadByte(); err != nil {
				return base, fmt.Errorf("%w: base of the object at %d", ErrCorrupt, e.offset)
			}
		}
	default:
		return base, fmt.Errorf("%w: type %d of the object at %d", ErrCorrupt, e.typ, e.offset)
	}
	return base, nil
}

// link joins deltas to their bases.
func (p *Pack) link() {
	for i := range p.entries {
		e := &p.entries[i]
		switch e.typ {
		case ofsDelta:
			// Entries are sorted by offset; a base comes before its delta. A delta
			// on nothing is counted when nothing reached it.
			k, ok := slices.BinarySearchFunc(p.entries[:i], e.base, func(e entry, at int64) int { return cmp.Compare(e.offset, at) })
			if ok {
				e.next, p.entries[k].first = p.entries[k].first, uint32(i)+1
			}
		case refDelta:
			id := p.refs[uint32(i)]
			e.next, p.names[id] = p.names[id], uint32(i)+1
		}
	}
}

// level is one object of a chain of deltas that is being followed.
type level struct {
	data []byte
	// child and named are one more than the next child's index, by offset and by
	// name; 0 for none.
	child, named uint32
}

// chain gives the object of index i and all deltas on it. It returns how many
// deltas that were. Where the type is not wanted it only counts them.
func (p *Pack) chain(i uint32, wanted bool) (deltas int, err error) {
	root := &p.entries[i]
	if !wanted && len(p.names) == 0 {
		return p.count(root.first), nil
	}
	data, err := p.inflate(root, root.size)
	if err != nil {
		if p.ctx.Err() != nil {
			return 0, p.ctx.Err()
		}
		p.run.lose(1, err)
		return 0, nil // its deltas are counted by the caller: nothing reached them
	}
	lv, err := p.give(root.typ, data, i, wanted)
	if err != nil {
		return 0, err
	}
	stack := []level{lv}
	p.held = int64(len(data))
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		var k uint32
		switch {
		case top.child != 0:
			k = top.child - 1
			top.child = p.entries[k].next
		case top.named != 0:
			k = top.named - 1
			top.named = p.entries[k].next
		default:
			p.held -= int64(len(top.data))
			p.free(top.data)
			stack = stack[:len(stack)-1]
			continue
		}
		e := &p.entries[k]
		deltas++
		result, err := p.follow(e, top.data)
		if err != nil {
			if p.ctx.Err() != nil {
				return deltas, p.ctx.Err()
			}
			p.run.lose(1, fmt.Errorf("object at %d: %w", e.offset, err))
			continue
		}
		lv, err := p.give(root.typ, result, k, wanted)
		if err != nil {
			return deltas, err
		}
		p.held += int64(len(result))
		stack = append(stack, lv)
	}
	return deltas, nil
}

// count counts the deltas below, each of them reached by offset.
func (p *Pack) count(first uint32) int {
	n := 0
	todo := []uint32{first}
	for len(todo) > 0 {
		k := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for ; k != 0; k = p.entries[k-1].next {
			n++
			if c := p.entries[k-1].first; c != 0 {
				todo = append(todo, c)
			}
		}
	}
	return n
}

// follow makes the object of a delta.
func (p *Pack) follow(e *entry, base []byte) ([]byte, error) {
	delta, err := p.inflate(e, e.size)
	if err != nil {
		return nil, err
	}
	defer p.free(delta)
	n, err := resultSize(delta, int64(len(base)))
	if err != nil {
		return nil, err
	}
	if n > p.lim.ObjectBytes || p.held+n > p.lim.HeldBytes {
		return nil, fmt.Errorf("%w: object of %d bytes on a chain of %d", ErrLimit, n, p.held)
	}
	return apply(p.take(0), base, delta)
}

// give hands an object to the caller and finds the deltas on it.
func (p *Pack) give(t Type, data []byte, i uint32, wanted bool) (level, error) {
	lv := level{data: data, child: p.entries[i].first}
	if !wanted && len(p.names) == 0 {
		return lv, nil
	}
	id := Name(p.sum, t, data)
	if named := p.names[id]; named != 0 && !p.done[id] {
		p.done[id] = true // a second object of the same name has no deltas left
		lv.named = named
	}
	if !wanted {
		return lv, nil
	}
	return lv, p.visit(id, t, data)
}

// Name gives an object's name. h is reset before use.
func Name(h hash.Hash, t Type, data []byte) (id ID) {
	h.Reset()
	io.WriteString(h, t.String()+" "+strconv.Itoa(len(data))+"\x00") //nolint:errcheck // a hash takes everything
	h.Write(data)
	h.Sum(id[:0])
	return id
}

func (p *Pack) inflate(e *entry, size int64) ([]byte, error) {
	if size > p.lim.ObjectBytes {
		return nil, fmt.Errorf("%w: object of %d bytes, at most %d are read", ErrLimit, size, p.lim.ObjectBytes)
	}
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	if p.buf == nil {
		p.buf = bufio.NewReaderSize(nil, 16<<10)
	}
	p.buf.Reset(io.NewSectionReader(p.r, e.data, p.size-e.data))
	if err := p.inflateReader(p.buf); err != nil {
		return nil, err
	}
	// What an object claims is believed no further than its bytes go.
	out := bytes.NewBuffer(p.take(int(min(size+1, 1<<20))))
	n, err := io.Copy(out, io.LimitReader(p.z, size+1))
	if err != nil {
		return nil, fmt.Errorf("%w: object at %d: %w", ErrCorrupt, e.offset, cause(err))
	}
	if n != size {
		return nil, fmt.Errorf("%w: object at %d says %d bytes and has %d", ErrCorrupt, e.offset, size, n)
	}
	return out.Bytes(), nil
}

// take gives an empty buffer, one used before where there is one.
func (p *Pack) take(n int) []byte {
	if k := len(p.spare); k > 0 {
		b := p.spare[k-1]
		p.spare = p.spare[:k-1]
		return b[:0]
	}
	return make([]byte, 0, n)
}

func (p *Pack) free(b []byte) {
	if len(p.spare) < 8 && cap(b) <= 4<<20 {
		p.spare = append(p.spare, b)
	}
}
