package cache

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T, size int64) *Cache {
	t.Helper()
	c, err := Open(t.TempDir(), size)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatWasPutIsGot(t *testing.T) {
	c := open(t, 0)
	k := Key(Hashed, "sha256:a", "x@1")
	if _, ok := c.Get(k); ok {
		t.Error("an empty cache has an entry")
	}
	if err := c.Put(k, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if b, ok := c.Get(k); !ok || string(b) != "content" {
		t.Errorf("got %q, %v", b, ok)
	}
	for _, other := range []string{Key(Engine, "sha256:a", "x@1"), Key(Hashed, "sha256:b", "x@1"), Key(Hashed, "sha256:a", "x@2"), Key(Hashed, "sha256:a", "x", "@1")} {
		if _, ok := c.Get(other); ok {
			t.Errorf("entry found under another key %s", other)
		}
	}
}

func TestDamagedEntryIsNoEntry(t *testing.T) {
	c := open(t, 0)
	k := Key(Hashed, "sha256:a")
	for _, harm := range []func([]byte) []byte{
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		func(b []byte) []byte { b[len(magic)] ^= 1; return b },
		func(b []byte) []byte { return b[:4] },
		func([]byte) []byte { return nil },
	} {
		if err := c.Put(k, bytes.Repeat([]byte("content"), 100)); err != nil {
			t.Fatal(err)
		}
		name := c.path(k)
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, harm(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, ok := c.Get(k); ok {
			t.Errorf("got %d bytes of a damaged entry", len(b))
		}
	}
}

func TestSweepKeepsWhatIsUsed(t *testing.T) {
	c := open(t, 100_000)
	noise := make([]byte, 10_000)
	for i := range 20 {
		if _, err := rand.Read(noise); err != nil {
			t.Fatal(err)
		}
		k := Key(Hashed, fmt.Sprint(i))
		if err := c.Put(k, noise); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Duration(100-i) * time.Hour)
		if err := os.Chtimes(c.path(k), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := c.Get(Key(Hashed, "0")); !ok { // used now
		t.Fatal("the first entry is gone")
	}
	half := filepath.Join(c.dir, "new-left-by-a-killed-process")
	if err := os.WriteFile(half, noise, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(half, old, old); err != nil {
		t.Fatal(err)
	}
	if err := c.Sweep(); err != nil {
		t.Fatal(err)
	}
	var total int64
	_ = filepath.WalkDir(c.dir, func(_ string, d fs.DirEntry, _ error) error {
		if info, err := d.Info(); err == nil && !d.IsDir() {
			total += info.Size()
		}
		return nil
	})
	if total > 100_000 {
		t.Errorf("%d bytes are left, at most 100000 are allowed", total)
	}
	for i, want := range map[int]bool{0: true, 1: false, 2: false, 19: true} {
		if _, ok := c.Get(Key(Hashed, fmt.Sprint(i))); ok != want {
			t.Errorf("entry %d is there: %v, want %v", i, ok, want)
		}
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("half an entry is left")
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c, err := Open(dir, 20_000)
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 50 {
				k := Key(Hashed, fmt.Sprint(n%7))
				want := bytes.Repeat([]byte{byte(n % 7)}, 5000)
				if err := c.Put(k, want); err != nil {
					t.Error(err)
				}
				if b, ok := c.Get(k); ok && !bytes.Equal(b, want) {
					t.Errorf("goroutine %d read another entry", i)
				}
				if err := c.Sweep(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestFolderOfOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	open := func() error { _, err := Open(dir, 0); return err }
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "layers-v1"), 0o777); err != nil {
		t.Fatal(err)
	}
	if open() == nil {
		t.Error("a folder that everybody may write to was taken")
	}
	if err := os.RemoveAll(filepath.Join(dir, "layers-v1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "layers-v1")); err != nil {
		t.Fatal(err)
	}
	if open() == nil {
		t.Error("a link was followed")
	}
}
