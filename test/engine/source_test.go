package engine_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"bulwark/internal/image/source"
	"bulwark/internal/workload"
	"bulwark/test/engine"
)

// helperEnv makes this test binary open an image and tell how, for tests in
// which another user has to do that.
const helperEnv = "BULWARK_TEST_OPEN"

// told is what the helper tells.
type told struct {
	Way string
	Why []string
	Err string
}

func TestMain(m *testing.M) {
	if ref := os.Getenv(helperEnv); ref != "" {
		var out told
		opened, err := source.Open(context.Background(), source.Options{Ref: ref, Env: os.Getenv})
		if err != nil {
			out.Err = err.Error()
		} else {
			out.Way, out.Why = opened.Info.Way, opened.Info.Why
			if opened.Archive != nil {
				if _, err := io.Copy(io.Discard, opened.Archive); err != nil {
					out.Err = err.Error()
				}
			}
			if err := opened.Close(); err != nil {
				out.Err = err.Error()
			}
		}
		_ = json.NewEncoder(os.Stdout).Encode(out)
		return
	}
	os.Exit(m.Run())
}

func uncompressed(t *testing.T, b []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sample makes the layers of an image with all that makes layers difficult. tag
// makes its content, and so its digests, its own.
func sample(tag string) [][]byte {
	base := engine.NewLayer().
		Dir("etc").File("etc/os-release", "ID=debian\n").File("etc/passwd", tag).
		Dir("usr").Dir("usr/bin").Link("bin", "usr/bin").
		Add(tar.Header{Typeflag: tar.TypeReg, Name: "usr/bin/su", Mode: 0o4755}, "su"+tag).
		Add(tar.Header{Typeflag: tar.TypeReg, Name: "usr/bin/ping", Mode: 0o755,
			PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}}, "ping").
		Add(tar.Header{Typeflag: tar.TypeLink, Name: "usr/bin/su2", Linkname: "usr/bin/su", Mode: 0o4755}, "").
		File("usr/bin/odd", "a hard link with another mode sets the file's").
		Add(tar.Header{Typeflag: tar.TypeLink, Name: "usr/bin/odd2", Linkname: "usr/bin/odd", Mode: 0o644, Uid: 5}, "").
		Dir("opt").Dir("opt/old").File("opt/old/a", "1").File("opt/old/b", "2").
		Dir("opt/gone").File("opt/gone/x", "x").File("opt/single", "s").
		Add(tar.Header{Typeflag: tar.TypeReg, Name: "opt/mine", Mode: 0o600, Uid: 1000, Gid: 1001}, "mine").
		Add(tar.Header{Typeflag: tar.TypeFifo, Name: "opt/fifo", Mode: 0o644}, "").
		File("opt/né \x1b[31m\nx", "odd name").File("opt/empty", "")
	top := engine.NewLayer().
		Dir("opt").Dir("opt/old").Opaque("opt/old").File("opt/old/c", "3").
		Gone("opt/gone").Gone("opt/single").
		File("bin/ls", "written through a link"+tag) // "bin" is no link in this layer: the directory is implied
	return [][]byte{base.Bytes(), top.Bytes()}
}

