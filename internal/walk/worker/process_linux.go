package worker

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The child finds these descriptors open.
const (
	fdRequests = 3 // SOCK_SEQPACKET, requests with descriptors
	fdFrames   = 4 // pipe, frames
	fdSlots    = 5 // memfd
)

// workerID is the uid and gid of a worker whose parent is root: in no range
// that a distribution hands out, so that no other process has it. Where the
// user namespace does not map it, nobody's.
const workerID = 1_112_360_000

// Process is the parent's end of a worker.
type Process struct {
	cmd    *exec.Cmd
	reqs   int // SEQPACKET socket
	sendMu sync.Mutex
	closed bool
	frames *bufio.Reader
	pipe   *os.File
	slots  []byte
	killed atomic.Pointer[string]
	stop   chan struct{}
	// watching ends when stop is closed; until then it reads slots.
	watching sync.WaitGroup
	waited   sync.Once
	err      error
	stderr   firstWords
}

// firstWords keeps the beginning of what a dying child says.
type firstWords struct{ b []byte }

func (w *firstWords) Write(p []byte) (int, error) {
	w.b = append(w.b, p[:min(len(p), 300-min(300, len(w.b)))]...)
	return len(p), nil
}

// Start starts a worker. The process is ended when ctx is.
func Start(ctx context.Context, cfg Config) (*Process, error) {
	exe := cfg.Exe
	if exe == "" {
		exe = "/proc/self/exe"
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket pair for the worker: %w", err)
	}
	child := os.NewFile(uintptr(pair[1]), "worker requests")
	defer child.Close()
	r, w, err := os.Pipe()
	if err != nil {
		unix.Close(pair[0])
		return nil, fmt.Errorf("make a pipe for the worker: %w", err)
	}
	defer w.Close()
	// A larger pipe saves wake-ups; a refusal costs nothing.
	_, _ = unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 1<<20)
	memfd, err := unix.MemfdCreate("bulwark-worker", unix.MFD_CLOEXEC)
	if err != nil {
		unix.Close(pair[0])
		r.Close()
		return nil, fmt.Errorf("make shared memory for the worker: %w", err)
	}
	mem := os.NewFile(uintptr(memfd), "worker slots")
	defer mem.Close()
	var slots []byte
	if err = mem.Truncate(slotMemory); err == nil {
		slots, err = unix.Mmap(memfd, 0, slotMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		unix.Close(pair[0])
		r.Close()
		return nil, fmt.Errorf("make shared memory for the worker: %w", err)
	}
	p := &Process{reqs: pair[0], pipe: r, frames: bufio.NewReaderSize(r, 256<<10), slots: slots, stop: make(chan struct{})}
	start := func(id int) error {
		cmd := exec.CommandContext(ctx, exe, Arg)
		cmd.Args[0] = "bulwark"
		cmd.ExtraFiles = []*os.File{child, w, mem}
		cmd.Stderr = &p.stderr
		// Nothing of the parent's environment, which may hold secrets.
		cmd.Env = childEnv(cfg)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		if id != 0 {
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(id), Gid: uint32(id)}
		}
		p.cmd = cmd
		return cmd.Start()
	}
	ids := []int{0}
	if os.Geteuid() == 0 {
		ids = []int{workerID, 65534}
	}
	for _, id := range ids {
		if err = start(id); err == nil {
			break
		}
	}
	if err != nil {
		p.release()
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	p.watching.Go(func() { p.watch(cfg.FileTimeout) })
	return p, nil
}

func childEnv(cfg Config) []string {
	limit := cfg.MemoryLimit
	if limit == 0 {
		limit = 512 << 20
	}
	env := []string{
		"BULWARK_WORKER_MEMORY=" + strconv.FormatInt(limit, 10),
		// The collector works harder before the limit is met than after.
		"GOMEMLIMIT=" + strconv.FormatInt(limit*3/5, 10),
		"GOTRACEBACK=none",
		"TZ=UTC",
	}
	if cfg.Procs > 0 {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(cfg.Procs))
	}
	// A test binary built for coverage writes at exit; it is refused, and that is all.
	return env
}

