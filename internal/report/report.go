// Package report writes a finding.Report in the forms that people and
// programs read, and reads its own JSON back.
//
// # Promises
//
// Coverage, what was not read, and how many findings are suppressed stand in
// every form: no form makes a scan look more complete than it was. Nothing that
// came from an image reaches a terminal as it is ([Clean]); JSON has no control
// characters either. One report gives the same bytes every time, apart from
// the time of the scan. A form's text is in the language asked for; IDs,
// fingerprints and field names are the same in all.
//
// The JSON form is published as a schema ([Schema]); see docs/compatibility.md.
//
// # What it does not do
//
// It decides nothing: the verdict, what is suppressed and what a view leaves
// out is in the report already.
package report

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/finding"
)

// Options say how a report is to be written.
type Options struct {
	// Lang is a language of package i18n.
	Lang string
	// Width is the terminal's, in columns; 0 when it is not a terminal: nothing
	// is cut then.
	Width int
	Color bool
	// All shows every row of a table.
	All bool
	// Checks are the declared checks, for titles, reasons and remedies.
	Checks []finding.Check
	// Inspect makes the table one for a person who reviews an image.
	Inspect bool
	// SBOM leaves findings out: packages, coverage and unread only.
	SBOM bool
	// Time stands for the time of the scan where it is set (SOURCE_DATE_EPOCH).
	Time time.Time
	// Nothing says why a view shows nothing; a table puts it below its head.
	Nothing finding.Text
	// Command is how we are called, for the commands that a table proposes.
	Command string
}

func (o Options) command() string { return cmp.Or(o.Command, "bulwark") }

// check gives the declaration of a check; one that is not known has its ID only.
func (o Options) check(id string) finding.Check {
	for _, c := range o.Checks {
		if c.ID == id {
			return c
		}
	}
	c := finding.Check{ID: id, Title: finding.T("report.check-unknown", id)}
	if strings.HasPrefix(id, secretChecks) { // of a user's own rule, which is not at hand
		c.Why, c.Fix = finding.T("secret.token.why"), finding.T("secret.token.fix")
	}
	return c
}

func (o Options) time(r *finding.Report) time.Time {
	if !o.Time.IsZero() {
		return o.Time.UTC()
	}
	return r.Started.UTC()
}

