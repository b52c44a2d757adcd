package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bulwark/internal/catalogue"
	"bulwark/internal/finding"
	"bulwark/internal/report/diff"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestGolden(t *testing.T) {
	r := example(t)
	for _, lang := range []string{"en", "zh-CN"} {
		for _, width := range []int{80, 120, 0} {
			name := fmt.Sprintf("table.%s.%d.txt", lang, width)
			t.Run(name, func(t *testing.T) {
				golden(t, name, writeOf(t, "table", r, Options{Lang: lang, Width: width}))
			})
		}
		name := "table." + lang + ".80.color.txt"
		t.Run(name, func(t *testing.T) {
			golden(t, name, writeOf(t, "table", r, Options{Lang: lang, Width: 80, Color: true}))
		})
	}
	for _, format := range []string{"json", "cyclonedx", "sarif"} {
		for _, lang := range []string{"en", "zh-CN"} {
			if format == "json" && lang != "en" {
				continue
			}
			name := format + "." + lang + ".json"
			t.Run(name, func(t *testing.T) { golden(t, name, writeOf(t, format, r, Options{Lang: lang})) })
		}
	}
	t.Run("sbom", func(t *testing.T) {
		golden(t, "sbom.table.txt", writeOf(t, "table", r, Options{Width: 80, SBOM: true}))
		golden(t, "sbom.cyclonedx.json", writeOf(t, "cyclonedx", r, Options{SBOM: true}))
	})
	t.Run("inspection", func(t *testing.T) {
		golden(t, "inspect.en.80.txt", writeOf(t, "table", r, Options{Width: 80, Inspect: true}))
		golden(t, "inspect.zh-CN.80.txt", writeOf(t, "table", r, Options{Width: 80, Inspect: true, Lang: "zh-CN"}))
		golden(t, "inspect.en.0.txt", writeOf(t, "table", r, Options{Inspect: true, All: true}))
	})
	t.Run("suppressed", func(t *testing.T) {
		view := finding.Filter{Suppressed: finding.Only}.Apply(r)
		golden(t, "table.suppressed.txt", writeOf(t, "table", view, Options{Width: 80}))
	})
	t.Run("nothing found", func(t *testing.T) {
		clean := &finding.Report{
			Subject:  finding.Subject{Kind: "image", Ref: "scratch:1", Name: "scratch"},
			Packages: []finding.Package{{ID: "pkg:npm/a@1", Type: "npm", Name: "a", Version: "1", PURL: "pkg:npm/a@1"}},
			Coverage: []finding.Coverage{{Ecosystem: "npm", Level: finding.CoverageFull, Packages: 1, Known: 1, Date: "2026-11-01"}},
		}
		golden(t, "table.clean.txt", writeOf(t, "table", clean, Options{Width: 80}))
		golden(t, "table.empty.txt", writeOf(t, "table", &finding.Report{Subject: finding.Subject{Ref: "x"}}, Options{Width: 80}))
	})
	t.Run("integrity", func(t *testing.T) {
		bad := &finding.Report{
			Subject: finding.Subject{Kind: "image", Ref: "app:1", Name: "app"},
			Results: []finding.Result{{
				Check: finding.CheckIntegrity, State: finding.Fail, Rating: finding.Rating{Severity: finding.Critical},
				Title: finding.T("finding.unread.other", "layer 3"), Evidence: []string{"claimed sha256:aa, computed sha256:bb"},
			}},
		}
		golden(t, "table.integrity.txt", writeOf(t, "table", bad, Options{Width: 80}))
	})
	t.Run("hostile", func(t *testing.T) {
		golden(t, "table.hostile.txt", writeOf(t, "table", hostile(t), Options{Width: 80}))
	})
}

func TestExplainGolden(t *testing.T) {
	r := example(t)
	o := Options{Width: 80, Checks: catalogue.Checks()}
	var b bytes.Buffer
	for _, id := range []string{"CVE-2022-0778", "CVE-2023-29404", finding.CheckEndOfLife} {
		if err := ExplainResult(&b, r, finding.Find(r, id)[0], o); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n----\n")
	}
	c, _ := catalogue.Find(finding.CheckIntegrity)
	if err := ExplainCheck(&b, c, o); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n----\n")
	if err := ListChecks(&b, finding.CoreChecks(), o); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain.txt", b.Bytes())
	golden(t, "checks.md", []byte(ChecksMarkdown(finding.CoreChecks(), "en")))
	golden(t, "checks.zh-CN.md", []byte(ChecksMarkdown(finding.CoreChecks(), "zh-CN")))
}

