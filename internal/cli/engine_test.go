package cli

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeEngine answers as a real engine did whose answers internal/workload
// recorded, and gives the environment that leads there.
func fakeEngine(t *testing.T, export http.HandlerFunc) []string {
	t.Helper()
	mux := http.NewServeMux()
	for path, name := range map[string]string{"/version": "version", "/{v}/info": "info", "/{v}/images/recorded:1/json": "image"} {
		b, err := os.ReadFile(filepath.Join("../workload/testdata/20.10", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	}
	mux.HandleFunc("GET /{v}/images/{id}/get", export)
	dir, err := os.MkdirTemp("", "sock") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(server.Close)
	return []string{"DOCKER_HOST=unix://" + filepath.Join(dir, "s"), "HOME=" + t.TempDir(), "LC_ALL=C"}
}

// TestPlatformAbsent: an image that is there for another platform was found, and
// is told what there is.
func TestPlatformAbsent(t *testing.T) {
	env := fakeEngine(t, http.NotFound)
	for _, ref := range []string{"recorded:1", "docker:recorded:1"} {
		var stdout, stderr bytes.Buffer
		code := Run(context.Background(), env, strings.NewReader(""), &stdout, &stderr, []string{"scan", "--platform", "linux/arm64", ref})
		if code != exitError || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, said %q", ref, code, stdout.String())
		}
		if got := stderr.String(); !strings.HasPrefix(got, "bulwark: "+ref+" is not there for linux/arm64: the image is for linux/amd64\n") || strings.Contains(got, "not found") {
			t.Errorf("%s: said %q", ref, got)
		}
	}
}

// TestEngineNotices: an engine that finds a layer of its own changed and exports
// nothing is a critical finding, and not the end of the scan.
func TestEngineNotices(t *testing.T) {
	env := fakeEngine(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"message":"file integrity checksum failed for \"etc/p\\x1bsswd\""}`)) // as 20.10 writes it
	})
	for _, test := range []struct {
		args []string
		code int
	}{
		{[]string{"recorded:1"}, exitIncomplete},
		{[]string{"--allow", "unread", "recorded:1"}, exitOK},
		{[]string{"--fail-on", "critical,kev", "recorded:1"}, exitGate},
		{[]string{"--fail-on", "critical", "recorded:1", "recorded:1"}, exitGate},
	} {
		var stdout, stderr bytes.Buffer
		code := Run(context.Background(), env, strings.NewReader(""), &stdout, &stderr, append([]string{"scan", "--no-in-place", "--no-cache"}, test.args...))
		if code != test.code || stderr.Len() > 0 {
			t.Errorf("%q: exit code %d, want %d; said %q", test.args, code, test.code, stderr.String())
		}
		for _, want := range []string{"DO NOT RUN THIS IMAGE", "The engine says that /etc/p", "is not what it once stored", "file integrity checksum failed"} {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%q: %q is not in:\n%s", test.args, want, stdout.String())
			}
		}
		if strings.Contains(stdout.String(), "\x1b") {
			t.Errorf("%q: an escape came through", test.args)
		}
	}
}
