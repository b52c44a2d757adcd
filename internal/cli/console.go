package cli

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// console is standard error: messages, notes and the progress line, which is
// taken away before a message is written and drawn again after it.
type console struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	width    int
	status   string // what the progress line shows now; empty when there is none
}

func newConsole(w io.Writer, env environment) *console {
	c := &console{w: w}
	c.width, c.terminal = screen(w, env)
	return c
}

// line writes one message, whose parts from outside have been cleaned.
func (c *console) line(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	if c.status != "" {
		b.WriteString(eraseLine)
	}
	b.WriteString(s)
	b.WriteByte('\n')
	b.WriteString(c.status)
	io.WriteString(c.w, b.String()) //nolint:errcheck // there is nowhere to say that standard error is gone
}

// lastLine writes one more message; whatever comes later is dropped.
func (c *console) lastLine(s string) {
	c.setStatus("")
	c.line(s)
	c.mu.Lock()
	c.w = io.Discard
	c.mu.Unlock()
}

// setStatus replaces the progress line; empty takes it away.
func (c *console) setStatus(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == c.status {
		return
	}
	c.status = s
	io.WriteString(c.w, eraseLine+s) //nolint:errcheck // as above
}

// eraseLine returns to the beginning of the line and clears it (ECMA-48 EL 2).
const eraseLine = "\r\x1b[2K"

// screen tells whether w is a terminal, and how many columns it has.
func screen(w io.Writer, env environment) (width int, terminal bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, env.get("TERM") != "dumb"
}

// pipeWriter is standard output. When its reader has gone away (| head) the
// rest is dropped without a word, so that the verb ends with the exit code it
// would have had; any other error is kept for the end.
type pipeWriter struct {
	w    io.Writer
	gone bool
	err  error
}

func (p *pipeWriter) Write(b []byte) (int, error) {
	if p.gone {
		return len(b), nil
	}
	n, err := p.w.Write(b)
	if err == nil {
		return n, nil
	}
	if errors.Is(err, syscall.EPIPE) {
		p.gone = true
		return len(b), nil
	}
	if p.err == nil {
		p.err = err
	}
	return n, err
}
