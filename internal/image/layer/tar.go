package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// scanner reads one layer's tar in the worker.
type scanner struct {
	ctx       context.Context
	detectors []walk.Detector
	limits    Limits
	slot      *worker.Slot
	// layer is the number under which the slot says what is looked at.
	layer uint64
	// skip are the numbers of entries that killed an earlier worker.
	skip map[uint64]bool
	// scratch lends files for wanted content that does not fit memory; nil when
	// there are none. held is the one in use, until the next file's content.
	scratch chan *os.File
	held    *os.File
	// emit takes records as they come.
	emit func([]walk.Record) error

	b        *builder
	recBytes int64
	links    []hardLink
	buf      []byte
	unread   unreadCount
	offered  map[string]bool // paths of wanted files
}

// replaced is a fact of no detector: what was said of this path before is void.
const replaced = "replaced"

// withoutReplaced takes out what was said of files that came again later.
func withoutReplaced(recs []walk.Record) []walk.Record {
	last := map[string]int{}
	for i, r := range recs {
		if r.Detector == "" && r.Fact != nil && r.Fact.Kind == replaced {
			last[r.Path] = i
		}
	}
	if len(last) == 0 {
		return recs
	}
	var out []walk.Record
	for i, r := range recs {
		if at, ok := last[r.Path]; !ok || i > at {
			out = append(out, r)
		}
	}
	return out
}

// unreadCount keeps the first unread records of a layer and counts the others.
type unreadCount struct{ kept, more int }

// keep takes those out that are too many.
func (u *unreadCount) keep(recs []walk.Record) []walk.Record {
	return slices.DeleteFunc(recs, func(r walk.Record) bool {
		if r.Unread == nil {
			return false
		}
		if u.kept < maxUnread {
			u.kept++
			return false
		}
		u.more++
		return true
	})
}

// rest gives the record that speaks of those left out, none where there are none.
func (u *unreadCount) rest() []walk.Record {
	if u.more == 0 {
		return nil
	}
	return []walk.Record{unreadRecord("", finding.UnreadCorrupt, fmt.Sprintf("and %d more files of this layer", u.more))}
}

type hardLink struct {
	path, target string
	item         int // in the builder
}

// scanned is what came of one layer.
type scanned struct {
	DiffID string
	// Digest of the compressed blob; equal to DiffID for a plain tar.
	Digest string
	Size   int64
	Files  int
	// Failed says why the layer was not read to its end.
	Failed *finding.Unread
	list   *Listing
}

// input is the stream of a layer.
type input struct {
	raw io.Reader // as stored
	// at gives random access to the stored bytes; nil for a stream that passes once.
	at   io.ReaderAt
	size int64 // of the stored bytes; -1 when not known
}

// scan reads a whole layer: list, offer, hash. It ends early only for bytes that
// can't be read; what came before counts.
func (s *scanner) scan(in input) scanned {
	s.b = newBuilder()
	s.offered = map[string]bool{}
	out, err := s.stream(in)
	s.resolveHardLinks(in, out)
	if rest := s.unread.rest(); rest != nil {
		_ = s.emit(rest)
	}
	if err != nil {
		out.Failed = &finding.Unread{Reason: walk.UnreadReason(err), Detail: err.Error()}
	}
	out.list = s.b.finish()
	out.Files = out.list.Len()
	return out
}

// open gives the uncompressed stream; raw is nil for a plain tar.
func (s *scanner) open(in input, hashed bool) (content, raw *hashingReader, done func(), form compression, err error) {
	first := newHashingReader(in.raw, hashed)
	first.fill()
	form = sniff(first.buf[:first.w])
	if form == plain {
		first.limit = bounds(s.limits, nil)
		return first, nil, func() {}, form, nil
	}
	unpacked, done, err := decompress(form, first)
	if err != nil {
		return nil, nil, nil, form, err
	}
	second := newHashingReader(unpacked, hashed)
	second.limit = bounds(s.limits, func() int64 { return first.pos })
	return second, first, done, form, nil
}

