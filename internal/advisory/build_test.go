package advisory

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func zipOf(t testing.TB, documents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, d := range documents {
		w, err := z.Create(fmt.Sprintf("%d.json", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(d)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Verify(); err != nil {
		t.Fatal(err)
	}
	return db
}

func coverageOf(s Stats) map[string]string {
	out := make(map[string]string)
	for _, c := range s.Coverage {
		out[c.Key] = string(c.Level) + " " + c.Known
	}
	return out
}

const newer = `"modified":"2026-12-01T00:00:00Z"`

func TestBuildFromFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "in", "npm", "all.zip"), zipOf(t, doc("GHSA-a", newer, "npm x 0 1.0.0"), "{broken"))
	put(t, filepath.Join(dir, "in", "Debian", "all.zip"), zipOf(t, doc("DEBIAN-CVE-2026-1", newer+`,"upstream":["CVE-2026-1"]`, "Debian:13 y 0 2")))
	put(t, filepath.Join(dir, "in", "Debian", "coverage.json"), []byte(`{"ecosystem":"Debian","level":"full","date":"2026-12-02"}`))
	put(t, filepath.Join(dir, "loose", "a.json"), []byte(doc("PYSEC-1", newer, "PyPI z 0 2")))
	put(t, filepath.Join(dir, "single.zip"), zipOf(t, doc("GHSA-s", newer, "Alpine:v3.19 s 0 2")))
	out := filepath.Join(dir, "db.bwdb")
	var steps []string
	stats, err := Build(context.Background(), BuildConfig{Now: newYear,
		Output: out, WithoutFacts: true, Texts: true, Sources: []string{filepath.Join(dir, "in"), filepath.Join(dir, "loose"), filepath.Join(dir, "single.zip")},
		Progress: func(p Progress) { steps = append(steps, p.Step) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Alpine:v3.19": "partial none", "Debian:13": "full all", "PyPI": "partial none", "npm": "partial none"}
	if diff := cmp.Diff(want, coverageOf(stats)); diff != "" {
		t.Error(diff)
	}
	if stats.Records != 4 || len(stats.Sources) != 4 || stats.Sources[1].Rejected != 1 || len(stats.Sources[1].Examples) != 1 || !slices.Contains(steps, "write") {
		t.Errorf("%+v, steps %v", stats, steps)
	}
	a := match(t, open(t, out), pkg("npm", "x", "0.1.0"), deb("Debian:13", "y", "1", "y"), pkg("pypi", "z", "1"), deb("Debian:99", "y", "1", "y"))
	if c := a.Coverage[1]; c.Ecosystem != "Debian:99" || c.Get != "" || c.Level != finding.CoverageNone || c.Limits[0].ID != "coverage.release" {
		t.Errorf("a release that the whole of Debian does not have: %+v", c)
	}
	if len(a.Results) != 3 || a.Coverage[0].Level != finding.CoverageFull || a.Coverage[0].Date != "2026-12-02" {
		t.Errorf("%v, %+v", brief(a), a.Coverage)
	}
	info, err := os.Stat(out)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestBuildJoinsFacts(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "PyPI", "all.zip"), zipOf(t, doc("GHSA-new", newer+`,"aliases":["CVE-2026-99999999"]`, "PyPI a-new-package 0 2")))
	out := filepath.Join(dir, "db.bwdb")
	stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: out, Sources: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Records != facts.Info().Records+1 {
		t.Errorf("%d records, the facts have %d", stats.Records, facts.Info().Records)
	}
	db := open(t, out)
	for _, id := range []string{"CVE-2021-44228", "CVE-2026-99999999"} {
		if _, ok := db.Explain(id); !ok {
			t.Errorf("%s is not in it", id)
		}
	}
	// What was full stays full, what was partial stays partial.
	got, want := coverageOf(stats), map[string]string{"PyPI": "full all", "npm": "partial listed", "Debian:12": "partial listed"}
	for key, level := range want {
		if got[key] != level {
			t.Errorf("%s: %s, want %s", key, got[key], level)
		}
	}
}

// TestFullSourceReplaces: an ecosystem that a source holds whole is full, and
// what the source does not have any more is gone.
func TestFullSourceReplaces(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "Debian", "all.zip"), zipOf(t, doc("DEBIAN-CVE-2026-1", newer+`,"upstream":["CVE-2026-1"]`, "Debian:12 openssl 0 -")))
	put(t, filepath.Join(dir, "Debian", "coverage.json"), []byte(`[{"ecosystem":"Debian","level":"full"}]`))
	out := filepath.Join(dir, "db.bwdb")
	stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: out, Sources: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	if got := coverageOf(stats)["Debian:12"]; got != "full all" {
		t.Errorf("Debian:12 is %s", got)
	}
	if !slices.Contains(stats.Sources[0].Complete, "Debian:12") {
		t.Errorf("complete: %v", stats.Sources[0].Complete)
	}
	a := match(t, open(t, out), deb("Debian:12", "libssl3", "3.0.11-1~deb12u1", "openssl"))
	if diff := cmp.Diff([]string{"CVE-2026-1"}, idsOf(a)); diff != "" {
		t.Errorf("records of the embedded facts are left: %s", diff)
	}
}

