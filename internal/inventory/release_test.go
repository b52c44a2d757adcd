package inventory

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
)

func osReleaseFile(lines ...string) releaseFile {
	f := releaseFile{path: "etc/os-release", values: map[string]string{}}
	for _, l := range lines {
		k, v, _ := strings.Cut(l, "=")
		f.values[k] = v
	}
	return f
}

func line(path, text string) releaseFile {
	return releaseFile{path: path, values: map[string]string{"": text}}
}

// TestReleases: fields as the distributions' own files have them.
func TestReleases(t *testing.T) {
	for _, c := range []struct {
		name         string
		files        []releaseFile
		release, eol string
	}{
		{"debian 12", []releaseFile{osReleaseFile("ID=debian", "VERSION_ID=12", "VERSION_CODENAME=bookworm")}, "Debian:12", "2028-06-30"},
		{"debian sid", []releaseFile{osReleaseFile("ID=debian", "VERSION_CODENAME=forky"), line("etc/debian_version", "forky/sid")}, "Debian:14", ""},
		{"debian testing of old", []releaseFile{osReleaseFile("ID=debian", "PRETTY_NAME=Debian GNU/Linux bookworm/sid"), line("etc/debian_version", "12.5")}, "Debian:12", "2028-06-30"},
		{"debian 6 by debian_version", []releaseFile{line("etc/debian_version", "6.0.10")}, "Debian:6.0", "2016-02-29"},
		{"debian, only testing's debian_version", []releaseFile{line("etc/debian_version", "trixie/sid")}, "Debian:13", "2030-06-30"},
		{"ubuntu lts", []releaseFile{line("etc/debian_version", "bookworm/sid"), osReleaseFile("ID=ubuntu", "ID_LIKE=debian", "VERSION_ID=22.04", "VERSION=22.04.3 LTS (Jammy Jellyfish)")}, "Ubuntu:22.04:LTS", "2027-06-01"},
		{"ubuntu", []releaseFile{osReleaseFile("ID=ubuntu", "VERSION_ID=23.10", "VERSION=23.10 (Mantic Minotaur)")}, "Ubuntu:23.10", "2024-07-11"},
		{"ubuntu by lsb-release", []releaseFile{{path: "etc/lsb-release", values: map[string]string{"DISTRIB_ID": "Ubuntu", "DISTRIB_RELEASE": "14.04", "DISTRIB_CODENAME": "trusty"}}}, "Ubuntu:14.04:LTS", "2019-04-25"},
		{"alpine", []releaseFile{osReleaseFile("ID=alpine", "VERSION_ID=3.19.1", "PRETTY_NAME=Alpine Linux v3.19")}, "Alpine:v3.19", "2025-11-01"},
		{"alpine by alpine-release", []releaseFile{line("etc/alpine-release", "3.18.4")}, "Alpine:v3.18", "2025-05-09"},
		{"alpine edge", []releaseFile{osReleaseFile("ID=alpine", "VERSION_ID=3.20_alpha20231219", "PRETTY_NAME=Alpine Linux edge")}, "Alpine:edge", ""},
		{"wolfi", []releaseFile{osReleaseFile("ID=wolfi", "VERSION_ID=20230201")}, "Wolfi", ""},
		{"chainguard", []releaseFile{osReleaseFile("ID=chainguard", "VERSION_ID=20230214")}, "Chainguard", ""},
		{"almalinux", []releaseFile{osReleaseFile("ID=almalinux", "VERSION_ID=9.4", "ID_LIKE=rhel centos fedora")}, "AlmaLinux:9", "2032-05-31"},
		{"rocky", []releaseFile{osReleaseFile("ID=rocky", "VERSION_ID=8.4")}, "Rocky Linux:8", "2029-05-31"},
		{"ubi", []releaseFile{osReleaseFile("ID=rhel", "VERSION_ID=9.3")}, "Red Hat:enterprise_linux:9", "2032-05-31"},
		{"centos 7", []releaseFile{osReleaseFile("ID=centos", "VERSION_ID=7", "NAME=CentOS Linux")}, "CentOS:7", "2024-06-30"},
		{"centos stream", []releaseFile{osReleaseFile("ID=centos", "VERSION_ID=9", "NAME=CentOS Stream")}, "CentOS Stream:9", "2027-05-31"},
		{"centos 6 by redhat-release", []releaseFile{line("etc/redhat-release", "CentOS release 6.10 (Final)")}, "CentOS:6", "2020-11-30"},
		{"rhel 6 by redhat-release", []releaseFile{line("etc/redhat-release", "Red Hat Enterprise Linux Server release 6.9 (Santiago)")}, "Red Hat:enterprise_linux:6", "2020-11-30"},
		{"oracle", []releaseFile{osReleaseFile("ID=ol", "VERSION_ID=8.3")}, "Oracle Linux:8", "2029-07-31"},
		{"fedora", []releaseFile{osReleaseFile("ID=fedora", "VERSION_ID=39")}, "Fedora:39", "2024-11-26"},
		{"amazon 2", []releaseFile{osReleaseFile("ID=amzn", "VERSION_ID=2")}, "Amazon Linux:2", "2026-06-30"},
		{"amazon 1 by system-release", []releaseFile{line("etc/system-release", "Amazon Linux AMI release 2018.03")}, "Amazon Linux:2018.03", "2023-12-31"},
		{"azure linux", []releaseFile{osReleaseFile("ID=azurelinux", "VERSION_ID=3.0")}, "Azure Linux:3", ""},
		{"mariner", []releaseFile{osReleaseFile("ID=mariner", "VERSION_ID=2.0")}, "Azure Linux:2", ""},
		{"photon", []releaseFile{osReleaseFile("ID=photon", "VERSION_ID=4.0")}, "Photon OS:4.0", "2027-10-11"},
		{"mageia", []releaseFile{osReleaseFile("ID=mageia", "VERSION_ID=9")}, "Mageia:9", "2026-09-29"},
		{"openeuler sp", []releaseFile{osReleaseFile("ID=openEuler", "VERSION_ID=22.03", "VERSION=22.03 (LTS-SP3)")}, "openEuler:22.03-LTS-SP3", ""},
		{"openeuler lts", []releaseFile{osReleaseFile("ID=openEuler", "VERSION_ID=22.03", "VERSION=22.03 LTS")}, "openEuler:22.03-LTS", ""},
		{"openeuler innovation", []releaseFile{osReleaseFile("ID=openEuler", "VERSION_ID=23.09", "VERSION=23.09")}, "openEuler:23.09", ""},
		{"leap", []releaseFile{osReleaseFile("ID=opensuse-leap", "VERSION_ID=15.5", "PRETTY_NAME=openSUSE Leap 15.5")}, "openSUSE:Leap 15.5", "2024-12-31"},
		{"tumbleweed", []releaseFile{osReleaseFile("ID=opensuse-tumbleweed", "VERSION_ID=20240101", "PRETTY_NAME=openSUSE Tumbleweed")}, "openSUSE:Tumbleweed", ""},
		{"sles", []releaseFile{osReleaseFile("ID=sles", "VERSION_ID=15.5", "PRETTY_NAME=SUSE Linux Enterprise Server 15 SP5")}, "SUSE:Linux Enterprise Server 15 SP5", "2024-12-31"},
		{"sle micro", []releaseFile{osReleaseFile("ID=sle-micro", "VERSION_ID=5.3", "PRETTY_NAME=SUSE Linux Enterprise Micro 5.3")}, "SUSE:Linux Enterprise Micro 5.3", "2026-10-30"},
		{"raspbian is not Debian", []releaseFile{osReleaseFile("ID=raspbian", "ID_LIKE=debian", "VERSION_ID=12")}, "", ""},
		{"unknown", []releaseFile{osReleaseFile("ID=own", "VERSION_ID=1")}, "", ""},
		{"no id", []releaseFile{osReleaseFile("NAME=Own")}, "", ""},
		{"a number that is none", []releaseFile{osReleaseFile("ID=debian", "VERSION_ID=\x1b[31m")}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := osRelease(c.files)
			if o == nil {
				t.Fatal("no release")
			}
			if o.Release != c.release || o.EndOfLife != c.eol {
				t.Errorf("%q until %q, want %q until %q", o.Release, o.EndOfLife, c.release, c.eol)
			}
		})
	}
	if o := osRelease(nil); o != nil {
		t.Errorf("no files gave %+v", o)
	}
}