func (s *scanner) stream(in input) (scanned, error) {
	var out scanned
	content, raw, done, form, err := s.open(in, true)
	if err != nil {
		return out, err
	}
	defer done()
	var at io.ReaderAt
	if form == plain {
		at = in.at
	}
	err = s.entries(tar.NewReader(content), content, at)
	if err == nil {
		// What comes after the end of the tar counts for the digests.
		if err = content.drain(); err != nil {
			err = fmt.Errorf("read behind the end of the tar: %w", err)
		}
	}
	out.Size = content.pos
	if err != nil {
		return out, err
	}
	out.DiffID = content.digest()
	out.Digest = out.DiffID
	if raw != nil {
		if err := raw.drain(); err != nil {
			return out, fmt.Errorf("read behind the end of the %s stream: %w", form, err)
		}
		out.Digest = raw.digest()
	}
	return out, nil
}

// hashOnly reads a layer for its digests alone.
func (s *scanner) hashOnly(in input) scanned {
	s.b = newBuilder()
	var out scanned
	content, raw, done, _, err := s.open(in, true)
	if err == nil {
		defer done()
		err = content.drain()
		out.Size = content.pos
	}
	if err == nil {
		out.DiffID = content.digest()
		out.Digest = out.DiffID
		if raw != nil {
			if err = raw.drain(); err == nil {
				out.Digest = raw.digest()
			}
		}
	}
	if err != nil {
		out.Failed = &finding.Unread{Reason: walk.UnreadReason(err), Detail: err.Error()}
	}
	out.list = s.b.finish()
	return out
}

func (s *scanner) entries(tr *tar.Reader, content *hashingReader, at io.ReaderAt) error {
	for n := uint64(0); ; n++ {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read entry %d: %w", n, err)
		}
		if len(s.b.l.items) >= s.limits.LayerFiles {
			return fmt.Errorf("%s: %w", tooManyEntries(s.limits.LayerFiles), walk.ErrLimit)
		}
		if err := s.entry(n, h, tr, content, at); err != nil {
			return err
		}
	}
}

// Whiteouts, OCI image specification, layer.md.
const (
	whiteoutPrefix = ".wh."
	opaqueMarker   = ".wh..wh..opq"
	aufsPrefix     = ".wh..wh."
)

// paxCapability is where a tar keeps file capabilities, as star and Docker write it.
const paxCapability = "SCHILY.xattr.security.capability"

