package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"bulwark/internal/advisory"
	"bulwark/internal/report"
	"bulwark/internal/walk/worker"
)

// TestMain makes of the test binary the program itself when a script, or the
// program in a script, starts it under that name.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Arg {
		os.Exit(serveWorker(context.Background(), os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"bulwark": func() {
			ctx, stop := WithSignals(context.Background())
			code := Run(ctx, os.Environ(), os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
			stop()
			os.Exit(code)
		},
	})
}

// TestScripts runs testdata/script/*.txtar: the program as a user runs it.
func TestScripts(t *testing.T) {
	inputs := makeInputs(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			if err := os.MkdirAll(home, 0o755); err != nil {
				return err
			}
			if err := os.CopyFS(env.WorkDir, os.DirFS(inputs)); err != nil {
				return err
			}
			env.Setenv("HOME", home)
			env.Setenv("XDG_CACHE_HOME", "")
			env.Setenv("XDG_CONFIG_HOME", "")
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("TERM", "xterm")
			env.Setenv("NO_COLOR", "")
			// No engine of this host is ever asked.
			env.Setenv("DOCKER_HOST", "unix://"+filepath.Join(env.WorkDir, "no-engine.sock"))
			// So that saved reports agree from run to run.
			env.Setenv("SOURCE_DATE_EPOCH", "1796000000")
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "tmpfs":
				return canMountTmpfs(), nil
			case "netns":
				return exec.Command("unshare", "-n", "true").Run() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":      scriptCode,
			"terminal":  scriptTerminal,
			"browse":    scriptBrowse,
			"interrupt": scriptInterrupt,
			"unread":    scriptUnread,
			"image":     scriptImage,
			"truncate":  scriptTruncate,
			"damage":    scriptDamage,
			"atonce":    scriptAtOnce,
			"tmpfs":     scriptTmpfs,
			"same":      scriptSame,
			"narrow":    scriptNarrow,
			"join":      scriptJoin,
			"nowhere":   scriptNowhere,
		},
	})
}

// scriptDamage zeroes a tenth of a file in its middle: damage FILE COPY.
func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: damage FILE COPY")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	clear(b[len(b)/2 : len(b)/2+len(b)/10])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o644))
}

// makeInputs makes what every script finds in its directory; see
// testdata/input/README.md.
func makeInputs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/input")); err != nil {
		t.Fatal(err)
	}
	_, err := advisory.Build(t.Context(), advisory.BuildConfig{
		Output: filepath.Join(dir, "advisories.db"), Sources: []string{filepath.Join(dir, "osv")}, Texts: true, WithoutFacts: true, Now: time.Unix(1796000000, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "golang", "app"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build a Go program: %v\n%s", err, out)
	}
	return dir
}

// scriptCode: "code N PROGRAM ARG…" runs a program that must end with exit code N.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	if got := exitCode(ts, err); got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", args[1], got, want)
	}
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return -1
}

// program makes a command that runs in the script's directory and environment.
func program(ts *testscript.TestScript, args []string) *exec.Cmd {
	path := args[0]
	if !strings.Contains(path, "/") {
		for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") {
			if info, err := os.Stat(filepath.Join(dir, path)); err == nil && info.Mode().IsRegular() {
				path = filepath.Join(dir, path)
				break
			}
		}
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Dir = ts.Getenv("PWD")
	if cmd.Dir == "" {
		cmd.Dir = ts.MkAbs(".")
	}
	for _, name := range []string{"HOME", "PATH", "LC_ALL", "TERM", "NO_COLOR", "DOCKER_HOST", "SOURCE_DATE_EPOCH", "WORK", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	return cmd
}

// scriptTerminal: "terminal COLUMNS CODE FILE PROGRAM ARG…" runs a program on a
// terminal of its own and keeps what it wrote there.
func scriptTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: terminal COLUMNS CODE FILE PROGRAM ARG…")
	}
	columns, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	cmd := program(ts, args[3:])
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: uint16(columns)})
	ts.Check(err)
	defer tty.Close()
	out, err := io.ReadAll(tty)
	if err != nil && !errors.Is(err, syscall.EIO) { // EIO: the other end was closed
		ts.Check(err)
	}
	if got := exitCode(ts, cmd.Wait()); got != want {
		ts.Fatalf("exit code %d, want %d:\n%s", got, want, out)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), 0o644))
}

