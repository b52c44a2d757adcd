package worker

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Serve confines this process and runs h on the parent's requests. It is called
// as the first thing by a program whose first argument is Arg.
func Serve(ctx context.Context, h Handler) error {
	slots, err := unix.Mmap(fdSlots, 0, slotMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("this is started by bulwark itself, not by hand: %w", err)
	}
	unix.Close(fdSlots)
	unix.CloseOnExec(fdRequests)
	unix.CloseOnExec(fdFrames)
	limit, err := strconv.ParseInt(os.Getenv("BULWARK_WORKER_MEMORY"), 10, 64)
	if err != nil || limit <= 0 {
		limit = 512 << 20
	}
	if err := confine(limit); err != nil {
		return fmt.Errorf("confine the worker: %w", err)
	}
	c := &childConn{slots: slots, out: bufio.NewWriterSize(frameWriter{}, 128<<10)}
	if err := h(ctx, c); err != nil {
		return err
	}
	return c.Flush()
}

// frameWriter writes with plain system calls: the descriptor is a blocking pipe
// and the runtime's poller is of no use to it.
type frameWriter struct{}

func (frameWriter) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Write(fdFrames, p[done:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

type childConn struct {
	slots []byte
	mu    sync.Mutex
	out   *bufio.Writer
	buf   []byte
	oob   []byte
}

func (c *childConn) Slot(i int) *Slot { return slotAt(c.slots, i) }

func (c *childConn) Send(f Frame) error {
	if err := checkFrame(f); err != nil {
		return err
	}
	var head [5]byte
	head[0] = f.Kind
	binary.LittleEndian.PutUint32(head[1:], uint32(len(f.Payload)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.out.Write(head[:]); err != nil {
		return err
	}
	_, err := c.out.Write(f.Payload)
	return err
}

func (c *childConn) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Flush()
}

func (c *childConn) Recv() (Request, error) {
	// Before waiting, hand out what was said.
	if err := c.Flush(); err != nil {
		return Request{}, err
	}
	if c.buf == nil {
		c.buf = make([]byte, MaxRequest)
		c.oob = make([]byte, unix.CmsgSpace(4*MaxFiles))
	}
	for {
		n, oobn, flags, _, err := unix.Recvmsg(fdRequests, c.buf, c.oob, unix.MSG_CMSG_CLOEXEC)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Request{}, fmt.Errorf("receive a request: %w", err)
		}
		if n == 0 {
			return Request{}, io.EOF
		}
		if flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
			return Request{}, errors.New("receive a request: cut short")
		}
		r := Request{Kind: c.buf[0], Payload: append([]byte(nil), c.buf[1:n]...)}
		if oobn > 0 {
			msgs, err := unix.ParseSocketControlMessage(c.oob[:oobn])
			if err != nil {
				return Request{}, err
			}
			for _, m := range msgs {
				fds, err := unix.ParseUnixRights(&m)
				if err != nil {
					return Request{}, err
				}
				for _, fd := range fds {
					r.Files = append(r.Files, os.NewFile(uintptr(fd), "handed over"))
				}
			}
		}
		return r, nil
	}
}
