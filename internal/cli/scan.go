package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bulwark/internal/advisory"
	"bulwark/internal/advisory/vex"
	"bulwark/internal/finding"
	"bulwark/internal/image"
	"bulwark/internal/image/cache"
	"bulwark/internal/image/source"
)

// scanOptions are the settings of scan and sbom.
type scanOptions struct {
	scanners []string
	// secretRules is a file with rules of the user's own.
	secretRules string
	platform    string
	allImages   bool
	verify      bool
	noInPlace   bool
	noCache     bool
	cache       string
	timeout     time.Duration
	db          string
	vex         []string
	verdict     verdictOptions
	view        viewOptions
	// inspect shows the image to a person who reviews it.
	inspect bool
	// plain keeps inspect from opening the browser.
	plain bool
	// browse opens the terminal browser instead of writing the view.
	browse bool
	// packagesOnly is sbom: no advisories, no gate.
	packagesOnly bool
}

func (v *invocation) scanVerb() verb {
	var o scanOptions
	return verb{
		use: "scan [SOURCE:]REF…", short: "cli.scan.short", long: "cli.scan.long",
		examples: []example{
			{"bulwark scan myapp:dev", "cli.scan.example"},
			{"bulwark scan --fail-on high,fixable myapp:dev", "cli.scan.example.gate"},
			{"bulwark scan -o table -o json=report.json -o sarif=report.sarif archive:image.tar", "cli.scan.example.output"},
			{"docker save myapp:dev | bulwark scan archive:-", "cli.scan.example.stdin"},
			{"bulwark scan dir:.", "cli.scan.example.dir"},
			{"bulwark scan --all-images", "cli.scan.example.all"},
		},
		exits: []int{exitOK, exitError, exitGate, exitIncomplete},
		most:  -1,
		flags: func(fs *pflag.FlagSet) {
			v.scanFlags(fs, &o)
			v.bind(fs, "all-images", &o.allImages)
		},
		complete: v.completeImages,
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			switch {
			case o.allImages && len(args) > 0:
				return usageError(finding.T("cli.scan.all-and-some", args[0]))
			case !o.allImages && len(args) == 0:
				return usageError(finding.T("cli.argument-missing", "[SOURCE:]REF")).withHint("cli.hint.scan")
			}
			return v.runScan(ctx, o, args)
		},
	}
}

// scanFlags are the flags that config view shows too.
func (v *invocation) scanFlags(fs *pflag.FlagSet, o *scanOptions) {
	v.bind(fs, "scanners", &o.scanners)
	v.bind(fs, "secret-rules", &o.secretRules)
	v.sourceFlags(fs, o)
	v.bind(fs, "db", &o.db)
	v.bind(fs, "vex", &o.vex)
	v.verdictFlags(fs, &o.verdict)
	v.viewFlags(fs, &o.view)
}

func (v *invocation) sourceFlags(fs *pflag.FlagSet, o *scanOptions) {
	v.bind(fs, "platform", &o.platform)
	v.bind(fs, "verify", &o.verify)
	v.bind(fs, "no-in-place", &o.noInPlace)
	v.bind(fs, "no-cache", &o.noCache)
	v.bind(fs, "cache", &o.cache)
	v.bind(fs, "timeout", &o.timeout)
}

// scan is one run of scan or sbom over its subjects.
type scan struct {
	v          *invocation
	o          scanOptions
	gate       finding.GateOptions
	out        *output
	db         *advisory.DB
	vex        []*vex.Document
	exceptions []sourcedException
	stdin      *os.File
	cache      *cache.Cache
	families   []image.Family
	rules      []byte // the user's own, of credentials
	progress   *progress
	sum        summary
	listing    listing // what the layers brought, for the browser only
}

func (v *invocation) runScan(ctx context.Context, o scanOptions, refs []string) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, errTimeout)
		defer cancel()
	}
	s := &scan{v: v, o: o}
	if err := s.prepare(len(refs) > 1 || o.allImages); err != nil {
		return err
	}
	subjects := make([]subject, 0, len(refs))
	for _, r := range refs {
		subjects = append(subjects, subject{ref: r})
	}
	if o.allImages {
		var err error
		if subjects, err = v.localImages(ctx); err != nil {
			return err
		}
	}
	s.progress = v.startProgress()
	defer s.progress.stop()
	code := exitOK
	for _, sub := range subjects {
		c, err := s.one(ctx, sub)
		if err != nil {
			if len(subjects) == 1 || stopped(ctx) {
				return err
			}
			s.progress.pause()
			c = v.end(ctx, err)
			s.sum.failed(sub)
		}
		code = worst(code, c)
	}
	s.progress.stop()
	if err := s.cache.Trouble(); err != nil {
		v.note(finding.T("cli.cache.unkept", v.printer.Sentence(err.Error())))
	}
	if len(subjects) > 1 && s.out.table() {
		s.writeSummary()
	}
	if code != exitOK {
		return exitStatus(code)
	}
	return nil
}

