package finding

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func filtered() *Report {
	pkg := func(typ, name, purl, path string, layer int) Package {
		return Package{ID: purl, Type: typ, Name: name, PURL: purl, Locations: []Location{{Layer: layer, Path: path}}}
	}
	r := &Report{
		Subject: Subject{Kind: "image", Name: "x"},
		Packages: []Package{
			pkg(TypeDeb, "libssl3", "pkg:deb/debian/libssl3@3", "var/lib/dpkg/status", 0),
			pkg(TypeNPM, "lodash", "pkg:npm/lodash@4", "app/node_modules/lodash/package.json", 2),
			pkg(TypeNPM, "@babel/core", "pkg:npm/%40babel/core@7", "app/node_modules/@babel/core/package.json", 2),
		},
		Unread:   []Unread{{Location: Location{Path: "z"}, Reason: UnreadIO}},
		Coverage: []Coverage{{Ecosystem: "npm", Level: CoverageFull}},
	}
	r.Packages[0].SourceName = "openssl"
	r.Packages[2].Hidden = true
	add := func(name, pkg string, sev Severity, words ...string) {
		res := vuln(sev, words...)
		res.Advisory.ID, res.Package = name, pkg
		res.Advisory.Aliases = []string{"ALIAS-" + name}
		r.Results = append(r.Results, res)
	}
	add("A", "pkg:deb/debian/libssl3@3", Critical, "fixed", "kev")
	add("B", "pkg:deb/debian/libssl3@3", Unrated)
	add("C", "pkg:npm/lodash@4", High, "fixed", "suppressed")
	add("D", "pkg:npm/%40babel/core@7", Low, "hidden")
	r.Results = append(r.Results, Result{Check: CheckEndOfLife, State: Fail, Rating: Rating{Severity: Medium}, Locations: []Location{{Layer: 0, Path: "etc/os-release"}}})
	return r
}

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		name              string
		filter            Filter
		results, packages string
	}{
		{"nothing", Filter{}, "A B C D end-of-life", "libssl3 lodash @babel/core"},
		{"severity", Filter{Severities: []Severity{Critical, Low}}, "A D", "libssl3 lodash @babel/core"},
		{"fixed", Filter{Fixed: Only}, "A C", "libssl3 lodash @babel/core"},
		{"not fixed", Filter{Fixed: Without}, "B D", "libssl3 lodash @babel/core"},
		{"kev", Filter{KEV: Only}, "A", "libssl3 lodash @babel/core"},
		{"hidden only", Filter{Hidden: Only}, "D", "@babel/core"},
		{"no hidden", Filter{Hidden: Without}, "A B C end-of-life", "libssl3 lodash"},
		{"suppressed only", Filter{Suppressed: Only}, "C", "libssl3 lodash @babel/core"},
		{"no suppressed", Filter{Suppressed: Without}, "A B D end-of-life", "libssl3 lodash @babel/core"},
		{"type", Filter{Types: []string{"npm"}}, "C D", "lodash @babel/core"},
		{"package", Filter{Packages: []string{"lod*"}}, "C", "lodash"},
		{"source package", Filter{Packages: []string{"openssl"}}, "A B", "libssl3"},
		{"scope", Filter{Packages: []string{"@babel/*"}}, "D", "@babel/core"},
		{"purl", Filter{Packages: []string{"pkg:npm/lodash"}}, "C", "lodash"},
		{"path", Filter{Paths: []string{"/app/**"}}, "C D", "lodash @babel/core"},
		{"path of a result", Filter{Paths: []string{"etc/*"}}, "end-of-life", ""},
		{"layer", Filter{Layers: []int{0}}, "A B end-of-life", "libssl3"},
		{"layer and path must meet", Filter{Layers: []int{0}, Paths: []string{"app/**"}}, "", ""},
		{"check", Filter{Checks: []string{CheckEndOfLife}}, "end-of-life", "libssl3 lodash @babel/core"},
		{"id by alias", Filter{IDs: []string{"alias-b"}}, "B", "libssl3 lodash @babel/core"},
		{"all at once", Filter{Severities: []Severity{Critical, High}, Types: []string{"npm"}, Suppressed: Only}, "C", "lodash @babel/core"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := filtered()
			view := test.filter.Apply(r)
			var results, packages []string
			for _, res := range view.Results {
				name := res.Check
				if res.Advisory != nil {
					name = res.Advisory.ID
				}
				results = append(results, name)
			}
			for _, p := range view.Packages {
				packages = append(packages, p.Name)
			}
			if got := strings.Join(results, " "); got != test.results {
				t.Errorf("results %q, want %q", got, test.results)
			}
			if got := strings.Join(packages, " "); got != test.packages {
				t.Errorf("packages %q, want %q", got, test.packages)
			}
			if len(view.Unread) != 1 || len(view.Coverage) != 1 {
				t.Error("unread and coverage do not stay whole")
			}
			if (len(view.Filtered) == 0) != test.filter.IsZero() {
				t.Errorf("filtered says %v", view.Filtered)
			}
			if diff := cmp.Diff(filtered(), r); diff != "" {
				t.Errorf("the report itself changed: %s", diff)
			}
		})
	}
}

func TestParseSeverities(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []Severity
	}{
		{"critical", []Severity{Critical}},
		{"Critical, low", []Severity{Critical, Low}},
		{">=high", []Severity{Critical, High, Unrated}},
		{"huge", nil},
		{">=", nil},
	} {
		got, err := ParseSeverities(test.in)
		if (err != nil) != (test.want == nil) {
			t.Errorf("%q: error %v", test.in, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFind(t *testing.T) {
	r := filtered()
	Finish(r, CoreChecks())
	print := r.Results[0].Fingerprint
	for _, test := range []struct {
		name, id string
		want     int
	}{
		{"fingerprint", print, 1},
		{"its beginning", strings.ToUpper(print[:8]), 1},
		{"a short beginning", print[:4], 1}, {"too short", print[:3], 0},
		{"advisory", "A", 1},
		{"alias", "ALIAS-D", 1},
		{"check", "vulnerability", 4},
		{"nothing", "CVE-0", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Find(r, test.id); len(got) != test.want {
				t.Errorf("%d results, want %d", len(got), test.want)
			}
		})
	}
}
