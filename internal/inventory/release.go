package inventory

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/os/osrelease"
)

// releaseFile is what one release file of one layer says.
type releaseFile struct {
	path   string
	values map[string]string
}

func decodeRelease(path string, data []byte) (releaseFile, bool) {
	f := releaseFile{path: path}
	if json.Unmarshal(data, &f.values) != nil || len(f.values) == 0 {
		return f, false
	}
	return f, true
}

// osRelease makes one answer of all release files that are visible. os-release
// counts before the files of before it, which fill in what it leaves out.
func osRelease(files []releaseFile) *finding.OSRelease {
	slices.SortStableFunc(files, func(a, b releaseFile) int {
		return slices.Index(osrelease.Paths, a.path) - slices.Index(osrelease.Paths, b.path)
	})
	var found *finding.OSRelease
	var fields map[string]string
	for _, f := range files {
		o, v := readRelease(f)
		switch {
		case o.ID == "":
		case found == nil:
			found, fields = &o, v
		case found.VersionID == "" && (o.ID == found.ID || slices.Contains(found.Like, o.ID)):
			found.VersionID = o.VersionID
		}
	}
	if found == nil {
		return nil
	}
	d := judge(found, fields)
	found.Release, found.EndOfLife = d.release, endOfLife(d.id, d.version)
	return found
}

// ReleaseOf is what a distribution's name and version, as os-release(5) has
// them ("debian", "12.5"), come to; nil for no name.
func ReleaseOf(id, version string) *finding.OSRelease {
	o := osRelease([]releaseFile{{path: osrelease.Paths[0], values: map[string]string{"ID": id, "VERSION_ID": version}}})
	if o != nil {
		o.Evidence = ""
	}
	return o
}

// readRelease takes what one file says, of any of the forms.
func readRelease(f releaseFile) (finding.OSRelease, map[string]string) {
	v := f.values
	o := finding.OSRelease{Evidence: f.path}
	switch {
	case v["ID"] != "" || v["NAME"] != "" && strings.HasSuffix(f.path, "os-release"):
		o.ID, o.VersionID, o.Name, o.PrettyName = strings.ToLower(v["ID"]), v["VERSION_ID"], v["NAME"], v["PRETTY_NAME"]
		o.Like = strings.Fields(strings.ToLower(v["ID_LIKE"]))
		if o.ID == "" {
			o.ID = "linux" // os-release(5): "If not set, a default of ID=linux may be used"
		}
	case v["DISTRIB_ID"] != "":
		o.ID, o.VersionID, o.Name, o.PrettyName = strings.ToLower(v["DISTRIB_ID"]), v["DISTRIB_RELEASE"], v["DISTRIB_ID"], v["DISTRIB_DESCRIPTION"]
		v["VERSION_CODENAME"], v["VERSION"] = v["DISTRIB_CODENAME"], v["DISTRIB_DESCRIPTION"]
	case f.path == "etc/debian_version":
		o.ID, o.Name = "debian", "Debian GNU/Linux"
		if codename, _, testing := strings.Cut(v[""], "/"); testing {
			v["VERSION_CODENAME"] = codename
		} else {
			o.VersionID = v[""]
		}
	case f.path == "etc/alpine-release":
		o.ID, o.Name, o.VersionID = "alpine", "Alpine Linux", v[""]
	default:
		// "CentOS Linux release 7.9.2009 (Core)"
		name, rest, ok := strings.Cut(v[""], " release ")
		if !ok {
			return o, v
		}
		o.Name, o.PrettyName = name, v[""]
		o.VersionID, _, _ = strings.Cut(rest, " ")
		for _, k := range oldNames {
			if strings.HasPrefix(name, k.prefix) {
				o.ID = k.id
				break
			}
		}
	}
	return o, v
}

// oldNames are how release files of the Red Hat family begin; longer ones first.
var oldNames = []struct{ prefix, id string }{
	{"Red Hat Enterprise Linux", "rhel"}, {"CentOS", "centos"}, {"AlmaLinux", "almalinux"}, {"Rocky Linux", "rocky"},
	{"Oracle Linux", "ol"}, {"Fedora", "fedora"}, {"Amazon Linux", "amzn"}, {"Scientific Linux", "scientific"}, {"Mageia", "mageia"},
}

// judgement is what a release is called: by advisories, and in the table of days.
type judgement struct {
	release     string // in advisory terms
	id, version string // in eol.csv
}

