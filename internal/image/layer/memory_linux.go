package layer

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// inMemory makes a file of b that has no place on any disk.
func inMemory(b []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("bulwark-document", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "document")
	if _, err := f.WriteAt(b, 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("write a file in memory: %w", err)
	}
	return f, nil
}
