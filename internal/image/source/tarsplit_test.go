package source

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"testing"
)

// splitSample gives the record that a real engine made, the layer's tar, and its files.
func splitSample(t testing.TB) (meta, layer []byte, files map[string][]byte) {
	t.Helper()
	zipped, err := os.ReadFile("testdata/tarsplit/tar-split.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	if meta, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	if layer, err = os.ReadFile("testdata/tarsplit/layer.tar"); err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	tr := tar.NewReader(bytes.NewReader(layer))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return meta, layer, files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if files[path.Clean(h.Name)], err = io.ReadAll(tr); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func opener(files map[string][]byte) func(string) (io.ReadCloser, int64, error) {
	return func(name string) (io.ReadCloser, int64, error) {
		b, ok := files[path.Clean(name)]
		if !ok {
			return nil, 0, &Mismatch{Path: name, Detail: "is missing"}
		}
		return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
}

func TestTarIsRebuilt(t *testing.T) {
	meta, layer, files := splitSample(t)
	got, err := io.ReadAll(newSplitReader("x", bytes.NewReader(meta), opener(files)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, layer) {
		t.Errorf("%d bytes that hash to %s, want %d to %s", len(got), digestOf(got), len(layer), digestOf(layer))
	}
	// By single bytes it is the same.
	var slow bytes.Buffer
	r := newSplitReader("x", bytes.NewReader(meta), opener(files))
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		slow.Write(one[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(slow.Bytes(), layer) {
		t.Error("read by single bytes it is another tar")
	}
}

func TestTarWithAnotherFile(t *testing.T) {
	meta, _, files := splitSample(t)
	for name, change := range map[string]func(b []byte) []byte{
		"changed": func(b []byte) []byte { b = bytes.Clone(b); b[0] ^= 1; return b },
		"longer":  func(b []byte) []byte { return append(bytes.Clone(b), 'x') },
		"shorter": func(b []byte) []byte { return b[:len(b)-1] },
		"missing": func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			other := map[string][]byte{}
			for n, b := range files {
				other[n] = b
			}
			other["etc/passwd"] = change(files["etc/passwd"])
			if other["etc/passwd"] == nil {
				delete(other, "etc/passwd")
			}
			_, err := io.ReadAll(newSplitReader("x", bytes.NewReader(meta), opener(other)))
			var bad *Mismatch
			if !errors.As(err, &bad) || bad.Path != "etc/passwd" {
				t.Errorf("%v, want a mismatch of etc/passwd", err)
			}
		})
	}
}

func TestDamagedSplit(t *testing.T) {
	for name, meta := range map[string]string{
		"no JSON":         "hello\n",
		"unknown type":    `{"type":7}` + "\n",
		"no checksum":     `{"type":1,"name":"a","size":3}` + "\n",
		"negative size":   `{"type":1,"name":"a","size":-3,"payload":"AAAAAAAAAAA="}` + "\n",
		"an endless line": `{"type":2,"payload":"` + strings.Repeat("A", maxSplitLine) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := io.ReadAll(newSplitReader("x", strings.NewReader(meta), opener(nil)))
			if !errors.Is(err, ErrCannotVerify) {
				t.Errorf("%v, want that it cannot be verified", err)
			}
		})
	}
	if b, err := io.ReadAll(newSplitReader("x", strings.NewReader(""), opener(nil))); len(b) != 0 || err != nil {
		t.Errorf("empty record: %q, %v", b, err)
	}
}

func FuzzSplitReader(f *testing.F) {
	meta, _, files := splitSample(f)
	f.Add(meta)
	f.Add([]byte(`{"type":1,"name_raw":"Li4vLi4v","size":2,"payload":"AAAAAAAAAAA="}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		r := newSplitReader("x", bytes.NewReader(b), opener(files))
		_, _ = io.Copy(io.Discard, r)
		_ = r.Close()
	})
}