// platformForm is os/arch[/variant], as OCI writes platforms.
var platformForm = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?$`)

// prepare does everything that can go wrong before the first byte is read.
func (s *scan) prepare(many bool) error {
	v := s.v
	var err error
	if p := s.o.platform; p != "" && !platformForm.MatchString(p) {
		return v.wrongSetting("platform", usageError(finding.T("cli.value.platform", p)))
	}
	if s.families = families(s.o.scanners); s.o.packagesOnly {
		s.families = []image.Family{image.Vulnerabilities}
	}
	if len(s.families) == 0 {
		return usageError(finding.T("cli.scan.nothing")).withHint("cli.hint.sbom")
	}
	if s.gate, err = v.gate(s.o.verdict); err != nil {
		return err
	}
	if s.out, err = v.prepareOutput(s.o.view, many); err != nil {
		return err
	}
	s.out.options.SBOM = s.o.packagesOnly
	s.out.options.Inspect = s.o.inspect
	s.out.summaryOnly = s.o.allImages
	if s.exceptions, err = v.exceptions(); err != nil {
		return err
	}
	if s.stdin, err = standardInput(v.stdin); err != nil {
		return err
	}
	if slices.Contains(s.families, image.Secrets) || slices.Contains(s.families, image.Configuration) {
		if s.rules, err = v.secretRules(s.o.secretRules); err != nil {
			return err
		}
		s.out.options.Checks = v.checks()
	} else if s.o.secretRules != "" && v.config.origins["secret-rules"].kind == "flag" {
		v.note(finding.T("cli.secret-rules.unused"))
	}
	s.cache = v.openCache(s.o)
	if s.o.packagesOnly {
		return nil
	}
	if slices.Contains(s.families, image.Vulnerabilities) {
		if s.db, err = v.openDatabase(s.o.db); err != nil {
			return err
		}
	}
	for _, path := range s.o.vex {
		doc, err := vex.ReadFile(path)
		if err != nil {
			return failure(finding.T("cli.vex", path), err)
		}
		s.vex = append(s.vex, doc)
	}
	return nil
}

// one scans one subject, decides, and writes the report.
func (s *scan) one(ctx context.Context, sub subject) (int, error) {
	rep, err := s.read(ctx, sub)
	if err != nil {
		return 0, s.explainFailure(ctx, sub, err)
	}
	if err := s.complete(rep); err != nil {
		return 0, err
	}
	verdict := finding.Decide(rep, s.gate)
	rep.Verdict = &verdict
	s.progress.pause()
	if s.o.browse && rep.Image != nil {
		s.progress.stop()
		if err := s.v.browse(ctx, rep, &s.listing); err != nil {
			return 0, err
		}
		return verdict.ExitCode, nil
	}
	if err := s.out.write(rep); err != nil {
		return 0, err
	}
	s.sum.add(sub, rep)
	for _, e := range s.exceptions {
		if e.Concerns(rep.Subject) {
			s.sum.concerned[e] = true
		}
	}
	return verdict.ExitCode, nil
}

// complete finishes a report and applies what does not concern the user.
func (s *scan) complete(rep *finding.Report) error {
	finding.Finish(rep, s.v.checks())
	vex.Apply(rep, s.vex)
	if err := s.v.applyExceptions(rep, s.exceptions); err != nil {
		return err
	}
	if s.out.many {
		// Of several images an exception need match one only: the summary tells.
		rep.Exceptions = slices.DeleteFunc(rep.Exceptions, func(e finding.ExceptionUse) bool { return e.Problem == finding.ProblemImage })
	}
	return nil
}

// read scans one subject.
func (s *scan) read(ctx context.Context, sub subject) (*finding.Report, error) {
	v := s.v
	s.progress.update(stage{subject: sub.ref})
	o := image.Options{
		Source: source.Options{
			Ref: sub.ref, Platform: s.o.platform, Verify: s.o.verify, Stdin: s.stdin,
			Env: v.env.get, Log: v.log, NoInPlace: s.o.noInPlace,
		},
		Families: s.families, SecretRules: s.rules,
		Cache:   s.cache,
		TempDir: v.env.get("TMPDIR"),
		Log:     v.log,
		Tool:    finding.Tool{Name: "bulwark", Version: Version()},
		Progress: func(p image.Progress) {
			s.progress.update(stage{
				subject: sub.ref, layers: p.LayersDone, ofLayers: p.Layers,
				bytes: p.Bytes, ofBytes: p.Total, files: p.Files,
			})
		},
	}
	if s.db != nil {
		o.Match = s.match
	}
	if s.o.browse {
		o.Brought = s.listing.add
	}
	rep, err := image.Scan(ctx, o)
	if err != nil {
		return nil, err
	}
	v.detail(finding.T("cli.scan.way", sub.ref, v.printer.Sentence(rep.Source.Way)))
	for _, why := range rep.Source.Why {
		v.detail(finding.T("cli.error", v.printer.Sentence(why)))
	}
	return rep, nil
}

// match joins what the advisories say to a report.
func (s *scan) match(ctx context.Context, rep *finding.Report) error {
	answer, err := s.db.Match(ctx, advisory.Input{Packages: rep.Packages, OS: rep.Subject.OS})
	if err != nil {
		return err
	}
	info := s.db.Info()
	rep.Data = &info
	rep.Results = append(rep.Results, answer.Results...)
	rep.Coverage = append(rep.Coverage, answer.Coverage...)
	for i := range rep.Packages {
		rep.Packages[i].Coverage = answer.Packages[i]
	}
	return nil
}

// errTimeout is the cause of a context that --timeout ended.
var errTimeout = errors.New("--timeout")

// stopped tells whether nothing more can be scanned.
func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// explainFailure turns the error of a scan into a problem with a way out.
func (s *scan) explainFailure(ctx context.Context, sub subject, err error) error {
	var lost *source.NotFound
	var platform *source.PlatformError
	switch {
	case errors.Is(context.Cause(ctx), errTimeout):
		// A limit was met, and the scan does not say everything.
		return (&problem{code: exitIncomplete, text: finding.T("cli.scan.timeout", sub.ref, s.o.timeout.String())}).withHint("cli.hint.timeout")
	case ctx.Err() != nil:
		return err
	case errors.As(err, &platform):
		if platform.Absent {
			return failure(finding.T("cli.scan.platform-absent", sub.ref, platform.Want), nil).withHint("cli.hint.platform", platform.Want)
		}
		return failure(finding.T("cli.scan.platform", sub.ref, platform.Want, strings.Join(platform.Has, ", ")), nil).withHint("cli.hint.platform", platform.Want)
	case errors.As(err, &lost):
		p := failure(finding.T("cli.scan.not-found", lost.Ref), nil)
		for _, a := range lost.Tried {
			first, rest, _ := strings.Cut(a.Err.Error(), "\n")
			p.details = append(p.details, finding.T("cli.scan.tried", s.v.printer.Sentence(a.Place), s.v.sentence(first)))
			for line := range strings.SplitSeq(rest, "\n") {
				if line = strings.TrimSpace(line); line != "" {
					p.details = append(p.details, finding.T("cli.scan.tried-more", s.v.sentence(line)))
				}
			}
		}
		return p.withHint("cli.hint.not-found")
	case errors.Is(err, source.ErrGone):
		return &problem{code: exitError, text: finding.T("cli.scan.gone", sub.ref), cause: err}
	}
	return failure(finding.T("cli.scan.failed", sub.ref), err)
}

// subject is one thing to scan.
type subject struct {
	ref string
	// name is what the summary calls it; empty for ref.
	name string
	// more are further names of the same image.
	more int
}

// localImages lists every image of the local engine, each once.
func (v *invocation) localImages(ctx context.Context) ([]subject, error) {
	names, err := source.Images(ctx, source.Options{Env: v.env.get, Log: v.log})
	if err != nil {
		return nil, failure(finding.T("cli.scan.images"), err).withHint("cli.hint.doctor")
	}
	var list []subject
	seen := map[string]int{}
	for _, n := range names {
		if i, ok := seen[n.ID]; ok {
			list[i].more++
			continue
		}
		seen[n.ID] = len(list)
		list = append(list, subject{ref: "docker:" + n.Name, name: n.Name})
	}
	if len(list) == 0 {
		return nil, failure(finding.T("cli.scan.no-image"), nil).withHint("cli.hint.no-image")
	}
	slices.SortStableFunc(list, func(a, b subject) int { return compareNames(a.name, b.name) })
	return list, nil
}

// standardInput gives a file for what is no file: a source wants a descriptor
// that it can hand to the worker.
func standardInput(r io.Reader) (*os.File, error) {
	if f, ok := r.(*os.File); ok || r == nil {
		return f, nil
	}
	in, out, err := os.Pipe()
	if err != nil {
		return nil, failure(finding.T("cli.stdin"), err)
	}
	go func() {
		io.Copy(out, r) //nolint:errcheck // the reader sees a stream that breaks off
		out.Close()
	}()
	return in, nil
}
