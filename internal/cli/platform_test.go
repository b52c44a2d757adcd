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

// TestPlatformAbsent: an image that is there for another platform was found, and
// is told what there is. The engine's answers are those that internal/workload
// recorded of a real one.
func TestPlatformAbsent(t *testing.T) {
	mux := http.NewServeMux()
	for path, name := range map[string]string{"/version": "version", "/{v}/info": "info", "/{v}/images/recorded:1/json": "image"} {
		b, err := os.ReadFile(filepath.Join("../workload/testdata/20.10", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	}
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
	env := []string{"DOCKER_HOST=unix://" + filepath.Join(dir, "s"), "HOME=" + t.TempDir(), "LC_ALL=C"}
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
