// Package browser_test opens the page of -o html in Chromium: that it asks
// nothing of anybody, runs nothing that an image wrote, is quick, and does what
// its buttons say.
//
// It needs Chromium and playwright-core, which test/setup brings.
package browser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bulwark/internal/catalogue"
	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// wantEnv is set where a test that cannot run is a failure.
const wantEnv = "BULWARK_TEST_ENGINE"

type step struct {
	Name     string   `json:"name,omitempty"`
	Eval     string   `json:"eval,omitempty"`
	Click    string   `json:"click,omitempty"`
	Type     []string `json:"type,omitempty"`
	Key      string   `json:"key,omitempty"`
	Download string   `json:"download,omitempty"`
}

type job struct {
	File     string `json:"file"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Dark     bool   `json:"dark,omitempty"`
	NoScript bool   `json:"noScript,omitempty"`
	Steps    []step `json:"steps,omitempty"`
	Shot     string `json:"shot,omitempty"`
	PDF      string `json:"pdf,omitempty"`
}

type said struct {
	Console, Errors, Requests, Dialogs []string
	Values                             map[string]any
	// Ready is how long after the start of the navigation the page was drawn, in ms.
	Ready float64
}

// open opens pages and gives what each did.
func open(t *testing.T, jobs ...job) []said {
	t.Helper()
	missing := func(what string) {
		if os.Getenv(wantEnv) != "" {
			t.Fatalf("%s is missing: test/setup brings it", what)
		}
		t.Skipf("%s is missing: make test brings it", what)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		missing("chromium")
	}
	if err := exec.CommandContext(t.Context(), "node", "-e", "require('playwright-core')").Run(); err != nil {
		missing("playwright-core for node (NODE_PATH)")
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "page.cjs", chromium)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var out []said
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	for i, s := range out {
		for _, list := range []struct {
			what string
			list []string
		}{{"logged", s.Console}, {"threw", s.Errors}, {"asked for", s.Requests}, {"opened a dialog", s.Dialogs}} {
			for _, l := range list.list {
				// What the page saves is made in it, and asks nobody.
				if !strings.HasPrefix(l, "blob:") {
					t.Errorf("page %d %s: %s", i, list.what, l)
				}
			}
		}
	}
	return out
}

// example is the report of which the golden files of internal/report are made.
func example(t *testing.T) *finding.Report {
	t.Helper()
	f, err := os.Open("../../internal/report/testdata/golden/json.en.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// page writes a report as a page, and gives its file.
func page(t *testing.T, r *finding.Report, o report.Options) string {
	t.Helper()
	o.Checks = catalogue.Checks()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := report.Emit(r, []report.Target{{Format: "html", Path: path}}, nil, o); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	rows     = `document.querySelectorAll('#panel-findings details.g').length`
	count    = `document.querySelector('#findings-count [role=status]').textContent`
	overflow = `document.documentElement.scrollWidth - innerWidth`
)

func TestPage(t *testing.T) {
	file := page(t, example(t), report.Options{Lang: "en"})
	steps := []step{
		{Name: "title", Eval: `document.title`},
		{Name: "rows", Eval: rows},
		{Name: "overflow", Eval: overflow},
		{Type: []string{"#findings", "lodash"}},
		{Name: "lodash", Eval: rows},
		{Name: "lodash count", Eval: count},
		{Name: "csv", Download: `#findings-count button:nth-last-child(2)`},
		{Name: "json", Download: `#findings-count button:last-child`},
		{Type: []string{"#findings", "no such thing"}},
		{Name: "nothing", Eval: rows},
		{Type: []string{"#findings", ""}},
		{Click: `#panel-findings .chip:first-child`},
		{Name: "critical", Eval: rows},
		{Name: "pressed", Eval: `document.querySelector('#panel-findings .chip').getAttribute('aria-pressed')`},
		{Click: `#panel-findings .chip:first-child`},
		{Click: `#panel-findings details.g summary`},
		{Click: `#panel-findings details.g .open`},
		{Name: "detail", Eval: `document.querySelector('#panel-findings td.more').innerText`},
		{Name: "links", Eval: `[...document.querySelectorAll('#panel-findings td.more a')].every(a => /^https?:/.test(a.href) && a.rel.includes('noopener'))`},
		{Click: `#mode-each`},
		{Name: "each", Eval: `document.querySelectorAll('#panel-findings tr.row').length`},
		{Name: "sorting", Eval: `const e = document.getElementById('sort'); e.value = 'finding'; e.dispatchEvent(new Event('change'))`},
		{Name: "sorted", Eval: `document.querySelector('#panel-findings th:nth-child(2)').getAttribute('aria-sort')`},
		{Click: `#lang-zh`},
		{Name: "zh", Eval: `document.documentElement.lang + ' ' + document.getElementById('tab-findings').textContent`},
		{Click: `#tab-layers`}, {Name: "layers", Eval: `document.querySelectorAll('#panel-layers .step').length`},
		{Click: `#tab-packages`}, {Name: "packages", Eval: `document.querySelectorAll('#panel-packages tbody tr').length`},
		{Click: `#tab-coverage`}, {Name: "coverage", Eval: `document.getElementById('panel-coverage').innerText`},
		{Click: `#tab-image`}, {Name: "image", Eval: `document.getElementById('panel-image').innerText`},
		{Key: "1"}, {Name: "tab", Eval: `document.querySelector('[aria-selected=true]').id`},
		{Key: "l"}, {Name: "en", Eval: `document.documentElement.lang`},
		{Click: `#theme`}, {Click: `#theme`}, {Name: "theme", Eval: `document.documentElement.dataset.theme`},
		{Name: "overflow at the end", Eval: overflow},
	}
	desktop := job{File: file, Width: 1440, Height: 900, Steps: steps, PDF: filepath.Join(t.TempDir(), "a.pdf")}
	phone := job{File: file, Width: 390, Height: 844, Steps: steps, Dark: true}
	for _, s := range open(t, desktop, phone) {
		want := map[string]any{
			"overflow": 0.0, "overflow at the end": 0.0, "nothing": 0.0, "pressed": "true", "links": true, "sorted": "ascending",
			"tab": "tab-findings", "en": "en", "theme": "dark", "layers": 4.0, "lodash": 3.0,
		}
		for name, w := range want {
			if got := s.Values[name]; !reflect.DeepEqual(got, w) {
				t.Errorf("%s: %v, want %v", name, got, w)
			}
		}
		if n := s.Values["critical"].(float64); n < 1 || n >= s.Values["rows"].(float64) {
			t.Errorf("%v groups, %v of them critical", s.Values["rows"], n)
		}
		for name, part := range map[string]string{
			"title": "Bulwark", "detail": "Advisories", "zh": "zh-CN 发现", "csv": "CVE-2021-23337", "json": `"id": "CVE-2021-23337"`, "coverage": "Wolfi", "image": "/usr/local/bin/shop",
		} {
			if got := fmt.Sprint(s.Values[name]); !strings.Contains(got, part) {
				t.Errorf("%s: %q is not in %.300q", name, part, got)
			}
		}
		if strings.Contains(fmt.Sprint(s.Values["csv"]), "openssl") {
			t.Error("the file has rows that are not shown")
		}
	}
}