// TestTableFits holds every line against the width, for every width and language.
func TestTableFits(t *testing.T) {
	for name, r := range map[string]*finding.Report{"example": example(t), "hostile": hostile(t), "many": many()} {
		for _, lang := range []string{"en", "zh-CN"} {
			for _, color := range []bool{false, true} {
				for width := narrowest; width <= 200; width += 7 {
					out := writeOf(t, "table", r, Options{Lang: lang, Width: width, Color: color})
					out = append(out, writeOf(t, "table", r, Options{Lang: lang, Width: width, Color: color, Inspect: true})...)
					for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\n"), "\n") {
						if n := Columns(unstyled(line)); n > width && !isCommand(line) {
							t.Fatalf("%s, %s, width %d, colour %v: a line has %d columns: %q", name, lang, width, color, n, line)
						}
					}
				}
			}
		}
	}
}

// isCommand reports whether a line is a proposed command, which is never cut.
func isCommand(line string) bool {
	for _, c := range []string{"apt-get", "bulwark explain", "bulwark db build", "go get", "npm install"} {
		if strings.Contains(line, c) {
			return true
		}
	}
	return strings.Contains(line, `\x1b[2J`) // the hostile command
}

// TestTableColourChangesNothing takes the colours out again.
func TestTableColourChangesNothing(t *testing.T) {
	for _, r := range []*finding.Report{example(t), hostile(t), many()} {
		for _, width := range []int{0, 60, 80, 120} {
			plain := append(writeOf(t, "table", r, Options{Width: width}), writeOf(t, "table", r, Options{Width: width, Inspect: true})...)
			coloured := append(writeOf(t, "table", r, Options{Width: width, Color: true}), writeOf(t, "table", r, Options{Width: width, Color: true, Inspect: true})...)
			var b strings.Builder
			for line := range strings.SplitAfterSeq(string(coloured), "\n") {
				b.WriteString(strings.TrimRight(unstyled(strings.TrimSuffix(line, "\n")), " "))
				if strings.HasSuffix(line, "\n") {
					b.WriteString("\n")
				}
			}
			if diff := cmp.Diff(string(plain), b.String()); diff != "" {
				t.Errorf("width %d: %s", width, diff)
			}
		}
	}
}

// many is a report with more rows than are shown.
func many() *finding.Report {
	r := &finding.Report{Subject: finding.Subject{Kind: "image", Ref: "many:1", Name: "many"}}
	for i := range 60 {
		purl := fmt.Sprintf("pkg:npm/a-package-with-a-rather-long-name-%02d@1.0.%d", i, i)
		r.Packages = append(r.Packages, finding.Package{
			ID: purl, Type: "npm", Name: fmt.Sprintf("a-package-with-a-rather-long-name-%02d", i), Version: fmt.Sprintf("1.0.%d-beta.20240101", i), PURL: purl,
			Locations: []finding.Location{{Path: fmt.Sprintf("srv/app/node_modules/x/node_modules/a-package-with-a-rather-long-name-%02d/package.json", i)}},
		})
		for j := range i%7 + 1 {
			res := finding.Result{
				Check: finding.CheckVulnerability, State: finding.Fail, Package: purl, Rating: finding.Rating{Severity: finding.Severity(j % 6)},
				Advisory: &finding.Advisory{ID: fmt.Sprintf("CVE-2026-%04d", i*10+j), Sources: []finding.AdvisorySource{{Ecosystem: "npm"}}},
			}
			if i%2 == 0 {
				res.Advisory.Fixed = []string{fmt.Sprintf("1.%d.0", j+1)}
			}
			r.Results = append(r.Results, res)
		}
	}
	for i := range 30 {
		r.Unread = append(r.Unread, finding.Unread{Location: finding.Location{Path: fmt.Sprintf("some/long/path/to/a/file/which/could/not/be/read/%02d.jar", i)}, Reason: finding.UnreadLimit})
	}
	finding.Finish(r, catalogue.Checks())
	return r
}

func TestTableLimitsRows(t *testing.T) {
	short := string(writeOf(t, "table", many(), Options{Width: 80}))
	long := string(writeOf(t, "table", many(), Options{Width: 160, All: true}))
	if !strings.Contains(short, "--all") || strings.Contains(long, "--all") {
		t.Error("rows are not limited, or are limited with --all")
	}
	if n := strings.Count(short, "\n"); n > 80 {
		t.Errorf("%d lines", n)
	}
	if n := strings.Count(long, "a-package-with"); n < 60 {
		t.Errorf("--all shows %d packages", n)
	}
}

