package cli

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// scriptBrowse: "browse CODE STEPS PROGRAM ARG…" runs a program on a terminal of
// its own of 80 columns and 24 lines. Each line of STEPS is "see TEXT", which waits
// for it on the screen, "press KEYS", in Go's notation, or "size COLUMNS LINES".
// In the end the terminal must be as it was.
func scriptBrowse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: browse CODE STEPS PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd := program(ts, args[2:])
	master, tty, err := pty.Open()
	ts.Check(err)
	defer master.Close()
	defer tty.Close()
	ts.Check(pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 80}))
	before, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	ts.Check(err)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(cmd.Start())
	// A program draws only what changed; with another size it draws all again,
	// whatever the order in which it took keys and sizes.
	redraw := func() {
		size, err := pty.GetsizeFull(tty)
		ts.Check(err)
		size.Cols ^= 1
		ts.Check(pty.Setsize(tty, size))
	}
	var seen drawn
	go seen.read(master)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "see":
			if !seen.wait(rest, redraw) {
				cmd.Process.Kill() //nolint:errcheck // it fails below anyway
				ts.Fatalf("never seen: %s\n%q", rest, seen.all())
			}
		case "press":
			keys, err := strconv.Unquote(`"` + rest + `"`)
			ts.Check(err)
			seen.forget()
			_, err = master.WriteString(keys)
			ts.Check(err)
		case "size":
			columns, lines, _ := strings.Cut(rest, " ")
			c, err := strconv.ParseUint(columns, 10, 16)
			ts.Check(err)
			l, err := strconv.ParseUint(lines, 10, 16)
			ts.Check(err)
			seen.forget()
			ts.Check(pty.Setsize(tty, &pty.Winsize{Rows: uint16(l), Cols: uint16(c)}))
		default:
			ts.Fatalf("unknown step %q", line)
		}
	}
	select {
	case err := <-done:
		if got := exitCode(ts, err); got != want {
			ts.Fatalf("exit code %d, want %d: %q", got, want, seen.all())
		}
	case <-time.After(20 * time.Second):
		cmd.Process.Kill() //nolint:errcheck // it fails below anyway
		ts.Fatalf("did not end: %q", seen.all())
	}
	after, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	ts.Check(err)
	if diff := cmp.Diff(before, after); diff != "" {
		ts.Fatalf("the terminal is not as it was: %s", diff)
	}
	const enter, leave, hide, show = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25l", "\x1b[?25h"
	time.Sleep(100 * time.Millisecond) // what was written last is read
	all := seen.all()
	if !strings.Contains(all, enter) || strings.LastIndex(all, leave) < strings.LastIndex(all, enter) {
		ts.Fatalf("the alternate screen was not entered and left: %q", all)
	}
	if strings.LastIndex(all, show) < strings.LastIndex(all, hide) {
		ts.Fatalf("the cursor stays hidden: %q", all)
	}
}

// drawn is what a program wrote to its terminal.
type drawn struct {
	mu   sync.Mutex
	b    bytes.Buffer
	from int
}

func (d *drawn) read(f *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := f.Read(buf)
		d.mu.Lock()
		d.b.Write(buf[:n])
		d.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// forget leaves out of the next wait what was drawn before.
func (d *drawn) forget() {
	d.mu.Lock()
	d.from = d.b.Len()
	d.mu.Unlock()
}

func (d *drawn) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

// sequences are what moves the cursor, colours, asks or sets (ECMA-48).
var sequences = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]|\][^\a\x1b]*(\a|\x1b\\))`)

func (d *drawn) wait(text string, redraw func()) bool {
	for i := range 200 {
		if i%10 == 9 {
			redraw()
		}
		d.mu.Lock()
		s := sequences.ReplaceAllString(string(d.b.Bytes()[d.from:]), "")
		d.mu.Unlock()
		if strings.Contains(s, text) {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}
