package layer

import "os"

// unlinkedTemp makes a file that has no name any more.
func unlinkedTemp(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "bulwark-scratch-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