// scriptInterrupt: "interrupt CODE FILE PROGRAM ARG…" runs a program whose
// standard input begins with FILE and never ends, and interrupts it.
func scriptInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupt CODE FILE PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	head, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	// On a busy machine a process may not have come to its first line yet; the
	// signal then ends it as it ends any.
	for _, delay := range []time.Duration{300 * time.Millisecond, 2 * time.Second, 10 * time.Second} {
		got, said := interruptAfter(ts, program(ts, args[2:]), head[:len(head)*9/10], delay)
		switch {
		case got == -1 && delay < 10*time.Second:
			continue
		case got != want:
			ts.Fatalf("exit code %d, want %d: %s", got, want, said)
		case !strings.Contains(said, "interrupted"):
			ts.Fatalf("said %q", said)
		}
		return
	}
}

// interruptAfter starts a program, gives it input that does not end, interrupts
// it, and gives its exit code (-1 where the signal itself ended it) and what it said.
func interruptAfter(ts *testscript.TestScript, cmd *exec.Cmd, input []byte, delay time.Duration) (code int, said string) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer in.Close()
	go in.Write(input)
	time.Sleep(delay)
	ts.Check(cmd.Process.Signal(os.Interrupt))
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		return exitCode(ts, err), stderr.String()
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		ts.Fatalf("was not ended by an interrupt")
	}
	return 0, ""
}

// scriptUnread: "unread CODE PROGRAM ARG…" runs a program whose standard output
// nobody reads.
func scriptUnread(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: unread CODE PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd := program(ts, args[1:])
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	r, w, err := os.Pipe()
	ts.Check(err)
	r.Close()
	cmd.Stdout = w
	err = cmd.Run()
	w.Close()
	if got := exitCode(ts, err); got != want || stderr.Len() > 0 {
		ts.Fatalf("exit code %d, want %d; said %q", got, want, stderr.String())
	}
}

// scriptSame: "same FILE FILE" compares bytes.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same FILE FILE")
	}
	a, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if bytes.Equal(a, b) == neg {
		ts.Fatalf("%s and %s: equal is %v", args[0], args[1], !neg)
	}
}

// scriptNarrow: "narrow COLUMNS FILE" holds every line of what was written to a
// terminal against its width, as the terminal would show it.
func scriptNarrow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: narrow COLUMNS FILE")
	}
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	for line := range strings.SplitSeq(ts.ReadFile(args[1]), "\n") {
		// A command that is shown to be copied stays whole.
		if strings.Contains(line, "https://") {
			continue
		}
		// What stands before an erased line, or before colours, takes no room.
		if i := strings.LastIndex(line, eraseLine); i >= 0 {
			line = line[i+len(eraseLine):]
		}
		line = regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(line, "")
		if w := report.Columns(line); w > columns {
			ts.Fatalf("%d columns: %s", w, line)
		}
	}
}

// scriptTruncate: "truncate FILE PERCENT" cuts a file short.
func scriptTruncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate FILE PERCENT")
	}
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()*int64(percent)/100))
}

// scriptAtOnce: "atonce N CODE PROGRAM ARG…" runs a program N times at once;
// {n} in an argument is the number of the run.
func scriptAtOnce(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: atonce N CODE PROGRAM ARG…")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	type outcome struct {
		err    error
		stderr string
	}
	done := make(chan outcome)
	for i := range n {
		run := slices.Clone(args[2:])
		for j := range run {
			run[j] = strings.ReplaceAll(run[j], "{n}", strconv.Itoa(i))
		}
		cmd := program(ts, run)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		ts.Check(cmd.Start())
		go func() {
			err := cmd.Wait()
			done <- outcome{err, stderr.String()}
		}()
	}
	for range n {
		o := <-done
		if got := exitCode(ts, o.err); got != want || o.stderr != "" {
			ts.Fatalf("exit code %d, want %d; said %q", got, want, o.stderr)
		}
	}
}

