package layer

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// Work is the worker's side: it answers the parent's requests until there are
// no more. known gives the detectors that the parent may name; it is called when
// one is named, so that what is not used is not made.
func Work(ctx context.Context, c worker.Conn, known func(name string) (walk.Detector, bool)) error {
	w := &work{ctx: ctx, conn: c}
	defer w.close()
	for {
		r, err := c.Recv()
		if errors.Is(err, io.EOF) {
			w.wait()
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.handle(r, known); err != nil {
			return err
		}
	}
}

type work struct {
	ctx       context.Context
	conn      worker.Conn
	setup     Setup
	detectors []walk.Detector
	options   map[string][]byte // of detectors, until they are set up
	archive   *os.File
	scratch   chan *os.File
	slots     chan int // free slots, one a goroutine that may run
	running   sync.WaitGroup
	files     chan func(slot int)
	queued    atomic.Int64
}

// fail ends the worker: what a goroutine could not tell the parent, the parent
// would wait for.
func (w *work) fail(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *work) wait() {
	if w.files != nil {
		close(w.files)
		w.files = nil
	}
	w.running.Wait()
}

func (w *work) close() {
	if w.archive != nil {
		w.archive.Close()
	}
}

func (w *work) send(kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.conn.Send(worker.Frame{Kind: kind, Payload: b})
}

// sendRecords sends records in as many frames as they need. One that fits no
// frame is unread.
func (w *work) sendRecords(kind byte, recs []walk.Record, frame func(part []walk.Record, last bool) any) error {
	var send func(part []walk.Record, last bool) error
	send = func(part []walk.Record, last bool) error {
		b, err := json.Marshal(frame(part, last))
		if err != nil {
			return err
		}
		if len(b) <= worker.MaxFrame {
			return w.conn.Send(worker.Frame{Kind: kind, Payload: b})
		}
		if len(part) == 1 {
			path := part[0].Path[:min(len(part[0].Path), 4096)]
			return send([]walk.Record{unreadRecord(path, finding.UnreadLimit, fmt.Sprintf("detector %s says more than %d bytes of one file", part[0].Detector, worker.MaxFrame))}, last)
		}
		if err := send(part[:len(part)/2], false); err != nil {
			return err
		}
		return send(part[len(part)/2:], last)
	}
	return send(recs, true)
}

func (w *work) handle(r worker.Request, known func(string) (walk.Detector, bool)) error {
	decode := func(v any) error {
		if err := json.Unmarshal(r.Payload, v); err != nil {
			return fmt.Errorf("request %c: %w", r.Kind, err)
		}
		return nil
	}
	switch r.Kind {
	case reqSetup:
		if err := decode(&w.setup); err != nil {
			return err
		}
		return w.prepare(r.Files, known)
	case reqOptions:
		var j optionsJob
		if err := decode(&j); err != nil {
			return err
		}
		b, err := document(r.Files, j.Size, walk.MaxOptions)
		if err != nil {
			return fmt.Errorf("request O: %w", err)
		}
		if w.options == nil {
			w.options = map[string][]byte{}
		}
		w.options[j.Detector] = b
	case reqConfig:
		var j configJob
		if err := decode(&j); err != nil {
			return err
		}
		b, err := document(r.Files, j.Size, walk.MaxConfig)
		if err != nil {
			return fmt.Errorf("request C: %w", err)
		}
		return w.config(j, b)
	case reqFiles:
		var b fileBatch
		if err := decode(&b); err != nil {
			return err
		}
		if len(b.Files) != len(r.Files) {
			return errors.New("request F: a file each is needed")
		}
		for i, j := range b.Files {
			f := r.Files[i]
			w.queued.Add(1)
			w.pool() <- func(slot int) {
				err := w.file(j, f, slot)
				if w.queued.Add(-1) == 0 && err == nil {
					err = w.conn.Flush() // the parent may wait for just this
				}
				w.fail(err)
			}
		}
	case reqArchive:
		var q ArchiveQuery
		if err := decode(&q); err != nil {
			return err
		}
		if len(r.Files) != 1 {
			return errors.New("request A: the archive is needed")
		}
		w.archive = r.Files[0]
		if q.Stream {
			return w.stream(q)
		}
		return w.table(q)
	case reqLayer:
		var j LayerJob
		if err := decode(&j); err != nil {
			return err
		}
		blob, own := w.archive, false
		if len(r.Files) == 1 {
			blob, own = r.Files[0], true
		}
		slot := <-w.slots
		w.running.Add(1)
		go func() {
			defer func() {
				if own {
					blob.Close()
				}
				w.slots <- slot
				w.running.Done()
			}()
			w.fail(w.layer(j, blob, slot))
		}()
	case reqPing:
		return w.conn.Send(worker.Frame{Kind: reqPing})
	case reqReread:
		var j rereadJob
		if err := decode(&j); err != nil {
			return err
		}
		blob := w.archive
		if len(r.Files) == 1 {
			blob = r.Files[0]
			defer blob.Close()
		}
		return w.reread(j, blob)
	default:
		return fmt.Errorf("request %q is not known", r.Kind)
	}
	return nil
}

// document reads what was handed over as a file because it fits no request.
func document(files []*os.File, size, limit int64) ([]byte, error) {
	if len(files) != 1 {
		return nil, errors.New("a file is needed")
	}
	defer files[0].Close()
	if size < 0 || size > limit {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", size, limit, walk.ErrLimit)
	}
	b := make([]byte, size)
	if n, err := files[0].ReadAt(b, 0); n < len(b) {
		return nil, fmt.Errorf("read %d of %d bytes: %w", n, size, err)
	}
	return b, nil
}

// config has the image's configuration looked at by those detectors that do.
func (w *work) config(j configJob, raw []byte) error {
	slot := w.conn.Slot(0)
	slot.Begin(0, j.Seq)
	defer slot.End()
	var recs []walk.Record
	for _, d := range w.detectors {
		if c, ok := d.(walk.ConfigInspector); ok {
			recs = append(recs, walk.RunConfig(w.ctx, c, raw)...)
		}
	}
	return w.sendRecords(frmFile, recs, func(part []walk.Record, last bool) any { return fileDone{j.Seq, part, !last} })
}

func (w *work) prepare(scratch []*os.File, known func(string) (walk.Detector, bool)) error {
	for _, n := range w.setup.Detectors {
		d, ok := known(n)
		if !ok {
			return fmt.Errorf("detector %q is not known", n)
		}
		if b, given := w.options[n]; given {
			c, ok := d.(walk.Configurable)
			if !ok {
				return fmt.Errorf("detector %q takes no options", n)
			}
			var err error
			if d, err = c.With(b); err != nil {
				return fmt.Errorf("options of detector %q: %w", n, err)
			}
		}
		w.detectors = append(w.detectors, d)
	}
	if len(w.detectors) > maxDetectors {
		return fmt.Errorf("%d detectors, at most %d", len(w.detectors), maxDetectors)
	}
	procs := w.setup.Procs
	if procs <= 0 {
		procs = runtime.GOMAXPROCS(0)
	}
	procs = min(procs, worker.MaxSlots)
	w.setup.Procs = procs
	w.slots = make(chan int, procs)
	for i := range procs {
		w.slots <- i
	}
	if len(scratch) > 0 {
		w.scratch = make(chan *os.File, len(scratch))
		for _, f := range scratch {
			w.scratch <- f
		}
	}
	return nil
}

// pool gives the queue of single files, and starts its goroutines at first use.
func (w *work) pool() chan func(int) {
	if w.files == nil {
		w.files = make(chan func(int), 4*w.setup.Procs)
		for i := range w.setup.Procs {
			w.running.Add(1)
			files := w.files
			go func() {
				defer w.running.Done()
				for f := range files {
					f(i)
				}
			}()
		}
	}
	return w.files
}

func (w *work) file(j fileJob, f *os.File, slot int) error {
	defer f.Close()
	wf := &walk.File{Path: j.Path, Mode: fs.FileMode(j.Mode), Size: j.Size, UID: j.UID, GID: j.GID, ReaderAt: f}
	if j.Size <= smallFile && j.Sure != 0 {
		b := make([]byte, j.Size)
		// Where the descriptor stands is shared with whoever sent it, and may be
		// anywhere when it is sent again.
		if n, err := f.ReadAt(b, 0); n < len(b) {
			return w.send(frmFile, fileDone{Seq: j.Seq, Records: []walk.Record{unreadRecord(j.Path, finding.UnreadIO, fmt.Sprintf("read %d bytes: %v", j.Size, err))}})
		}
		wf.ReaderAt = &walk.Memory{Buf: b}
	}
	recs := inspect(w.ctx, w.detectors, wf, j.Sure, j.Peek, w.conn.Slot(slot), 0, j.Seq)
	return w.sendRecords(frmFile, recs, func(part []walk.Record, last bool) any { return fileDone{j.Seq, part, !last} })
}

// table reads an archive's table of contents and says where the layers are.
func (w *work) table(q ArchiveQuery) error {
	size, err := w.archive.Seek(0, io.SeekEnd)
	if err != nil {
		return w.send(frmArchive, archiveAnswer{Error: err.Error()})
	}
	head := make([]byte, 512)
	n, err := w.archive.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return w.send(frmArchive, archiveAnswer{Error: err.Error()})
	}
	switch form := sniff(head[:n]); {
	case form == gzipped || form == zstandard:
		return w.send(frmArchive, archiveAnswer{Stream: true})
	case form == unknownForm || n == 0:
		return w.send(frmArchive, archiveAnswer{NotImage: true, Error: fmt.Sprintf("%s: it is neither a tar nor a gzip or zstd of one", ErrNotImage)})
	}
	t, terr := readTable(w.archive, size)
	w.conn.Slot(0).Begin(0, 0)
	info, err := pick(t, q.Ref, q.Platform, q.Host)
	w.conn.Slot(0).End()
	return w.answer(info, err, terr)
}

