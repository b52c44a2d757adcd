package inflate

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// outcome is what decoding came to.
type outcome struct {
	Plain []byte
	Err   string
}

// kind names an error so that those of the standard library compare with ours.
func kind(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return "end"
	case errors.As(err, &corrupt), errors.Is(err, ErrCorrupt):
		return "corrupt"
	case errors.Is(err, stdgzip.ErrHeader), errors.Is(err, ErrHeader):
		return "header"
	case errors.Is(err, stdgzip.ErrChecksum), errors.Is(err, ErrChecksum):
		return "checksum"
	}
	return err.Error()
}

// most is how much of a stream is compared: a fuzzer likes to find bombs.
const most = 16 << 20

func stdOutcome(packed io.Reader) outcome {
	r, err := stdgzip.NewReader(packed)
	if err != nil {
		return outcome{Err: "open: " + kind(err)}
	}
	plain, err := io.ReadAll(io.LimitReader(r, most))
	return outcome{plain, kind(err)}
}

// ourOutcome reads with buffers of size bytes, or by WriteTo for 0.
func ourOutcome(packed io.Reader, size int) outcome {
	r, err := NewReader(packed)
	if err != nil {
		return outcome{Err: "open: " + kind(err)}
	}
	if size == 0 {
		w := &limitedBuffer{}
		_, err := r.WriteTo(w)
		if errors.Is(err, errFull) {
			err = nil
		}
		return outcome{w.Bytes(), kind(err)}
	}
	var plain []byte
	buf := make([]byte, size)
	for len(plain) < most {
		var n int
		n, err = r.Read(buf[:min(size, most-len(plain))])
		plain = append(plain, buf[:n]...)
		if err != nil {
			break
		}
	}
	return outcome{plain, kind(err)}
}

var errFull = errors.New("full")

// limitedBuffer takes most bytes.
type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if left := most - b.Len(); len(p) >= left {
		n, _ := b.Buffer.Write(p[:left])
		return n, errFull
	}
	return b.Buffer.Write(p)
}

// describe makes a difference readable where the data is long.
func describe(o outcome) string {
	head := o.Plain
	if len(head) > 64 {
		head = head[:64]
	}
	return fmt.Sprintf("%d bytes (crc %08x, starts %q), %s", len(o.Plain), crc32.ChecksumIEEE(o.Plain), head, o.Err)
}

// mustAgree compares all ways of reading packed with the standard library.
func mustAgree(t *testing.T, packed []byte) outcome {
	t.Helper()
	want := stdOutcome(bytes.NewReader(packed))
	check := func(way string, got outcome) {
		t.Helper()
		if got.Err != want.Err || !bytes.Equal(got.Plain, want.Plain) {
			t.Fatalf("%s:\n got %s\nwant %s\ninput %d bytes", way, describe(got), describe(want), len(packed))
		}
	}
	check("large reads", ourOutcome(bytes.NewReader(packed), 64<<10))
	check("WriteTo", ourOutcome(bytes.NewReader(packed), 0))
	if len(packed) < 4<<10 {
		check("bytes one at a time", ourOutcome(iotest.OneByteReader(bytes.NewReader(packed)), 4096))
		check("last bytes with EOF", ourOutcome(iotest.DataErrReader(bytes.NewReader(packed)), 999))
	}
	if len(want.Plain) < 8<<10 {
		check("one-byte reads", ourOutcome(bytes.NewReader(packed), 1))
	}
	return want
}

func gzipped(tb testing.TB, plain []byte, level int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&b, level)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// text is n bytes that compress as text does.
func text(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // test data
	words := strings.Fields("layer of an image whose digest is what the manifest says and every entry of it has a name a mode a size")
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, "%s ", words[rnd.IntN(len(words))])
		if rnd.IntN(20) == 0 {
			fmt.Fprintf(&b, "%d\n", rnd.Uint32())
		}
	}
	return b.Bytes()[:n]
}

