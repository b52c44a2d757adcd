package layer

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCapabilitiesOfDirectory sets the attribute on a real file.
func TestCapabilitiesOfDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"ping": 0o755, "plain": 0o755, "data": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ping", "data"} {
		if err := unix.Setxattr(filepath.Join(dir, name), "security.capability", []byte(netRaw), 0); err != nil {
			t.Skipf("file capabilities can't be set here, which takes root: %v", err)
		}
	}
	root, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	l, unread, err := WalkDir(context.Background(), root, DirOptions{Limits: DefaultLimits()}, func(fileJob, *os.File) error { return nil })
	if err != nil || len(unread) != 0 {
		t.Fatal(err, unread)
	}
	tree := Squash([]*Listing{l})
	for name, want := range map[string]string{"ping": netRaw, "plain": "", "data": ""} {
		if e, ok := tree.Lookup(name); !ok || e.Capability != want {
			t.Errorf("%s: %v %q, want %q", name, ok, e.Capability, want)
		}
	}
}
