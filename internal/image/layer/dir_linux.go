package layer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"golang.org/x/sys/unix"
)

// ErrRefused says that a directory can't be read as a layer: the overlay driver
// keeps part of it elsewhere (redirect_dir, metacopy, nested whiteouts).
var ErrRefused = errors.New("layer is not self-contained")

// IDMap shifts owners of a user namespace back; as source.IDMap.
type IDMap struct{ Container, Host, Size uint32 }

// DirOptions say how a directory is read.
type DirOptions struct {
	// Markers: whiteouts and opaque directories are overlayfs'.
	Markers bool
	// UserXattr: the markers are user.overlay.*, as a rootless engine writes them.
	UserXattr bool
	UIDs      []IDMap
	GIDs      []IDMap
	Limits    Limits
	Detectors []walk.Detector
}

// openHow is how everything below a root is opened: never through a link, never
// out of the directory it is named in, never into what is mounted there.
const openHow = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV

func openBelow(dir int, name string, flags uint64) (*os.File, error) {
	for {
		fd, err := unix.Openat2(dir, name, &unix.OpenHow{Flags: flags | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY, Resolve: openHow})
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), name), nil
	}
}

// dirWalk lists one directory tree.
type dirWalk struct {
	ctx     context.Context
	o       DirOptions
	root    *os.File
	b       *builder
	offer   func(fileJob, *os.File) error
	unread  []walk.Record
	entries int
	buf     []byte
	// noCapabilities: reading them failed once.
	noCapabilities bool
}

// WalkDir lists everything below root and hands wanted files, opened, to offer,
// which owns them. What could not be read is in the records.
func WalkDir(ctx context.Context, root *os.File, o DirOptions, offer func(fileJob, *os.File) error) (*Listing, []walk.Record, error) {
	w := &dirWalk{ctx: ctx, o: o, root: root, b: newBuilder(), offer: offer, buf: make([]byte, 64<<10)}
	// Opened anew, so that its offset is ours alone.
	top, err := openBelow(int(root.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, nil, fmt.Errorf("read the directory %q: %w", root.Name(), err)
	}
	if err := w.dir(top, ""); err != nil {
		return nil, nil, err
	}
	return w.b.finish(), w.unread, nil
}

func (w *dirWalk) lost(p string, reason finding.UnreadReason, detail string) {
	w.unread = append(w.unread, unreadRecord(p, reason, detail))
}

// dir lists d and everything below without recursion, and closes d.
func (w *dirWalk) dir(d *os.File, p string) error {
	type level struct {
		f    *os.File
		path string
		subs []string
	}
	var stack []level
	defer func() {
		for _, l := range stack {
			l.f.Close()
		}
	}()
	enter := func(f *os.File, p string) error {
		subs, err := w.list(f, p)
		if err != nil {
			f.Close()
			return err
		}
		stack = append(stack, level{f, p, subs})
		return nil
	}
	if err := enter(d, p); err != nil {
		return err
	}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.subs) == 0 {
			top.f.Close()
			stack = stack[:len(stack)-1]
			continue
		}
		name := top.subs[0]
		top.subs = top.subs[1:]
		sub := joinPath(top.path, escape(name))
		if len(stack) > w.o.Limits.Depth {
			w.lost(sub, finding.UnreadLimit, fmt.Sprintf("more than %d directories deep", w.o.Limits.Depth))
			continue
		}
		f, err := openBelow(int(top.f.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY)
		if errors.Is(err, unix.EXDEV) {
			if !kernelsOwn(int(top.f.Fd()), name) {
				w.lost(sub, finding.UnreadUnsupported, "another file system is mounted here; scan it by itself")
			}
			continue
		}
		if err != nil {
			w.lost(sub, finding.UnreadIO, "open the directory: "+err.Error())
			continue
		}
		if err := enter(f, sub); err != nil {
			return err
		}
	}
	return nil
}