func idsOf(a Answer) (ids []string) {
	for _, r := range a.Results {
		ids = append(ids, r.Advisory.ID)
	}
	return ids
}

func TestCoverageOfBucket(t *testing.T) {
	for _, test := range []struct{ address, want string }{
		{"https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip", "npm"},
		{"https://osv-vulnerabilities.storage.googleapis.com/Rocky%20Linux/all.zip", "Rocky Linux"},
		{"https://osv-vulnerabilities.storage.googleapis.com/all.zip", "*"},
		{"https://storage.googleapis.com/osv-vulnerabilities/PyPI/all.zip", "PyPI"},
		{"http://osv-vulnerabilities.storage.googleapis.com/npm/all.zip", ""},
		{"https://osv-vulnerabilities.storage.googleapis.com.evil.example/npm/all.zip", ""},
		{"https://storage.googleapis.com/other/npm/all.zip", ""},
		{"https://osv-vulnerabilities.storage.googleapis.com/npm/GHSA-1.json", ""},
		{"https://mirror.example/npm/all.zip", ""},
	} {
		req, err := http.NewRequest(http.MethodGet, test.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if c := bucketClaim(req.URL); c != nil {
			got = c[0].Ecosystem
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.address, got, test.want)
		}
	}
}

func TestClaims(t *testing.T) {
	zipped := zipOf(t, doc("A-1", newer, "Alpine:v3.19 x 0 1"), doc("A-2", newer, "npm x 0 1.0.0"))
	for _, test := range []struct {
		name, claim string
		want        map[string]string
		wantErr     bool
	}{
		{"none", "", map[string]string{"Alpine:v3.19": "partial none", "npm": "partial none"}, false},
		{"a feed of fixed flaws is never full", `{"ecosystem":"Alpine","level":"full"}`, map[string]string{"Alpine:v3.19": "partial all", "npm": "partial none"}, false},
		{"another ecosystem", `{"ecosystem":"npm","level":"full"}`, map[string]string{"Alpine:v3.19": "partial none", "npm": "full all"}, false},
		{"partial", `{"ecosystem":"npm","level":"partial"}`, map[string]string{"Alpine:v3.19": "partial none", "npm": "partial none"}, false},
		{"no JSON", `full`, nil, true},
		{"no level", `{"ecosystem":"npm"}`, nil, true},
		{"no ecosystem", `{"level":"full"}`, nil, true},
		{"no date", `{"ecosystem":"npm","level":"full","date":"yesterday"}`, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "all.zip"), zipped)
			if test.claim != "" {
				put(t, filepath.Join(dir, "coverage.json"), []byte(test.claim))
			}
			stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: filepath.Join(dir, "db"), WithoutFacts: true, Sources: []string{dir}})
			if (err != nil) != test.wantErr {
				t.Fatal(err)
			}
			if err == nil {
				if diff := cmp.Diff(test.want, coverageOf(stats)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestRejectedDocumentsTakeFull: a source of which something could not be read is not whole.
func TestRejectedDocumentsTakeFull(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "all.zip"), zipOf(t, doc("A-2", newer, "npm x 0 1.0.0"), "{"))
	put(t, filepath.Join(dir, "coverage.json"), []byte(`{"ecosystem":"npm","level":"full"}`))
	stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: filepath.Join(dir, "db"), WithoutFacts: true, Sources: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]finding.Text{finding.T("coverage.rejected", "1")}, stats.Coverage[0].Limits); diff != "" || stats.Coverage[0].Level != finding.CoveragePartial {
		t.Errorf("%s %s", stats.Coverage[0].Level, diff)
	}
}

