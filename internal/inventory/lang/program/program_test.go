package program

import (
	"io/fs"
	"testing"

	"bulwark/internal/walk"
)

func TestWant(t *testing.T) {
	for _, c := range []struct {
		path string
		mode fs.FileMode
		size int64
		want walk.Decision
	}{
		{"usr/bin/x", 0o755, 100, walk.Peek},
		{"usr/bin/x", 0o755, 63, walk.No},
		{"lib/x.so.1", 0o644, 100, walk.Peek},
		{"opt/x.txt", 0o644, PeekAny, walk.Peek},
		{"opt/x.txt", 0o644, PeekAny - 1, walk.No},
		{"root/go/pkg/mod/a.org/b@v1/testdata/x", 0o444, PeekAny, walk.No},
		{"root/go/pkg/mod/a.org/b@v1/testdata/x", 0o555, PeekAny, walk.Peek},
		{"srv/mypkg/mod/x", 0o644, PeekAny, walk.Peek},
	} {
		if got := Want(c.path, c.mode, c.size); got != c.want {
			t.Errorf("Want(%q, %v, %d) = %v, want %v", c.path, c.mode, c.size, got, c.want)
		}
	}
}
