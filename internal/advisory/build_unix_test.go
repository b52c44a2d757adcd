//go:build unix

package advisory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk writes where no file may grow beyond some bytes, as on a full
// disk: an error, and the old file stays.
func TestFullDisk(t *testing.T) {
	const output, source = "ADVISORY_TEST_OUTPUT", "ADVISORY_TEST_SOURCE"
	if out := os.Getenv(output); out != "" {
		// The child: without a handler the signal would end it.
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 100_000, Max: 100_000}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		_, err := Build(context.Background(), BuildConfig{Now: newYear, Output: out, Sources: []string{os.Getenv(source)}})
		t.Fatalf("build: %v", err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "db.bwdb")
	put(t, out, []byte("old"))
	put(t, filepath.Join(dir, "in", "all.zip"), zipOf(t, doc("A-2", newer, "npm x 0 1.0.0")))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = []string{output + "=" + out, source + "=" + filepath.Join(dir, "in")}
	answer, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(answer), "write advisory database") || !strings.Contains(string(answer), "file too large") {
		t.Errorf("%v: %s", err, answer)
	}
	onlyOld(t, out)
}

// TestPlantedPart: a part's name can be foretold; what somebody else put there is
// not followed, not written to and not gone on with.
func TestPlantedPart(t *testing.T) {
	for _, ending := range []string{".part", ".json"} {
		for _, test := range []struct {
			name  string
			plant func(target, path string) error
		}{
			{"a symbolic link", os.Symlink},
			{"a hard link", os.Link},
			{"a link to nowhere", func(target, path string) error { return os.Symlink(target+"-absent", path) }},
			{"a pipe", func(_, path string) error { return syscall.Mkfifo(path, 0o666) }},
			{"a folder", func(_, path string) error { return os.Mkdir(path, 0o777) }},
			{"another user's file", func(_, path string) error {
				if os.Geteuid() != 0 {
					t.Skip("only root can make another user's file")
				}
				return errors.Join(os.WriteFile(path, []byte("poison"), 0o666), os.Chown(path, 65534, 65534))
			}},
		} {
			t.Run(test.name+" as "+ending, func(t *testing.T) {
				s := newServer(t, zipOf(t, doc("GHSA-1", newer, "npm x 0 1.0.0")))
				dir, address := t.TempDir(), s.URL+"/npm/all.zip"
				sum := sha256.Sum256([]byte(address))
				part := filepath.Join(dir, ".bwdb-download-"+hex.EncodeToString(sum[:8])+ending)
				target := filepath.Join(t.TempDir(), "precious")
				put(t, target, []byte("precious"))
				if err := test.plant(target, part); err != nil {
					t.Fatal(err)
				}
				out := filepath.Join(dir, "db")
				_, err := Build(t.Context(), BuildConfig{Now: newYear, Output: out, WithoutFacts: true, Sources: []string{address}, Wait: noWait})
				if !errors.Is(err, errNotOurs) || !strings.Contains(err.Error(), part) {
					t.Errorf("got %v", err)
				}
				if content, err := os.ReadFile(target); err != nil || string(content) != "precious" {
					t.Errorf("the target has %q, %v", content, err)
				}
				left, err := os.ReadDir(dir)
				if err != nil || len(left) != 1 {
					t.Errorf("in the folder: %v, %v; want what was planted", left, err)
				}
				if _, err := os.Stat(target + "-absent"); err == nil {
					t.Error("made where the link leads")
				}
			})
		}
	}
}
