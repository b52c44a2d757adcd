package layer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// Client drives a worker from the parent's side. It starts one when it is first
// needed, and another when one dies, leaving out what it died of. Its methods
// are called one after another, from one goroutine.
type Client struct {
	cfg     ClientConfig
	proc    *worker.Process
	scratch []*os.File
	deaths  int
	procs   int
}

// ClientConfig says how to read.
type ClientConfig struct {
	Worker    worker.Config
	Detectors []walk.Detector
	Limits    Limits
	// Scratch opens an unlinked file for large wanted content, nil for none.
	Scratch func() (*os.File, error)
	// Progress is told of bytes and files as they are read; may be nil.
	Progress func(bytes uint64, files int)
	Log      *slog.Logger
}

// maxDeaths is how many workers one scan may lose; after that what is left is
// "not scanned".
const maxDeaths = 24

// scratchFiles is how many goroutines may hold large content at once.
const scratchFiles = 2

// Result is what the worker found in one layer.
type Result struct {
	LayerDone
	Listing *Listing
	Records []walk.Record
}

// NewClient makes a client; nothing is started yet.
func NewClient(cfg ClientConfig) *Client {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{cfg: cfg, procs: cfg.Worker.Procs}
}

// Close ends the worker.
func (c *Client) Close() {
	c.stop()
	for _, f := range c.scratch {
		f.Close()
	}
	c.scratch = nil
}

func (c *Client) stop() {
	if c.proc != nil {
		c.proc.Close()
		c.proc = nil
	}
}

func (c *Client) start(ctx context.Context) error {
	if c.proc != nil {
		return nil
	}
	p, err := worker.Start(ctx, c.cfg.Worker)
	if err != nil {
		return err
	}
	c.proc = p
	return c.setup()
}

// setup tells a new worker what to look for.
func (c *Client) setup() error {
	names := make([]string, len(c.cfg.Detectors))
	for i, d := range c.cfg.Detectors {
		names[i] = d.Name()
		o, ok := d.(walk.Configurable)
		if !ok || len(o.Options()) == 0 {
			continue
		}
		if err := c.document(reqOptions, o.Options(), optionsJob{Detector: d.Name(), Size: int64(len(o.Options()))}); err != nil {
			return fmt.Errorf("options of detector %q: %w", d.Name(), err)
		}
	}
	if c.scratch == nil && c.cfg.Scratch != nil {
		for range scratchFiles {
			f, err := c.cfg.Scratch()
			if err != nil {
				c.cfg.Log.Warn("no scratch file: wanted files over 32 MiB of compressed layers will not be scanned", "error", err)
				break
			}
			c.scratch = append(c.scratch, f)
		}
	}
	return c.request(reqSetup, Setup{Detectors: names, Limits: c.cfg.Limits, Procs: c.procs}, c.scratch...)
}

// document hands over bytes that may fit no request.
func (c *Client) document(kind byte, b []byte, job any) error {
	f, err := inMemory(b)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.request(kind, job, f)
}

// Config has the image's configuration looked at by those of the detectors that
// do ([walk.ConfigInspector]). Records are of no layer (-1).
func (c *Client) Config(ctx context.Context, raw []byte) ([]walk.Record, error) {
	if !slices.ContainsFunc(c.cfg.Detectors, func(d walk.Detector) bool { _, ok := d.(walk.ConfigInspector); return ok }) {
		return nil, nil
	}
	lost := func(reason finding.UnreadReason, err error) []walk.Record {
		return []walk.Record{{Layer: -1, Unread: &finding.Unread{
			Location: finding.Location{Layer: -1}, Reason: reason, Detail: "image configuration: " + err.Error(),
		}}}
	}
	if len(raw) > walk.MaxConfig {
		return lost(finding.UnreadLimit, fmt.Errorf("%d bytes, at most %d are read", len(raw), walk.MaxConfig)), nil
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	const seq = 1
	err := c.document(reqConfig, raw, configJob{Seq: seq, Size: int64(len(raw))})
	d := &dirRun{c: c, results: map[int]*Result{-1: {}}, out: map[uint64]waiting{seq: {layer: -1}}, parts: map[uint64][]walk.Record{}, room: make(chan struct{}, 1)}
	if err == nil {
		err = d.drain(seq)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.stop()
		return lost(finding.UnreadWorker, err), nil
	}
	recs := d.results[-1].Records
	for i := range recs {
		recs[i].Layer = -1
		if u := recs[i].Unread; u != nil {
			u.Location.Layer = -1
		}
		if r := recs[i].Result; r != nil {
			for k := range r.Locations {
				// A line without a path is of an instruction, which may have made a layer.
				if l := &r.Locations[k]; l.Path != "" || l.Line == 0 {
					l.Layer = -1
				}
			}
		}
	}
	return recs, nil
}

func (c *Client) request(kind byte, v any, files ...*os.File) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.proc.Send(worker.Request{Kind: kind, Payload: b, Files: files})
}