// TestAFewDocumentsAreNoCoverage: documents that name an ecosystem beside
// another don't make it "partial".
func TestAFewDocumentsAreNoCoverage(t *testing.T) {
	dir := t.TempDir()
	documents := []string{doc("GHSA-both", newer, "npm x 0 1.0.0", "NuGet X 0 1.0.0")}
	for i := range 50 {
		documents = append(documents, doc(fmt.Sprintf("GHSA-%d", i), newer, "npm x 0 1.0.0"))
	}
	put(t, filepath.Join(dir, "all.zip"), zipOf(t, documents...))
	stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: filepath.Join(dir, "db"), WithoutFacts: true, Sources: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"npm": "partial none"}, coverageOf(stats)); diff != "" {
		t.Error(diff)
	}
}

func TestBuildFailsAndLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "empty.zip"), zipOf(t, "{"))
	put(t, filepath.Join(dir, "text.zip"), []byte("no zip"))
	good := filepath.Join(dir, "good.zip")
	put(t, good, zipOf(t, doc("A-2", newer, "npm x 0 1.0.0")))
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		name   string
		ctx    context.Context
		source string
	}{
		{"nothing there", context.Background(), filepath.Join(dir, "absent")},
		{"no document", context.Background(), filepath.Join(dir, "empty.zip")},
		{"no zip", context.Background(), filepath.Join(dir, "text.zip")},
		{"cancelled", cancelled, good},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "db.bwdb")
			put(t, out, []byte("old"))
			if _, err := Build(test.ctx, BuildConfig{Now: newYear, Output: out, WithoutFacts: true, Sources: []string{good, test.source}}); err == nil || !strings.Contains(err.Error(), test.source) {
				t.Errorf("error %v does not name the source", err)
			}
			onlyOld(t, out)
		})
	}
	if _, err := Build(context.Background(), BuildConfig{Now: newYear, Output: filepath.Join(dir, "no", "such", "folder", "db"), WithoutFacts: true, Sources: []string{good}}); err == nil {
		t.Error("written into a folder that is not there")
	}
}

func onlyOld(t *testing.T, out string) {
	t.Helper()
	if content, err := os.ReadFile(out); err != nil || string(content) != "old" {
		t.Errorf("the old file is gone: %q, %v", content, err)
	}
	entries, err := os.ReadDir(filepath.Dir(out))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".bwdb-") && !strings.HasPrefix(e.Name(), ".bwdb-download-") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

// server offers one zip over loopback and misbehaves as told.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // "range" or "whole"
	content  []byte
	etag     string
	// cutAfter closes the connection after so many bytes, for the next cuts requests.
	cutAfter, cuts int
	status         int // answered instead, for the next cuts requests
	noRange        bool
	claim          string
}

func newServer(t *testing.T, content []byte) *server {
	s := &server{content: content, etag: `"v1"`}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/coverage.json") {
		if s.claim == "" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, s.claim)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/all.zip") {
		http.NotFound(w, r)
		return
	}
	from := 0
	kind := "whole"
	if v, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && !s.noRange && r.Header.Get("If-Range") == s.etag {
		kind = "range"
		from, _ = strconv.Atoi(strings.TrimSuffix(v, "-"))
	}
	s.requests = append(s.requests, kind)
	cut := s.cuts > 0
	if cut {
		s.cuts--
		if s.status != 0 {
			w.WriteHeader(s.status)
			return
		}
	}
	w.Header().Set("ETag", s.etag)
	if kind == "range" && from >= len(s.content) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(s.content)))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(s.content)-from))
	if kind == "range" {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.content)-1, len(s.content)))
		w.WriteHeader(http.StatusPartialContent)
	}
	body := s.content[from:]
	if cut {
		body = body[:min(s.cutAfter, len(body))]
	}
	if _, err := w.Write(body); err == nil && cut {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.Close()
		}
	}
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

