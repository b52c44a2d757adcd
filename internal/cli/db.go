package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"bulwark/internal/advisory"
	"bulwark/internal/finding"
	"bulwark/internal/report"
)

func (v *invocation) dbVerb() verb {
	return verb{
		use: "db", short: "cli.db.short", long: "cli.db.long",
		below: []verb{v.dbBuildVerb(), v.dbStatusVerb()},
	}
}

// openDatabase opens the file, or the built-in database when none is named.
func (v *invocation) openDatabase(path string) (*advisory.DB, error) {
	if path == "" {
		db, err := advisory.Embedded()
		if err != nil {
			return nil, failure(finding.T("cli.db-embedded"), err)
		}
		return db, nil
	}
	db, err := advisory.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, failure(finding.T("cli.db-open", path), errors.New(reasonOf(err))).withHint("cli.hint.db")
	case err != nil:
		return nil, failure(finding.T("cli.db-open", path), err).withHint("cli.hint.db")
	}
	// A file that was damaged since it was built would answer "no known
	// vulnerability" for what it lost: 14 MB take about 10 ms.
	if err := db.Verify(); err != nil {
		_ = db.Close() // the first error counts
		return nil, failure(finding.T("cli.db-open", path), err).withHint("cli.hint.db")
	}
	return db, nil
}

type dbBuildOptions struct {
	out          string
	noTexts      bool
	withoutFacts bool
}

func (v *invocation) dbBuildVerb() verb {
	var o dbBuildOptions
	return verb{
		use: "build -o FILE SOURCE…", short: "cli.db-build.short", long: "cli.db-build.long",
		examples: []example{
			{"bulwark db build -o " + advisory.DefaultFile + " osv/npm/all.zip osv/Debian/all.zip", "cli.db-build.example"},
			{"bulwark db build -o " + advisory.DefaultFile + " https://mirror.example/osv/npm/all.zip", "cli.db-build.example.http"},
		},
		exits: []int{exitOK, exitError, exitIncomplete},
		least: 1, most: -1, missing: "SOURCE",
		flags: func(fs *pflag.FlagSet) {
			fs.StringVarP(&o.out, "output", "o", "", v.T("cli.flag.db-output"))
			fs.BoolVar(&o.noTexts, "no-texts", false, v.T("cli.flag.no-texts"))
			fs.BoolVar(&o.withoutFacts, "without-facts", false, v.T("cli.flag.without-facts"))
		},
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			if o.out == "" {
				return usageError(finding.T("cli.db-build.no-output")).withHint("cli.hint.help", "bulwark db build")
			}
			return v.runDBBuild(ctx, o, args)
		},
	}
}

func (v *invocation) runDBBuild(ctx context.Context, o dbBuildOptions, sources []string) error {
	if err := writable(o.out); err != nil {
		return failure(finding.T("cli.output.file", o.out), err)
	}
	now, err := report.Time(v.env.get)
	if err != nil {
		return usageError(finding.T("cli.env.value", "SOURCE_DATE_EPOCH")).because(err)
	}
	p := v.startProgress()
	defer p.stop()
	stats, err := advisory.Build(ctx, advisory.BuildConfig{
		Output: o.out, Sources: sources, Texts: !o.noTexts, WithoutFacts: o.withoutFacts, Now: now, Log: v.log,
		Progress: func(s advisory.Progress) {
			p.update(stage{doing: v.buildStep(s), bytes: s.Done, ofBytes: s.Total})
		},
	})
	p.stop()
	if err != nil {
		return failure(finding.T("cli.db-build.failed"), err)
	}
	rejected := 0
	for _, s := range stats.Sources {
		rejected += s.Rejected
		if v.general.quiet && s.Rejected == 0 {
			continue
		}
		v.printf("%s\n", v.T("cli.db-build.source", s.Source, strconv.Itoa(s.Documents)))
		if len(s.Part) > 0 {
			v.printf("  %s\n", v.T("cli.db-build.part", strings.Join(s.Part, ", ")))
		}
		if s.Future > 0 {
			v.printf("  %s\n", v.T("cli.db-build.future", strconv.Itoa(s.Future), strings.Join(s.FutureExamples, ", ")))
		}
		if s.Rejected > 0 {
			v.printf("  %s\n", v.T("cli.db-build.rejected", strconv.Itoa(s.Rejected)))
			for _, e := range s.Examples {
				v.printf("    %s\n", report.Clean(e))
			}
		}
	}
	if !v.general.quiet {
		v.printf("%s\n", v.T("cli.db-build.done", o.out, strconv.Itoa(stats.Records), strconv.Itoa(stats.Packages), bytesText(stats.Bytes)))
		v.printf("%s\n", v.T("cli.db-build.use", o.out))
	}
	if rejected > 0 {
		return exitStatus(exitIncomplete)
	}
	return nil
}