// died handles a worker's death: it gives the suspects and an error when there
// have been too many.
func (c *Client) died(ctx context.Context, why error) ([]worker.Suspect, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !errors.Is(why, worker.ErrDied) {
		return nil, why
	}
	s := c.proc.Suspects()
	c.cfg.Log.Warn("the worker died and is started again", "error", why, "suspects", len(s))
	c.stop()
	if c.deaths++; c.deaths > maxDeaths {
		return nil, fmt.Errorf("%d workers died: %w", c.deaths, why)
	}
	return s, nil
}

// errStream asks for the archive to be read again as a stream.
var errStream = errors.New("archive is compressed")

// ArchiveError says why an archive gives no image.
type ArchiveError struct {
	Msg      string
	NotImage bool
}

func (e *ArchiveError) Error() string { return e.Msg }

// Archive reads the table of contents of an uncompressed archive, or all of a
// compressed one or of a pipe. For the latter the layers come along, by their
// number in the stream. cut says where an archive ended that was not whole.
func (c *Client) Archive(ctx context.Context, f *os.File, seekable bool, q ArchiveQuery) (info *ImageInfo, layers map[int]*Result, cut string, err error) {
	if err := c.start(ctx); err != nil {
		return nil, nil, "", err
	}
	if seekable {
		info, _, cut, err = c.archive(ctx, f, q)
		if !errors.Is(err, errStream) {
			return info, nil, cut, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, nil, "", err
		}
	}
	q.Stream = true
	return c.archive(ctx, f, q)
}

func (c *Client) archive(ctx context.Context, f *os.File, q ArchiveQuery) (*ImageInfo, map[int]*Result, string, error) {
	if err := c.request(reqArchive, q, f); err != nil {
		return nil, nil, "", err
	}
	var answer archiveAnswer
	col := collector{limits: c.cfg.Limits, progress: c.cfg.Progress, layers: map[int]*partial{}}
	for {
		fr, err := c.proc.Next()
		if err != nil {
			c.stop()
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return nil, nil, "", fmt.Errorf("read the archive: %w", err)
		}
		if fr.Kind == frmArchive {
			if err := json.Unmarshal(fr.Payload, &answer); err != nil {
				return nil, nil, "", fmt.Errorf("answer of the worker: %w", err)
			}
			break
		}
		if _, err := col.take(fr); err != nil {
			return nil, nil, "", err
		}
	}
	switch {
	case answer.Stream && !q.Stream:
		return nil, nil, "", errStream
	case answer.Error != "":
		return nil, nil, answer.Cut, &ArchiveError{answer.Error, answer.NotImage}
	case answer.Info == nil:
		return nil, nil, "", errors.New("the worker found neither an image nor an error")
	}
	if n := len(answer.Info.Layers); n > c.cfg.Limits.Layers {
		return nil, nil, "", fmt.Errorf("image of %d layers: %w", n, walk.ErrLimit)
	}
	return answer.Info, col.done, answer.Cut, nil
}

// BlobJob is a layer to be read from a file.
type BlobJob struct {
	LayerJob
	File *os.File
}

