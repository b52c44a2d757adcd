// Package engine starts real Docker engines for tests, and makes images for them
// without a registry.
//
// An engine has its own folder (data root, sockets, logs), its own containerd and
// its own network namespace; it reads no configuration of the host and touches no
// engine, image or rule of it. A watcher (run.sh) in a session of its own ends
// the engine when the test ends in whatever way, Ctrl-C and SIGKILL included,
// undoes its mounts and removes its folder.
//
// No container is run: what is tested is images.
package engine

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

//go:embed run.sh
var runScript string

// Names of the environment by which engine tests are asked for.
const (
	// WantEnv must be set for tests that start an engine.
	WantEnv = "BULWARK_TEST_ENGINE"
	// Bin29Env is the directory with the programs of Docker 29; build29.sh makes one.
	Bin29Env = "BULWARK_TEST_ENGINE29"
)

// Options say which engine to start.
type Options struct {
	// Bin is where dockerd and containerd are; empty means the PATH.
	Bin string
	// Remap starts it with --userns-remap for a user whose owners begin at RemapFirst.
	Remap bool
	// Rootless runs the engine in a user namespace, in which root is RemapFirst on the host.
	Rootless bool
	// HideData gives the engine a data root of its own mount namespace, under the
	// path of a directory that is here too.
	HideData bool
	// GraphDriver makes an engine of version 29 use overlay2 rather than containerd's store.
	GraphDriver bool
	// Args are further arguments of dockerd.
	Args []string
}

// RemapFirst is the owner on the host that is root in a remapped engine's images,
// and RemapSize how many there are.
const (
	RemapFirst = 231072
	RemapSize  = 65536
)

// Engine is a running engine.
type Engine struct {
	// Folder has all that is the engine's.
	Folder string
	// Socket is the path of the engine's socket, Containerd that of its containerd.
	Socket, Containerd string
	// DataRoot is where it keeps its data, as it says itself.
	DataRoot string

	client *http.Client
	stdin  io.Closer
	done   chan struct{}
}

// Debian starts the engine of the PATH (Debian's 20.10 in make test), with the
// graph driver overlay2. The test is skipped, with the reason, when engine tests
// were not asked for.
func Debian(t testing.TB) *Engine {
	t.Helper()
	wanted(t)
	return Start(t, Options{Args: []string{"--storage-driver", "overlay2"}})
}

// Today starts Docker 29 with the containerd image store.
func Today(t testing.TB) *Engine {
	t.Helper()
	wanted(t)
	return Start(t, Options{Bin: Bin29(t)})
}

// Bin29 is the directory with the programs of Docker 29.
func Bin29(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Bin29Env)
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "bulwark", "test", "engine29", "bin")
	}
	if _, err := os.Stat(filepath.Join(dir, "dockerd")); err != nil {
		t.Fatalf("no Docker 29 in %s: run test/engine/build29.sh, or set %s to the folder with its programs", dir, Bin29Env)
	}
	return dir
}

func wanted(t testing.TB) {
	t.Helper()
	if os.Getenv(WantEnv) == "" {
		t.Skipf("starts a Docker engine: set %s=1 (as root) to run it", WantEnv)
	}
}

// Start starts an engine and waits until it answers. It ends with the test.
func Start(t testing.TB, o Options) *Engine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("starting an engine needs root")
	}
	// Not t.TempDir: the path of a socket may have 107 bytes.
	folder, err := os.MkdirTemp("", "engine-")
	if err != nil {
		t.Fatal(err)
	}
	// The owners of a remapped engine must get through to their data.
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	e := &Engine{Folder: folder, Socket: filepath.Join(folder, "docker.sock"), Containerd: filepath.Join(folder, "containerd.sock"), done: make(chan struct{})}
	args := o.Args
	if o.Remap {
		for _, name := range []string{"subuid", "subgid"} {
			// Engines of different age look for ranges of groups by the user's name or by the group's.
			line := fmt.Sprintf("other:100000:65536\nnobody:%[1]d:%[2]d\nnogroup:%[1]d:%[2]d\n", RemapFirst, RemapSize)
			if err := os.WriteFile(filepath.Join(folder, name), []byte(line), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, "--userns-remap", "nobody:nogroup")
	}
	if o.HideData {
		if err := os.WriteFile(filepath.Join(folder, "hide"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if o.GraphDriver {
		args = append(args, "--feature", "containerd-snapshotter=false", "--storage-driver", "overlay2")
	}
	if o.Rootless {
		args = append(args, "--rootless")
	}
	e.launch(t, o, args)
	e.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", e.Socket)
	}}}
	e.waitReady(t)
	var info struct{ DockerRootDir string }
	e.ask(t, http.MethodGet, "/info", nil, &info)
	e.DataRoot = info.DockerRootDir
	return e
}