func (v *invocation) buildStep(s advisory.Progress) string {
	switch s.Step {
	case "download":
		return v.T("cli.db-build.download", s.Source)
	case "read":
		return v.T("cli.db-build.read", s.Source, strconv.Itoa(s.Documents))
	default:
		return v.T("cli.db-build.write")
	}
}

func (v *invocation) dbStatusVerb() verb {
	var o struct{ db, format string }
	return verb{
		use: "status", short: "cli.db-status.short", long: "cli.db-status.long",
		examples: []example{
			{"bulwark db status", "cli.db-status.example"},
			{"bulwark db status --db " + advisory.DefaultFile + " -o json", "cli.db-status.example.file"},
		},
		exits: []int{exitOK, exitError},
		flags: func(fs *pflag.FlagSet) {
			v.bind(fs, "db", &o.db)
			v.bindFormat(fs, &o.format)
		},
		run: func(_ context.Context, _ *pflag.FlagSet, _ []string) error {
			return v.runDBStatus(o.db, o.format)
		},
	}
}

func (v *invocation) runDBStatus(path, format string) error {
	asJSON, err := wantsJSON(format)
	if err != nil {
		return err
	}
	db, err := v.openDatabase(path)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Verify(); err != nil {
		return failure(finding.T("cli.db-open", db.Info().Name), err).withHint("cli.hint.db")
	}
	st, err := db.Status(v.now())
	if err != nil {
		return failure(finding.T("cli.db-open", db.Info().Name), err).withHint("cli.hint.db")
	}
	if asJSON {
		return v.writeJSON(st)
	}
	name := st.Name
	if path == "" {
		name = v.T("cli.db-status.embedded")
	}
	rows := [][2]string{
		{v.T("cli.db-status.name"), report.Clean(name) + ", " + bytesText(int64(st.Bytes))},
		{v.T("cli.db-status.date"), v.T("cli.db-status.age", st.Date, strconv.Itoa(st.AgeDays))},
		{v.T("cli.db-status.records"), v.T("cli.db-status.counts", strconv.Itoa(st.Records), strconv.Itoa(st.Flaws), strconv.Itoa(st.Packages))},
		{v.T("cli.db-status.hash"), report.Clean(st.Hash)},
	}
	names := 0
	for _, r := range rows {
		names = max(names, report.Columns(r[0]))
	}
	for _, r := range rows {
		v.printf("%s  %s\n", pad(r[0], names), r[1])
	}
	v.printf("\n%s\n", v.T("cli.db-status.coverage"))
	v.writeCoverage(st)
	return nil
}

// writeCoverage prints what the data can say of each ecosystem and release.
// Releases of one distribution of which the same is said stand in one line.
func (v *invocation) writeCoverage(st advisory.Status) {
	type line struct {
		keys       []string
		level      string
		date, said string
	}
	var lines []line
	for _, c := range st.Coverage {
		limits := make([]string, 0, len(c.Limits))
		for _, t := range c.Limits {
			limits = append(limits, v.text(t))
		}
		l := line{[]string{c.Key}, v.levelText(c.Level), c.Date, strings.Join(limits, "; ")}
		base, release, isRelease := strings.Cut(c.Key, ":")
		if n := len(lines) - 1; n >= 0 && isRelease {
			last := &lines[n]
			lastBase, _, _ := strings.Cut(last.keys[0], ":")
			if lastBase == base && last.level == l.level && last.date == l.date && last.said == l.said {
				last.keys = append(last.keys, release)
				continue
			}
		}
		lines = append(lines, l)
	}
	for _, l := range lines {
		p := page{width: v.helpWidth()}
		p.columns(strings.Join(l.keys, ", "), fmt.Sprintf("%s  %s", pad(l.level, 8), l.date), 30)
		if l.said != "" {
			p.columns("", l.said, 30)
		}
		v.printf("%s", p.String())
	}
}

func (v *invocation) levelText(l finding.CoverageLevel) string {
	switch l {
	case finding.CoverageFull:
		return v.T("cli.level.full")
	case finding.CoveragePartial:
		return v.T("cli.level.partial")
	default:
		return v.T("cli.level.none")
	}
}
