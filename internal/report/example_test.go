package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bulwark/internal/catalogue"
	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files anew")

// example is a report with everything in it.
func example(t *testing.T) *finding.Report {
	t.Helper()
	r := &finding.Report{
		Tool:    finding.Tool{Name: "bulwark", Version: "0.1.0", Detectors: []string{"dpkg@1", "npm@2"}},
		Started: time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC),
		Subject: finding.Subject{
			Kind: "image", Ref: "registry.example/team/shop:1.4", Name: "registry.example/team/shop",
			ConfigDigest: "sha256:6f1d4f7c2f0f4b27c6d9ab4cba1a3e1f5f2a7d0e9b8c7d6e5f4a3b2c1d0e9f8a", Platform: "linux/amd64",
			Tags: []string{"registry.example/team/shop:1.4"}, OtherPlatforms: []string{"linux/arm64"},
			OS: &finding.OSRelease{
				ID: "debian", VersionID: "10", PrettyName: "Debian GNU/Linux 10 (buster)", Release: "Debian:10",
				EndOfLife: "2024-06-30", Evidence: "etc/os-release",
			},
		},
		Source: finding.SourceInfo{Kind: "docker", Way: "in place: overlay2"},
		Data:   &finding.Data{Name: "embedded", Date: "2026-11-01", Records: 300000},
		Layers: []finding.LayerInfo{
			{Index: 0, DiffID: "sha256:1111111111111111111111111111111111111111111111111111111111111111", CreatedBy: "ADD rootfs.tar.xz /", Trust: "engine-vouched"},
			{Index: 1, DiffID: "sha256:2222222222222222222222222222222222222222222222222222222222222222", CreatedBy: "RUN npm ci", Trust: "engine-vouched"},
			{Index: 2, DiffID: "sha256:3333333333333333333333333333333333333333333333333333333333333333", CreatedBy: "COPY bin/ /usr/local/bin/", Trust: "engine-vouched"},
		},
		Image: exampleImage(),
		Coverage: []finding.Coverage{
			{Ecosystem: "Debian:10", Level: finding.CoveragePartial, Packages: 4, Known: 4, Date: "2024-06-30"},
			{Ecosystem: "npm", Level: finding.CoverageFull, Packages: 3, Known: 3, Date: "2026-11-01"},
			{Ecosystem: "Go", Level: finding.CoverageFull, Packages: 2, Known: 2, Date: "2026-10-30"},
			{Ecosystem: "Wolfi", Level: finding.CoverageNone, Packages: 1, Get: "bulwark db build -o advisories.db https://bucket.example/Wolfi/all.zip"},
		},
		Unread: []finding.Unread{
			{Location: finding.Location{Layer: 1, Path: "app/vendor/nested.jar!/lib/deep.jar"}, Reason: finding.UnreadLimit, Detector: "java", Detail: "nested more than 5 deep"},
			{Location: finding.Location{Layer: 1, Path: "app/broken/package.json"}, Reason: finding.UnreadCorrupt, Detector: "npm", Detail: "invalid character 'x' at 12"},
		},
	}
	pkg := func(p finding.Package, path string, layer int) string {
		p.ID = p.PURL
		for _, other := range r.Packages {
			if other.PURL == p.PURL {
				p.ID += "#2"
			}
		}
		p.FoundBy = p.Type
		p.Locations = []finding.Location{{Layer: layer, Path: path}}
		r.Packages = append(r.Packages, p)
		return p.ID
	}
	deb := func(name, version, source string) string {
		return pkg(finding.Package{
			Type: finding.TypeDeb, Name: name, Version: version, Arch: "amd64", Release: "Debian:10", SourceName: source, SourceVersion: version,
			PURL: "pkg:deb/debian/" + name + "@" + version + "?arch=amd64&distro=debian-10", Licenses: []string{"Apache-2.0"},
		}, "var/lib/dpkg/status", 0)
	}
	ssl := deb("libssl1.1", "1.1.1d-0+deb10u3", "openssl")
	openssl := deb("openssl", "1.1.1d-0+deb10u3", "openssl")
	glibc := deb("libc6", "2.28-10", "glibc")
	perl := deb("perl-base", "5.28.1-6", "perl")
	npm := func(name, purl, version, path string) string {
		return pkg(finding.Package{Type: finding.TypeNPM, Name: name, Version: version, PURL: "pkg:npm/" + purl + "@" + version, Licenses: []string{"MIT", "see LICENSE"}}, path, 1)
	}
	lodash := npm("lodash", "lodash", "4.17.20", "app/node_modules/lodash/package.json")
	lodash2 := npm("lodash", "lodash", "4.17.20", "app/node_modules/grunt/node_modules/lodash/package.json")
	babel := npm("@babel/traverse", "%40babel/traverse", "7.22.0", "app/node_modules/@babel/traverse/package.json")
	goModule := func(name, version string) string {
		return pkg(finding.Package{Type: finding.TypeGolang, Name: name, Version: version, PURL: "pkg:golang/" + name + "@" + version, Licenses: []string{"BSD-3-Clause OR MIT"}}, "usr/local/bin/shop", 2)
	}
	stdlib := goModule("stdlib", "1.20.1")
	net := goModule("golang.org/x/net", "v0.7.0")
	pkg(finding.Package{Type: finding.TypeAPK, Name: "wolfi-keys", Version: "1-r4", PURL: "pkg:apk/wolfi/wolfi-keys@1-r4"}, "lib/apk/db/installed", 2)

	vuln := func(id, pkg, ecosystem string, sev finding.Severity, fixed ...string) *finding.Result {
		res := finding.Result{
			Check: finding.CheckVulnerability, State: finding.Fail, Package: pkg, Rating: finding.Rating{Severity: sev},
			Title: finding.T("check.vulnerability.title"),
			Advisory: &finding.Advisory{
				ID: id, Summary: "A flaw in " + ecosystem, Fixed: fixed, Affected: "< fixed",
				Sources: []finding.AdvisorySource{{ID: "SRC-" + id, Ecosystem: ecosystem, License: "CC-BY-4.0", URL: "https://advisories.example/" + id}},
			},
		}
		if sev != finding.Unrated {
			res.Rating.Source = "Debian"
		}
		for _, p := range r.Packages {
			if p.ID == pkg {
				res.Locations = p.Locations
			}
		}
		r.Results = append(r.Results, res)
		return &r.Results[len(r.Results)-1]
	}
	for _, p := range []string{ssl, openssl} {
		v := vuln("CVE-2022-0778", p, "Debian:10", finding.High, "1.1.1d-0+deb10u8")
		v.Rating = finding.Rating{Severity: finding.High, Score: 7.5, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Source: "Debian"}
		v.Advisory.CWEs = []string{"CWE-835"}
		v.Advisory.Aliases = []string{"DSA-5103-1"}
		vuln("CVE-2022-1292", p, "Debian:10", finding.Critical, "1.1.1n-0+deb10u2")
		vuln("CVE-2021-3711", p, "Debian:10", finding.Critical, "1.1.1d-0+deb10u7")
		vuln("CVE-2023-0464", p, "Debian:10", finding.Unrated)
	}
	vuln("CVE-2021-3999", glibc, "Debian:10", finding.High, "2.28-10+deb10u2")
	vuln("CVE-2010-4756", glibc, "Debian:10", finding.Negligible)
	vuln("CVE-2020-16156", perl, "Debian:10", finding.Medium)
	for _, p := range []string{lodash, lodash2} {
		vuln("CVE-2021-23337", p, "npm", finding.High, "4.17.21").Advisory.Aliases = []string{"GHSA-35jh-r3h4-6jhm"}
		vuln("CVE-2020-28500", p, "npm", finding.Medium, "4.17.21")
	}
	vuln("CVE-2023-45133", babel, "npm", finding.Critical, "7.23.2")
	for _, p := range []string{stdlib, net} {
		v := vuln("CVE-2023-44487", p, "Go", finding.High, "1.20.10")
		if p == net {
			v.Advisory.Fixed = []string{"0.17.0"}
		}
		v.Advisory.KEV = &finding.KEV{Added: "2023-10-10", Due: "2023-10-31"}
	}
	vuln("GO-2023-1840", stdlib, "Go", finding.Unrated, "1.20.5")
	vuln("CVE-2023-29404", stdlib, "Go", finding.Critical, "1.20.5").Suppressed = &finding.Suppression{
		Source: "bulwark.yaml", Reason: "no cgo in this program", Owner: "shop@example", Expires: "2027-01-31",
	}
	vuln("CVE-2019-10744", lodash, "npm", finding.Critical, "4.17.12").Hidden = true
	r.Results = append(r.Results, finding.Result{
		Check: finding.CheckNotice, State: finding.Warn, Package: lodash2, Title: finding.T("check.advisory-notice.title"),
		Advisory: &finding.Advisory{ID: "NOTE-1", Summary: "grunt is no longer maintained", Informational: "unmaintained"},
	})
	reason := finding.T("finding.unread.other", "version is a URL")
	r.Results = append(r.Results, finding.Result{
		Check: finding.CheckVulnerability, State: finding.CouldNotRun, Package: lodash, Reason: &reason, Title: finding.T("finding.unread.other", "lodash"),
	})
	r.Coverage[0].Limits = []finding.Text{finding.T("report.coverage.title")}
	r.Coverage[0].Known = 3
	r.Exceptions = []finding.ExceptionUse{
		{ID: "CVE-2020-0001", Source: "bulwark.yaml", Problem: "expired", Expires: "2026-10-31"},
		{ID: "CVE-2020-0002", Source: "vendor.vex.json, statement 3", Problem: "never matched"},
	}
	finding.Finish(r, catalogue.Checks())
	g, err := finding.ParseGate("high,fixable")
	if err != nil {
		t.Fatal(err)
	}
	v := finding.Decide(r, finding.GateOptions{Gate: g})
	r.Verdict = &v
	return r
}

