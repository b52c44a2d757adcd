package walk

import (
	"context"
	"fmt"

	"bulwark/internal/finding"
)

// Recorder is a Sink that keeps what it is told; tests and the worker use it.
type Recorder struct {
	Detector string
	File     *File
	Records  []Record
	// config: there is no file that a result could be about.
	config bool
}

var _ Sink = (*Recorder)(nil)

// Package implements Sink.
func (r *Recorder) Package(p finding.Package) {
	if len(p.Locations) == 0 {
		p.Locations = []finding.Location{{Path: r.File.Path}}
	}
	r.Records = append(r.Records, Record{Detector: r.Detector, Path: r.File.Path, Package: &p})
}

// Fact implements Sink.
func (r *Recorder) Fact(kind string, data []byte) {
	r.Records = append(r.Records, Record{Detector: r.Detector, Path: r.File.Path, Fact: &Fact{kind, data}})
}

// Result implements Sink.
func (r *Recorder) Result(res finding.Result) {
	if len(res.Locations) == 0 && !r.config {
		res.Locations = []finding.Location{{Path: r.File.Path}}
	}
	r.Records = append(r.Records, Record{Detector: r.Detector, Path: r.File.Path, Result: &res})
}

// Unread implements Sink.
func (r *Recorder) Unread(inner string, err error) {
	path := r.File.Path
	if inner != "" {
		path += "!/" + inner
	}
	r.Records = append(r.Records, Record{Detector: r.Detector, Path: r.File.Path, Unread: &finding.Unread{
		Location: finding.Location{Path: path}, Reason: UnreadReason(err), Detector: r.Detector, Detail: err.Error(),
	}})
}

// Inspect offers one file to one detector as the walk would: it asks Want, then
// Peek, and runs Inspect with panics turned into errors. An error of Inspect
// becomes an unread record. wanted is false when the detector declined.
func Inspect(ctx context.Context, d Detector, f *File) (recs []Record, wanted bool) {
	switch d.Want(f.Path, f.Mode, f.Size) {
	case No:
		return nil, false
	case Peek:
		p, ok := d.(Peeker)
		if !ok {
			panic("detector " + d.Name() + " answers Peek and has no method Peek")
		}
		head := make([]byte, min(PeekSize, f.Size))
		if n, err := f.ReadAt(head, 0); n < len(head) {
			r := &Recorder{Detector: d.Name(), File: f}
			r.Unread("", fmt.Errorf("read the first %d bytes: %w", len(head), err))
			return r.Records, true
		}
		if !p.Peek(f.Path, head) {
			return nil, false
		}
	}
	return Run(ctx, d, f), true
}

// Run runs one detector's Inspect on a file it wants.
func Run(ctx context.Context, d Detector, f *File) []Record {
	r := &Recorder{Detector: d.Name(), File: f}
	func() {
		defer func() {
			if v := recover(); v != nil {
				r.Unread("", fmt.Errorf("detector %s panicked: %v", d.Name(), v))
			}
		}()
		if err := d.Inspect(ctx, f, r); err != nil {
			r.Unread("", err)
		}
	}()
	return r.Records
}

// RunConfig runs one detector's InspectConfig.
func RunConfig(ctx context.Context, d ConfigInspector, raw []byte) []Record {
	r := &Recorder{Detector: d.Name(), File: NewFile("", raw), config: true}
	func() {
		defer func() {
			if v := recover(); v != nil {
				r.Unread("", fmt.Errorf("detector %s panicked: %v", d.Name(), v))
			}
		}()
		if err := d.InspectConfig(ctx, raw, r); err != nil {
			r.Unread("", err)
		}
	}()
	return r.Records
}
