package worker

import "golang.org/x/sys/unix"

// seccompArch is the audit architecture of 64-bit calls; a call of the 32-bit
// or x32 interface is not on the list.
const seccompArch = unix.AUDIT_ARCH_X86_64

var archCalls = []uint32{unix.SYS_ARCH_PRCTL, unix.SYS_EPOLL_WAIT, unix.SYS_POLL}
