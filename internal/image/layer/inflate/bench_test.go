package inflate

import (
	"archive/tar"
	"bytes"
	stdgzip "compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// blobEnv names a file of gzip to measure with: a layer's blob.
const blobEnv = "BULWARK_GZIP_BLOB"

// benchBytes is how much of each kind of data is measured, uncompressed.
const benchBytes = 48 << 20

// toolchainTar is a tar of files of the Go toolchain that want accepts, as a
// layer would hold them, compressed.
func toolchainTar(tb testing.TB, want func(path string) bool) []byte {
	tb.Helper()
	var packed bytes.Buffer
	z, err := stdgzip.NewWriterLevel(&packed, 6)
	if err != nil {
		tb.Fatal(err)
	}
	w := tar.NewWriter(z)
	left := int64(benchBytes)
	root := runtime.GOROOT() //nolint:staticcheck // the test runs where it was built
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !want(path) {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if left -= int64(len(data)); left < 0 {
			return fs.SkipAll
		}
		if err := w.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err := errors.Join(err, w.Close(), z.Close()); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
}

var (
	benchData sync.Map
)

func benchInput(b *testing.B, name string) []byte {
	b.Helper()
	if data, ok := benchData.Load(name); ok {
		return data.([]byte)
	}
	var data []byte
	switch name {
	case "source":
		data = toolchainTar(b, func(path string) bool { return strings.HasSuffix(path, ".go") })
	case "binaries":
		data = toolchainTar(b, func(path string) bool {
			return strings.Contains(path, "/bin/") || strings.Contains(path, "/pkg/tool/")
		})
	default:
		var err error
		if data, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	benchData.Store(name, data)
	return data
}

func BenchmarkGzip(b *testing.B) {
	names := []string{"source", "binaries"}
	if blob := os.Getenv(blobEnv); blob != "" { //nolint:forbidigo // a benchmark's own switch
		names = filepath.SplitList(blob)
	}
	decoders := []struct {
		name string
		open func(io.Reader) (io.Reader, error)
	}{
		{"bulwark", func(r io.Reader) (io.Reader, error) { return NewReader(r) }},
		{"klauspost", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"std", func(r io.Reader) (io.Reader, error) { return stdgzip.NewReader(r) }},
	}
	for _, name := range names {
		for _, decoder := range decoders {
			b.Run(filepath.Base(name)+"/"+decoder.name, func(b *testing.B) {
				packed := benchInput(b, name)
				buf := make([]byte, 128<<10)
				for b.Loop() {
					r, err := decoder.open(bytes.NewReader(packed))
					if err != nil {
						b.Fatal(err)
					}
					// Only what io.Reader has: WriterTo would be another race.
					n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, buf)
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(n)
				}
			})
		}
	}
}
