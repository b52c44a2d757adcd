package gitpack

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// repository makes one with deltas, directories, a tag and a deleted file.
func repository(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "line %d of a text that is long enough for deltas\n", i)
	}
	write := func(name, body string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		write("deep/er/text.txt", fmt.Sprintf("%sversion %d\n", text.String(), i))
		write(fmt.Sprintf("f%d", i), fmt.Sprint("file ", i))
		if i == 3 {
			write("conf/secret.env", "TOKEN=once here\n")
		}
		if i == 4 {
			git(t, dir, "rm", "-q", "conf/secret.env")
		}
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-q", "-m", fmt.Sprint("step ", i))
	}
	git(t, dir, "tag", "-a", "v1", "-m", "first")
	return dir
}

// objects is what Git says is in the repository: "id type size", sorted.
func objects(t testing.TB, dir string) []string {
	out := strings.Fields(strings.ReplaceAll(git(t, dir, "cat-file", "--batch-all-objects", "--batch-check"), " ", "~"))
	slices.Sort(out)
	return out
}

func line(id ID, t Type, n int) string { return fmt.Sprintf("%x~%v~%d", id, t, n) }

func openPack(t testing.TB, path string) *Pack {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(context.Background(), f, st.Size(), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func onePack(t testing.TB, dir string) string {
	t.Helper()
	packs, _ := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if len(packs) != 1 {
		t.Fatalf("packs: %v", packs)
	}
	return packs[0]
}

func TestEveryObjectOfRealPacks(t *testing.T) {
	dir := repository(t)
	var loose []string
	paths, _ := filepath.Glob(filepath.Join(dir, ".git/objects/[0-9a-f][0-9a-f]/*"))
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		id, typ, data, err := ReadLoose(f, DefaultLimits())
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		loose = append(loose, line(id, typ, len(data)))
	}
	slices.Sort(loose)
	if d := cmp.Diff(objects(t, dir), loose); d != "" {
		t.Errorf("loose objects (-git +ours):\n%s", d)
	}
	for name, args := range map[string][]string{
		"deltas by offset": {"repack", "-adfq", "--depth=50"},
		"deltas by name":   {"-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"},
		"no deltas":        {"repack", "-adfq", "--depth=0"},
	} {
		t.Run(name, func(t *testing.T) {
			git(t, dir, args...)
			p := openPack(t, onePack(t, dir))
			var got []string
			s, err := p.Objects(context.Background(), func(id ID, t Type, data []byte) error {
				got = append(got, line(id, t, len(data)))
				return nil
			})
			if err != nil || s.NotRead != 0 {
				t.Fatalf("%+v, %v", s, err)
			}
			slices.Sort(got)
			if d := cmp.Diff(objects(t, dir), got); d != "" {
				t.Errorf("(-git +ours):\n%s", d)
			}
			h, err := ReadHistory(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			commit := strings.TrimSpace(git(t, dir, "log", "--format=%H", "--diff-filter=A", "--", "conf/secret.env"))
			blob := strings.TrimSpace(git(t, dir, "rev-parse", commit+":conf/secret.env"))
			var id ID
			_, _ = hex.Decode(id[:], []byte(blob))
			path, c, known := h.Find(id)
			if path != "conf/secret.env" || !known || hex.EncodeToString(c.ID[:]) != commit || c.Author != "A U Thor <a@example.com>" || c.Time.Unix() != 1700000000 {
				t.Errorf("%q %v %+v, want conf/secret.env in %s", path, known, c, commit)
			}
			if _, _, known := h.Find(ID{1}); known {
				t.Error("an object that is not there has a name")
			}
		})
	}
}

func TestHostilePacks(t *testing.T) {
	dir := repository(t)
	git(t, dir, "repack", "-adfq")
	whole, err := os.ReadFile(onePack(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	read := func(b []byte, lim Limits) (Stats, int, error) {
		p, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)), lim)
		if err != nil {
			return Stats{}, 0, err
		}
		n := 0
		s, err := p.Objects(context.Background(), func(ID, Type, []byte) error { n++; return nil })
		return s, n, err
	}
	all, n, err := read(whole, DefaultLimits())
	if err != nil || n != all.Objects || all.NotRead != 0 {
		t.Fatalf("%+v %d %v", all, n, err)
	}
	for _, cut := range []int{13, 100, len(whole) / 2, len(whole) - 21} {
		s, n, err := read(whole[:cut], DefaultLimits())
		if err != nil || s.NotRead == 0 || s.Why == nil || n+s.NotRead != all.Objects {
			t.Errorf("cut at %d: %+v, %d given, %v", cut, s, n, err)
		}
	}
	if _, _, err := read(whole[:8], DefaultLimits()); !errors.Is(err, ErrNotPack) {
		t.Errorf("8 bytes: %v", err)
	}
	if _, _, err := read([]byte("PACK\x00\x00\x00\x02\xff\xff\xff\xff"), DefaultLimits()); !errors.Is(err, ErrLimit) {
		t.Errorf("4 billion objects: %v", err)
	}
	lim := DefaultLimits()
	lim.ObjectBytes = 1000
	if s, n, err := read(whole, lim); err != nil || !errors.Is(s.Why, ErrLimit) || n+s.NotRead != all.Objects {
		t.Errorf("objects of 1000 bytes: %+v, %d given, %v", s, n, err)
	}
	lim = DefaultLimits()
	lim.InflatedBytes = 5000
	if s, n, err := read(whole, lim); err != nil || !errors.Is(s.Why, ErrLimit) || n+s.NotRead != all.Objects {
		t.Errorf("5000 bytes in all: %+v, %d given, %v", s, n, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Open(ctx, bytes.NewReader(whole), int64(len(whole)), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.Objects(ctx, func(ID, Type, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzPack(f *testing.F) {
	dir := repository(f)
	for _, args := range [][]string{{"repack", "-adfq"}, {"-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"}} {
		git(f, dir, args...)
		b, err := os.ReadFile(onePack(f, dir))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	lim := Limits{Objects: 1000, ObjectBytes: 1 << 20, HeldBytes: 4 << 20, InflatedBytes: 8 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)), lim)
		if err != nil {
			return
		}
		n := 0
		s, err := p.Objects(context.Background(), func(id ID, typ Type, data []byte) error {
			n++
			if Name(sha1.New(), typ, data) != id {
				t.Error("an object is not what its name says")
			}
			return nil
		})
		if err != nil || n+s.NotRead != s.Objects {
			t.Errorf("%d given, %+v, %v", n, s, err)
		}
		h, err := ReadHistory(context.Background(), p)
		if err != nil {
			t.Error(err)
		}
		h.Find(ID{})
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("base of it"), []byte{10, 4, 0x91, 2, 4})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		n, err := resultSize(delta, int64(len(base)))
		if err != nil || n > 1<<20 {
			return
		}
		if out, err := apply(nil, base, delta); err == nil && int64(len(out)) != n {
			t.Errorf("%d bytes, said %d", len(out), n)
		}
	})
}

func FuzzLoose(f *testing.F) {
	dir := repository(f)
	paths, _ := filepath.Glob(filepath.Join(dir, ".git/objects/[0-9a-f][0-9a-f]/*"))
	for _, p := range paths[:5] {
		b, _ := os.ReadFile(p)
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		id, t, data, err := ReadLoose(bytes.NewReader(b), Limits{ObjectBytes: 1 << 20})
		if err == nil {
			NewHistory().Add(id, t, data)
		}
	})
}

func TestLooseThatAreNone(t *testing.T) {
	for _, b := range []string{"", "x", "not zlib at all"} {
		if _, _, _, err := ReadLoose(strings.NewReader(b), DefaultLimits()); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%q: %v", b, err)
		}
	}
}
