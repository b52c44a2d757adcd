// Package facts compiles the database that is embedded in the binary: facts
// only (identifiers, aliases, ranges, vectors, dates), no prose, from a folder
// with the OSV zips and CISA's files that ../../../DATA-LICENSES.md names.
//
// It says of each zip where it comes from, under which licence, of what day,
// and what it can and cannot say. The last is judgement, carried from the
// README beside the data: an ecosystem is "full" where the zip holds the
// ecosystem's own advisory database whole, "partial" where something is known
// to be missing, and packages are "known" only where the data was shown to
// cover them.
package facts

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// feed is one input file.
type feed struct {
	file, source, license, date string
	coverage                    []table.Coverage
	// cover chooses, by document, the packages that are known to be covered.
	cover func(*osv.Document) bool
}

func full(key, date string, limits ...finding.Text) table.Coverage {
	return table.Coverage{Key: key, Level: finding.CoverageFull, Date: date, Known: table.KnownAll, Limits: limits}
}

func partial(key, date, known, get string, limits ...finding.Text) table.Coverage {
	return table.Coverage{Key: key, Level: finding.CoveragePartial, Date: date, Known: known, Get: get, Limits: limits}
}

// feeds are the inputs; Maven-victims is left out for its share-alike licence.
func feeds() []feed {
	unfixed := finding.T("coverage.unfixed")
	noSeverity := finding.T("coverage.no-severity")
	debian := []table.Coverage{partial("Debian:12", "2026-11-23", table.KnownListed, "Debian",
		unfixed, finding.T("coverage.debian.changelogs"), finding.T("coverage.debian.trimmed"), noSeverity)}
	for _, release := range []string{"3.0", "3.1", "4.0", "5.0", "6.0", "7", "8", "9"} {
		debian = append(debian, partial("Debian:"+release, "2023-04-02", table.KnownAll, "Debian", unfixed, noSeverity))
	}
	for _, release := range []string{"10", "11"} {
		debian = append(debian, partial("Debian:"+release, "2023-04-02", table.KnownNone, "Debian",
			finding.T("coverage.ends", "2023-04-02"), unfixed, noSeverity))
	}
	var alma []table.Coverage
	for _, release := range []string{"8", "9", "10"} {
		alma = append(alma, partial("AlmaLinux:"+release, "2026-08-21", table.KnownAll, "AlmaLinux", unfixed))
	}
	return []feed{
		{file: "Debian/all.zip", source: "Debian security tracker's lists (CVEDB/security-tracker 32127b7) and changelogs of Debian 12", license: "facts", date: "2026-11-23", coverage: debian},
		{file: "AlmaLinux/all.zip", source: "AlmaLinux/osv-database 948f47a", license: "MIT", date: "2026-08-21", coverage: alma},
		{file: "PyPI/all.zip", source: "westonsteimel/advisory-database-pypa 57da901a", license: "CC-BY-4.0", date: "2026-07-23",
			coverage: []table.Coverage{full("PyPI", "2026-07-23")}},
		{file: "Go/all.zip", source: "golang/vulndb a752ea54", license: "CC-BY-4.0", date: "2026-08-21",
			coverage: []table.Coverage{full("Go", "2026-08-21", noSeverity, finding.T("coverage.go.symbols"))}},
		{file: "npm/all.zip", source: "RetireJS/retire.js fd8df0d; nodejs/security-wg f1288d0", license: "Apache-2.0, MIT", date: "2026-08-22",
			coverage: []table.Coverage{partial("npm", "2026-08-22", table.KnownListed, "npm", finding.T("coverage.npm.front-end", "2018"))},
			cover:    func(d *osv.Document) bool { return strings.Contains(d.Specific.Source, "jsrepository") }},
		{file: "Maven/all.zip", source: "SAP/project-kb 730d2192", license: "Apache-2.0", date: "2024-12-11",
			coverage: []table.Coverage{partial("Maven", "2024-12-11", table.KnownNone, "Maven", finding.T("coverage.maven.examined"), noSeverity)}},
		{file: "Packagist/all.zip", source: "FriendsOfPHP/security-advisories 73745a6; DrupalSecurityTeam/drupal-advisory-database 0128404", license: "Unlicense, MIT", date: "2026-08-21",
			coverage: []table.Coverage{
				partial("Packagist", "2026-08-06", table.KnownNone, "Packagist", finding.T("coverage.packagist.friends"), noSeverity),
				full("Packagist:https://packages.drupal.org/8", "2026-08-21", noSeverity),
			}},
		{file: "RubyGems/all.zip", source: "rubysec/ruby-advisory-db 8cfcc07c", license: "public domain", date: "2026-08-22",
			coverage: []table.Coverage{full("RubyGems", "2026-08-22", finding.T("coverage.rubygems.ruby"))}},
		{file: "crates.io/all.zip", source: "rustsec/advisory-db 7fa931cb9", license: "CC0-1.0, CC-BY-4.0", date: "2026-08-21",
			coverage: []table.Coverage{full("crates.io", "2026-08-21")}},
		{file: "Bitnami/all.zip", source: "bitnami/vulndb 0054d6e3b; nodejs/security-wg f1288d0", license: "Apache-2.0, MIT", date: "2026-08-05",
			coverage: []table.Coverage{full("Bitnami", "2026-08-05")}},
		{file: "Julia/all.zip", source: "JuliaLang/SecurityAdvisories.jl 23170e99", license: "CC-BY-4.0", date: "2026-08-21",
			coverage: []table.Coverage{full("Julia", "2026-08-21")}},
		{file: "Hex/all.zip", source: "mirego/elixir-security-advisories 5ad0fa6", license: "CC-BY-4.0", date: "2026-08-05",
			coverage: []table.Coverage{full("Hex", "2026-08-05", finding.T("coverage.hex.names"))}},
		{file: "Hackage/all.zip", source: "haskell/security-advisories b2d6135", license: "CC0-1.0", date: "2026-06-03",
			coverage: []table.Coverage{full("Hackage", "2026-06-03"), full("GHC", "2026-06-03")}},
		{file: "opam/all.zip", source: "ocaml/security-advisories 8cafa37", license: "CC0-1.0", date: "2026-08-22",
			coverage: []table.Coverage{full("opam", "2026-08-22")}},
		{file: "CRAN/all.zip", source: "RConsortium/r-advisory-database 60e8405", license: "Apache-2.0", date: "2026-03-26",
			coverage: []table.Coverage{full("CRAN", "2026-03-26", noSeverity)}},
		{file: "Kubernetes/all.zip", source: "kubernetes-sigs/cve-feed-osv 9760a22", license: "Apache-2.0", date: "2024-11-18",
			coverage: []table.Coverage{partial("Kubernetes", "2024-11-18", table.KnownNone, "Kubernetes", finding.T("coverage.ends", "2024-11-18"))}},
	}
}

