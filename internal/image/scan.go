package image

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/image/cache"
	"bulwark/internal/image/layer"
	"bulwark/internal/image/source"
	"bulwark/internal/imageconfig"
	"bulwark/internal/inventory"
	"bulwark/internal/inventory/os/osrelease"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// WorkerMain is the worker's main function: a program whose first argument is
// worker.Arg calls it before anything else.
func WorkerMain(ctx context.Context) error {
	return worker.Serve(ctx, work)
}

func work(ctx context.Context, c worker.Conn) error {
	return layer.Work(ctx, c, detector())
}

// Scan scans one subject.
func Scan(ctx context.Context, o Options) (*finding.Report, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if len(o.Families) == 0 {
		o.Families = []Family{Vulnerabilities}
	}
	if o.Detectors == nil {
		var err error
		if o.Detectors, err = Detectors(o.Families...); err != nil {
			return nil, err
		}
	}
	detectors, err := withRules(o.Detectors, o.SecretRules)
	if err != nil {
		return nil, err
	}
	o.Detectors = detectors
	if o.Limits == (layer.Limits{}) {
		o.Limits = layer.DefaultLimits()
	}
	if o.Worker.InProcess == nil {
		o.Worker.InProcess = work
	}
	if o.Worker.Procs == 0 {
		o.Worker.Procs = runtime.GOMAXPROCS(0)
	}
	started := time.Now()
	opened, err := source.Open(ctx, o.Source)
	var contradiction *source.Mismatch
	if errors.As(err, &contradiction) {
		return contradicted(o, nil, contradiction, started), nil
	}
	if err != nil {
		return nil, err
	}
	r, err := scanOpened(ctx, o, opened)
	cerr := opened.Close()
	switch {
	case errors.As(cerr, &contradiction) && ctx.Err() == nil:
		// The engine itself noticed, and stopped: what came before it counts.
		if err != nil {
			return contradicted(o, opened, contradiction, started), nil
		}
		noticed(r, contradiction)
	case err == nil && cerr != nil:
		r.Unread = append(r.Unread, finding.Unread{Location: finding.Location{Layer: -1}, Reason: finding.UnreadIO, Detail: cerr.Error()})
	case err != nil && cerr != nil && ctx.Err() == nil:
		// What could not be read is the consequence; why it broke off is the cause.
		err = fmt.Errorf("%w (so that %w)", cerr, err)
	}
	if errors.Is(err, layer.ErrRefused) && !o.Source.NoInPlace {
		// The directories are not all there is: the engine knows the rest.
		o.Log.Info("not read in place", "reason", err)
		why := err.Error()
		o.Source.NoInPlace = true
		r, err = Scan(ctx, o)
		if err == nil {
			r.Source.Why = append(r.Source.Why, why)
		}
		return r, err
	}
	if err != nil {
		return nil, err
	}
	r.Started = started.UTC().Truncate(time.Second)
	return r, nil
}

// contradicted is the report of an image whose engine's own records contradict
// each other, or what it keeps: a finding, and nothing that was read. opened is
// nil when it came to nothing that could be opened.
func contradicted(o Options, opened *source.Opened, m *source.Mismatch, started time.Time) *finding.Report {
	name := strings.TrimPrefix(o.Source.Ref, "docker:")
	r := &finding.Report{
		Schema: finding.SchemaVersion, Tool: o.Tool, Started: started.UTC().Truncate(time.Second),
		Subject:  finding.Subject{Kind: source.KindImage, Ref: o.Source.Ref, Name: repository(name)},
		Source:   finding.SourceInfo{Kind: "docker", Why: []string{m.Error()}},
		Packages: []finding.Package{}, Results: []finding.Result{}, Coverage: []finding.Coverage{}, Unread: []finding.Unread{},
	}
	if opened != nil {
		r.Subject = opened.Subject
		r.Source = opened.Info
	}
	noticed(r, m)
	return r
}