func TestDeflateBlocks(t *testing.T) {
	lit, dist := fixedLens()
	two := func(symbols ...int) []uint8 {
		lens := make([]uint8, 286)
		for _, s := range symbols {
			lens[s] = 1
		}
		return lens
	}
	// Every length of code from 1 to 15, the last twice.
	deep := make([]uint8, 286)
	for i := range 15 {
		deep[240+i] = uint8(i + 1)
	}
	deep[endOfBlock] = 15
	zeroes := func(n int) []byte { return make([]byte, n) }

	tests := []struct {
		name  string
		write func(w *bitWriter) (plain []byte)
		err   string // of the decoder; "end" for none
	}{
		{"empty stored block", func(w *bitWriter) []byte { w.stored(true, nil); return nil }, "end"},
		{"stored block", func(w *bitWriter) []byte { w.stored(true, []byte("abc")); return []byte("abc") }, "end"},
		{"longest stored block", func(w *bitWriter) []byte { w.stored(true, text(65535)); return text(65535) }, "end"},
		{"many empty blocks", func(w *bitWriter) []byte {
			for range 1000 {
				w.stored(false, nil)
				w.header(false, 1)
				w.code(lit, endOfBlock)
			}
			w.stored(true, nil)
			return nil
		}, "end"},
		{"stored length that does not match", func(w *bitWriter) []byte {
			w.header(true, 0)
			w.align(0)
			w.out = append(w.out, 1, 0, 0xff, 0xff, 'a')
			return nil
		}, "corrupt"},
		{"reserved block type", func(w *bitWriter) []byte { w.header(true, 3); return nil }, "corrupt"},
		{"reserved block type after data", func(w *bitWriter) []byte {
			w.stored(false, []byte("abc"))
			w.header(true, 3)
			return []byte("abc")
		}, "corrupt"},
		{"fixed block without data", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, endOfBlock)
			return nil
		}, "end"},
		{"every byte in a fixed block", func(w *bitWriter) (plain []byte) {
			w.header(true, 1)
			for i := range 256 {
				w.code(lit, i)
				plain = append(plain, byte(i))
			}
			w.code(lit, endOfBlock)
			return plain
		}, "end"},
		{"length symbol 286 of the fixed code", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 'a')
			w.code(lit, 286)
			w.write(0, 40)
			return []byte("a")
		}, "corrupt"},
		{"distance symbol 30 of the fixed code", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 'a')
			w.code(lit, 257)
			w.code(dist, 30)
			w.write(0, 40)
			return []byte("a")
		}, "corrupt"},
		{"match before the start", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 'a')
			w.match(lit, dist, 3, 2)
			w.write(0, 200)
			return []byte("a")
		}, "corrupt"},
		{"match before the start, nothing written", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.match(lit, dist, 3, 1)
			w.write(0, 200)
			return nil
		}, "corrupt"},
		{"match of 258 at 1", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 'a')
			w.match(lit, dist, 258, 1)
			w.code(lit, endOfBlock)
			return bytes.Repeat([]byte("a"), 259)
		}, "end"},
		{"match of 258 written as 227+31", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 'a')
			w.code(lit, 284)
			w.write(31, 5)
			w.code(dist, 0)
			w.code(lit, endOfBlock)
			return bytes.Repeat([]byte("a"), 259)
		}, "end"},
		{"match at 32768", func(w *bitWriter) []byte {
			plain := text(32768)
			w.stored(false, plain)
			w.header(true, 1)
			w.match(lit, dist, 258, 32768)
			w.code(lit, endOfBlock)
			return append(plain, plain[:258]...)
		}, "end"},
		{"match at 32768 one byte too soon", func(w *bitWriter) []byte {
			plain := text(32767)
			w.stored(false, plain)
			w.header(true, 1)
			w.match(lit, dist, 258, 32768)
			w.write(0, 200)
			return plain
		}, "corrupt"},
		{"match at 32768 all along", func(w *bitWriter) []byte {
			plain := text(32768)
			w.stored(false, plain)
			w.header(true, 1)
			for range 3000 {
				w.match(lit, dist, 258, 32768)
				plain = append(plain, plain[len(plain)-32768:][:258]...)
			}
			w.code(lit, endOfBlock)
			return plain
		}, "end"},
		{"one code of one bit for distances", func(w *bitWriter) []byte {
			l := two('a', endOfBlock)
			l[257] = 2
			l['a'] = 2
			w.dynamic(true, l, []uint8{1})
			w.code(l, 'a')
			w.match(l, []uint8{1}, 3, 1)
			w.code(l, endOfBlock)
			return []byte("aaaa")
		}, "end"},
		{"one code of one bit for distances, the other used", func(w *bitWriter) []byte {
			l := two('a', endOfBlock)
			l[257] = 2
			l['a'] = 2
			w.dynamic(true, l, []uint8{1})
			w.code(l, 'a')
			w.code(l, 257)
			w.write(1, 1)
			w.write(0, 200)
			return []byte("a")
		}, "corrupt"},
		{"one code of two bits for distances", func(w *bitWriter) []byte {
			w.dynamic(true, two('a', endOfBlock), []uint8{2})
			return nil
		}, "corrupt"},
		{"no code for distances, not used", func(w *bitWriter) []byte {
			l := two('a', endOfBlock)
			w.dynamic(true, l, []uint8{0})
			w.code(l, 'a')
			w.code(l, endOfBlock)
			return []byte("a")
		}, "end"},
		{"no code for distances, used", func(w *bitWriter) []byte {
			l := two('a', endOfBlock)
			l[257] = 2
			l['a'] = 2
			w.dynamic(true, l, []uint8{0})
			w.code(l, 'a')
			w.code(l, 257)
			w.write(0, 200)
			return []byte("a")
		}, "corrupt"},
		{"no code for literals", func(w *bitWriter) []byte {
			w.dynamic(true, make([]uint8, 257), []uint8{1, 1})
			w.write(0, 200)
			return nil
		}, "corrupt"},
		{"only end of block", func(w *bitWriter) []byte {
			l := two(endOfBlock)
			w.dynamic(true, l, []uint8{0})
			w.code(l, endOfBlock)
			return nil
		}, "end"},
		{"only a literal, no end of block", func(w *bitWriter) []byte {
			l := two('a')
			w.dynamic(true, l, []uint8{0})
			w.write(0, 20)
			w.write(1, 1)
			w.write(0, 200)
			return bytes.Repeat([]byte("a"), 20)
		}, "corrupt"},
		{"no end of block in a complete code", func(w *bitWriter) []byte {
			l := two('a', 'b')
			w.dynamic(true, l, []uint8{0})
			w.write(0, 7)
			w.align(0)
			w.write(0, 15)
			w.align(0)
			// 64 bits of trailer are symbols, too.
			return nil
		}, "unexpected EOF"},
		{"incomplete literals", func(w *bitWriter) []byte {
			l := two('a', endOfBlock)
			l['a'] = 2
			w.dynamic(true, l, []uint8{0})
			return nil
		}, "corrupt"},
		{"oversubscribed literals", func(w *bitWriter) []byte {
			w.dynamic(true, two('a', 'b', endOfBlock), []uint8{0})
			return nil
		}, "corrupt"},
		{"oversubscribed distances", func(w *bitWriter) []byte {
			w.dynamic(true, two('a', endOfBlock), []uint8{1, 1, 1})
			return nil
		}, "corrupt"},
		{"287 literals", func(w *bitWriter) []byte {
			w.dynamic(true, append(two('a', endOfBlock), 0), []uint8{0})
			return nil
		}, "corrupt"},
		{"31 distances", func(w *bitWriter) []byte {
			w.dynamic(true, two('a', endOfBlock), make([]uint8, 31))
			return nil
		}, "corrupt"},
		{"codes of all lengths", func(w *bitWriter) (plain []byte) {
			w.dynamic(true, deep, []uint8{0})
			for range 3 {
				for i := range 15 {
					w.code(deep, 240+i)
					plain = append(plain, byte(240+i))
				}
			}
			w.code(deep, endOfBlock)
			return plain
		}, "end"},
		{"zeroes behind distances", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 286, 30, [19]uint8{0: 2, 1: 2, 18: 1}, func(code func(int)) {
				code(18)
				w.write(138-11, 7)
				code(18)
				w.write(118-11, 7) // to the end-of-block symbol
				code(1)
				code(1)
				code(18)
				w.write(59-11, 7) // one more than to the end
			})
			return nil
		}, "corrupt"},
		{"repetition from literals into distances", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 257, 3, [19]uint8{0: 2, 1: 3, 16: 3, 18: 1}, func(code func(int)) {
				code(18)
				w.write(138-11, 7)
				code(18)
				w.write(117-11, 7)
				code(1) // 255
				code(1) // 256
				code(0)
				code(0)
				code(0)
			})
			w.write(0, 3)
			w.write(1, 1)
			return bytes.Repeat([]byte{255}, 3)
		}, "end"},
		{"repetition of nothing", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 257, 1, [19]uint8{0: 1, 16: 1}, func(code func(int)) { code(16); w.write(0, 2) })
			return nil
		}, "corrupt"},
		{"no code for lengths", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 257, 1, [19]uint8{}, func(func(int)) {})
			return nil
		}, "corrupt"},
		{"incomplete code for lengths", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 257, 1, [19]uint8{0: 2, 1: 2}, func(func(int)) {})
			return nil
		}, "corrupt"},
		{"one code for lengths", func(w *bitWriter) []byte {
			w.dynamicCoded(true, 257, 1, [19]uint8{0: 1}, func(func(int)) { w.write(0, 258) })
			w.write(0, 100)
			return nil
		}, "corrupt"},
		{"more than one window", func(w *bitWriter) []byte {
			w.header(true, 1)
			w.code(lit, 0)
			for range 4000 {
				w.match(lit, dist, 258, 1)
			}
			w.code(lit, endOfBlock)
			return zeroes(4000*258 + 1)
		}, "end"},
	}
	for distance := 1; distance <= 40; distance++ {
		tests = append(tests, struct {
			name  string
			write func(w *bitWriter) []byte
			err   string
		}{fmt.Sprintf("every length at distance %d", distance), func(w *bitWriter) []byte {
			plain := text(distance)
			w.stored(false, plain)
			w.header(true, 1)
			for length := 3; length <= 258; length++ {
				w.match(lit, dist, length, distance)
				for range length {
					plain = append(plain, plain[len(plain)-distance])
				}
				w.code(lit, length&255)
				plain = append(plain, byte(length))
			}
			w.code(lit, endOfBlock)
			return plain
		}, "end"})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var w bitWriter
			plain := test.write(&w)
			packed := member(w.bytes(), plain)
			got := mustAgree(t, packed)
			if got.Err != test.err {
				t.Errorf("error %q, want %q", got.Err, test.err)
			}
			if test.err != "unexpected EOF" && !bytes.Equal(got.Plain, plain) {
				t.Errorf("not the data it should be:\n%s", describe(got))
			}
			// The slow path has the end of the input; so all of it is cut off
			// there once, and all of it is read by the fast one once.
			for cut := 0; cut < len(packed); cut += 1 + len(packed)/80 {
				mustAgree(t, packed[:len(packed)-cut])
			}
			mustAgree(t, append(bytes.Clone(packed), zeroes(64)...))
			mustAgree(t, append(bytes.Clone(packed), packed...))
		})
	}
}

