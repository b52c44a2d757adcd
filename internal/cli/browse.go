package cli

import (
	"context"
	"errors"
	"os"
	"slices"

	"golang.org/x/term"

	"bulwark/internal/finding"
	"bulwark/internal/image/layer"
	"bulwark/internal/report/browse"
)

// mostBrowsed bounds the files that the browser is given, of all layers together.
const mostBrowsed = 2_000_000

// listing collects what the layers of an image brought.
type listing struct {
	files [][]browse.File
	n     int
	cut   bool
}

func (l *listing) add(n int, b layer.Brought) bool {
	if l.n++; l.n > mostBrowsed {
		l.cut = true
		return false
	}
	for len(l.files) <= n {
		l.files = append(l.files, nil)
	}
	mark := browse.Added
	switch b.Change {
	case layer.Replaced:
		mark = browse.Replaced
	case layer.Removed:
		mark = browse.Removed
	}
	l.files[n] = append(l.files[n], browse.File{Path: b.Path, Size: b.Size, Mark: mark, Directory: b.Directory, Gone: b.Gone})
	return true
}

// canBrowse tells whether there is a terminal to take keys from and to draw on,
// and nobody asked for plain text by the environment.
func (v *invocation) canBrowse() bool {
	_, in := v.terminals()
	return in && v.terminal && v.env.get("NO_COLOR") == ""
}

// terminals gives standard input and output as files, and whether both are terminals.
func (v *invocation) terminals() (files [2]*os.File, ok bool) {
	in, isIn := v.stdin.(*os.File)
	out, isOut := v.stdout.w.(*os.File)
	if !isIn || !isOut || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return files, false
	}
	return [2]*os.File{in, out}, true
}

// browse lets the person walk through a finished report until they are done.
func (v *invocation) browse(ctx context.Context, rep *finding.Report, l *listing) error {
	files, ok := v.terminals()
	if !ok {
		return failure(finding.T("cli.browse"), os.ErrInvalid)
	}
	m := browse.New(browse.Input{Report: rep, Files: l.files, Cut: l.cut, Printer: v.printer, Color: true})
	env := make([]string, 0, len(v.env))
	for name, value := range v.env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	err := browse.Run(ctx, m, files[0], files[1], env)
	switch {
	case errors.Is(err, browse.ErrInterrupted):
		v.console.line(v.T("cli.interrupted"))
		return exitStatus(exitInterrupted)
	case err != nil:
		return failure(finding.T("cli.browse"), err)
	}
	return nil
}
