package advisory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

// databaseOf compiles OSV documents, and lets change add to them.
func databaseOf(t testing.TB, change func(*compile.Builder), documents ...string) *DB {
	t.Helper()
	b := compile.New(compile.Options{Name: "test", Texts: true})
	for _, s := range documents {
		d, err := osv.Parse([]byte(s))
		if err != nil {
			t.Fatalf("%v: %s", err, s)
		}
		b.Add(d)
	}
	if change != nil {
		change(b)
	}
	content, err := table.Write(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	db, err := newDB("test", content, nil)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// doc writes an OSV document: rest is more members, and for each package
// "ecosystem name introduced fixed" ("-" for none; "<=v" for last affected).
func doc(id, rest string, packages ...string) string {
	var affected []string
	for _, p := range packages {
		f := strings.Fields(p)
		events := `{"introduced":"` + f[2] + `"}`
		if v, last := strings.CutPrefix(f[3], "<="); last {
			events += `,{"last_affected":"` + v + `"}`
		} else if f[3] != "-" {
			events += `,{"fixed":"` + f[3] + `"}`
		}
		affected = append(affected, `{"package":{"ecosystem":"`+strings.ReplaceAll(f[0], "_", " ")+`","name":"`+f[1]+`"},"ranges":[{"type":"ECOSYSTEM","events":[`+events+`]}]}`)
	}
	if rest != "" {
		rest = "," + rest
	}
	return `{"id":"` + id + `"` + rest + `,"affected":[` + strings.Join(affected, ",") + `]}`
}

func pkg(kind, name, v string) finding.Package {
	purl := "pkg:" + kind + "/" + name + "@" + v
	return finding.Package{ID: purl, Type: kind, Name: name, Version: v, PURL: purl}
}

func deb(release, name, v, source string) finding.Package {
	p := pkg("deb", name, v)
	p.Release, p.SourceName, p.SourceVersion = release, source, v
	return p
}

func rpm(release, name, v string) finding.Package {
	p := pkg("rpm", name, v)
	p.Release = release
	return p
}

// onPlatforms writes a document on module m whose imports are limited.
func onPlatforms(id, imports string) string {
	return strings.Replace(doc(id, "", "Go m 0 2.0.0"), `"ranges"`, `"ecosystem_specific":{"imports":[`+imports+`]},"ranges"`, 1)
}

func at(p finding.Package, path string) finding.Package {
	p.Locations = []finding.Location{{Path: path}}
	return p
}

func program(p finding.Package, path, os, arch string) finding.Package {
	p = at(p, path)
	p.Attributes = map[string]string{attrGoOS: os, attrGoArch: arch}
	return p
}

func match(t testing.TB, db *DB, packages ...finding.Package) Answer {
	t.Helper()
	a, err := db.Match(context.Background(), Input{Packages: packages})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// brief writes results as "check state ID package [sources] fixed severity/source".
func brief(a Answer) []string {
	var out []string
	for _, r := range a.Results {
		s := r.Check + " " + string(r.State)
		if r.Advisory != nil {
			var sources []string
			for _, x := range r.Advisory.Sources {
				sources = append(sources, x.ID)
			}
			s += " " + r.Advisory.ID + " [" + strings.Join(sources, " ") + "] " + r.Advisory.Affected
			if len(r.Advisory.Fixed) > 0 {
				s += " fixed " + strings.Join(r.Advisory.Fixed, " ")
			}
			if r.Rating.Source != "" {
				s += " " + r.Rating.Severity.String() + "/" + r.Rating.Source
			}
		}
		out = append(out, s+" "+r.Package)
	}
	slices.Sort(out)
	return out
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		name      string
		documents []string
		packages  []finding.Package
		want      []string
	}{
		{
			"a language package, by range",
			[]string{doc("GHSA-a", `"aliases":["CVE-2024-1"]`, "npm x 1.0.0 1.2.0")},
			[]finding.Package{pkg("npm", "x", "0.9.0"), pkg("npm", "x", "1.0.0"), pkg("npm", "x", "1.2.0-rc.1"), pkg("npm", "x", "1.2.0")},
			[]string{
				"vulnerability fail CVE-2024-1 [GHSA-a] >= 1.0.0, < 1.2.0 fixed 1.2.0 pkg:npm/x@1.0.0",
				"vulnerability fail CVE-2024-1 [GHSA-a] >= 1.0.0, < 1.2.0 fixed 1.2.0 pkg:npm/x@1.2.0-rc.1",
			},
		},
		{
			"names are normalized",
			[]string{doc("PYSEC-1", "", "PyPI foo-bar 0 2.0"), doc("RUSTSEC-1", "", "crates.io serde_json 0 2.0.0"), doc("x_FRIENDSOFPHP-1", "", "Packagist Symfony/Http 0 2.0.0")},
			[]finding.Package{pkg("pypi", "Foo_Bar", "1.0"), pkg("cargo", "serde-json", "1.0.0"), pkg("composer", "symfony/HTTP", "v1.0.0")},
			[]string{
				"vulnerability fail FRIENDSOFPHP-1 [FRIENDSOFPHP-1] < 2.0.0 fixed 2.0.0 pkg:composer/symfony/HTTP@v1.0.0",
				"vulnerability fail PYSEC-1 [PYSEC-1] < 2.0 fixed 2.0 pkg:pypi/Foo_Bar@1.0",
				"vulnerability fail RUSTSEC-1 [RUSTSEC-1] < 2.0.0 fixed 2.0.0 pkg:cargo/serde-json@1.0.0",
			},
		},
		{
			"one flaw from several sources is one finding that names them",
			[]string{
				doc("GHSA-a", `"aliases":["CVE-2024-1"]`, "npm x 0 1.2.0"), doc("x_NSWG-ECO-1", `"aliases":["GHSA-a"]`, "npm x 0 1.1.0"),
				doc("x_RETIREJS-1", `"aliases":["CVE-2024-1"]`, "npm x 0 1.0.0"),
			},
			[]finding.Package{pkg("npm", "x", "1.0.5"), pkg("npm", "x", "0.5.0")},
			[]string{
				"vulnerability fail CVE-2024-1 [GHSA-a NSWG-ECO-1 RETIREJS-1] < 1.2.0 fixed 1.2.0 pkg:npm/x@0.5.0",
				"vulnerability fail CVE-2024-1 [GHSA-a NSWG-ECO-1] < 1.2.0 fixed 1.2.0 pkg:npm/x@1.0.5",
			},
		},
		{
			"the lowest fix above the installed version comes first",
			[]string{`{"id":"GHSA-a","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[
				{"introduced":"3.0.0"},{"fixed":"3.1.0"},{"introduced":"0"},{"fixed":"1.5.0"},{"introduced":"2.0.0"},{"fixed":"2.10.0"}]}]}]}`},
			[]finding.Package{pkg("npm", "x", "2.2.0")},
			[]string{"vulnerability fail GHSA-a [GHSA-a] >= 2.0.0, < 2.10.0 fixed 2.10.0 3.1.0 pkg:npm/x@2.2.0"},
		},
		{
			"last affected, and no fix",
			[]string{doc("GHSA-a", "", "npm x 0 <=1.5.0"), doc("GHSA-b", "", "npm x 0 -")},
			[]finding.Package{pkg("npm", "x", "1.5.0"), pkg("npm", "x", "1.5.1")},
			[]string{
				"vulnerability fail GHSA-a [GHSA-a] <= 1.5.0 pkg:npm/x@1.5.0", "vulnerability fail GHSA-b [GHSA-b] >= 0 pkg:npm/x@1.5.0",
				"vulnerability fail GHSA-b [GHSA-b] >= 0 pkg:npm/x@1.5.1",
			},
		},
		{
			"withdrawn is ignored",
			[]string{doc("GHSA-a", `"withdrawn":"2025-01-01T00:00:00Z"`, "npm x 0 1.0.0")},
			[]finding.Package{pkg("npm", "x", "0.5.0")}, nil,
		},
		{
			"Debian by source, release, epoch and backport",
			[]string{doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 openssl 0 3.0.14-1~deb12u1", "Debian:11 openssl 0 1.1.1w-0+deb11u2"), doc("DSA-9-1", `"upstream":["CVE-2024-1","CVE-2024-2"]`, "Debian:12 openssl 0 1:3.0.14-1~deb12u2")},
			[]finding.Package{deb("Debian:12", "libssl3", "3.0.14-1~deb12u1", "openssl"), deb("Debian:12", "libssl3", "1:3.0.14-1~deb12u2", "openssl"), deb("Debian:11", "libssl1.1", "1.1.1w-0+deb11u1", "openssl"), deb("Debian:13", "libssl3", "3.0.1-1", "openssl"), deb("Debian:12", "openssl-doc", "3.0.1-1", "other")},
			[]string{
				"vulnerability fail CVE-2024-1 [DEBIAN-CVE-2024-1] < 1.1.1w-0+deb11u2 fixed 1.1.1w-0+deb11u2 pkg:deb/libssl1.1@1.1.1w-0+deb11u1",
				"vulnerability fail CVE-2024-1 [DSA-9-1] < 1:3.0.14-1~deb12u2 fixed 1:3.0.14-1~deb12u2 pkg:deb/libssl3@3.0.14-1~deb12u1",
				"vulnerability fail CVE-2024-2 [DSA-9-1] < 1:3.0.14-1~deb12u2 fixed 1:3.0.14-1~deb12u2 pkg:deb/libssl3@3.0.14-1~deb12u1",
			},
		},
		{
			"AlmaLinux by package; Rocky, RHEL and CentOS never by AlmaLinux's word",
			[]string{doc("ALSA-2024:1", `"related":["CVE-2024-1"],"summary":"Important: x security update"`, "AlmaLinux:9 x 0 2:1.0-3.el9_4")},
			[]finding.Package{rpm("AlmaLinux:9", "x", "2:1.0-2.el9"), rpm("AlmaLinux:9.4", "x", "2:1.0-3.el9_4"), rpm("AlmaLinux:8", "x", "1.0-1"), rpm("Rocky Linux:9", "x", "2:1.0-2.el9"), rpm("Red Hat:9", "x", "2:1.0-2.el9"), rpm("CentOS:9", "x", "2:1.0-2.el9"), rpm("", "x", "2:1.0-2.el9")},
			[]string{"vulnerability fail CVE-2024-1 [ALSA-2024:1] < 2:1.0-3.el9_4 fixed 2:1.0-3.el9_4 high/AlmaLinux pkg:rpm/x@2:1.0-2.el9"},
		},
		{
			"streams of modules",
			[]string{doc("ALSA-2024:1", `"related":["CVE-2024-1"],"summary":"Important: nodejs:18 security update"`, "AlmaLinux:9 nodejs 0 1:18.20.0-1.module_el9.3.0+1+a")},
			[]finding.Package{
				modular(rpm("AlmaLinux:9", "nodejs", "1:18.10.0-1.module_el9.1.0+1+a"), "nodejs:18:9010:abc"), modular(rpm("AlmaLinux:9", "nodejs", "1:16.10.0-1.module_el9.1.0+1+a"), "nodejs:16:9010:abc"),
				rpm("AlmaLinux:9", "nodejs", "1:16.20.0-1.el9"), rpm("AlmaLinux:9", "nodejs", "1:17.0.0-1.module_el9.1.0+1+a"),
			},
			[]string{
				// The label is not known: the version alone decides, rather than nobody.
				"vulnerability fail CVE-2024-1 [ALSA-2024:1] < 1:18.20.0-1.module_el9.3.0+1+a fixed 1:18.20.0-1.module_el9.3.0+1+a high/AlmaLinux pkg:rpm/nodejs@1:17.0.0-1.module_el9.1.0+1+a",
				"vulnerability fail CVE-2024-1 [ALSA-2024:1] < 1:18.20.0-1.module_el9.3.0+1+a fixed 1:18.20.0-1.module_el9.3.0+1+a high/AlmaLinux pkg:rpm/nodejs@1:18.10.0-1.module_el9.1.0+1+a",
			},
		},
		{
			"kernel headers don't raise the kernel's flaws, programs built of its source do",
			[]string{doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 linux 0 6.1.90-1")},
			[]finding.Package{deb("Debian:12", "linux-libc-dev", "6.1.1-1", "linux"), deb("Debian:12", "linux-headers-6.1.0-9-common", "6.1.1-1", "linux"), deb("Debian:12", "linux-perf-6.1", "6.1.1-1", "linux")},
			[]string{"vulnerability fail CVE-2024-1 [DEBIAN-CVE-2024-1] < 6.1.90-1 fixed 6.1.90-1 pkg:deb/linux-perf-6.1@6.1.1-1"},
		},
		{
			"Go's standard library by toolchain version, modules with and without v",
			[]string{doc("GO-1", "", "Go stdlib 1.21.0-0 1.21.5"), doc("GO-2", "", "Go example.org/m 0 1.2.0"), doc("GO-3", "", "Go toolchain 0 1.30.0")},
			[]finding.Package{pkg("golang", "stdlib", "1.21.4"), pkg("golang", "stdlib", "go1.21rc2 X:boring"), pkg("golang", "stdlib", "1.20.14"), pkg("golang", "example.org/m", "v1.1.9"), pkg("golang", "example.org/m", "v1.2.0+incompatible"), pkg("golang", "toolchain", "go1.22.1")},
			[]string{
				"vulnerability fail GO-1 [GO-1] >= 1.21.0-0, < 1.21.5 fixed 1.21.5 pkg:golang/stdlib@1.21.4",
				"vulnerability fail GO-1 [GO-1] >= 1.21.0-0, < 1.21.5 fixed 1.21.5 pkg:golang/stdlib@go1.21rc2 X:boring",
				"vulnerability fail GO-2 [GO-2] < 1.2.0 fixed 1.2.0 pkg:golang/example.org/m@v1.1.9",
				"vulnerability fail GO-3 [GO-3] < 1.30.0 fixed 1.30.0 pkg:golang/toolchain@go1.22.1",
			},
		},
		{
			"flaws of other platforms, by what the program was built for",
			[]string{onPlatforms("GO-1", `{"goos":["windows"]},{"goos":["plan9"],"goarch":["arm"]}`), onPlatforms("GO-2", `{"goarch":["amd64"]}`), onPlatforms("GO-3", `{"goos":["windows"]},{}`), onPlatforms("GO-4", `{"goos":[7]}`)},
			[]finding.Package{
				program(pkg("golang", "stdlib", "1.21.0"), "/lin", "linux", "amd64"), at(pkg("golang", "m", "1.0.0"), "/lin"),
				program(pkg("golang", "stdlib", "1.21.1"), "/win.exe", "windows", "arm64"), at(pkg("golang", "m", "1.0.1"), "/win.exe"),
				at(pkg("golang", "m", "1.0.2"), "/go.mod"),
			},
			[]string{
				"vulnerability fail GO-1 [GO-1] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.1",
				"vulnerability fail GO-1 [GO-1] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.2",
				"vulnerability fail GO-2 [GO-2] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.0",
				"vulnerability fail GO-2 [GO-2] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.2",
				"vulnerability fail GO-3 [GO-3] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.0",
				"vulnerability fail GO-3 [GO-3] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.1",
				"vulnerability fail GO-3 [GO-3] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.2",
				"vulnerability fail GO-4 [GO-4] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.0",
				"vulnerability fail GO-4 [GO-4] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.1",
				"vulnerability fail GO-4 [GO-4] < 2.0.0 fixed 2.0.0 pkg:golang/m@1.0.2",
			},
		},
		{
			"Drupal's own repository",
			[]string{doc("DRUPAL-CONTRIB-1", "", "Packagist:https://packages.drupal.org/8 drupal/ctools 0 3.7.0"), doc("DRUPAL-CORE-1", "", "Packagist drupal/core 0 9.0.0")},
			[]finding.Package{pkg("composer", "drupal/ctools", "3.6.0"), pkg("composer", "drupal/core", "8.9.0")},
			[]string{
				"vulnerability fail DRUPAL-CONTRIB-1 [DRUPAL-CONTRIB-1] < 3.7.0 fixed 3.7.0 pkg:composer/drupal/ctools@3.6.0",
				"vulnerability fail DRUPAL-CORE-1 [DRUPAL-CORE-1] < 9.0.0 fixed 9.0.0 pkg:composer/drupal/core@8.9.0",
			},
		},
		{
			"Node.js itself by Bitnami's word, and nothing else that is generic",
			[]string{doc("BIT-node-2024-1", `"aliases":["CVE-2024-1"]`, "Bitnami node 20.0.0 20.12.1"), doc("BIT-x-1", "", "Bitnami x 0 2.0.0")},
			[]finding.Package{pkg("generic", "node", "20.11.0"), pkg("generic", "node", "20.12.1"), pkg("generic", "x", "1.0.0")},
			[]string{"vulnerability fail CVE-2024-1 [BIT-node-2024-1] >= 20.0.0, < 20.12.1 fixed 20.12.1 pkg:generic/node@20.11.0"},
		},
		{
			"notices are no vulnerabilities",
			[]string{
				`{"id":"RUSTSEC-1","affected":[{"package":{"ecosystem":"crates.io","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}],"database_specific":{"informational":"unmaintained"}}]}`,
				doc("RUSTSEC-2", "", "crates.io x 0 2.0.0"),
			},
			[]finding.Package{pkg("cargo", "x", "1.0.0")},
			[]string{
				"advisory-notice warn RUSTSEC-1 [RUSTSEC-1] >= 0 pkg:cargo/x@1.0.0",
				"vulnerability fail RUSTSEC-2 [RUSTSEC-2] < 2.0.0 fixed 2.0.0 pkg:cargo/x@1.0.0",
			},
		},
		{
			"a version that cannot be compared is said",
			[]string{doc("GHSA-a", "", "npm x 0 1.0.0"), doc("GHSA-b", "", "npm x 2.0.0 3.0.0"), doc("GHSA-c", "", "npm y 0 -")},
			[]finding.Package{pkg("npm", "x", "latest"), pkg("npm", "x", ""), pkg("npm", "z", "latest"), pkg("npm", "y", "latest")},
			[]string{
				"vulnerability could-not-run pkg:npm/x@", "vulnerability could-not-run pkg:npm/x@latest",
				"vulnerability fail GHSA-c [GHSA-c] >= 0 pkg:npm/y@latest",
			},
		},
		{
			"an advisory that names no versions is said",
			[]string{`{"id":"PYSEC-1","aliases":["CVE-2025-1"],"affected":[{"package":{"ecosystem":"PyPI","name":"x"}}]}`},
			[]finding.Package{pkg("pypi", "x", "1.0")},
			[]string{"vulnerability could-not-run CVE-2025-1 [PYSEC-1]  pkg:pypi/x@1.0"},
		},
		{
			"declared, development and hidden packages match too",
			[]string{doc("GHSA-a", "", "npm x 0 1.0.0")},
			[]finding.Package{func() finding.Package {
				p := pkg("npm", "x", "0.1.0")
				p.Declared, p.Dev = true, true
				return p
			}()},
			[]string{"vulnerability fail GHSA-a [GHSA-a] < 1.0.0 fixed 1.0.0 pkg:npm/x@0.1.0"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := brief(match(t, databaseOf(t, nil, test.documents...), test.packages...))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func modular(p finding.Package, label string) finding.Package {
	p.Attributes = map[string]string{attrModularity: label}
	return p
}

func TestSeverity(t *testing.T) {
	const v31, v40, v2 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P"
	rated := func(kind, vector string) string {
		return `"severity":[{"type":"` + kind + `","score":"` + vector + `"}]`
	}
	kevOnly := func(b *compile.Builder) {
		if _, _, err := b.AddEnrichment(strings.NewReader(`{"cves":{"CVE-2024-1":{"cvss":"` + v31 + `"}}}`)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name      string
		documents []string
		p         finding.Package
		change    func(*compile.Builder)
		want      finding.Rating
		all       int
	}{
		{"nobody's word", []string{doc("GO-1", `"aliases":["CVE-2024-1"]`, "Go x 0 1.0.0")}, pkg("golang", "x", "0.1.0"), nil, finding.Rating{}, 0},
		{"the distribution's before all", []string{
			doc("ALSA-1", `"related":["CVE-2024-1"],"summary":"Low: x"`, "AlmaLinux:9 x 0 2"), doc("GHSA-a", `"aliases":["CVE-2024-1"],`+rated("CVSS_V3", v31), "npm x 0 2.0.0"),
		}, rpm("AlmaLinux:9", "x", "1"), kevOnly, finding.Rating{Severity: finding.Low, Source: "AlmaLinux"}, 3},
		{"the advisory's before CISA's", []string{doc("GHSA-a", `"aliases":["CVE-2024-1"],"database_specific":{"severity":"LOW"}`, "npm x 0 2.0.0")}, pkg("npm", "x", "1.0.0"), kevOnly, finding.Rating{Severity: finding.Low, Source: "GHSA"}, 2},
		{"CISA's where there is no other", []string{doc("GO-1", `"aliases":["CVE-2024-1"]`, "Go x 0 1.0.0")}, pkg("golang", "x", "0.1.0"), kevOnly, finding.Rating{Severity: finding.Critical, Score: 9.8, Vector: v31, Source: "CISA-ADP"}, 1},
		{"a vector before a word", []string{
			doc("GHSA-a", `"aliases":["CVE-2024-1"],`+rated("CVSS_V3", v31), "npm x 0 2.0.0"), doc("x_RETIREJS-1", `"aliases":["CVE-2024-1"],"database_specific":{"severity":"LOW"}`, "npm x 0 2.0.0"),
		}, pkg("npm", "x", "1.0.0"), nil, finding.Rating{Severity: finding.Critical, Score: 9.8, Vector: v31, Source: "GHSA"}, 2},
		{"the newest CVSS", []string{doc("GHSA-a", `"severity":[{"type":"CVSS_V2","score":"`+v2+`"},{"type":"CVSS_V3","score":"`+v31+`"},{"type":"CVSS_V4","score":"`+v40+`"}]`, "npm x 0 2.0.0")},
			pkg("npm", "x", "1.0.0"), nil, finding.Rating{Severity: finding.High, Score: 8.7, Vector: v40, Source: "GHSA"}, 3},
		{"a score without a vector", []string{doc("x_RUBYSEC-1", `"aliases":["CVE-2024-1"],"database_specific":{"cvss_v3_score":7.5}`, "RubyGems x 0 2")}, pkg("gem", "x", "1"), nil, finding.Rating{Severity: finding.High, Score: 7.5, Source: "ruby-advisory-db"}, 1},
		{"another feed's vector of the same CVE", []string{
			doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 x 0 2"), doc("BIT-x-2024-1", `"aliases":["CVE-2024-1"],`+rated("CVSS_V3", v31), "Bitnami x 0 2.0.0"),
		}, deb("Debian:12", "x", "1", "x"), nil, finding.Rating{Severity: finding.Critical, Score: 9.8, Vector: v31, Source: "Bitnami"}, 1},
		{"CISA's before another feed's", []string{
			doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 x 0 2"), doc("BIT-x-2024-1", `"aliases":["CVE-2024-1"],`+rated("CVSS_V4", v40), "Bitnami x 0 2.0.0"),
			doc("JLSEC-2024-1", `"aliases":["CVE-2024-1"],`+rated("CVSS_V4", v40), "Julia x_jll 0 2.0.0"),
		}, deb("Debian:12", "x", "1", "x"), kevOnly, finding.Rating{Severity: finding.Critical, Score: 9.8, Vector: v31, Source: "CISA-ADP"}, 3},
		{"a CNA's before another feed's", []string{
			doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 x 0 2"), doc("JLSEC-2024-1", `"aliases":["CVE-2024-1"],`+rated("CVSS_V4", v40), "Julia x_jll 0 2.0.0"),
			doc("GHSA-a", `"aliases":["CVE-2024-1"],`+rated("CVSS_V3", v31), "npm x 0 2.0.0"),
		}, deb("Debian:12", "x", "1", "x"), nil, finding.Rating{Severity: finding.Critical, Score: 9.8, Vector: v31, Source: "GHSA"}, 2},
		{"the feed's own for its own package", []string{doc("BIT-x-2024-1", `"aliases":["CVE-2024-1"],`+rated("CVSS_V4", v40), "Bitnami x 0 2.0.0")},
			pkg("bitnami", "x", "1.0.0"), kevOnly, finding.Rating{Severity: finding.High, Score: 8.7, Vector: v40, Source: "Bitnami"}, 2},
		{"Debian's urgency", []string{`{"id":"DEBIAN-CVE-2024-1","upstream":["CVE-2024-1"],"affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],"ecosystem_specific":{"urgency":"unimportant"}}]}`},
			deb("Debian:12", "x", "1", "x"), kevOnly, finding.Rating{Severity: finding.Negligible, Source: "Debian"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := match(t, databaseOf(t, test.change, test.documents...), test.p)
			if len(a.Results) != 1 {
				t.Fatalf("%d results", len(a.Results))
			}
			if diff := cmp.Diff(test.want, a.Results[0].Rating); diff != "" {
				t.Error(diff)
			}
			if n := len(a.Results[0].Advisory.Ratings); n != test.all {
				t.Errorf("%d ratings kept, want %d: %+v", n, test.all, a.Results[0].Advisory.Ratings)
			}
		})
	}
}

func TestOwned(t *testing.T) {
	language := doc("GHSA-a", `"aliases":["CVE-2024-1"]`, "PyPI jinja2 0 3.1.3")
	speaks := doc("DEBIAN-CVE-2024-1", `"upstream":["CVE-2024-1"]`, "Debian:12 jinja2 0 3.1.2-1+deb12u1")
	other := doc("DEBIAN-CVE-2024-2", `"upstream":["CVE-2024-2"]`, "Debian:12 jinja2 0 1.0")
	level := func(l finding.CoverageLevel) func(*compile.Builder) {
		return func(b *compile.Builder) {
			b.SetCoverage(table.Coverage{Key: "Debian:12", Level: l, Known: table.KnownAll})
			b.SetCoverage(table.Coverage{Key: "PyPI", Level: finding.CoverageFull, Known: table.KnownAll})
		}
	}
	for _, test := range []struct {
		name      string
		documents []string
		change    func(*compile.Builder)
		installed string
		want      []string
	}{
		{"the distribution fixed it by a backport", []string{language, speaks}, level(finding.CoveragePartial), "3.1.2-1+deb12u1", nil},
		{"the distribution says that it is affected", []string{language, speaks}, level(finding.CoveragePartial), "3.1.2-1",
			[]string{"vulnerability fail CVE-2024-1 [DEBIAN-CVE-2024-1] < 3.1.2-1+deb12u1 fixed 3.1.2-1+deb12u1 pkg:deb/python3-jinja2@3.1.2-1"}},
		{"the distribution's data is complete and silent", []string{language, other}, level(finding.CoverageFull), "3.1.2-1", nil},
		{"the distribution's data is silent, and not complete", []string{language, other}, level(finding.CoveragePartial), "3.1.2-1",
			[]string{"vulnerability warn CVE-2024-1 [GHSA-a] < 3.1.3 fixed 3.1.3 pkg:pypi/Jinja2@3.1.2"}},
		{"there is no data on the release", []string{language}, nil, "3.1.2-1",
			[]string{"vulnerability warn CVE-2024-1 [GHSA-a] < 3.1.3 fixed 3.1.3 pkg:pypi/Jinja2@3.1.2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			os := deb("Debian:12", "python3-jinja2", test.installed, "jinja2")
			p := pkg("pypi", "Jinja2", "3.1.2")
			p.OwnedBy = os.ID
			a := match(t, databaseOf(t, test.change, test.documents...), os, p)
			if diff := cmp.Diff(test.want, brief(a)); diff != "" {
				t.Error(diff)
			}
			for _, r := range a.Results {
				if (r.State == finding.Warn) != (r.Reason != nil) {
					t.Errorf("state %s, reason %v", r.State, r.Reason)
				}
			}
		})
	}
}

func TestHiddenAndFields(t *testing.T) {
	db := databaseOf(t, func(b *compile.Builder) {
		if _, _, err := b.AddKEV(strings.NewReader(`{"vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-05-01","dueDate":"2024-05-22","knownRansomwareCampaignUse":"Known"}]}`)); err != nil {
			t.Fatal(err)
		}
	}, doc("GHSA-aaaa", `"aliases":["CVE-2024-1","GHSA-bbbb"],"summary":"A  flaw","published":"2024-04-01T10:00:00Z","modified":"2024-06-01T10:00:00Z","database_specific":{"cwe_ids":["CWE-79"]}`, "npm x 0 1.0.0"))
	p := pkg("npm", "x", "0.1.0")
	p.Hidden = true
	p.Locations = []finding.Location{{Layer: 2, Path: "/a/package.json"}}
	a := match(t, db, p)
	want := []finding.Result{{
		Check: "vulnerability", State: finding.Fail, Title: finding.T("advisory.vulnerability", "CVE-2024-1", "x", "0.1.0"), Package: p.ID, Hidden: true,
		Locations: p.Locations, Subject: "pkg:npm/x CVE-2024-1",
		Advisory: &finding.Advisory{
			ID: "CVE-2024-1", Aliases: []string{"GHSA-aaaa", "GHSA-bbbb"}, Summary: "A flaw", Affected: "< 1.0.0", Fixed: []string{"1.0.0"}, CWEs: []string{"CWE-79"},
			Sources: []finding.AdvisorySource{{ID: "GHSA-aaaa", Ecosystem: "npm", License: "CC-BY-4.0", URL: "https://github.com/advisories/GHSA-aaaa"}},
			KEV:     &finding.KEV{Added: "2024-05-01", Due: "2024-05-22", Ransomware: true}, Published: clock(compile.ParseDay("2024-04-01")), Modified: clock(compile.ParseDay("2024-06-01")),
		},
	}}
	if diff := cmp.Diff(want, a.Results); diff != "" {
		t.Error(diff)
	}
}

func TestCoverage(t *testing.T) {
	db := databaseOf(t, func(b *compile.Builder) {
		b.SetCoverage(table.Coverage{Key: "Debian:12", Level: finding.CoveragePartial, Date: "2026-11-23", Known: table.KnownListed, Get: "Debian", Limits: []finding.Text{finding.T("coverage.unfixed")}})
		b.SetCoverage(table.Coverage{Key: "npm", Level: finding.CoverageFull, Date: "2026-01-01", Known: table.KnownAll})
		b.SetCoverage(table.Coverage{Key: "Maven", Level: finding.CoveragePartial, Date: "2024-12-11", Known: table.KnownNone, Get: "Maven"})
		b.Cover("Debian:12", "openssl")
	}, doc("GHSA-a", "", "npm x 0 1.0.0"))
	a, err := db.Match(context.Background(), Input{
		OS: &finding.OSRelease{ID: "rhel", VersionID: "9.4"},
		Packages: []finding.Package{
			deb("Debian:12", "libssl3", "1", "openssl"), deb("Debian:12", "zlib1g", "1", "zlib"), deb("Debian:12", "linux-libc-dev", "1", "linux"),
			deb("Debian:13", "zlib1g", "1", "zlib"), {Type: "apk", Name: "musl", Version: "1", Release: "Alpine:v3.19"}, rpm("", "x", "1"), rpm("Rocky Linux:9", "x", "1"),
			pkg("npm", "x", "1.0.0"), pkg("npm", "x", "latest"), pkg("npm", "y", "latest"), pkg("maven", "g:a", "1"), pkg("conan", "z", "1"), pkg("nuget", "N", "1"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(s string) string {
		return "bulwark db build -o db.bwdb https://osv-vulnerabilities.storage.googleapis.com/" + s + "/all.zip"
	}
	want := []finding.Coverage{
		{Ecosystem: "Alpine:v3.19", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.none")}, Get: get("Alpine")},
		{Ecosystem: "Debian:12", Level: finding.CoveragePartial, Packages: 3, Known: 1, Date: "2026-11-23", Get: get("Debian"), Limits: []finding.Text{
			finding.T("coverage.unfixed"), finding.T("coverage.listed", "1", "3"), finding.T("coverage.kernel-headers", "1"),
		}},
		{Ecosystem: "Debian:13", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.none")}, Get: get("Debian")},
		{Ecosystem: "Maven", Level: finding.CoveragePartial, Packages: 1, Date: "2024-12-11", Get: get("Maven")},
		{Ecosystem: "NuGet", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.none")}, Get: get("NuGet")},
		{Ecosystem: "Rocky Linux:9", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.none")}, Get: get("Rocky%20Linux")},
		{Ecosystem: "conan", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.unsupported")}},
		// One of the two versions that cannot be compared is of a package without advisories: nothing is unclear there.
		{Ecosystem: "npm", Level: finding.CoveragePartial, Packages: 3, Known: 2, Date: "2026-01-01", Limits: []finding.Text{finding.T("coverage.not-comparable", "1")}},
		{Ecosystem: "rhel:9.4", Level: finding.CoverageNone, Packages: 1, Limits: []finding.Text{finding.T("coverage.unsupported")}},
	}
	if diff := cmp.Diff(want, a.Coverage); diff != "" {
		t.Error(diff)
	}
}

func TestCancelled(t *testing.T) {
	db := databaseOf(t, nil, doc("GHSA-a", "", "npm x 0 1.0.0"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := db.Match(ctx, Input{Packages: []finding.Package{pkg("npm", "x", "1")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestExplain(t *testing.T) {
	db := databaseOf(t, nil,
		doc("GHSA-aaaa", `"aliases":["CVE-2024-1"],"summary":"s","details":"the text"`, "npm x 0 1.0.0", "npm a 2.0.0 3.0.0"),
		doc("DSA-1-1", `"upstream":["CVE-2024-1","CVE-2024-2"]`, "Debian:12 x 0 1-1"),
		doc("x_RETIREJS-1", "", "npm z 0 1.0.0"), doc("GHSA-gone", `"withdrawn":"2025-01-02T00:00:00Z"`, "npm x 0 1.0.0"),
	)
	for _, id := range []string{"CVE-2024-1", "cve-2024-1", " GHSA-aaaa ", "ghsa-AAAA"} {
		e, ok := db.Explain(id)
		if !ok || e.ID != "CVE-2024-1" || len(e.Records) != 2 {
			t.Errorf("%q: %v %+v", id, ok, e)
			continue
		}
		want := ExplainedRecord{
			ID: "GHSA-aaaa", Source: "GitHub Advisory Database", License: "CC-BY-4.0", URL: "https://github.com/advisories/GHSA-aaaa", Summary: "s", Details: "the text",
			Affected: []ExplainedPackage{{"npm", "a", []string{">= 2.0.0, < 3.0.0"}, []string{"3.0.0"}}, {"npm", "x", []string{"< 1.0.0"}, []string{"1.0.0"}}},
		}
		if diff := cmp.Diff(want, e.Records[1]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"CVE-2024-1", "CVE-2024-2"}, e.Records[0].Flaws); diff != "" {
			t.Error(diff)
		}
	}
	if e, ok := db.Explain("DSA-1-1"); !ok || e.ID != "DSA-1-1" || len(e.Records) != 1 {
		t.Errorf("DSA: %v %+v", ok, e)
	}
	if e, ok := db.Explain("RETIREJS-1"); !ok || e.ID != "RETIREJS-1" {
		t.Errorf("private ID: %v %+v", ok, e)
	}
	if e, ok := db.Explain("GHSA-gone"); !ok || e.Records[0].Withdrawn.IsZero() {
		t.Errorf("withdrawn: %v %+v", ok, e)
	}
	for _, id := range []string{"", "CVE-2024-3", "x_", strings.Repeat("x", 10000)} {
		if e, ok := db.Explain(id); ok {
			t.Errorf("%q: %+v", id, e)
		}
	}
}

// TestDamagedDatabase: Match and Explain of damaged files end with an error or
// some answer.
func TestDamagedDatabase(t *testing.T) {
	b := compile.New(compile.Options{Name: "test"})
	for _, s := range []string{doc("GHSA-aaaa", `"aliases":["CVE-2024-1"]`, "npm x 0 1.0.0"), doc("DSA-1-1", `"upstream":["CVE-2024-1","CVE-2024-2"]`, "Debian:12 x 0 1-1")} {
		d, err := osv.Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		b.Add(d)
	}
	good, err := table.Write(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for _, bit := range []byte{1, 0x40, 0xff} {
			bad := slices.Clone(good)
			bad[i] ^= bit
			db, err := newDB("test", bad, nil)
			if err != nil {
				continue
			}
			_, _ = db.Match(context.Background(), Input{Packages: []finding.Package{pkg("npm", "x", "0.1.0"), deb("Debian:12", "x", "0", "x")}})
			_, _ = db.Explain("CVE-2024-1")
		}
	}
}
