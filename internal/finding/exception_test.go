package finding

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"a", "a", true},
		{"a", "b", false},
		{"*", "abc", true},
		{"*", "", true},
		{"*", "a/b", false},
		{"**", "a/b", true},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/**", "a/b/c", true},
		{"a/**/c", "a/c", true},
		{"a/**/c", "a/b/c", true},
		{"a/**/c", "a/b/b/c", true},
		{"a/**/c", "abc", false},
		{"**/c", "c", true},
		{"**/c", "a/b/c", true},
		{"**/c", "a/bc", false},
		{"a**c", "a/b/c", true},
		{"*.json", "package.json", true},
		{"*.json", "a/package.json", false},
		{"?", "a", true},
		{"?", "/", false},
		{"?", "中", true},
		{"4.*", "4.17.20", true},
		{"a*b*c", "aXXbYYc", true},
		{"a*b*c", "aXXbYY", false},
		{"[a]", "[a]", true},
		{"[a]", "a", false},
	} {
		if got := glob(test.pattern, test.name); got != test.want {
			t.Errorf("glob(%q, %q) = %v", test.pattern, test.name, got)
		}
	}
}

func TestGlobIsBounded(t *testing.T) {
	start := time.Now()
	glob(strings.Repeat("*a", 500), strings.Repeat("a", 4000)+"b")
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func TestMatchPURL(t *testing.T) {
	for _, test := range []struct {
		pattern, purl string
		want          bool
	}{
		{"pkg:npm/lodash", "pkg:npm/lodash@4.17.20", true},
		{"pkg:npm/lodash@4.17.20", "pkg:npm/lodash@4.17.20", true},
		{"pkg:npm/lodash@4.17.21", "pkg:npm/lodash@4.17.20", false},
		{"pkg:npm/lodash@4.*", "pkg:npm/lodash@4.17.20", true},
		{"pkg:npm/lodash*", "pkg:npm/lodash-es@4", true},
		{"pkg:npm/*", "pkg:npm/lodash@4", true},
		{"pkg:npm/*", "pkg:npm/%40babel/core@7", false},
		{"pkg:npm/**", "pkg:npm/%40babel/core@7", true},
		{"pkg:npm/@babel/core", "pkg:npm/%40babel/core@7", true},
		{"pkg:npm/@babel/core@7", "pkg:npm/%40babel/core@7", true},
		{"pkg:npm/%40babel/*", "pkg:npm/%40babel/core@7", true},
		{"pkg:npm/@babel/*@7.*", "pkg:npm/%40babel/core@7.1", true},
		{"pkg:pypi/Flask_Login", "pkg:pypi/flask-login@1", true},
		{"pkg:deb/debian/openssl", "pkg:deb/debian/openssl@3?arch=amd64", true},
		{"pkg:deb/debian/openssl?arch=arm64", "pkg:deb/debian/openssl@3?arch=amd64", false},
		{"pkg:deb/debian/openssl@3%2Bdeb?arch=amd64", "pkg:deb/debian/openssl@3%2Bdeb?arch=amd64", true},
		{"pkg:maven/org.yaml/snakeyaml", "pkg:maven/org.yaml/snakeyaml@1.30", true},
		{"pkg:maven/org.yaml/snake", "pkg:maven/org.yaml/snakeyaml@1.30", false},
		{"pkg:golang/github.com/a/b", "pkg:golang/github.com/a/b@v1", true},
		{"pkg:golang/github.com/a/**", "pkg:golang/github.com/a/b/c@v1", true},
		{"pkg:npm/lodash", "garbage", false},
	} {
		if got := matchPURL(test.pattern, test.purl); got != test.want {
			t.Errorf("matchPURL(%q, %q) = %v", test.pattern, test.purl, got)
		}
	}
}

func TestApplyExceptions(t *testing.T) {
	now := time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name       string
		exception  Exception
		suppressed bool
		problem    string
	}{
		{"by id", Exception{ID: "CVE-2026-0001"}, true, ""},
		{"by id in lower case", Exception{ID: "cve-2026-0001"}, true, ""},
		{"by alias", Exception{ID: "GHSA-aaaa-bbbb-cccc"}, true, ""},
		{"by check with a purl", Exception{ID: "vulnerability", PURL: "pkg:npm/@babel/*"}, true, ""},
		{"by purl", Exception{ID: "CVE-2026-0001", PURL: "pkg:npm/@babel/core"}, true, ""},
		{"by purl with version", Exception{ID: "CVE-2026-0001", PURL: "pkg:npm/@babel/core@7.1.0"}, true, ""},
		{"by path", Exception{ID: "CVE-2026-0001", Path: "/app/**"}, true, ""},
		{"by image", Exception{ID: "CVE-2026-0001", Image: "registry.example/*"}, true, ""},
		{"by image with tag", Exception{ID: "CVE-2026-0001", Image: "registry.example/shop:1.*"}, true, ""},
		{"last day", Exception{ID: "CVE-2026-0001", Expires: "2026-06-30"}, true, ""},

		{"expired", Exception{ID: "CVE-2026-0001", Expires: "2026-06-29"}, false, "expired"},
		{"expired and matching nothing", Exception{ID: "CVE-1", Expires: "2026-06-29"}, false, "expired"},
		{"another advisory", Exception{ID: "CVE-2026-0002"}, false, "never matched"},
		{"another package", Exception{ID: "CVE-2026-0001", PURL: "pkg:npm/core"}, false, "never matched"},
		{"another version", Exception{ID: "CVE-2026-0001", PURL: "pkg:npm/@babel/core@8.*"}, false, "never matched"},
		{"another path", Exception{ID: "CVE-2026-0001", Path: "srv/**"}, false, "never matched"},
		{"but for the image", Exception{ID: "CVE-2026-0001", Image: "registry.example/stock"}, false, ProblemImage},
		{"another image is not our business", Exception{ID: "CVE-2026-0002", Image: "registry.example/stock"}, false, ""},
		{"expired for another image", Exception{ID: "CVE-2026-0001", Image: "registry.example/stock", Expires: "2026-06-29"}, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.exception.Reason, test.exception.Owner = "not reachable", "ops"
			r := vulnerability(nil)
			if err := ApplyExceptions(r, []Exception{test.exception}, "bulwark.yaml", now); err != nil {
				t.Fatal(err)
			}
			var want *Suppression
			if test.suppressed {
				want = &Suppression{Source: "bulwark.yaml", Reason: "not reachable", Owner: "ops", Expires: test.exception.Expires}
			}
			if diff := cmp.Diff(want, r.Results[0].Suppressed); diff != "" {
				t.Error(diff)
			}
			problem := ""
			if len(r.Exceptions) > 0 {
				problem = r.Exceptions[0].Problem
			}
			if problem != test.problem {
				t.Errorf("problem %q, want %q", problem, test.problem)
			}
		})
	}
}