func (w *work) answer(info *ImageInfo, err, cut error) error {
	a := archiveAnswer{Info: info}
	if cut != nil {
		a.Cut = cut.Error()
	}
	if err != nil {
		a.Error, a.NotImage = err.Error(), errors.Is(err, ErrNotImage)
		if cut != nil {
			a.Error += " (" + cut.Error() + ")"
		}
	}
	return w.send(frmArchive, a)
}

func (w *work) scanner(layer int, slot int, skip []uint64) (*scanner, func()) {
	s := &scanner{
		ctx: w.ctx, detectors: w.detectors, limits: w.setup.Limits,
		slot: w.conn.Slot(slot), layer: uint64(layer), skip: map[uint64]bool{},
		scratch: w.scratch,
	}
	for _, n := range skip {
		s.skip[n] = true
	}
	var pending []walk.Record
	var size int64
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		err := w.sendRecords(frmRecords, pending, func(part []walk.Record, _ bool) any { return recordChunk{layer, part} })
		pending, size = pending[:0], 0
		return err
	}
	s.emit = func(recs []walk.Record) error {
		for _, r := range recs {
			pending = append(pending, r)
			if size += recordSize(&r); size > 1<<20 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return s, func() {
		w.fail(flush())
		s.release()
	}
}

// counting tells the parent how far reading has come.
type counting struct {
	r    io.Reader
	n    uint64
	tell func(uint64)
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += uint64(n); c.n > 8<<20 {
		c.tell(c.n)
		c.n = 0
	}
	return n, err
}

func (w *work) counted(r io.Reader) io.Reader {
	return &counting{r: r, tell: func(n uint64) {
		_ = w.conn.Send(worker.Frame{Kind: frmBytes, Payload: binary.AppendUvarint(nil, n)})
		_ = w.conn.Flush()
	}}
}

func (w *work) layer(j LayerJob, blob *os.File, slot int) error {
	if blob == nil {
		return errors.New("request L: no archive was handed over")
	}
	at := io.NewSectionReader(blob, j.Offset, j.Size)
	s, done := w.scanner(j.Index, slot, j.Skip)
	in := input{raw: w.counted(io.NewSectionReader(blob, j.Offset, j.Size)), at: at, size: j.Size}
	var out scanned
	if j.HashOnly {
		out = s.hashOnly(in)
	} else {
		out = s.scan(in)
	}
	done()
	return w.layerDone(j.Index, out)
}

func (w *work) layerDone(index int, out scanned) error {
	list := out.list.Encode()
	const piece = worker.MaxFrame / 2
	for len(list) > 0 {
		n := min(len(list), piece)
		b := binary.AppendUvarint(make([]byte, 0, n+10), uint64(index))
		if err := w.conn.Send(worker.Frame{Kind: frmListing, Payload: append(b, list[:n]...)}); err != nil {
			return err
		}
		list = list[n:]
	}
	if err := w.send(frmLayer, LayerDone{Index: index, DiffID: out.DiffID, Digest: out.Digest, Size: out.Size, Files: out.Files, Failed: out.Failed}); err != nil {
		return err
	}
	return w.conn.Flush()
}

// stream reads an archive that passes once. Every blob that is a layer is
// scanned, since which of them are the image's is said by documents that may
// come last.
func (w *work) stream(q ArchiveQuery) error {
	t := &table{files: map[string]span{}}
	err := w.streamEntries(t)
	info, perr := pick(t, q.Ref, q.Platform, q.Host)
	return w.answer(info, perr, err)
}

func (w *work) streamEntries(t *table) error {
	src := bufio.NewReaderSize(w.counted(w.archive), 256<<10)
	head, err := src.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	form := sniff(head)
	if len(head) == 0 || form == unknownForm {
		return errors.New("it is neither a tar nor a gzip or zstd of one")
	}
	raw := newHashingReader(src, false)
	unpacked, done, err := decompress(form, raw)
	if err != nil {
		return err
	}
	defer done()
	outer := newHashingReader(unpacked, false)
	lim := w.setup.Limits
	lim.LayerBytes *= 4
	if form != plain {
		outer.limit = bounds(lim, func() int64 { return raw.pos })
	} else {
		outer.limit = bounds(lim, nil)
	}
	tr := tar.NewReader(outer)
	kept, layers := 0, 0
	for n := 0; ; n++ {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the archive's entry %d: %w", n, err)
		}
		if n >= maxArchiveFiles {
			return fmt.Errorf("more than %d files in the archive: %w", maxArchiveFiles, walk.ErrLimit)
		}
		name, _ := clean(h.Name)
		switch h.Typeflag {
		case tar.TypeSymlink:
			t.files[name] = span{link: h.Linkname}
		case tar.TypeLink:
			target, _ := clean(h.Linkname)
			if s, ok := t.files[target]; ok {
				t.files[name] = s
			}
		case tar.TypeReg:
			entry := bufio.NewReaderSize(tr, 4096)
			head, err := entry.Peek(int(min(512, h.Size)))
			if err != nil {
				return fmt.Errorf("read %q: %w", name, err)
			}
			switch {
			case len(head) > 0 && (head[0] == '{' || head[0] == '[') && h.Size <= maxDocument && kept+int(h.Size) <= maxDocuments:
				b := make([]byte, h.Size)
				if _, err := io.ReadFull(entry, b); err != nil {
					return fmt.Errorf("read %q: %w", name, err)
				}
				kept += len(b)
				t.files[name] = span{size: h.Size, stream: -1, document: b}
			case h.Size > 0 && sniff(head) != unknownForm:
				if layers >= lim.Layers {
					return fmt.Errorf("more than %d layers in the archive: %w", lim.Layers, walk.ErrLimit)
				}
				s, done := w.scanner(layers, 0, nil)
				out := s.scan(input{raw: entry, size: h.Size})
				done()
				if err := w.layerDone(layers, out); err != nil {
					return err
				}
				t.files[name] = span{size: h.Size, stream: layers}
				layers++
			default:
				t.files[name] = span{size: h.Size, stream: -1}
			}
		}
	}
}