// judge names a release as OSV spells ecosystems (ossf.github.io/osv-schema,
// "Defined ecosystems"). For distributions that OSV has no ecosystem for,
// "CentOS:7", "CentOS Stream:9", "Fedora:39", "Amazon Linux:2" and "Oracle
// Linux:8" are ours, in the same manner. Red Hat's are by product stream
// ("Red Hat:enterprise_linux:9::appstream"): what stands here is what the
// streams of a release have in common, without the part after "::".
func judge(o *finding.OSRelease, v map[string]string) judgement {
	major, _, _ := strings.Cut(o.VersionID, ".")
	minor := majorMinor(o.VersionID)
	named := func(name, version string) judgement {
		j := judgement{id: o.ID, version: version}
		if version != "" {
			j.release = name + ":" + version
		}
		return j
	}
	switch o.ID {
	case "debian":
		version := debianVersion(o.VersionID)
		if version == "" {
			// Testing and unstable have no number yet, and their files say the
			// same; the number that the codename will get is what advisories use.
			version = debianCodenames[v["VERSION_CODENAME"]]
		}
		return named("Debian", version)
	case "ubuntu":
		j := named("Ubuntu", minor)
		if j.release != "" && (strings.Contains(v["VERSION"], "LTS") || ubuntuLTS(minor)) {
			j.release += ":LTS"
		}
		return j
	case "alpine":
		if strings.Contains(o.VersionID, "_alpha") || strings.Contains(o.PrettyName, "edge") {
			return judgement{release: "Alpine:edge", id: o.ID}
		}
		j := named("Alpine", minor)
		if j.release != "" {
			j.release = "Alpine:v" + minor
		}
		return j
	case "wolfi":
		return judgement{release: "Wolfi", id: o.ID}
	case "chainguard":
		return judgement{release: "Chainguard", id: o.ID}
	case "minimos":
		return judgement{release: "MinimOS", id: o.ID}
	case "echo":
		return judgement{release: "Echo", id: o.ID}
	case "alpaquita":
		return named("Alpaquita", o.VersionID)
	case "almalinux":
		return named("AlmaLinux", major)
	case "rocky":
		return named("Rocky Linux", major)
	case "rhel":
		j := named("Red Hat", major)
		if j.release != "" {
			j.release = "Red Hat:enterprise_linux:" + major
		}
		return j
	case "centos":
		if strings.Contains(o.Name, "Stream") || strings.Contains(o.PrettyName, "Stream") {
			j := named("CentOS Stream", major)
			j.id = "centos-stream"
			return j
		}
		return named("CentOS", major)
	case "ol":
		return named("Oracle Linux", major)
	case "fedora":
		return named("Fedora", major)
	case "amzn":
		return named("Amazon Linux", o.VersionID)
	case "azurelinux", "mariner":
		return named("Azure Linux", major)
	case "photon":
		return named("Photon OS", o.VersionID)
	case "mageia":
		return named("Mageia", major)
	case "openeuler":
		j := named("openEuler", o.VersionID)
		if words := strings.Fields(v["VERSION"]); j.release != "" && len(words) == 2 { // "22.03 (LTS-SP3)"
			j.release += "-" + strings.Trim(words[1], "()")
		}
		return j
	case "opensuse-leap", "opensuse-tumbleweed", "opensuse":
		return named2(o, "openSUSE", "openSUSE ")
	case "sles", "sle-micro", "sl-micro", "suse-microos", "sle_hpc", "sles_sap":
		return named2(o, "SUSE", "SUSE ")
	}
	return judgement{}
}

// named2 names SUSE's: OSV takes the marketing name from PRETTY_NAME.
func named2(o *finding.OSRelease, ecosystem, cut string) judgement {
	j := judgement{id: o.ID, version: o.VersionID}
	if j.id == "sl-micro" || j.id == "suse-microos" {
		j.id = "sle-micro"
	}
	if rest, ok := strings.CutPrefix(o.PrettyName, cut); ok && rest != "" {
		j.release = ecosystem + ":" + rest
	}
	return j
}

func majorMinor(v string) string {
	parts := strings.SplitN(v, ".", 3)
	if len(parts) < 2 {
		return v
	}
	return parts[0] + "." + parts[1]
}

// debianVersion cuts a point release off: "12.5" is 12, "6.0.10" is 6.0, "3.1" stays.
func debianVersion(v string) string {
	major, _, _ := strings.Cut(v, ".")
	switch major {
	case "1", "2", "3", "4", "5", "6":
		if v == major {
			return major + ".0"
		}
		return majorMinor(v)
	}
	for _, c := range major {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return major
}

// Codenames of releases that were not yet, or are no longer, numbered in an
// image's files (distro-info-data, debian.csv).
var debianCodenames = map[string]string{
	"jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15",
}

// ubuntuLTS: since 6.06, the release of every second April.
func ubuntuLTS(v string) bool {
	year, month, _ := strings.Cut(v, ".")
	return v == "6.06" || month == "04" && len(year) >= 1 && v != "6.04" && v != "4.04" && strings.IndexByte("02468", year[len(year)-1]) >= 0
}

//go:embed eol.csv
var eolTable string

// lifeEnds reads the table once; it is read only when a release was found.
var lifeEnds = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(eolTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if c := strings.SplitN(strings.TrimSpace(line), ",", 4); len(c) == 4 {
			m[c[0]+" "+c[1]] = c[2]
		}
	}
	return m
})

// endOfLife gives the last day of support, YYYY-MM-DD; "" when it is not known.
func endOfLife(id, version string) string {
	if id == "" || version == "" {
		return ""
	}
	return lifeEnds()[id+" "+version]
}

// purlNamespace is the vendor's name in package URLs, as the purl type
// definitions and the distributions' own SBOMs write it.
func purlNamespace(id string) string {
	switch id {
	case "rhel":
		return "redhat"
	case "opensuse-leap", "opensuse-tumbleweed":
		return "opensuse"
	case "sles", "sle-micro", "sl-micro", "suse-microos", "sle_hpc", "sles_sap":
		return "suse"
	case "linux":
		return ""
	}
	return id
}