// Time reads SOURCE_DATE_EPOCH (reproducible-builds.org); zero when it is not set.
func Time(env func(string) string) (time.Time, error) {
	s := env("SOURCE_DATE_EPOCH")
	if s == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seconds < 0 || seconds > 253402300799 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds since 1970", s)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Writer is one form of a report.
type Writer interface {
	// Format is its name, as -o takes it.
	Format() string
	// Write writes the report, which it does not change.
	Write(w io.Writer, r *finding.Report, o Options) error
}

// Writers lists all forms, the default first.
func Writers() []Writer {
	return []Writer{tableWriter{}, jsonWriter{}, cyclonedxWriter{}, sarifWriter{}, htmlWriter{}}
}

// Formats lists the names of all forms.
func Formats() []string {
	var out []string
	for _, w := range Writers() {
		out = append(out, w.Format())
	}
	return out
}

func writerOf(format string) (Writer, bool) {
	for _, w := range Writers() {
		if w.Format() == format {
			return w, true
		}
	}
	return nil, false
}

// Target is one output: a form, and the file it goes to; an empty Path is
// standard output.
type Target struct{ Format, Path string }

// Parse reads one value of -o: "json", "json=-", "cyclonedx=a.json".
func Parse(spec string) (Target, error) {
	format, path, named := strings.Cut(spec, "=")
	if _, ok := writerOf(format); !ok {
		return Target{}, fmt.Errorf("output format %q is not one of %s", format, strings.Join(Formats(), ", "))
	}
	if named && path == "" {
		return Target{}, fmt.Errorf("output %q names no file", spec)
	}
	if path == "-" {
		path = ""
	}
	return Target{Format: format, Path: path}, nil
}

// ParseAll reads all values of -o; none is a table on standard output. Two to
// standard output or to one file would mix and are refused.
func ParseAll(specs []string) ([]Target, error) {
	if len(specs) == 0 {
		return []Target{{Format: Writers()[0].Format()}}, nil
	}
	var out []Target
	for _, s := range specs {
		t, err := Parse(s)
		if err != nil {
			return nil, err
		}
		for _, other := range out {
			if samePlace(other.Path, t.Path) {
				place := t.Path
				if place == "" {
					place = "standard output"
				}
				return nil, fmt.Errorf("outputs %s and %s both go to %s: give one of them a file (%s=FILE)", other.Format, t.Format, place, t.Format)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func samePlace(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

// Emit writes the report to every target. A file is written under another name
// beside it and then renamed, so that nobody reads half of one; it gets no
// colour and is not cut to the terminal's width. What can't be written does
// not keep the others from being written.
func Emit(r *finding.Report, targets []Target, stdout io.Writer, o Options) error {
	return emit(targets, stdout, o, func(out io.Writer, t Target, o Options) error {
		w, ok := writerOf(t.Format)
		if !ok {
			return errors.New("there is no such output format")
		}
		return w.Write(out, r, o)
	})
}

// emit gives each target to write.
func emit(targets []Target, stdout io.Writer, o Options, write func(io.Writer, Target, Options) error) error {
	var errs []error
	for _, t := range targets {
		if t.Path == "" {
			out := bufio.NewWriterSize(stdout, 64<<10)
			if err := errors.Join(write(out, t, o), out.Flush()); err != nil {
				errs = append(errs, fmt.Errorf("write %s: %w", t.Format, err))
			}
			continue
		}
		plain := o
		plain.Width, plain.Color = 0, false
		err := replaceFile(t.Path, func(f io.Writer) error {
			out := bufio.NewWriterSize(f, 64<<10)
			return errors.Join(write(out, t, plain), out.Flush())
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s to %s: %w", t.Format, t.Path, err))
		}
	}
	return errors.Join(errs...)
}

// replaceFile writes a file whole or not at all. What is there and is no
// regular file (a pipe, /dev/stderr) is written to as it is, and so is a file
// in a directory where no other may be made.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	mode := fs.FileMode(0o666)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return writeInPlace(path, 0, write)
		}
		mode = info.Mode().Perm()
	}
	f, err := os.OpenFile(fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrPermission) {
		return writeInPlace(path, os.O_TRUNC, write)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeInPlace(path string, flags int, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeEscaped writes JSON with what could do harm on a terminal, and still
// stands in strings after encoding, as escapes: DEL, C1 controls and characters
// that turn or hide text.
func writeEscaped(w io.Writer, doc []byte) error {
	from := 0
	for i := 0; i < len(doc); {
		if doc[i] < 0x7f {
			i++
			continue
		}
		r, n := rune(doc[i]), 1
		if doc[i] > 0x7f {
			r, n = decodeRune(doc[i:])
		}
		if isHarmful(r) {
			if _, err := w.Write(doc[from:i]); err != nil {
				return err
			}
			escape := fmt.Sprintf(`\u%04x`, r)
			if r > 0xffff {
				r -= 0x10000
				escape = fmt.Sprintf(`\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			}
			if _, err := io.WriteString(w, escape); err != nil {
				return err
			}
			from = i + n
		}
		i += n
	}
	_, err := w.Write(doc[from:])
	return err
}

// shown are the findings that a list shows and a verdict counts, and how many
// are not among them. A view of only the hidden or only the suppressed shows
// those.
type shown struct {
	results            []*finding.Result
	hidden, suppressed int
}

func (s *shown) of(check string) []*finding.Result {
	var out []*finding.Result
	for _, r := range s.results {
		if r.Check == check {
			out = append(out, r)
		}
	}
	return out
}

func findings(r *finding.Report) shown {
	var s shown
	wantHidden := slices.Contains(r.Filtered, "hidden=only")
	wantSuppressed := slices.Contains(r.Filtered, "suppressed=only")
	for i := range r.Results {
		res := &r.Results[i]
		switch {
		case !res.IsFinding():
		case res.Suppressed != nil && !wantSuppressed:
			s.suppressed++
		case res.Hidden && !wantHidden && !wantSuppressed && res.Check != finding.CheckNotScanned:
			s.hidden++
		default:
			s.results = append(s.results, res)
		}
	}
	return s
}

// isThere tells a package that is there from one that is only in the history.
func isThere(p finding.Package) bool { return !p.Hidden }

// packagesByID finds the packages that results name.
func packagesByID(r *finding.Report) map[string]*finding.Package {
	m := make(map[string]*finding.Package, len(r.Packages))
	for i := range r.Packages {
		m[r.Packages[i].ID] = &r.Packages[i]
	}
	return m
}

// encode writes a value as indented JSON, cleaned.
func encode(w io.Writer, v any) error {
	var b bytes.Buffer
	if err := encodeTo(&b, v); err != nil {
		return err
	}
	return writeEscaped(w, b.Bytes())
}
