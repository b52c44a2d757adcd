package zipdir

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/walk"
)

func build(t testing.TB, prefix string, comment string, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	buf.WriteString(prefix)
	w := zip.NewWriter(&buf)
	w.SetOffset(int64(len(prefix)))
	for _, n := range []string{"a.txt", "dir/", "dir/b.jar"} {
		h := &zip.FileHeader{Name: n, Method: zip.Deflate}
		if strings.HasSuffix(n, ".jar") || strings.HasSuffix(n, "/") {
			h.Method = zip.Store
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[n])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment(comment); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func contents(doc []byte) (map[string]string, error) {
	a, err := Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	return m, a.Each(func(e *Entry) error {
		b, err := a.Read(e, 1<<20)
		m[string(e.Name)] = string(b)
		return err
	})
}

func TestRead(t *testing.T) {
	files := map[string]string{"a.txt": strings.Repeat("hello ", 1000), "dir/": "", "dir/b.jar": "stored"}
	for _, tt := range []struct{ name, prefix, comment string }{
		{"plain", "", ""},
		{"comment", "", strings.Repeat("x", 60000)},
		{"launcher in front", "#!/bin/sh\nexec java -jar $0\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := build(t, tt.prefix, tt.comment, files)
			got, err := contents(doc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(files, got); diff != "" {
				t.Error(diff)
			}
			// A launcher put in front afterwards: offsets do not count it.
			got, err = contents(append([]byte("#!/bin/sh\n"), build(t, "", tt.comment, files)...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(files, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLimitsAndLies(t *testing.T) {
	doc := build(t, "", "", map[string]string{"a.txt": strings.Repeat("a", 100000)})
	a, err := Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	err = a.Each(func(e *Entry) error {
		_, err := a.Read(e, 1000)
		return err
	})
	if !errors.Is(err, walk.ErrLimit) {
		t.Errorf("a member over the limit: %v", err)
	}
	// The directory claims more bytes than the member has.
	lie := bytes.Clone(doc)
	dir := bytes.Index(lie, []byte("PK\x01\x02"))
	copy(lie[dir+24:], []byte{0xff, 0xff, 0x0f, 0})
	if _, err := contents(lie); err == nil {
		t.Error("a lie about the size is not noticed")
	}
	// A million entries in a few bytes.
	end := bytes.LastIndex(lie, []byte("PK\x05\x06"))
	copy(lie[end+8:], []byte{0xfe, 0xff, 0xfe, 0xff})
	if _, err := contents(lie); err == nil {
		t.Error("a lie about the number of entries is not noticed")
	}
	for i := range len(doc) {
		if _, err := contents(doc[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes are read without error", i, len(doc))
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(build(f, "", "", map[string]string{"a.txt": "hello", "dir/b.jar": "x"}))
	f.Add(build(f, "#!/bin/sh\n", "comment", map[string]string{"a.txt": "hello"}))
	f.Fuzz(func(t *testing.T, doc []byte) {
		ours, err := contents(doc)
		if err != nil {
			return
		}
		z, err := zip.NewReader(bytes.NewReader(doc), int64(len(doc)))
		if err != nil {
			return // duplicate or insecure names and the like; ours takes more
		}
		if len(ours) > len(z.File) {
			t.Error(fmt.Sprint(len(ours), " members, archive/zip sees ", len(z.File)))
		}
	})
}