// TestPlain reads the page where no script runs.
func TestPlain(t *testing.T) {
	file := page(t, example(t), report.Options{Lang: "zh-CN"})
	got := open(t, job{File: file, Width: 800, Height: 600, NoScript: true, Steps: []step{{Name: "text", Eval: `document.body.innerText`}}})
	for _, part := range []string{"openssl", "1.1.1n-0+deb10u2", "脚本", "升级建议", "Wolfi"} {
		if text := fmt.Sprint(got[0].Values["text"]); !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}

// nasty is what a name must never do to a page.
const nasty = `</script><script>document.title='owned'</script><img src=x onerror="document.title='owned'"><a href="javascript:alert(1)">x</a>"'` +
	"\x1b[2J\u202e=cmd|'/C calc'!A1 {{.}} ${alert(1)} <!--"

// TestHostile opens a report in which every string is nasty, and one with names
// of 10 KB.
func TestHostile(t *testing.T) {
	long := strings.Repeat("x\u202ey<b>", 2500)
	var jobs []job
	for _, text := range []string{nasty, "javascript:alert(1)//" + nasty, long, "https://example.org/" + nasty} {
		r := example(t)
		spoil(reflect.ValueOf(r), text)
		steps := []step{
			{Name: "n", Eval: `document.querySelectorAll('script').length + document.querySelectorAll('img,iframe,object').length * 100`},
			{Name: "links", Eval: `[...document.querySelectorAll('a[href]')].filter(a => !/^(https:|#)/.test(a.getAttribute('href'))).length`},
		}
		for _, tab := range []string{"packages", "layers", "image", "coverage", "findings"} {
			steps = append(steps, step{Click: "#tab-" + tab})
		}
		steps = append(steps, step{Eval: `document.querySelectorAll('details').forEach(d => { d.open = true; })`, Name: "opened"},
			step{Key: "l"}, step{Name: "title", Eval: `document.title`}, step{Name: "overflow", Eval: overflow},
			step{Name: "turned", Eval: `document.body.innerText.includes('\u202e')`},
			step{Name: "end", Eval: `document.querySelectorAll('script').length + document.querySelectorAll('img,iframe,object').length * 100`})
		file := page(t, r, report.Options{Lang: "en"})
		jobs = append(jobs, job{File: file, Width: 1440, Height: 900, Steps: steps}, job{File: file, Width: 390, Height: 844, Steps: steps})
	}
	for i, s := range open(t, jobs...) {
		if s.Values["n"] != 2.0 || s.Values["end"] != 2.0 || s.Values["links"] != 0.0 {
			t.Errorf("page %d: scripts and pictures %v, at the end %v (want our two scripts), strange links %v", i, s.Values["n"], s.Values["end"], s.Values["links"])
		}
		if s.Values["turned"] != false {
			t.Errorf("page %d: an override of direction is on it", i)
		}
		if s.Values["title"] == "owned" {
			t.Errorf("page %d ran what the image wrote", i)
		}
		if s.Values["overflow"] != 0.0 {
			t.Errorf("page %d is wider than the screen by %v", i, s.Values["overflow"])
		}
	}
}

// spoil sets every string that it reaches.
func spoil(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			spoil(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			// What names one of our own texts or states, and packages, stays.
			if name := v.Type().Field(i).Name; v.Field(i).CanSet() && name != "State" && name != "Level" && name != "Reason" && name != "Schema" && name != "Package" && name != "Kind" {
				spoil(v.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), text)
		}
	case reflect.String:
		v.SetString(text)
	}
}