func (s *scanner) entry(n uint64, h *tar.Header, tr *tar.Reader, content *hashingReader, at io.ReaderAt) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	p, escapes := clean(h.Name)
	if escapes {
		if err := s.send(unreadRecord(p, finding.UnreadCorrupt, "the entry's name leaves the root")); err != nil {
			return err
		}
	}
	p = s.b.real(p)
	it := item{
		mode: h.FileInfo().Mode(), uid: uint32(clampID(h.Uid)), gid: uint32(clampID(h.Gid)),
		size: max(h.Size, 0), at: -1, kind: kindOther,
	}
	dir, base := splitPath(p)
	if strings.HasPrefix(base, whiteoutPrefix) {
		switch {
		case base == opaqueMarker:
			return s.list(dir, "", item{kind: kindOpaque, mode: fs.ModeDir | 0o755, at: -1})
		case strings.HasPrefix(base, aufsPrefix):
			return nil // aufs' own, not part of the image
		case base == whiteoutPrefix, base == whiteoutPrefix+".", base == whiteoutPrefix+"..":
			return s.send(unreadRecord(p, finding.UnreadCorrupt, "a whiteout of no name"))
		}
		return s.list(joinPath(dir, base[len(whiteoutPrefix):]), "", item{kind: kindWhiteout, at: -1})
	}
	switch h.Typeflag {
	case tar.TypeDir:
		it.kind, it.size = kindDir, 0
		return s.list(p, "", it)
	case tar.TypeSymlink:
		it.kind, it.size = kindSymlink, 0
		return s.list(p, escape(h.Linkname), it)
	case tar.TypeLink:
		target, _ := clean(h.Linkname)
		target = s.b.real(target)
		it.kind = kindFile
		number, err := s.b.add(p, "", it)
		if err != nil {
			return s.refused(p, err)
		}
		s.links = append(s.links, hardLink{p, target, number})
		return nil
	case tar.TypeReg, tar.TypeRegA, tar.TypeGNUSparse, tar.TypeCont: //nolint:staticcheck // old archives have TypeRegA
		it.kind = kindFile
	default:
		it.size = 0
		if sure, _ := want(s.detectors, p, 0o644, 1); sure != 0 {
			if err := s.send(notRegular(p)); err != nil {
				return err
			}
		}
		return s.list(p, "", it)
	}
	sparse := h.Typeflag == tar.TypeGNUSparse || isPAXSparse(h)
	if !sparse {
		it.at = content.pos
	}
	number, err := s.b.add(p, "", it)
	if err != nil {
		return s.refused(p, err)
	}
	if len(h.PAXRecords) > 0 {
		s.b.capability(number, h.PAXRecords[paxCapability])
	}
	sure, peek := want(s.detectors, p, it.mode, it.size)
	if sure|peek == 0 {
		return nil
	}
	s.b.wanted[number] = true
	if s.offered[p] {
		// The same path once more: the last one counts, as when a tar is extracted.
		if err := s.send(walk.Record{Path: p, Fact: &walk.Fact{Kind: replaced}}); err != nil {
			return err
		}
	}
	s.offered[p] = true
	if s.skip[n] {
		return s.send(unreadRecord(p, finding.UnreadWorker, "the worker died looking at this file"))
	}
	f := &walk.File{Path: p, Mode: it.mode, Size: it.size, UID: int(it.uid), GID: int(it.gid)}
	if err := s.content(f, tr, at, it.at, sparse, sure == 0); err != nil {
		if errors.Is(err, errRest) {
			return err
		}
		return s.send(unreadRecord(p, walk.UnreadReason(err), err.Error()))
	}
	return s.send(inspect(s.ctx, s.detectors, f, sure, peek, s.slot, s.layer, n)...)
}

// isPAXSparse reports whether archive/tar gives a file of several pieces.
func isPAXSparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func clampID(id int) int { return max(0, min(id, math.MaxUint32)) }

// list adds an entry that no detector is offered.
func (s *scanner) list(p, link string, it item) error {
	if _, err := s.b.add(p, link, it); err != nil {
		return s.refused(p, err)
	}
	return nil
}

// refused turns the refusal of a name into an unread record.
func (s *scanner) refused(p string, err error) error {
	if errors.Is(err, errPathLimit) {
		return s.send(unreadRecord(p[:min(len(p), 256)]+"…", finding.UnreadLimit, err.Error()))
	}
	return err
}

// errRest says that the rest of the layer can't be read either.
var errRest = errors.New("read the content of an entry")

// smallFile is the size up to which content is copied out of a stream that could
// also be read at random.
const smallFile = 4 << 20

// content gives f its bytes: from memory, by random access, or from the scratch file.
func (s *scanner) content(f *walk.File, tr *tar.Reader, at io.ReaderAt, pos int64, sparse, peekOnly bool) error {
	s.release()
	switch {
	case at != nil && !sparse && (f.Size > smallFile || peekOnly && f.Size > 64<<10):
		f.ReaderAt = io.NewSectionReader(at, pos, f.Size)
		return nil
	case f.Size <= MaxInMemory:
		if int64(cap(s.buf)) < f.Size {
			s.buf = make([]byte, f.Size, f.Size+f.Size/2)
		}
		b := s.buf[:f.Size]
		if _, err := io.ReadFull(tr, b); err != nil {
			return fmt.Errorf("%w %q: %w", errRest, f.Path, err)
		}
		f.ReaderAt = &walk.Memory{Buf: b}
		return nil
	case peekOnly && !sparse:
		// The first bytes may show that nobody wants the rest.
		head := make([]byte, walk.PeekSize)
		if _, err := io.ReadFull(tr, head); err != nil {
			return fmt.Errorf("%w %q: %w", errRest, f.Path, err)
		}
		if !s.anyPeeker(f.Path, head) {
			f.Size = int64(len(head))
			f.ReaderAt = &walk.Memory{Buf: head}
			return nil
		}
		return s.toScratch(f, io.MultiReader(&sliceReader{b: head}, tr))
	default:
		return s.toScratch(f, tr)
	}
}