// testInPlace holds an image read in place against what was put into the engine
// and against its export.
func testInPlace(t *testing.T, e *engine.Engine, way string) {
	layers := sample("in place")
	archive, config := engine.Saved("sample:1", layers...)
	e.Load(t, archive)

	opened := open(t, e, source.Options{Ref: "docker:sample:1"})
	if opened.Info.Way != way || opened.Info.Kind != "docker" {
		t.Fatalf("way %q (%q), want %q", opened.Info.Way, opened.Info.Why, way)
	}
	if got := engine.Digest(opened.Config); got != config || opened.Subject.ConfigDigest != config {
		t.Errorf("config digest %s, subject says %s, want %s", got, opened.Subject.ConfigDigest, config)
	}
	if got, want := opened.Subject.Platform, "linux/"+runtime.GOARCH; got != want {
		t.Errorf("platform %q, want %q", got, want)
	}
	if got, want := opened.Subject.Name, "sample"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"sample:1"}, opened.Subject.Tags); diff != "" {
		t.Errorf("tags: %s", diff)
	}

	forced := open(t, e, source.Options{Ref: "docker:sample:1", NoInPlace: true})
	if forced.Info.Way != source.WayExport {
		t.Fatalf("way %q, want an export", forced.Info.Way)
	}
	export := readExport(t, forced.Archive)
	if err := forced.Close(); err != nil {
		t.Errorf("close of the export: %v", err)
	}
	if got := engine.Digest(export.config); got != config {
		t.Errorf("the export's configuration hashes to %s, want %s", got, config)
	}
	if len(opened.Layers) != len(layers) || len(export.layers) != len(layers) {
		t.Fatalf("%d layers in place, %d exported, want %d", len(opened.Layers), len(export.layers), len(layers))
	}
	for i, l := range opened.Layers {
		if want := engine.Digest(layers[i]); l.DiffID != want {
			t.Errorf("layer %d: diff ID %s, want %s", i, l.DiffID, want)
		}
		if l.Trust != source.EngineVouched {
			t.Errorf("layer %d: trust %q", i, l.Trust)
		}
		got := listDirectory(t, l)
		want := listTar(t, layers[i])
		if i == 1 {
			delete(got, "bin") // the directory that its entry implies
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("layer %d in place (-put in +read):\n%s", i, diff)
		}
		if diff := cmp.Diff(want, listTar(t, export.layers[i])); diff != "" {
			t.Errorf("layer %d exported (-put in +read):\n%s", i, diff)
		}
		if err := l.Verify(context.Background()); err != nil {
			t.Errorf("layer %d: verify: %v", i, err)
		}
	}
	if err := opened.StillThere(context.Background()); err != nil {
		t.Errorf("still there: %v", err)
	}
	if err := errors.Join(opened.Close(), opened.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
}

// testExportNotices: the engine's own word that a layer was changed is told from
// an export that broke off. An engine that exports the blob as it came never
// looks at the directory, and has nothing to say.
func testExportNotices(t *testing.T, e *engine.Engine, name, path, way string) {
	opened := open(t, e, source.Options{Ref: name, NoInPlace: true})
	if _, err := io.Copy(io.Discard, opened.Archive); err != nil {
		t.Fatal(err)
	}
	err := opened.Close()
	var bad *source.Mismatch
	switch {
	case way == source.WaySnapshots:
		if err != nil {
			t.Errorf("the export of the blob of a changed snapshot: %v", err)
		}
	case !errors.As(err, &bad) || bad.Path != path:
		t.Errorf("the engine exports a changed layer: %v, want it to name %s", err, path)
	}
}