// list takes the entries of one directory and gives the names of those to enter.
func (w *dirWalk) list(d *os.File, p string) ([]string, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	fd := int(d.Fd())
	if w.o.Markers {
		opaque, err := w.overlayMarks(fd, p)
		if err != nil {
			return nil, err
		}
		if opaque {
			if _, err := w.b.add(p, "", item{kind: kindOpaque, mode: fs.ModeDir | 0o755, at: -1}); err != nil {
				w.lost(p, finding.UnreadLimit, err.Error())
			}
		}
	}
	var names, subs []string
	for {
		n, err := unix.ReadDirent(fd, w.buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			w.lost(p, finding.UnreadIO, "list the directory: "+err.Error())
			break
		}
		if n == 0 {
			break
		}
		_, _, names = unix.ParseDirent(w.buf[:n], -1, names[:0])
		for _, name := range names {
			if w.entries++; w.entries > w.o.Limits.LayerFiles {
				w.lost(p, finding.UnreadLimit, tooManyEntries(w.o.Limits.LayerFiles))
				return nil, nil
			}
			enter, err := w.entry(fd, p, name)
			if err != nil {
				return nil, err
			}
			if enter {
				subs = append(subs, name)
			}
		}
	}
	return subs, nil
}

// kernelsOwn reports whether what is mounted at a name is made by the kernel
// (/proc, /sys, /dev and the like) and has no files of anybody.
func kernelsOwn(dir int, name string) bool {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return false
	}
	switch st.Type {
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
		unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC, unix.NSFS_MAGIC,
		unix.HUGETLBFS_MAGIC, unix.SELINUX_MAGIC, unix.BINFMTFS_MAGIC, unix.EFIVARFS_MAGIC:
		return true
	case unix.TMPFS_MAGIC:
		return name == "dev" || name == "shm" || name == "run" || name == "cgroup"
	}
	return false
}

// overlayMarks reads a directory's extended attributes (Documentation/filesystems/overlayfs.rst).
func (w *dirWalk) overlayMarks(fd int, p string) (opaque bool, err error) {
	prefix := "trusted.overlay."
	if w.o.UserXattr {
		prefix = "user.overlay."
	}
	var v [8]byte
	n, err := unix.Fgetxattr(fd, prefix+"opaque", v[:])
	switch {
	case err == nil && n == 1 && v[0] == 'y':
		opaque = true
	case err == nil && n == 1 && v[0] == 'x':
		return false, fmt.Errorf("%w: %q has whiteouts in extended attributes", ErrRefused, p)
	case err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.ENOTSUP):
		w.lost(p, finding.UnreadIO, "read the overlay's marks: "+err.Error())
	}
	if _, err := unix.Fgetxattr(fd, prefix+"redirect", nil); err == nil {
		return false, fmt.Errorf("%w: %q is redirected", ErrRefused, p)
	}
	return opaque, nil
}