// noticed adds what the engine itself found wrong, and that the rest was not read.
func noticed(r *finding.Report, m *source.Mismatch) {
	what, title := "engine records", finding.T("image-integrity.directory", m.Layer, m.Detail)
	if m.Layer == "" {
		what, title = "engine export", finding.T("image-integrity.export")
		if m.Path != "" {
			title = finding.T("image-integrity.export-file", "/"+layer.Show(m.Path))
		}
	}
	res := integrity(r.Subject, what, title)
	res.Evidence = []string{m.Error()}
	r.Results = append(r.Results, res)
	r.Unread = append(r.Unread, finding.Unread{Location: finding.Location{Layer: -1}, Reason: finding.UnreadCorrupt, Detail: m.Error()})
}

// run is one scan.
type run struct {
	o      Options
	opened *source.Opened
	client *layer.Client
	report *finding.Report
	layers []state
	config []byte // as it was read; nil where there is none
	// integrity are findings that what was read is not what its digests say.
	integrity []finding.Result
	records   []walk.Record
	prog      Progress
	progMu    sync.Mutex
}

// state is one layer on its way through a scan.
type state struct {
	info    finding.LayerInfo
	claimed string // digest of the blob as the manifest claims
	result  *layer.Result
	trust   cache.Trust
	// where a second read finds the content
	root         *os.File
	blob         *os.File
	offset, size int64
	missing      string
}

