package compile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/advisory/version"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func document(t testing.TB, s string) *osv.Document {
	t.Helper()
	d, err := osv.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestIntervals(t *testing.T) {
	type span = table.Range
	for _, test := range []struct {
		name, ecosystem, affected string
		want                      []span
	}{
		{"plain", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}]`, []span{{End: "1.2.0", Kind: table.Fixed}}},
		{"several in one range, unsorted", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"1.2.0"},{"introduced":"0"},{"fixed":"2.10.0"}]}]`,
			[]span{{End: "1.2.0", Kind: table.Fixed}, {Start: "2.0.0", End: "2.10.0", Kind: table.Fixed}}},
		{"no end", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"}]}]`, []span{{Start: "1.0.0"}}},
		{"last affected", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"last_affected":"1.2.0"}]}]`, []span{{End: "1.2.0", Kind: table.LastAffected}}},
		{"only that version", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.2.0"},{"last_affected":"1.2.0"}]}]`, []span{{Start: "1.2.0", End: "1.2.0", Kind: table.LastAffected}}},
		{"fixed and introduced again at once", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.0.0"},{"fixed":"1.1.0"}]}]`,
			[]span{{End: "1.0.0", Kind: table.Fixed}, {Start: "1.0.0", End: "1.1.0", Kind: table.Fixed}}},
		{"fixed before it was introduced", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.8.4"},{"fixed":"1.8.0"}]}]`, []span{{Start: "1.8.4"}}},
		{"introduced and fixed at once", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"2.0.0"},{"fixed":"2.0.0"}]}]`,
			[]span{{End: "1.0.0", Kind: table.Fixed}, {Start: "2.0.0", End: "2.0.0", Kind: table.Fixed}}},
		{"introduced twice", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"introduced":"1.1.0"},{"fixed":"1.2.0"}]}]`, []span{{Start: "1.0.0", End: "1.2.0", Kind: table.Fixed}}},
		{"fixed only", "npm", `"ranges":[{"type":"SEMVER","events":[{"fixed":"1.2.0"}]}]`, []span{{End: "1.2.0", Kind: table.Fixed}}},
		{"limit", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"limit":"2.0.0"}]}]`, []span{{Start: "1.0.0", End: "2.0.0", Kind: table.Fixed}}},
		{"no limit", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"limit":"*"}]}]`, []span{{Start: "1.0.0"}}},
		{"commits beside", "PyPI", `"ranges":[{"type":"GIT","events":[{"introduced":"0"}]},{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0"}]}]`, []span{{End: "1.0", Kind: table.Fixed}}},
		{"commits only", "PyPI", `"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]`, []span{Unknown}},
		{"nothing", "PyPI", `"versions":[]`, []span{Unknown}},
		{"versions only", "Maven", `"versions":["1.0","1.1"]`, []span{{Start: "1.0", Kind: table.Exact}, {Start: "1.1", Kind: table.Exact}}},
		{"versions within and without", "PyPI", `"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0"}]}],"versions":["0.9","1.0rc1","1.5","2004d"]`,
			[]span{{End: "1.0", Kind: table.Fixed}, {Start: "1.5", Kind: table.Exact}, {Start: "2004d", Kind: table.Exact}}},
		{"bounds of no order, versions listed", "PyPI", `"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.9.0-NA"}]}],"versions":["2.8.0"]`, []span{{Start: "2.8.0", Kind: table.Exact}}},
		{"bounds of no order", "PyPI", `"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.9.0-NA"}]}]`, []span{{End: "2.9.0-NA", Kind: table.Fixed}}},
		{"the same twice", "npm", `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]},{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]`, []span{{End: "1.0.0", Kind: table.Fixed}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := document(t, `{"id":"A","affected":[{"package":{"ecosystem":"`+test.ecosystem+`","name":"x"},`+test.affected+`}]}`)
			if diff := cmp.Diff(test.want, intervals(&d.Affected[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestIntervalsAgreeWithTheSchema evaluates events one by one, as the schema's
// own algorithm does, and compares with the intervals.
func TestIntervalsAgreeWithTheSchema(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(0, 9)
		var events []osv.Event
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			kind := rapid.SampledFrom([]osv.EventKind{osv.Introduced, osv.Fixed, osv.LastAffected}).Draw(t, "kind")
			// Versions of events differ, so that the order among them is certain.
			v := fmt.Sprintf("1.%d.0", number.Draw(t, "version"))
			if !slices.ContainsFunc(events, func(e osv.Event) bool { return e.Version == v }) {
				events = append(events, osv.Event{Kind: kind, Version: v})
			}
		}
		events = append(events, osv.Event{Kind: osv.Introduced, Version: "0"})
		a := &osv.Affected{Ecosystem: "npm", Name: "x", Ranges: []osv.Range{{Type: "SEMVER", Events: events}}}
		got := intervals(a)
		for minor := range 10 {
			for _, v := range []string{fmt.Sprintf("1.%d.0", minor), fmt.Sprintf("1.%d.5", minor)} {
				want := evaluatedStepwise(t, events, v)
				if in := holds(version.SemVer, got, v); in != want {
					t.Fatalf("%s in %v: intervals %v say %v, the schema %v", v, events, got, in, want)
				}
			}
		}
	})
}

// evaluatedStepwise is the schema's "Evaluation" with sorted events.
func evaluatedStepwise(t *rapid.T, events []osv.Event, v string) bool {
	events = slices.Clone(events)
	cmp := func(a, b string) int {
		if a == "0" || b == "0" {
			return len(a) - len(b)
		}
		c, err := version.SemVer.Compare(a, b)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	slices.SortStableFunc(events, func(a, b osv.Event) int { return cmp(a.Version, b.Version) })
	vulnerable := false
	for _, e := range events {
		switch {
		case e.Kind == osv.Introduced && cmp(v, e.Version) >= 0:
			vulnerable = true
		case e.Kind == osv.Fixed && cmp(v, e.Version) >= 0, e.Kind == osv.LastAffected && cmp(v, e.Version) > 0:
			vulnerable = false
		}
	}
	return vulnerable
}

func TestHolds(t *testing.T) {
	for _, test := range []struct {
		name  string
		order version.Order
		r     table.Range
		v     string
		want  bool
		fails bool
	}{
		{"below", version.SemVer, table.Range{Start: "1.0.0", End: "2.0.0", Kind: table.Fixed}, "0.9.0", false, false},
		{"start", version.SemVer, table.Range{Start: "1.0.0", End: "2.0.0", Kind: table.Fixed}, "1.0.0", true, false},
		{"end", version.SemVer, table.Range{Start: "1.0.0", End: "2.0.0", Kind: table.Fixed}, "2.0.0", false, false},
		{"last", version.SemVer, table.Range{End: "2.0.0", Kind: table.LastAffected}, "2.0.0", true, false},
		{"after last", version.SemVer, table.Range{End: "2.0.0", Kind: table.LastAffected}, "2.0.1", false, false},
		{"pre-release of the fix", version.SemVer, table.Range{End: "2.0.0", Kind: table.Fixed}, "2.0.0-rc.1", true, false},
		{"same version, other spelling", version.PEP440, table.Range{Start: "1.0", Kind: table.Exact}, "1.0.0", true, false},
		{"listed version of no order", version.PEP440, table.Range{Start: "2004d", Kind: table.Exact}, "2004d", true, false},
		{"other than a listed one of no order", version.PEP440, table.Range{Start: "2004d", Kind: table.Exact}, "2.0", false, false},
		{"of no order, beside a listed one", version.PEP440, table.Range{Start: "1.0", Kind: table.Exact}, "trunk", false, true},
		{"of no order", version.SemVer, table.Range{End: "2.0.0", Kind: table.Fixed}, "(devel)", false, true},
		{"of no order, everything affected", version.SemVer, table.Range{}, "(devel)", true, false},
		{"bound of no order", version.SemVer, table.Range{End: "soon", Kind: table.Fixed}, "1.0.0", false, true},
		{"no version", version.SemVer, table.Range{End: "2.0.0", Kind: table.Fixed}, "", false, true},
		{"no versions named", version.SemVer, Unknown, "1.0.0", false, true},
		{"order not known", version.None, table.Range{End: "2.0.0", Kind: table.Fixed}, "1.0.0", false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Holds(test.order, test.r, test.v)
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	for _, test := range []struct{ ecosystem, name, wantEco, wantName string }{
		{"PyPI", "Foo__Bar.baz", "PyPI", "foo-bar-baz"},
		{"PyPI", "jinja2", "PyPI", "jinja2"},
		{"PyPI", "a--b", "PyPI", "a-b"},
		{"npm", "@Babel/Core", "npm", "@Babel/Core"},
		{"Packagist", "Symfony/Http-Kernel", "Packagist", "symfony/http-kernel"},
		{"crates.io", "serde_json", "crates.io", "serde-json"},
		{"Go", "github.com/A/b", "Go", "github.com/A/b"},
		{"Ubuntu:22.04:LTS", "openssl", "Ubuntu:22.04", "openssl"},
		{"Ubuntu:Pro:16.04:LTS", "openssl", "", ""},
		{"Debian:12", "openssl", "Debian:12", "openssl"},
	} {
		eco, name, ok := Normalize(test.ecosystem, test.name)
		if eco != test.wantEco || name != test.wantName || ok != (test.wantEco != "") {
			t.Errorf("%s %s: got %s %s %v", test.ecosystem, test.name, eco, name, ok)
		}
	}
}

// model compiles documents.
func model(t testing.TB, documents ...string) *table.Model {
	t.Helper()
	b := New(Options{Name: "test"})
	for _, s := range documents {
		b.Add(document(t, s))
	}
	return b.Model()
}

const npmRange = `"affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]}]`
const debRange = `"affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0-1"}]}]}]`
const almaRange = `"affected":[{"package":{"ecosystem":"AlmaLinux:9","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0-1.el9"}]}]}]`

// flawsByRecord shows which flaws, by name, each record is on.
func flawsByRecord(m *table.Model) map[string][]string {
	out := make(map[string][]string)
	for _, r := range m.Records {
		out[r.ID] = nil
		for _, f := range r.Flaws {
			out[r.ID] = append(out[r.ID], m.Flaws[f].Name)
		}
	}
	return out
}

func TestFlaws(t *testing.T) {
	for _, test := range []struct {
		name      string
		documents []string
		want      map[string][]string
		aliases   map[string][]string
	}{
		{
			"one CVE from several sources",
			[]string{
				`{"id":"PYSEC-1","aliases":["CVE-2024-1","GHSA-a"],` + npmRange + `}`, `{"id":"GHSA-a",` + npmRange + `}`,
				`{"id":"DEBIAN-CVE-2024-1","upstream":["CVE-2024-1"],` + debRange + `}`, `{"id":"x_NSWG-ECO-1","aliases":["GHSA-a"],` + npmRange + `}`,
			},
			map[string][]string{"PYSEC-1": {"CVE-2024-1"}, "GHSA-a": {"CVE-2024-1"}, "DEBIAN-CVE-2024-1": {"CVE-2024-1"}, "x_NSWG-ECO-1": {"CVE-2024-1"}},
			map[string][]string{"CVE-2024-1": {"GHSA-a", "PYSEC-1"}},
		},
		{
			"an advisory on several CVEs",
			[]string{`{"id":"DSA-1-1","upstream":["CVE-2024-2","CVE-2024-1"],` + debRange + `}`, `{"id":"ALSA-1","related":["CVE-2024-2"],"summary":"Important: x security update",` + almaRange + `}`},
			map[string][]string{"DSA-1-1": {"CVE-2024-1", "CVE-2024-2"}, "ALSA-1": {"CVE-2024-2"}},
			map[string][]string{},
		},
		{
			"related means nothing for a language",
			[]string{`{"id":"GHSA-a","related":["CVE-2024-1"],` + npmRange + `}`},
			map[string][]string{"GHSA-a": {"GHSA-a"}}, map[string][]string{},
		},
		{
			"without a CVE, by GHSA, then by its own name",
			[]string{`{"id":"RUSTSEC-1","aliases":["GHSA-b"],` + npmRange + `}`, `{"id":"RUSTSEC-2",` + npmRange + `}`, `{"id":"DSA-2",` + debRange + `}`},
			map[string][]string{"RUSTSEC-1": {"GHSA-b"}, "RUSTSEC-2": {"RUSTSEC-2"}, "DSA-2": {"DSA-2"}},
			map[string][]string{"GHSA-b": {"RUSTSEC-1"}},
		},
		{
			"no chain of aliases makes one flaw of two CVEs",
			[]string{`{"id":"PYSEC-1","aliases":["CVE-2020-1","GHSA-a"],` + npmRange + `}`, `{"id":"PYSEC-2","aliases":["CVE-2020-2","GHSA-a"],` + npmRange + `}`},
			map[string][]string{"PYSEC-1": {"CVE-2020-1"}, "PYSEC-2": {"CVE-2020-2"}},
			map[string][]string{"CVE-2020-1": {"GHSA-a", "PYSEC-1"}, "CVE-2020-2": {"PYSEC-2"}},
		},
		{
			"several CVEs as aliases are several flaws",
			[]string{`{"id":"RUSTSEC-1","aliases":["CVE-2020-1","CVE-2020-2","GHSA-a"],` + npmRange + `}`},
			map[string][]string{"RUSTSEC-1": {"CVE-2020-1", "CVE-2020-2"}}, map[string][]string{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 3 {
				rand.Shuffle(len(test.documents), func(i, j int) {
					test.documents[i], test.documents[j] = test.documents[j], test.documents[i]
				})
				m := model(t, test.documents...)
				if diff := cmp.Diff(test.want, flawsByRecord(m)); diff != "" {
					t.Error(diff)
				}
				aliases := make(map[string][]string)
				for _, f := range m.Flaws {
					if len(f.Aliases) > 0 {
						aliases[f.Name] = f.Aliases
					}
				}
				if diff := cmp.Diff(test.aliases, aliases); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestNewestDocumentCounts(t *testing.T) {
	old := `{"id":"GHSA-a","modified":"2025-01-01T00:00:00Z",` + npmRange + `}`
	newer := `{"id":"GHSA-a","modified":"2025-02-01T00:00:00Z","aliases":["CVE-2025-1"],` + npmRange + `}`
	for _, documents := range [][]string{{old, newer}, {newer, old}} {
		if diff := cmp.Diff(map[string][]string{"GHSA-a": {"CVE-2025-1"}}, flawsByRecord(model(t, documents...))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWithdrawnAffectsNothing(t *testing.T) {
	m := model(t, `{"id":"GHSA-a","withdrawn":"2025-01-01T00:00:00Z",`+npmRange+`}`)
	if len(m.Packages) != 0 || len(m.Records) != 1 || m.Records[0].Withdrawn == 0 {
		t.Errorf("%d packages, records %+v", len(m.Packages), m.Records)
	}
}

func TestModules(t *testing.T) {
	for summary, want := range map[string]string{
		"Important: nodejs:18 security update":                 "nodejs:18",
		"Moderate: container-tools:rhel8 security and bug fix": "container-tools:rhel8",
		"httpd:2.4 bug fix update":                             "httpd:2.4",
		"ALSA-2022:5468: php:8.0 security update (Important)":  "php:8.0",
		"Important: varnish security update":                   "",
	} {
		if got := moduleOf(summary); got != want {
			t.Errorf("%q: got %q, want %q", summary, got, want)
		}
	}
}

func TestRatings(t *testing.T) {
	m := model(t,
		`{"id":"ALSA-1","related":["CVE-2024-1"],"summary":"Moderate: x security update",`+almaRange+`}`,
		`{"id":"GHSA-a","aliases":["CVE-2024-1"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"database_specific":{"severity":"LOW"},`+npmRange+`}`,
		`{"id":"x_RETIREJS-1","aliases":["CVE-2024-1"],"database_specific":{"severity":"HIGH"},`+npmRange+`}`,
	)
	vector := table.Rating{Severity: 5, Score: 98, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: "GHSA"}
	// A distribution's word and a bare word say nothing of the flaw elsewhere.
	if diff := cmp.Diff([]table.Rating{vector}, m.Flaws[0].Ratings); diff != "" {
		t.Error(diff)
	}
	want := map[string][]table.Rating{"ALSA-1": {{Severity: 3, Source: "AlmaLinux"}}, "GHSA-a": {vector}, "x_RETIREJS-1": {{Severity: 4, Source: "Retire.js"}}}
	got := make(map[string][]table.Rating)
	for _, r := range m.Records {
		got[r.ID] = r.Ratings
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCISA(t *testing.T) {
	b := New(Options{Name: "test"})
	b.Add(document(t, `{"id":"GHSA-a","aliases":["CVE-2024-1"],`+npmRange+`}`))
	n, date, err := b.AddKEV(strings.NewReader(`{"dateReleased":"2026-08-07T16:45:47Z","vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-05-01","dueDate":"2024-05-22","knownRansomwareCampaignUse":"Known","cwes":["CWE-77"]}]}`))
	if n != 1 || date != "2026-08-07" || err != nil {
		t.Errorf("known exploited: %d, %s, %v", n, date, err)
	}
	n, date, err = b.AddEnrichment(strings.NewReader(`{"date":"2024-10-24","cves":{"CVE-2024-1":{"cvss":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","cwe":["CWE-79"]},"CVE-2024-9":{"exploitation":"none"}}}`))
	if n != 2 || date != "2024-10-24" || err != nil {
		t.Errorf("enrichment: %d, %s, %v", n, date, err)
	}
	m := b.Model()
	want := []table.Flaw{{
		Name: "CVE-2024-1", Aliases: []string{"GHSA-a"}, CWEs: []uint32{77, 79}, KEVAdded: ParseDay("2024-05-01"), KEVDue: ParseDay("2024-05-22"), Ransomware: true,
		Ratings: []table.Rating{{Severity: 5, Score: 98, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: RaterCISA}},
	}}
	if diff := cmp.Diff(want, m.Flaws); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "[]", `{"vulnerabilities":[{"cveID":"x"}]}`} {
		if _, _, err := New(Options{}).AddKEV(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// TestModelComesBack: what was compiled, read and compiled again is the same.
func TestModelComesBack(t *testing.T) {
	b := New(Options{Name: "test", Texts: true})
	for i := range 300 {
		rnd := rand.New(rand.NewPCG(uint64(i), 1))
		names := []string{fmt.Sprintf(`"CVE-2024-%04d"`, rnd.IntN(100))}
		if rnd.IntN(3) == 0 {
			names = append(names, fmt.Sprintf(`"GHSA-%d"`, rnd.IntN(60)))
		}
		if rnd.IntN(5) == 0 {
			names = append(names, fmt.Sprintf(`"CVE-2024-%04d"`, rnd.IntN(100)))
		}
		if rnd.IntN(4) == 0 {
			names = names[1:]
		}
		where := []string{npmRange, debRange, almaRange}[rnd.IntN(3)]
		prefix := []string{"GHSA", "x_RETIREJS", "DSA", "PYSEC"}[rnd.IntN(4)]
		b.Add(document(t, fmt.Sprintf(`{"id":"%s-%d","summary":"s %d","details":"d","aliases":[%s],"database_specific":{"severity":"LOW","cwe_ids":["CWE-%d"]},%s}`,
			prefix, rnd.IntN(250), i, strings.Join(names, ","), 1+rnd.IntN(9), where)))
	}
	b.SetCoverage(table.Coverage{Key: "npm", Level: "full"})
	b.AddInput(table.Input{File: "a", Date: "2026-01-01"})
	b.Cover("npm", "y")
	first := b.Model()
	again := New(Options{Name: "test", Texts: true})
	again.AddModel(first)
	second := again.Model()
	if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	x, err := table.Write(first)
	if err != nil {
		t.Fatal(err)
	}
	y, err := table.Write(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Error("other bytes")
	}
}