// Layers reads layers side by side. Every job has a result; one that could not
// be read says so in Failed.
func (c *Client) Layers(ctx context.Context, jobs []BlobJob) (map[int]*Result, error) {
	all := map[int]*Result{}
	todo := slices.Clone(jobs)
	c.procs = c.cfg.Worker.Procs
	for len(todo) > 0 {
		done, err := c.layers(ctx, todo)
		for i, r := range done {
			all[i] = r
		}
		todo = slices.DeleteFunc(todo, func(j BlobJob) bool { return all[j.Index] != nil })
		if err == nil {
			continue
		}
		suspects, derr := c.died(ctx, err)
		if derr != nil {
			if !errors.Is(derr, worker.ErrDied) {
				return nil, derr
			}
			for _, j := range todo {
				all[j.Index] = lostLayer(j, derr)
			}
			return all, nil
		}
		// With one goroutine there is one culprit.
		alone := c.procs == 1
		c.procs = 1
		switch {
		case len(suspects) == 1:
			for i := range todo {
				if uint64(todo[i].Index) == suspects[0].A {
					todo[i].Skip = append(todo[i].Skip, suspects[0].B)
				}
			}
		case alone && len(todo) > 0:
			all[todo[0].Index] = lostLayer(todo[0], err)
			todo = todo[1:]
		}
	}
	return all, nil
}

func lostLayer(j BlobJob, err error) *Result {
	return &Result{
		LayerDone: LayerDone{Index: j.Index, Failed: &finding.Unread{Reason: finding.UnreadWorker, Detail: err.Error()}},
		Listing:   NewListing(),
	}
}

func (c *Client) layers(ctx context.Context, jobs []BlobJob) (map[int]*Result, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	col := collector{limits: c.cfg.Limits, progress: c.cfg.Progress, layers: map[int]*partial{}}
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, j := range jobs {
			if c.request(reqLayer, j.LayerJob, j.File) != nil {
				return // Next says why
			}
		}
	})
	defer sending.Wait()
	for n := 0; n < len(jobs); {
		fr, err := c.proc.Next()
		if err != nil {
			return col.done, err
		}
		finished, err := col.take(fr)
		if err != nil {
			c.proc.Kill("sent what it must not")
			return col.done, err
		}
		if finished {
			n++
		}
	}
	return col.done, nil
}

// collector puts the frames of layers together.
type collector struct {
	limits   Limits
	progress func(uint64, int)
	layers   map[int]*partial
	done     map[int]*Result
}

type partial struct {
	list    []byte
	records []walk.Record
	bytes   int64
}

func (c *collector) at(layer int) *partial {
	p := c.layers[layer]
	if p == nil {
		p = &partial{}
		c.layers[layer] = p
	}
	return p
}

// take handles one frame; finished says that a layer is whole.
func (c *collector) take(f worker.Frame) (finished bool, err error) {
	switch f.Kind {
	case frmBytes:
		if n, k := binary.Uvarint(f.Payload); k > 0 && c.progress != nil {
			c.progress(n, 0)
		}
	case frmRecords:
		var r recordChunk
		if err := json.Unmarshal(f.Payload, &r); err != nil {
			return false, fmt.Errorf("records of the worker: %w", err)
		}
		p := c.at(r.Layer)
		if p.bytes += int64(len(f.Payload)); p.bytes > 4*c.limits.RecordBytes {
			return false, fmt.Errorf("records of layer %d: %w", r.Layer, walk.ErrLimit)
		}
		p.records = append(p.records, r.Records...)
	case frmListing:
		n, k := binary.Uvarint(f.Payload)
		if k <= 0 || n > uint64(c.limits.Layers) {
			return false, errListing
		}
		p := c.at(int(n))
		if p.list = append(p.list, f.Payload[k:]...); len(p.list) > maxText {
			return false, fmt.Errorf("listing of layer %d: %w", n, walk.ErrLimit)
		}
	case frmLayer:
		var d LayerDone
		if err := json.Unmarshal(f.Payload, &d); err != nil {
			return false, fmt.Errorf("layer of the worker: %w", err)
		}
		p := c.at(d.Index)
		list, err := DecodeListing(p.list)
		if err != nil {
			return false, err
		}
		if c.done == nil {
			c.done = map[int]*Result{}
		}
		p.records = withoutReplaced(p.records)
		sortRecords(p.records)
		c.done[d.Index] = &Result{d, list, p.records}
		delete(c.layers, d.Index)
		if c.progress != nil {
			c.progress(0, list.Len())
		}
		return true, nil
	default:
		return false, fmt.Errorf("frame %q is not known", f.Kind)
	}
	return false, nil
}