func TestGzipHeader(t *testing.T) {
	body := gzipped(t, []byte("abc"), 6)[10:]
	header := func(flags byte, rest ...string) []byte {
		return append([]byte("\x1f\x8b\x08"+string([]byte{flags})+"\x01\x02\x03\x04\x05\x06"), strings.Join(rest, "")...)
	}
	summed := func(h []byte, off uint16) []byte {
		return binary.LittleEndian.AppendUint16(h, uint16(crc32.ChecksumIEEE(h))+off)
	}
	long := strings.Repeat("n", 511)
	tests := []struct {
		name   string
		header []byte
		err    string
	}{
		{"nothing said", header(0), "end"},
		{"text", header(1), "end"},
		{"reserved flags", header(0xe0), "end"},
		{"extra", header(4, "\x03\x00abc"), "end"},
		{"extra of nothing", header(4, "\x00\x00"), "end"},
		{"longest extra", header(4, "\xff\xff", strings.Repeat("x", 65535)), "end"},
		{"name", header(8, "name\x00"), "end"},
		{"name not ASCII", header(8, "n\xe4me\x00"), "end"},
		{"name of 511", header(8, long, "\x00"), "end"},
		{"name of 512", header(8, long, "n\x00"), "open: header"},
		{"comment of 511", header(16, long, "\x00"), "end"},
		{"comment of 512", header(16, long, "c\x00"), "open: header"},
		{"sum", summed(header(2), 0), "end"},
		{"wrong sum", summed(header(2), 1), "open: header"},
		{"all", summed(header(0x1f, "\x01\x00e", "name\x00", "comment\x00"), 0), "end"},
		{"all, wrong sum", summed(header(0x1f, "\x01\x00e", "name\x00", "comment\x00"), 256), "open: header"},
		{"wrong first byte", []byte("\x1e\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), "open: header"},
		{"wrong second byte", []byte("\x1f\x8c\x08\x00\x00\x00\x00\x00\x00\xff"), "open: header"},
		{"wrong method", []byte("\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\xff"), "open: header"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packed := append(bytes.Clone(test.header), body...)
			if got := mustAgree(t, packed); got.Err != test.err {
				t.Errorf("error %q, want %q", got.Err, test.err)
			}
			for cut := 0; cut < len(test.header); cut += 1 + cut/16 {
				mustAgree(t, test.header[:cut])
			}
			// The header of a second member.
			mustAgree(t, append(append([]byte(plainHeader), body...), packed...))
		})
	}
}

func TestMembers(t *testing.T) {
	one, two, none := gzipped(t, text(100_000), 6), gzipped(t, []byte("two"), 1), gzipped(t, nil, 6)
	changed := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name    string
		members [][]byte
		err     string
	}{
		{"not a byte", nil, "open: end"},
		{"one", [][]byte{one}, "end"},
		{"none", [][]byte{none}, "end"},
		{"two", [][]byte{one, two}, "end"},
		{"many without data", [][]byte{none, none, two, none, none, one, none}, "end"},
		{"zeroes behind", [][]byte{two, make([]byte, 512)}, "header"},
		{"garbage behind", [][]byte{one, []byte("garbage garbage garbage")}, "header"},
		{"a little behind", [][]byte{one, []byte("garbage")}, "unexpected EOF"},
		{"magic behind", [][]byte{one, []byte("\x1f\x8b")}, "unexpected EOF"},
		{"wrong sum", [][]byte{changed(one, -8)}, "checksum"},
		{"wrong size", [][]byte{changed(one, -1)}, "checksum"},
		{"wrong sum of the first", [][]byte{changed(one, -5), two}, "checksum"},
		{"wrong sum of the second", [][]byte{one, changed(two, -5)}, "checksum"},
		{"wrong size without data", [][]byte{two, changed(none, -4)}, "checksum"},
		{"sum cut off", [][]byte{one[:len(one)-8]}, "unexpected EOF"},
		{"size cut off", [][]byte{one[:len(one)-3]}, "unexpected EOF"},
		{"a match into the member before", [][]byte{two, func() []byte {
			lit, dist := fixedLens()
			var w bitWriter
			w.header(true, 1)
			w.code(lit, 'a')
			w.match(lit, dist, 3, 2)
			w.code(lit, endOfBlock)
			return member(w.bytes(), []byte("aoao"))
		}()}, "corrupt"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mustAgree(t, bytes.Join(test.members, nil)); got.Err != test.err {
				t.Errorf("error %q, want %q", got.Err, test.err)
			}
		})
	}
}