func (w *dirWalk) entry(dir int, parent, name string) (enter bool, err error) {
	p := joinPath(parent, escape(name))
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		w.lost(p, finding.UnreadIO, err.Error())
		return false, nil
	}
	it := item{mode: fileMode(st.Mode), uid: shift(w.o.UIDs, st.Uid), gid: shift(w.o.GIDs, st.Gid), kind: kindOther, at: -1}
	link := ""
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		it.kind = kindDir
		enter = true
	case unix.S_IFREG:
		it.kind, it.size = kindFile, st.Size
	case unix.S_IFLNK:
		it.kind = kindSymlink
		target := make([]byte, 4096) // the longest that Linux has
		n, err := unix.Readlinkat(dir, name, target)
		if err != nil {
			w.lost(p, finding.UnreadIO, "read the link: "+err.Error())
		} else {
			link = escape(string(target[:n]))
		}
	case unix.S_IFCHR:
		if w.o.Markers && st.Rdev == 0 {
			it = item{kind: kindWhiteout, at: -1}
		}
	}
	number, err := w.b.add(p, link, it)
	if err != nil {
		w.lost(p[:min(len(p), 256)], finding.UnreadLimit, err.Error())
		return false, nil
	}
	if it.kind == kindOther {
		if sure, _ := want(w.o.Detectors, p, 0o644, 1); sure != 0 {
			w.unread = append(w.unread, notRegular(p))
		}
	}
	if it.kind != kindFile {
		return enter, nil
	}
	if w.o.Markers && st.Blocks == 0 && st.Size > 0 {
		if err := w.checkMetacopy(dir, name, p); err != nil {
			return false, err
		}
	}
	if it.mode&0o111 != 0 && !w.noCapabilities {
		// Only what can be executed can use them.
		w.b.capability(number, w.capability(dir, name, p))
	}
	sure, peek := want(w.o.Detectors, p, it.mode, it.size)
	if sure|peek == 0 {
		return false, nil
	}
	w.b.wanted[number] = true
	f, err := openBelow(dir, name, unix.O_RDONLY)
	if err != nil {
		w.lost(p, finding.UnreadIO, "open: "+err.Error())
		return false, nil
	}
	var now unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &now); err != nil || now.Ino != st.Ino || now.Mode&unix.S_IFMT != unix.S_IFREG {
		f.Close()
		w.lost(p, finding.UnreadIO, "changed while it was opened")
		return false, nil
	}
	return false, w.offer(fileJob{
		Path: p, Mode: uint32(it.mode), Size: now.Size, UID: int(it.uid), GID: int(it.gid), Sure: sure, Peek: peek,
	}, f)
}

// capability reads a file's capabilities, without opening it where /proc is there.
func (w *dirWalk) capability(dir int, name, p string) string {
	const attribute = "security.capability"
	var v [maxCapability]byte
	n, err := unix.Lgetxattr("/proc/self/fd/"+strconv.Itoa(dir)+"/"+name, attribute, v[:])
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENAMETOOLONG) || errors.Is(err, unix.EACCES) {
		f, oerr := openBelow(dir, name, unix.O_RDONLY)
		if oerr != nil {
			return "" // what can't be opened is said where it is read
		}
		defer f.Close()
		n, err = unix.Fgetxattr(int(f.Fd()), attribute, v[:])
	}
	switch {
	case err == nil:
		return string(v[:n])
	case !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.ENOTSUP):
		// A file system that has none for one file has none for any.
		w.noCapabilities = true
		w.lost(p, finding.UnreadIO, "read file capabilities, and not tried for further files: "+err.Error())
	}
	return ""
}

func (w *dirWalk) checkMetacopy(dir int, name, p string) error {
	f, err := openBelow(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil // said when it is opened for reading
	}
	defer f.Close()
	for _, a := range []string{"trusted.overlay.metacopy", "user.overlay.metacopy"} {
		if _, err := unix.Fgetxattr(int(f.Fd()), a, nil); err == nil {
			return fmt.Errorf("%w: %q has its content elsewhere (metacopy)", ErrRefused, p)
		}
	}
	return nil
}

// shift puts an owner back that a user namespace shifted; one outside the map
// becomes nobody.
func shift(ids []IDMap, id uint32) uint32 {
	if len(ids) == 0 {
		return id
	}
	for _, m := range ids {
		if id >= m.Host && id-m.Host < m.Size {
			return m.Container + (id - m.Host)
		}
	}
	return 65534
}

func fileMode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	switch m & unix.S_IFMT {
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	}
	if m&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if m&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if m&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// reopen opens a listed file once more.
func reopen(root *os.File, p string) (*os.File, error) {
	return openBelow(int(root.Fd()), unescape(p), unix.O_RDONLY)
}

// Scratch opens an unlinked file in dir, for content that does not fit memory.
func Scratch(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), dir+"/(unlinked)"), nil
	}
	return unlinkedTemp(dir)
}