func TestOSReleaseFields(t *testing.T) {
	got := osRelease([]releaseFile{
		line("etc/debian_version", "12.9"),
		osReleaseFile("ID=debian", "NAME=Debian GNU/Linux", "VERSION_ID=12", "PRETTY_NAME=Debian GNU/Linux 12 (bookworm)", "ID_LIKE=a B"),
	})
	want := &finding.OSRelease{
		ID: "debian", VersionID: "12", Name: "Debian GNU/Linux", PrettyName: "Debian GNU/Linux 12 (bookworm)", Like: []string{"a", "b"},
		Release: "Debian:12", EndOfLife: "2028-06-30", Evidence: "etc/os-release",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestEOLTable: every line has an id, a version, a day that is one, and a source.
func TestEOLTable(t *testing.T) {
	seen := map[string]bool{}
	for l := range strings.Lines(eolTable) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "#") {
			continue
		}
		c := strings.Split(l, ",")
		if len(c) != 4 || c[0] == "" || c[1] == "" || c[3] == "" || seen[c[0]+" "+c[1]] {
			t.Errorf("line %q", l)
			continue
		}
		seen[c[0]+" "+c[1]] = true
		if _, err := time.Parse(time.DateOnly, c[2]); err != nil {
			t.Errorf("line %q: %v", l, err)
		}
	}
	if len(seen) < 200 || len(lifeEnds()) != len(seen) {
		t.Errorf("%d lines, %d read", len(seen), len(lifeEnds()))
	}
}

// TestSourcesNamed: who reads what data the program holds finds these, too.
func TestSourcesNamed(t *testing.T) {
	licenses, err := os.ReadFile("../../DATA-LICENSES.md")
	if err != nil {
		t.Fatal(err)
	}
	days, err := os.ReadFile("eol.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"distro-info-data 0.58+deb12u6", "endoflife.date", "Copyright 2009-2023 Benjamin Drung, 2009-2021 Stefano Rivera"} {
		if !strings.Contains(string(days), said) || !strings.Contains(string(licenses), said) {
			t.Errorf("%q stands not in both eol.csv and DATA-LICENSES.md", said)
		}
	}
	lines := 0
	for line := range strings.Lines(string(days)) {
		if !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, ",distro-info-data\n") {
			lines++
		}
	}
	if said := "All " + strconv.Itoa(lines) + "\nlines"; !strings.Contains(string(licenses), said) {
		t.Errorf("DATA-LICENSES.md does not say %q", said)
	}
}
