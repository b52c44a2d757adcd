package source

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// maxCompared bounds the names kept in memory while a layer is compared.
	maxCompared = 4_000_000
	// maxPending bounds how many differences may wait for a later entry of the
	// same name to settle them.
	maxPending = 64
	// maxDirDepth bounds how deep the directory is followed.
	maxDirDepth  = 2048
	compareChunk = 256 << 10
)

// Names in a layer's tar that say what is removed (OCI image specification, "Whiteouts").
const (
	whiteoutPrefix = ".wh."
	whiteoutOpaque = ".wh..wh..opq"
	whiteoutMeta   = ".wh..wh." // other marks of aufs, which the engines leave out
)

// capabilityXattr is the one extended attribute besides overlayfs's that lends a file power.
const capabilityXattr = "security.capability"

// comparison holds a layer's directory against the entries of its tar, both
// ways: every entry is there with type, mode, owner, size, link target and
// capabilities, and there is nothing that is in no entry. The memory it needs is
// that of a hash a name.
type comparison struct {
	layer *Layer
	// content says to compare files' bytes too.
	content bool
	names   map[nameKey]nameKind
	opaque  map[nameKey]bool
	pending []difference
	parent  parentDir
	a, b    []byte
}

// difference is a Mismatch that a later entry may settle.
type difference struct {
	*Mismatch
	// attributes is set when only mode or owner differ, which a later hard link
	// to the same inode may have set.
	attributes bool
	dev, ino   uint64
}

type nameKey [16]byte

func keyOf(name string) nameKey {
	sum := sha256.Sum256([]byte(name))
	return nameKey(sum[:16])
}

type nameKind uint8

const (
	nameImplied nameKind = iota // a directory above an entry
	nameEntry
)

// parentDir is the directory of the entry looked at last: most entries follow
// another one of the same directory.
type parentDir struct {
	asked string // as written in the tar
	name  string // where that leads, with links followed inside the layer
	dir   *os.File
}

func newComparison(l *Layer, content bool) *comparison {
	c := &comparison{layer: l, content: content, names: map[nameKey]nameKind{}, opaque: map[nameKey]bool{}}
	if content {
		c.a, c.b = make([]byte, compareChunk), make([]byte, compareChunk)
	}
	return c
}

func (c *comparison) close() {
	if c.parent.dir != nil {
		c.parent.dir.Close()
		c.parent.dir = nil
	}
}

func (c *comparison) differs(name, format string, args ...any) *Mismatch {
	return &Mismatch{Layer: c.layer.DiffID, Path: name, Detail: fmt.Sprintf(format, args...)}
}

// entries compares every entry of a tar. A tar that can't be read is told by an
// error wrapping ErrCannotVerify.
func (c *comparison) entries(ctx context.Context, r io.Reader) error {
	tr := tar.NewReader(r)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var bad *Mismatch
			if errors.As(err, &bad) || errors.Is(err, ErrCannotVerify) {
				return err
			}
			return fmt.Errorf("%w: its tar can't be read: %w", ErrCannotVerify, err)
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := c.entry(hdr, tr); err != nil {
			return err
		}
		if len(c.names) > maxCompared {
			return fmt.Errorf("%w: it has more than %d entries", ErrCannotVerify, maxCompared)
		}
	}
	if len(c.pending) > 0 {
		return c.pending[0].Mismatch
	}
	return nil
}

// entry compares one entry.
func (c *comparison) entry(hdr *tar.Header, content io.Reader) error {
	name := strings.TrimPrefix(path.Clean("/"+hdr.Name), "/")
	if name == "" {
		return nil // the root itself: engines differ in whether they set its attributes
	}
	dir, base := path.Split(name)
	at, err := c.enter(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return c.settle(name, hdr, err)
	}
	switch {
	case base == whiteoutOpaque:
		c.opaque[keyOf(at.name)] = true
		return nil
	case strings.HasPrefix(base, whiteoutMeta):
		return nil
	case strings.HasPrefix(base, whiteoutPrefix):
		base = strings.TrimPrefix(base, whiteoutPrefix)
		if base == "" || base == "." || base == ".." {
			return c.settle(name, hdr, c.differs(name, "is a whiteout of nothing"))
		}
		name = path.Join(at.name, base)
		c.remember(name)
		return c.settle(name, hdr, c.whiteout(at, base, name))
	}
	name = path.Join(at.name, base)
	c.remember(name)
	return c.settle(name, hdr, c.object(at, base, name, hdr, content))
}

