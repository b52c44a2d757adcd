package worker

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Confinement says by what a worker is confined on this host, and what is
// missing, for doctor and for -v.
type Confinement struct {
	// OwnUser is true where the worker runs under a uid of its own.
	OwnUser bool
	// Landlock is the kernel's Landlock ABI; 0 when there is none.
	Landlock int
	Seccomp  bool
	// SameProcess is true where parsers run in the program itself.
	SameProcess bool
}

// Probe says how a worker would be confined here.
func Probe() Confinement {
	_, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0)
	return Confinement{
		OwnUser:  unix.Geteuid() == 0,
		Landlock: landlockABI(),
		Seccomp:  err == nil && seccompArch != 0,
	}
}

// confine gives up everything that reading bytes does not need. What the kernel
// does not have is left out (Probe says so); what it has and refuses is an error.
func confine(memory int64) error {
	runtime.LockOSThread() // where only this thread can be reached, it is the one that goes on
	defer runtime.UnlockOSThread()
	for _, l := range []struct {
		what int
		max  uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_DATA, uint64(memory)},
		{unix.RLIMIT_NOFILE, 4096},
	} {
		var old unix.Rlimit
		if err := unix.Getrlimit(l.what, &old); err != nil {
			return fmt.Errorf("read limit %d: %w", l.what, err)
		}
		max := min(l.max, old.Max)
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: max, Max: max}); err != nil {
			return fmt.Errorf("set limit %d: %w", l.what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid dumps: %w", err)
	}
	if e := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); e != 0 {
		return fmt.Errorf("forbid new privileges: %w", e)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if e := onAllThreads(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none[0])), 0); e != 0 {
		return fmt.Errorf("drop capabilities: %w", e)
	}
	runtime.KeepAlive(&header)
	if err := landlock(); err != nil {
		return err
	}
	return seccomp()
}

func landlockABI() int {
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0
	}
	return int(v)
}

// landlock allows no path and no port.
func landlock() error {
	abi := landlockABI()
	if abi == 0 {
		return nil
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: 1<<13 - 1}
	size := uintptr(8)
	if abi >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = 16
	}
	if abi >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		return fmt.Errorf("make a Landlock rule set: %w", e)
	}
	defer unix.Close(int(fd))
	if e := onAllThreads(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e != 0 {
		return fmt.Errorf("restrict by Landlock: %w", e)
	}
	return nil
}

// Offsets in struct seccomp_data, see linux/seccomp.h.
const (
	dataNr   = 0
	dataArch = 4
	dataArg0 = 16 // low half, little endian
	dataArg2 = 32
)

// seccomp allows the system calls of allowedCalls; every other one fails with
// EPERM. Memory can't be made executable, and only threads can be cloned.
func seccomp() error {
	if seccompArch == 0 {
		return nil
	}
	const (
		ld  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jeq = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		jst = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		ret = unix.BPF_RET | unix.BPF_K
	)
	deny := uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.EPERM)
	nosys := uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.ENOSYS)
	prog := []unix.SockFilter{
		{Code: ld, K: dataArch},
		{Code: jeq, K: seccompArch, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: ld, K: dataNr},
		// clone only with CLONE_THREAD
		{Code: jeq, K: unix.SYS_CLONE, Jf: 4},
		{Code: ld, K: dataArg0},
		{Code: jst, K: unix.CLONE_THREAD, Jf: 1},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
		{Code: ret, K: deny},
		// clone3's flags can't be read here; the caller falls back to clone
		{Code: jeq, K: unix.SYS_CLONE3, Jf: 1},
		{Code: ret, K: nosys},
	}
	for _, nr := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		prog = append(prog,
			unix.SockFilter{Code: jeq, K: nr, Jf: 4},
			unix.SockFilter{Code: ld, K: dataArg2},
			unix.SockFilter{Code: jst, K: unix.PROT_EXEC, Jt: 1},
			unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW},
			unix.SockFilter{Code: ret, K: deny})
	}
	for _, nr := range allowedCalls {
		prog = append(prog, unix.SockFilter{Code: jeq, K: nr, Jf: 1}, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW})
	}
	prog = append(prog, unix.SockFilter{Code: ret, K: deny})
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	r, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(prog)
	if errors.Is(e, unix.ENOSYS) || errors.Is(e, unix.EINVAL) && r == 0 {
		return nil // a kernel without seccomp filters
	}
	if e != 0 || r != 0 {
		return fmt.Errorf("restrict system calls (thread %d): %w", r, e)
	}
	return nil
}

// allowedCalls are what Go's runtime and the reading of open descriptors need.
var allowedCalls = append([]uint32{
	unix.SYS_READ, unix.SYS_PREAD64, unix.SYS_READV, unix.SYS_PREADV,
	unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV,
	unix.SYS_RECVMSG, unix.SYS_CLOSE, unix.SYS_LSEEK, unix.SYS_FSTAT, unix.SYS_FTRUNCATE, unix.SYS_FADVISE64,
	unix.SYS_FCNTL, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PPOLL,
	unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_MEMBARRIER,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_GETTIMEOFDAY,
	unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_DELETE, unix.SYS_SETITIMER,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_TGKILL, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM, unix.SYS_RESTART_SYSCALL,
	unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_UNAME, unix.SYS_PRCTL,
}, archCalls...)