// TestHostile looks for anything that does something on a terminal, in every
// form and language.
func TestHostile(t *testing.T) {
	r := hostile(t)
	check := func(t *testing.T, out []byte) {
		t.Helper()
		if !utf8.Valid(out) {
			t.Error("not UTF-8")
		}
		for i, c := range string(out) {
			if isHarmful(c) && c != '\n' {
				t.Fatalf("character %U at %d: %q", c, i, out[max(0, i-30):min(len(out), i+10)])
			}
		}
	}
	for _, w := range Writers() {
		for _, lang := range []string{"en", "zh-CN"} {
			for _, all := range []bool{false, true} {
				for _, width := range []int{0, 80} {
					t.Run(fmt.Sprint(w.Format(), lang, all, width), func(t *testing.T) {
						check(t, writeOf(t, w.Format(), r, Options{Lang: lang, All: all, Width: width}))
						check(t, writeOf(t, w.Format(), r, Options{Lang: lang, All: all, Width: width, SBOM: true}))
						check(t, writeOf(t, w.Format(), r, Options{Lang: lang, All: all, Width: width, Inspect: true}))
					})
				}
			}
		}
	}
	t.Run("explain", func(t *testing.T) {
		var b bytes.Buffer
		for i := range r.Results {
			if err := ExplainResult(&b, r, &r.Results[i], Options{Width: 80, Checks: catalogue.Checks()}); err != nil {
				t.Fatal(err)
			}
		}
		check(t, b.Bytes())
	})
	t.Run("difference", func(t *testing.T) {
		for _, pair := range [][2]*finding.Report{{r, example(t)}, {example(t), r}} {
			for _, format := range DifferenceFormats() {
				var b bytes.Buffer
				if err := EmitDifference(diff.Diff(pair[0], pair[1]), []Target{{Format: format}}, &b, Options{Width: 80, All: true}); err != nil {
					t.Fatal(err)
				}
				check(t, b.Bytes())
				for line := range strings.SplitSeq(b.String(), "\n") {
					if format == formTable && Columns(line) > 80 {
						t.Errorf("%d columns: %s", Columns(line), line)
					}
				}
			}
		}
	})
	t.Run("no command of a hostile name", func(t *testing.T) {
		out := string(writeOf(t, "table", r, Options{}))
		if strings.Contains(out, "apt-get install") || strings.Contains(out, "npm install") {
			t.Error("a hostile name stands in a command")
		}
	})
	t.Run("hidden and suppressed views", func(t *testing.T) {
		for _, f := range []finding.Filter{{Suppressed: finding.Only}, {Hidden: finding.Only}} {
			check(t, writeOf(t, "table", f.Apply(r), Options{Width: 80}))
		}
	})
}

// TestEveryFormatSaysWhatIsMissing: coverage, unread and suppressed counts are
// nowhere left out.
func TestEveryFormatSaysWhatIsMissing(t *testing.T) {
	for _, w := range Writers() {
		t.Run(w.Format(), func(t *testing.T) {
			out := string(writeOf(t, w.Format(), example(t), Options{}))
			for _, want := range []string{"Wolfi", "nested more than 5 deep", "uppressed", "2026-11-01"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not said", want)
				}
			}
		})
	}
}

