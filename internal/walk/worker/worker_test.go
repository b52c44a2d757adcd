package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"bulwark/internal/walk/worker"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Arg {
		if err := worker.Serve(context.Background(), handler); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func handler(ctx context.Context, c worker.Conn) error {
	for {
		r, err := c.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reply := func(format string, args ...any) error {
			return c.Send(worker.Frame{Kind: r.Kind, Payload: fmt.Appendf(nil, format, args...)})
		}
		switch r.Kind {
		case 'e':
			err = reply("%s", r.Payload)
		case 'f':
			b, rerr := io.ReadAll(r.Files[0])
			r.Files[0].Close()
			err = reply("%s %v", b, rerr)
		case 'p':
			var got []string
			if f, err := os.Open("/etc/passwd"); err == nil {
				f.Close()
				got = append(got, "opened a file")
			}
			if _, err := net.Dial("tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "not permitted") {
				got = append(got, fmt.Sprint("made a socket: ", err))
			}
			if err := exec.Command("/bin/true").Run(); err == nil {
				got = append(got, "ran a program")
			}
			if os.Getenv("SECRET_OF_PARENT") != "" {
				got = append(got, "saw the environment")
			}
			if os.Getuid() == 0 {
				got = append(got, "is root")
			}
			err = reply("%q", got)
		case 'm':
			c.Slot(0).Begin(7, 9)
			var hold [][]byte
			for range 64 {
				b := make([]byte, 64<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				hold = append(hold, b)
			}
			runtime.KeepAlive(hold)
			err = reply("not stopped")
		case 'h':
			c.Slot(1).Begin(3, 4)
			for {
				time.Sleep(time.Second)
			}
		}
		if err != nil {
			return err
		}
	}
}

func start(t *testing.T, cfg worker.Config) *worker.Process {
	t.Helper()
	cfg.InProcess = handler
	p, err := worker.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func ask(t *testing.T, p *worker.Process, r worker.Request) string {
	t.Helper()
	if err := p.Send(r); err != nil {
		t.Fatal(err)
	}
	p.CloseSend()
	f, err := p.Next()
	if err != nil {
		t.Fatal(err)
	}
	return string(f.Payload)
}

func TestEchoEndsWell(t *testing.T) {
	p := start(t, worker.Config{})
	if got := ask(t, p, worker.Request{Kind: 'e', Payload: []byte("hello")}); got != "hello" {
		t.Errorf("got %q", got)
	}
	if _, err := p.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: %v, want EOF", err)
	}
}

func TestReadsWhatItIsHanded(t *testing.T) {
	name := t.TempDir() + "/secret"
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := start(t, worker.Config{})
	if got := ask(t, p, worker.Request{Kind: 'f', Files: []*os.File{f}}); got != "content <nil>" {
		t.Errorf("got %q", got)
	}
}

func TestHasNoPrivileges(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a confined worker")
	}
	t.Setenv("SECRET_OF_PARENT", "x")
	p := start(t, worker.Config{})
	if got := ask(t, p, worker.Request{Kind: 'p'}); got != "[]" {
		t.Errorf("the worker %s", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a confined worker")
	}
	p := start(t, worker.Config{})
	if err := p.Send(worker.Request{Kind: 'm'}); err != nil {
		t.Fatal(err)
	}
	_, err := p.Next()
	if !errors.Is(err, worker.ErrDied) {
		t.Fatalf("got %v, want a dead worker", err)
	}
	if s := p.Suspects(); len(s) != 1 || s[0] != (worker.Suspect{A: 7, B: 9}) {
		t.Errorf("suspects %v", s)
	}
}

func TestWatchdogEndsWhatHangs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a confined worker")
	}
	p := start(t, worker.Config{FileTimeout: 200 * time.Millisecond})
	if err := p.Send(worker.Request{Kind: 'h'}); err != nil {
		t.Fatal(err)
	}
	_, err := p.Next()
	if !errors.Is(err, worker.ErrDied) || !strings.Contains(err.Error(), "more than") {
		t.Fatalf("got %v, want a dead worker and the reason", err)
	}
	if s := p.Suspects(); len(s) != 1 || s[0] != (worker.Suspect{A: 3, B: 4}) {
		t.Errorf("suspects %v", s)
	}
}