func scanOpened(ctx context.Context, o Options, opened *source.Opened) (*finding.Report, error) {
	s := &run{o: o, opened: opened, report: &finding.Report{
		Schema: finding.SchemaVersion, Tool: o.Tool, Subject: opened.Subject, Source: opened.Info,
		Packages: []finding.Package{}, Results: []finding.Result{}, Coverage: []finding.Coverage{}, Unread: []finding.Unread{},
	}}
	for _, d := range o.Detectors {
		name := fmt.Sprintf("%s@%d", d.Name(), d.Version())
		if c, ok := d.(walk.Configurable); ok && len(c.Options()) > 0 {
			name += fmt.Sprintf("+%x", sha256.Sum256(c.Options()))
		}
		s.report.Tool.Detectors = append(s.report.Tool.Detectors, name)
	}
	slices.Sort(s.report.Tool.Detectors)
	for _, f := range o.Families {
		s.report.Scanners = append(s.report.Scanners, string(f))
	}
	temp := o.TempDir
	if temp == "" {
		temp = os.TempDir()
	}
	cfg := layer.ClientConfig{Worker: o.Worker, Detectors: o.Detectors, Limits: o.Limits, Log: o.Log, Progress: s.progress}
	if opened.Archive != nil || slices.ContainsFunc(opened.Layers, func(l source.Layer) bool { return l.Blob != nil }) {
		cfg.Scratch = func() (*os.File, error) { return layer.Scratch(temp) } // a directory's files are opened where they are
	}
	s.client = layer.NewClient(cfg)
	defer s.client.Close()
	var err error
	switch {
	case opened.Archive != nil:
		err = s.archive(ctx)
	case opened.Dir != nil:
		err = s.dir(ctx)
	case opened.File != nil:
		err = s.file(ctx)
	default:
		err = s.engine(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := s.finish(ctx); err != nil {
		return nil, err
	}
	return s.report, nil
}

func (s *run) progress(bytes uint64, files int) {
	if s.o.Progress == nil {
		return
	}
	s.progMu.Lock()
	defer s.progMu.Unlock()
	s.prog.Bytes += int64(bytes)
	s.prog.Files += int64(files)
	if files > 0 && s.prog.LayersDone < s.prog.Layers {
		s.prog.LayersDone++
	}
	s.o.Progress(s.prog)
}

func (s *run) total(layers int, bytes int64) {
	s.progMu.Lock()
	s.prog.Layers, s.prog.Total = layers, bytes
	s.progMu.Unlock()
	s.progress(0, 0)
}

// key names a layer's entry in the cache. dir is the directory that an engine
// vouches for, nil for content that was hashed.
func (s *run) key(t cache.Trust, diffID string, dir *os.File) string {
	limits, _ := json.Marshal(s.o.Limits)
	return cache.Key(t, diffID, append([]string{"listing-4", string(limits), identity(dir)}, s.report.Tool.Detectors...)...)
}

// identity tells one engine's directory from another's: what one engine vouches
// for is no word on what another one has.
func identity(dir *os.File) string {
	if dir == nil {
		return ""
	}
	info, err := dir.Stat()
	if err != nil {
		return dir.Name()
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return dir.Name()
	}
	return fmt.Sprintf("%d:%d:%d", st.Dev, st.Ino, info.ModTime().UnixNano())
}

// known gives what is known of a layer. What was hashed may answer for what the
// engine vouches for, never the other way.
func (s *run) known(t cache.Trust, diffID string, dir *os.File) *layer.Result {
	if s.o.Cache == nil || diffID == "" {
		return nil
	}
	if b, ok := s.o.Cache.Get(s.key(t, diffID, dir)); ok {
		if r, err := decodeEntry(b); err == nil {
			return r
		}
	}
	if t == cache.Engine {
		return s.known(cache.Hashed, diffID, nil)
	}
	return nil
}

// remember keeps that --verify found a directory changed, or was satisfied, so
// that a scan without it says so too.
func (s *run) remember(diffID string, dir *os.File, detail string) {
	_ = s.o.Cache.Put(cache.Key("changed", diffID, identity(dir)), []byte(detail))
}

// changed gives what --verify found wrong with a directory before.
func (s *run) changed(diffID string, dir *os.File) string {
	b, _ := s.o.Cache.Get(cache.Key("changed", diffID, identity(dir)))
	return string(b)
}

func encodeEntry(r *layer.Result) ([]byte, error) {
	head, err := json.Marshal(r.LayerDone)
	if err != nil {
		return nil, err
	}
	recs, err := json.Marshal(r.Records)
	if err != nil {
		return nil, err
	}
	out := binary.AppendUvarint(nil, uint64(len(head)))
	out = append(out, head...)
	out = binary.AppendUvarint(out, uint64(len(recs)))
	out = append(out, recs...)
	return append(out, r.Listing.Encode()...), nil
}

var errEntry = errors.New("entry of the cache is damaged")

func decodeEntry(b []byte) (*layer.Result, error) {
	var r layer.Result
	part := func() ([]byte, error) {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, errEntry
		}
		p := b[k : k+int(n)]
		b = b[k+int(n):]
		return p, nil
	}
	head, err := part()
	if err != nil {
		return nil, err
	}
	recs, err := part()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(head, &r.LayerDone); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(recs, &r.Records); err != nil {
		return nil, err
	}
	r.Listing, err = layer.DecodeListing(b)
	return &r, err
}

// keep stores what was found in a layer. What the worker died of is not kept:
// another version, or more memory, may read it.
func (s *run) keep(st *state, diffID string) {
	if s.o.Cache == nil || diffID == "" || st.info.Cached || st.result.Failed != nil {
		return
	}
	for _, r := range st.result.Records {
		if r.Unread != nil && (r.Unread.Reason == finding.UnreadWorker || r.Unread.Reason == finding.UnreadIO) {
			return
		}
	}
	b, err := encodeEntry(st.result)
	if err == nil {
		err = s.o.Cache.Put(s.key(st.trust, diffID, st.root), b)
	}
	if err != nil {
		s.o.Log.Info("a layer was not kept in the cache", "layer", diffID, "error", err)
	}
}

// mismatch adds a critical finding. what is the subject of the fingerprint; the
// place is left out where it is a document and not a layer.
func (s *run) mismatch(what string, title finding.Text, at ...finding.Location) {
	s.integrity = append(s.integrity, integrity(s.report.Subject, what, title, at...))
}

func integrity(of finding.Subject, what string, title finding.Text, at ...finding.Location) finding.Result {
	return finding.Result{
		Check: finding.CheckIntegrity, State: finding.Fail, Rating: finding.Rating{Severity: finding.Critical},
		Resource: finding.Resource{Kind: "image", Name: of.Name},
		Title:    title, Subject: what, Locations: at,
	}
}

// engine scans an image that an engine keeps as directories or blobs.
func (s *run) engine(ctx context.Context) error {
	cfg, err := imageconfig.Parse(s.opened.Config)
	if err != nil {
		return err
	}
	if len(cfg.RootFS.DiffIDs) != len(s.opened.Layers) {
		return fmt.Errorf("the engine has %d layers of the image, its configuration names %d", len(s.opened.Layers), len(cfg.RootFS.DiffIDs))
	}
	s.config = s.opened.Config
	s.report.Subject.Created = cfg.Created
	if s.report.Subject.Platform == "" {
		s.report.Subject.Platform = cfg.Platform()
	}
	by := cfg.Instructions()
	s.layers = make([]state, len(s.opened.Layers))
	known := make([]*layer.Result, len(s.opened.Layers))
	if !s.o.Source.Verify {
		var reading sync.WaitGroup
		for i, l := range s.opened.Layers {
			if l.Root != nil {
				reading.Go(func() { known[i] = s.known(cache.Engine, l.DiffID, l.Root) })
			}
		}
		reading.Wait()
	}
	var dirs []layer.DirJob
	var blobs []layer.BlobJob
	for i, l := range s.opened.Layers {
		st := &s.layers[i]
		st.info = finding.LayerInfo{Index: i, DiffID: l.DiffID, Digest: l.BlobDigest, CreatedBy: by[i], Trust: l.Trust}
		st.claimed = l.BlobDigest
		if l.Root != nil {
			st.root, st.trust = l.Root, cache.Engine
		} else {
			st.blob, st.offset, st.size, st.trust = l.Blob, l.BlobOffset, l.BlobSize, cache.Hashed
		}
		if s.o.Source.Verify && l.Root != nil {
			if err := s.verify(ctx, i, l); err != nil {
				return err
			}
		}
		if l.Root != nil && !s.o.Source.Verify {
			if detail := s.changed(l.DiffID, l.Root); detail != "" {
				st.info.Trust = "mismatch"
				s.mismatch(fmt.Sprintf("layer directory %d", i), finding.T("image-integrity.directory", l.DiffID, detail), finding.Location{Layer: i})
			}
		}
		st.result = known[i]
		if st.result != nil {
			st.info.Cached = true
			continue
		}
		if l.Root != nil {
			dirs = append(dirs, layer.DirJob{Index: i, Root: l.Root, DirOptions: layer.DirOptions{
				Markers: true, UserXattr: l.UserXattr, UIDs: idMaps(l.UIDs), GIDs: idMaps(l.GIDs),
			}})
			continue
		}
		if j, ok := s.blobJob(i); ok {
			blobs = append(blobs, j)
		}
	}
	s.total(len(s.layers), 0)
	if len(dirs) > 0 {
		done, err := s.client.Dirs(ctx, dirs)
		if err != nil {
			return err
		}
		for i, r := range done {
			s.layers[i].result = r
		}
		if err := s.opened.StillThere(ctx); err != nil {
			return err
		}
	}
	if err := s.blobs(ctx, blobs); err != nil {
		return err
	}
	for i := range s.layers {
		if st := &s.layers[i]; st.root != nil {
			s.keep(st, st.info.DiffID)
		}
	}
	return nil
}

func idMaps(in []source.IDMap) []layer.IDMap {
	var out []layer.IDMap
	for _, m := range in {
		out = append(out, layer.IDMap{Container: m.Container, Host: m.Host, Size: m.Size})
	}
	return out
}

// verify proves a layer read in place.
func (s *run) verify(ctx context.Context, i int, l source.Layer) error {
	st := &s.layers[i]
	if l.Verify == nil {
		st.info.Trust = "cannot be verified"
		return nil
	}
	err := l.Verify(ctx)
	var m *source.Mismatch
	switch {
	case err == nil:
		// It is kept as the engine's all the same: its listing does not know
		// where in a tar the files are.
		st.info.Trust = "verified"
		if s.changed(l.DiffID, l.Root) != "" {
			s.remember(l.DiffID, l.Root, "")
		}
	case errors.As(err, &m):
		st.info.Trust = "mismatch"
		s.remember(l.DiffID, l.Root, m.Detail)
		s.mismatch(fmt.Sprintf("layer directory %d", i), finding.T("image-integrity.directory", l.DiffID, m.Detail), finding.Location{Layer: i, Path: m.Path})
	case errors.Is(err, source.ErrCannotVerify):
		st.info.Trust = "cannot be verified"
		s.report.Source.Why = append(s.report.Source.Why, err.Error())
	default:
		return fmt.Errorf("verify layer %d: %w", i, err)
	}
	return nil
}

// blobJob decides how much of a layer's blob has to be read. A claim is used
// only to guess which result will be wanted: it counts when the hash agrees.
func (s *run) blobJob(i int) (layer.BlobJob, bool) {
	st := &s.layers[i]
	j := layer.BlobJob{LayerJob: layer.LayerJob{Index: i, Offset: st.offset, Size: st.size}, File: st.blob}
	if r := s.known(cache.Hashed, st.info.DiffID, nil); r != nil {
		st.result = r
		j.HashOnly = true
	}
	return j, true
}

// blobs reads layers from files and compares their digests.
func (s *run) blobs(ctx context.Context, jobs []layer.BlobJob) error {
	for len(jobs) > 0 {
		done, err := s.client.Layers(ctx, jobs)
		if err != nil {
			return err
		}
		var again []layer.BlobJob
		for _, j := range jobs {
			st, r := &s.layers[j.Index], done[j.Index]
			if j.HashOnly {
				if r.Failed == nil && r.DiffID == st.info.DiffID {
					st.result.DiffID, st.result.Digest = r.DiffID, r.Digest
					st.info.Cached = true
					s.judge(j.Index)
					continue
				}
				// The claim was wrong, or the blob can't be read: it speaks for itself.
				st.result = nil
				j.HashOnly = false
				again = append(again, j)
				continue
			}
			st.result = r
			s.judge(j.Index)
			s.keep(st, r.DiffID)
		}
		jobs = again
	}
	return nil
}

// judge compares what a layer was said to be with what it is.
func (s *run) judge(i int) {
	st := &s.layers[i]
	r := st.result
	if r.DiffID == "" {
		st.info.Trust = "not read to its end"
		return
	}
	ok := true
	if st.info.DiffID != "" && st.info.DiffID != r.DiffID {
		s.mismatch(fmt.Sprintf("diff ID of layer %d", i), finding.T("image-integrity.diff-id", st.info.DiffID, r.DiffID), finding.Location{Layer: i})
		ok = false
	}
	if st.claimed != "" && st.claimed != r.Digest {
		s.mismatch(fmt.Sprintf("digest of layer %d", i), finding.T("image-integrity.blob", st.claimed, r.Digest), finding.Location{Layer: i})
		ok = false
	}
	if r.Digest != r.DiffID {
		if known, have := s.o.Cache.DiffID(r.Digest); have && known != r.DiffID {
			s.mismatch(fmt.Sprintf("unpacked content of layer %d", i), finding.T("image-integrity.pair", known, r.DiffID), finding.Location{Layer: i})
			ok = false
		} else if !have {
			_ = s.o.Cache.Pair(r.Digest, r.DiffID)
		}
	}
	st.info.Digest = r.Digest
	st.info.Trust = "mismatch"
	if ok {
		st.info.Trust = "verified"
	}
}

// archive scans a docker save or OCI archive.
func (s *run) archive(ctx context.Context) error {
	f := s.opened.Archive
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	seekable := info.Mode().IsRegular()
	if seekable {
		s.total(0, info.Size())
	}
	q := layer.ArchiveQuery{Ref: s.opened.ArchiveRef, Platform: s.o.Source.Platform, Host: runtime.GOOS + "/" + runtime.GOARCH}
	if runtime.GOOS != "linux" {
		q.Host = "linux/" + runtime.GOARCH
	}
	img, streamed, cut, err := s.client.Archive(ctx, f, seekable, q)
	if err != nil {
		return err
	}
	if cut != "" {
		s.report.Unread = append(s.report.Unread, finding.Unread{Location: finding.Location{Layer: -1}, Reason: finding.UnreadCorrupt, Detail: cut})
	}
	sub := &s.report.Subject
	sub.ConfigDigest, sub.Platform, sub.OtherPlatforms, sub.Created = img.ConfigDigest, img.Platform, img.OtherPlatforms, img.Created
	sub.Aliases = img.Aliases
	s.config = img.Config
	if len(sub.Tags) == 0 {
		sub.Tags = img.Tags
	}
	if len(sub.Tags) > 0 {
		sub.Name = repository(sub.Tags[0])
	}
	for _, m := range img.Mismatches {
		title := finding.T("image-integrity.configuration", m.Claimed, m.Computed)
		if m.What == layer.WhatManifest {
			title = finding.T("image-integrity.manifest", m.Claimed, m.Computed)
		}
		s.mismatch(m.What, title)
	}
	s.layers = make([]state, len(img.Layers))
	s.total(len(img.Layers), s.prog.Total)
	var jobs []layer.BlobJob
	for i, l := range img.Layers {
		st := &s.layers[i]
		st.info = finding.LayerInfo{Index: i, DiffID: l.DiffID, Digest: l.Digest, CreatedBy: l.CreatedBy}
		st.claimed, st.trust = l.Digest, cache.Hashed
		switch {
		case l.Missing != "":
			st.missing = l.Missing
		case streamed != nil:
			r := streamed[l.Stream]
			if r == nil {
				st.missing = "it was not reached in the stream"
				break
			}
			st.result = r
			s.judge(i)
			s.keep(st, r.DiffID)
		default:
			st.blob, st.offset, st.size = f, l.Offset, l.Size
			if j, ok := s.blobJob(i); ok {
				jobs = append(jobs, j)
			}
		}
	}
	if err := s.blobs(ctx, jobs); err != nil {
		return err
	}
	return s.opened.StillThere(ctx)
}

// repository is a reference without tag and digest.
func repository(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		ref = ref[:i]
	}
	return ref
}

