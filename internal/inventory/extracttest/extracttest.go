// Package extracttest is the acceptance test that every extractor calls.
//
// It holds an extractor to what the walk and the merge rely on: Want answers
// the same for the same arguments and declines what is not its business; a
// package has a name, the extractor's name and, but for packages of an
// operating system, a package URL that survives parsing; nothing that an
// extractor is fed makes it panic, loop or answer twice differently; bytes that
// are no such file are an error.
package extracttest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

var update = flag.Bool("update", false, "write what the extractors say now as the expected answers (*.golden.json)")

// MaxTime is how long one file of a test may take, damaged or not.
const MaxTime = 10 * time.Second

// Sample is one file offered to the extractor.
type Sample struct {
	// Path in the image, as the walk would offer it.
	Path string
	// File below testdata that has the content; empty when Content is given.
	File    string
	Content []byte
}

// Suite says what an extractor is tried with.
type Suite struct {
	Detector walk.Detector
	// Valid files are wanted and read without an unread record. What is said
	// of each is held against testdata/golden/<File>.json when File is given
	// (written by go test -update).
	Valid []Sample
	// Empty files are wanted, read without error and name no package.
	Empty []Sample
	// Invalid files are wanted and lead to an unread record (or to an error, which is the same).
	Invalid []Sample
	// Declines are paths of regular files that are not wanted; content is not asked for.
	Declines []string
}

// Accept runs the suite.
func Accept(t *testing.T, s Suite) {
	t.Helper()
	d := s.Detector
	if d.Name() == "" || strings.ToLower(d.Name()) != d.Name() || d.Version() < 1 {
		t.Errorf("detector %q version %d: want a lower-case name and a version from 1", d.Name(), d.Version())
	}
	if len(s.Valid) == 0 {
		t.Error("no valid sample")
	}
	if pl, ok := d.(walk.PathLister); ok {
		for _, p := range pl.Paths() {
			if !fs.ValidPath(p) || d.Want(p, 0o644, 1000) == walk.No {
				t.Errorf("Paths lists %q, which is no clean path or not wanted", p)
			}
		}
	}
	for _, p := range s.Declines {
		if d.Want(p, 0o644, 1000) == walk.Yes {
			t.Errorf("Want(%q) is Yes, want No", p)
		}
	}
	for _, sm := range s.Valid {
		t.Run("valid/"+sm.name(), func(t *testing.T) { s.valid(t, sm) })
	}
	for _, sm := range s.Empty {
		t.Run("empty/"+sm.name(), func(t *testing.T) {
			for _, r := range s.inspect(t, sm.Path, sm.bytes(t)) {
				if r.Package != nil || r.Unread != nil {
					t.Errorf("an empty file gave %s", toJSON(t, r))
				}
			}
		})
	}
	for _, sm := range s.Invalid {
		t.Run("invalid/"+sm.name(), func(t *testing.T) {
			if !hasUnread(s.inspect(t, sm.Path, sm.bytes(t))) {
				t.Error("no unread record for an invalid file")
			}
		})
	}
}

func (s Suite) valid(t *testing.T, sm Sample) {
	content := sm.bytes(t)
	recs := s.inspect(t, sm.Path, content)
	if len(recs) == 0 {
		t.Error("nothing was said of a valid file")
	}
	for _, r := range recs {
		if r.Unread != nil {
			t.Errorf("unread: %s", toJSON(t, r))
		}
		if r.Package != nil {
			s.checkPackage(t, r.Package)
		}
	}
	if diff := cmp.Diff(toJSON(t, recs), toJSON(t, s.inspect(t, sm.Path, content))); diff != "" {
		t.Errorf("read twice, said differently (-first +second):\n%s", diff)
	}
	if sm.File != "" {
		golden(t, filepath.Join("testdata", "golden", sm.File+".json"), recs)
	}
	s.damage(t, sm.Path, content)
}