func TestUnreadException(t *testing.T) {
	r := &Report{Unread: []Unread{{Location: Location{Path: "app/test/broken.jar"}, Reason: UnreadCorrupt, Detector: "java"}}}
	Finish(r, CoreChecks())
	e := Exception{ID: CheckNotScanned, Path: "app/test/**", Reason: "a test's input", Owner: "dev"}
	if err := ApplyExceptions(r, []Exception{e}, "bulwark.yaml", time.Now()); err != nil {
		t.Fatal(err)
	}
	if v := Decide(r, GateOptions{}); v.ExitCode != ExitOK || v.Suppressed != 1 {
		t.Errorf("%+v", v)
	}
}

func TestValidateException(t *testing.T) {
	good := Exception{ID: "CVE-1", Reason: "r", Owner: "o"}
	for _, test := range []struct {
		name   string
		change func(e *Exception)
		want   string
	}{
		{"good", func(*Exception) {}, ""},
		{"no id", func(e *Exception) { e.ID = "" }, "without id"},
		{"pattern as id", func(e *Exception) { e.ID = "CVE-*" }, "taken literally"},
		{"no reason", func(e *Exception) { e.Reason = " " }, "a reason is required"},
		{"no owner", func(e *Exception) { e.Owner = "" }, "an owner is required"},
		{"no purl", func(e *Exception) { e.PURL = "lodash" }, "is not a package URL"},
		{"no day", func(e *Exception) { e.Expires = "next year" }, "is not a day"},
		{"no such day", func(e *Exception) { e.Expires = "2026-02-30" }, "is not a day"},
		{"everything", func(e *Exception) { e.ID = "vulnerability" }, "every vulnerability would be accepted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := good
			test.change(&e)
			err := e.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			r := vulnerability(nil)
			if err := ApplyExceptions(r, []Exception{good, e}, "f", time.Now()); (err == nil) != (test.want == "") {
				t.Errorf("apply: error %v", err)
			}
		})
	}
}

func TestConcerns(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"demo/shop", "docker.io/demo/shop:1", true},
		{"docker.io/demo/shop", "demo/shop:1", true},
		{"docker.io/demo/shop:1", "demo/shop:1", true},
		{"demo/*", "docker.io/demo/shop:1", true},
		{"demo/shop:2", "docker.io/demo/shop:1", false},
		{"shop", "docker.io/library/shop:1", true},
		{"library/shop", "shop:1", true},
		{"index.docker.io/library/shop", "shop:1", true},
		{"shop", "registry.example/shop:1", false},
		{"registry.example:5000/shop", "registry.example:5000/shop:1", true},
		{"registry.example:5000/shop", "registry.example:5000/shop@sha256:00", true},
		{"shop", "docker.io/demo/shop:1", false},
		{"library/demo/shop", "demo/shop:1", false},
	} {
		s := Subject{Kind: "image", Ref: test.name, Name: test.name, Tags: []string{test.name}}
		if got := (Exception{Image: test.pattern}).Concerns(s); got != test.want {
			t.Errorf("image %q, scanned %q: %v", test.pattern, test.name, got)
		}
	}
	dir := Subject{Kind: "source tree", Ref: "dir:library/shop", Name: "library/shop"}
	if (Exception{Image: "shop"}).Concerns(dir) {
		t.Error("a directory has no familiar name")
	}
}