// sortRecords makes the order independent of which goroutine was first.
func sortRecords(r []walk.Record) {
	slices.SortStableFunc(r, func(a, b walk.Record) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return strings.Compare(a.Detector, b.Detector)
	})
}

// DirJob is a directory to be read in place.
type DirJob struct {
	Index int
	Root  *os.File
	DirOptions
}

// batchFiles is how many opened files travel together, and maxOutstanding how
// many may be with the worker at once.
const (
	batchFiles     = 32
	maxOutstanding = 1024
)

type waiting struct {
	job   fileJob
	layer int
	root  *os.File
}

// Dirs lists directories side by side and has the worker look at wanted files.
func (c *Client) Dirs(ctx context.Context, jobs []DirJob) (map[int]*Result, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &dirRun{c: c, proc: c.proc, results: map[int]*Result{}, out: map[uint64]waiting{}, parts: map[uint64][]walk.Record{}, room: make(chan struct{}, maxOutstanding)}
	d.idle = sync.NewCond(&d.mu)
	for _, j := range jobs {
		d.results[j.Index] = &Result{LayerDone: LayerDone{Index: j.Index}}
	}
	reader := make(chan error, 1)
	go func() { reader <- d.read(ctx) }()

	queue := make(chan DirJob)
	var walkers sync.WaitGroup
	var firstErr error
	var once sync.Once
	for range max(1, min(len(jobs), c.walkers())) {
		walkers.Go(func() {
			for j := range queue {
				if err := d.walk(ctx, j); err != nil {
					once.Do(func() { firstErr = err; cancel() })
				}
			}
		})
	}
feed:
	for _, j := range jobs {
		select {
		case queue <- j:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	walkers.Wait()
	// All files are on their way; the reader ends when every one is answered.
	d.mu.Lock()
	d.fed = true
	answered, proc := len(d.out) == 0, d.proc
	d.mu.Unlock()
	if answered || firstErr != nil {
		_ = proc.Send(worker.Request{Kind: reqPing})
	}
	rerr := <-reader
	if firstErr != nil {
		c.stop()
		return nil, firstErr
	}
	if rerr != nil {
		c.stop()
		return nil, rerr
	}
	for i, r := range d.results {
		sortRecords(r.Records)
		r.Records = append(r.Records, d.unread(i).rest()...)
	}
	return d.results, nil
}

func (c *Client) walkers() int {
	if c.cfg.Worker.Procs > 0 {
		return c.cfg.Worker.Procs
	}
	return 4
}

type dirRun struct {
	c       *Client
	mu      sync.Mutex
	proc    *worker.Process
	idle    *sync.Cond
	results map[int]*Result
	out     map[uint64]waiting
	counts  map[int]*unreadCount
	// parts are records of files that are not yet whole.
	parts map[uint64][]walk.Record
	room  chan struct{}
	seq   uint64
	fed   bool
	// broken holds walkers back while a dead worker is replaced.
	broken bool
}

func (d *dirRun) walk(ctx context.Context, j DirJob) error {
	j.Limits, j.Detectors = d.c.cfg.Limits, d.c.cfg.Detectors
	var batch []fileJob
	var files []*os.File
	flush := func() {
		if len(batch) == 0 {
			return
		}
		d.settled()
		b, err := json.Marshal(fileBatch{batch})
		if err == nil {
			// A dead worker is the reader's business: what was not answered it asks again.
			d.mu.Lock()
			proc := d.proc
			d.mu.Unlock()
			_ = proc.Send(worker.Request{Kind: reqFiles, Payload: b, Files: files})
		}
		for _, f := range files {
			f.Close()
		}
		batch, files = batch[:0], files[:0]
	}
	size := 0
	offer := func(job fileJob, f *os.File) error {
		select {
		case d.room <- struct{}{}:
		default:
			flush() // what is in hand may be what the worker waits for
			size = 0
			select {
			case d.room <- struct{}{}:
			case <-ctx.Done():
				f.Close()
				return ctx.Err()
			}
		}
		job = d.register(job, j)
		batch, files = append(batch, job), append(files, f)
		size += len(job.Path) + 160
		if len(batch) == batchFiles || size > worker.MaxRequest/2 {
			flush()
			size = 0
		}
		return nil
	}
	list, unread, err := WalkDir(ctx, j.Root, j.DirOptions, offer)
	flush()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.results[j.Index]
	r.Listing = list
	r.Files = list.Len()
	for _, it := range list.items {
		if it.kind == kindFile {
			r.Size += it.size
		}
	}
	r.Records = append(r.Records, d.unread(j.Index).keep(unread)...)
	if d.c.cfg.Progress != nil {
		d.c.cfg.Progress(uint64(r.Size), list.Len())
	}
	return nil
}

func (d *dirRun) unread(layer int) *unreadCount {
	if d.counts == nil {
		d.counts = map[int]*unreadCount{}
	}
	if d.counts[layer] == nil {
		d.counts[layer] = &unreadCount{}
	}
	return d.counts[layer]
}

func (d *dirRun) register(job fileJob, j DirJob) fileJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	job.Seq = d.seq
	d.out[job.Seq] = waiting{job, j.Index, j.Root}
	return job
}

// settled waits until no worker is being replaced.
func (d *dirRun) settled() {
	d.mu.Lock()
	for d.broken {
		d.idle.Wait()
	}
	d.mu.Unlock()
}

// answer stores what came of a file; last says that no other is awaited.
func (d *dirRun) answer(k fileDone) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w, ok := d.out[k.Seq]
	if !ok {
		return false
	}
	if d.parts[k.Seq] = append(d.parts[k.Seq], k.Records...); k.More {
		return false
	}
	r := d.results[w.layer]
	r.Records = append(r.Records, d.unread(w.layer).keep(d.parts[k.Seq])...)
	delete(d.out, k.Seq)
	delete(d.parts, k.Seq)
	select {
	case <-d.room:
	default:
	}
	return d.fed && len(d.out) == 0
}

