package advisory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// BuildConfig says what to build a database from.
type BuildConfig struct {
	// Output is the file to make. It is replaced by rename when everything
	// succeeded, and not touched otherwise.
	Output string
	// Sources are, in the order given, folders (with all.zip, with
	// <ecosystem>/all.zip, or with OSV documents), zips, and http(s) addresses of
	// zips. Of two documents with one ID the one modified last counts.
	Sources []string
	// Texts keeps summaries and descriptions.
	Texts bool
	// WithoutFacts leaves the embedded facts out.
	WithoutFacts bool

	// Now is the time of the build: no record can have been modified after it, so
	// that a later date does not make the data look fresher than it is. Zero means
	// the clock's; a build that shall give the same bytes at any time sets it.
	Now time.Time

	// Client for downloads; nil for one with sensible timeouts.
	Client *http.Client
	// MaxDownload bounds one download; 0 for 4 GiB.
	MaxDownload int64
	// Retries of one download beside the first try; 0 for 5.
	Retries int
	// Silence is how long a server may send nothing; 0 for a minute.
	Silence time.Duration
	// Wait sleeps between tries; nil for one that honours ctx.
	Wait func(ctx context.Context, d time.Duration) error
	// Progress is called now and then; it may be nil.
	Progress func(Progress)
	Log      *slog.Logger
}

// Progress tells how far a build is.
type Progress struct {
	// Step is "download", "read", "write".
	Step   string
	Source string
	// Done of Total bytes; Total is 0 when it is not known.
	Done, Total int64
	// Documents read so far, of this source.
	Documents int
}

// Stats tell what a build made.
type Stats struct {
	Records, Flaws, Packages int
	Bytes                    int64
	Sources                  []SourceStats
	Coverage                 []table.Coverage
}

// SourceStats tell what was read of one source.
type SourceStats struct {
	Source    string
	Documents int
	// Rejected documents could not be read; Examples says why of the first few.
	Rejected int
	Examples []string
	// Future counts documents that say they were modified after the build, and
	// FutureExamples names the first few. They are in the database like all
	// others; their date is not taken for the date of the data.
	Future         int
	FutureExamples []string
	// Complete ecosystems are those that the source holds whole, as it says or
	// as OSV's own export.
	Complete []string
	// Part are ecosystems and releases of which the source has records, and nobody
	// says that they are all: nothing of them is known to be covered.
	Part []string
	// Resumed is true when a download went on where an earlier one had stopped.
	Resumed bool
}

// claim is the content of a coverage.json beside a zip, by which whoever offers
// the zip says that it holds an ecosystem's advisories whole:
//
//	{"ecosystem": "npm", "level": "full", "date": "2026-11-23", "source": "…"}
type claim struct {
	Ecosystem string                `json:"ecosystem"`
	Level     finding.CoverageLevel `json:"level"`
	Date      string                `json:"date"`
	Source    string                `json:"source"`
}

// claimFile is the name of a claim beside a zip.
const claimFile = "coverage.json"

// Build compiles the sources, joined to the embedded facts, into a database.
//
// An ecosystem's coverage becomes "full" only if a source is known to hold it
// whole: it was downloaded from OSV's public export ([Bucket]), or a
// coverage.json beside it says so; if every document of it could be read; and
// if the ecosystem's feed names flaws that are not fixed yet (else "partial").
// Such a source replaces the embedded records of the same databases. Any other
// source adds records, and its ecosystem is "partial" unless it was full.
//
// The same sources give the same bytes. Only where a record claims to be of the
// future does the day of the build matter; see BuildConfig.Now.
//
// The error says which source failed, and of a download where its part is;
// Output is then as it was. Parts of interrupted downloads, and downloads that are
// whole and good, stay beside Output and are gone on with next time; others are
// removed. Nothing that another user may have put in a part's place is touched.
func Build(ctx context.Context, cfg BuildConfig) (Stats, error) {
	b := &builder{cfg: cfg, log: cfg.Log}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if err := b.setToday(); err != nil {
		return Stats{}, err
	}
	if cfg.Output == "" {
		return Stats{}, errors.New("build advisory database: no output file named")
	}
	b.c = compile.New(compile.Options{Name: "db build", Texts: cfg.Texts})
	if !cfg.WithoutFacts {
		if err := b.addFacts(); err != nil {
			return Stats{}, err
		}
	}
	for _, s := range cfg.Sources {
		if err := b.add(ctx, s); err != nil {
			return Stats{}, fmt.Errorf("advisories from %s: %w", s, err)
		}
	}
	stats, err := b.write(ctx)
	if err != nil {
		return Stats{}, err
	}
	for _, f := range b.downloads {
		f.remove()
	}
	return stats, nil
}

