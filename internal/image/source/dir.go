package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// rootSigns are what only a root file system has: a release, or a database of
// installed packages. Lstat is enough: os-release is often a link, and a link
// out of the directory must not be followed.
var rootSigns = []string{
	"etc/os-release", "usr/lib/os-release",
	"var/lib/dpkg/status", "var/lib/dpkg/status.d", "lib/apk/db/installed", "usr/lib/apk/db/installed",
	"var/lib/rpm", "usr/lib/sysimage/rpm",
}

// openDir opens a directory and says whether it is a root file system or a source tree.
func openDir(o Options, name string) (*Opened, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", quoted(err))
	}
	f, err := os.OpenFile(name, os.O_RDONLY|oDirectory|oNonblock, 0)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", quoted(err))
	}
	st, err := f.Stat()
	if err == nil && !st.IsDir() {
		err = fmt.Errorf("%q is %s", name, typeWord(st.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("directory: %w", quoted(err))
	}
	opened := &Opened{Dir: f, Close: closeOnce(f.Close)}
	opened.Info.Kind = kindDir
	opened.Info.Way = WayWalk
	opened.Subject.Ref = o.Ref
	opened.Subject.Name = filepath.Base(abs)
	opened.Subject.Kind, opened.Info.Why = directoryKind(abs)
	opened.StillThere = func(context.Context) error {
		now, err := os.Stat(abs)
		if err != nil {
			return fmt.Errorf("directory: %w: %w", ErrGone, quoted(err))
		}
		if !os.SameFile(st, now) {
			return fmt.Errorf("directory %q: %w", abs, ErrGone)
		}
		return nil
	}
	return opened, nil
}

func directoryKind(dir string) (kind string, why []string) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return KindSourceTree, []string{fmt.Sprintf("taken for a source tree: %v", err)}
	}
	defer root.Close()
	for _, sign := range rootSigns {
		_, err := root.Lstat(sign)
		if err == nil {
			return KindRootFileSystem, []string{"taken for a root file system: it has " + sign}
		}
		// A link on the way that leads out of the directory is no sign, and no error.
		if !errors.Is(err, fs.ErrNotExist) {
			continue
		}
	}
	return KindSourceTree, []string{"taken for a source tree: it has neither a release file nor a database of packages"}
}