func bigZip(t *testing.T) []byte {
	var documents []string
	for i := range 3000 {
		documents = append(documents, doc(fmt.Sprintf("GHSA-%d", i), newer+fmt.Sprintf(`,"details":"%x"`, strings.Repeat(fmt.Sprint(i*7919), 20)), "npm x 0 1.0.0"))
	}
	return zipOf(t, documents...)
}

func noWait(context.Context, time.Duration) error { return nil }

func TestDownload(t *testing.T) {
	content := bigZip(t)
	for _, test := range []struct {
		name    string
		change  func(*server)
		config  func(*BuildConfig)
		wantErr string
		asked   []string
	}{
		{name: "plain", asked: []string{"whole"}},
		{name: "interrupted twice", change: func(s *server) { s.cutAfter, s.cuts = 100_000, 2 }, asked: []string{"whole", "range", "range"}},
		{name: "interrupted, server without ranges", change: func(s *server) { s.cutAfter, s.cuts, s.noRange = 100_000, 1, true }, asked: []string{"whole", "whole"}},
		{name: "busy for a while", change: func(s *server) { s.status, s.cuts = http.StatusTooManyRequests, 3 }, asked: []string{"whole", "whole", "whole", "whole"}},
		{name: "broken for good", change: func(s *server) { s.status, s.cuts = http.StatusBadGateway, 100 }, wantErr: "502", asked: []string{"whole", "whole", "whole"}, config: func(c *BuildConfig) { c.Retries = 2 }},
		{name: "not there", change: func(s *server) { s.status, s.cuts = http.StatusNotFound, 100 }, wantErr: "404", asked: []string{"whole"}},
		{name: "too large, as it says", wantErr: "larger than allowed", asked: []string{"whole"}, config: func(c *BuildConfig) { c.MaxDownload = 1000 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, content)
			if test.change != nil {
				test.change(s)
			}
			out := filepath.Join(t.TempDir(), "db.bwdb")
			put(t, out, []byte("old"))
			cfg := BuildConfig{Now: newYear, Output: out, WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"}, Wait: noWait}
			if test.config != nil {
				test.config(&cfg)
			}
			stats, err := Build(context.Background(), cfg)
			if diff := cmp.Diff(test.asked, s.asked()); diff != "" {
				t.Error(diff)
			}
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Errorf("got %v", err)
				}
				onlyOld(t, out)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if stats.Records != 3000 {
				t.Errorf("%d records", stats.Records)
			}
			entries, err := os.ReadDir(filepath.Dir(out))
			if err != nil || len(entries) != 1 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
}

// TestDownloadGoesOnNextTime: a build that was broken off leaves its part, and
// the next one goes on with it unless the file has changed.
func TestDownloadGoesOnNextTime(t *testing.T) {
	for _, changed := range []bool{false, true} {
		t.Run(fmt.Sprint("changed ", changed), func(t *testing.T) {
			s := newServer(t, bigZip(t))
			s.cutAfter, s.cuts = 50_000, 1
			out := filepath.Join(t.TempDir(), "db.bwdb")
			ctx, cancel := context.WithCancel(context.Background())
			cfg := BuildConfig{Now: newYear, Output: out, WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"}, Wait: func(context.Context, time.Duration) error {
				cancel()
				return ctx.Err()
			}}
			if _, err := Build(ctx, cfg); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			s.asked()
			want := []string{"range"}
			if changed {
				s.content, s.etag, want = zipOf(t, doc("GHSA-1", newer, "npm x 0 1.0.0")), `"v2"`, []string{"whole"}
			}
			stats, err := Build(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, s.asked()); diff != "" {
				t.Error(diff)
			}
			if (stats.Records == 3000) == changed {
				t.Errorf("%d records", stats.Records)
			}
		})
	}
}

// TestFailedDownload: what failed for good leaves nothing, also of an earlier
// try; a connection that is lost leaves its part. Each error names it.
func TestFailedDownload(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*server, *BuildConfig)
		left   int
	}{
		{"the connection is lost again", func(s *server, _ *BuildConfig) { s.cutAfter, s.cuts = 0, 100 }, 2},
		{"not there any more", func(s *server, _ *BuildConfig) { s.status, s.cuts = http.StatusNotFound, 100 }, 0},
		{"too large", func(_ *server, c *BuildConfig) { c.MaxDownload = 60_000 }, 0},
		{"a bad claim", func(s *server, _ *BuildConfig) { s.claim = "{}" }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, bigZip(t))
			s.cutAfter, s.cuts = 50_000, 1
			cfg := BuildConfig{Now: newYear, Output: filepath.Join(t.TempDir(), "db"), WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"}, Wait: noWait, Retries: -1}
			failed := func(want int) {
				t.Helper()
				if _, err := Build(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), filepath.Join(filepath.Dir(cfg.Output), ".bwdb-download-")) {
					t.Errorf("the error does not name the part: %v", err)
				}
				left, err := os.ReadDir(filepath.Dir(cfg.Output))
				if err != nil || len(left) != want {
					t.Errorf("left: %v, %v; want %d", left, err, want)
				}
			}
			cfg.Wait = func(context.Context, time.Duration) error { return context.Canceled }
			cfg.Retries = 0
			failed(2)
			cfg.Retries, cfg.Wait = -1, noWait
			test.change(s, &cfg)
			failed(test.left)
		})
	}
}

