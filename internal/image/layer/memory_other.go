//go:build !linux

package layer

import (
	"fmt"
	"os"
)

// inMemory makes a file of b that has no name.
func inMemory(b []byte) (*os.File, error) {
	f, err := unlinkedTemp("")
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("write a scratch file: %w", err)
	}
	return f, nil
}