// contents are of the kinds that compressors treat differently.
func contents(tb testing.TB) map[string][]byte {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // test data
	noise, skewed := make([]byte, 300_000), make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	for i := range skewed {
		skewed[i] = byte(rnd.ExpFloat64() * 8)
	}
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string][]byte{
		"nothing":     nil,
		"one byte":    {7},
		"one match":   bytes.Repeat([]byte("x"), 259),
		"zeroes":      make([]byte, 1<<20),
		"two by two":  bytes.Repeat([]byte("ab"), 100_000),
		"far matches": bytes.Repeat(noise[:32768], 4),
		"noise":       noise,
		"skewed":      skewed,
		"text":        text(1 << 20),
		"program":     program[:min(len(program), 4<<20)],
	}
}

func TestRealCompressors(t *testing.T) {
	for name, plain := range contents(t) {
		for level := stdgzip.HuffmanOnly; level <= stdgzip.BestCompression; level++ {
			t.Run(fmt.Sprintf("%s at level %d", name, level), func(t *testing.T) {
				packed := gzipped(t, plain, level)
				for way, got := range map[string]outcome{
					"WriteTo":     ourOutcome(bytes.NewReader(packed), 0),
					"large reads": ourOutcome(bytes.NewReader(packed), 100_000),
					"small reads": ourOutcome(iotest.HalfReader(bytes.NewReader(packed)), 7),
				} {
					if got.Err != "end" || !bytes.Equal(got.Plain, plain) {
						t.Errorf("%s: %s", way, describe(got))
					}
				}
			})
		}
	}
}

