//go:build unix

package advisory

import (
	"io/fs"
	"os"
	"syscall"
)

// noFollow makes opening fail for a symbolic link, and not wait for a pipe's other end.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// isOurs reports whether a file is this user's, and under no second name.
func isOurs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid() && s.Nlink == 1
}
