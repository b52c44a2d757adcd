package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// viewOptions are the settings of what is shown, and in which forms.
type viewOptions struct {
	output     []string
	severity   []string
	fixed      bool
	unfixed    bool
	kev        bool
	path       []string
	layer      []string
	pkg        []string
	kind       []string
	check      []string
	id         []string
	hidden     string
	suppressed string
	all        bool
}

func (v *invocation) viewFlags(fs *pflag.FlagSet, o *viewOptions) {
	v.bind(fs, "output", &o.output)
	v.bind(fs, "severity", &o.severity)
	v.bind(fs, "fixed", &o.fixed)
	v.bind(fs, "unfixed", &o.unfixed)
	v.bind(fs, "kev", &o.kev)
	v.bind(fs, "path", &o.path)
	v.bind(fs, "layer", &o.layer)
	v.bind(fs, "package", &o.pkg)
	v.bind(fs, "type", &o.kind)
	v.bind(fs, "check", &o.check)
	v.bind(fs, "id", &o.id)
	v.bind(fs, "hidden", &o.hidden)
	v.bind(fs, "suppressed", &o.suppressed)
	v.bind(fs, "all", &o.all)
}

// filter makes the filter; what is wrong with it is a usage error.
func (v *invocation) filter(o viewOptions) (finding.Filter, error) {
	f := finding.Filter{Paths: o.path, Packages: o.pkg, Types: o.kind, Checks: o.check, IDs: o.id}
	var err error
	if len(o.severity) > 0 {
		if f.Severities, err = finding.ParseSeverities(strings.Join(o.severity, ",")); err != nil {
			return f, v.wrongSetting("severity", err)
		}
	}
	if o.fixed && o.unfixed {
		return f, usageError(finding.T("cli.contradiction", "--fixed", "--unfixed"))
	}
	if o.fixed {
		f.Fixed = finding.Only
	}
	if o.unfixed {
		f.Fixed = finding.Without
	}
	if o.kev {
		f.KEV = finding.Only
	}
	if f.Hidden, err = presence(o.hidden); err != nil {
		return f, v.wrongSetting("hidden", err)
	}
	if f.Suppressed, err = presence(o.suppressed); err != nil {
		return f, v.wrongSetting("suppressed", err)
	}
	for _, word := range o.layer {
		n, err := strconv.Atoi(word)
		if err != nil {
			return f, v.wrongSetting("layer", usageError(finding.T("cli.value.number", word)))
		}
		f.Layers = append(f.Layers, n)
	}
	if err := f.Validate(); err != nil {
		return f, usageError(finding.T("cli.filter")).because(err)
	}
	return f, nil
}

func presence(word string) (finding.Presence, error) {
	if word == "" {
		return finding.Any, nil
	}
	return finding.ParsePresence(word)
}

// targets reads the values of -o.
func (v *invocation) targets(specs []string) ([]report.Target, error) {
	targets, err := report.ParseAll(specs)
	if err != nil {
		return nil, v.wrongSetting("output", err)
	}
	return targets, nil
}

// subjectMark stands in the name of an output file for the name of the image.
const subjectMark = "{}"

// targetsFor puts the name of a subject into the files' names. used remembers
// the names given so far, so that no two subjects get the same file.
func targetsFor(targets []report.Target, subject string, used map[string]bool) []report.Target {
	out := make([]report.Target, len(targets))
	base := fileName(subject)
	name := base
	for n := 2; used[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	used[name] = true
	for i, t := range targets {
		t.Path = strings.ReplaceAll(t.Path, subjectMark, name)
		out[i] = t
	}
	return out
}

// fileName makes a file's name of an image's: no separators, no surprises.
func fileName(subject string) string {
	var b strings.Builder
	for _, r := range subject {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() >= 120 {
			break
		}
	}
	name := strings.Trim(b.String(), "-.")
	if name == "" {
		return "image"
	}
	return name
}

// reportOptions say how reports are written here.
func (v *invocation) reportOptions() report.Options {
	return report.Options{
		Lang:    v.printer.Lang(),
		Width:   v.width,
		Color:   v.terminal && v.env.get("NO_COLOR") == "",
		Checks:  v.checks(),
		Command: "bulwark",
	}
}
