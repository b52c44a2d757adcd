package secret

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// madeUp is a made-up value of a real form.
func madeUp(n int) string {
	return gitHubToken("ghp_", fmt.Sprintf("Qx7mZr2LtVn9Kb4WpYc8DsHg%06d", n))
}

func matcher(t testing.TB) *Matcher {
	t.Helper()
	m, err := Compile(Rules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// seen is what a test compares of a hit.
type seen struct {
	Rule         string
	Offset       int64
	Line, Column int
	Value        string
	Severity     finding.Severity
}

func scanAll(t testing.TB, m *Matcher, name string, r io.Reader) []seen {
	t.Helper()
	var out []seen
	if err := m.Scan(context.Background(), name, r, func(h Hit) {
		out = append(out, seen{h.Rule.ID, h.Offset, h.Line, h.Column, string(h.value), h.Severity})
	}); err != nil && !errors.Is(err, walk.ErrLimit) {
		t.Fatal(err)
	}
	return out
}

func TestScanPlaces(t *testing.T) {
	m := matcher(t)
	tok := madeUp(1)
	for _, test := range []struct {
		name, path, text string
		want             []seen
	}{
		{"first line", "a.conf", "x=" + tok, []seen{{"github-pat", 2, 1, 3, tok, finding.Critical}}},
		{"third line", "a.conf", "\n\n  k: " + tok + "\n", []seen{{"github-pat", 7, 3, 6, tok, finding.Critical}}},
		{"two in a line", "a.conf", tok + " " + madeUp(2), []seen{{"github-pat", 0, 1, 1, tok, finding.Critical}, {"github-pat", 41, 1, 42, madeUp(2), finding.Critical}}},
		{"in a test it is low", "pkg/a_test.go", "x := \"" + tok + "\"", []seen{{"github-pat", 6, 1, 7, tok, finding.Low}}},
		{"the most specific rule only", "app.env", "GITHUB_TOKEN=" + tok, []seen{{"github-pat", 13, 1, 14, tok, finding.Critical}}},
		{"a broken checksum", "a.conf", tok[:39] + "_", nil},
		{"part of a word", "a.conf", "x" + tok, nil},
		{"empty", "a.conf", "", nil},
		{"among zeros", "a.bin", "\x00\x00" + tok + "\x00", []seen{{"github-pat", 2, 1, 3, tok, finding.Critical}}},
		{"an assignment among zeros", "a.bin", "\x00\x00DB_PASSWORD=hT9#vq2L\x00", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, scanAll(t, m, test.path, strings.NewReader(test.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUTF16(t *testing.T) {
	m := matcher(t)
	text := "名前 = 𝄞\r\ntoken: " + madeUp(3) + "\r\n" + strings.Repeat("plain text\r\n", 5000) + "DB_PASSWORD=hT9#vq2L\r\n"
	want := scanAll(t, m, "a.ini", strings.NewReader(text))
	if len(want) != 2 {
		t.Fatalf("%d hits in UTF-8", len(want))
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, withMark := range []bool{true, false} {
			t.Run(fmt.Sprint(order, withMark), func(t *testing.T) {
				var b bytes.Buffer
				begin := "\ufeff"
				if !withMark {
					begin = "; settings of a program, long enough to be seen as text\r\n" + strings.Repeat("; -\r\n", 100)
				}
				for _, c := range utf16.Encode([]rune(begin + text)) {
					if err := binary.Write(&b, order, c); err != nil {
						t.Fatal(err)
					}
				}
				got := scanAll(t, m, "a.ini", iotest.HalfReader(&b))
				if len(got) != 2 || got[0].Value != want[0].Value || got[1].Value != want[1].Value {
					t.Errorf("got %v", got)
				}
			})
		}
	}
}

// TestBorders: what is found does not depend on how the text arrives and where
// the buffer ends, nor on what stands far away.
func TestBorders(t *testing.T) {
	m := matcher(t)
	pieces := []string{
		madeUp(4), "DB_PASSWORD=hT9#vq2L\n", "postgres://shop:Vq7kT2mZp@db.internal:5432/shop", "ghp_", "password", "token: ", "\n", " ", "\"", "://", "x", "secret_key = \"q8Zr2Lm4Xv7Tn1Kb9W\"\n", "\x00", "é", "=", "'", "\\",
		strings.Repeat("filler ", 30),
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		around := rapid.IntRange(0, 2).Draw(t, "around")
		if around > 0 { // so that the pieces lie over the end of the buffer
			b.WriteString(strings.Repeat("0123456 890\n", (bufferSize-lookahead*(around-1))/12-rapid.IntRange(0, 60).Draw(t, "before")))
		}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(pieces)-1), 1, 60).Draw(t, "pieces") {
			b.WriteString(pieces[i])
		}
		text := b.String()
		if around > 0 {
			text += strings.Repeat("tail 123 \n", lookahead/5)
		}
		whole := scanWhole(m, "a.conf", []byte(text))
		var got []seen
		err := m.Scan(context.Background(), "a.conf", iotest.HalfReader(strings.NewReader(text)), func(h Hit) {
			got = append(got, seen{h.Rule.ID, h.Offset, h.Line, h.Column, string(h.value), h.Severity})
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestFilters: what rules out a match from the bytes around an anchor rules out
// nothing that the expressions find.
func TestFilters(t *testing.T) {
	quick, thorough := matcher(t), matcher(t)
	thorough.unfiltered = true
	var examples []string
	for _, r := range Rules() {
		examples = append(append(examples, r.Valid...), r.Invalid...)
	}
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			e := []byte(rapid.SampledFrom(examples).Draw(t, "example"))
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				i := rapid.IntRange(0, len(e)-1).Draw(t, "at")
				switch rapid.IntRange(0, 3).Draw(t, "kind") {
				case 0:
					e[i] ^= 0x20
				case 1:
					e = append(e[:i:i], e[min(len(e), i+1):]...)
				case 2:
					e = append(append(e[:i:i], rapid.SampledFrom([]byte(" \n\"':=_-.xA0")).Draw(t, "byte")), e[i:]...)
				}
				if len(e) == 0 {
					break
				}
			}
			text = append(append(text, e...), rapid.SampledFrom([]string{"\n", " ", "\" ", ""}).Draw(t, "between")...)
		}
		if diff := cmp.Diff(scanWhole(thorough, "a.conf", text), scanWhole(quick, "a.conf", text)); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
	})
}

// scanWhole scans a text in one piece, without a buffer that moves.
func scanWhole(m *Matcher, name string, text []byte) []seen {
	b := newBuffer()
	b.bytes = append(make([]byte, 0, len(text)+pad), text...)
	b.done = make([]int64, len(m.rules))
	var out []seen
	s := &scan{buffer: b, m: m, name: name, place: placeOf(name), emit: func(h Hit) {
		out = append(out, seen{h.Rule.ID, h.Offset, h.Line, h.Column, string(h.value), h.Severity})
	}}
	s.binary = binaryHead(s.bytes)
	s.look(0, len(text))
	s.flush(1 << 62)
	return out
}

// TestAnchors holds the packed search against a simple one.
func TestAnchors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]string{"ab", "abcAB_1", "ghp_GHP-\x00é@`"}).Draw(t, "alphabet")
		letter := rapid.SampledFrom([]byte(alphabet))
		var literals []string
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			l := string(rapid.SliceOfN(letter, 2, 9).Draw(t, "literal"))
			fold := []byte(l)
			for i := range fold {
				fold[i] = foldedByte(fold[i])
			}
			literals = append(literals, string(fold))
		}
		text := rapid.SliceOfN(letter, 0, 80).Draw(t, "text")
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := rapid.IntRange(from, len(text)).Draw(t, "to")
		want := map[occurrence]int{}
		for at := from; at < to; at++ {
			for i, l := range literals {
				if at+len(l) <= len(text) {
					fold := bytes.Clone(text[at : at+len(l)])
					for j := range fold {
						fold[j] = foldedByte(fold[j])
					}
					if string(fold) == l {
						want[occurrence{at, uint16(i)}]++
					}
				}
			}
		}
		got := map[occurrence]int{}
		padded := append(make([]byte, 0, len(text)+pad), text...)
		for _, o := range newAnchors(literals).find(padded, from, to, nil) {
			got[o]++
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(occurrence{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// endless gives n bytes made by fill, which is asked for one block at a time.
type endless struct {
	left  int64
	block []byte
	at    int
	fill  func(block []byte)
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	if e.at == len(e.block) || e.at == 0 {
		e.at = 0
		if e.fill != nil {
			e.fill(e.block)
		}
	}
	n := copy(p[:min(int64(len(p)), e.left)], e.block[e.at:])
	e.at += n
	if e.at == len(e.block) {
		e.at = 0
	}
	e.left -= int64(n)
	return n, nil
}

// TestBadInput: memory stays small whatever the text is like. The speeds it
// prints stand in docs/measurements.md; a way that is not linear would not end.
func TestBadInput(t *testing.T) {
	switch {
	case raced:
		badInput(t, 64)
	case testing.Short():
		badInput(t, 16)
	default:
		badInput(t, 1)
	}
}

// badInput scans hostile texts; their sizes are divided by part.
func badInput(t *testing.T, part int64) {
	m := matcher(t)
	repeat := func(piece string) []byte {
		return []byte(strings.Repeat(piece, 1+(64<<10)/len(piece))[:64<<10/len(piece)*len(piece)])
	}
	every := strings.Join(m.anchors.literals, "")
	log := repeat(`2026-11-24T17:42:04Z level=info msg="request served" path=/api/v1/users status=200 bytes=5120 dur=12ms` + "\n")
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(b []byte) {
		for i := range b {
			b[i] = byte(33 + r.IntN(94))
		}
	}
	script := `function a(b,c){return b.token||c.password?d("x",{key:"v",secret:e.f}):g.api_key="h"}`
	for _, test := range []struct {
		name  string
		size  int64
		block []byte
		fill  func([]byte)
	}{
		{"a log of 1 GB", 1 << 30, log, nil},
		{"a line of 100 MB", 100 << 20, make([]byte, 64<<10), noise},
		{"a minified bundle of 200 MB", 200 << 20, repeat(script), nil},
		{"nothing but anchors", 8 << 20, repeat(every), nil},
		{"assignments without end", 8 << 20, repeat(`password = "`), nil},
		{"escaped quotes", 8 << 20, repeat(`token=\"`), nil},
		{"beginnings of tokens", 8 << 20, repeat("ghp_aaaa"), nil},
		{"schemes", 8 << 20, repeat("http://a:b"), nil},
		{"zeros", 256 << 20, make([]byte, 64<<10), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.size /= part
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := cpuTime(t)
			n := 0
			err := m.Scan(context.Background(), "var/log/app.log", &endless{left: test.size, block: test.block, fill: test.fill}, func(Hit) { n++ })
			if err != nil && !errors.Is(err, walk.ErrLimit) {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			speed := float64(test.size) / 1e6 / (cpuTime(t) - start).Seconds()
			t.Logf("%.0f MB a CPU second, %d hits, %d KiB allocated, %v", speed, n, (after.TotalAlloc-before.TotalAlloc)>>10, err)
			if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
				t.Errorf("memory grew by %d MiB", grown>>20)
			}
		})
	}
}

// cpuTime is what the process has used of the processor.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSmallFiles: a hundred thousand files of 2 KiB.
func TestSmallFiles(t *testing.T) {
	m := matcher(t)
	text := []byte(strings.Repeat("module.exports = require('./lib/token');\n", 50))
	n := 100_000
	if testing.Short() || raced {
		n = 5_000
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		if err := m.Scan(context.Background(), "node_modules/x/index.js", bytes.NewReader(text), func(Hit) {}); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	t.Logf("%.1f µs a file, %d bytes allocated a file", float64(time.Since(start).Microseconds())/float64(n), (after.TotalAlloc-before.TotalAlloc)/uint64(n))
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
}

func FuzzScan(f *testing.F) {
	m := matcher(f)
	for _, r := range Rules() {
		for _, v := range r.Valid {
			f.Add("a.py", []byte(v))
		}
	}
	f.Add("x.json", []byte(`{"password": "\"`))
	f.Add("x.bin", []byte("\xff\xfep\x00a\x00s\x00s\x00w\x00d\x00=\x00"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		var hits []seen
		add := func(h Hit) {
			hits = append(hits, seen{h.Rule.ID, h.Offset, h.Line, h.Column, string(h.value), h.Severity})
		}
		if err := m.Scan(context.Background(), name, bytes.NewReader(text), add); err != nil && !errors.Is(err, walk.ErrLimit) {
			t.Fatal(err)
		}
		if utf16Order(text[:min(len(text), 512)]) != nil {
			return
		}
		for _, h := range hits {
			if h.Offset < 0 || int(h.Offset)+len(h.Value) > len(text) || h.Line < 1 && h.Value != "" || h.Column < 0 {
				t.Fatalf("hit outside of the text: %+v", h)
			}
		}
		whole := scanWhole(m, name, text)
		if diff := cmp.Diff(whole, hits); diff != "" && len(whole) < maxHits {
			t.Fatal(diff)
		}
	})
}

// TestConcurrent: one matcher, several goroutines, from the first byte on.
func TestConcurrent(t *testing.T) {
	m := matcher(t)
	var texts []string
	for _, r := range Rules() {
		texts = append(texts, r.Valid...)
	}
	text := strings.Join(texts, "\n")
	want := scanAll(t, matcher(t), "a.conf", strings.NewReader(text))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if diff := cmp.Diff(want, scanAll(t, m, "a.conf", strings.NewReader(text))); diff != "" {
				t.Error(diff)
			}
		})
	}
	group.Wait()
}
