// Package worker runs code that reads hostile bytes in a process of its own
// without privileges.
//
// The parent starts its own program again ([Start]); the child confines itself
// ([Serve]) before it looks at a byte from outside: an own uid where the parent
// is root, no capabilities, no new privileges, Landlock with no path allowed,
// seccomp with a list of allowed system calls (no open, no socket, no exec, no
// executable memory), limits on memory and core files. It gets its work as
// messages with open file descriptors, and answers with bounded frames.
//
// The parent believes nothing of a frame but its length, which is bounded; who
// decodes payloads must do so as for any outside bytes.
//
// # Death
//
// A child that dies (killed for its memory, by the watchdog or by a fault) ends
// the stream of frames. [Process.Suspects] then says what each of its
// goroutines was looking at, through memory shared between the two, so that the
// caller can start another child and leave the culprit out.
//
// On systems other than Linux there is no such confinement: the same handler
// runs in the same process, and [Confinement] says so.
package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"
)

// Arg is the first argument of a program that is to be a worker.
const Arg = "__worker"

// Limits of the protocol.
const (
	MaxRequest = 192 << 10 // bytes of one request, below the default socket buffer
	MaxFiles   = 64        // descriptors with one request
	MaxFrame   = 16 << 20  // bytes of one frame
	MaxSlots   = 64        // goroutines that announce what they look at
)

// Request is a message to the worker.
type Request struct {
	Kind    byte
	Payload []byte
	// Files are owned by the receiver, who closes them.
	Files []*os.File
}

// Frame is a message from the worker.
type Frame struct {
	Kind    byte
	Payload []byte
}

// Conn is the child's end.
type Conn interface {
	// Recv gives the next request, io.EOF when the parent has no more.
	Recv() (Request, error)
	// Send is safe for concurrent use. A frame may wait in a buffer until Flush,
	// or until Recv has nothing to give.
	Send(Frame) error
	// Flush hands over what waits. Who sends while another goroutine is in Recv
	// calls it when the parent waits for what was sent.
	Flush() error
	// Slot gives goroutine i (below MaxSlots) the place where it says what it looks at.
	Slot(i int) *Slot
}

// Handler does the work of a child until Recv gives io.EOF.
type Handler func(ctx context.Context, c Conn) error

// Config says how to start a worker.
type Config struct {
	// Exe is the program to start; empty for this one.
	Exe string
	// MemoryLimit bounds the child's writable memory in bytes; 0 for 512 MiB.
	MemoryLimit int64
	// Procs is how many processors the child may use at once; 0 for all.
	Procs int
	// FileTimeout is how long one goroutine may look at one thing before the
	// child is ended; 0 for two minutes.
	FileTimeout time.Duration
	// InProcess is what runs where the system has no confinement.
	InProcess Handler
}

// ErrDied is wrapped by the error of a Process whose child ended before its work did.
var ErrDied = errors.New("worker died")

// Slot is shared memory in which a goroutine of the child says what it looks
// at: two numbers of the caller's choice, and since when.
type Slot struct {
	words *[4]uint64 // generation (odd while busy), a, b, unused
}

// NewSlot makes a slot in memory of its own, for code that runs in no worker.
func NewSlot() *Slot { return &Slot{words: new([4]uint64)} }

// Begin says that the goroutine now looks at (a, b).
func (s *Slot) Begin(a, b uint64) {
	atomic.StoreUint64(&s.words[1], a)
	atomic.StoreUint64(&s.words[2], b)
	atomic.AddUint64(&s.words[0], 1)
}

// End says that it is done.
func (s *Slot) End() { atomic.AddUint64(&s.words[0], 1) }

// Suspect is what a goroutine was looking at when its process died.
type Suspect struct{ A, B uint64 }

func slotAt(mem []byte, i int) *Slot {
	return &Slot{words: (*[4]uint64)(unsafe.Pointer(&mem[i*32]))}
}

const slotMemory = MaxSlots * 32

func suspects(mem []byte) []Suspect {
	var out []Suspect
	for i := range MaxSlots {
		w := slotAt(mem, i).words
		if atomic.LoadUint64(&w[0])%2 == 1 {
			out = append(out, Suspect{atomic.LoadUint64(&w[1]), atomic.LoadUint64(&w[2])})
		}
	}
	return out
}

func checkFrame(f Frame) error {
	if len(f.Payload) > MaxFrame {
		return fmt.Errorf("frame of %d bytes, at most %d are allowed", len(f.Payload), MaxFrame)
	}
	return nil
}
