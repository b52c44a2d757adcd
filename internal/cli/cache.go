package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"bulwark/internal/finding"
	"bulwark/internal/image/cache"
)

// cacheDir is where the cache lives: the setting, else below XDG_CACHE_HOME or
// what the XDG specification puts in its place; empty when there is no home.
func (v *invocation) cacheDir(named string) string {
	if named != "" {
		return named
	}
	if dir := v.env.get("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "bulwark")
	}
	if home := v.env.get("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "bulwark")
	}
	return ""
}

// openCache opens the cache. Without one everything is read anew, which is
// slower and nothing worse, so that a home that can't be written ends no scan.
func (v *invocation) openCache(o scanOptions) *cache.Cache {
	if o.noCache {
		return nil
	}
	dir := v.cacheDir(o.cache)
	if dir == "" {
		v.detail(finding.T("cli.cache.no-home"))
		return nil
	}
	c, err := cache.Open(dir, 0)
	if err != nil {
		v.note(finding.T("cli.cache.off", v.printer.Sentence(err.Error())))
		return nil
	}
	return c
}

// filesCounted bounds how long doctor counts.
const filesCounted = 100_000

func (v *invocation) cacheDiagnosis(named string) diagnosis {
	d := diagnosis{id: "cache", title: finding.T("cli.doctor.cache"), state: able}
	dir := v.cacheDir(named)
	if dir == "" {
		d.state, d.found, d.mend = limited, finding.T("cli.doctor.cache.no-home"), finding.T("cli.doctor.cache.mend")
		return d
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		// Doctor makes nothing: look whether a scan could.
		if err := canMake(dir); err != nil {
			d.state, d.found, d.reason, d.mend = limited, finding.T("cli.doctor.cache.off", dir), reasonOf(err), finding.T("cli.doctor.cache.mend")
			return d
		}
		d.found = finding.T("cli.doctor.cache.new", dir)
		return d
	}
	if _, err := cache.Open(dir, 0); err != nil {
		d.state, d.found, d.reason, d.mend = limited, finding.T("cli.doctor.cache.off", dir), err.Error(), finding.T("cli.doctor.cache.mend")
		return d
	}
	size, files := directorySize(dir, filesCounted)
	d.found = finding.T("cli.doctor.cache.found", dir, bytesText(size), strconv.Itoa(files))
	return d
}

// canMake tells whether a directory could be made: its nearest ancestor that
// exists must be a directory that can be written.
func canMake(dir string) error {
	for {
		parent := filepath.Dir(dir)
		info, err := os.Stat(parent)
		switch {
		case err == nil && !info.IsDir():
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("not a directory")}
		case err == nil:
			return writable(filepath.Join(parent, "x"))
		case !errors.Is(err, fs.ErrNotExist) || parent == dir:
			return err
		}
		dir = parent
	}
}