// TestBadDownloadIsForgotten: what came whole and is no zip must not be gone on
// with when the server has a good one under the same tag.
func TestBadDownloadIsForgotten(t *testing.T) {
	s := newServer(t, []byte(strings.Repeat("no zip ", 1000)))
	cfg := BuildConfig{Now: newYear, Output: filepath.Join(t.TempDir(), "db"), WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"}, Wait: noWait}
	if _, err := Build(context.Background(), cfg); err == nil {
		t.Fatal("no error")
	}
	if left, err := os.ReadDir(filepath.Dir(cfg.Output)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	s.content = zipOf(t, doc("GHSA-1", newer, "npm x 0 1.0.0"))
	if stats, err := Build(context.Background(), cfg); err != nil || stats.Records != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestStalledServer: a server that stops in the middle is given up.
func TestStalledServer(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(make([]byte, 1000))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(done)
	cfg := BuildConfig{
		Now: newYear, Output: filepath.Join(t.TempDir(), "db"), WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"},
		Wait: noWait, Retries: -1, Silence: 50 * time.Millisecond,
	}
	if _, err := Build(context.Background(), cfg); !errors.Is(err, errStalled) {
		t.Errorf("got %v", err)
	}
}

func TestMirrorWithClaim(t *testing.T) {
	s := newServer(t, zipOf(t, doc("GHSA-1", newer, "npm x 0 1.0.0")))
	s.claim = `{"ecosystem":"npm","level":"full","date":"2026-12-03"}`
	stats, err := Build(context.Background(), BuildConfig{Now: newYear, Output: filepath.Join(t.TempDir(), "db"), WithoutFacts: true, Sources: []string{s.URL + "/npm/all.zip"}, Wait: noWait})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]table.Coverage{{Key: "npm", Level: finding.CoverageFull, Date: "2026-12-03", Known: table.KnownAll}}, stats.Coverage); diff != "" {
		t.Error(diff)
	}
}

// TestOverwrittenInPlace cuts a database short that is open: what was read into
// memory does not notice, and a mapped one says that it is damaged.
func TestOverwrittenInPlace(t *testing.T) {
	for _, test := range []struct {
		name   string
		memory int64
		want   error
	}{{"in memory", inMemory, nil}, {"mapped", 0, ErrCorrupt}} {
		t.Run(test.name, func(t *testing.T) {
			if test.want != nil && runtime.GOOS == "windows" {
				t.Skip("files are not mapped there")
			}
			dir := t.TempDir()
			put(t, filepath.Join(dir, "all.zip"), bigZip(t))
			path := filepath.Join(dir, "db")
			if _, err := Build(t.Context(), BuildConfig{Now: newYear, Output: path, WithoutFacts: true, Sources: []string{dir}}); err != nil {
				t.Fatal(err)
			}
			db, err := openWith(path, test.memory)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Verify(); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
			if err := db.Verify(); !errors.Is(err, test.want) {
				t.Errorf("verify: %v", err)
			}
			a, err := db.Match(t.Context(), Input{Packages: []finding.Package{pkg("npm", "x", "0.1.0")}})
			if !errors.Is(err, test.want) || test.want == nil && len(a.Results) != 3000 {
				t.Errorf("match: %d results, %v", len(a.Results), err)
			}
			if _, ok := db.Explain("GHSA-1"); ok != (test.want == nil) {
				t.Errorf("explain: %v", ok)
			}
			if _, err := db.Status(newYear); !errors.Is(err, test.want) {
				t.Errorf("status: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	put(t, text, bytes.Repeat([]byte("text "), 1000))
	empty := filepath.Join(dir, "empty")
	put(t, empty, nil)
	for _, test := range []struct {
		path string
		want error
	}{{text, ErrFormat}, {empty, ErrFormat}, {dir, ErrFormat}, {filepath.Join(dir, "absent"), os.ErrNotExist}} {
		if _, err := Open(test.path); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.path, err)
		}
	}
}

// newYear is after all that the documents of the tests say.
var newYear = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// TestDatesOfTheFuture: a record that says it was modified after the build, as
// two of PyPI's did, does not make the data look fresher than it is.
func TestDatesOfTheFuture(t *testing.T) {
	document := func(id, published, modified string) string {
		return fmt.Sprintf(`{"id":%q,"published":"%sT00:00:00Z","modified":"%sT10:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":%q},"versions":["1"]}]}`,
			id, published, modified, strings.ToLower(id))
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name      string
		documents []string
		claim     string
		date      string
		future    []string
	}{
		{"none", []string{document("P-1", "2026-01-01", "2026-07-23"), document("P-2", "2025-01-01", "2025-01-01")}, "", "2026-07-23", nil},
		{"today and, by another clock, tomorrow", []string{document("P-1", "2026-11-24", "2026-11-24"), document("P-2", "2026-11-24", "2026-11-25")}, "", "2026-11-25", nil},
		{"two of them", []string{document("P-1", "2026-01-01", "2026-07-23"), document("P-2", "2024-11-01", "2027-07-09"), document("P-3", "2025-02-01", "2027-07-09")}, "",
			"2026-07-23", []string{"P-2 2027-07-09", "P-3 2027-07-09"}},
		{"nothing else", []string{document("P-1", "2025-02-01", "2027-07-09")}, "", "2025-02-01", []string{"P-1 2027-07-09"}},
		{"published in the future too", []string{document("P-1", "2027-02-01", "2027-07-09"), document("P-2", "2025-01-01", "2025-01-02")}, "", "2025-01-02", []string{"P-1 2027-07-09"}},
		{"a claim of the future", []string{document("P-1", "2025-02-01", "2025-02-02")}, `{"ecosystem":"PyPI","level":"full","date":"2027-01-01"}`, "2025-02-02", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "PyPI", "all.zip"), zipOf(t, test.documents...))
			if test.claim != "" {
				put(t, filepath.Join(dir, "PyPI", "coverage.json"), []byte(test.claim))
			}
			out := filepath.Join(dir, "db")
			stats, err := Build(t.Context(), BuildConfig{Output: out, Sources: []string{dir}, WithoutFacts: true, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			db := open(t, out)
			if got := db.Info().Date; got != test.date {
				t.Errorf("the data is of %s, want %s", got, test.date)
			}
			if got := stats.Coverage[0].Date; got != test.date {
				t.Errorf("coverage is of %s, want %s", got, test.date)
			}
			if diff := cmp.Diff(test.future, stats.Sources[0].FutureExamples); diff != "" || stats.Sources[0].Future != len(test.future) {
				t.Errorf("%d of the future: %s", stats.Sources[0].Future, diff)
			}
			if db.Info().Records != len(test.documents) {
				t.Errorf("%d records, want all %d", db.Info().Records, len(test.documents))
			}
		})
	}
}