// exampleImage is a configuration with everything in it.
func exampleImage() *finding.Image {
	return &finding.Image{
		Author: "shop@example", User: "node:node", Entrypoint: []string{"/usr/local/bin/shop", "--listen", ":8080"}, Command: []string{"serve the shop"}, WorkingDir: "/srv/app",
		Shell: []string{"/bin/bash", "-c"}, StopSignal: "SIGQUIT", Ports: []string{"8080/tcp"}, Volumes: []string{"/data"}, OnBuild: []string{"RUN true"},
		Env: []finding.ImageVariable{{Name: "PATH", Value: "/usr/local/bin:/usr/bin:/bin"}, {Name: "API_TOKEN", Value: "(redacted)", Redacted: true}},
		Labels: []finding.ImageVariable{
			{Name: "org.opencontainers.image.revision", Value: "0123abc"}, {Name: "org.opencontainers.image.source", Value: "https://git.example/shop"},
			{Name: "org.opencontainers.image.base.name", Value: "registry.example/base:10"},
		},
		HealthCheck: &finding.HealthCheck{Test: []string{"CMD-SHELL", "curl -f localhost:8080"}, Interval: "30s", Retries: 3},
		History: []finding.HistoryStep{
			{Created: "2026-11-01T00:00:00Z", CreatedBy: "/bin/sh -c #(nop) ADD rootfs.tar.xz in / ", Layer: 0},
			{Created: "2026-11-02T00:00:00Z", CreatedBy: "ENV API_TOKEN=(redacted)", Empty: true, Layer: -1},
			{Created: "2026-11-02T00:00:00Z", CreatedBy: "RUN /bin/sh -c npm ci # buildkit", Comment: "buildkit.dockerfile.v0", Layer: 1},
			{Created: "2026-11-02T00:00:00Z", CreatedBy: "COPY bin/ /usr/local/bin/ # buildkit", Layer: 2},
		},
		Contents: []finding.LayerContent{
			{Layer: 0, Added: 3000, Size: 110_000_000, Waste: 5_000_000, Largest: []finding.ImageFile{
				{Path: "/var/cache/apt/pkgcache.bin", Size: 5_000_000, Mode: "0644", Owner: "0:0", Gone: true}, {Path: "/usr/bin/perl", Size: 3_000_000, Mode: "0755", Owner: "0:0"},
			}, Directories: []finding.ImageDirectory{{Path: "/usr/lib", Files: 900, Size: 60_000_000}, {Path: "/usr/bin", Files: 700, Size: 30_000_000}}},
			{Layer: 1, Added: 900, Changed: 4, Removed: 1, Size: 40_000_000},
			{Layer: 2, Added: 2, Size: 20_000_000},
		},
		FinalSize: 165_000_000, FinalFiles: 3900, Waste: 5_000_000,
		Privileged: []finding.ImageFile{{Path: "/bin/su", Size: 60_000, Mode: "4755", Owner: "0:0"}},
		Owners:     []finding.FileOwner{{Files: 3800, Size: 160_000_000}, {UID: 1000, GID: 1000, Files: 100, Size: 5_000_000}},
	}
}