func (d *dirRun) read(ctx context.Context) error {
	for {
		fr, err := d.c.proc.Next()
		if err == nil && fr.Kind == reqPing {
			return nil
		}
		if err == nil {
			var k fileDone
			if k, err = decodeFile(fr); err != nil {
				return err
			}
			if d.answer(k) {
				return nil
			}
			continue
		}
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: it ended before its work did", worker.ErrDied)
		}
		if err := d.recover(ctx, err); err != nil {
			return err
		}
		d.mu.Lock()
		last := d.fed && len(d.out) == 0
		d.mu.Unlock()
		if last {
			return nil
		}
	}
}

func decodeFile(fr worker.Frame) (fileDone, error) {
	var k fileDone
	if fr.Kind != frmFile {
		return k, fmt.Errorf("frame %q is not known", fr.Kind)
	}
	if err := json.Unmarshal(fr.Payload, &k); err != nil {
		return k, fmt.Errorf("file of the worker: %w", err)
	}
	return k, nil
}

// recover replaces a dead worker and asks again what it left unanswered: the
// suspects one at a time, so that the culprit is found.
func (d *dirRun) recover(ctx context.Context, why error) error {
	d.mu.Lock()
	d.broken = true
	clear(d.parts)
	left := make([]uint64, 0, len(d.out))
	for s := range d.out {
		left = append(left, s)
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.broken = false
		d.mu.Unlock()
		d.idle.Broadcast()
	}()
	slices.Sort(left)
	for {
		suspects, err := d.c.died(ctx, why)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			d.giveUp(left, err)
			return d.restart(ctx)
		}
		if err := d.restart(ctx); err != nil {
			return err
		}
		isSuspect := map[uint64]bool{}
		for _, s := range suspects {
			isSuspect[s.B] = true
		}
		// Each file alone: slower, and it happens once.
		slices.SortStableFunc(left, func(a, b uint64) int {
			switch {
			case isSuspect[a] == isSuspect[b]:
				return 0
			case isSuspect[a]:
				return 1
			}
			return -1
		})
		died := false
		for len(left) > 0 {
			seq := left[0]
			left = left[1:]
			if err := d.alone(seq); err != nil {
				if !errors.Is(err, worker.ErrDied) {
					return err
				}
				d.mu.Lock()
				w := d.out[seq]
				d.mu.Unlock()
				d.answer(fileDone{Seq: seq, Records: []walk.Record{unreadRecord(w.job.Path, finding.UnreadWorker, err.Error())}})
				why, died = err, true
				break
			}
		}
		if !died {
			return nil
		}
	}
}

