//go:build conformance

package advisory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func advisories(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BULWARK_SHARED")
	if dir == "" {
		t.Fatal("BULWARK_SHARED is not set: it names the folder with data/advisories")
	}
	return filepath.Join(dir, "data", "advisories")
}

// TestAgainstIndependentEvaluation compares with a program that shares no code
// with ours: it reads the zips itself, evaluates events as the schema says, and
// asks the ecosystem's own tool for the order of versions.
func TestAgainstIndependentEvaluation(t *testing.T) {
	db, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	npmRoot, err := exec.Command("npm", "root", "-g").Output()
	if err != nil {
		t.Fatalf("npm root -g: %v (needs node with npm)", err)
	}
	const oracles = "version/testdata/oracle/"
	semver := []string{"node", oracles + "semver.js", filepath.Join(strings.TrimSpace(string(npmRoot)), "npm/node_modules/semver")}
	for _, test := range []struct {
		ecosystem, packages string
		kind                string
		oracle              []string
	}{
		{"Debian", "120", "deb", []string{"perl", oracles + "dpkg.pl"}},
		{"AlmaLinux", "300", "rpm", []string{"sh", oracles + "rpm.sh", filepath.Join(t.TempDir(), "pairs")}},
		{"PyPI", "400", "pypi", []string{"python3", oracles + "pep440.py"}},
		{"npm", "483", "npm", semver},
		{"Go", "500", "golang", semver},
		{"crates.io", "900", "cargo", semver},
		{"Hex", "53", "hex", semver},
		{"RubyGems", "443", "gem", []string{"ruby", oracles + "rubygems.rb"}},
		{"Packagist", "300", "composer", []string{"php", oracles + "composer.php"}},
		{"Maven", "370", "maven", []string{"java", "-cp", "/usr/share/java/maven-artifact-3.x.jar:/usr/share/java/commons-lang3.jar", oracles + "Maven.java"}},
	} {
		t.Run(test.ecosystem, func(t *testing.T) {
			cmd := exec.Command("python3", append([]string{"testdata/oracle/evaluate.py", advisories(t), test.ecosystem, test.packages}, test.oracle...)...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.Bytes())
			}
			checked, affected, wrong := 0, 0, 0
			for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
				var want struct {
					Ecosystem, Name, Version string
					Records                  []string
				}
				if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
					t.Fatal(err)
				}
				p := pkg(test.kind, want.Name, want.Version)
				if test.kind == "deb" || test.kind == "rpm" {
					p.Release, p.SourceName = want.Ecosystem, want.Name
				}
				if test.kind == "deb" {
					p.Name = "program-of-" + want.Name
				}
				var got []string
				for _, r := range match(t, db, p).Results {
					if r.State == finding.CouldNotRun {
						continue
					}
					for _, s := range r.Advisory.Sources {
						if !slices.Contains(got, s.ID) {
							got = append(got, s.ID)
						}
					}
				}
				for i := range want.Records {
					want.Records[i] = shown(want.Records[i])
				}
				slices.Sort(want.Records)
				slices.Sort(got)
				checked++
				affected += len(want.Records)
				if diff := cmp.Diff(want.Records, got); diff != "" && len(want.Records)+len(got) > 0 {
					if wrong++; wrong <= 10 {
						t.Errorf("%s %s %s: %s", want.Ecosystem, want.Name, want.Version, diff)
					}
				}
			}
			if checked < 100 {
				t.Errorf("only %d versions", checked)
			}
			t.Logf("%d versions, %d times affected, %d differ; %s", checked, affected, wrong, bytes.TrimSpace(stderr.Bytes()))
		})
	}
}