// damage cuts the file at many places and changes bytes in it. Nothing need be
// found in what is left, but the extractor must end, without panic.
func (s Suite) damage(t *testing.T, path string, content []byte) {
	const cuts, flips = 48, 96
	for i := range cuts {
		s.inspect(t, path, content[:len(content)*i/cuts])
	}
	if len(content) == 0 {
		return
	}
	seed := uint32(2463534242) // xorshift, so that a failure can be repeated
	for range flips {
		b := bytes.Clone(content)
		for range 8 {
			seed ^= seed << 13
			seed ^= seed >> 17
			seed ^= seed << 5
			at := int(seed>>3) % len(b)
			if seed&3 == 0 && len(b) > 512 {
				at %= 512 // headers lie in front
			}
			b[at] = byte(seed >> 24)
		}
		s.inspect(t, path, b)
	}
}

// inspect offers one file as the walk does, but lets panics through.
func (s Suite) inspect(t *testing.T, path string, content []byte) []walk.Record {
	t.Helper()
	f := walk.NewFile(path, content)
	first := s.Detector.Want(path, f.Mode, f.Size)
	if second := s.Detector.Want(path, f.Mode, f.Size); first != second {
		t.Fatalf("Want(%q) is %d, then %d", path, first, second)
	}
	switch first {
	case walk.No:
		if f.Size > 0 && len(content) > 64 {
			t.Fatalf("Want(%q) is No", path)
		}
		return nil
	case walk.Peek:
		if !s.Detector.(walk.Peeker).Peek(path, content[:min(len(content), walk.PeekSize)]) {
			return nil
		}
	}
	r := &walk.Recorder{Detector: s.Detector.Name(), File: f}
	ctx, cancel := context.WithTimeout(t.Context(), MaxTime)
	defer cancel()
	start := time.Now()
	if err := s.Detector.Inspect(ctx, f, r); err != nil {
		r.Unread("", err)
	}
	if took := time.Since(start); took > MaxTime {
		t.Errorf("%d bytes at %q took %v", len(content), path, took)
	}
	return r.Records
}

func (s Suite) checkPackage(t *testing.T, p *finding.Package) {
	t.Helper()
	if p.Name == "" || p.Type == "" {
		t.Errorf("package without name or type: %s", toJSON(t, p))
	}
	if p.FoundBy != s.Detector.Name() {
		t.Errorf("%s: FoundBy is %q, want %q", p.Name, p.FoundBy, s.Detector.Name())
	}
	if p.ID != "" || p.Hidden || p.OwnedBy != "" {
		t.Errorf("%s: ID, Hidden and OwnedBy are the merge's to set", p.Name)
	}
	for _, l := range p.Locations {
		if l.Path == "" || strings.HasPrefix(l.Path, "/") {
			t.Errorf("%s: location %q, want a path relative to the root", p.Name, l.Path)
		}
	}
	if p.PURL == "" {
		switch p.Type {
		case finding.TypeDeb, finding.TypeAPK, finding.TypeRPM:
			// The merge makes it, which knows the distribution.
		default:
			t.Errorf("%s: no package URL", p.Name)
		}
		return
	}
	u, err := packageurl.FromString(p.PURL)
	if err != nil {
		t.Errorf("%s: package URL %q: %v", p.Name, p.PURL, err)
		return
	}
	if u.Type != p.Type || u.Version != p.Version {
		t.Errorf("%s: package URL %q: type %q and version %q, want %q and %q", p.Name, p.PURL, u.Type, u.Version, p.Type, p.Version)
	}
	if again := u.ToString(); again != p.PURL {
		t.Errorf("%s: package URL %q reads back as %q", p.Name, p.PURL, again)
	}
}

func golden(t *testing.T, file string, recs []walk.Record) {
	t.Helper()
	got := toJSON(t, recs)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func (sm Sample) name() string {
	if sm.File != "" {
		return sm.File
	}
	return sm.Path
}

func (sm Sample) bytes(t *testing.T) []byte {
	t.Helper()
	if sm.File == "" {
		return sm.Content
	}
	b, err := os.ReadFile(filepath.Join("testdata", sm.File))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hasUnread(recs []walk.Record) bool {
	for _, r := range recs {
		if r.Unread != nil {
			return true
		}
	}
	return false
}

// toJSON writes records one a line, so that a difference reads well.
func toJSON(t *testing.T, v any) string {
	t.Helper()
	recs, ok := v.([]walk.Record)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var out strings.Builder
	for _, r := range recs {
		out.WriteString(toJSON(t, r))
		out.WriteByte('\n')
	}
	return out.String()
}