func TestSchemas(t *testing.T) {
	for _, test := range []struct{ format, schema string }{
		{"cyclonedx", "testdata/schemas/bom-1.6.schema.json"},
		{"sarif", "testdata/schemas/sarif-schema-2.1.0.json"},
	} {
		s := compile(t, test.schema)
		for name, r := range map[string]*finding.Report{"example": example(t), "hostile": hostile(t), "empty": {}, "many": many()} {
			for _, sbom := range []bool{false, true} {
				t.Run(fmt.Sprint(test.format, name, sbom), func(t *testing.T) {
					if err := s.Validate(decode(t, writeOf(t, test.format, r, Options{SBOM: sbom}))); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

func TestSameBytes(t *testing.T) {
	for _, w := range Writers() {
		t.Run(w.Format(), func(t *testing.T) {
			a := example(t)
			b := example(t)
			b.Started = b.Started.Add(5 * time.Minute)
			o := Options{Time: time.Unix(1700000000, 0)}
			if diff := cmp.Diff(string(writeOf(t, w.Format(), a, o)), string(writeOf(t, w.Format(), b, o))); diff != "" {
				t.Error(diff)
			}
		})
	}
	serial := func(r *finding.Report) string {
		return decode(t, writeOf(t, "cyclonedx", r, Options{})).(map[string]any)["serialNumber"].(string)
	}
	later := example(t)
	later.Started = later.Started.Add(time.Hour)
	other := example(t)
	other.Packages = other.Packages[1:]
	if serial(example(t)) != serial(later) {
		t.Error("the serial number depends on the time")
	}
	if serial(example(t)) == serial(other) {
		t.Error("other content has the same serial number")
	}
}

func TestRoundTrip(t *testing.T) {
	r := example(t)
	got, err := Read(bytes.NewReader(writeOf(t, "json", r, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	// Everything that is shown can be shown from the saved report.
	for _, w := range Writers() {
		if diff := cmp.Diff(string(writeOf(t, w.Format(), r, Options{})), string(writeOf(t, w.Format(), got, Options{}))); diff != "" {
			t.Errorf("%s: %s", w.Format(), diff)
		}
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     error
	}{
		{"empty", "", ErrNotReport},
		{"not JSON", "hello", ErrNotReport},
		{"a list", "[]", ErrNotReport},
		{"another JSON", `{"SchemaVersion":2,"Results":[]}`, ErrNotReport},
		{"no tool", `{"schema_version":"1.0"}`, ErrNotReport},
		{"newer minor", `{"schema_version":"1.9","tool":{"name":"bulwark","version":"9"},"new_field":{"a":[1]}}`, nil},
		{"newer major", `{"schema_version":"2.0","tool":{}}`, ErrVersion},
		{"no version", `{"schema_version":"one","tool":{}}`, ErrVersion},
		{"cut short", `{"schema_version":"1.0","tool":{}`, ErrNotReport},
		{"wrong type", `{"schema_version":"1.0","tool":{},"results":{"a":1}}`, ErrNotReport},
		{"unknown severity", `{"schema_version":"1.0","tool":{},"results":[{"rating":{"severity":"huge"}}]}`, ErrNotReport},
		{"something follows", `{"schema_version":"1.0","tool":{}} {}`, ErrNotReport},
		{"deep", strings.Repeat("[", 100000), ErrNotReport},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.in))
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile("testdata/golden/json.en.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"schema_version":"1.0","tool":{},"results":[{"state":"fail","check":"vulnerability","package":"x","advisory":{"id":"C","sources":null}}]}`))
	f.Add([]byte(`{"schema_version":"1.0","tool":{},"layers":[{}],"packages":[{"id":"p","locations":[{"layer":-7,"path":"\u001b"}]}],"verdict":{"counts":{"high":1}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		o := Options{Checks: catalogue.Checks(), Width: 80}
		for _, w := range Writers() {
			var out bytes.Buffer
			if err := w.Write(&out, r, o); err != nil {
				t.Fatalf("%s: %v", w.Format(), err)
			}
			for _, c := range out.String() {
				if isHarmful(c) && c != '\n' {
					t.Fatalf("%s: character %U", w.Format(), c)
				}
			}
		}
		for _, o := range []Options{{Width: 40, Color: true}, {Width: 91, Color: true, Lang: "zh-CN", All: true}, {Color: true}} {
			if err := (tableWriter{}).Write(io.Discard, r, o); err != nil {
				t.Fatal(err)
			}
		}
		for i := range min(len(r.Results), 20) {
			if err := ExplainResult(io.Discard, r, &r.Results[i], o); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		specs []string
		want  []Target
		err   string
	}{
		{nil, []Target{{"table", ""}}, ""},
		{[]string{"json"}, []Target{{"json", ""}}, ""},
		{[]string{"json=-"}, []Target{{"json", ""}}, ""},
		{[]string{"cyclonedx=a.json", "table"}, []Target{{"cyclonedx", "a.json"}, {"table", ""}}, ""},
		{[]string{"sarif=x=y"}, []Target{{"sarif", "x=y"}}, ""},
		{[]string{"json", "table"}, nil, "both go to standard output"},
		{[]string{"json=a", "sarif=./a"}, nil, "both go to ./a"},
		{[]string{"jsn"}, nil, `"jsn" is not one of table, json, cyclonedx, sarif`},
		{[]string{"json="}, nil, "names no file"},
		{[]string{""}, nil, "is not one of"},
	} {
		got, err := ParseAll(test.specs)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q: error %v, want one with %q", test.specs, err, test.err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: %s", test.specs, diff)
		}
	}
}

func TestEmit(t *testing.T) {
	dir := t.TempDir()
	r := example(t)
	file := filepath.Join(dir, "a.json")
	table := filepath.Join(dir, "t.txt")
	if err := os.WriteFile(table, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("t.txt", link); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	o := Options{Width: 80, Color: true, Checks: catalogue.Checks()}
	if err := Emit(r, []Target{{"table", ""}, {"json", file}, {"table", link}}, &stdout, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "\x1b[") {
		t.Error("no colour on the terminal")
	}
	b, err := os.ReadFile(table)
	if err != nil || bytes.Contains(b, []byte("\x1b")) || !bytes.Contains(b, []byte("lodash")) {
		t.Errorf("the file behind the link: %v, %.80q", err, b)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if info, _ := os.Stat(table); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := Read(mustOpen(t, file)); err != nil {
		t.Error(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 3 {
		t.Errorf("left behind: %v", entries)
	}

	// One that can't be written is told; the others are written.
	stdout.Reset()
	err = Emit(r, []Target{{"json", filepath.Join(dir, "no/such/dir.json")}, {"table", ""}}, &stdout, o)
	if err == nil || stdout.Len() == 0 {
		t.Errorf("error %v, %d bytes", err, stdout.Len())
	}
	if err := Emit(r, []Target{{"json", ""}}, full{}, o); err == nil {
		t.Error("a full disk is not told")
	}
	if err := Emit(r, []Target{{"json", "/dev/full"}}, nil, o); err == nil {
		t.Error("a full device is not told")
	}
}

func mustOpen(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTime(t *testing.T) {
	for _, test := range []struct {
		in   string
		want int64
		err  bool
	}{{"", 0, false}, {"1700000000", 1700000000, false}, {"x", 0, true}, {"-1", 0, true}, {"99999999999999", 0, true}} {
		got, err := Time(func(string) string { return test.in })
		if (err != nil) != test.err || err == nil && test.in != "" && got.Unix() != test.want {
			t.Errorf("%q: %v, %v", test.in, got, err)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"plain", "plain"},
		{"名称 é e\u0301 👩‍💻", "名称 é e\u0301 👩‍💻"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"a\nb\tc\rd\x00", `a\nb\tc\rd\x00`},
		{"\u009b31m", `\x9b31m`},
		{"\u202eabc", `\u202eabc`},
		{"\u2066x\u2069", `\u2066x\u2069`},
		{"zero\u200bwidth\ufeff", `zero\u200bwidth\ufeff`},
		{"bad\xff\xfe", `bad\xff\xfe`},
		{"\uFFFD", "\uFFFD"},
		{"tag\U000E0041", `tag\U000e0041`},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for _, test := range []struct {
		in   string
		want int
	}{{"", 0}, {"abc", 3}, {"严重", 4}, {"e\u0301", 1}, {"ｆｕｌｌ", 8}, {"한국어", 6}, {"a→b…", 4}, {"👩‍💻", 2}} {
		if got := Columns(test.in); got != test.want {
			t.Errorf("Columns(%q) = %d, want %d", test.in, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		in        string
		width     int
		want, end string
	}{
		{"abcdef", 6, "abcdef", "abcdef"},
		{"abcdef", 4, "abc…", "…def"},
		{"严重漏洞", 5, "严重…", "…漏洞"},
		{"严重漏洞", 6, "严重…", "…漏洞"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…", "…e\u0301"},
		{"abc", 0, "abc", "abc"},
		{"abc", 1, "…", "…"},
	} {
		if got := fit(test.in, test.width); got != test.want {
			t.Errorf("fit(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
		if got := fitEnd(test.in, test.width); got != test.end {
			t.Errorf("fitEnd(%q, %d) = %q, want %q", test.in, test.width, got, test.end)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		in    string
		width int
		want  []string
	}{
		{"one two three", 8, []string{"one two", "three"}},
		{"一二三四五六", 5, []string{"一二", "三四", "五六"}},
		{"averylongword ab", 5, []string{"avery", "longw", "ord", "ab"}},
		{"", 5, []string{""}},
		{"a b", 0, []string{"a b"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.in, test.width)); diff != "" {
			t.Errorf("%q: %s", test.in, diff)
		}
	}
}

func TestUpgradeTarget(t *testing.T) {
	r := example(t)
	fixable, unfixed := upgrades(findings(r).results, packagesByID(r))
	var got []string
	for _, u := range fixable {
		got = append(got, fmt.Sprintf("%s %s > %s (%d)", u.name, u.installed, u.to, len(u.advisories)))
	}
	want := []string{
		"stdlib 1.20.1 > 1.20.10 (2)",
		"golang.org/x/net v0.7.0 > 0.17.0 (1)",
		"openssl 1.1.1d-0+deb10u3 > 1.1.1n-0+deb10u2 (3)",
		"@babel/traverse 7.22.0 > 7.23.2 (1)",
		"lodash 4.17.20 > 4.17.21 (2)",
		"glibc 2.28-10 > 2.28-10+deb10u2 (1)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(unfixed) != 3 {
		t.Errorf("%d without a fix", len(unfixed))
	}
}

func TestTargetOnBranches(t *testing.T) {
	for _, test := range []struct {
		name, ecosystem string
		fixes           [][]string
		want            string
	}{
		{"none", "npm", nil, ""},
		{"one", "npm", [][]string{{"1.2.3"}}, "1.2.3"},
		{"the highest of the lowest", "npm", [][]string{{"1.2.3"}, {"1.10.0"}}, "1.10.0"},
		{"lowest branch", "npm", [][]string{{"0.31.0", "1.15.0"}}, "0.31.0"},
		{"a branch where one is not fixed", "npm", [][]string{{"0.31.0", "1.15.0"}, {"1.6.8"}}, "1.15.0"},
		{"later on the same branch", "npm", [][]string{{"0.31.0", "1.15.0"}, {"0.32.1"}}, "0.32.1"},
		{"minor branches", "Go", [][]string{{"1.20.10", "1.21.3"}, {"1.20.5", "1.19.10"}}, "1.20.10"},
		{"minor branches, one ends", "Go", [][]string{{"1.20.10", "1.21.3"}, {"1.21.2"}}, "1.21.3"},
		{"not in order", "PyPI", [][]string{{"4.2.16", "3.2.25"}, {"3.2.20", "2.2.28", "4.0.1"}}, "3.2.25"},
		{"Debian", "Debian:12", [][]string{{"1.1.1d-0+deb10u7"}, {"1.1.1n-0+deb10u2"}}, "1.1.1n-0+deb10u2"},
		{"unknown order", "nobody", [][]string{{"b"}, {"a"}}, "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var list []*finding.Result
			for _, f := range test.fixes {
				list = append(list, &finding.Result{Advisory: &finding.Advisory{
					Fixed: f, Sources: []finding.AdvisorySource{{Ecosystem: test.ecosystem}},
				}})
			}
			if got := target(list); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestShellSafe(t *testing.T) {
	for s, want := range map[string]bool{
		"libssl1.1": true, "@babel/core": true, "1.2.3~rc1+b1": true, "github.com/a/b": true,
		"": false, "-rf": false, "a;b": false, "$(id)": false, "a b": false, "a`b": false, "a\nb": false, "a|b": false, "~root": false, "中": false,
	} {
		if got := isShellSafe(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestSPDX(t *testing.T) {
	for s, want := range map[string]bool{
		"MIT": true, "MIT OR Apache-2.0": true, "(MIT AND BSD-3-Clause) OR GPL-2.0-or-later": true,
		"GPL-2.0-only WITH Classpath-exception-2.0": true, "LicenseRef-x": true,
		"": false, "MIT OR": false, "OR MIT": false, "MIT MIT": false, "(MIT": false, "MIT)": false, "see LICENSE": false,
	} {
		if got := isSPDXExpression(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestRelativeURI(t *testing.T) {
	for in, want := range map[string]string{
		"/usr/lib/a b": "usr/lib/a%20b", "a/../../etc": "a/etc", "": "root", "//": "root",
		"javascript:alert(1)": "javascript%3Aalert%281%29", "a?b#c": "a%3Fb%23c", "x!/y": "x%21/y", "中": "%E4%B8%AD", "\x1b": "%1B",
	} {
		if got := relativeURI(in); got != want && strings.NewReplacer("%21", "!", "%28", "(", "%29", ")").Replace(want) != got {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestSPDXList holds the list of identifiers against CycloneDX's.
func TestSPDXList(t *testing.T) {
	b, err := os.ReadFile("testdata/schemas/spdx.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct{ Enum []string }
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.Enum)
	if diff := cmp.Diff(s.Enum, spdxList()); diff != "" {
		t.Error(diff)
	}
}
