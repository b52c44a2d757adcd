// Package osv reads advisories in the OSV format (https://ossf.github.io/osv-schema/)
// from single documents, from zips as OSV's bulk export has them, and from
// folders.
//
// # Promises
//
// [Parse] is strict where a mistake would change what is affected: a document
// without an ID, with a range whose events cannot be read, or not JSON is an
// error. It is tolerant where it would not: fields not known are passed over,
// times that cannot be read are zero, and whatever publishers put into their
// own "specific" objects is taken if it has the expected type and else ignored.
//
// A document is at most [MaxDocument] bytes. Documents of a zip are read one by
// one; nothing is unpacked to disk and no name of a zip is used as a path.
package osv

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"
)

// Limits.
const (
	MaxDocument = 32 << 20
	// MaxDocuments of one zip or folder; OSV's largest ecosystem (npm) has some 250,000.
	MaxDocuments = 4_000_000
	// maxTotal bounds what all documents of one zip come to.
	maxTotal = 64 << 30
	maxDepth = 6
)

// ErrLimit says that something is larger than is read.
var ErrLimit = errors.New("limit met")

// Document is one advisory, as far as it is used.
type Document struct {
	ID                             string
	Modified, Published, Withdrawn time.Time
	Aliases, Upstream, Related     []string
	Summary, Details               string
	Severity                       []Severity
	Affected                       []Affected
	Specific                       Specific // database_specific
}

// Severity is a rating: Type "CVSS_V3" with a vector, or another type with a word.
type Severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

// Affected is a package and its versions.
type Affected struct {
	Ecosystem, Name string
	Severity        []Severity
	Ranges          []Range
	Versions        []string
	// Specific are database_specific and ecosystem_specific, the first winning.
	Specific Specific
	// Imports is true when ecosystem_specific narrows a Go module down to some
	// of its packages, which is not evaluated.
	Imports bool
	// Platforms are those that a Go module is affected on ("windows/*",
	// "*/ppc64le", "js/wasm"), sorted; nil when it is on all, or none is named.
	Platforms []string
}

// Range is a list of events of type SEMVER, ECOSYSTEM or GIT.
type Range struct {
	Type   string
	Events []Event
}

// EventKind says what happens at a version.
type EventKind uint8

// Kinds of events.
const (
	Introduced EventKind = iota
	Fixed
	LastAffected
	Limit
)

// Event is one bound of a range.
type Event struct {
	Kind    EventKind
	Version string
}

// Specific is what publishers say in their own fields.
type Specific struct {
	Severity      string
	Urgency       string // Debian's
	License       string
	Source        string
	Informational string // RustSec's
	Scores        []Score
	CWEs          []string
}

// Score is a CVSS score without its vector.
type Score struct {
	Version string // "2.0", "3.1", "4.0"
	Score   float64
}

type rawDocument struct {
	ID        string        `json:"id"`
	Modified  string        `json:"modified"`
	Published string        `json:"published"`
	Withdrawn string        `json:"withdrawn"`
	Aliases   []string      `json:"aliases"`
	Upstream  []string      `json:"upstream"`
	Related   []string      `json:"related"`
	Summary   string        `json:"summary"`
	Details   string        `json:"details"`
	Severity  []Severity    `json:"severity"`
	Affected  []rawAffected `json:"affected"`
	Specific  loose         `json:"database_specific"`
}

type rawAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity  []Severity `json:"severity"`
	Ranges    []rawRange `json:"ranges"`
	Versions  []string   `json:"versions"`
	Database  loose      `json:"database_specific"`
	Ecosystem loose      `json:"ecosystem_specific"`
}

type rawRange struct {
	Type   string     `json:"type"`
	Events []rawEvent `json:"events"`
}

type rawEvent struct {
	Introduced   *string `json:"introduced"`
	Fixed        *string `json:"fixed"`
	LastAffected *string `json:"last_affected"`
	Limit        *string `json:"limit"`
}

// loose is an object of which each field is read if it has the wanted type.
type loose map[string]json.RawMessage

// UnmarshalJSON takes anything: what is no object has no fields.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = nil
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err == nil {
		*l = m
	}
	return nil
}

