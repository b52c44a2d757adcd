package source

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"bulwark/internal/workload"
)

// maxZstdWindow bounds the memory that a zstd blob may ask for.
const maxZstdWindow = 128 << 20

func hashString(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// verifyOverlay2 proves a layer of the graph driver: the tar rebuilt from the
// engine's tar-split record and the directory's files must hash to the diff ID,
// and the directory must have what the tar has, and nothing else. The second is
// needed because tar-split keeps the headers: a mode, owner or link changed in
// the directory, or a file added to it, does not change the rebuilt tar.
func verifyOverlay2(ctx context.Context, store *overlayStore, chainID string, l *Layer) error {
	meta, err := openBeneath(store.root, "image/overlay2/layerdb/sha256/"+digestHex(chainID)+"/tar-split.json.gz", unix.O_RDONLY|unix.O_NONBLOCK)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("layer %s: %w: the engine kept no tar-split record of it", l.DiffID, ErrCannotVerify)
	}
	if err != nil {
		return fmt.Errorf("layer %s: %w", l.DiffID, err)
	}
	defer meta.Close()
	unzipped, err := gzip.NewReader(bufio.NewReaderSize(meta, 64<<10))
	if err != nil {
		return fmt.Errorf("layer %s: %w: its tar-split record is damaged: %w", l.DiffID, ErrCannotVerify, err)
	}
	c := newComparison(l, false)
	defer c.close()
	files := &splitFiles{c: c}
	defer files.close()
	split := newSplitReader(l.DiffID, unzipped, files.open)
	defer split.Close()
	sum := sha256.New()
	tarStream := bufio.NewReaderSize(io.TeeReader(split, sum), compareChunk)
	entriesErr := c.entries(ctx, tarStream)
	if final(ctx, entriesErr) {
		return entriesErr
	}
	// What follows the end of the archive belongs to the hash too, and a tar
	// that can't be understood may still hash right.
	if err := drain(ctx, tarStream); err != nil {
		return err
	}
	if got := hashString(sum); got != l.DiffID {
		return &Mismatch{Layer: l.DiffID, Detail: "its tar, rebuilt from the directory, hashes to " + got}
	}
	if entriesErr != nil {
		return fmt.Errorf("layer %s: %w", l.DiffID, entriesErr)
	}
	return c.extra(ctx)
}

// final reports whether an error of the comparison says all there is to say: a
// difference, or that it could not be made. A tar that is not understood is not
// final, because its hash can still differ.
func final(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || !errors.Is(err, ErrCannotVerify))
}

// drain reads to the end.
func drain(ctx context.Context, r io.Reader) error {
	buf := make([]byte, compareChunk)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := r.Read(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// splitFiles opens the files whose content goes into a rebuilt tar.
type splitFiles struct {
	c *comparison
	parentDir
}

func (s *splitFiles) open(name string) (io.ReadCloser, int64, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	if s.dir == nil || s.asked != dir {
		f, inside, err := openInside(s.c.layer.Root, dir)
		if err != nil {
			return nil, 0, s.c.missing(name, err)
		}
		s.close()
		s.parentDir = parentDir{asked: dir, name: inside, dir: f}
	}
	f, err := openBeneath(s.dir, base, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, 0, s.c.missing(name, err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = s.c.differs(name, "is %s, in the layer a regular file", typeWord(st.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

func (s *splitFiles) close() {
	if s.dir != nil {
		s.dir.Close()
		s.dir = nil
	}
}

// verifySnapshot proves a layer of containerd: the blob must hash to its digest,
// its tar to the diff ID, and the snapshot's directory must have what the tar
// has, and nothing else.
func verifySnapshot(ctx context.Context, store *containerdStore, desc workload.Descriptor, l *Layer) error {
	blob, err := store.openBlob(desc)
	if err != nil {
		return fmt.Errorf("layer %s: %w: its blob can't be read: %w", l.DiffID, ErrCannotVerify, err)
	}
	defer blob.Close()
	blobSum, tarSum := sha256.New(), sha256.New()
	raw := bufio.NewReaderSize(io.TeeReader(blob, blobSum), compareChunk)
	unpacked, err := decompress(raw)
	if err != nil {
		return fmt.Errorf("layer %s: %w: its blob can't be decompressed: %w", l.DiffID, ErrCannotVerify, err)
	}
	defer unpacked.Close()
	tarStream := bufio.NewReaderSize(io.TeeReader(unpacked, tarSum), compareChunk)
	c := newComparison(l, true)
	defer c.close()
	entriesErr := c.entries(ctx, tarStream)
	if final(ctx, entriesErr) {
		return entriesErr
	}
	drainErr := drain(ctx, tarStream)
	if err := drain(ctx, raw); err != nil {
		return err
	}
	if got := hashString(blobSum); got != desc.Digest {
		return &Mismatch{Layer: l.DiffID, Detail: fmt.Sprintf("its blob %s hashes to %s", desc.Digest, got)}
	}
	if drainErr != nil {
		return fmt.Errorf("layer %s: %w: its blob can't be decompressed: %w", l.DiffID, ErrCannotVerify, drainErr)
	}
	if got := hashString(tarSum); got != l.DiffID {
		return &Mismatch{Layer: l.DiffID, Detail: "its blob's tar hashes to " + got}
	}
	if entriesErr != nil {
		return fmt.Errorf("layer %s: %w", l.DiffID, entriesErr)
	}
	return c.extra(ctx)
}

// decompress unpacks gzip and zstd, told by their first bytes: a media type may lie.
func decompress(r *bufio.Reader) (io.ReadCloser, error) {
	head, _ := r.Peek(4) // a shorter blob is no compressed one
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(r)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}
