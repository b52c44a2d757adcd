//go:build !unix

package advisory

import "os"

// mapFile reads the file where mapping is not to be had.
func mapFile(f *os.File, size int64) (data []byte, unmap func() error, err error) {
	return readFile(f, size)
}