// reread offers files of a layer under names that lead to them by links.
func (w *work) reread(j rereadJob, blob *os.File) error {
	if blob == nil {
		return errors.New("request R: no archive was handed over")
	}
	at := io.NewSectionReader(blob, j.Offset, j.Size)
	s, done := w.scanner(j.Index, 0, nil)
	s.b = newBuilder()
	look := func(r rereadFile, c io.ReaderAt) {
		f := &walk.File{Path: r.As, Mode: fs.FileMode(r.Mode), Size: r.Size, UID: r.UID, GID: r.GID, ReaderAt: c}
		sure, peek := want(s.detectors, f.Path, f.Mode, f.Size)
		if sure|peek != 0 {
			w.fail(s.send(inspect(w.ctx, s.detectors, f, sure, peek, s.slot, s.layer, 1<<41)...))
		}
	}
	head := make([]byte, 512)
	n, _ := at.ReadAt(head, 0)
	if sniff(head[:n]) == plain {
		for _, r := range j.Files {
			if r.At < 0 {
				w.fail(s.send(unreadRecord(r.As, finding.UnreadUnsupported, "leads to a sparse file")))
				continue
			}
			look(r, io.NewSectionReader(at, r.At, r.Size))
		}
	} else {
		left := map[string][]rereadFile{}
		for _, r := range j.Files {
			left[r.Real] = append(left[r.Real], r)
		}
		content, _, closeStream, _, err := s.open(input{raw: io.NewSectionReader(blob, j.Offset, j.Size), at: at, size: j.Size}, false)
		if err == nil {
			tr := tar.NewReader(content)
			for len(left) > 0 {
				h, nerr := tr.Next()
				if nerr != nil {
					break
				}
				p, _ := clean(h.Name)
				rs := left[p]
				if rs == nil || h.Typeflag != tar.TypeReg {
					continue
				}
				delete(left, p)
				f := &walk.File{Path: p, Size: h.Size}
				cerr := s.content(f, tr, nil, 0, false, false)
				for _, r := range rs {
					if cerr != nil {
						w.fail(s.send(unreadRecord(r.As, walk.UnreadReason(cerr), cerr.Error())))
						continue
					}
					r.Size = f.Size
					look(r, f.ReaderAt)
				}
			}
			closeStream()
		}
		for _, rs := range left {
			for _, r := range rs {
				w.fail(s.send(unreadRecord(r.As, finding.UnreadCorrupt, fmt.Sprintf("leads to %q, which was not found again", r.Real))))
			}
		}
	}
	done()
	return w.send(frmReread, j.Index)
}
