package finding

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vulnerability makes a report of one vulnerable package, as an image scan would.
func vulnerability(change func(r *Report)) *Report {
	r := &Report{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Subject: Subject{Kind: "image", Ref: "registry.example/shop:1.0", Name: "registry.example/shop"},
		Packages: []Package{{
			ID: "pkg:npm/%40babel/core@7.1.0", Type: TypeNPM, Name: "@babel/core", Version: "7.1.0",
			PURL: "pkg:npm/%40babel/core@7.1.0", Locations: []Location{{Layer: 3, Path: "app/node_modules/@babel/core/package.json"}},
		}},
		Results: []Result{{
			Check: CheckVulnerability, State: Fail, Title: T("x"), Package: "pkg:npm/%40babel/core@7.1.0",
			Rating:    Rating{Severity: High, Source: "GHSA"},
			Advisory:  &Advisory{ID: "CVE-2026-0001", Aliases: []string{"GHSA-aaaa-bbbb-cccc"}},
			Locations: []Location{{Layer: 3, Path: "app/node_modules/@babel/core/package.json"}},
		}},
	}
	if change != nil {
		change(r)
	}
	Finish(r, CoreChecks())
	return r
}

func TestFingerprintPairs(t *testing.T) {
	base := vulnerability(nil).Results[0].Fingerprint
	if len(base) != 32 {
		t.Fatalf("fingerprint %q is not 32 hex digits", base)
	}
	for _, test := range []struct {
		name   string
		change func(r *Report)
		same   bool
	}{
		{"nothing changed", nil, true},
		{"another version of the package", func(r *Report) {
			r.Packages[0].Version, r.Packages[0].PURL = "7.2.0", "pkg:npm/%40babel/core@7.2.0"
			r.Packages[0].ID, r.Results[0].Package = r.Packages[0].PURL, r.Packages[0].PURL
		}, true},
		{"a purl with qualifiers", func(r *Report) { r.Packages[0].PURL += "?arch=amd64&distro=debian-12" }, true},
		{"a purl with a subpath", func(r *Report) { r.Packages[0].PURL += "#lib" }, true},
		{"another layer", func(r *Report) { r.Results[0].Locations[0].Layer, r.Packages[0].Locations[0].Layer = 7, 7 }, true},
		{"another path", func(r *Report) {
			r.Results[0].Locations[0].Path, r.Packages[0].Locations[0].Path = "srv/p.json", "srv/p.json"
		}, true},
		{"a line", func(r *Report) { r.Results[0].Locations[0].Line = 12 }, true},
		{"another text", func(r *Report) { r.Results[0].Title = T("y", "z"); r.Results[0].Advisory.Summary = "other" }, true},
		{"another time", func(r *Report) { r.Started = r.Started.AddDate(1, 0, 0) }, true},
		{"another severity", func(r *Report) { r.Results[0].Rating = Rating{Severity: Low, Source: "Debian"} }, true},
		{"more aliases", func(r *Report) { r.Results[0].Advisory.Aliases = append(r.Results[0].Advisory.Aliases, "OSV-1") }, true},
		{"another tag", func(r *Report) { r.Subject.Ref = "registry.example/shop:2.0" }, true},
		{"a digest", func(r *Report) { r.Subject.ConfigDigest = "sha256:00" }, true},
		{"warn instead of fail", func(r *Report) { r.Results[0].State = Warn }, true},
		{"suppressed", func(r *Report) { r.Results[0].Suppressed = &Suppression{Reason: "x"} }, true},
		{"hidden", func(r *Report) { r.Results[0].Hidden = true }, true},
		{"a hidden copy beside it", func(r *Report) {
			hidden := r.Results[0]
			hidden.Hidden, hidden.Locations = true, []Location{{Path: "a/first"}}
			r.Results = append([]Result{hidden}, r.Results...)
		}, true},
		{"another package in the report", func(r *Report) { r.Packages = append(r.Packages, Package{ID: "pkg:npm/a@1", PURL: "pkg:npm/a@1"}) }, true},

		{"another advisory", func(r *Report) { r.Results[0].Advisory.ID = "CVE-2026-0002" }, false},
		{"another package", func(r *Report) { r.Packages[0].PURL = "pkg:npm/%40babel/cli@7.1.0" }, false},
		{"another scope", func(r *Report) { r.Packages[0].PURL = "pkg:npm/core@7.1.0" }, false},
		{"another type", func(r *Report) { r.Packages[0].PURL = "pkg:pypi/core@7.1.0" }, false},
		{"another image", func(r *Report) { r.Subject.Name = "registry.example/stock" }, false},
		{"another check", func(r *Report) { r.Results[0].Check = CheckNotice }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := vulnerability(test.change)
			got := ""
			for _, res := range r.Results {
				if !res.Hidden || len(r.Results) == 1 {
					got = res.Fingerprint
				}
			}
			if (got == base) != test.same {
				t.Errorf("fingerprint %s, base %s, want equal: %v", got, base, test.same)
			}
		})
	}
}

