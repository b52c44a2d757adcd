package java

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"bulwark/internal/inventory/lang"
)

// artifact is one Maven artifact, and by what it was recognised.
type artifact struct {
	group, artifact, version string
	path                     string // of the pom in the archive
	by                       string
}

// readProperties reads a pom.properties as Maven's archiver writes it
// (java.util.Properties; only the simple escapes occur).
func readProperties(doc []byte) (artifact, error) {
	var a artifact
	for len(doc) > 0 {
		var line []byte
		line, doc, _ = bytes.Cut(doc, []byte{'\n'})
		s := strings.TrimSpace(strings.ToValidUTF8(string(line), "\uFFFD"))
		if s == "" || s[0] == '#' || s[0] == '!' {
			continue
		}
		i := strings.IndexAny(s, "=:")
		if i < 0 {
			continue
		}
		value := strings.ReplaceAll(strings.TrimSpace(s[i+1:]), `\`, "")
		if strings.Contains(value, "${") {
			value = "" // a build that did not fill it in
		}
		switch strings.TrimSpace(s[:i]) {
		case "groupId":
			a.group = value
		case "artifactId":
			a.artifact = value
		case "version":
			a.version = value
		}
	}
	return a, nil
}

// readPOM reads the coordinates in a pom.xml, the parent's where it has none of its own.
func readPOM(doc []byte) (artifact, error) {
	var p struct {
		Group    string `xml:"groupId"`
		Artifact string `xml:"artifactId"`
		Version  string `xml:"version"`
		Parent   struct {
			Group   string `xml:"groupId"`
			Version string `xml:"version"`
		} `xml:"parent"`
	}
	if err := xml.Unmarshal(doc, &p); err != nil {
		return artifact{}, fmt.Errorf("pom: %w", err)
	}
	pick := func(values ...string) string {
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" && !strings.Contains(v, "${") {
				return v
			}
		}
		return ""
	}
	return artifact{group: pick(p.Group, p.Parent.Group), artifact: pick(p.Artifact), version: pick(p.Version, p.Parent.Version)}, nil
}

// fill takes what a pom does not say from its directory, META-INF/maven/GROUP/ARTIFACT/.
func (a *artifact) fill() {
	parts := strings.Split(lang.Dir(a.path), "/")
	if n := len(parts); n >= 2 && parts[n-1] != "maven" && parts[n-2] != "maven" {
		if a.artifact == "" {
			a.artifact = parts[n-1]
		}
		if a.group == "" {
			a.group = parts[n-2]
		}
	}
}

// manifest holds the main attributes of a MANIFEST.MF, by lower-case name.
type manifest map[string]string

// readManifest reads the main section (JAR File Specification, "Manifest Specification").
func readManifest(doc []byte) manifest {
	m := manifest{}
	key := ""
	for len(doc) > 0 && len(m) < 1000 {
		var line []byte
		line, doc, _ = bytes.Cut(doc, []byte{'\n'})
		line = bytes.TrimSuffix(line, []byte{'\r'})
		if len(line) == 0 {
			if len(m) > 0 {
				break // the sections of single entries follow
			}
			continue
		}
		if line[0] == ' ' {
			if key != "" && len(m[key]) < 64<<10 {
				m[key] += string(line[1:])
			}
			continue
		}
		k, v, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			key = ""
			continue
		}
		key = strings.ToLower(string(bytes.TrimSpace(k)))
		m[key] = string(bytes.TrimPrefix(v, []byte{' '}))
	}
	for k, v := range m {
		m[k] = strings.TrimSpace(strings.ToValidUTF8(v, "\uFFFD"))
	}
	return m
}

// first gives the first of the attributes that has a value worth anything.
func (m manifest) first(keys ...string) string {
	for _, k := range keys {
		v := strings.Trim(m[k], `"' `)
		if v != "" && !strings.Contains(v, "${") && !strings.EqualFold(v, "unknown") && !strings.EqualFold(v, "unspecified") {
			return v
		}
	}
	return ""
}

// license turns what Bundle-License says into an identifier where it is one of
// the usual addresses.
func (m manifest) license() string {
	v, _, _ := strings.Cut(m.first("bundle-license"), ";")
	v, _, _ = strings.Cut(v, ",")
	v = strings.TrimSpace(v)
	low := strings.ToLower(v)
	for _, known := range [...][2]string{
		{"apache.org/licenses/license-2.0", "Apache-2.0"},
		{"opensource.org/licenses/apache-2.0", "Apache-2.0"},
		{"opensource.org/licenses/mit", "MIT"},
		{"opensource.org/licenses/bsd-3-clause", "BSD-3-Clause"},
		{"opensource.org/licenses/bsd-2-clause", "BSD-2-Clause"},
		{"eclipse.org/legal/epl-2.0", "EPL-2.0"},
		{"eclipse.org/legal/epl-v20", "EPL-2.0"},
		{"eclipse.org/legal/epl-v10", "EPL-1.0"},
		{"gnu.org/licenses/lgpl-2.1", "LGPL-2.1"},
	} {
		if strings.Contains(low, known[0]) {
			return known[1]
		}
	}
	return v
}

// qualifiers are words that continue a version after a dash.
func qualifier(s string) bool {
	s = strings.ToLower(strings.TrimRight(s, "0123456789."))
	switch s {
	case "snapshot", "release", "final", "ga", "alpha", "beta", "rc", "cr", "m", "sp", "b", "v", "pre", "preview",
		"jre", "android", "incubating", "milestone", "redhat", "jbossorg", "fuse", "build", "patch", "p", "r", "java", "jdk":
		return true
	}
	return false
}

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// fileName divides ARTIFACT-VERSION[-CLASSIFIER].jar. Artifacts may have parts
// that begin with digits (log4j-1.2-api), versions may have several parts
// (1.0-beta-2, 31.1-jre): the version is the last run of parts that begin with
// a digit, with the qualifiers inside and after it.
func fileName(base string) (name, version, classifier string) {
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	if trimmed, ok := strings.CutSuffix(base, ".x"); ok { // Debian's spring3-core-3.x: a line of versions, no version
		if i := strings.LastIndexByte(trimmed, '-'); i > 0 && strings.Trim(trimmed[i+1:], "0123456789.") == "" {
			return trimmed[:i], "", ""
		}
	}
	parts := strings.Split(base, "-")
	last := len(parts) - 1
	for last > 0 && !(digit(parts[last]) && (strings.ContainsRune(parts[last], '.') || strings.Trim(parts[last], "0123456789") == "")) {
		last--
	}
	if last <= 0 {
		return base, "", ""
	}
	first := last
	for first > 1 {
		switch {
		case digit(parts[first-1]):
			first--
			continue
		case first > 2 && qualifier(parts[first-1]) && digit(parts[first-2]):
			first -= 2
			continue
		}
		break
	}
	end := last + 1
	for end < len(parts) && qualifier(parts[end]) {
		end++
	}
	return strings.Join(parts[:first], "-"), strings.Join(parts[first:end], "-"), strings.Join(parts[end:], "-")
}

// identity decides which artifact an archive is; see the package comment.
// An empty artifact means that it is none that can be named.
func identity(where string, m manifest, poms []artifact, classes func() string) artifact {
	base := lang.Base(where)
	fileArtifact, fileVersion, _ := fileName(base)

	if a, ok := matchingPOM(base, fileArtifact, fileVersion, m, poms); ok {
		a.by = "pom"
		if a.version == "" {
			a.version = versionOf(fileVersion, m)
		}
		return a
	}
	if a, ok := repositoryPath(where); ok {
		return a
	}
	if v := m.first("plugin-version"); v != "" && m.first("short-name", "extension-name") != "" {
		v, _, _ = strings.Cut(v, " ") // "1.2 (private-…)"
		a := artifact{group: m.first("group-id"), artifact: m.first("artifact-id", "short-name", "extension-name"), version: v, by: "plugin"}
		if a.group == "" {
			a.group = "org.jenkins-ci.plugins"
		}
		return a
	}
	a := artifact{artifact: fileArtifact, version: versionOf(fileVersion, m)}
	if a.artifact == "" || len(poms) > 0 && fileVersion == "" && m.first("implementation-title", "bundle-symbolicname") == "" {
		return artifact{} // a bundle of the poms' artifacts, of no name of its own
	}
	if fileVersion == "" {
		// The file was renamed; some builds write their artifact into the manifest.
		if t := m.first("implementation-title"); knownGroup(t, a.version) != "" {
			a.artifact = t
		}
	}
	if g := knownGroup(a.artifact, a.version); g != "" {
		a.group, a.by = g, "known"
		return a
	}
	if a.version == "" {
		return artifact{}
	}
	if g := manifestGroup(m, a.artifact); g != "" {
		a.group, a.by = g, "manifest"
		return a
	}
	a.group, a.by = classes(), "guess"
	if a.group == "" {
		a.group = a.artifact // as the oldest artifacts are named
	}
	return a
}

// matchingPOM finds the pom that is the archive's own.
func matchingPOM(base, fileArtifact, fileVersion string, m manifest, poms []artifact) (artifact, bool) {
	var best artifact
	rank := 0
	for _, p := range poms {
		if p.artifact == "" || p.group == "" {
			continue
		}
		r := 0
		switch {
		case p.artifact == fileArtifact && p.version == fileVersion:
			r = 6
		case p.version != "" && strings.HasPrefix(base, p.artifact+"-"+p.version):
			r = 5
		case p.artifact == fileArtifact:
			r = 4
		case len(poms) == 1 && p.version != "" && (p.version == fileVersion || sameVersion(p.version, m)):
			r = 3
		case len(poms) == 1 && fileVersion == "" && strings.Contains(base, p.artifact):
			r = 2
		case len(poms) == 1 && fileVersion == "" && len(m.first("implementation-version", "bundle-version")) == 0:
			r = 1
		}
		if r > rank {
			best, rank = p, r
		}
	}
	return best, rank > 0
}

func sameVersion(v string, m manifest) bool {
	for _, k := range [...]string{"implementation-version", "bundle-version"} {
		if mv := m.first(k); mv != "" && (mv == v || mv == v+".0" || strings.ReplaceAll(v, "-", ".") == mv) {
			return true
		}
	}
	return false
}

// versionOf prefers the file's name: Maven puts the version there, while
// Bundle-Version has OSGi's form (1.60 becomes 1.60.0).
func versionOf(fileVersion string, m manifest) string {
	if fileVersion != "" {
		return fileVersion
	}
	v := m.first("implementation-version", "bundle-version", "plugin-version")
	for _, q := range [...]string{".jre", ".android"} { // Guava's 31.1-jre is 31.1.0.jre in OSGi
		if rest, ok := strings.CutSuffix(v, q); ok {
			v = strings.TrimSuffix(rest, ".0") + "-" + q[1:]
		}
	}
	if !digit(strings.TrimPrefix(v, "v")) {
		return ""
	}
	v, _, _ = strings.Cut(v, " ")
	return v
}

// repositoryPath recognises the layouts of artifact repositories and caches.
func repositoryPath(where string) (artifact, bool) {
	if i := strings.LastIndex(where, "!/"); i >= 0 {
		where = where[i+2:]
	}
	parts := strings.Split(where, "/")
	n := len(parts)
	base := parts[n-1]
	// …/GROUP/ARTIFACT/VERSION/HASH/ARTIFACT-VERSION.jar below files-2.1 (Gradle)
	if n >= 6 && parts[n-6] == "files-2.1" && strings.HasPrefix(base, parts[n-4]+"-"+parts[n-3]) {
		return artifact{group: parts[n-5], artifact: parts[n-4], version: parts[n-3], by: "path"}, true
	}
	// …/GROUP/ARTIFACT/jars/ARTIFACT-VERSION.jar (Ivy)
	if n >= 5 && (parts[n-2] == "jars" || parts[n-2] == "bundles") && parts[n-5] == "cache" {
		if a, v, _ := fileName(base); a == parts[n-3] && v != "" {
			return artifact{group: parts[n-4], artifact: a, version: v, by: "path"}, true
		}
	}
	// ROOT/org/acme/ARTIFACT/VERSION/ARTIFACT-VERSION.jar (Maven, Coursier)
	if n >= 5 && strings.HasPrefix(base, parts[n-3]+"-"+parts[n-2]) {
		for i := n - 4; i >= 0; i-- {
			switch parts[i] {
			case "repository", "maven2", "maven", "repo", "maven-repo", "m2", ".m2", "releases", "maven-central", "public", "system":
				if i < n-4 {
					return artifact{group: strings.Join(parts[i+1:n-3], "."), artifact: parts[n-3], version: parts[n-2], by: "path"}, true
				}
			}
		}
	}
	return artifact{}, false
}

// manifestGroup reads the group out of the attributes that Maven's plugins
// write it into.
func manifestGroup(m manifest, artifact string) string {
	if bsn, _, _ := strings.Cut(m.first("bundle-symbolicname"), ";"); bsn != "" {
		if g := symbolicGroup(strings.TrimSpace(bsn), artifact); g != "" {
			return g
		}
	}
	if id := m.first("implementation-vendor-id"); groupLike(id) && id != "org.apache" && id != "com.sun" && id != "com.oracle" {
		return id
	}
	if mod := m.first("automatic-module-name"); mod != "" {
		if g := symbolicGroup(mod, artifact); g != "" {
			return g
		}
	}
	if bsn, _, _ := strings.Cut(m.first("bundle-symbolicname"), ";"); groupLike(bsn) && strings.Count(bsn, ".") == 1 && bsn != artifact && !strings.Contains(bsn, "-") {
		return bsn
	}
	return ""
}

// symbolicGroup undoes the rule by which maven-bundle-plugin makes a symbolic
// name: group and artifact joined by a dot, where a beginning of the artifact
// that repeats the group's last part is left out.
func symbolicGroup(bsn, artifact string) string {
	if !groupLike(bsn) {
		return ""
	}
	if g, ok := strings.CutSuffix(bsn, "."+artifact); ok && strings.Contains(g, ".") {
		return g
	}
	for i := len(bsn); i > 0; i = strings.LastIndexByte(bsn[:i], '.') {
		g := bsn[:i]
		last := g[strings.LastIndexByte(g, '.')+1:]
		rest := strings.TrimPrefix(bsn[i:], ".")
		joined := last
		if rest != "" {
			joined += "-" + strings.ReplaceAll(rest, ".", "-")
		}
		if strings.Contains(g, ".") && joined == strings.ReplaceAll(artifact, ".", "-") {
			return g
		}
	}
	return ""
}

// groupLike says whether s has the form of a group: a reversed domain name.
func groupLike(s string) bool {
	if !strings.Contains(s, ".") || strings.ContainsAny(s, " /:,;()") || len(s) > 128 {
		return false
	}
	switch s[:strings.IndexByte(s, '.')] {
	case "org", "com", "net", "io", "de", "fr", "uk", "cn", "ch", "eu", "dev", "edu", "gov", "jp", "nl", "ru", "br", "me", "co", "us", "info", "at", "pl", "se", "be", "it", "jakarta", "javax", "software", "app", "tech", "tools", "xyz", "cc", "tv", "ai", "biz", "es", "cz", "dk", "fi", "no", "kr", "in", "au", "ca":
		return true
	}
	return false
}