// scriptTmpfs: "tmpfs DIR BYTES [ro]" mounts a small file system, until the script ends.
func scriptTmpfs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tmpfs DIR BYTES [ro]")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(mountTmpfs(dir, args[1], len(args) > 2))
	ts.Defer(func() { unmount(dir) })
}

// scriptJoin: "join FILE…" takes every "<>" out of files, so that a value which
// looks like a live credential stands nowhere whole in a script.
func scriptJoin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: join FILE…")
	}
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(strings.ReplaceAll(ts.ReadFile(name), "<>", "")), 0o644))
	}
}

// scriptNowhere: "nowhere VALUES PATH…" fails when a line of VALUES stands in a
// file, or in a file below a directory. There must be files to look into.
func scriptNowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: nowhere VALUES PATH…")
	}
	values := strings.Fields(ts.ReadFile(args[0]))
	if len(values) == 0 {
		ts.Fatalf("%s holds no value", args[0])
	}
	for _, root := range args[1:] {
		files := 0
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			files++
			for i, v := range values {
				if bytes.Contains(content, []byte(v)) {
					ts.Fatalf("value %d stands in %s", i+1, path)
				}
			}
			return err
		}))
		if files == 0 {
			ts.Fatalf("%s holds no file", root)
		}
	}
}

// scriptImage: "image [-index-first] [-config JSON] FILE NAME [DIR…]" makes what
// docker save would write of an image with the directories as its layers. Docker
// writes the manifest behind the layers; other tools write it first. JSON is a
// file with the "config" and more of the "history" of the image's configuration.
func scriptImage(ts *testscript.TestScript, neg bool, args []string) {
	indexFirst := len(args) > 0 && args[0] == "-index-first"
	if indexFirst {
		args = args[1:]
	}
	type history struct {
		CreatedBy  string `json:"created_by"`
		EmptyLayer bool   `json:"empty_layer,omitempty"`
	}
	var given struct {
		Config  json.RawMessage `json:"config"`
		History []history       `json:"history"`
	}
	if len(args) > 1 && args[0] == "-config" {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &given))
		args = args[2:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: image [-index-first] [-config JSON] FILE NAME [DIR…]")
	}
	config := struct {
		Config       json.RawMessage `json:"config,omitempty"`
		Architecture string          `json:"architecture"`
		OS           string          `json:"os"`
		RootFS       struct {
			Type    string   `json:"type"`
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
		History []history `json:"history"`
	}{Config: given.Config, Architecture: runtime.GOARCH, OS: "linux"}
	config.RootFS.Type = "layers"
	var layers []string
	blobs := map[string][]byte{}
	for _, dir := range args[2:] {
		layer := tarOf(ts, ts.MkAbs(dir))
		sum := sha256.Sum256(layer)
		digest := hex.EncodeToString(sum[:])
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, "sha256:"+digest)
		config.History = append(config.History, history{CreatedBy: "COPY " + filepath.Base(dir) + " / # buildkit"})
		layers = append(layers, digest+"/layer.tar")
		blobs[digest+"/layer.tar"] = layer
	}
	config.History = append(config.History, given.History...)
	raw, err := json.Marshal(config)
	ts.Check(err)
	sum := sha256.Sum256(raw)
	configName := hex.EncodeToString(sum[:]) + ".json"
	blobs[configName] = raw
	manifest, err := json.Marshal([]map[string]any{{"Config": configName, "RepoTags": []string{args[1]}, "Layers": layers}})
	ts.Check(err)
	blobs["manifest.json"] = manifest

	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	order := append(slices.Clone(layers), configName, "manifest.json")
	if indexFirst {
		order = append([]string{"manifest.json", configName}, layers...)
	}
	for _, name := range order {
		ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(blobs[name])), Typeflag: tar.TypeReg}))
		_, err := w.Write(blobs[name])
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o644))
}

// tarOf packs a directory, in lexical order and without times.
func tarOf(ts *testscript.TestScript, dir string) []byte {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return w.WriteHeader(&tar.Header{Name: name + "/", Mode: 0o755, Typeflag: tar.TypeDir})
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}))
	ts.Check(w.Close())
	return buf.Bytes()
}