// settle keeps a difference until the end, because a later entry of the same
// name replaces this one, and drops those that this entry replaces.
func (c *comparison) settle(name string, hdr *tar.Header, err error) error {
	var bad *Mismatch
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if len(c.pending) > 0 {
		kept := c.pending[:0]
		for _, p := range c.pending {
			if p.Path == name || hdr.Typeflag != tar.TypeDir && strings.HasPrefix(p.Path, name+"/") {
				continue
			}
			kept = append(kept, p)
		}
		c.pending = kept
	}
	if bad != nil {
		if len(c.pending) >= maxPending {
			return c.pending[0].Mismatch
		}
		d := difference{Mismatch: bad}
		_ = errors.As(err, &d)
		c.pending = append(c.pending, d)
	}
	return nil
}

// remember notes that name, and so every directory above it, is in the tar.
func (c *comparison) remember(name string) {
	c.names[keyOf(name)] = nameEntry
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		key := keyOf(dir)
		if _, ok := c.names[key]; ok {
			return
		}
		c.names[key] = nameImplied
	}
}

// enter opens a directory of the layer, following links inside it as the engine
// did when it unpacked the tar.
func (c *comparison) enter(dir string) (*parentDir, error) {
	if c.parent.dir != nil && c.parent.asked == dir {
		return &c.parent, nil
	}
	f, name, err := openInside(c.layer.Root, dir)
	if err != nil {
		return nil, c.missing(dir, err)
	}
	c.close()
	c.parent = parentDir{asked: dir, name: name, dir: f}
	return &c.parent, nil
}

// missing turns "is not there" into a difference, and leaves other errors as they are.
func (c *comparison) missing(name string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		return c.differs(name, "is missing from the directory")
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return c.differs(name, "is of another type in the directory")
	}
	return err
}

// openInside opens a directory below root (O_PATH) with links followed inside
// root, and gives its name without links.
func openInside(root *os.File, dir string) (*os.File, string, error) {
	if dir == "" {
		dir = "."
	}
	f, err := openBeneath(root, dir, unix.O_PATH|unix.O_DIRECTORY)
	if err == nil {
		return f, strings.TrimPrefix(dir, "."), nil
	}
	if !errors.Is(err, unix.ELOOP) {
		return nil, "", err
	}
	fd, err := unix.Openat2(int(root.Fd()), dir, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return nil, "", err
	}
	f = os.NewFile(uintptr(fd), dir)
	name, err := nameInside(root, f)
	if err != nil {
		f.Close()
		return nil, "", err
	}
	return f, name, nil
}

// nameInside asks the kernel for the path of an open file relative to root.
func nameInside(root, f *os.File) (string, error) {
	base, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", root.Fd()))
	if err != nil {
		return "", err
	}
	full, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		return "", err
	}
	if full == base {
		return "", nil
	}
	name, ok := strings.CutPrefix(full, strings.TrimSuffix(base, "/")+"/")
	if !ok {
		return "", fmt.Errorf("%q leads out of the layer", full)
	}
	return name, nil
}

// stat looks at a name without following it.
func (c *comparison) stat(at *parentDir, base, name string) (unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(at.dir.Fd()), base, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return st, c.missing(name, err)
	}
	return st, nil
}

func isWhiteout(st *unix.Stat_t) bool { return st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == 0 }

func (c *comparison) whiteout(at *parentDir, base, name string) error {
	st, err := c.stat(at, base, name)
	if err != nil {
		return err
	}
	if !isWhiteout(&st) {
		return c.differs(name, "is removed by the layer, but is there")
	}
	return nil
}

