package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

func mountTmpfs(dir, size string, readOnly bool) error {
	var flags uintptr
	if readOnly {
		flags = unix.MS_RDONLY
	}
	return unix.Mount("tmpfs", dir, "tmpfs", flags, "size="+size)
}

func unmount(dir string) { unix.Unmount(dir, unix.MNT_DETACH) }

// canMountTmpfs tries it: root in a container often may not.
func canMountTmpfs() bool {
	dir, err := os.MkdirTemp("", "bulwark-tmpfs")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	if mountTmpfs(dir, "4096", false) != nil {
		return false
	}
	unmount(dir)
	return true
}
