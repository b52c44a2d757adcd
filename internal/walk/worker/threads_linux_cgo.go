//go:build linux && cgo

package worker

import "syscall"

// onAllThreads makes a system call on this thread only: with cgo, which the
// race detector needs and no release has, Go can't reach the others. Seccomp,
// set last, is carried to all threads by the kernel, and no-new-privileges with it.
func onAllThreads(trap, a1, a2, a3 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(trap, a1, a2, a3, 0, 0, 0)
	return e
}
