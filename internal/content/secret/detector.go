package secret

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// engineVersion is raised whenever the same rules may find something else in
// the same bytes.
const engineVersion = 2

// Limits of what is told of one file.
const (
	// maxPlaces is how many places of one value are told, maxValues how many
	// values.
	maxPlaces = 20
	maxValues = 2000
)

// Detector makes a detector of the matcher: of every file, and of what is
// inside archives and compressed files.
//
// # What it does not look at
//
// Images, fonts, sound and film, known by the endings of their names (a name
// that lies is believed: who hides a credential from this scanner on purpose
// can encrypt it). Git's packs, which another detector reads, and apt's record
// of its resolver. In binary files only rules with a form of their own count: a
// name and a value are not to be told apart from machine code and its strings,
// and what is found in libraries is reported low. UTF-16 within a binary file is
// not read. Archives are read maxDepth deep. Of formats that are known and not
// read (7z, xz, rar, encrypted members) it says so; packages of distributions
// (deb, rpm) are scanned as they lie there, compressed.
//
// Assigned values are not looked for in tests, examples and documentation.
func Detector(m *Matcher) walk.Detector { return &detector{m: m, version: m.version()} }

type detector struct {
	m       *Matcher
	version int
	// free is freeInflated, where a test does not want less.
	free int64
	// options are a user's file of rules that m was made of, own the matcher
	// that is shared when they are given.
	options []byte
	own     *ownMatcher
}

var (
	_ walk.Detector = (*detector)(nil)
	_ walk.Peeker   = (*detector)(nil)
)

// Name implements walk.Detector.
func (d *detector) Name() string { return Name }

// Name is the name of the detector of [Detector].
const Name = "secret"

// Version implements walk.Detector: it is another one for other rules.
func (d *detector) Version() int { return d.version }

// version is a number made of the rules.
func (m *Matcher) version() int {
	rules := make([]*Rule, len(m.rules))
	for i := range m.rules {
		rules[i] = m.rules[i].Rule
	}
	return rulesVersion(rules, m.allow)
}

func rulesVersion(rules []*Rule, allow []allowed) int {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", engineVersion)
	for _, r := range rules {
		fmt.Fprintf(h, "%q %d %d %d %q %q %d %d %d %g %t %q %+v\n", r.ID, r.Class, r.Shape, r.Severity, r.Anchors, r.Pattern, r.Group, r.Before, r.Max, r.Entropy, r.Verify != nil, r.Path, r.Allow)
	}
	for i := range allow {
		fmt.Fprintf(h, "%+v\n", *allow[i].Allowlist)
	}
	return int(binary.BigEndian.Uint32(h.Sum(nil)) >> 1)
}

// Want implements walk.Detector.
func (d *detector) Want(path string, _ fs.FileMode, size int64) walk.Decision {
	if size == 0 || passedOver(path) {
		return walk.No
	}
	return walk.Peek
}

// Peek implements walk.Peeker: no name is one that the detector waits for, so
// that a device is nothing it misses, and all that is a file is looked at.
func (d *detector) Peek(string, []byte) bool { return true }

// passedOver reports files that by their name hold no text.
func passedOver(path string) bool {
	if strings.HasSuffix(path, "var/log/apt/eipp.log.xz") {
		return true // what apt asks its resolver, in every image of Debian
	}
	dot := strings.LastIndexByte(path, '.')
	if dot < strings.LastIndexByte(path, '/') {
		_, _, loose := gitObject(path)
		return loose
	}
	if dot < 0 || len(path)-dot > 8 {
		return false
	}
	var ext [8]byte
	n := copy(ext[:], path[dot+1:])
	for i := range n {
		ext[i] = foldedByte(ext[i])
	}
	switch string(ext[:n]) {
	case "png", "jpg", "jpeg", "gif", "bmp", "ico", "webp", "tif", "tiff", "heic", "avif", "psd", "icns",
		"woff", "woff2", "ttf", "otf", "eot", "ttc", "pfb", "pcf",
		"mp3", "mp4", "m4a", "m4v", "avi", "mov", "mkv", "webm", "ogg", "oga", "ogv", "flac", "wav", "opus":
		return true
	case "pack", "idx", "rev":
		return strings.Contains(path, "objects/pack/pack-")
	}
	return false
}

// Inspect implements walk.Detector.
func (d *detector) Inspect(ctx context.Context, f *walk.File, out walk.Sink) error {
	g := &gathering{m: d.m, byValue: make(map[string]int)}
	o := &opener{ctx: ctx, m: d.m, g: g, out: out, left: cmp.Or(d.free, freeInflated) + maxRatio*min(f.Size, maxInflated/maxRatio)}
	err := o.file(f)
	for i := range g.results {
		out.Result(g.result(i))
	}
	if err == nil && g.over {
		err = fmt.Errorf("more than %d different credentials, the rest is not told: %w", maxValues, walk.ErrLimit)
	}
	return err
}

// Results scans a text that is no file and gives what it found as the detector
// does. path is the place that is told, and the kind of text is taken from it:
// "env NAME" and "label KEY" are variables and labels of an image's
// configuration, the text NAME=value, and "history 3" an instruction.
func (m *Matcher) Results(ctx context.Context, path string, r io.Reader) ([]finding.Result, error) {
	g := &gathering{m: m, byValue: make(map[string]int)}
	err := m.Scan(ctx, path, r, func(h Hit) { g.add(path, h) })
	results := make([]finding.Result, len(g.results))
	for i := range g.results {
		results[i] = g.result(i)
	}
	return results, err
}

// gathering puts the hits of one value of one rule together.
type gathering struct {
	m       *Matcher
	results []gathered
	byValue map[string]int
	over    bool
}

// gathered is one value at some places of one path.
type gathered struct {
	hit   Hit
	path  string
	lines []int
	more  int
}

func (g *gathering) add(path string, h Hit) {
	key := path + "\x00" + h.Rule.ID + "\x00" + string(h.value)
	i, ok := g.byValue[key]
	if !ok {
		if len(g.results) >= maxValues {
			g.over = true
			return
		}
		g.byValue[key] = len(g.results)
		g.results = append(g.results, gathered{hit: h, path: path, lines: []int{h.Line}})
		return
	}
	switch r := &g.results[i]; {
	case len(r.lines) >= maxPlaces:
		r.more++
	case r.lines[len(r.lines)-1] != h.Line:
		r.lines = append(r.lines, h.Line)
	}
}

// result makes a finding's result of a value.
func (g *gathering) result(i int) finding.Result {
	r := &g.results[i]
	rule := r.hit.Rule
	res := rule.check().Result(finding.Resource{}, finding.T("secret.found", rule.Name))
	if r.hit.Severity < rule.Severity {
		res.Rating.Severity = r.hit.Severity
	}
	for _, line := range r.lines {
		res.Locations = append(res.Locations, finding.Location{Path: r.path, Line: line})
	}
	res.Subject = r.path + " " + rule.ID
	if r.hit.Line > 0 {
		res.Subject += " " + r.hit.Mark()
		seen := r.hit.Redacted
		if r.hit.Name != "" {
			seen = r.hit.Name + " = " + seen
		}
		res.Evidence = append(res.Evidence, seen)
	}
	if r.hit.Verified {
		res.Evidence = append(res.Evidence, "checksum or inner structure is right")
	}
	if r.more > 0 {
		res.Evidence = append(res.Evidence, "+"+strconv.Itoa(r.more))
	}
	return res
}
