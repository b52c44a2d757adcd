package diff

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

// pkg makes a package of a purl's parts.
func pkg(typ, name, version string, more ...string) finding.Package {
	p := finding.Package{ID: "pkg:" + typ + "/" + name + "@" + version, Type: typ, Name: name, Version: version, PURL: "pkg:" + typ + "/" + name + "@" + version, FoundBy: "test"}
	if len(more) > 0 {
		p.ID += "#" + more[0]
		p.Locations = []finding.Location{{Layer: 0, Path: more[0]}}
	}
	return p
}

func vuln(p finding.Package, id string, sev finding.Severity, aliases ...string) finding.Result {
	return finding.Result{
		Check: finding.CheckVulnerability, State: finding.Fail, Package: p.ID, Rating: finding.Rating{Severity: sev, Source: "test"},
		Title: finding.T("advisory.vulnerability", id, p.Name, p.Version), Advisory: &finding.Advisory{ID: id, Aliases: aliases}, Locations: p.Locations,
	}
}

func rep(name string, packages []finding.Package, results ...finding.Result) *finding.Report {
	r := &finding.Report{
		Subject: finding.Subject{Kind: "image", Ref: name, Name: name}, Tool: finding.Tool{Name: "bulwark", Version: "1", Detectors: []string{"npm@1", "secret@1"}},
		Started: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Data: &finding.Data{Name: "embedded", Date: "2026-11-01", Hash: "h"},
		Packages: packages, Results: results,
	}
	finding.Finish(r, finding.CoreChecks())
	return r
}

// two are two reports that differ in everything that is compared.
func two() (a, b *finding.Report) {
	ssl1, ssl2 := pkg("deb", "debian/openssl", "3.0.11-1~deb12u2"), pkg("deb", "debian/openssl", "3.0.14-1~deb12u1")
	ssl1.Name, ssl2.Name = "openssl", "openssl"
	down1, down2 := pkg("npm", "left-pad", "1.10.0"), pkg("npm", "left-pad", "1.9.0")
	odd1, odd2 := pkg("generic", "thing", "x"), pkg("generic", "thing", "y")
	gone, came := pkg("pypi", "requests", "2.0"), pkg("golang", "example.org/m", "v1.2.0")
	kept1, kept2 := pkg("npm", "lodash", "4.17.15", "/a"), pkg("npm", "lodash", "4.17.15", "/b")
	secret := func(path string) finding.Result {
		return finding.Result{Check: "secret-x", State: finding.Fail, Rating: finding.Rating{Severity: finding.High}, Title: finding.T("x"), Subject: path + " x abcdef", Locations: []finding.Location{{Path: path}}}
	}
	hushed := vuln(kept1, "CVE-6", finding.Low)
	a = rep("registry/app", []finding.Package{ssl1, down1, odd1, gone, kept1},
		vuln(ssl1, "CVE-1", finding.Critical), vuln(ssl1, "CVE-2", finding.High), vuln(kept1, "CVE-3", finding.Medium), vuln(gone, "CVE-4", finding.High),
		vuln(kept1, "GHSA-5", finding.Low, "CVE-5"), hushed, secret("/old"), secret("/both"))
	hushed.Suppressed = &finding.Suppression{Source: "bulwark.yaml", Reason: "no"}
	b = rep("elsewhere/app2", []finding.Package{kept2, kept1, came, odd2, down2, ssl2},
		vuln(ssl2, "CVE-2", finding.High), vuln(kept1, "CVE-3", finding.High), vuln(kept2, "CVE-3", finding.High), vuln(came, "CVE-7", finding.Critical),
		vuln(kept1, "CVE-5", finding.Low, "GHSA-5"), hushed, vuln(kept1, "CVE-8", finding.Low), secret("/new"), secret("/both"))
	a.Layers = []finding.LayerInfo{{Index: 0, DiffID: "base", Size: 100}, {Index: 1, DiffID: "a1", Size: 10, CreatedBy: "RUN make"}, {Index: 2, DiffID: "a2", Size: 5, CreatedBy: "RUN old"}}
	b.Layers = []finding.LayerInfo{{Index: 0, DiffID: "base", Size: 100}, {Index: 1, DiffID: "b1", Size: 30, CreatedBy: "RUN make"}, {Index: 2, DiffID: "b2", Size: 7, CreatedBy: "COPY x y"}}
	a.Image = &finding.Image{User: "root", Env: []finding.ImageVariable{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}, Privileged: []finding.ImageFile{{Path: "/su", Mode: "4755", Owner: "0:0"}}}
	b.Image = &finding.Image{User: "app", Env: []finding.ImageVariable{{Name: "B", Value: "3"}}, Ports: []string{"80/tcp"}}
	a.Coverage = []finding.Coverage{{Ecosystem: "npm", Level: finding.CoverageFull}}
	b.Coverage = []finding.Coverage{{Ecosystem: "npm", Level: finding.CoveragePartial}, {Ecosystem: "Go", Level: finding.CoverageFull}}
	return a, b
}

