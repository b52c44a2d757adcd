package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"bulwark/internal/workload"
)

// Kinds of sources; the prefixes of a reference, and values of finding.SourceInfo.Kind.
const (
	kindDocker  = "docker"
	kindArchive = "archive"
	kindDir     = "dir"
	kindFile    = "file"
)

// Open finds and opens [SOURCE:]NAME. The error of a bare name is a *NotFound.
func Open(ctx context.Context, o Options) (*Opened, error) {
	o = o.withDefaults()
	if o.Ref == "" {
		return nil, errors.New("no image, archive or directory is named")
	}
	kind, name, ok := strings.Cut(o.Ref, ":")
	if ok {
		switch kind {
		case kindDocker:
			return openDocker(ctx, o, name)
		case kindArchive:
			return openArchive(o, name)
		case kindDir:
			return openDir(o, name)
		case kindFile:
			return openFile(o, name)
		}
	}
	return openBare(ctx, o)
}

func (o Options) withDefaults() Options {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// openBare looks for a name without a source in the order of the package comment.
func openBare(ctx context.Context, o Options) (*Opened, error) {
	if o.Ref == "-" {
		return openArchive(o, "-")
	}
	st, statErr := os.Stat(o.Ref)
	missing := &NotFound{Ref: o.Ref}
	if isPath(o.Ref) {
		missing.Tried = append(missing.Tried, Attempt{"docker image", errors.New("it is a path, not the name of an image")})
	} else {
		opened, err := openDocker(ctx, o, o.Ref)
		if err == nil {
			if statErr == nil {
				opened.Info.Why = append(opened.Info.Why, fmt.Sprintf(
					"a file or directory named %q exists too; the image of the engine was taken (write archive: or dir: before the name for the other)", o.Ref))
			}
			return opened, nil
		}
		var platform *PlatformError
		if ctx.Err() != nil || errors.As(err, &platform) {
			return nil, err // the image was found
		}
		missing.Tried = append(missing.Tried, Attempt{"docker image", err})
	}
	notAsked := func(opened *Opened) *Opened {
		if err := missing.Tried[0].Err; !isPath(o.Ref) && workload.CheckName(o.Ref) == nil && !errors.Is(err, workload.ErrNoSuchImage) {
			opened.Info.Why = append(opened.Info.Why, "the Docker engine could not be asked for an image of this name: "+firstLine(err.Error()))
		}
		return opened
	}
	switch {
	case statErr != nil:
		missing.Tried = append(missing.Tried, Attempt{"archive", quoted(statErr)}, Attempt{"directory", quoted(statErr)})
	case st.IsDir():
		opened, err := openDir(o, o.Ref)
		if err == nil {
			return notAsked(opened), nil
		}
		missing.Tried = append(missing.Tried, Attempt{"archive", errors.New("it is a directory")}, Attempt{"directory", err})
	default:
		opened, err := openArchive(o, o.Ref)
		if err == nil {
			return notAsked(opened), nil
		}
		missing.Tried = append(missing.Tried, Attempt{"archive", err}, Attempt{"directory", errors.New("it is not a directory")})
	}
	return nil, missing
}

// isPath reports whether a bare name can only be meant as a path.
func isPath(name string) bool {
	return name == "." || name == ".." || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") ||
		strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../")
}

// quoted writes the path in an error so that it holds no control characters: it
// is the user's own, but may come out of a script.
func quoted(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s %q: %w", pe.Op, pe.Path, pe.Err)
	}
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// openArchive opens a file or standard input; what is in it is for the reader to say.
// FILE#IMAGE says which of several images is meant; a file whose own name has
// that "#" goes first.
func openArchive(o Options, name string) (*Opened, error) {
	opened := &Opened{}
	opened.Info.Kind = kindArchive
	opened.Subject.Kind = KindImage
	opened.Subject.Ref = o.Ref
	if name == "-" {
		if o.Stdin == nil {
			return nil, errors.New("archive from standard input: there is none")
		}
		st, err := o.Stdin.Stat()
		if err != nil {
			return nil, fmt.Errorf("archive from standard input: %w", err)
		}
		if st.Mode()&fs.ModeCharDevice != 0 {
			return nil, errors.New("archive from standard input: it is a terminal (hint: docker save IMAGE | bulwark scan archive:-)")
		}
		opened.Archive = o.Stdin
		opened.Subject.Name = "standard input"
		opened.Info.Way = WayStream
		if st.Mode().IsRegular() {
			opened.Info.Way = WayFile
		}
		opened.StillThere = func(context.Context) error { return nil }
		opened.Close = func() error { return nil } // standard input is the caller's
		return opened, nil
	}
	// O_NONBLOCK: a FIFO must not make us wait before we have seen that it is one.
	f, err := os.OpenFile(name, os.O_RDONLY|oNonblock, 0)
	if i := strings.LastIndexByte(name, '#'); errors.Is(err, fs.ErrNotExist) && i > 0 {
		opened.ArchiveRef, name = name[i+1:], name[:i]
		f, err = os.OpenFile(name, os.O_RDONLY|oNonblock, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("archive: %w", quoted(err))
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%q is %s, not a regular file", name, typeWord(st.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("archive: %w", quoted(err))
	}
	opened.Archive = f
	opened.Subject.Name = filepath.Base(name)
	opened.Info.Way = WayFile
	opened.StillThere = func(context.Context) error { return unchangedFile(f, st) }
	opened.Close = closeOnce(f.Close)
	return opened, nil
}

// unchangedFile says whether an open file is as it was when it was opened.
func unchangedFile(f *os.File, before fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) {
		return fmt.Errorf("the archive was written to during the scan: %w", ErrGone)
	}
	return nil
}

func typeWord(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO (hint: archive:- reads standard input)"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// closeOnce makes a close function that may be called more than once; the later
// calls give the first one's error.
func closeOnce(f func() error) func() error {
	var done bool
	var err error
	return func() error {
		if !done {
			done = true
			err = f()
		}
		return err
	}
}
