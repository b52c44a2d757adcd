//go:build unix

package advisory

import (
	"context"
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
