package workload

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

const oNonblock = syscall.O_NONBLOCK

// peerPID gives the process at the other end of a Unix socket, or with socket
// activation the one that made the socket; 0 when it is not in our pid namespace.
func peerPID(conn net.Conn) (int, error) {
	uc, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, errors.New("not a Unix socket")
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, credErr
	}
	return int(cred.Pid), nil
}
