package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/iotest"
)

// both decodes with this package and with the standard library.
func both(b []byte) (got, want []byte, gotErr, wantErr error) {
	decode := func(open func(io.Reader) (io.Reader, error), r io.Reader) ([]byte, error) {
		z, err := open(r)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(z, 64<<20))
	}
	got, gotErr = decode(func(r io.Reader) (io.Reader, error) { return NewReader(r) }, bytes.NewReader(b))
	want, wantErr = decode(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, bytes.NewReader(b))
	return got, want, gotErr, wantErr
}

func agree(t *testing.T, b []byte) {
	t.Helper()
	got, want, gotErr, wantErr := both(b)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("error %v, the standard library's %v", gotErr, wantErr)
	}
	if gotErr == nil && !bytes.Equal(got, want) {
		t.Fatalf("%d bytes differ from the standard library's %d", len(got), len(want))
	}
	// Before an error both give a beginning of the same content; how much may differ.
	if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
		t.Fatal("content before the error differs from the standard library's")
	}
}

// member wraps raw DEFLATE data as a gzip member of the given content.
func member(deflate, content []byte) []byte {
	b := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), deflate...)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(content))
	return binary.LittleEndian.AppendUint32(b, uint32(len(content)))
}

func zip(t testing.TB, content []byte, level int) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// contents are of the kinds that DEFLATE treats differently.
func contents() map[string][]byte {
	r := rand.New(rand.NewSource(1))
	noise := make([]byte, 300_000)
	r.Read(noise)
	words := make([]byte, 0, 700_000)
	for len(words) < 600_000 {
		words = append(words, strings.Repeat("lorem ipsum "[r.Intn(11):], 1+r.Intn(3))...)
		words = append(words, byte(r.Intn(256)))
	}
	far := append(bytes.Clone(noise[:32768]), noise[:32768]...) // matches at the largest distance
	skewed := make([]byte, 200_000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 8)
	}
	return map[string][]byte{
		"nothing": nil, "one byte": {7}, "zeros": make([]byte, 1_000_000), "noise": noise, "words": words, "far": far, "skewed": skewed,
		"ab": bytes.Repeat([]byte("ab"), 100_000), "258": bytes.Repeat([]byte("x"), 259),
	}
}

func TestAgreesWithTheStandardLibrary(t *testing.T) {
	for name, content := range contents() {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			z := zip(t, content, level)
			got, _, err, _ := both(z)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s at level %d: %d bytes, %v", name, level, len(got), err)
			}
			if level != flate.DefaultCompression {
				continue
			}
			// Cut at every place near the ends and at some between.
			for i := 0; i < len(z); i += 1 + i*(len(z)-i)/(len(z)+1)/8 {
				agree(t, z[:i])
			}
		}
	}
}

func TestSmallReadsAndSmallBuffers(t *testing.T) {
	for name, content := range contents() {
		z := zip(t, content, 6)
		for _, src := range []io.Reader{iotest.OneByteReader(bytes.NewReader(z)), iotest.HalfReader(bytes.NewReader(z)), iotest.DataErrReader(bytes.NewReader(z))} {
			r, err := NewReader(src)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			for buf := make([]byte, 7); ; {
				n, err := r.Read(buf)
				got = append(got, buf[:n]...)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes, want %d", name, len(got), len(content))
			}
		}
		var out bytes.Buffer
		r, err := NewReader(bytes.NewReader(z))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.WriteTo(&out); err != nil || !bytes.Equal(out.Bytes(), content) {
			t.Errorf("%s: WriteTo gives %d bytes, %v", name, out.Len(), err)
		}
	}
}

func TestMembersHeadersAndGarbage(t *testing.T) {
	a, b := zip(t, []byte("one "), 6), zip(t, []byte("two"), 1)
	tests := map[string][]byte{
		"two members":           append(bytes.Clone(a), b...),
		"garbage after":         append(bytes.Clone(a), "garbage"...),
		"zeros after":           append(bytes.Clone(a), make([]byte, 600)...),
		"one byte after":        append(bytes.Clone(a), 0x1f),
		"half a member after":   append(bytes.Clone(a), b[:len(b)-3]...),
		"empty":                 nil,
		"not gzip":              []byte("hello, world"),
		"method 7":              []byte("\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\xff"),
		"wrong checksum":        append(bytes.Clone(a[:len(a)-8]), make([]byte, 8)...),
		"reserved flags":        append([]byte("\x1f\x8b\x08\xe0\x00\x00\x00\x00\x00\xff"), a[10:]...),
		"name and comment":      append([]byte("\x1f\x8b\x08\x18\x00\x00\x00\x00\x00\xffname\x00comment\x00"), a[10:]...),
		"name without end":      append([]byte("\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff"), strings.Repeat("n", 5000)...),
		"extra":                 append([]byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x03\x00abc"), a[10:]...),
		"extra cut":             []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\xff\xffabc"),
		"header checksum wrong": append([]byte("\x1f\x8b\x08\x02\x00\x00\x00\x00\x00\xff\x00\x00"), a[10:]...),
	}
	for name, z := range tests {
		t.Run(name, func(t *testing.T) { agree(t, z) })
	}
}

// Raw DEFLATE of RFC 1951, bit by bit where no compressor writes it.
func TestBlocks(t *testing.T) {
	tests := map[string]struct {
		deflate string
		content string
	}{
		"empty fixed block":                    {"\x03\x00", ""},
		"empty stored block, then fixed":       {"\x00\x00\x00\xff\xff\x03\x00", ""},
		"stored":                               {"\x01\x03\x00\xfc\xffabc", "abc"},
		"stored, complement wrong":             {"\x01\x03\x00\xfc\xfeabc", ""},
		"stored, cut":                          {"\x01\x03\x00\xfc\xffab", ""},
		"reserved block type":                  {"\x07\x00", ""},
		"fixed: distance before the beginning": {"\x4b\x04\x72\x00", ""},
		"fixed: symbol 286":                    {"\x1b\xc6\x00", ""},
		"dynamic: codes oversubscribed":        {"\xfd\x1f\x00\x00\x00\x00\x00\x00", ""},
		"dynamic: too many length codes":       {"\xf5\x00\x00\x00\x00", ""},
		"dynamic: no codes at all":             {"\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", ""},
		"dynamic: one distance code, unused":   {"\x05\xe0\x81\x08\x00\x00\x00\x00\x20\x7f\xeb\x0b\x00\x00", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { agree(t, member([]byte(tt.deflate), []byte(tt.content))) })
	}
}

func TestFlippedBits(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for name, content := range contents() {
		z := zip(t, content[:min(len(content), 60_000)], 6)
		for range 300 {
			b := bytes.Clone(z)
			for range 1 + r.Intn(3) {
				b[r.Intn(len(b))] ^= 1 << r.Intn(8)
			}
			agree(t, b)
		}
		_ = name
	}
}

func FuzzReader(f *testing.F) {
	for _, content := range contents() {
		f.Add(zip(f, content[:min(len(content), 2000)], 6))
	}
	f.Add(member([]byte("\x05\xe0\x81\x08\x00\x00\x00\x00\x20\x7f\xeb\x0b\x00\x00"), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 1<<16 {
			agree(t, b)
			agree(t, member(b, nil))
		}
	})
}
