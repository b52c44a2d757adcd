package workload

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var quiet = slog.New(slog.DiscardHandler)

// answers serves recorded answers of a real engine at any version of the API.
func answers(t *testing.T, version string) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for path, name := range map[string]string{
		"/version": "version", "/{v}/info": "info", "/{v}/images/json": "images", "/{v}/images/recorded:1/json": "image",
	} {
		b, err := os.ReadFile(filepath.Join("testdata", version, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": "no such thing: " + r.URL.Path})
	})
	return mux
}

// serve serves on a Unix socket and gives the environment that leads there.
func serve(t *testing.T, h http.Handler) func(string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sock") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(server.Close)
	return environment("DOCKER_HOST", "unix://"+socket)
}

func TestRecordedEngines(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		version, driver, driverType, api string
	}{
		{"20.10", "overlay2", "", "1.41"},
		{"29", "overlayfs", "io.containerd.snapshotter.v1", newestAPI.String()},
	}
	for _, test := range tests {
		t.Run(test.version, func(t *testing.T) {
			d, err := Connect(ctx, serve(t, answers(t, test.version)), quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if d.api.String() != test.api || d.Version.OS != "linux" || d.Version.Arch != "amd64" {
				t.Errorf("API %s, version %+v", d.api, d.Version)
			}
			info, err := d.Info(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if info.Driver != test.driver || info.DriverOption("driver-type") != test.driverType || info.DockerRootDir != "/var/lib/docker" || info.ID == "" {
				t.Errorf("info %+v", info)
			}
			if !info.HasSecurityOption("seccomp") || info.HasSecurityOption("userns") {
				t.Errorf("security options %q", info.SecurityOptions)
			}
			if (info.Containerd != nil) != (test.version == "29") {
				t.Errorf("containerd %+v", info.Containerd)
			}
			img, err := d.Image(ctx, "recorded:1")
			if err != nil {
				t.Fatal(err)
			}
			if len(img.RootFS.Layers) != 2 || img.RepoTags[0] != "recorded:1" || img.OS != "linux" || img.Architecture != "amd64" {
				t.Errorf("image %+v", img)
			}
			list, err := d.Images(ctx)
			if err != nil || len(list) != 1 || list[0].ID != img.ID {
				t.Errorf("images %+v, %v", list, err)
			}
			_, err = d.Image(ctx, "missing:1")
			if !errors.Is(err, ErrNoSuchImage) {
				t.Errorf("missing image: %v", err)
			}
			if d.PeerPID() != os.Getpid() && d.PeerPID() != 0 {
				t.Errorf("peer %d, want %d", d.PeerPID(), os.Getpid())
			}
		})
	}
}

func TestNegotiate(t *testing.T) {
	tests := []struct{ theirs, oldest, forced, want string }{
		{"1.41", "1.12", "", "1.41"},
		{"1.56", "1.40", "", newestAPI.String()},
		{"1.99", "1.80", "", "1.80"},
		{"1.41", "", "", "1.41"},
		{"1.41", "1.12", "1.30", "1.30"},
		{"", "", "", ""},
		{"banana", "1", "", ""},
		{"1.41", "1.12", "x", ""},
		{"2.0", "1.50", "", newestAPI.String()},
	}
	for _, test := range tests {
		d := &Docker{Version: Version{APIVersion: test.theirs, MinAPIVersion: test.oldest}}
		err := d.negotiate(test.forced)
		got := d.api.String()
		if err != nil {
			got = ""
		}
		if got != test.want {
			t.Errorf("%+v: %s, %v", test, got, err)
		}
	}
}

// TestBadAnswers is a server that is no engine, or one that lies.
func TestBadAnswers(t *testing.T) {
	version, err := os.ReadFile("testdata/20.10/version.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		message string
	}{
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }, "is not understood (is it a Docker engine?)"},
		{"another shape", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[1,2]`) }, "is not understood"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			b := []byte(strings.Repeat(" ", 1<<20))
			for range 2 * maxAnswer >> 20 {
				if _, err := w.Write(b); err != nil {
					return
				}
			}
		}, "is larger than"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"ID":`)
		}, "read the answer"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/info", http.StatusFound)
		}, "answers"},
		{"an error with control characters", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": "a\x1b[2Jb"})
		}, `"a\x1b[2Jb"`},
		{"an endless error", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, strings.Repeat("x", 1<<20))
		}, "xxx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := Connect(context.Background(), serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/version" {
					_, _ = w.Write(version)
					return
				}
				test.answer(w, r)
			})), quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			_, err = d.Info(context.Background())
			if err == nil || !strings.Contains(err.Error(), test.message) || strings.Contains(err.Error(), "\x1b") || len(err.Error()) > 2*maxErrorText {
				t.Errorf("%.300v, want %q", err, test.message)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	listener, err := net.Listen("unix", closed)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	listener.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := []struct {
		name string
		env  func(string) string
		want string
	}{
		{"no socket", environment("DOCKER_HOST", "unix://"+dir+"/none"), "hint: no such socket"},
		{"nobody serves it", environment("DOCKER_HOST", "unix://"+closed), "hint: nobody serves the socket"},
		{"nobody listens", environment("DOCKER_HOST", "tcp://127.0.0.1:1"), "hint: nobody listens there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Connect(context.Background(), test.env, quiet)
			var un *Unreachable
			if !errors.As(err, &un) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "DOCKER_HOST") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := Connect(ctx, environment("DOCKER_HOST", "tcp://"+silent.Addr().String()), quiet)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
	t.Run("usual sockets", func(t *testing.T) {
		if _, err := os.Stat("/var/run/docker.sock"); err == nil {
			return // this host has an engine
		}
		_, err := Connect(context.Background(), environment("HOME", dir, "XDG_RUNTIME_DIR", dir), quiet)
		if err == nil {
			t.Fatal("an engine where there is none")
		}
		for _, part := range []string{"hint: start it", "/var/run/docker.sock (default socket)", dir + "/docker.sock (rootless socket)", "Podman"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error lacks %q:\n%v", part, err)
			}
		}
	})
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	keyMaterial(t, dir)
	conf, err := tlsFromDir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(answers(t, "29"))
	server.TLS = conf.Clone()
	server.TLS.ClientCAs, server.TLS.ClientAuth = conf.RootCAs, tls.RequireAndVerifyClientCert
	server.Config.ErrorLog = slog.NewLogLogger(quiet.Handler(), slog.LevelError)
	server.StartTLS()
	defer server.Close()
	host := "tcp://" + server.Listener.Addr().String()

	d, err := Connect(context.Background(), environment("DOCKER_HOST", host, "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", dir), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := d.Info(context.Background()); err != nil || info.Driver != "overlayfs" {
		t.Errorf("%+v, %v", info, err)
	}
	d.Close()

	other := t.TempDir()
	keyMaterial(t, other)
	for name, env := range map[string]func(string) string{
		"another authority":   environment("DOCKER_HOST", host, "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", other),
		"without TLS":         environment("DOCKER_HOST", host),
		"without certificate": environment("DOCKER_HOST", host, "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", t.TempDir()),
	} {
		if d, err := Connect(context.Background(), env, quiet); err == nil {
			d.Close()
			t.Errorf("%s: connected", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
	plain := httptest.NewServer(answers(t, "29"))
	defer plain.Close()
	_, err = Connect(context.Background(), environment("DOCKER_HOST", "tcp://"+plain.Listener.Addr().String(), "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", dir), quiet)
	if err == nil || !strings.Contains(err.Error(), "unset DOCKER_TLS_VERIFY") {
		t.Errorf("TLS to an engine without: %v", err)
	}
}

func TestExport(t *testing.T) {
	var asked []string
	mux := http.NewServeMux()
	mux.Handle("/", answers(t, "29"))
	mux.HandleFunc("GET /{v}/images/{name}/get", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		fmt.Fprint(w, "a tar")
	})
	d, err := Connect(context.Background(), serve(t, mux), quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	body, err := d.Export(context.Background(), "x:1", &Platform{OS: "linux", Architecture: "arm", Variant: "v7"})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "a tar" {
		t.Errorf("%q, %v", b, err)
	}
	want := []string{"/v" + newestAPI.String() + "/images/x:1/get?platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm%22%2C%22variant%22%3A%22v7%22%7D"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

func FuzzCheckName(f *testing.F) {
	for _, s := range []string{"debian:12", "a/b@sha256:00", "../x", "a/../b", "a//b", "", "x?y", "[::1]:5000/x", "\x1b", "é", "a%2f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) != nil {
			return
		}
		// What is let through is one path below /images/, whatever is made of it.
		r, err := http.NewRequest(http.MethodGet, "http://docker/images/"+name+"/json", nil)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if r.URL.RawQuery != "" || r.URL.Fragment != "" || filepath.Clean(r.URL.Path) != "/images/"+name+"/json" {
			t.Errorf("%q becomes %s", name, r.URL)
		}
	})
}