// launch starts the watcher, which starts the engine.
func (e *Engine) launch(t testing.TB, o Options, args []string) {
	t.Helper()
	path := os.Getenv("PATH") + ":/usr/sbin:/sbin"
	if o.Bin != "" {
		path = o.Bin + ":" + path
	}
	programs := make([]string, 0, 2)
	for _, name := range []string{"containerd", "dockerd"} {
		program, err := find(name, path)
		if err != nil {
			t.Fatalf("%v (hint: apt-get install docker.io, or make test)", err)
		}
		programs = append(programs, program)
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", runScript, "run.sh", e.Folder, programs[0], programs[1]}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if o.Rootless {
		rootless(t, e.Folder, path, cmd)
	}
	log, err := os.Create(filepath.Join(e.Folder, "run.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.stdin = stdin
	go func() {
		defer close(e.done)
		_ = cmd.Wait() // what went wrong stands in the logs
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the engine's log:\n%s", e.Log())
		}
		e.Stop(t)
	})
}

func find(name, path string) (string, error) {
	for dir := range strings.SplitSeq(path, ":") {
		program := filepath.Join(dir, name)
		if st, err := os.Stat(program); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return program, nil
		}
	}
	return "", fmt.Errorf("%s is in none of %s", name, path)
}

func (e *Engine) waitReady(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		resp, err := e.client.Get("http://docker/_ping")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-e.done:
			t.Fatalf("the engine ended: %v\n%s", err, e.Log())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the engine does not answer: %v\n%s", err, e.Log())
		}
	}
}

// Log gives the end of the engine's logs.
func (e *Engine) Log() string {
	var b strings.Builder
	for _, name := range []string{"run.log", "containerd.log", "dockerd.log"} {
		text, err := os.ReadFile(filepath.Join(e.Folder, name))
		if err != nil {
			continue
		}
		fmt.Fprintf(&b, "%s: …%s\n", name, text[max(0, len(text)-1500):])
	}
	return b.String()
}

// Stop ends the engine and removes what is its. It may be called more than once.
func (e *Engine) Stop(t testing.TB) {
	t.Helper()
	e.stdin.Close()
	select {
	case <-e.done:
	case <-time.After(60 * time.Second):
		t.Errorf("the engine in %s does not end", e.Folder)
	}
}

// Kill kills the engine's process as a crash would.
func (e *Engine) Kill(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e.Folder, "dockerd.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		t.Fatalf("pid file: %q", text)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// Env is an environment that leads to the engine, for source.Options.
func (e *Engine) Env(name string) string {
	if name == "DOCKER_HOST" {
		return "unix://" + e.Socket
	}
	return ""
}

// Load loads a tar of "docker save" or of an OCI layout.
func (e *Engine) Load(t testing.TB, archive []byte) {
	t.Helper()
	resp, err := e.client.Post("http://docker/images/load?quiet=1", "application/x-tar", bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"error"`)) {
		t.Fatalf("load: %s %v %s", resp.Status, err, text)
	}
}

// Remove removes an image, by force.
func (e *Engine) Remove(t testing.TB, name string) {
	t.Helper()
	e.ask(t, http.MethodDelete, "/images/"+name+"?force=1", nil, nil)
}

// Get asks the engine and decodes its answer.
func (e *Engine) Get(t testing.TB, path string, out any) {
	t.Helper()
	e.ask(t, http.MethodGet, path, nil, out)
}

func (e *Engine) ask(t testing.TB, method, path string, body io.Reader, out any) {
	t.Helper()
	req, err := http.NewRequest(method, "http://docker"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(errors.Join(err, fmt.Errorf("%s", text)))
	}
}