// nasty holds what a name must never do to a terminal or a page.
const nasty = "a\x1b[2J\x1b]0;owned\x07b\u202eevil\u202c<script>alert(1)</script>\nc\rd\x00\x9b31m\u0085`|&\xff中\u200b文e\u0301   \u00a0 x\u00a0"

// hostile is a report in which every string that an image decides is nasty.
func hostile(t *testing.T) *finding.Report {
	t.Helper()
	at := []finding.Location{{Layer: 0, Path: nasty}}
	r := &finding.Report{
		Tool:    finding.Tool{Name: "bulwark", Version: "0"},
		Started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Subject: finding.Subject{
			Kind: "image", Ref: nasty, Name: nasty, ConfigDigest: nasty, Platform: nasty, Aliases: []string{nasty}, Tags: []string{nasty},
			OtherPlatforms: []string{nasty},
			OS:             &finding.OSRelease{ID: nasty, VersionID: nasty, Name: nasty, PrettyName: nasty, EndOfLife: "2020-01-01", Evidence: nasty},
		},
		Source: finding.SourceInfo{Kind: nasty, Way: nasty, Why: []string{nasty}},
		Layers: []finding.LayerInfo{{DiffID: nasty, Digest: nasty, CreatedBy: nasty}},
		Image: &finding.Image{
			Author: nasty, User: nasty, Entrypoint: []string{nasty, nasty}, Command: []string{nasty}, WorkingDir: nasty, Shell: []string{nasty}, StopSignal: nasty,
			Ports: []string{nasty}, Volumes: []string{nasty}, OnBuild: []string{nasty}, HealthCheck: &finding.HealthCheck{Test: []string{nasty}, Interval: nasty},
			Env:      []finding.ImageVariable{{Name: nasty, Value: nasty}, {Name: nasty, Value: nasty, Redacted: true}},
			Labels:   []finding.ImageVariable{{Name: "org.opencontainers.image.revision", Value: nasty}, {Name: "org.opencontainers.image.base.name", Value: nasty}},
			History:  []finding.HistoryStep{{Created: nasty, CreatedBy: nasty, Comment: nasty}},
			Contents: []finding.LayerContent{{Size: 5, Waste: 5, Largest: []finding.ImageFile{{Path: nasty, Size: 5, Mode: nasty, Owner: nasty, Gone: true}}, Directories: []finding.ImageDirectory{{Path: nasty, Size: 2_000_000}}}},
			Waste:    5, Privileged: []finding.ImageFile{{Path: nasty, Mode: nasty, Owner: nasty}},
		},
		Coverage: []finding.Coverage{
			{Ecosystem: nasty, Level: finding.CoverageNone, Packages: 1, Get: nasty, Date: nasty},
			{Ecosystem: nasty + "2", Level: finding.CoverageFull, Packages: 1, Date: nasty},
			{Ecosystem: nasty + "3", Level: finding.CoveragePartial, Packages: 1, Date: nasty},
		},
		Unread:     []finding.Unread{{Location: at[0], Reason: finding.UnreadCorrupt, Detector: nasty, Detail: nasty}},
		Exceptions: []finding.ExceptionUse{{ID: nasty, Source: nasty, Problem: nasty}, {ID: nasty, Source: nasty, Problem: "expired", Expires: nasty}},
		Filtered:   []string{nasty},
	}
	for i, typ := range []string{"deb", "npm", "maven", nasty} {
		id := fmt.Sprintf("%s%d", nasty, i)
		r.Packages = append(r.Packages, finding.Package{
			ID: id, Type: typ, Name: nasty, Version: nasty, PURL: nasty, SourceName: nasty, SourceVersion: nasty, Arch: nasty,
			Licenses: []string{nasty, ""}, Maintainer: nasty, FoundBy: nasty, Locations: at, OwnedBy: nasty, Release: nasty,
			Attributes: map[string]string{nasty: nasty},
		})
		for _, fixed := range [][]string{nil, {nasty}} {
			r.Results = append(r.Results, finding.Result{
				Check: finding.CheckVulnerability, State: finding.Fail, Package: id, Title: finding.T(nasty, nasty), Locations: at,
				Rating: finding.Rating{Severity: finding.High, Source: nasty, Vector: nasty, Score: 7},
				Advisory: &finding.Advisory{
					ID: nasty, Aliases: []string{nasty}, Summary: nasty, Affected: nasty, Fixed: fixed, CWEs: []string{nasty},
					Sources: []finding.AdvisorySource{{ID: nasty, Ecosystem: nasty, License: nasty, URL: nasty}},
					KEV:     &finding.KEV{Added: nasty, Due: nasty}, Informational: nasty,
				},
			})
		}
	}
	r.Results = append(r.Results,
		finding.Result{Check: finding.CheckIntegrity, State: finding.Fail, Title: finding.T("finding.unread.other", nasty), Evidence: []string{nasty}, Locations: at},
		finding.Result{Check: nasty, State: finding.CouldNotRun, Title: finding.T(nasty, nasty), Reason: &finding.Text{ID: nasty}},
		finding.Result{Check: nasty, State: finding.Warn, Title: finding.T(nasty, nasty), Evidence: []string{nasty}},
		finding.Result{Check: "x", State: finding.Warn, Title: finding.T(nasty), Suppressed: &finding.Suppression{Source: nasty, Reason: nasty, Owner: nasty, Expires: nasty}},
	)
	finding.Finish(r, catalogue.Checks())
	v := finding.Decide(r, finding.GateOptions{})
	v.FailOn = nasty
	r.Verdict = &v
	return r
}

func writeOf(t *testing.T, format string, r *finding.Report, o Options) []byte {
	t.Helper()
	w, ok := writerOf(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	if o.Checks == nil {
		o.Checks = catalogue.Checks()
	}
	var b bytes.Buffer
	if err := w.Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden holds output against a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}
