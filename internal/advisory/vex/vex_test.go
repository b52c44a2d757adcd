package vex

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

// document wraps statements into a document.
func document(t *testing.T, statements string) *Document {
	t.Helper()
	doc, err := Read("test.vex.json", strings.NewReader(`{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example/vex-1",
		"author":"Example","timestamp":"2026-01-01T00:00:00Z","version":1,"statements":[`+statements+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// image is a report with an OS package, a Go program with its standard
// library, and a second program.
func image() *finding.Report {
	r := &finding.Report{
		Subject: finding.Subject{
			Kind: "image", Ref: "registry.example/team/app:1.2", Name: "registry.example/team/app",
			Platform: "linux/amd64", ConfigDigest: "sha256:aa", Aliases: []string{"sha256:bb"},
		},
	}
	add := func(purl, path, cve string) {
		id := purl + "|" + path
		r.Packages = append(r.Packages, finding.Package{ID: id, PURL: purl, Locations: []finding.Location{{Path: path}}})
		if cve != "" {
			r.Results = append(r.Results, finding.Result{
				Check: finding.CheckVulnerability, State: finding.Fail, Package: id,
				Advisory: &finding.Advisory{ID: cve, Aliases: []string{"ALIAS-" + cve}, Sources: []finding.AdvisorySource{{ID: "SOURCE-" + cve}}},
			})
		}
	}
	add("pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-12", "var/lib/dpkg/status", "CVE-1")
	add("pkg:golang/example.org/app@v1.0.0", "usr/bin/app", "")
	add("pkg:golang/stdlib@1.20.1", "usr/bin/app", "CVE-2")
	add("pkg:golang/stdlib@1.19.0", "usr/bin/other", "CVE-2")
	add("pkg:npm/%40babel/core@7.1.0", "app/package.json", "CVE-3")
	return r
}

func TestApply(t *testing.T) {
	statement := func(cve, product, more string) string {
		return fmt.Sprintf(`{"vulnerability":{"name":%q},"products":[%s]%s}`, cve, product, more)
	}
	const notAffected = `,"status":"not_affected","justification":"vulnerable_code_not_present"`
	for _, test := range []struct {
		name       string
		statements string
		// suppressed lists the indices of suppressed results.
		suppressed string
		problems   int
	}{
		{"package", statement("CVE-1", `{"@id":"pkg:deb/debian/bash@5.2"}`, notAffected), "0", 0},
		{"package without version", statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected), "0", 0},
		{"package with a qualifier", statement("CVE-1", `{"@id":"pkg:deb/debian/bash@5.2?arch=amd64"}`, notAffected), "0", 0},
		{"another qualifier", statement("CVE-1", `{"@id":"pkg:deb/debian/bash@5.2?arch=arm64"}`, notAffected), "", 1},
		{"another version", statement("CVE-1", `{"@id":"pkg:deb/debian/bash@5.1"}`, notAffected), "", 1},
		{"another vulnerability", statement("CVE-9", `{"@id":"pkg:deb/debian/bash"}`, notAffected), "", 1},
		{"by alias", statement("ALIAS-CVE-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected), "0", 0},
		{"by a source's id", statement("source-cve-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected), "0", 0},
		{"by an alias of the statement", `{"vulnerability":{"name":"X-1","aliases":["CVE-1"]},"products":[{"@id":"pkg:deb/debian/bash"}]` + notAffected + `}`, "0", 0},
		{"purl among the identifiers", statement("CVE-1", `{"@id":"https://example/bash","identifiers":{"purl":"pkg:deb/debian/bash"}}`, notAffected), "0", 0},
		{"scope not encoded", statement("CVE-3", `{"@id":"pkg:npm/@babel/core"}`, notAffected), "3", 0},
		{"scope encoded", statement("CVE-3", `{"@id":"pkg:npm/%40babel/core@7.1.0"}`, notAffected), "3", 0},
		{"two places", statement("CVE-2", `{"@id":"pkg:golang/stdlib"}`, notAffected), "1 2", 0},

		{"whole image", statement("CVE-2", `{"@id":"pkg:oci/app"}`, notAffected), "1 2", 0},
		{"image by manifest digest", statement("CVE-2", `{"@id":"pkg:oci/app@sha256%3Abb"}`, notAffected), "1 2", 0},
		{"image by config digest", statement("CVE-2", `{"@id":"pkg:oci/app@sha256:aa"}`, notAffected), "1 2", 0},
		{"another digest", statement("CVE-2", `{"@id":"pkg:oci/app@sha256:cc"}`, notAffected), "", 1},
		{"repository whole", statement("CVE-2", `{"@id":"pkg:oci/app?repository_url=registry.example/team/app"}`, notAffected), "1 2", 0},
		{"repository without name", statement("CVE-2", `{"@id":"pkg:oci/app?repository_url=registry.example%2Fteam"}`, notAffected), "1 2", 0},
		{"another repository", statement("CVE-2", `{"@id":"pkg:oci/app?repository_url=evil.example/team"}`, notAffected), "", 1},
		{"tag", statement("CVE-2", `{"@id":"pkg:oci/app?tag=1.2"}`, notAffected), "1 2", 0},
		{"another tag", statement("CVE-2", `{"@id":"pkg:oci/app?tag=1.3"}`, notAffected), "", 1},
		{"another platform", statement("CVE-2", `{"@id":"pkg:oci/app?arch=arm64"}`, notAffected), "", 1},
		{"docker type", statement("CVE-2", `{"@id":"pkg:docker/team/app@1.2?repository_url=registry.example"}`, notAffected), "1 2", 0},
		{"by reference", statement("CVE-2", `{"@id":"registry.example/team/app:1.2"}`, notAffected), "1 2", 0},
		{"image and subcomponent", statement("CVE-2", `{"@id":"pkg:oci/app","subcomponents":[{"@id":"pkg:golang/stdlib@1.19.0"}]}`, notAffected), "2", 0},
		{"image and a subcomponent that is not in it", statement("CVE-2", `{"@id":"pkg:oci/app","subcomponents":[{"@id":"pkg:golang/x"}]}`, notAffected), "", 1},

		{"library in a program", statement("CVE-2", `{"@id":"pkg:golang/example.org/app","subcomponents":[{"@id":"pkg:golang/stdlib"}]}`, notAffected), "1", 0},
		{"library in a program of another version", statement("CVE-2", `{"@id":"pkg:golang/example.org/app@v2.0.0","subcomponents":[{"@id":"pkg:golang/stdlib"}]}`, notAffected), "", 1},

		{"fixed", statement("CVE-1", `{"@id":"pkg:deb/debian/bash@5.2"}`, `,"status":"fixed"`), "0", 0},
		{"affected", statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"affected","action_statement":"upgrade"`), "", 0},
		{"under investigation", statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"under_investigation"`), "", 0},
		{"affected and matching nothing is harmless", statement("CVE-9", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"affected"`), "", 0},
		{
			"taken back later",
			statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected+`,"timestamp":"2026-01-02T00:00:00Z"`) + "," +
				statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"affected","timestamp":"2026-01-03T00:00:00Z"`), "", 0,
		},
		{
			"the later one decides, wherever it stands",
			statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected+`,"timestamp":"2026-01-04T00:00:00+08:00"`) + "," +
				statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"affected","timestamp":"2026-01-03T00:00:00Z"`), "0", 0,
		},
		{
			"of equally old ones the last",
			statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, `,"status":"under_investigation"`) + "," +
				statement("CVE-1", `{"@id":"pkg:deb/debian/bash"}`, notAffected), "0", 0,
		},
		{
			"form 0.0.1",
			`{"vulnerability":"CVE-2","products":["pkg:oci/app"],"subcomponents":["pkg:golang/stdlib@1.20.1"]` + notAffected + `}`, "1", 0,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := image()
			Apply(r, []*Document{document(t, test.statements)})
			var got []string
			for i, res := range r.Results {
				if res.Suppressed != nil {
					got = append(got, fmt.Sprint(i))
				}
			}
			if s := strings.Join(got, " "); s != test.suppressed {
				t.Errorf("suppressed %q, want %q", s, test.suppressed)
			}
			if len(r.Exceptions) != test.problems {
				t.Errorf("reported %+v, want %d", r.Exceptions, test.problems)
			}
		})
	}
}

func TestSuppressionSaysWhy(t *testing.T) {
	r := image()
	Apply(r, []*Document{document(t, `{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:deb/debian/bash"}],
		"status":"not_affected","justification":"component_not_present","impact_statement":"bash is removed at start"}`)})
	want := &finding.Suppression{
		Source: "test.vex.json (https://example/vex-1)", Owner: "Example", Status: "not_affected",
		Reason: "component_not_present: bash is removed at start",
	}
	if diff := cmp.Diff(want, r.Results[0].Suppressed); diff != "" {
		t.Error(diff)
	}
}

func TestReadErrors(t *testing.T) {
	wrap := func(s string) string {
		return `{"@context":"https://openvex.dev/ns/v0.2.0","timestamp":"2026-01-01T00:00:00Z","statements":[` + s + `]}`
	}
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "not JSON"},
		{"cut short", wrap(`{}`)[:40], "not JSON"},
		{"not an object", "[]", "not JSON"},
		{"something follows", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"fixed"}`) + "{}", "something follows"},
		{"a CSAF file", `{"document":{"category":"csaf_vex"}}`, "not an OpenVEX document"},
		{"no statements", wrap(""), "no statements"},
		{"no vulnerability", wrap(`{"products":[{"@id":"pkg:npm/a"}],"status":"fixed"}`), "statement 1: it names no vulnerability"},
		{"no product", wrap(`{"vulnerability":{"name":"C"},"status":"fixed"}`), "names no product"},
		{"unknown status", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"notaffected"}`), `status "notaffected"`},
		{"no justification", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"not_affected"}`), "needs a justification"},
		{"unknown justification", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"not_affected","justification":"we hope"}`), `justification "we hope"`},
		{"justified and affected", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"affected","justification":"component_not_present"}`), "goes with not_affected only"},
		{"bad time", wrap(`{"vulnerability":{"name":"C"},"products":[{"@id":"pkg:npm/a"}],"status":"fixed","timestamp":"yesterday"}`), "not RFC 3339"},
		{"wrong type", wrap(`{"vulnerability":7,"products":[{"@id":"pkg:npm/a"}],"status":"fixed"}`), "not JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read("x.json", strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "x.json") {
				t.Errorf("error %v, want one with %q and the file's name", err, test.want)
			}
		})
	}
}

// TestReal reads documents made by vexctl, OpenVEX's own tool.
func TestReal(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, f := range files {
		doc, err := ReadFile(f)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(doc.Statements) == 0 || len(doc.Statements[0].Products[0].IDs) == 0 {
			t.Errorf("%s: %+v", f, doc)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"C","products":["pkg:oci/app"],"subcomponents":["pkg:npm/a"],"status":"fixed"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := Read("fuzz", strings.NewReader(string(b)))
		if err != nil {
			return
		}
		r := image()
		Apply(r, []*Document{doc})
		for _, s := range doc.Statements {
			if len(s.Names) == 0 || len(s.Products) == 0 {
				t.Errorf("statement without name or product: %+v", s)
			}
		}
	})
}