func (l loose) text(key string) string {
	var s string
	if raw, ok := l[key]; !ok || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func (l loose) texts(key string) []string {
	raw, ok := l[key]
	if !ok {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	return nil
}

// maxPlatforms is more than Go has.
const maxPlatforms = 200

// platforms reads goos and goarch of the imports (https://go.dev/doc/security/vuln/database,
// "EcosystemSpecific"). One import without either means every platform, and so
// does what cannot be read: a mistake there must not hide a flaw.
func (l loose) platforms() []string {
	raw, ok := l["imports"]
	if !ok {
		return nil
	}
	var imports []struct {
		OS   []string `json:"goos"`
		Arch []string `json:"goarch"`
	}
	if json.Unmarshal(raw, &imports) != nil {
		return nil
	}
	all := []string{"*"}
	var out []string
	for _, i := range imports {
		if len(i.OS) == 0 && len(i.Arch) == 0 {
			return nil
		}
		if len(i.OS) == 0 {
			i.OS = all
		}
		if len(i.Arch) == 0 {
			i.Arch = all
		}
		if len(out)+len(i.OS)*len(i.Arch) > maxPlatforms {
			return nil
		}
		for _, os := range i.OS {
			for _, arch := range i.Arch {
				if !platformWord(os) || !platformWord(arch) {
					return nil
				}
				out = append(out, os+"/"+arch)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func platformWord(s string) bool {
	return s == "*" || s != "" && len(s) <= 20 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func (l loose) specific() Specific {
	if len(l) == 0 {
		return Specific{}
	}
	s := Specific{
		Severity: l.text("severity"), Urgency: l.text("urgency"), License: l.text("license"),
		Source: l.text("source"), Informational: l.text("informational"),
	}
	s.CWEs = append(l.texts("cwe_ids"), l.texts("cwe")...)
	for _, version := range [...]string{"4.0", "3.1", "2.0"} {
		raw, ok := l["cvss_v"+version[:1]+"_score"]
		var n float64
		if ok && json.Unmarshal(raw, &n) == nil && n >= 0 && n <= 10 {
			s.Scores = append(s.Scores, Score{version, n})
		}
	}
	return s
}

// Parse reads one document.
func Parse(b []byte) (*Document, error) {
	if len(b) > MaxDocument {
		return nil, fmt.Errorf("a document of %d bytes: %w", len(b), ErrLimit)
	}
	var raw rawDocument
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("not an OSV document: %w", err)
	}
	if !validID(raw.ID) {
		return nil, errors.New("not an OSV document: no usable id")
	}
	d := &Document{
		ID: raw.ID, Modified: readTime(raw.Modified), Published: readTime(raw.Published), Withdrawn: readTime(raw.Withdrawn),
		Aliases: validIDs(raw.Aliases), Upstream: validIDs(raw.Upstream), Related: validIDs(raw.Related),
		Summary: raw.Summary, Details: raw.Details, Severity: raw.Severity, Specific: raw.Specific.specific(),
	}
	if raw.Withdrawn != "" && d.Withdrawn.IsZero() {
		return nil, fmt.Errorf("%s: withdrawn at no time", d.ID)
	}
	for _, a := range raw.Affected {
		if a.Package.Name == "" {
			continue // commits of a repository only
		}
		if a.Package.Ecosystem == "" {
			return nil, fmt.Errorf("%s: package without ecosystem", d.ID)
		}
		out := Affected{
			Ecosystem: a.Package.Ecosystem, Name: a.Package.Name, Severity: a.Severity, Versions: a.Versions,
			Specific: merge(a.Database.specific(), a.Ecosystem.specific()),
		}
		_, out.Imports = a.Ecosystem["imports"]
		out.Platforms = a.Ecosystem.platforms()
		for _, r := range a.Ranges {
			events, err := readEvents(r.Events)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.ID, err)
			}
			out.Ranges = append(out.Ranges, Range{r.Type, events})
		}
		d.Affected = append(d.Affected, out)
	}
	return d, nil
}

func readEvents(raw []rawEvent) ([]Event, error) {
	out := make([]Event, 0, len(raw))
	for _, e := range raw {
		n := len(out)
		for _, p := range [...]struct {
			kind EventKind
			v    *string
		}{{Introduced, e.Introduced}, {Fixed, e.Fixed}, {LastAffected, e.LastAffected}, {Limit, e.Limit}} {
			if p.v != nil {
				out = append(out, Event{p.kind, *p.v})
			}
		}
		if len(out) == n {
			return nil, errors.New("an event that is none of introduced, fixed, last_affected, limit")
		}
	}
	return out, nil
}

func merge(a, b Specific) Specific {
	pick := func(x, y string) string {
		if x != "" {
			return x
		}
		return y
	}
	return Specific{
		Severity: pick(a.Severity, b.Severity), Urgency: pick(a.Urgency, b.Urgency), License: pick(a.License, b.License),
		Source: pick(a.Source, b.Source), Informational: pick(a.Informational, b.Informational),
		Scores: append(a.Scores, b.Scores...), CWEs: append(a.CWEs, b.CWEs...),
	}
}

// validID: what is shown to people and stored as a name.
func validID(s string) bool {
	if s == "" || len(s) > 200 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// validIDs trims and keeps the usable ones: publishers put addresses and
// remarks among them.
func validIDs(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); validID(s) && !strings.Contains(s, "/") {
			out = append(out, s)
		}
	}
	return out
}

func readTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}

// Each is called with every document of a zip or folder, or with the error that
// it could not be read with; an error that it returns ends the reading.
type Each func(name string, d *Document, err error) error

// ReadZip reads all *.json of a zip.
func ReadZip(ctx context.Context, r io.ReaderAt, size int64, each Each) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("read zip: %w", err)
	}
	if len(z.File) > MaxDocuments {
		return fmt.Errorf("a zip of %d files: %w", len(z.File), ErrLimit)
	}
	var total int64
	var buf []byte
	for _, f := range z.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.FileInfo().IsDir() || !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		if buf, err = readEntry(f, buf); err != nil {
			if err := each(f.Name, nil, err); err != nil {
				return err
			}
			continue
		}
		if total += int64(len(buf)); total > maxTotal {
			return fmt.Errorf("documents of more than %d bytes: %w", int64(maxTotal), ErrLimit)
		}
		d, err := Parse(buf)
		if err := each(f.Name, d, err); err != nil {
			return err
		}
	}
	return nil
}