// TestDamage compares where what compressors write is cut and changed.
func TestDamage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // test data
	for name, plain := range contents(t) {
		packed := gzipped(t, plain[:min(len(plain), 60_000)], 6)
		t.Run(name, func(t *testing.T) {
			for i := 0; i < len(packed); i += 1 + i*(len(packed)-i)/len(packed)/8 {
				mustAgree(t, packed[:i])
			}
			for range 200 {
				bad := bytes.Clone(packed)
				for range 1 + rnd.IntN(3) {
					bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
				}
				mustAgree(t, bad)
			}
		})
	}
}

// TestRandomStreams compares on streams that no compressor makes: codes of any
// shape, all symbols, then the same cut and damaged.
func TestRandomStreams(t *testing.T) {
	count := uint64(150)
	if testing.Short() {
		count = 50
	}
	for seed := range count {
		rnd := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // test data
		size := []int{20, 300, 5000}[rnd.IntN(3)]
		deflate, plain := randomDeflate(rnd, size)
		packed := member(deflate, plain)
		got := mustAgree(t, packed)
		if got.Err != "end" || !bytes.Equal(got.Plain, plain[:min(len(plain), most)]) {
			t.Fatalf("seed %d: a valid stream: %s", seed, describe(got))
		}
		for range 20 {
			bad := bytes.Clone(packed)
			for range 1 + rnd.IntN(3) {
				bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
			}
			mustAgree(t, bad[:len(bad)-rnd.IntN(2)*rnd.IntN(len(bad))])
		}
	}
}