// dir scans a directory.
func (s *run) dir(ctx context.Context) error {
	done, err := s.client.Dirs(ctx, []layer.DirJob{{Root: s.opened.Dir}})
	if err != nil {
		return err
	}
	s.layers = []state{{result: done[0], root: s.opened.Dir}}
	return nil
}

// file scans one file. What comes through a pipe is kept in an unlinked file
// meanwhile, since detectors read at random.
func (s *run) file(ctx context.Context) error {
	f := s.opened.File
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	mode, size := info.Mode().Perm(), info.Size()
	var rest *finding.Unread
	if !info.Mode().IsRegular() {
		spool, err := layer.Scratch(cmp.Or(s.o.TempDir, os.TempDir()))
		if err != nil {
			return fmt.Errorf("keep standard input: %w", err)
		}
		defer spool.Close()
		n, more, err := source.Spool(spool, f, s.o.Limits.ScratchBytes)
		if err != nil {
			return fmt.Errorf("keep standard input: %w", err)
		}
		if more {
			rest = &finding.Unread{Location: finding.Location{Layer: -1, Path: s.opened.FileName}, Reason: finding.UnreadLimit,
				Detail: fmt.Sprintf("only the first %d bytes of standard input were looked at; name the file itself", n)}
		}
		if n == 0 {
			// More often a program before the pipe that failed than a file of nothing.
			rest = &finding.Unread{Location: finding.Location{Layer: -1, Path: s.opened.FileName}, Reason: finding.UnreadIO, Detail: "nothing came from standard input"}
		}
		f, mode, size = spool, 0o644, n
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	r, err := s.client.File(ctx, f, s.opened.FileName, mode, size)
	if err != nil {
		return err
	}
	if rest != nil {
		s.report.Unread = append(s.report.Unread, *rest)
	}
	s.layers = []state{{result: r}}
	return s.opened.StillThere(ctx)
}

// layered tells whether the subject is an image.
func (s *run) layered() bool { return s.opened.Dir == nil && s.opened.File == nil }

// finish squashes, merges, matches.
func (s *run) finish(ctx context.Context) error {
	listings := make([]*layer.Listing, len(s.layers))
	for i := range s.layers {
		st := &s.layers[i]
		if st.result == nil {
			st.result = &layer.Result{Listing: layer.NewListing()}
			st.result.Failed = &finding.Unread{Reason: finding.UnreadIO, Detail: st.missing}
		}
		r := st.result
		listings[i] = r.Listing
		st.info.Size, st.info.Files = r.Size, r.Files
		if r.Failed != nil {
			u := *r.Failed
			u.Location.Layer = i
			s.report.Unread = append(s.report.Unread, u)
		}
		s.take(i, r.Records)
		if s.layered() {
			s.report.Layers = append(s.report.Layers, st.info)
		}
	}
	tree := layer.Squash(listings)
	if err := s.behindLinks(ctx, tree); err != nil {
		return err
	}
	if !s.layered() {
		for i := range s.records {
			noLayer(&s.records[i])
		}
	}
	var cfg *imageconfig.Config
	if s.config != nil {
		var err error
		if cfg, err = imageconfig.Parse(s.config); err != nil {
			return err
		}
		s.report.Image = imageconfig.Facts(cfg, nil)
	}
	s.contents(tree)
	if err := s.configuration(ctx); err != nil {
		return err
	}
	s.secrets(cfg, time.Now())
	s.visibility(tree)
	s.packages(tree)
	s.lintTree(cfg, tree)
	s.report.Results = append(s.report.Results, s.integrity...)
	for i := range s.records {
		if r := s.records[i].Result; r != nil {
			s.report.Results = append(s.report.Results, *r)
		}
		if u := s.records[i].Unread; u != nil && s.records[i].Detector == "" {
			s.report.Unread = append(s.report.Unread, *u)
		}
	}
	s.placeAll()
	if s.o.Match != nil {
		if err := s.o.Match(ctx, s.report); err != nil {
			return err
		}
	}
	if err := s.o.Cache.Sweep(); err != nil {
		s.o.Log.Info("the cache was not swept", "error", err)
	}
	return nil
}

// contents says what the layers hold.
func (s *run) contents(tree *layer.Tree) {
	if !s.layered() {
		return
	}
	if s.report.Image == nil {
		s.report.Image = &finding.Image{}
	}
	c, image := tree.Contents(), s.report.Image
	image.Contents, image.Privileged, image.Owners = c.Layers, c.Privileged, c.Owners
	image.FinalSize, image.FinalFiles, image.Waste = c.FinalSize, c.FinalFiles, c.Waste
	if s.o.Brought != nil {
		tree.Brought(s.o.Brought)
	}
}

// packages merges what the extractors found; where none took part, nothing is
// said of packages, not even that they are absent.
func (s *run) packages(tree *layer.Tree) {
	if !slices.ContainsFunc(s.o.Detectors, func(d walk.Detector) bool { return d.Name() == osrelease.Name }) {
		for _, r := range s.records {
			if r.Unread != nil && r.Detector != "" {
				s.report.Unread = append(s.report.Unread, *r.Unread)
			}
		}
		return
	}
	inv := inventory.Merge(tree, s.report.Layers, s.records)
	if inv.Packages != nil {
		s.report.Packages = inv.Packages
	}
	s.report.Subject.OS = inv.OS
	s.report.Unread = append(s.report.Unread, inv.Unread...)
}

// configRecords are what the detectors say of the configuration. They are kept
// under its hash, which was computed here.
func (s *run) configRecords(ctx context.Context) ([]walk.Record, error) {
	key := cache.Key(cache.Hashed, fmt.Sprintf("configuration %x", sha256.Sum256(s.config)), s.report.Tool.Detectors...)
	if b, ok := s.o.Cache.Get(key); ok {
		var recs []walk.Record
		if json.Unmarshal(b, &recs) == nil {
			for i := range recs {
				recs[i].Layer = -1
			}
			return recs, nil
		}
	}
	recs, err := s.client.Config(ctx, s.config)
	if err != nil || slices.ContainsFunc(recs, func(r walk.Record) bool { return r.Unread != nil && r.Unread.Reason == finding.UnreadWorker }) {
		return recs, err
	}
	if b, err := json.Marshal(recs); err == nil {
		if err := s.o.Cache.Put(key, b); err != nil {
			s.o.Log.Info("what was found in the configuration was not kept in the cache", "error", err)
		}
	}
	return recs, nil
}

// configuration has the image's configuration looked at.
func (s *run) configuration(ctx context.Context) error {
	if s.config == nil {
		return nil
	}
	recs, err := s.configRecords(ctx)
	if err != nil {
		return err
	}
	for _, r := range recs {
		if r.Unread != nil {
			r.Detector = "" // no family's merge sees it
		}
		if r.Result != nil {
			for i := range r.Result.Locations {
				if l := &r.Result.Locations[i]; l.Layer < 0 || l.Layer >= len(s.layers) {
					l.Layer = -1 // the worker's word on what it was not given
				}
			}
		}
		s.records = append(s.records, r)
	}
	return nil
}

// visibility says of results about files whether the final file system still
// shows the file.
func (s *run) visibility(tree *layer.Tree) {
	for i := range s.records {
		r := &s.records[i]
		if r.Result == nil || r.Layer < 0 || tree.Visible(r.Layer, r.Path) {
			continue
		}
		if lasting(r.Detector) {
			r.Result.Removed = true
		} else {
			r.Result.Hidden = true
		}
	}
}

// placeAll writes paths as a reader expects them: absolute in an image, relative
// to the directory in a directory, which has no layers.
func (s *run) placeAll() {
	place := func(l *finding.Location) {
		l.Path = layer.Show(l.Path)
		if !s.layered() {
			l.Layer = -1
		} else if l.Path != "" && l.Path[0] != '/' {
			l.Path = "/" + l.Path
		}
	}
	for i := range s.report.Packages {
		for k := range s.report.Packages[i].Locations {
			place(&s.report.Packages[i].Locations[k])
		}
	}
	for i := range s.report.Results {
		for k := range s.report.Results[i].Locations {
			place(&s.report.Results[i].Locations[k])
		}
	}
	for i := range s.report.Unread {
		place(&s.report.Unread[i].Location)
	}
}

// noLayer says that there are no layers.
func noLayer(r *walk.Record) {
	r.Layer = -1
	if r.Package != nil {
		for i := range r.Package.Locations {
			r.Package.Locations[i].Layer = -1
		}
	}
}

// take adds the records of a layer, which say nothing of its place.
func (s *run) take(i int, recs []walk.Record) {
	for _, r := range recs {
		r.Layer = i
		if r.Package != nil {
			p := *r.Package
			p.Locations = slices.Clone(p.Locations)
			for k := range p.Locations {
				p.Locations[k].Layer = i
			}
			r.Package = &p
		}
		if r.Unread != nil {
			u := *r.Unread
			u.Location.Layer = i
			r.Unread = &u
		}
		if r.Result != nil {
			res := *r.Result
			res.Locations = slices.Clone(res.Locations)
			for k := range res.Locations {
				res.Locations[k].Layer = i
			}
			r.Result = &res
		}
		s.records = append(s.records, r)
	}
}

// behindLinks reads files once more that detectors' fixed paths lead to.
func (s *run) behindLinks(ctx context.Context, tree *layer.Tree) error {
	byLayer := map[int][]layer.Behind{}
	var order []int
	behind, unread := tree.Behind(s.o.Detectors)
	for _, u := range unread {
		u.Unread.Location.Layer = -1
		s.report.Unread = append(s.report.Unread, *u.Unread)
	}
	for _, b := range behind {
		if byLayer[b.Entry.Layer] == nil {
			order = append(order, b.Entry.Layer)
		}
		byLayer[b.Entry.Layer] = append(byLayer[b.Entry.Layer], b)
	}
	for _, i := range order {
		st := &s.layers[i]
		var recs []walk.Record
		var err error
		switch {
		case st.root != nil:
			recs, err = s.client.RereadDir(ctx, st.root, i, byLayer[i])
		case st.blob != nil:
			recs, err = s.client.RereadBlob(ctx, st.blob, st.offset, st.size, i, byLayer[i])
		default:
			for _, b := range byLayer[i] {
				s.report.Unread = append(s.report.Unread, finding.Unread{
					Location: finding.Location{Layer: i, Path: b.As}, Reason: finding.UnreadIO,
					Detail: fmt.Sprintf("leads to %q, whose content has passed; scan the archive as a file", strings.ToValidUTF8(b.Entry.Path, "\uFFFD")),
				})
			}
		}
		if err != nil {
			return err
		}
		s.take(i, recs)
	}
	return nil
}