// TestFingerprintIsForEver pins the algorithm: people keep fingerprints in
// other systems.
func TestFingerprintIsForEver(t *testing.T) {
	const want = "c6e207b2b7edd2720bb903b92c247a43"
	if got := Fingerprint("vulnerability", "shop", "pkg:npm/lodash CVE-2021-23337", 1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if Fingerprint("a", "b", "c", 1) == Fingerprint("a", "bc", "", 1) {
		t.Error("fields run into one another")
	}
}

func TestOccurrences(t *testing.T) {
	r := vulnerability(func(r *Report) {
		again := r.Results[0]
		again.Locations = []Location{{Layer: 0, Path: "z/other/package.json"}}
		r.Results = append(r.Results, again)
	})
	if r.Results[0].Fingerprint == r.Results[1].Fingerprint {
		t.Error("two places have one fingerprint")
	}
}

func TestCanonicalPURL(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12", "pkg:deb/debian/openssl"},
		{"pkg:npm/%40babel/core@7.1.0", "pkg:npm/%40babel/core"},
		{"pkg:golang/github.com/a/b/v2@v2.0.1#cmd", "pkg:golang/github.com/a/b/v2"},
		{"pkg:maven/org.yaml/snakeyaml@1.30?type=jar", "pkg:maven/org.yaml/snakeyaml"},
		{"pkg:pypi/Flask_Login@1", "pkg:pypi/flask-login"},
		{"pkg:rpm/almalinux/bash@5.1.8-6.el9?epoch=0", "pkg:rpm/almalinux/bash"},
		{"not a purl@1?x#y", "not a purl"},
		{"", ""},
	} {
		if got := CanonicalPURL(test.in); got != test.want {
			t.Errorf("CanonicalPURL(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestFinishOrder shuffles a report: the outcome must not depend on the order
// in which goroutines delivered its parts.
func TestFinishOrder(t *testing.T) {
	build := func() *Report {
		r := &Report{
			Started: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
			Subject: Subject{Kind: "image", Name: "x", OS: &OSRelease{ID: "debian", VersionID: "10", EndOfLife: "2024-06-30"}},
			Unread: []Unread{
				{Location: Location{Path: "b"}, Reason: UnreadLimit, Detector: "npm"},
				{Location: Location{Path: "a"}, Reason: UnreadCorrupt, Detector: "npm"},
				{Location: Location{Path: "a"}, Reason: UnreadIO, Detector: "python"},
			},
			Coverage: []Coverage{{Ecosystem: "npm"}, {Ecosystem: "Debian:10"}},
		}
		for _, name := range []string{"a", "b", "c"} {
			for _, path := range []string{"p", "q"} {
				purl := "pkg:npm/" + name + "@1"
				r.Packages = append(r.Packages, Package{ID: purl + "#" + path, PURL: purl, Name: name, Locations: []Location{{Path: path}}})
				r.Results = append(r.Results, Result{
					Check: CheckVulnerability, State: Fail, Package: purl + "#" + path,
					Advisory: &Advisory{ID: "CVE-1"}, Locations: []Location{{Path: path}},
				})
			}
		}
		return r
	}
	want := build()
	Finish(want, CoreChecks())
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		got := build()
		rng.Shuffle(len(got.Packages), func(i, j int) { got.Packages[i], got.Packages[j] = got.Packages[j], got.Packages[i] })
		rng.Shuffle(len(got.Results), func(i, j int) { got.Results[i], got.Results[j] = got.Results[j], got.Results[i] })
		rng.Shuffle(len(got.Unread), func(i, j int) { got.Unread[i], got.Unread[j] = got.Unread[j], got.Unread[i] })
		Finish(got, CoreChecks())
		Finish(got, CoreChecks())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestFinishDerives(t *testing.T) {
	r := &Report{
		Started: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		Subject: Subject{Kind: "image", Name: "x", OS: &OSRelease{ID: "debian", PrettyName: "Debian GNU/Linux 10 (buster)", EndOfLife: "2024-06-30", Evidence: "etc/os-release"}},
		Unread:  []Unread{{Location: Location{Path: "a.jar", Layer: 2}, Reason: UnreadLimit, Detector: "java"}},
	}
	Finish(r, CoreChecks())
	if len(r.Results) != 2 {
		t.Fatalf("%d results, want 2", len(r.Results))
	}
	eol, unread := r.Results[0], r.Results[1]
	if eol.Check != CheckEndOfLife || eol.State != Fail || eol.Rating.Severity != Medium || eol.Rating.Source != RatedByUs {
		t.Errorf("end of life: %+v", eol)
	}
	if diff := cmp.Diff(T("finding.end-of-life", "Debian GNU/Linux 10 (buster)", "2024-06-30"), eol.Title); diff != "" {
		t.Error(diff)
	}
	if unread.Check != CheckNotScanned || unread.State != Warn || unread.Rating.Severity != Unrated {
		t.Errorf("not scanned: %+v", unread)
	}

	supported := &Report{Started: r.Started, Subject: Subject{OS: &OSRelease{ID: "debian", EndOfLife: "2026-01-02"}}}
	Finish(supported, CoreChecks())
	if len(supported.Results) != 0 {
		t.Errorf("the last day of support is still support: %+v", supported.Results)
	}
}