// failingReader gives data, then an error that is not io.EOF.
type failingReader struct {
	data []byte
	err  error
}

func (r *failingReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, r.err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

// silentReader gives nothing and says nothing.
type silentReader struct{}

func (silentReader) Read([]byte) (int, error) { return 0, nil }

// lyingReader says that it gave more than there was room for.
type lyingReader struct{}

func (lyingReader) Read(p []byte) (int, error) { return len(p) + 1, nil }

func TestSources(t *testing.T) {
	packed := gzipped(t, text(50_000), 6)
	broken := errors.New("cable cut")
	for cut := 0; cut <= len(packed); cut += 97 {
		want := stdOutcome(&failingReader{packed[:cut], broken})
		got := ourOutcome(&failingReader{packed[:cut], broken}, 1000)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("source fails after %d bytes (-std +ours):\n%s", cut, diff)
		}
	}
	// What wraps io.EOF is a failure, also where an end would be right.
	wrapped := fmt.Errorf("connection lost: %w", io.EOF)
	for size := range 2 {
		r, err := NewReader(&failingReader{packed, wrapped})
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			_, err = r.WriteTo(io.Discard)
		} else {
			_, err = io.Copy(io.Discard, struct{ io.Reader }{r})
		}
		if err != wrapped { //nolint:errorlint // this one, and as it is
			t.Errorf("a source that fails with a wrapped EOF: %v", err)
		}
	}
	if got := ourOutcome(io.MultiReader(bytes.NewReader(packed[:100]), silentReader{}), 100); got.Err != io.ErrNoProgress.Error() {
		t.Errorf("a source that gives nothing: %s", got.Err)
	}
	if got := ourOutcome(io.MultiReader(bytes.NewReader(packed[:100]), lyingReader{}), 100); got.Err != errBadSource.Error() {
		t.Errorf("a source that lies: %s", got.Err)
	}
}

