package engine_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"bulwark/internal/image/source"
	"bulwark/test/engine"
)

// A listing of a layer has a line an entry, the same whether it was read from a
// directory in overlayfs's form or from a tar: whiteouts and opaque directories
// are written the same way.
type listing map[string]string

// listDirectory lists a layer read in place.
func listDirectory(t *testing.T, l source.Layer) listing {
	t.Helper()
	list := listing{}
	root := l.Root.Name()
	opaque := "trusted.overlay.opaque"
	if l.UserXattr {
		opaque = "user.overlay.opaque"
	}
	err := filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p, root), "/")
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		buf := make([]byte, 16)
		if n, err := unix.Lgetxattr(p, opaque, buf); err == nil && string(buf[:n]) == "y" {
			list[path.Join(name, "(opaque)")] = "opaque"
		}
		if name == "" {
			return nil
		}
		list[name] = describeFile(t, l, p, &st)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func describeFile(t *testing.T, l source.Layer, p string, st *unix.Stat_t) string {
	t.Helper()
	owner := fmt.Sprintf("%04o %d:%d", st.Mode&0o7777, shift(l.UIDs, st.Uid), shift(l.GIDs, st.Gid))
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "dir " + owner
	case unix.S_IFLNK:
		to, err := os.Readlink(p)
		if err != nil {
			t.Fatal(err)
		}
		return "link " + to
	case unix.S_IFREG:
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("file %s %d %s", owner, len(b), engine.Digest(b))
	case unix.S_IFIFO:
		return "fifo " + owner
	case unix.S_IFCHR:
		if st.Rdev == 0 {
			return "whiteout"
		}
	}
	return fmt.Sprintf("other %s %o", owner, st.Mode&unix.S_IFMT)
}

func shift(maps []source.IDMap, id uint32) uint32 {
	for _, m := range maps {
		if id >= m.Host && id-m.Host < m.Size {
			return m.Container + id - m.Host
		}
	}
	return id
}

// listTar lists a layer's tar. Hard links are written as the file they lead to.
func listTar(t *testing.T, b []byte) listing {
	t.Helper()
	list := listing{}
	tr := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		dir, base := path.Split(name)
		owner := fmt.Sprintf("%04o %d:%d", h.Mode&0o7777, h.Uid, h.Gid)
		switch {
		case name == "":
		case base == ".wh..wh..opq":
			list[path.Join(dir, "(opaque)")] = "opaque"
		case strings.HasPrefix(base, ".wh."):
			list[path.Join(dir, base[4:])] = "whiteout"
		case h.Typeflag == tar.TypeDir:
			list[name] = "dir " + owner
		case h.Typeflag == tar.TypeSymlink:
			list[name] = "link " + h.Linkname
		case h.Typeflag == tar.TypeFifo:
			list[name] = "fifo " + owner
		case h.Typeflag == tar.TypeLink:
			// Engines give the file the owner and mode of its last name's entry.
			content, _ := strings.CutPrefix(list[path.Clean(h.Linkname)], "file ")
			fields := strings.Fields(content)
			list[name] = strings.Join(append([]string{"file", owner}, fields[2:]...), " ")
			list[path.Clean(h.Linkname)] = list[name]
		case h.Typeflag == tar.TypeReg:
			content, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			list[name] = fmt.Sprintf("file %s %d %s", owner, len(content), engine.Digest(content))
		default:
			list[name] = fmt.Sprintf("other %s %c", owner, h.Typeflag)
		}
	}
}

// exported reads an image that the engine exported.
type exported struct {
	config []byte
	layers [][]byte
}

// readExport reads a "docker save" stream to its end.
func readExport(t *testing.T, r io.Reader) exported {
	t.Helper()
	files := map[string][]byte{}
	links := map[string]string{}
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			links[h.Name] = path.Join(path.Dir(h.Name), h.Linkname)
			continue
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = b
	}
	// The engine pads its tar: a reader that stops at the tar's end has not read the stream's.
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatalf("manifest.json: %v %s", err, files["manifest.json"])
	}
	out := exported{config: files[manifest[0].Config]}
	for _, name := range manifest[0].Layers {
		if to, ok := links[name]; ok {
			name = to
		}
		out.layers = append(out.layers, uncompressed(t, files[name]))
	}
	return out
}

func open(t *testing.T, e *engine.Engine, o source.Options) *source.Opened {
	t.Helper()
	o.Env = e.Env
	opened, err := source.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open %s: %v", o.Ref, err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}