func (d *dirRun) giveUp(left []uint64, err error) {
	for _, s := range left {
		d.mu.Lock()
		w, ok := d.out[s]
		d.mu.Unlock()
		if ok {
			d.answer(fileDone{Seq: s, Records: []walk.Record{unreadRecord(w.job.Path, finding.UnreadWorker, err.Error())}})
		}
	}
}

// alone asks for one file and waits for the answer.
func (d *dirRun) alone(seq uint64) error {
	d.mu.Lock()
	w, ok := d.out[seq]
	d.mu.Unlock()
	if !ok {
		return nil
	}
	f, err := reopen(w.root, w.job.Path)
	if err != nil {
		d.answer(fileDone{Seq: seq, Records: []walk.Record{unreadRecord(w.job.Path, finding.UnreadIO, err.Error())}})
		return nil
	}
	defer f.Close()
	if err := d.c.request(reqFiles, fileBatch{[]fileJob{w.job}}, f); err != nil {
		return err
	}
	return d.drain(seq)
}

func (d *dirRun) restart(ctx context.Context) error {
	err := d.c.start(ctx)
	d.mu.Lock()
	d.proc = d.c.proc
	d.mu.Unlock()
	return err
}

// Behind is a file that a detector's fixed path leads to by links.
type Behind struct {
	Entry walk.Entry
	As    string
	at    int64
}

// maxBehind is how many files are read once more because of links.
const maxBehind = 20_000

// Behind finds the files that are reached by a link under a name that a detector
// wants, and that it was not offered under their own: behind its fixed paths,
// with links anywhere on the way, and behind every link with a wanted name.
// What is no regular file there, and what are too many, is unread.
func (t *Tree) Behind(ds []walk.Detector) ([]Behind, []walk.Record) {
	var out []Behind
	var unread []walk.Record
	seen := map[string]bool{}
	add := func(d walk.Detector, p string) {
		e, err := t.Resolve(p)
		if err != nil || seen[p] {
			return
		}
		switch {
		case e.Type == walk.TypeOther:
			seen[p] = true
			unread = append(unread, notRegular(p))
		case e.Type != walk.TypeFile || d.Want(e.Path, e.Mode, e.Size) != walk.No || d.Want(p, e.Mode, e.Size) == walk.No:
		case len(out) >= maxBehind:
			seen[p] = true
			unread = append(unread, unreadRecord(p, finding.UnreadLimit, fmt.Sprintf("more than %d files behind links", maxBehind)))
		default:
			seen[p] = true
			r, _ := t.find(e.Path)
			out = append(out, Behind{e, p, t.layers[r.layer].items[r.item].at})
		}
	}
	for _, d := range ds {
		l, ok := d.(walk.PathLister)
		if !ok {
			continue
		}
		for _, p := range l.Paths() {
			if e, ok := t.Lookup(p); ok && e.Type != walk.TypeSymlink {
				continue
			}
			add(d, p)
		}
	}
	for _, r := range t.refs {
		l := t.layers[r.layer]
		if l.items[r.item].kind != kindSymlink {
			continue
		}
		p := l.path(int(r.item))
		for _, d := range ds {
			if d.Want(p, 0o644, 1) == walk.Yes {
				add(d, p)
			}
		}
	}
	return out, unread
}

// RereadBlob reads files of one layer once more, under other names, from the
// layer's blob.
func (c *Client) RereadBlob(ctx context.Context, file *os.File, offset, size int64, index int, files []Behind) ([]walk.Record, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	j := rereadJob{Index: index, Offset: offset, Size: size}
	for _, b := range files {
		j.Files = append(j.Files, rereadFile{Real: b.Entry.Path, As: b.As, At: b.at, Size: b.Entry.Size, Mode: uint32(b.Entry.Mode), UID: b.Entry.UID, GID: b.Entry.GID})
	}
	if err := c.request(reqReread, j, file); err != nil {
		return nil, err
	}
	var recs []walk.Record
	for {
		fr, err := c.proc.Next()
		if err != nil {
			if ctx.Err() == nil && errors.Is(err, worker.ErrDied) {
				c.stop()
				for _, b := range files {
					recs = append(recs, unreadRecord(b.As, finding.UnreadWorker, err.Error()))
				}
				return recs, nil
			}
			return nil, err
		}
		switch fr.Kind {
		case frmReread:
			sortRecords(recs)
			return recs, nil
		case frmRecords:
			var r recordChunk
			if err := json.Unmarshal(fr.Payload, &r); err != nil {
				return nil, err
			}
			recs = append(recs, r.Records...)
		case frmBytes:
		default:
			return nil, fmt.Errorf("frame %q is not known", fr.Kind)
		}
	}
}

