//go:build !linux

package worker

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"errors"
)

// Confinement says by what a worker is confined on this host.
type Confinement struct {
	OwnUser     bool
	Landlock    int
	Seccomp     bool
	SameProcess bool
}

// Probe says that there is no confinement on this system.
func Probe() Confinement { return Confinement{SameProcess: true} }

// Serve is for Linux only.
func Serve(context.Context, Handler) error {
	return errors.New("this system has no separate worker")
}

// Process runs the handler in this process.
type Process struct {
	reqs   chan Request
	frames chan Frame
	ctx    context.Context
	cancel context.CancelFunc
	slots  []byte
	once   sync.Once
	err    error
}

// Start starts the handler of cfg.InProcess.
func Start(ctx context.Context, cfg Config) (*Process, error) {
	if cfg.InProcess == nil {
		return nil, errors.New("no handler to run in this process")
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &Process{reqs: make(chan Request, 16), frames: make(chan Frame, 64), ctx: ctx, cancel: cancel, slots: make([]byte, slotMemory)}
	go func() {
		defer close(p.frames)
		defer func() {
			if v := recover(); v != nil {
				p.err = fmt.Errorf("%w: panic: %v", ErrDied, v)
			}
		}()
		if err := cfg.InProcess(ctx, p.conn()); err != nil {
			p.err = fmt.Errorf("%w: %w", ErrDied, err)
		}
	}()
	return p, nil
}

type localConn struct{ p *Process }

func (p *Process) conn() Conn { return localConn{p} }

func (c localConn) Slot(i int) *Slot { return slotAt(c.p.slots, i) }

func (c localConn) Recv() (Request, error) {
	select {
	case r, ok := <-c.p.reqs:
		if !ok {
			return Request{}, io.EOF
		}
		return r, nil
	case <-c.p.ctx.Done():
		return Request{}, c.p.ctx.Err()
	}
}

func (c localConn) Flush() error { return nil }

func (c localConn) Send(f Frame) error {
	if err := checkFrame(f); err != nil {
		return err
	}
	select {
	case c.p.frames <- f:
		return nil
	case <-c.p.ctx.Done():
		return c.p.ctx.Err()
	}
}

// Send hands a request to the handler. The files are the caller's to close.
func (p *Process) Send(r Request) error {
	files := make([]*os.File, len(r.Files))
	for i, f := range r.Files {
		d, err := dup(f)
		if err != nil {
			return err
		}
		files[i] = d
	}
	r.Files = files
	select {
	case p.reqs <- r:
		return nil
	case <-p.ctx.Done():
		return fmt.Errorf("send to the worker: %w", ErrDied)
	}
}

// CloseSend tells the handler that no more requests come.
func (p *Process) CloseSend() { p.once.Do(func() { close(p.reqs) }) }

// Next gives the next frame, io.EOF after the last.
func (p *Process) Next() (Frame, error) {
	f, ok := <-p.frames
	if !ok {
		if p.err != nil {
			return Frame{}, p.err
		}
		return Frame{}, io.EOF
	}
	return f, nil
}

// Kill ends the handler.
func (p *Process) Kill(string) { p.cancel() }

// Suspects says what the handler's goroutines were looking at when it died.
func (p *Process) Suspects() []Suspect { return suspects(p.slots) }

// Close ends the handler.
func (p *Process) Close() {
	p.cancel()
	p.CloseSend()
	for range p.frames { // until the handler is gone
	}
}
