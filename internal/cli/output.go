package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// output is where reports go, and what of them is shown.
type output struct {
	v       *invocation
	targets []report.Target
	filter  finding.Filter
	options report.Options
	many    bool
	// summaryOnly leaves the tables of single subjects out.
	summaryOnly bool
	used        map[string]bool
	written     int
}

// prepareOutput checks everything about the output that can be checked before
// the work begins: a scan of minutes must not end at a missing directory.
func (v *invocation) prepareOutput(view viewOptions, many bool) (*output, error) {
	o := &output{v: v, many: many, used: map[string]bool{}, options: v.reportOptions()}
	var err error
	if o.filter, err = v.filter(view); err != nil {
		return nil, err
	}
	if o.targets, err = v.targets(view.output); err != nil {
		return nil, err
	}
	o.options.All = view.all
	if o.options.Time, err = report.Time(v.env.get); err != nil {
		return nil, usageError(finding.T("cli.env.value", "SOURCE_DATE_EPOCH")).because(err)
	}
	for _, t := range o.targets {
		if t.Path == "" {
			continue
		}
		if many && !strings.Contains(t.Path, subjectMark) {
			return nil, usageError(finding.T("cli.output.one-file", t.Path)).withHint("cli.hint.subject-mark", t.Format)
		}
		if err := writable(t.Path); err != nil {
			return nil, failure(finding.T("cli.output.file", t.Path), err)
		}
	}
	return o, nil
}

// writable tells whether a file can be made or replaced there.
func writable(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err != nil {
		return errors.New(reasonOf(err))
	}
	if !info.IsDir() {
		return unix.ENOTDIR
	}
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return unix.EISDIR
		}
		if unix.Access(path, unix.W_OK) == nil {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return errors.New(reasonOf(err))
	}
	return unix.Access(dir, unix.W_OK|unix.X_OK)
}

// write writes one report, with its verdict, to every target.
func (o *output) write(rep *finding.Report) error {
	targets := o.targets
	if o.many {
		targets = targetsFor(targets, rep.Subject.Ref, o.used)
	}
	if o.summaryOnly {
		targets = slices.DeleteFunc(slices.Clone(targets), isScreenTable)
		if len(targets) == 0 {
			return nil
		}
	}
	view := rep
	options := o.options
	if !o.filter.IsZero() {
		view = o.filter.Apply(rep)
		o.noteLayers(rep)
		if options.Nothing = o.unmatched(rep, view); options.Nothing.ID != "" && !slices.ContainsFunc(targets, isScreenTable) {
			o.v.note(options.Nothing)
		}
	}
	if o.written > 0 && slices.ContainsFunc(targets, isScreenTable) {
		o.v.printf("\n")
	}
	o.written++
	if err := report.Emit(view, targets, o.v.stdout, options); err != nil {
		return failure(finding.T("cli.output"), err)
	}
	return nil
}

// noteLayers tells of layers that were asked for and are not there.
func (o *output) noteLayers(rep *finding.Report) {
	for _, n := range o.filter.Layers {
		switch {
		case n < len(rep.Layers):
		case len(rep.Layers) == 0:
			o.v.note(finding.T("cli.filter.no-layers", strconv.Itoa(n), rep.Subject.Ref))
		default:
			o.v.note(finding.T("cli.filter.layer", strconv.Itoa(n), rep.Subject.Ref, strconv.Itoa(len(rep.Layers)), strconv.Itoa(len(rep.Layers)-1)))
		}
	}
}

// unmatched says that a view is empty because of its filters, and what it leaves
// out: an empty page would look like a clean image. It has no ID where there is
// something to see, or would be nothing anyway.
func (o *output) unmatched(rep, view *finding.Report) finding.Text {
	flags := make([]string, 0, len(view.Filtered))
	for _, word := range view.Filtered {
		flags = append(flags, "--"+word)
	}
	filters := strings.Join(flags, " ")
	if o.options.SBOM {
		if len(view.Packages) > 0 || len(rep.Packages) == 0 {
			return finding.Text{}
		}
		return finding.T("cli.filter.no-package", filters, strconv.Itoa(len(rep.Packages)))
	}
	all := 0
	for i := range rep.Results {
		if res := &rep.Results[i]; res.IsFinding() && !res.Hidden && res.Suppressed == nil {
			all++
		}
	}
	byPackage := len(o.filter.Packages)+len(o.filter.Types)+len(o.filter.Paths)+len(o.filter.Layers) > 0
	switch {
	case slices.ContainsFunc(view.Results, func(r finding.Result) bool { return r.IsFinding() }):
		return finding.Text{}
	case byPackage && len(view.Packages) == 0 && len(rep.Packages) > 0:
		return finding.T("cli.filter.nothing", filters, strconv.Itoa(all), strconv.Itoa(len(rep.Packages)))
	case all == 0:
		return finding.Text{}
	case byPackage:
		return finding.T("cli.filter.packages-only", filters, strconv.Itoa(len(view.Packages)), strconv.Itoa(all))
	}
	return finding.T("cli.filter.no-finding", filters, strconv.Itoa(all))
}

// table reports whether standard output gets tables, and so a summary.
func (o *output) table() bool { return slices.ContainsFunc(o.targets, isScreenTable) }

func isScreenTable(t report.Target) bool { return t.Path == "" && t.Format == "table" }