// TestLarge holds a page of 3,500 packages and 5,000 findings to its limits: 3 MB,
// and usable within a second.
func TestLarge(t *testing.T) {
	r := example(t)
	r.Packages, r.Results = nil, nil
	for i := range 3500 {
		id := fmt.Sprintf("pkg:npm/some-package-%d@1.%d.0", i, i%40)
		r.Packages = append(r.Packages, finding.Package{
			ID: id, Type: "npm", Name: fmt.Sprintf("some-package-%d", i), Version: fmt.Sprintf("1.%d.0", i%40), PURL: id, FoundBy: "npm", Licenses: []string{"MIT"},
			Locations: []finding.Location{{Layer: i % 3, Path: fmt.Sprintf("/srv/app/node_modules/some-parent-%d/node_modules/some-package-%d/package.json", i%70, i)}},
		})
	}
	for i := range 5000 {
		r.Results = append(r.Results, finding.Result{
			Check: finding.CheckVulnerability, State: finding.Fail, Package: r.Packages[i*7%3500].ID, Rating: finding.Rating{Severity: finding.Severity(i % 6), Score: 5, Source: "GHSA", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
			Title: finding.T("advisory.vulnerability", fmt.Sprintf("CVE-2026-%d", i), "p", "1"), Locations: r.Packages[i*7%3500].Locations, Fingerprint: fmt.Sprintf("%032x", i),
			Advisory: &finding.Advisory{
				ID: fmt.Sprintf("CVE-2026-%d", i), Aliases: []string{fmt.Sprintf("GHSA-xxxx-%04d-yyyy", i)}, Fixed: []string{"2.0.0"}, Affected: "< 2.0.0",
				Summary: fmt.Sprintf("Number %d: a summary of some length, as real advisories have, with what may happen and to whom", i),
				Sources: []finding.AdvisorySource{{ID: fmt.Sprintf("GHSA-xxxx-%04d-yyyy", i), Ecosystem: "npm"}},
			},
		})
	}
	file := page(t, r, report.Options{Lang: "en"})
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	best := 1e9
	for _, s := range open(t, job{File: file, Width: 1440, Height: 900}, job{File: file, Width: 1440, Height: 900}, job{File: file, Width: 390, Height: 844}) {
		best = min(best, s.Ready)
	}
	t.Logf("%d bytes, drawn after %.0f ms", info.Size(), best)
	if info.Size() > 3<<20 {
		t.Errorf("the page has %d bytes", info.Size())
	}
	if best > 1000 {
		t.Errorf("the page is drawn after %.0f ms", best)
	}
}
