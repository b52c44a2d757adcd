// Package cache keeps what was found in a layer, so that a layer that is known
// is not read again.
//
// # Promises
//
// An entry is found only under a diff ID that was hashed, or that this host's
// engine vouches for; the two are kept apart ([Trust]), and an entry of the
// second kind never answers for content that was hashed. A key includes the
// detectors, their versions and the limits, and for an engine's word the very
// directory it was about, so that no engine speaks for another; nothing that an archive merely
// claims is ever a key to write under. A damaged entry is no entry. Entries are
// written beside and renamed, so any number of processes may use one cache. It
// keeps itself below its size: the entries used longest ago go first.
//
// # What it does not promise
//
// It does not notice that an engine's directory was changed after it was read;
// a scan with --verify does, and does not use entries of engine-vouched layers.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Trust says how a layer's identity is known.
type Trust string

// Kinds of trust, which are also folders.
const (
	Hashed Trust = "hashed"
	Engine Trust = "engine"
)

// DefaultSize is how much a cache holds, in bytes on disk.
const DefaultSize = 512 << 20

// MaxEntry is the largest entry read or written, uncompressed.
const MaxEntry = 512 << 20

// Cache is a folder of entries. A nil Cache holds nothing.
type Cache struct {
	dir  string
	size int64

	mu      sync.Mutex
	trouble error
}

// Open opens or makes the cache in dir, which must be this user's alone. size 0
// means DefaultSize.
func Open(dir string, size int64) (*Cache, error) {
	if size <= 0 {
		size = DefaultSize
	}
	c := &Cache{dir: filepath.Join(dir, "layers-v1"), size: size}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the cache: %w", err)
	}
	info, err := os.Lstat(c.dir)
	if err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("cache %s can be written by others: remove it, or make it mode 0700", c.dir)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("cache %s belongs to another user (uid %d): set BULWARK_CACHE to a folder of your own", c.dir, st.Uid)
	}
	// Whether it can be written shows here, and not after a long scan.
	f, err := os.CreateTemp(c.dir, "new-*")
	if err != nil {
		return nil, fmt.Errorf("write to the cache: %w", err)
	}
	f.Close()
	_ = os.Remove(f.Name())
	return c, nil
}

// Key makes the name of an entry.
func Key(t Trust, diffID string, parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{string(t), diffID}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return string(t) + "/" + hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) path(key string) string {
	t, sum, _ := strings.Cut(key, "/")
	return filepath.Join(c.dir, t, sum[:2], sum[2:])
}

// magic begins an entry; the SHA-256 of what follows comes next.
const magic = "BWLAYER1"

// Get gives an entry, false when there is none that is whole.
func (c *Cache) Get(key string) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	name := c.path(key)
	b, err := os.ReadFile(name)
	if err != nil || len(b) < len(magic)+sha256.Size || string(b[:len(magic)]) != magic {
		return nil, false
	}
	body := b[len(magic)+sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(magic):len(magic)+sha256.Size]) {
		_ = os.Remove(name)
		return nil, false
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxEntry))
	if err != nil {
		return nil, false
	}
	defer d.Close()
	out, err := d.DecodeAll(body, nil)
	if err != nil {
		return nil, false
	}
	if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > time.Hour {
		now := time.Now()
		_ = os.Chtimes(name, now, now)
	}
	return out, true
}

// Put stores an entry. An error leaves the cache as it was.
func (c *Cache) Put(key string, content []byte) (err error) {
	if c == nil || len(content) > MaxEntry {
		return nil
	}
	defer func() {
		if err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.trouble == nil {
				c.trouble = err
			}
		}
	}()
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	body := e.EncodeAll(content, nil)
	sum := sha256.Sum256(body)
	name := c.path(key)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.MultiReader(strings.NewReader(magic), bytes.NewReader(sum[:]), bytes.NewReader(body)))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write to the cache: %w", err)
	}
	return nil
}

// Trouble gives the first error of Put, nil when everything was kept.
func (c *Cache) Trouble() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// Pair remembers that a blob, hashed here, unpacked to a diff ID, hashed here.
func (c *Cache) Pair(blob, diffID string) error {
	if c == nil || blob == diffID {
		return nil
	}
	return c.Put(Key("pairs", blob), []byte(diffID))
}

// DiffID gives the diff ID that a blob unpacked to when it was hashed here.
func (c *Cache) DiffID(blob string) (string, bool) {
	b, ok := c.Get(Key("pairs", blob))
	return string(b), ok
}

// Sweep removes the entries used longest ago until the cache is below its size,
// and what a killed process left half written.
func (c *Cache) Sweep() error {
	if c == nil {
		return nil
	}
	type entry struct {
		path string
		size int64
		used time.Time
	}
	var all []entry
	var total int64
	err := filepath.WalkDir(c.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another process sweeps too
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if strings.HasPrefix(d.Name(), "new-") && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(p)
			return nil
		}
		all = append(all, entry{p, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	if err != nil || total <= c.size {
		return err
	}
	slices.SortFunc(all, func(a, b entry) int { return a.used.Compare(b.used) })
	for _, e := range all {
		if total <= c.size*4/5 {
			break
		}
		if err := os.Remove(e.path); err == nil {
			total -= e.size
		}
	}
	return nil
}

// Dir is where the entries are.
func (c *Cache) Dir() string {
	if c == nil {
		return ""
	}
	return c.dir
}
