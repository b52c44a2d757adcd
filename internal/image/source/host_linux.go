package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// initialUserNamespace is the inode of the first user namespace, the same on
// every kernel (PROC_USER_INIT_INO in linux/proc_ns.h).
const initialUserNamespace = 0xEFFFFFFD

// checkPrivilege says what this process lacks to read layers in place. Without
// CAP_SYS_ADMIN in the initial user namespace the kernel leaves "trusted."
// attributes out of listings without a word, and opaque directories with them.
func checkPrivilege() error {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/user", &st); err != nil {
		return cannot("the user namespace of this process can't be told: %v", err)
	}
	if st.Ino != initialUserNamespace {
		return cannot("this process runs in a user namespace, where overlay attributes can't be seen")
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&hdr, &caps[0]); err != nil {
		return cannot("the capabilities of this process can't be told: %v", err)
	}
	has := func(c uint) bool { return caps[c/32].Effective&(1<<(c%32)) != 0 }
	switch {
	case !has(unix.CAP_SYS_ADMIN):
		return cannot("this process lacks CAP_SYS_ADMIN, without which overlay attributes can't be seen (hint: run as root)")
	case !has(unix.CAP_DAC_READ_SEARCH) && !has(unix.CAP_DAC_OVERRIDE):
		return cannot("this process lacks CAP_DAC_READ_SEARCH, without which files of others can't be read (hint: run as root)")
	}
	return nil
}

// openDataRoot opens the engine's data root (O_PATH) after it has made sure that
// what is seen here is what the engine sees: the socket is local, and its
// server's root directory shows the same directories (device and inode), or,
// where the server's process can't be looked at, the engine's ID lies in it.
func (ei *engineImage) openDataRoot(below ...string) (*os.File, error) {
	if !ei.engine.Endpoint.Local() {
		return nil, cannot("the engine is reached over %s, so it may be another host's (hint: its Unix socket)", ei.engine.Endpoint.Network)
	}
	dir := ei.info.DockerRootDir
	if !filepath.IsAbs(dir) {
		return nil, cannot("the engine doesn't say where its data is")
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, cannot("the engine's data root %q can't be opened here: %v", dir, err)
	}
	root := os.NewFile(uintptr(fd), dir)
	if err := ei.sameHost(root, below); err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

func (ei *engineImage) sameHost(root *os.File, below []string) error {
	id, idErr := readBeneath(root, "engine-id", 4096)
	if idErr == nil && strings.TrimSpace(string(id)) != ei.info.ID {
		return cannot("the data root %q belongs to another engine: its engine-id is not that of the engine asked", root.Name())
	}
	pid := ei.engine.PeerPID()
	if pid <= 0 {
		if idErr != nil {
			return cannot("it can't be told whether the engine runs on this host: its process can't be seen, and its data root has no engine-id")
		}
		return nil
	}
	theirs, err := unix.Open(fmt.Sprintf("/proc/%d/root%s", pid, filepath.Clean(root.Name())), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return cannot("the engine's view of its data root can't be looked at: %v", err)
	}
	theirRoot := os.NewFile(uintptr(theirs), "the engine's data root")
	defer theirRoot.Close()
	for _, name := range append([]string{"."}, below...) {
		ours, err := openBeneath(root, name, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return cannot("%q can't be opened in the engine's data root: %v", name, err)
		}
		theirs, err := openBeneath(theirRoot, name, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			ours.Close()
			return cannot("%q can't be opened in the engine's view of its data root: %v", name, err)
		}
		same, err := sameInode(ours, theirs)
		ours.Close()
		theirs.Close()
		if err != nil || !same {
			return cannot("the engine runs in another mount namespace, where its data root is another directory")
		}
	}
	return nil
}

// openBeneath opens a path below dir with no symbolic link, no magic link and no
// way out.
func openBeneath(dir *os.File, path string, flags uint64) (*os.File, error) {
	var fd int
	var err error
	for range 64 {
		fd, err = unix.Openat2(int(dir.Fd()), path, &unix.OpenHow{
			Flags:   flags | unix.O_CLOEXEC,
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		})
		// EAGAIN: a rename raced with the look-up of ".." (openat2(2)).
		if err != unix.EINTR && err != unix.EAGAIN {
			break
		}
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: filepath.Join(dir.Name(), path), Err: err}
	}
	return os.NewFile(uintptr(fd), filepath.Join(dir.Name(), path)), nil
}

// readBeneath reads a regular file below dir, of at most limit bytes.
func readBeneath(dir *os.File, path string, limit int64) ([]byte, error) {
	f, err := openBeneath(dir, path, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", f.Name())
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", f.Name(), limit)
	}
	return b, nil
}

func sameInode(a, b *os.File) (bool, error) {
	var sa, sb unix.Stat_t
	if err := errors.Join(unix.Fstat(int(a.Fd()), &sa), unix.Fstat(int(b.Fd()), &sb)); err != nil {
		return false, err
	}
	return sa.Dev == sb.Dev && sa.Ino == sb.Ino, nil
}

// enlargePipe makes room for fewer and larger writes; it may fail, and then the
// pipe is as it was.
func enlargePipe(w *os.File) {
	raw, err := w.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
}
