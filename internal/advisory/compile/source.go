package compile

import (
	"strings"

	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
)

// home is a database that documents come from, known by how their IDs begin.
type home struct {
	prefix string
	source table.Source
}

// homes in an order in which the first that fits is right.
var homes = []home{
	{"GHSA-", table.Source{Name: "GitHub Advisory Database", Rater: "GHSA", License: "CC-BY-4.0", URL: "https://github.com/advisories/{id}"}},
	{"PYSEC-", table.Source{Name: "PyPA advisory database", Rater: "PyPA", License: "CC-BY-4.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"GO-", table.Source{Name: "Go vulnerability database", Rater: "Go", License: "CC-BY-4.0", URL: "https://pkg.go.dev/vuln/{id}"}},
	{"RUSTSEC-", table.Source{Name: "RustSec", Rater: "RustSec", License: "CC0-1.0", URL: "https://rustsec.org/advisories/{id}.html"}},
	{"DEBIAN-CVE-", table.Source{Name: "Debian security tracker", Rater: "Debian", URL: "https://security-tracker.debian.org/tracker/{cve}", Distribution: true}},
	{"DSA-", table.Source{Name: "Debian security advisories", Rater: "Debian", License: "facts", URL: "https://security-tracker.debian.org/tracker/{id}", Distribution: true}},
	{"DLA-", table.Source{Name: "Debian LTS advisories", Rater: "Debian", License: "facts", URL: "https://security-tracker.debian.org/tracker/{id}", Distribution: true}},
	{"DTSA-", table.Source{Name: "Debian testing advisories", Rater: "Debian", License: "facts", URL: "https://security-tracker.debian.org/tracker/{id}", Distribution: true}},
	{"ALSA-", almaLinux}, {"ALBA-", almaLinux}, {"ALEA-", almaLinux},
	{"RLSA-", rockyLinux}, {"RLBA-", rockyLinux}, {"RXSA-", rockyLinux},
	{"UBUNTU-CVE-", table.Source{Name: "Ubuntu CVE tracker", Rater: "Ubuntu", License: "CC-BY-SA-4.0", URL: "https://ubuntu.com/security/{cve}", Distribution: true}},
	{"USN-", table.Source{Name: "Ubuntu security notices", Rater: "Ubuntu", License: "CC-BY-SA-4.0", URL: "https://ubuntu.com/security/notices/{id}", Distribution: true}},
	{"ALPINE-", table.Source{Name: "Alpine secdb", Rater: "Alpine", License: "MIT", URL: "https://security.alpinelinux.org/vuln/{cve}", Distribution: true}},
	{"CGA-", table.Source{Name: "Chainguard advisories", Rater: "Chainguard", URL: "https://images.chainguard.dev/security/{id}", Distribution: true}},
	{"BIT-", table.Source{Name: "Bitnami vulnerability database", Rater: "Bitnami", License: "Apache-2.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"MAL-", table.Source{Name: "OpenSSF malicious packages", Rater: "OpenSSF", License: "Apache-2.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"HSEC-", table.Source{Name: "Haskell security advisories", Rater: "Haskell", License: "CC0-1.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"JLSEC-", table.Source{Name: "Julia security advisories", Rater: "Julia", License: "CC-BY-4.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"OSEC-", table.Source{Name: "OCaml security advisories", Rater: "OCaml", License: "CC0-1.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"RSEC-", table.Source{Name: "R advisory database", Rater: "R Consortium", License: "Apache-2.0", URL: "https://osv.dev/vulnerability/{id}"}},
	{"DRUPAL-", table.Source{Name: "Drupal security advisories", Rater: "Drupal", License: "MIT", URL: "https://github.com/DrupalSecurityTeam/drupal-advisory-database"}},
	{"x_RUBYSEC-", table.Source{Name: "ruby-advisory-db", Rater: "ruby-advisory-db", License: "public domain", URL: "https://github.com/rubysec/ruby-advisory-db"}},
	{"x_FRIENDSOFPHP-", table.Source{Name: "FriendsOfPHP security advisories", Rater: "FriendsOfPHP", License: "Unlicense", URL: "https://github.com/FriendsOfPHP/security-advisories"}},
	{"x_RETIREJS-", table.Source{Name: "Retire.js", Rater: "Retire.js", License: "Apache-2.0", URL: "https://github.com/RetireJS/retire.js"}},
	{"x_NSWG-ECO-", table.Source{Name: "Node.js security WG (ecosystem)", Rater: "Node.js security WG", License: "MIT", URL: "https://github.com/nodejs/security-wg"}},
	{"x_NSWG-COR-", table.Source{Name: "Node.js security WG (core)", Rater: "Node.js security WG", License: "MIT", URL: "https://github.com/nodejs/security-wg"}},
	{"x_PROJECTKB-", table.Source{Name: "project KB", Rater: "SAP", License: "Apache-2.0", URL: "https://github.com/SAP/project-kb"}},
}

var (
	almaLinux  = table.Source{Name: "AlmaLinux errata", Rater: "AlmaLinux", License: "MIT", URL: "https://errata.almalinux.org/", Distribution: true}
	rockyLinux = table.Source{Name: "Rocky Linux errata", Rater: "Rocky Linux", License: "BSD-3-Clause", URL: "https://errata.rockylinux.org/{id}", Distribution: true}
)

// kubernetesFeed has CVEs as IDs, so its ecosystem tells it.
var kubernetesFeed = table.Source{Name: "Kubernetes CVE feed", Rater: "Kubernetes", License: "Apache-2.0", URL: "https://osv.dev/vulnerability/{id}"}

// debianChangelogs are records worked out from changelogs, not the tracker's word.
var debianChangelogs = table.Source{Name: "Debian changelogs", Rater: "Debian", License: "facts", URL: "https://security-tracker.debian.org/tracker/{cve}", Distribution: true}

// sourceOf tells where a document comes from. An ID of a home not known here
// names its source by its own beginning, with the licence that it states.
func sourceOf(d *osv.Document) table.Source {
	if strings.HasPrefix(d.ID, "CVE-") && len(d.Affected) > 0 && d.Affected[0].Ecosystem == "Kubernetes" {
		return kubernetesFeed
	}
	if strings.HasPrefix(d.ID, "DEBIAN-CVE-") && strings.HasPrefix(d.Specific.Source, "Debian changelogs") {
		return debianChangelogs
	}
	for _, h := range homes {
		if !strings.HasPrefix(d.ID, h.prefix) {
			continue
		}
		s := h.source
		if l := d.Specific.License; l != "" && s.License != "public domain" && len(l) < 40 {
			s.License = l
		}
		return s
	}
	name, _, _ := strings.Cut(d.ID, "-")
	distribution := false
	for _, a := range d.Affected {
		distribution = distribution || IsDistribution(a.Ecosystem)
	}
	license := d.Specific.License
	if len(license) > 40 {
		license = ""
	}
	return table.Source{Name: name, Rater: name, License: license, URL: "https://osv.dev/vulnerability/{id}", Distribution: distribution}
}

// IsDistribution tells ecosystems of operating systems from those of languages.
func IsDistribution(ecosystem string) bool {
	name, _, _ := strings.Cut(ecosystem, ":")
	switch name {
	case "Debian", "Ubuntu", "Alpine", "Wolfi", "Chainguard", "AlmaLinux", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "openEuler",
		"Mageia", "Azure Linux", "Photon OS", "Alpaquita", "BellSoft Hardened Containers", "MinimOS", "Echo", "TuxCare", "Android", "Linux":
		return true
	}
	return false
}