func TestDiff(t *testing.T) {
	a, b := two()
	d := Diff(a, b)
	type row struct{ What, Why string }
	rows := func(list []FindingChange) (out []row) {
		for _, f := range list {
			out = append(out, row{cmpOr(f.ID, f.Path) + " " + f.Package, f.Why})
		}
		return out
	}
	check := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("new", []row{{"CVE-7 example.org/m", WhyPackageNew}, {"/new ", WhyContent}, {"CVE-3 lodash", WhyCopy}, {"CVE-8 lodash", WhyCopy}}, rows(d.New))
	check("gone", []row{{"CVE-1 openssl", WhyVersion}, {"/old ", WhyContent}, {"CVE-4 requests", WhyPackageGone}, {"CVE-6 lodash", WhySuppressed}}, rows(d.Gone))
	check("rated", []row{{"CVE-3 lodash", WhySeverity}}, rows(d.Rated))
	check("kept", 4, d.Kept) // CVE-2, CVE-3, CVE-5 by its other name, the secret
	check("versions", []VersionChange{
		{Type: "deb", Name: "openssl", From: "3.0.11-1~deb12u2", To: "3.0.14-1~deb12u1", Direction: Upgraded, Copies: 1, Fixed: 1},
		{Type: "generic", Name: "thing", From: "x", To: "y", Direction: Changed, Copies: 1},
		{Type: "npm", Name: "left-pad", From: "1.10.0", To: "1.9.0", Direction: Downgraded, Copies: 1},
	}, d.Versions)
	check("added", []PackageChange{{Type: "golang", Name: "example.org/m", Version: "v1.2.0", Copies: 1}, {Type: "npm", Name: "lodash", Version: "4.17.15", Copies: 1, Path: "/b"}}, d.Added)
	check("removed", []PackageChange{{Type: "pypi", Name: "requests", Version: "2.0", Copies: 1}}, d.Removed)
	check("layers", []LayerChange{
		{Change: Changed, By: "RUN make", FromLayer: 1, ToLayer: 1, FromSize: 10, ToSize: 30},
		{Change: Added, By: "COPY x y", FromLayer: -1, ToLayer: 2, ToSize: 7},
		{Change: Removed, By: "RUN old", FromLayer: 2, ToLayer: -1, FromSize: 5},
	}, d.Layers)
	check("configuration", []ConfigChange{
		{Key: "env A", Change: Removed, From: "1"}, {Key: "env B", Change: Changed, From: "2", To: "3"},
		{Key: "port 80/tcp", Change: Added, To: "80/tcp"}, {Key: "user", Change: Changed, From: "root", To: "app"},
	}, d.Config)
	check("privileged", []ConfigChange{{Key: "/su", Change: Removed, From: "4755 0:0"}}, d.Privileged)
	check("coverage", []CoverageChange{{"Go", "", finding.CoverageFull}, {"npm", finding.CoverageFull, finding.CoveragePartial}}, d.Coverage)
	check("shared", []any{1, int64(100)}, []any{d.SharedLayers, d.SharedSize})
	if d.Empty() || !Diff(a, a).Empty() || !Diff(b, b).Empty() {
		t.Error("a report differs from itself, or from nothing else")
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestOrderDoesNotMatter shuffles every list of both reports.
func TestOrderDoesNotMatter(t *testing.T) {
	a, b := two()
	want, err := json.Marshal(Diff(a, b))
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		a, b := two()
		for _, r := range []*finding.Report{a, b} {
			rnd.Shuffle(len(r.Packages), func(i, j int) { r.Packages[i], r.Packages[j] = r.Packages[j], r.Packages[i] })
			rnd.Shuffle(len(r.Results), func(i, j int) { r.Results[i], r.Results[j] = r.Results[j], r.Results[i] })
			rnd.Shuffle(len(r.Coverage), func(i, j int) { r.Coverage[i], r.Coverage[j] = r.Coverage[j], r.Coverage[i] })
		}
		got, err := json.Marshal(Diff(a, b))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestExchanged: what came one way went the other way.
func TestExchanged(t *testing.T) {
	a, b := two()
	d, e := Diff(a, b), Diff(b, a)
	ids := func(list []FindingChange) (out []string) {
		for _, f := range list {
			out = append(out, f.ID+f.Path+f.Package)
		}
		slices.Sort(out)
		return out
	}
	if diff := cmp.Diff(ids(d.New), ids(e.Gone)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d.Added, e.Removed); diff != "" {
		t.Error(diff)
	}
	if d.Kept != e.Kept || len(d.Versions) != len(e.Versions) || len(d.Config) != len(e.Config) {
		t.Errorf("%d and %d kept, %d and %d versions", d.Kept, e.Kept, len(d.Versions), len(e.Versions))
	}
}

// TestNothingIsLost: of random reports every package and every finding of
// either side is in exactly one of the lists, or kept.
func TestNothingIsLost(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	random := func() *finding.Report {
		var packages []finding.Package
		var results []finding.Result
		for i := range rnd.IntN(12) {
			p := pkg([]string{"npm", "deb", "golang"}[rnd.IntN(3)], string(rune('a'+rnd.IntN(4))), []string{"1.0.0", "1.2.0", "2.0.0", "odd version"}[rnd.IntN(4)], string(rune('a'+rnd.IntN(3)))+string(rune('a'+i)))
			packages = append(packages, p)
			for range rnd.IntN(3) {
				id, alias := rnd.IntN(5), []string(nil)
				if rnd.IntN(3) == 0 {
					alias = []string{"CVE-" + string(rune('0'+rnd.IntN(5)))}
				}
				res := vuln(p, "CVE-"+string(rune('0'+id)), finding.Severity(rnd.IntN(6)), alias...)
				if rnd.IntN(6) == 0 {
					res.Suppressed = &finding.Suppression{Reason: "r"}
				}
				if rnd.IntN(8) == 0 {
					res.Hidden = true
				}
				results = append(results, res)
			}
		}
		return rep("x", packages, results...)
	}
	sum := func(list []PackageChange) (n int) {
		for _, p := range list {
			n += p.Copies
		}
		return n
	}
	for range 2000 {
		a, b := random(), random()
		d, e := Diff(a, b), Diff(b, a)
		changed := 0
		for _, v := range d.Versions {
			changed += v.Copies
		}
		if got := d.SameCount + changed + sum(d.Added); got != d.To.Packages {
			t.Fatalf("%d packages of the second are told, it has %d", got, d.To.Packages)
		}
		if got := d.SameCount + changed + sum(d.Removed); got != d.From.Packages {
			t.Fatalf("%d packages of the first are told, it has %d", got, d.From.Packages)
		}
		if got := d.Kept + len(d.New); got != d.To.Findings {
			t.Fatalf("%d findings of the second are told, it has %d", got, d.To.Findings)
		}
		if got := d.Kept + len(d.Gone); got != d.From.Findings {
			t.Fatalf("%d findings of the first are told, it has %d", got, d.From.Findings)
		}
		if d.Kept != e.Kept || len(d.New) != len(e.Gone) {
			t.Fatalf("exchanged: %d and %d kept, %d new, %d gone", d.Kept, e.Kept, len(d.New), len(e.Gone))
		}
		if !Diff(a, a).Empty() {
			t.Fatal("a report differs from itself")
		}
	}
}

func TestGate(t *testing.T) {
	a, b := two()
	gate := func(s string) finding.GateOptions {
		g, err := finding.ParseGate(s)
		if err != nil {
			t.Fatal(err)
		}
		return finding.GateOptions{Gate: g, Allow: finding.Allow{Coverage: true}}
	}
	if v := Diff(a, b).Gate(b, gate("critical")); v.ExitCode != finding.ExitGate || v.Failing != 1 {
		t.Errorf("came: %+v", v)
	}
	// openssl's CVE-2 is high in both: not new.
	c, d := two()
	d.Results = slices.DeleteFunc(d.Results, func(r finding.Result) bool {
		return r.Advisory != nil && r.Advisory.ID == "CVE-7" || r.Check == "secret-x"
	})
	d.Results = slices.DeleteFunc(d.Results, func(r finding.Result) bool { return r.Advisory != nil && r.Advisory.ID == "CVE-3" })
	if v := Diff(c, d).Gate(d, gate("high")); v.ExitCode != finding.ExitOK {
		t.Errorf("nothing new: %+v", v)
	}
	d.Unread = []finding.Unread{{Reason: finding.UnreadCorrupt}}
	if v := Diff(c, d).Gate(d, gate("high")); v.ExitCode != finding.ExitIncomplete {
		t.Errorf("unread: %+v", v)
	}
}

// TestPlaces: of two copies the one that was not there is new, wherever it
// stands in the order.
func TestPlaces(t *testing.T) {
	one, two := pkg("npm", "lodash", "4.17.15", "/b"), pkg("npm", "lodash", "4.17.15", "/a")
	a := rep("x", []finding.Package{one}, vuln(one, "CVE-1", finding.High))
	b := rep("x", []finding.Package{one, two}, vuln(one, "CVE-1", finding.High), vuln(two, "CVE-1", finding.High))
	d := Diff(a, b)
	if len(d.New) != 1 || d.New[0].Path != "/a" || d.Kept != 1 {
		t.Errorf("new %+v, %d kept", d.New, d.Kept)
	}
}

func TestNotes(t *testing.T) {
	a, b := two()
	b.Data = &finding.Data{Date: "2026-11-09", Hash: "i"}
	b.Tool.Version = "2"
	b.Filtered = []string{"severity=high"}
	b.Image = nil
	a.Data, a.Coverage = nil, nil
	a.Results = nil
	var got []string
	for _, n := range Diff(a, b).Notes {
		got = append(got, n.ID)
	}
	want := []string{"diff.note.no-vulnerabilities", "diff.note.filtered", "diff.note.tool", "diff.note.no-configuration"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, f := range Diff(a, b).New {
		if f.ID == "CVE-8" && f.Why != WhyNotLookedFor {
			t.Errorf("CVE-8 came because: %s", f.Why)
		}
	}
}