// setToday takes the day of the build. A clock that is behind the facts in this
// program is wrong, and they are the better clock.
func (b *builder) setToday() error {
	if !b.cfg.Now.IsZero() {
		b.today = dayOf(b.cfg.Now)
		return nil
	}
	facts, err := Embedded()
	if err != nil {
		return fmt.Errorf("embedded facts: %w", err)
	}
	b.today = max(dayOf(time.Now()), facts.file.Day())
	return nil
}

// dayOf cuts a time to its day.
func dayOf(t time.Time) table.Day { return compile.ParseDay(t.UTC().Format(time.DateOnly)) }

type builder struct {
	// today is the day of the build.
	today     table.Day
	cfg       BuildConfig
	log       *slog.Logger
	c         *compile.Builder
	embedded  map[string]bool // IDs of embedded records
	stats     []SourceStats
	downloads []*download
}

func (b *builder) progress(p Progress) {
	if b.cfg.Progress != nil {
		b.cfg.Progress(p)
	}
}

func (b *builder) addFacts() error {
	db, err := Embedded()
	if err != nil {
		return fmt.Errorf("embedded facts: %w", err)
	}
	m, err := db.file.Model()
	if err != nil {
		return fmt.Errorf("embedded facts: %w", err)
	}
	b.c.AddModel(m)
	b.embedded = make(map[string]bool, len(m.Records))
	for i := range m.Records {
		b.embedded[m.Records[i].ID] = true
	}
	return nil
}

// add reads one source, of whatever kind.
func (b *builder) add(ctx context.Context, source string) error {
	if u, err := url.Parse(source); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return b.addURL(ctx, u)
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return b.addZip(ctx, source, source, readClaim(filepath.Join(filepath.Dir(source), claimFile)))
	}
	zips, err := zipsOf(source)
	if err != nil {
		return err
	}
	if len(zips) == 0 {
		return b.addDocuments(ctx, source)
	}
	for _, z := range zips {
		if err := b.addZip(ctx, z, z, readClaim(filepath.Join(filepath.Dir(z), claimFile))); err != nil {
			return fmt.Errorf("%s: %w", z, err)
		}
	}
	return nil
}

// zipsOf gives dir/all.zip and dir/*/all.zip, sorted.
func zipsOf(dir string) ([]string, error) {
	var out []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	candidates := []string{filepath.Join(dir, "all.zip")}
	for _, e := range entries {
		candidates = append(candidates, filepath.Join(dir, e.Name(), "all.zip"))
	}
	for _, c := range candidates {
		info, err := os.Stat(c)
		switch {
		case err == nil && info.Mode().IsRegular():
			out = append(out, c)
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not a directory"):
			return nil, err
		}
	}
	return out, nil
}

// claimResult is a claim, or why there is none.
type claimResult struct {
	claims []claim
	err    error
}

func readClaim(path string) claimResult {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return claimResult{}
	}
	if err != nil {
		return claimResult{err: err}
	}
	defer f.Close()
	return parseClaim(json.NewDecoder(f))
}