// RereadDir reads files of a directory read in place under other names.
func (c *Client) RereadDir(ctx context.Context, root *os.File, index int, files []Behind) ([]walk.Record, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	d := &dirRun{c: c, proc: c.proc, results: map[int]*Result{index: {}}, out: map[uint64]waiting{}, parts: map[uint64][]walk.Record{}, room: make(chan struct{}, maxOutstanding)}
	d.idle = sync.NewCond(&d.mu)
	for i, b := range files {
		mode := b.Entry.Mode
		sure, peek := want(c.cfg.Detectors, b.As, mode, b.Entry.Size)
		job := fileJob{Seq: uint64(i + 1), Path: b.As, Mode: uint32(mode), Size: b.Entry.Size, UID: b.Entry.UID, GID: b.Entry.GID, Sure: sure, Peek: peek}
		f, err := reopen(root, b.Entry.Path)
		if err != nil {
			d.results[index].Records = append(d.results[index].Records, unreadRecord(b.As, finding.UnreadIO, err.Error()))
			continue
		}
		d.out[job.Seq] = waiting{job, index, root}
		if err := c.request(reqFiles, fileBatch{[]fileJob{job}}, f); err == nil {
			err = d.drain(job.Seq)
			if err != nil {
				f.Close()
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				c.stop()
				d.answer(fileDone{Seq: job.Seq, Records: []walk.Record{unreadRecord(b.As, finding.UnreadWorker, err.Error())}})
				if err := c.start(ctx); err != nil {
					return nil, err
				}
				continue
			}
		}
		f.Close()
	}
	return d.results[index].Records, nil
}

// File has one open file looked at, by itself, under a name. The result has a
// listing of just it.
func (c *Client) File(ctx context.Context, f *os.File, name string, mode fs.FileMode, size int64) (*Result, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	b := newBuilder()
	if _, err := b.add(name, "", item{kind: kindFile, mode: mode, size: size}); err != nil {
		return nil, err
	}
	r := &Result{Listing: b.finish()}
	r.Size, r.Files = size, 1
	sure, peek := want(c.cfg.Detectors, name, mode, size)
	if sure|peek == 0 {
		return r, nil
	}
	job := fileJob{Seq: 1, Path: name, Mode: uint32(mode), Size: size, Sure: sure, Peek: peek}
	d := &dirRun{c: c, results: map[int]*Result{0: r}, out: map[uint64]waiting{1: {job: job}}, parts: map[uint64][]walk.Record{}, room: make(chan struct{}, 1)}
	err := c.request(reqFiles, fileBatch{[]fileJob{job}}, f)
	if err == nil {
		err = d.drain(job.Seq)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.stop()
		r.Records = append(r.Records, unreadRecord(name, finding.UnreadWorker, err.Error()))
	}
	return r, nil
}

// drain reads answers until that of seq.
func (d *dirRun) drain(seq uint64) error {
	for {
		k, err := d.next()
		if err != nil {
			return err
		}
		if k.Seq == seq && !k.More {
			return nil
		}
	}
}

// next reads one answer and stores what came of its file.
func (d *dirRun) next() (fileDone, error) {
	for {
		fr, err := d.c.proc.Next()
		if errors.Is(err, io.EOF) {
			err = worker.ErrDied
		}
		if err != nil {
			return fileDone{}, err
		}
		if fr.Kind == reqPing {
			continue
		}
		k, err := decodeFile(fr)
		if err != nil {
			return fileDone{}, err
		}
		d.answer(k)
		return k, nil
	}
}
