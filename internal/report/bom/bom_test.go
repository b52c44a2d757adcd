package bom

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRealDocuments: whoever wrote the list, the same packages come out of it.
func TestRealDocuments(t *testing.T) {
	system := []string{"deb libc6 2.36-9+deb12u8 glibc Debian:12", "deb zlib1g 1:1.2.13.dfsg-1 zlib Debian:12"}
	common := []string{"npm above 2.0.0  ", "npm left-pad 1.3.0  ", "npm through-link 3.0.0  "}
	for _, test := range []struct {
		file  string
		tool  string
		extra []string
		// findings is -1 where the document says nothing of them.
		findings int
	}{
		{"syft.cdx.json", "syft 1.57.0", []string{"npm hard 2.0.0  ", "npm left-pad 1.3.0  "}, -1},
		{"syft.spdx.json", "syft 1.57.0", []string{"npm hard 2.0.0  ", "npm left-pad 1.3.0  "}, -1},
		{"trivy.cdx.json", "trivy 0.74.0", []string{"pypi six 1.16.0  "}, -1},
		{"trivy.spdx.json", "trivy 0.74.0", []string{"pypi six 1.16.0  "}, -1},
		{"ours.cdx.json", "bulwark dev", []string{"npm hard 2.0.0  ", "npm left-pad 1.3.0  "}, 9},
	} {
		t.Run(test.file, func(t *testing.T) {
			r, err := Read(read(t, test.file), "x")
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Tool.Name + " " + r.Tool.Version; got != test.tool {
				t.Errorf("made by %q", got)
			}
			var got []string
			for _, p := range r.Packages {
				if !p.Hidden {
					got = append(got, strings.Join([]string{p.Type, p.Name, p.Version, p.SourceName, p.Release}, " "))
				}
			}
			slices.Sort(got)
			want := slices.Concat(system, common, test.extra)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if os := r.Subject.OS; test.file != "syft.spdx.json" && (os == nil || os.Release != "Debian:12") {
				t.Errorf("release %+v", os)
			}
			if (r.Data != nil) != (test.findings >= 0) {
				t.Errorf("data %+v", r.Data)
			}
			n := 0
			for i := range r.Results {
				if !r.Results[i].Hidden {
					n++
				}
			}
			if n != max(test.findings, 0) {
				t.Errorf("%d findings", n)
			}
			if len(r.Unread) > 0 {
				t.Errorf("unread: %+v", r.Unread)
			}
		})
	}
}

func TestVulnerabilities(t *testing.T) {
	r, err := Read([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
	 {"bom-ref":"a","type":"library","name":"lodash","version":"4.17.15","purl":"pkg:npm/lodash@4.17.15"},
	 {"bom-ref":"l","type":"application","name":"package-lock.json","components":[{"bom-ref":"b","type":"library","group":"@babel","name":"core","version":"7.0.0","purl":"pkg:npm/%40babel/core@7.0.0"}]},
	 {"bom-ref":"c","type":"library","name":"nameless"}],
	 "vulnerabilities":[
	 {"id":"CVE-2021-23337","source":{"name":"ghsa"},"references":[{"id":"GHSA-35jh-r3h4-6jhm"}],"recommendation":"Upgrade lodash to version 4.17.21",
	  "ratings":[{"source":{"name":"nvd"},"severity":"critical"},{"source":{"name":"ghsa"},"severity":"high","score":7.2,"vector":"V"}],"affects":[{"ref":"a"},{"ref":"urn:cdx:1/1#b"},{"ref":"nobody"}]},
	 {"id":"CVE-2","ratings":[{"severity":"info"}],"analysis":{"state":"not_affected","detail":"not called"},"affects":[{"ref":"a"}]},
	 {"id":"CVE-3","affects":[{"ref":"a"}]}]}`), "x")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID, Package string
		Severity    finding.Severity
		Fixed       []string
		Aliases     []string
		Suppressed  bool
	}
	var got []row
	for _, res := range r.Results {
		got = append(got, row{res.Advisory.ID, res.Package, res.Rating.Severity, res.Advisory.Fixed, res.Advisory.Aliases, res.Suppressed != nil})
	}
	want := []row{
		{"CVE-2021-23337", "pkg:npm/lodash@4.17.15", finding.High, []string{"4.17.21"}, []string{"GHSA-35jh-r3h4-6jhm"}, false},
		{"CVE-2021-23337", "pkg:npm/%40babel/core@7.0.0", finding.High, []string{"4.17.21"}, []string{"GHSA-35jh-r3h4-6jhm"}, false},
		{"CVE-2", "pkg:npm/lodash@4.17.15", finding.Negligible, []string{}, nil, true},
		{"CVE-3", "pkg:npm/lodash@4.17.15", finding.Unrated, []string{}, nil, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Packages[1].Name != "@babel/core" {
		t.Errorf("name %q", r.Packages[1].Name)
	}
	if len(r.Unread) != 1 || r.Unread[0].Detail != "1 components have no package URL" {
		t.Errorf("unread %+v", r.Unread)
	}
}

func TestRefused(t *testing.T) {
	deep := `{"bomFormat":"CycloneDX","components":[` + strings.Repeat(`{"type":"library","name":"a","components":[`, 100) + strings.Repeat(`]}`, 100) + `]}`
	for name, doc := range map[string]string{"nothing": "", "no JSON": "{", "another": `{"a":1}`, "a list": `[]`, "deep": deep, "wrong type": `{"bomFormat":"CycloneDX","components":{}}`, "wrong SPDX": `{"spdxVersion":"SPDX-2.3","packages":1}`} {
		if _, err := Read([]byte(doc), "x"); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if _, err := Read([]byte(`{}`), "x"); !errors.Is(err, ErrUnknown) {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"syft.cdx.json", "syft.spdx.json", "trivy.cdx.json", "ours.cdx.json"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"bomFormat":"CycloneDX","metadata":{"tools":[{"name":"a"}],"component":{"version":"sha256:"}},"components":[{"purl":"pkg:rpm/a/b@1?epoch=1&upstream=a-1-2.src.rpm&distro=-","licenses":[{}],"evidence":{"occurrences":[{}]}}],"vulnerabilities":[{"affects":[{}],"ratings":[{}],"analysis":{}}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := Read(doc, "x")
		if err != nil {
			return
		}
		ids := map[string]bool{}
		for _, p := range r.Packages {
			if ids[p.ID] || p.Name == "" || p.Type == "" {
				t.Fatalf("package %+v", p)
			}
			ids[p.ID] = true
		}
		for _, res := range r.Results {
			if !ids[res.Package] {
				t.Fatalf("a result of no package: %+v", res)
			}
		}
		finding.Finish(r, finding.CoreChecks())
	})
}