// parseClaim reads one claim or a list of them.
func parseClaim(d *json.Decoder) claimResult {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return claimResult{err: fmt.Errorf("read %s: %w", claimFile, err)}
	}
	var list []claim
	if json.Unmarshal(raw, &list) != nil {
		var one claim
		if err := json.Unmarshal(raw, &one); err != nil {
			return claimResult{err: fmt.Errorf("read %s: %w", claimFile, err)}
		}
		list = []claim{one}
	}
	for _, c := range list {
		if c.Ecosystem == "" || c.Level != finding.CoverageFull && c.Level != finding.CoveragePartial {
			return claimResult{err: fmt.Errorf("%s: ecosystem, and a level of full or partial, must be named", claimFile)}
		}
		if c.Date != "" && compile.ParseDay(c.Date) == 0 {
			return claimResult{err: fmt.Errorf("%s: date %q is not YYYY-MM-DD", claimFile, c.Date)}
		}
	}
	return claimResult{claims: list}
}

func (b *builder) addURL(ctx context.Context, u *url.URL) error {
	d, err := b.download(ctx, u.String())
	if err != nil {
		return err
	}
	b.downloads = append(b.downloads, d)
	claims := bucketClaim(u)
	if claims == nil {
		r := b.fetchClaim(ctx, u)
		if r.err != nil {
			d.remove()
			return fmt.Errorf("downloaded to %s: %w", d.path, r.err)
		}
		claims = r.claims
	}
	err = b.addZip(ctx, d.path, u.String(), claimResult{claims: claims})
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		d.remove() // it came whole and is no good: the next try must not go on with it
	}
	return fmt.Errorf("downloaded to %s: %w", d.path, err)
}

// everything stands for all ecosystems that a zip has documents of.
const everything = "*"

// bucketClaim: OSV's own export holds an ecosystem whole.
func bucketClaim(u *url.URL) []claim {
	path := ""
	switch {
	case u.Scheme == "https" && u.Host == "osv-vulnerabilities.storage.googleapis.com":
		path = u.Path
	case u.Scheme == "https" && u.Host == "storage.googleapis.com" && strings.HasPrefix(u.Path, "/osv-vulnerabilities/"):
		path = strings.TrimPrefix(u.Path, "/osv-vulnerabilities")
	default:
		return nil
	}
	ecosystem, found := strings.CutSuffix(strings.TrimPrefix(path, "/"), "/all.zip")
	switch {
	case path == "/all.zip":
		ecosystem = everything
	case !found || ecosystem == "" || strings.Contains(ecosystem, "/"):
		return nil
	}
	return []claim{{Ecosystem: ecosystem, Level: finding.CoverageFull, Source: "OSV"}}
}