const (
	kevFile        = "kev.json"
	enrichmentFile = "vulnrichment.json.gz"
	debianFile     = "Debian/coverage-debian12.tsv"
	debianRelease  = "Debian:12"
)

// Manifest says what the embedded database was made from.
type Manifest struct {
	Database string        `json:"database"`
	SHA256   string        `json:"sha256"`
	Bytes    int           `json:"bytes"`
	Inputs   []table.Input `json:"inputs"`
}

// Compile makes the database and its manifest from the folder. The same inputs
// give the same bytes.
func Compile(ctx context.Context, dir string) (db, manifest []byte, err error) {
	b := compile.New(compile.Options{Name: "facts"})
	for _, f := range feeds() {
		if err := f.add(ctx, b, dir); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.file, err)
		}
	}
	if err := addFile(b, dir, kevFile, "CISA, known exploited vulnerabilities", b.AddKEV); err != nil {
		return nil, nil, err
	}
	if err := addFile(b, dir, enrichmentFile, "cisagov/vulnrichment b0ed75832", func(r io.Reader) (int, string, error) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return 0, "", err
		}
		return b.AddEnrichment(z)
	}); err != nil {
		return nil, nil, err
	}
	if err := addFile(b, dir, debianFile, "source packages of Debian 12 whose changelogs were read", func(r io.Reader) (int, string, error) {
		n, err := coverDebian(b, r)
		return n, "2026-11-23", err
	}); err != nil {
		return nil, nil, err
	}
	m := b.Model()
	if db, err = table.Write(m); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(db)
	manifest, err = json.MarshalIndent(Manifest{"facts.db", hex.EncodeToString(sum[:]), len(db), m.Meta.Inputs}, "", "  ")
	if err != nil {
		return nil, nil, fmt.Errorf("write manifest: %w", err)
	}
	return db, append(manifest, '\n'), nil
}

func (f *feed) add(ctx context.Context, b *compile.Builder, dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.file)))
	if err != nil {
		return err
	}
	documents := 0
	err = osv.ReadZip(ctx, bytes.NewReader(content), int64(len(content)), func(name string, d *osv.Document, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		documents++
		b.Add(d)
		if f.cover != nil && f.cover(d) {
			for _, a := range d.Affected {
				b.Cover(a.Ecosystem, a.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range f.coverage {
		b.SetCoverage(c)
	}
	b.AddInput(input(f.file, content, documents, f.date, f.license, f.source))
	return nil
}

func input(file string, content []byte, documents int, date, license, source string) table.Input {
	sum := sha256.Sum256(content)
	return table.Input{File: file, SHA256: hex.EncodeToString(sum[:]), Documents: documents, Date: date, License: license, Source: source}
}

func addFile(b *compile.Builder, dir, file, source string, read func(io.Reader) (int, string, error)) error {
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	n, date, err := read(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	license := "CC0-1.0"
	if file == debianFile {
		license = "facts"
	}
	b.AddInput(input(file, content, n, date, license, source))
	return nil
}

// coverDebian reads which source packages were read: columns source,
// newest_changelog_read ("-" for none), and others.
func coverDebian(b *compile.Builder, r io.Reader) (covered int, err error) {
	lines := bufio.NewScanner(r)
	for first := true; lines.Scan(); first = false {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) < 3 {
			return covered, fmt.Errorf("line of %d columns", len(fields))
		}
		if first {
			if fields[0] != "source" || fields[1] != "newest_changelog_read" || fields[2] != "is_newest_in_bookworm" {
				return covered, errors.New("not the columns that are expected")
			}
			continue
		}
		// One version behind is not covered: the newest fixes are what matters.
		if fields[1] != "-" && fields[2] == "yes" {
			b.Cover(debianRelease, fields[0])
			covered++
		}
	}
	return covered, lines.Err()
}