func (s *scanner) anyPeeker(path string, head []byte) bool {
	for _, d := range s.detectors {
		if p, ok := d.(walk.Peeker); ok && p.Peek(path, head) {
			return true
		}
	}
	return false
}

type sliceReader struct{ b []byte }

func (r *sliceReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// release gives the scratch file back.
func (s *scanner) release() {
	if s.held != nil {
		_ = s.held.Truncate(0)
		s.scratch <- s.held
		s.held = nil
	}
}

func (s *scanner) toScratch(f *walk.File, r io.Reader) error {
	if s.scratch == nil {
		return fmt.Errorf("%d bytes, and there is no scratch file: %w", f.Size, walk.ErrLimit)
	}
	if f.Size > s.limits.ScratchBytes {
		return fmt.Errorf("%d bytes, a scratch file holds %d: %w", f.Size, s.limits.ScratchBytes, walk.ErrLimit)
	}
	select {
	case s.held = <-s.scratch:
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
	if _, err := s.held.Seek(0, io.SeekStart); err != nil {
		return err
	}
	buf := make([]byte, 256<<10)
	var done int64
	for done < f.Size {
		n, err := io.ReadFull(r, buf[:min(int64(len(buf)), f.Size-done)])
		if err != nil {
			return fmt.Errorf("%w %q: %w", errRest, f.Path, err)
		}
		if _, err := s.held.Write(buf[:n]); err != nil {
			return fmt.Errorf("no room in the scratch file: %w: %w", walk.ErrLimit, err)
		}
		done += int64(n)
	}
	f.ReaderAt = s.held
	return nil
}

// send hands records on, as long as they are not too many.
func (s *scanner) send(recs ...walk.Record) error {
	if recs = s.unread.keep(recs); len(recs) == 0 {
		return nil
	}
	for i := range recs {
		s.recBytes += recordSize(&recs[i])
	}
	if s.recBytes > s.limits.RecordBytes {
		return fmt.Errorf("detectors found more than %d bytes of facts in one layer: %w", s.limits.RecordBytes, walk.ErrLimit)
	}
	return s.emit(recs)
}

// recordSize is about what a record takes.
func recordSize(r *walk.Record) int64 {
	n := 200 + len(r.Path)
	if r.Fact != nil {
		n += len(r.Fact.Data)
	}
	if p := r.Package; p != nil {
		n += 300 + len(p.Name) + len(p.Version) + 2*len(p.PURL)
		for _, l := range p.Locations {
			n += 30 + len(l.Path)
		}
		for _, l := range p.Licenses {
			n += len(l)
		}
	}
	if r.Unread != nil {
		n += len(r.Unread.Detail) + len(r.Unread.Location.Path)
	}
	return int64(n)
}

// resolveHardLinks gives links the size and content of what they link to, and
// offers those under wanted names, which needs a second read.
func (s *scanner) resolveHardLinks(in input, out scanned) {
	if len(s.links) == 0 {
		return
	}
	targets := make(map[string]int, len(s.links))
	for _, l := range s.links {
		targets[l.target] = -1
	}
	isLink := make(map[int]int, len(s.links))
	for i, l := range s.links {
		isLink[l.item] = i
	}
	// The items as they came; a link can only mean what came before it.
	type second struct {
		link         hardLink
		sure, peek   uint64
		target, path string
	}
	var again []second
	root := map[int]string{} // the name under which a link's content is in the tar
	for i := range s.b.l.items {
		it := &s.b.l.items[i]
		if n, ok := isLink[i]; ok {
			l := s.links[n]
			t := targets[l.target]
			if t < 0 {
				_ = s.send(unreadRecord(l.path, finding.UnreadCorrupt, fmt.Sprintf("hard link to %q, which is not before it in this layer", l.target)))
				continue
			}
			from := s.b.l.items[t]
			if root[i] = l.target; root[t] != "" {
				root[i] = root[t]
			}
			it.size, it.at, it.mode, it.uid, it.gid, it.kind = from.size, from.at, from.mode, from.uid, from.gid, from.kind
			s.b.capability(i, s.b.caps[t])
			if it.kind == kindFile {
				if sure, peek := want(s.detectors, l.path, it.mode, it.size); sure|peek != 0 {
					again = append(again, second{l, sure, peek, root[i], l.path})
					s.b.wanted[i] = true
				}
			} else if it.kind != kindOther {
				it.kind = kindOther // a link to a link or a directory says nothing to detectors
			}
		}
		if it.kind == kindWhiteout {
			continue
		}
		if p := s.b.l.text[it.pathAt : it.pathAt+it.pathLen]; it.kind == kindFile || it.kind == kindOther || it.kind == kindSymlink {
			if _, ok := targets[string(p)]; ok {
				targets[string(p)] = i
			}
		}
	}
	if len(again) == 0 {
		return
	}
	var bytes int64
	byTarget := map[string][]second{}
	for n, a := range again {
		size := s.b.l.items[a.link.item].size
		if bytes += size; bytes > s.limits.RereadBytes || n >= s.limits.Rereads {
			_ = s.send(unreadRecord(a.path, finding.UnreadLimit, "too many hard links under names that detectors want"))
			continue
		}
		byTarget[a.target] = append(byTarget[a.target], a)
	}
	look := func(a second, r io.ReaderAt) {
		it := s.b.l.items[a.link.item]
		f := &walk.File{Path: a.path, Mode: it.mode, Size: it.size, UID: int(it.uid), GID: int(it.gid), ReaderAt: r}
		_ = s.send(inspect(s.ctx, s.detectors, f, a.sure, a.peek, s.slot, s.layer, uint64(a.link.item)|1<<40)...)
	}
	lost := func(a second, reason finding.UnreadReason, why string) { _ = s.send(unreadRecord(a.path, reason, why)) }
	if in.at == nil {
		for _, as := range byTarget {
			for _, a := range as {
				lost(a, finding.UnreadIO, fmt.Sprintf("hard link to %q, whose content has passed; scan the archive as a file", a.target))
			}
		}
		return
	}
	// Plain tars are read where the content lies; others once more from the front.
	head := make([]byte, 512)
	n, _ := in.at.ReadAt(head, 0)
	if sniff(head[:n]) == plain {
		for target, as := range byTarget {
			for _, a := range as {
				if it := s.b.l.items[a.link.item]; it.at >= 0 {
					look(a, io.NewSectionReader(in.at, it.at, it.size))
					continue
				}
				lost(a, finding.UnreadUnsupported, fmt.Sprintf("hard link to the sparse file %q", target))
			}
		}
		return
	}
	content, _, done, _, err := s.open(input{raw: io.NewSectionReader(in.at, 0, in.size), at: in.at, size: in.size}, false)
	if err == nil {
		defer done()
		tr := tar.NewReader(content)
		for len(byTarget) > 0 {
			var h *tar.Header
			if h, err = tr.Next(); err != nil {
				break
			}
			p, _ := clean(h.Name)
			p = s.b.real(p)
			as := byTarget[p]
			if as == nil || h.Typeflag != tar.TypeReg {
				continue
			}
			delete(byTarget, p)
			f := &walk.File{Path: p, Size: h.Size}
			if cerr := s.content(f, tr, nil, 0, false, false); cerr != nil {
				for _, a := range as {
					lost(a, walk.UnreadReason(cerr), cerr.Error())
				}
				continue
			}
			for _, a := range as {
				look(a, f.ReaderAt)
			}
		}
	}
	for target, as := range byTarget {
		for _, a := range as {
			lost(a, finding.UnreadCorrupt, fmt.Sprintf("hard link to %q, which was not found again", target))
		}
	}
}