// shortWriter takes one byte less than it is given, and says nothing of it.
type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestWriteTo(t *testing.T) {
	plain := text(700_000)
	r, err := NewReader(bytes.NewReader(gzipped(t, plain, 6)))
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 1000)
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err)
	}
	var rest bytes.Buffer
	n, err := r.WriteTo(&rest)
	if err != nil || n != int64(len(plain)-len(head)) || !bytes.Equal(append(head, rest.Bytes()...), plain) {
		t.Errorf("WriteTo after Read: %d bytes, error %v", n, err)
	}
	if n, err := r.Read(head); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read after the end: %d, %v", n, err)
	}
	if n, err := r.Read(nil); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read of nothing after the end: %d, %v", n, err)
	}

	r, err = NewReader(bytes.NewReader(gzipped(t, plain, 6)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.WriteTo(shortWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a writer that takes less: %d, %v", n, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{})
	for _, level := range []int{0, 1, 9} {
		f.Add(gzipped(f, text(3000), level))
	}
	f.Add(append(gzipped(f, []byte("one"), 6), gzipped(f, make([]byte, 5000), 6)...))
	f.Add([]byte("\x1f\x8b\x08\x1f\x01\x02\x03\x04\x05\x06\x01\x00ename\x00comment\x00\x00\x00\x03\x00"))
	for seed := range uint64(20) {
		deflate, plain := randomDeflate(rand.New(rand.NewPCG(seed, 8)), 100) //nolint:gosec // seeds of a fuzzer
		f.Add(member(deflate, plain))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		mustAgree(t, packed)
	})
}

// FuzzBlocks fuzzes what is in a member: its checksums are made right, so that
// they don't end what follows a change.
func FuzzBlocks(f *testing.F) {
	for seed := range uint64(30) {
		deflate, _ := randomDeflate(rand.New(rand.NewPCG(seed, 9)), 200) //nolint:gosec // seeds of a fuzzer
		f.Add(deflate)
	}
	f.Add(gzipped(f, text(3000), 6)[10:])
	f.Fuzz(func(t *testing.T, deflate []byte) {
		z := flate.NewReader(bytes.NewReader(deflate))
		plain, err := io.ReadAll(io.LimitReader(z, most))
		if err != nil {
			mustAgree(t, append([]byte(plainHeader), deflate...))
			return
		}
		packed := member(deflate, plain)
		mustAgree(t, packed)
		mustAgree(t, append(packed, packed...))
	})
}