func readEntry(f *zip.File, buf []byte) ([]byte, error) {
	if f.UncompressedSize64 > MaxDocument {
		return buf, fmt.Errorf("a document of %d bytes: %w", f.UncompressedSize64, ErrLimit)
	}
	r, err := f.Open()
	if err != nil {
		return buf, fmt.Errorf("open: %w", err)
	}
	defer r.Close()
	return readLimited(r, buf)
}

// readLimited reads all of r, at most MaxDocument bytes, into buf.
func readLimited(r io.Reader, buf []byte) ([]byte, error) {
	buf = buf[:0]
	limited := io.LimitReader(r, MaxDocument+1)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := limited.Read(buf[len(buf):min(cap(buf), math.MaxInt32)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return buf, fmt.Errorf("read: %w", err)
		}
	}
	if len(buf) > MaxDocument {
		return buf, fmt.Errorf("a document of more than %d bytes: %w", MaxDocument, ErrLimit)
	}
	return buf, nil
}

// ReadDir reads all *.json below the root of fsys, but for coverage.json, to a
// depth of 6 folders.
func ReadDir(ctx context.Context, fsys fs.FS, each Each) error {
	documents := 0
	var buf []byte
	return fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if entry.IsDir() {
			if strings.Count(path, "/") >= maxDepth {
				return fmt.Errorf("folders deeper than %d: %w", maxDepth, ErrLimit)
			}
			return nil
		}
		if !entry.Type().IsRegular() || !strings.HasSuffix(path, ".json") || entry.Name() == "coverage.json" {
			return nil
		}
		if documents++; documents > MaxDocuments {
			return fmt.Errorf("more than %d files: %w", MaxDocuments, ErrLimit)
		}
		f, err := fsys.Open(path)
		if err != nil {
			return each(path, nil, err)
		}
		buf, err = readLimited(f, buf)
		_ = f.Close() // nothing was written
		if err != nil {
			return each(path, nil, err)
		}
		d, err := Parse(buf)
		return each(path, d, err)
	})
}