// object compares anything but a whiteout.
func (c *comparison) object(at *parentDir, base, name string, hdr *tar.Header, content io.Reader) error {
	st, err := c.stat(at, base, name)
	if err != nil {
		return err
	}
	if isWhiteout(&st) && !(hdr.Typeflag == tar.TypeChar && hdr.Devmajor == 0 && hdr.Devminor == 0) {
		return c.differs(name, "is removed in the directory, but not by the layer")
	}
	format := st.Mode & unix.S_IFMT
	want, ok := formats[hdr.Typeflag]
	switch {
	case hdr.Typeflag == tar.TypeLink:
		return c.hardLink(&st, name, hdr)
	case !ok:
		return fmt.Errorf("%w: it has an entry of type %q", ErrCannotVerify, hdr.Typeflag)
	case format != want:
		return c.differs(name, "is %s, in the layer %s", formatWord(format), formatWord(want))
	}
	switch format {
	case unix.S_IFLNK:
		err = c.symlink(at, base, name, hdr.Linkname)
	case unix.S_IFCHR, unix.S_IFBLK:
		if int64(unix.Major(st.Rdev)) != hdr.Devmajor || int64(unix.Minor(st.Rdev)) != hdr.Devminor {
			err = c.differs(name, "is device %d:%d, in the layer %d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev), hdr.Devmajor, hdr.Devminor)
		}
	case unix.S_IFREG:
		err = c.file(at, base, name, &st, hdr, content)
	}
	if err != nil {
		return err
	}
	// Last, because this difference may be settled by a hard link.
	return c.attributes(&st, name, hdr)
}

// formats maps types of tar entries to file types.
var formats = map[byte]uint32{
	tar.TypeReg: unix.S_IFREG, '\x00': unix.S_IFREG, tar.TypeGNUSparse: unix.S_IFREG, tar.TypeCont: unix.S_IFREG,
	tar.TypeDir: unix.S_IFDIR, tar.TypeSymlink: unix.S_IFLNK,
	tar.TypeChar: unix.S_IFCHR, tar.TypeBlock: unix.S_IFBLK, tar.TypeFifo: unix.S_IFIFO,
}

func formatWord(format uint32) string {
	switch format {
	case unix.S_IFREG:
		return "a regular file"
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "a device"
	case unix.S_IFIFO:
		return "a FIFO"
	case unix.S_IFSOCK:
		return "a socket"
	}
	return "something else"
}

// hardLink compares a further name of a file: it must be the same inode. Engines
// give that inode the mode and owner of the link's entry.
func (c *comparison) hardLink(st *unix.Stat_t, name string, hdr *tar.Header) error {
	target := strings.TrimPrefix(path.Clean("/"+hdr.Linkname), "/")
	dir, base := path.Split(target)
	d, _, err := openInside(c.layer.Root, strings.TrimSuffix(dir, "/"))
	if err != nil {
		return c.missing(target, err)
	}
	defer d.Close()
	var to unix.Stat_t
	if err := unix.Fstatat(int(d.Fd()), base, &to, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return c.missing(target, err)
	}
	if to.Dev != st.Dev || to.Ino != st.Ino {
		return c.differs(name, "is not the same file as %q, in the layer it is", target)
	}
	if len(c.pending) > 0 && c.attributes(st, name, hdr) == nil {
		c.pending = slices.DeleteFunc(c.pending, func(d difference) bool {
			return d.attributes && d.dev == st.Dev && d.ino == st.Ino
		})
	}
	return nil
}

// attributes compares mode and owner.
func (c *comparison) attributes(st *unix.Stat_t, name string, hdr *tar.Header) error {
	var bad *Mismatch
	uid, okU := shiftBack(c.layer.UIDs, st.Uid)
	gid, okG := shiftBack(c.layer.GIDs, st.Gid)
	switch {
	case !okU, !okG, int64(uid) != int64(hdr.Uid), int64(gid) != int64(hdr.Gid):
		bad = c.differs(name, "belongs to %d:%d, in the layer to %d:%d", uid, gid, hdr.Uid, hdr.Gid)
	case st.Mode&unix.S_IFMT != unix.S_IFLNK && int64(st.Mode&0o7777) != hdr.Mode&0o7777:
		bad = c.differs(name, "has mode %04o, in the layer %04o", st.Mode&0o7777, hdr.Mode&0o7777)
	default:
		return nil
	}
	return difference{Mismatch: bad, attributes: true, dev: st.Dev, ino: st.Ino}
}

// Unwrap makes a difference found as the *Mismatch it is.
func (d difference) Unwrap() error { return d.Mismatch }

// shiftBack maps an owner on the host to the one in the image.
func shiftBack(maps []IDMap, host uint32) (uint32, bool) {
	if len(maps) == 0 {
		return host, true
	}
	for _, m := range maps {
		if host >= m.Host && host-m.Host < m.Size {
			return m.Container + (host - m.Host), true
		}
	}
	return host, false
}

func (c *comparison) symlink(at *parentDir, base, name, want string) error {
	buf := make([]byte, 4097)
	n, err := unix.Readlinkat(int(at.dir.Fd()), base, buf)
	if err != nil {
		return c.missing(name, err)
	}
	if got := string(buf[:n]); got != want {
		return c.differs(name, "links to %q, in the layer to %q", got, want)
	}
	return nil
}

func (c *comparison) file(at *parentDir, base, name string, st *unix.Stat_t, hdr *tar.Header, content io.Reader) error {
	if st.Size != hdr.Size {
		return c.differs(name, "has %d bytes, in the layer %d", st.Size, hdr.Size)
	}
	if err := c.capability(at, base, name, hdr); err != nil {
		return err
	}
	if !c.content {
		return nil
	}
	f, err := openBeneath(at.dir, base, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return c.missing(name, err)
	}
	defer f.Close()
	for left := hdr.Size; left > 0; {
		n := min(left, compareChunk)
		if _, err := io.ReadFull(content, c.a[:n]); err != nil {
			return fmt.Errorf("%w: its tar can't be read: %w", ErrCannotVerify, err)
		}
		if _, err := io.ReadFull(f, c.b[:n]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return c.differs(name, "became shorter while it was read")
			}
			return fmt.Errorf("read %q: %w", name, err)
		}
		if !bytes.Equal(c.a[:n], c.b[:n]) {
			return c.differs(name, "its content differs from the layer's")
		}
		left -= n
	}
	return nil
}