// testTampering changes a layer's directory in every way that matters; --verify
// must find each.
func testTampering(t *testing.T, e *engine.Engine) {
	tests := []struct {
		name   string
		layer  int
		path   string
		change func(root string) error
	}{
		{"one byte changed", 0, "etc/passwd", func(root string) error {
			f, err := os.OpenFile(root+"/etc/passwd", os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt([]byte("X"), 1)
			return err
		}},
		{"a file longer", 0, "etc/passwd", func(root string) error { return os.WriteFile(root+"/etc/passwd", make([]byte, 100), 0o644) }},
		{"a file shorter", 0, "etc/passwd", func(root string) error { return os.Truncate(root+"/etc/passwd", 1) }},
		{"a file added", 0, "usr/bin/new", func(root string) error { return os.WriteFile(root+"/usr/bin/new", []byte("new"), 0o755) }},
		{"a file added in an implied directory", 1, "bin/new", func(root string) error { return os.WriteFile(root+"/bin/new", nil, 0o755) }},
		{"a file removed", 0, "usr/bin/ping", func(root string) error { return os.Remove(root + "/usr/bin/ping") }},
		{"an empty file removed", 0, "opt/empty", func(root string) error { return os.Remove(root + "/opt/empty") }},
		{"a directory added", 0, "opt/new", func(root string) error { return os.Mkdir(root+"/opt/new", 0o755) }},
		{"a mode changed", 0, "usr/bin/su", func(root string) error { return os.Chmod(root+"/usr/bin/su", 0o755) }},
		{"an owner changed", 0, "opt/mine", func(root string) error { return os.Lchown(root+"/opt/mine", 77, 1001) }},
		{"a link led elsewhere", 0, "bin", func(root string) error {
			return errors.Join(os.Remove(root+"/bin"), os.Symlink("usr/sbin", root+"/bin"))
		}},
		{"a hard link made a file", 0, "usr/bin/su2", func(root string) error {
			p := root + "/usr/bin/su2"
			return errors.Join(os.Remove(p), os.WriteFile(p, []byte("suhard"), 0o644), os.Chmod(p, 0o4755|fs.ModeSetuid))
		}},
		{"a file made a link", 0, "etc/os-release", func(root string) error {
			return errors.Join(os.Remove(root+"/etc/os-release"), os.Symlink("/etc/hostname", root+"/etc/os-release"))
		}},
		{"a capability added", 0, "usr/bin/su", func(root string) error {
			return unix.Setxattr(root+"/usr/bin/su", "security.capability", []byte("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0)
		}},
		{"a whiteout added", 1, "opt/mine", func(root string) error { return unix.Mknod(root+"/opt/mine", unix.S_IFCHR, 0) }},
		{"a whiteout removed", 1, "opt/single", func(root string) error { return os.Remove(root + "/opt/single") }},
		{"an opaque marker added", 1, "opt", func(root string) error { return unix.Setxattr(root+"/opt", "trusted.overlay.opaque", []byte("y"), 0) }},
		{"an opaque marker removed", 1, "opt/old", func(root string) error { return unix.Removexattr(root+"/opt/old", "trusted.overlay.opaque") }},
		{"a directory redirected", 1, "opt", func(root string) error {
			return unix.Setxattr(root+"/opt", "trusted.overlay.redirect", []byte("/etc"), 0)
		}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := fmt.Sprintf("tampered:%d", i)
			archive, _ := engine.Saved(name, sample("tampered"+fmt.Sprint(i))...)
			e.Load(t, archive)
			opened := open(t, e, source.Options{Ref: name, Verify: true})
			if err := opened.Layers[test.layer].Verify(context.Background()); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			if err := test.change(opened.Layers[test.layer].Root.Name()); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				testExportNotices(t, e, name, test.path, opened.Info.Way)
			}
			err := opened.Layers[test.layer].Verify(context.Background())
			var bad *source.Mismatch
			if !errors.As(err, &bad) {
				t.Fatalf("after the change: %v, want a mismatch", err)
			}
			if bad.Path != test.path || bad.Layer != opened.Layers[test.layer].DiffID {
				t.Errorf("%v, want it at %q of %s", err, test.path, opened.Layers[test.layer].DiffID)
			}
		})
	}
}

// testRemoved removes the image while it is open.
func testRemoved(t *testing.T, e *engine.Engine) {
	archive, _ := engine.Saved("removed:1", sample("removed")...)
	e.Load(t, archive)
	opened := open(t, e, source.Options{Ref: "removed:1"})
	if err := opened.StillThere(context.Background()); err != nil {
		t.Fatalf("before: %v", err)
	}
	e.Remove(t, "removed:1")
	if err := opened.StillThere(context.Background()); !errors.Is(err, source.ErrGone) {
		t.Errorf("after: %v, want it to be gone", err)
	}
	if err := opened.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	// Loaded again it is the same image in other directories.
	e.Load(t, archive)
	if err := opened.StillThere(context.Background()); err == nil {
		t.Error("loaded again: the directories that were open are told to be there still")
	}
	_, err := source.Open(context.Background(), source.Options{Ref: "removed:2", Env: e.Env})
	var missing *source.NotFound
	if !errors.As(err, &missing) || len(missing.Tried) != 3 {
		t.Errorf("an image that is not there: %v", err)
	}
}

// testNames asks for names that no image can have, and for one that has more
// than one form.
func testNames(t *testing.T, e *engine.Engine) {
	archive, config := engine.Saved("docker.io/library/named:1", sample("named")...)
	e.Load(t, archive)
	for _, name := range []string{"named:1", "docker.io/library/named:1", "library/named:1"} {
		opened := open(t, e, source.Options{Ref: "docker:" + name})
		if opened.Subject.ConfigDigest != config {
			t.Errorf("%s: identity %s, want %s", name, opened.Subject.ConfigDigest, config)
		}
	}
	opened := open(t, e, source.Options{Ref: "named:1"})
	var id string
	for _, alias := range append([]string{config}, opened.Subject.Aliases...) {
		var img struct{ ID string }
		e.Get(t, "/images/named:1/json", &img)
		if img.ID == alias {
			id = alias
		}
	}
	if id == "" {
		t.Errorf("the engine's own ID is neither identity nor alias: %v", opened.Subject)
	}
	for _, ref := range []string{id, id[7:], id[7:19]} {
		opened := open(t, e, source.Options{Ref: "docker:" + ref})
		if opened.Subject.ConfigDigest != config || opened.Subject.Name != "named" {
			t.Errorf("%s: identity %s, name %q, want %s", ref, opened.Subject.ConfigDigest, opened.Subject.Name, config)
		}
	}
	for _, name := range []string{
		"", "../containers/x", "x/../../info", "x?all=1", "x#y", "x%2e%2e/y", "x\ny", "x\x1b[2J", "a//b", "/x", "x/", "é", "x y",
		strings.Repeat("a", 5000), "<script>", "-x", "x\x00",
	} {
		opened, err := source.Open(context.Background(), source.Options{Ref: "docker:" + name, Env: e.Env})
		if err == nil {
			opened.Close()
			t.Errorf("%q was opened", name)
			continue
		}
		if strings.ContainsAny(err.Error(), "\x1b\x00") || len(err.Error()) > 1000 {
			t.Errorf("%q: the error has its raw name: %q", name, err)
		}
	}
	images, err := source.Images(context.Background(), source.Options{Env: e.Env})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, img := range images {
		found = found || img.Name == "named:1" && img.ID == id
	}
	if !found {
		t.Errorf("named:1 is not in the list: %v", images)
	}
}

// openAs opens an image in another process, which prefix runs.
func openAs(t *testing.T, e *engine.Engine, ref string, prefix ...string) told {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(e.Folder, "open.test")
	if _, err := os.Stat(binary); err != nil {
		if err := os.WriteFile(binary, self, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{e.Folder, e.Socket, e.Containerd} {
		mode := fs.FileMode(0o666)
		if path == e.Folder {
			mode = 0o711
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	args := append(prefix, binary)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = []string{helperEnv + "=" + ref, "DOCKER_HOST=unix://" + e.Socket, "PATH=" + os.Getenv("PATH")}
	cmd.Dir = "/"
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, text)
	}
	var out told
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// testUnprivileged opens an image with less than reading in place needs.
func testUnprivileged(t *testing.T, e *engine.Engine) {
	archive, _ := engine.Saved("lesser:1", sample("lesser")...)
	e.Load(t, archive)
	tests := []struct {
		name   string
		prefix []string
		why    string
	}{
		{"another user", []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, "CAP_SYS_ADMIN"},
		{"root without CAP_SYS_ADMIN", []string{"setpriv", "--bounding-set=-sys_admin"}, "CAP_SYS_ADMIN"},
		{"root in a user namespace", []string{"unshare", "--user", "--map-root-user"}, "user namespace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.prefix[0] == "unshare" {
				engine.NeedUserNamespaces(t)
			}
			got := openAs(t, e, "lesser:1", test.prefix...)
			if got.Err != "" || !strings.Contains(strings.Join(got.Why, "\n"), test.why) {
				t.Errorf("%+v, want a reason with %q", got, test.why)
			}
			if got.Way != source.WayExport && got.Way != source.WayBlobs {
				t.Errorf("way %q", got.Way)
			}
			t.Logf("%s: %q", got.Way, got.Why)
		})
	}
}

// testEndpoints reaches the engine in the ways that a user may configure.
func testEndpoints(t *testing.T, e *engine.Engine) {
	archive, config := engine.Saved("reached:1", sample("reached")...)
	e.Load(t, archive)

	t.Run("a context", func(t *testing.T) {
		dir := t.TempDir()
		id := engine.Digest([]byte("mine"))[7:]
		meta := filepath.Join(dir, "contexts", "meta", id)
		if err := os.MkdirAll(meta, 0o755); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf(`{"Name":"mine","Metadata":{},"Endpoints":{"docker":{"Host":"unix://%s","SkipTLSVerify":false}}}`, e.Socket)
		if err := errors.Join(os.WriteFile(filepath.Join(meta, "meta.json"), []byte(text), 0o644),
			os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"currentContext":"mine"}`), 0o644)); err != nil {
			t.Fatal(err)
		}
		env := func(name string) string { return map[string]string{"DOCKER_CONFIG": dir}[name] }
		opened, err := source.Open(context.Background(), source.Options{Ref: "reached:1", Env: env})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if opened.Subject.ConfigDigest != config || opened.Archive != nil {
			t.Errorf("%+v", opened.Info)
		}
	})
	t.Run("the rootless socket's place", func(t *testing.T) {
		if _, err := os.Stat("/var/run/docker.sock"); err == nil {
			t.Log("this host has an engine of its own, which comes first; the order is tested in internal/workload")
			return
		}
		dir := t.TempDir()
		if err := os.Symlink(e.Socket, filepath.Join(dir, "docker.sock")); err != nil {
			t.Fatal(err)
		}
		env := func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": dir}[name] }
		opened, err := source.Open(context.Background(), source.Options{Ref: "reached:1", Env: env})
		if err != nil {
			t.Fatal(err)
		}
		opened.Close()
	})
	t.Run("tcp", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		go forward(listener, e.Socket)
		env := func(name string) string {
			return map[string]string{"DOCKER_HOST": "tcp://" + listener.Addr().String()}[name]
		}
		opened, err := source.Open(context.Background(), source.Options{Ref: "reached:1", Env: env})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if opened.Info.Way != source.WayExport || !strings.Contains(strings.Join(opened.Info.Why, " "), "over tcp") {
			t.Errorf("%+v, want an export because of tcp", opened.Info)
		}
		if got := engine.Digest(readExport(t, opened.Archive).config); got != config {
			t.Errorf("identity %s, want %s", got, config)
		}
	})
}

func forward(listener net.Listener, socket string) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("unix", socket)
		if err != nil {
			from.Close()
			return
		}
		go func() {
			_, _ = io.Copy(to, from)
			to.Close()
		}()
		go func() {
			_, _ = io.Copy(from, to)
			from.Close()
		}()
	}
}

// testSide opens images side by side, some of which are cancelled.
func testSide(t *testing.T, e *engine.Engine) {
	archive, _ := engine.Saved("side:1", sample("side")...)
	e.Load(t, archive)
	errs := make(chan error)
	for i := range 8 {
		go func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if i%4 == 3 {
				time.AfterFunc(time.Duration(i)*5*time.Millisecond, cancel)
			}
			opened, err := source.Open(ctx, source.Options{Ref: "side:1", Env: e.Env})
			if err != nil {
				if ctx.Err() != nil {
					err = nil
				}
				errs <- err
				return
			}
			errs <- opened.Close()
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// testStopped stops the engine in the middle of an export.
func testStopped(t *testing.T, e *engine.Engine) {
	big := make([]byte, 96<<20)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(big)
	archive, _ := engine.Saved("big:1", engine.NewLayer().File("big", string(big)).Bytes())
	e.Load(t, archive)

	t.Run("the reader stops", func(t *testing.T) {
		opened := open(t, e, source.Options{Ref: "big:1", NoInPlace: true})
		if _, err := io.CopyN(io.Discard, opened.Archive, 1<<20); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := opened.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("close took %s", took)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		opened, err := source.Open(ctx, source.Options{Ref: "big:1", NoInPlace: true, Env: e.Env})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if _, err := io.CopyN(io.Discard, opened.Archive, 1<<20); err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.Copy(io.Discard, opened.Archive); err != nil {
			t.Fatal(err)
		}
		if err := opened.Close(); err == nil {
			t.Error("close after a cancelled export says nothing")
		}
	})
	t.Run("the engine dies", func(t *testing.T) {
		opened := open(t, e, source.Options{Ref: "big:1", NoInPlace: true})
		if _, err := io.CopyN(io.Discard, opened.Archive, 1<<20); err != nil {
			t.Fatal(err)
		}
		e.Kill(t)
		n, err := io.Copy(io.Discard, opened.Archive)
		if err != nil {
			t.Fatal(err)
		}
		if n >= int64(len(archive)) {
			t.Fatal("the export was already through")
		}
		if err := opened.Close(); err == nil || !strings.Contains(err.Error(), "broke off") {
			t.Errorf("close: %v, want it to say that the export broke off", err)
		}
		if err := opened.StillThere(context.Background()); err == nil {
			t.Error("still there says nothing of an engine that is not")
		}
		_, err = source.Open(context.Background(), source.Options{Ref: "docker:big:1", Env: e.Env})
		var un *workload.Unreachable
		if !errors.As(err, &un) || !strings.Contains(err.Error(), "hint:") {
			t.Errorf("open: %v, want a hint about an engine that is down", err)
		}
	})
}

func TestDebianEngine(t *testing.T) {
	e := engine.Debian(t)
	if *record {
		recordEngine(t, e, "20.10")
		recordSplit(t, e)
	}
	t.Run("in place", func(t *testing.T) { testInPlace(t, e, source.WayOverlay2) })
	t.Run("tampering", func(t *testing.T) { testTampering(t, e) })
	t.Run("removed", func(t *testing.T) { testRemoved(t, e) })
	t.Run("names", func(t *testing.T) { testNames(t, e) })
	t.Run("unprivileged", func(t *testing.T) { testUnprivileged(t, e) })
	t.Run("endpoints", func(t *testing.T) { testEndpoints(t, e) })
	t.Run("side by side", func(t *testing.T) { testSide(t, e) })
	t.Run("platform", func(t *testing.T) {
		archive, _ := engine.Saved("platform:1", sample("platform")...)
		e.Load(t, archive)
		_, err := source.Open(context.Background(), source.Options{Ref: "docker:platform:1", Platform: "linux/mips", Env: e.Env})
		if err == nil || !strings.Contains(err.Error(), "is for linux/"+runtime.GOARCH) {
			t.Errorf("%v, want it to name the platform that is there", err)
		}
		open(t, e, source.Options{Ref: "docker:platform:1", Platform: "Linux/" + runtime.GOARCH})
	})
	t.Run("records changed", func(t *testing.T) { testRecords(t, e) })
	t.Run("stopped", func(t *testing.T) { testStopped(t, e) })
}

// testRecords changes the engine's records of an image: the chain from the
// config digest to the directory must not hold any more.
func testRecords(t *testing.T, e *engine.Engine) {
	layers := sample("records")
	archive, config := engine.Saved("records:1", layers...)
	e.Load(t, archive)
	image := filepath.Join(e.DataRoot, "image/overlay2")
	first := filepath.Join(image, "layerdb/sha256", engine.Digest(layers[0])[7:])
	second := filepath.Join(image, "layerdb/sha256", engine.Digest([]byte(engine.Digest(layers[0]) + " " + engine.Digest(layers[1])))[7:])
	tests := []struct {
		name, file, text string
		mismatch         bool
	}{
		{"diff", filepath.Join(second, "diff"), engine.Digest(layers[0]), true},
		{"parent", filepath.Join(second, "parent"), config, true},
		{"cache-id leading out", filepath.Join(first, "cache-id"), "../../..", false},
		{"cache-id of nothing", filepath.Join(first, "cache-id"), "0123456789abcdef", false},
		{"cache-id that is a link", filepath.Join(first, "cache-id"), "l1nk", false},
	}
	if err := os.Symlink("/etc", filepath.Join(e.DataRoot, "overlay2/l1nk")); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, err := os.ReadFile(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(test.file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.WriteFile(test.file, before, 0o600); err != nil {
					t.Fatal(err)
				}
			}()
			opened, err := source.Open(context.Background(), source.Options{Ref: "docker:records:1", Env: e.Env})
			var bad *source.Mismatch
			switch {
			case test.mismatch:
				if !errors.As(err, &bad) {
					t.Errorf("%v, want a mismatch", err)
				}
			case err != nil:
				t.Error(err)
			case opened.Info.Way != source.WayExport:
				t.Errorf("%+v, want an export", opened.Info)
			}
			if err == nil {
				opened.Close()
			}
		})
	}
}

func TestDebianEngineRemapped(t *testing.T) {
	engine.Debian(t) // says why it is skipped
	e := engine.Start(t, engine.Options{Remap: true, Args: []string{"--storage-driver", "overlay2"}})
	testInPlace(t, e, source.WayOverlay2)
	opened := open(t, e, source.Options{Ref: "sample:1"})
	want := []source.IDMap{{Container: 0, Host: engine.RemapFirst, Size: engine.RemapSize}}
	for i, l := range opened.Layers {
		if diff := cmp.Diff([][]source.IDMap{want, want}, [][]source.IDMap{l.UIDs, l.GIDs}); diff != "" {
			t.Errorf("layer %d: %s", i, diff)
		}
	}
}

func TestDebianEngineElsewhere(t *testing.T) {
	engine.Debian(t) // says why it is skipped
	e := engine.Start(t, engine.Options{HideData: true, Args: []string{"--storage-driver", "overlay2"}})
	archive, config := engine.Saved("elsewhere:1", sample("elsewhere")...)
	e.Load(t, archive)
	opened := open(t, e, source.Options{Ref: "elsewhere:1"})
	if opened.Info.Way != source.WayExport || !strings.Contains(strings.Join(opened.Info.Why, " "), "mount namespace") {
		t.Errorf("%+v, want an export because of the mount namespace", opened.Info)
	}
	if got := engine.Digest(readExport(t, opened.Archive).config); got != config || opened.Subject.ConfigDigest != config {
		t.Errorf("identity %s and %s, want %s", got, opened.Subject.ConfigDigest, config)
	}
}

// TestDebianEngineRootless is an engine in a user namespace, asked by root.
func TestDebianEngineRootless(t *testing.T) {
	engine.Debian(t) // says why it is skipped
	e := engine.Start(t, engine.Options{Rootless: true, Args: []string{"--storage-driver", "overlay2"}})
	layers := sample("rootless")
	archive, config := engine.Saved("rootless:1", layers...)
	e.Load(t, archive)
	opened := open(t, e, source.Options{Ref: "rootless:1"})
	if opened.Info.Way != source.WayExport || !strings.Contains(strings.Join(opened.Info.Why, " "), "rootless") {
		t.Errorf("%+v, want an export because it is rootless", opened.Info)
	}
	export := readExport(t, opened.Archive)
	if got := engine.Digest(export.config); got != config || opened.Subject.ConfigDigest != config {
		t.Errorf("identity %s and %s, want %s", got, opened.Subject.ConfigDigest, config)
	}
	for i, l := range export.layers {
		if diff := cmp.Diff(listTar(t, layers[i]), listTar(t, l)); diff != "" {
			t.Errorf("layer %d (-put in +read):\n%s", i, diff)
		}
	}
}

// TestEngineEndsWithItsTest kills a test in the middle and looks for what is left.
func TestEngineEndsWithItsTest(t *testing.T) {
	const child = "BULWARK_TEST_ENGINE_CHILD"
	if os.Getenv(child) != "" {
		e := engine.Debian(t)
		fmt.Println("FOLDER", e.Folder)
		select {}
	}
	if os.Getenv(engine.WantEnv) == "" {
		engine.Debian(t)
	}
	for _, signal := range []os.Signal{unix.SIGINT, unix.SIGKILL} {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestEngineEndsWithItsTest$")
		cmd.Env = append(os.Environ(), child+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var folder string
		if _, err := fmt.Fscanf(out, "FOLDER %s", &folder); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			_, err := os.Stat(folder)
			if errors.Is(err, fs.ErrNotExist) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v: %s is still there", signal, folder)
			}
		}
		mounts, err := os.ReadFile("/proc/self/mounts")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(mounts), folder) {
			t.Errorf("%v: mounts are left below %s", signal, folder)
		}
	}
}