func (b *builder) addZip(ctx context.Context, path, shownAs string, claims claimResult) error {
	if claims.err != nil {
		return claims.err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum, err := hashFile(f)
	if err != nil {
		return err
	}
	r := b.newReading(shownAs, claims.claims)
	if err := osv.ReadZip(ctx, f, info.Size(), r.each); err != nil {
		return err
	}
	return r.finish(sum)
}

func (b *builder) addDocuments(ctx context.Context, dir string) error {
	claims := readClaim(filepath.Join(dir, claimFile))
	if claims.err != nil {
		return claims.err
	}
	r := b.newReading(dir, claims.claims)
	if err := osv.ReadDir(ctx, os.DirFS(dir), r.each); err != nil {
		return err
	}
	return r.finish("")
}

// reading is one source being read.
type reading struct {
	b      *builder
	stats  SourceStats
	claims []claim
	// keys are the ecosystems and releases met, with the newest day of each;
	// kinds count documents by ecosystem without release.
	keys     map[string]table.Day
	kinds    map[string]int
	ids      map[string]bool
	prefixes map[string]bool
	newest   table.Day
}

func (b *builder) newReading(source string, claims []claim) *reading {
	return &reading{
		b: b, stats: SourceStats{Source: source}, claims: claims, keys: make(map[string]table.Day), kinds: make(map[string]int),
		ids: make(map[string]bool), prefixes: make(map[string]bool),
	}
}

const maxExamples = 5

func (r *reading) each(name string, d *osv.Document, err error) error {
	if err != nil {
		r.stats.Rejected++
		if len(r.stats.Examples) < maxExamples {
			r.stats.Examples = append(r.stats.Examples, name+": "+err.Error())
		}
		return nil
	}
	r.stats.Documents++
	if r.stats.Documents%4096 == 0 {
		r.b.progress(Progress{Step: "read", Source: r.stats.Source, Documents: r.stats.Documents})
	}
	r.b.c.Add(d)
	r.ids[d.ID] = true
	r.prefixes[database(d.ID)] = true
	modified := r.plausible(d)
	r.newest = max(r.newest, modified)
	counted := ""
	for i := range d.Affected {
		eco, _, ok := compile.Normalize(d.Affected[i].Ecosystem, d.Affected[i].Name)
		if !ok {
			continue
		}
		r.keys[eco] = max(r.keys[eco], modified)
		if kind := kindOf(eco); kind != counted {
			counted = kind
			r.kinds[kind]++
		}
	}
	return nil
}

// plausible gives the day on which a document was modified, as far as it says
// something of how fresh the data is. One after the build, by a slip of a year or
// for a fix announced ahead, says nothing: the day of its publication stands for
// it. A day of grace is left for clocks.
func (r *reading) plausible(d *osv.Document) table.Day {
	modified := dayOf(d.Modified)
	if modified <= r.b.today+1 {
		return modified
	}
	r.stats.Future++
	if len(r.stats.FutureExamples) < maxExamples {
		r.stats.FutureExamples = append(r.stats.FutureExamples, d.ID+" "+compile.DayString(modified))
	}
	if published := dayOf(d.Published); published <= r.b.today+1 {
		return published
	}
	return 0
}

// about reports whether the source is on the ecosystem, and does not just have
// some documents that name it beside another.
func (r *reading) about(key string) bool { return r.kinds[kindOf(key)]*20 >= r.stats.Documents }

// database is the part of an ID that names its database: "DEBIAN-CVE", "PYSEC".
func database(id string) string {
	for i := 0; i < len(id); i++ {
		if '0' <= id[i] && id[i] <= '9' {
			return id[:i]
		}
	}
	name, _, _ := strings.Cut(id, "-")
	return name
}

func kindOf(key string) string {
	kind, _, _ := strings.Cut(key, ":")
	return kind
}

// finish works out what the source means for the coverage.
func (r *reading) finish(sum string) error {
	if r.stats.Documents == 0 {
		return errors.New("no OSV document in it")
	}
	b := r.b
	date := compile.DayString(r.newest)
	whole := make(map[string]claim)
	for _, c := range r.claims {
		for key := range r.keys {
			if c.Ecosystem == everything || c.Ecosystem == key || c.Ecosystem == kindOf(key) {
				whole[key] = c
			}
		}
	}
	for key, day := range r.keys {
		c, claimed := whole[key]
		if claimed {
			b.c.SetCoverage(r.claimed(key, c, day))
			if !slices.Contains(r.stats.Complete, key) && c.Level == finding.CoverageFull {
				r.stats.Complete = append(r.stats.Complete, key)
			}
			continue
		}
		if !r.about(key) {
			continue
		}
		// More records do no harm to what was known before.
		if have, ok := b.c.Coverage(key); ok {
			if have.Level != finding.CoverageFull {
				have.Limits = slices.DeleteFunc(slices.Clone(have.Limits), func(t finding.Text) bool { return t.ID == "coverage.supplied" })
				have.Limits = append(have.Limits, finding.T("coverage.supplied", compile.DayString(day)))
				b.c.SetCoverage(have)
			}
			continue
		}
		get := ""
		if slices.Contains(exported, kindOf(key)) {
			get = kindOf(key)
		}
		r.stats.Part = append(r.stats.Part, key)
		b.c.SetCoverage(table.Coverage{
			Key: key, Level: finding.CoveragePartial, Date: compile.DayString(day), Known: table.KnownNone, Get: get,
			Limits: []finding.Text{finding.T("coverage.supplied", compile.DayString(day))},
		})
	}
	r.replaceEmbedded(whole)
	slices.Sort(r.stats.Complete)
	slices.Sort(r.stats.Part)
	b.c.AddInput(table.Input{File: r.stats.Source, SHA256: sum, Documents: r.stats.Documents, Date: date})
	if r.stats.Rejected > 0 {
		b.log.Warn("documents could not be read", "source", r.stats.Source, "rejected", r.stats.Rejected, "example", r.stats.Examples[0])
	}
	b.stats = append(b.stats, r.stats)
	return nil
}

func (r *reading) claimed(key string, c claim, day table.Day) table.Coverage {
	out := table.Coverage{Key: key, Level: c.Level, Date: compile.DayString(day), Known: table.KnownAll}
	if c.Date != "" && compile.ParseDay(c.Date) <= r.b.today+1 {
		out.Date = c.Date
	}
	if slices.Contains(fixedOnly, kindOf(key)) {
		out.Level = finding.CoveragePartial
		out.Limits = append(out.Limits, finding.T("coverage.unfixed"))
	}
	if kindOf(key) == "Go" {
		out.Limits = append(out.Limits, finding.T("coverage.go.symbols"))
	}
	if r.stats.Rejected > 0 {
		out.Level = finding.CoveragePartial
		out.Limits = append(out.Limits, finding.T("coverage.rejected", fmt.Sprint(r.stats.Rejected)))
	}
	if c.Level == finding.CoveragePartial {
		out.Known = table.KnownNone
		out.Limits = append(out.Limits, finding.T("coverage.supplied", out.Date))
	}
	return out
}

// replaceEmbedded drops embedded records of databases that the source holds
// whole: what it does not have any more was taken back.
func (r *reading) replaceEmbedded(whole map[string]claim) {
	if len(r.b.embedded) == 0 || len(whole) == 0 {
		return
	}
	kinds := make(map[string]bool)
	for key, c := range whole {
		if c.Level == finding.CoverageFull {
			kinds[kindOf(key)] = true
		}
	}
	r.b.c.Remove(func(id string, ecosystems []string) bool {
		if !r.b.embedded[id] || r.ids[id] || !r.prefixes[database(id)] || len(ecosystems) == 0 {
			return false
		}
		for _, e := range ecosystems {
			if !kinds[kindOf(e)] {
				return false
			}
		}
		return true
	})
}

// write makes the file beside the output and puts it in its place.
func (b *builder) write(ctx context.Context) (Stats, error) {
	b.progress(Progress{Step: "write", Source: b.cfg.Output})
	m := b.c.Model()
	content, err := table.Write(m)
	if err != nil {
		return Stats{}, fmt.Errorf("build advisory database: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return Stats{}, err
	}
	if err := replaceFile(b.cfg.Output, content); err != nil {
		return Stats{}, fmt.Errorf("write advisory database: %w", err)
	}
	return Stats{
		Records: len(m.Records), Flaws: len(m.Flaws), Packages: len(m.Packages), Bytes: int64(len(content)), Sources: b.stats, Coverage: m.Meta.Coverage,
	}, nil
}

// replaceFile writes content to a new file beside path and renames it there, so
// that a reader sees the old file or the new one, and a full disk leaves the old.
func replaceFile(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".bwdb-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()           // the first error counts
			_ = os.Remove(f.Name()) // nothing more can be done about it
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// Some file systems cannot sync a folder; the rename is done all the same.
	if d, openErr := os.Open(dir); openErr == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