// watch ends a child that looks at one thing for too long.
func (p *Process) watch(limit time.Duration) {
	if limit == 0 {
		limit = 2 * time.Minute
	}
	var gen [MaxSlots]uint64
	var since [MaxSlots]time.Time
	tick := time.NewTicker(max(limit/20, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-tick.C:
			for i := range MaxSlots {
				g := atomic.LoadUint64(&slotAt(p.slots, i).words[0])
				if g != gen[i] || g%2 == 0 {
					gen[i], since[i] = g, now
				} else if now.Sub(since[i]) > limit {
					p.Kill(fmt.Sprintf("looked at one file for more than %s", limit))
					return
				}
			}
		}
	}
}

// Send hands a request to the worker. The files are the caller's to close.
// It blocks while the worker's queue is full.
func (p *Process) Send(r Request) error {
	if len(r.Payload)+1 > MaxRequest || len(r.Files) > MaxFiles {
		return fmt.Errorf("request of %d bytes and %d files is too large", len(r.Payload), len(r.Files))
	}
	buf := make([]byte, 1+len(r.Payload))
	buf[0] = r.Kind
	copy(buf[1:], r.Payload)
	var oob []byte
	if len(r.Files) > 0 {
		fds := make([]int, len(r.Files))
		for i, f := range r.Files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	p.sendMu.Lock()
	defer p.sendMu.Unlock()
	if p.closed {
		return fmt.Errorf("send to the worker: %w", ErrDied)
	}
	for {
		err := unix.Sendmsg(p.reqs, buf, oob, nil, unix.MSG_NOSIGNAL)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ETOOMANYREFS), errors.Is(err, unix.ENOBUFS):
			time.Sleep(time.Millisecond)
			continue
		case err != nil:
			return fmt.Errorf("send to the worker: %w: %w", ErrDied, err)
		}
		return nil
	}
}

// CloseSend tells the worker that no more requests come.
func (p *Process) CloseSend() {
	p.sendMu.Lock()
	defer p.sendMu.Unlock()
	if !p.closed {
		p.closed = true
		unix.Close(p.reqs)
	}
}

// Next gives the next frame. It is io.EOF after a child that ended well, and
// wraps ErrDied after one that did not.
func (p *Process) Next() (Frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(p.frames, head[:]); err != nil {
		return Frame{}, p.end()
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > MaxFrame {
		p.Kill(fmt.Sprintf("sent a frame of %d bytes", n))
		return Frame{}, p.end()
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(p.frames, payload); err != nil {
		return Frame{}, p.end()
	}
	return Frame{head[0], payload}, nil
}

// end waits for the child and says how it ended.
func (p *Process) end() error {
	p.waited.Do(func() {
		err := p.cmd.Wait()
		close(p.stop)
		p.CloseSend()
		if why := p.killed.Load(); why != nil {
			p.err = fmt.Errorf("%w: %s", ErrDied, *why)
		} else if err != nil {
			p.err = fmt.Errorf("%w: %w", ErrDied, err)
			if first, _, _ := strings.Cut(string(p.stderr.b), "\n"); first != "" {
				p.err = fmt.Errorf("%w: %q", p.err, first)
			}
		} else {
			p.err = io.EOF
		}
	})
	return p.err
}

// Kill ends the child; Next will say why.
func (p *Process) Kill(why string) {
	p.killed.CompareAndSwap(nil, &why)
	_ = p.cmd.Process.Kill()
}

// Suspects says what the child's goroutines were looking at when it died.
func (p *Process) Suspects() []Suspect { return suspects(p.slots) }

// Close ends the child if it still runs and frees everything.
func (p *Process) Close() {
	p.CloseSend()
	select {
	case <-p.stop:
	default:
		p.Kill("no longer needed")
		// Drain, so that nothing is left that could block.
		_, _ = io.Copy(io.Discard, p.frames)
		_ = p.end()
	}
	p.release()
}

func (p *Process) release() {
	p.CloseSend()
	p.pipe.Close()
	p.watching.Wait()
	if p.slots != nil {
		_ = unix.Munmap(p.slots)
		p.slots = nil
	}
}
