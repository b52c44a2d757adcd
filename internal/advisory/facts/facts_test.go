package facts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/embedded"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// maxEmbedded is the gate on the size of the embedded database; maxAim is what is aimed at.
const (
	maxEmbedded = 12 << 20
	maxAim      = 8 << 20
)

func TestEmbedded(t *testing.T) {
	if n := len(embedded.Facts); n > maxEmbedded {
		t.Errorf("%d bytes, at most %d", n, maxEmbedded)
	} else if n > maxAim {
		t.Logf("%d bytes, aim %d", n, maxAim)
	}
	var m Manifest
	if err := json.Unmarshal([]byte(embedded.Manifest), &m); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(embedded.Facts))
	if m.SHA256 != hex.EncodeToString(sum[:]) || m.Bytes != len(embedded.Facts) {
		t.Error("manifest.json is of another facts.db")
	}
	f, err := table.Parse([]byte(embedded.Facts))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
	model, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	// Compiling what was read gives the same bytes: db build starts from it.
	b := compile.New(compile.Options{Name: "facts"})
	b.AddModel(model)
	again, err := table.Write(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != embedded.Facts {
		t.Error("reading and compiling again gives other bytes")
	}
	sources := make(map[string]bool)
	for _, s := range model.Meta.Sources {
		sources[s.Name] = true
		if s.License == "" {
			t.Errorf("source %s has no licence", s.Name)
		}
		if strings.Contains(s.License, "SA") {
			t.Errorf("source %s is share-alike", s.Name)
		}
	}
	for i := range model.Records {
		if r := &model.Records[i]; r.Summary != "" || r.Details != "" {
			t.Fatalf("record %s has prose", r.ID)
		}
	}
	for _, in := range m.Inputs {
		if in.SHA256 == "" || in.License == "" || in.Source == "" || in.Date == "" || in.Documents == 0 {
			t.Errorf("input %s is not described: %+v", in.File, in)
		}
	}
}

// TestNoticesNameEverySource holds the notices against the data.
func TestNoticesNameEverySource(t *testing.T) {
	notices, err := os.ReadFile(filepath.FromSlash("../../../DATA-LICENSES.md"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := table.Parse([]byte(embedded.Facts))
	if err != nil {
		t.Fatal(err)
	}
	meta, err := f.Meta()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range meta.Sources {
		if !strings.Contains(string(notices), s.Name) {
			t.Errorf("DATA-LICENSES.md does not name %q", s.Name)
		}
	}
	for _, in := range meta.Inputs {
		if !strings.Contains(string(notices), in.File) {
			t.Errorf("DATA-LICENSES.md does not name the input %q", in.File)
		}
	}
}

// TestCoverageOfEveryEcosystem: what the embedded data can say is said for every ecosystem it has records of.
func TestCoverageOfEveryEcosystem(t *testing.T) {
	f, err := table.Parse([]byte(embedded.Facts))
	if err != nil {
		t.Fatal(err)
	}
	meta, err := f.Meta()
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]table.Coverage)
	for _, c := range meta.Coverage {
		rows[c.Key] = c
		if c.Date == "" || c.Level == finding.CoverageNone || c.Level == finding.CoveragePartial && len(c.Limits) == 0 {
			t.Errorf("%s: %+v", c.Key, c)
		}
	}
	if err := f.All(func(ecosystem, name string, _ table.Found) bool {
		if _, ok := rows[ecosystem]; !ok {
			t.Errorf("%s (%s) has records and no coverage", ecosystem, name)
			return false
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]finding.CoverageLevel{
		"Debian:12": finding.CoveragePartial, "Debian:11": finding.CoveragePartial, "npm": finding.CoveragePartial, "Maven": finding.CoveragePartial,
		"Packagist": finding.CoveragePartial, "PyPI": finding.CoverageFull, "Go": finding.CoverageFull, "AlmaLinux:9": finding.CoveragePartial,
	} {
		if rows[key].Level != want {
			t.Errorf("%s is %s, want %s", key, rows[key].Level, want)
		}
	}
	for _, key := range []string{"Debian:13", "Alpine:v3.19", "Ubuntu:22.04", "Red Hat", "Rocky Linux:9", "NuGet"} {
		if row, ok := rows[key]; ok {
			t.Errorf("%s: %+v", key, row)
		}
	}
}
