package osv

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const example = `{
  "schema_version": "1.7.0", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-02T03:04:05Z", "published": "2025-12-01T00:00:00Z",
  "aliases": [" CVE-2025-0001", "https://example.org/x", "GHSA-aaaa-bbbb-cccc"], "upstream": ["CVE-2025-0002"], "related": ["CVE-2025-0003"],
  "summary": "s", "details": "d", "unknown": {"x": [1]},
  "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected": [
    {"package": {"ecosystem": "npm", "name": "a", "purl": "pkg:npm/a"},
     "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}, {"introduced": "2.0.0"}, {"last_affected": "2.1.0"}, {"limit": "3.0.0"}]}],
     "versions": ["0.1.0"], "severity": [], "ecosystem_specific": {"imports": [{"path": "x"}], "urgency": "low", "informational": null},
     "database_specific": {"informational": "unsound", "cvss_v3_score": 7.5, "cvss_v2_score": "no number", "cwe_ids": ["CWE-79"]}},
    {"ranges": [{"type": "GIT", "repo": "https://example.org/r", "events": [{"introduced": "0"}]}]}
  ],
  "database_specific": {"severity": "HIGH", "license": "CC0-1.0", "source": 5, "cwe": ["CWE-121"]}
}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &Document{
		ID: "GHSA-aaaa-bbbb-cccc", Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Published: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
		Aliases: []string{"CVE-2025-0001", "GHSA-aaaa-bbbb-cccc"}, Upstream: []string{"CVE-2025-0002"}, Related: []string{"CVE-2025-0003"},
		Summary: "s", Details: "d", Severity: []Severity{{"CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		Affected: []Affected{{
			Ecosystem: "npm", Name: "a", Severity: []Severity{}, Versions: []string{"0.1.0"}, Imports: true,
			Ranges:   []Range{{"SEMVER", []Event{{Introduced, "0"}, {Fixed, "1.2.3"}, {Introduced, "2.0.0"}, {LastAffected, "2.1.0"}, {Limit, "3.0.0"}}}},
			Specific: Specific{Urgency: "low", Informational: "unsound", Scores: []Score{{"3.1", 7.5}}, CWEs: []string{"CWE-79"}},
		}},
		Specific: Specific{Severity: "HIGH", License: "CC0-1.0", CWEs: []string{"CWE-121"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ name, document string }{
		{"empty", ""},
		{"no JSON", "hello"},
		{"a list", "[]"},
		{"no id", `{"modified": "2026-01-02T03:04:05Z"}`},
		{"id with an escape", `{"id": "CVE-1\u001b[2J"}`},
		{"id too long", `{"id": "` + strings.Repeat("x", 201) + `"}`},
		{"package without ecosystem", `{"id": "A", "affected": [{"package": {"name": "x"}}]}`},
		{"event of no kind", `{"id": "A", "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "SEMVER", "events": [{"what": "1"}]}]}]}`},
		{"event with a number", `{"id": "A", "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "SEMVER", "events": [{"fixed": 1}]}]}]}`},
		{"withdrawn at no time", `{"id": "A", "withdrawn": "yes"}`},
		{"deep", strings.Repeat("[", 20000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d, err := Parse([]byte(test.document)); err == nil {
				t.Errorf("accepted: %+v", d)
			}
		})
	}
}

func TestTolerated(t *testing.T) {
	for _, test := range []struct{ name, document string }{
		{"times that are none", `{"id": "A", "modified": "0001-01-01T00:00:00Z", "published": "soon"}`},
		{"nulls", `{"id": "A", "aliases": null, "affected": null, "database_specific": null}`},
		{"specific that is no object", `{"id": "A", "database_specific": ["x"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := Parse([]byte(test.document))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&Document{ID: "A", Affected: nil}, d); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadZip(t *testing.T) {
	b := zipOf(t, map[string]string{"A.json": `{"id": "A"}`, "../B.json": `{"id": "B"}`, "bad.json": "{", "readme.txt": "x", "dir/": ""})
	ids := make(map[string]bool)
	bad := 0
	err := ReadZip(context.Background(), bytes.NewReader(b), int64(len(b)), func(_ string, d *Document, err error) error {
		if err != nil {
			bad++
			return nil
		}
		ids[d.ID] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"A": true, "B": true}, ids); diff != "" || bad != 1 {
		t.Errorf("%d bad; %s", bad, diff)
	}
	for n := 0; n < len(b); n += 7 {
		_ = ReadZip(context.Background(), bytes.NewReader(b[:n]), int64(n), func(string, *Document, error) error { return nil })
	}
}

func TestReadZipBomb(t *testing.T) {
	b := zipOf(t, map[string]string{"big.json": strings.Repeat(" ", MaxDocument+1)})
	err := ReadZip(context.Background(), bytes.NewReader(b), int64(len(b)), func(_ string, _ *Document, err error) error { return err })
	if !errors.Is(err, ErrLimit) {
		t.Errorf("got %v", err)
	}
}

func TestReadDir(t *testing.T) {
	fsys := fstest.MapFS{
		"A.json": {Data: []byte(`{"id": "A"}`)}, "x/y/B.json": {Data: []byte(`{"id": "B"}`)}, "coverage.json": {Data: []byte(`{}`)},
		"bad.json": {Data: []byte("{")}, "link.json": {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink},
	}
	var ids []string
	bad := 0
	if err := ReadDir(context.Background(), fsys, func(_ string, d *Document, err error) error {
		if err != nil {
			bad++
			return nil
		}
		ids = append(ids, d.ID)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A", "B"}, ids); diff != "" || bad != 1 {
		t.Errorf("%d bad; %s", bad, diff)
	}
	deep := fstest.MapFS{"a/b/c/d/e/f/g/h.json": {Data: []byte(`{"id": "A"}`)}}
	if err := ReadDir(context.Background(), deep, func(string, *Document, error) error { return nil }); !errors.Is(err, ErrLimit) {
		t.Errorf("deep folders: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(`{"id": "A", "affected": [{"package": {"ecosystem": "npm", "name": "x"}}]}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err == nil && !validID(d.ID) {
			t.Errorf("ID %q", d.ID)
		}
	})
}

func FuzzReadZip(f *testing.F) {
	f.Add(zipOf(f, map[string]string{"A.json": `{"id": "A"}`}))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = ReadZip(context.Background(), bytes.NewReader(b), int64(len(b)), func(string, *Document, error) error { return nil })
	})
}