// capability compares the file capabilities, which a tar keeps as an extended header.
func (c *comparison) capability(at *parentDir, base, name string, hdr *tar.Header) error {
	want := hdr.PAXRecords["SCHILY.xattr."+capabilityXattr]
	got, err := xattr(at.dir, base, capabilityXattr)
	if err != nil {
		return fmt.Errorf("read the attributes of %q: %w", name, err)
	}
	if string(got) != want {
		return c.differs(name, "has other capabilities than in the layer")
	}
	if got, err = xattr(at.dir, base, c.overlayXattr("metacopy")); err == nil && got != nil {
		return c.differs(name, "is an overlay reference to a file elsewhere (metacopy)")
	}
	return err
}

// overlayXattr is the name of one of overlayfs's own attributes.
func (c *comparison) overlayXattr(name string) string {
	if c.layer.UserXattr {
		return "user.overlay." + name
	}
	return "trusted.overlay." + name
}

// xattr reads an extended attribute of a name in a directory without following
// it; nil when it has none.
func xattr(dir *os.File, base, attr string) ([]byte, error) {
	buf := make([]byte, 1024)
	n, err := unix.Lgetxattr(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), base), attr, buf)
	switch {
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return buf[:n], nil
}

// extra looks for what is in the directory and not in the tar, after entries.
func (c *comparison) extra(ctx context.Context) error {
	dirs := []string{""}
	for len(dirs) > 0 {
		dir := dirs[len(dirs)-1]
		dirs = dirs[:len(dirs)-1]
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.Count(dir, "/") > maxDirDepth {
			return fmt.Errorf("%w: directories deeper than %d", ErrCannotVerify, maxDirDepth)
		}
		below, err := c.extraIn(dir)
		if err != nil {
			return err
		}
		dirs = append(dirs, below...)
	}
	return nil
}

func (c *comparison) extraIn(dir string) (below []string, err error) {
	open := dir
	if open == "" {
		open = "."
	}
	f, err := openBeneath(c.layer.Root, open, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, c.missing(dir, err)
	}
	defer f.Close()
	if err := c.markers(f, dir); err != nil {
		return nil, err
	}
	for {
		entries, err := f.ReadDir(1024)
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			kind, ok := c.names[keyOf(name)]
			if !ok || kind == nameImplied && !e.IsDir() {
				return nil, c.differs(name, "is in the directory, but not in the layer")
			}
			if e.IsDir() {
				below = append(below, name)
			}
		}
		if errors.Is(err, io.EOF) {
			return below, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list %q: %w", dir, err)
		}
	}
}

// markers compares a directory's overlay attributes with the tar's markers.
func (c *comparison) markers(f *os.File, dir string) error {
	opaque, err := xattr(f, ".", c.overlayXattr("opaque"))
	if err != nil {
		return fmt.Errorf("read the attributes of %q: %w", dir, err)
	}
	switch is, want := string(opaque) == "y", c.opaque[keyOf(dir)]; {
	case is && !want:
		return c.differs(dir, "hides what is below it in lower layers, in the layer it does not")
	case !is && want:
		return c.differs(dir, "does not hide what is below it in lower layers, in the layer it does")
	}
	redirect, err := xattr(f, ".", c.overlayXattr("redirect"))
	if err != nil {
		return fmt.Errorf("read the attributes of %q: %w", dir, err)
	}
	if redirect != nil {
		return c.differs(dir, "is an overlay reference to a directory elsewhere (redirect)")
	}
	return nil
}
