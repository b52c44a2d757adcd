//go:build conformance

package truth

import "testing"

// beside says why Bulwark names a package that the ecosystem's own tool does not.
func beside(e ecosystem, p installed) string {
	return map[string]string{
		"maven com.googlecode.concurrentlinkedhashmap:concurrentlinkedhashmap-lru": "camel-core holds it, with its pom.properties",
		"maven org.apache.myfaces.core.internal:myfaces-impl-shared":               "myfaces-impl holds it, with its pom.properties",
		"pypi html5lib": "bleach holds it in bleach/_vendor, with its metadata",
	}[e.kind+" "+p.name]
}

// difference is what a rival says otherwise than the truth. Zero fields are for any.
type difference struct {
	rival, kind, how string
	name, id         string
	why              string
}

// differences lists every one of them. internal/advisory/README.md has them with sources.
var differences = []difference{
	{"osv-scanner", "gem", "only", "sinatra", "RUBYSEC-sinatra-CVE-2018-11627",
		"fixed in 2.0.2, the image has 3.0.5; it takes 2.0.0-alpha for older than 2.0.0.beta1, which RubyGems does not, and so leaves a range open"},
	{"osv-scanner", "cargo", "only", "bat", "RUSTSEC-2021-0106",
		"the program whose lock file it is, of which the file does not say that it is the registry's; we take only what has a source. The flaw is one of Windows"},

	// A jar without pom.properties: its manifest is read for a group that nobody published under.
	{"osv-scanner", "maven", "lacks", "commons-httpclient:commons-httpclient", "", "taken for org.apache.commons.httpclient:commons-httpclient"},
	{"osv-scanner", "maven", "lacks", "org.apache.derby:derby", "", "taken for derby:derby"},
	{"osv-scanner", "maven", "lacks", "org.apache.poi:poi-ooxml", "", "taken for poi-ooxml:poi-ooxml"},
	{"osv-scanner", "maven", "lacks", "org.apache.tomcat.embed:tomcat-embed-core", "", "taken for tomcat-embed-core:tomcat-embed-core"},
	{"osv-scanner", "maven", "lacks", "org.bouncycastle:bcprov-jdk15on", "", "taken for bcprov:bcprov-jdk15on"},
	{"osv-scanner", "maven", "lacks", "org.springframework.security:spring-security-core", "", "taken for org.springframework.security.core:spring-security-core"},
	{"osv-scanner", "maven", "lacks", "org.springframework:spring-core", "", "taken for spring-core:spring-core"},
	{"osv-scanner", "maven", "lacks", "xerces:xercesImpl", "", "taken for org.apache.xerces.impl.version:xercesImpl"},

	// It does not look at the goos and goarch of ecosystem_specific.imports.
	{"osv-scanner", "golang", "only", "", "GO-2023-2185", "of Windows alone; the programs are linux/amd64"},
	{"osv-scanner", "golang", "only", "", "GO-2024-2961", "of Windows alone; the programs are linux/amd64"},
	{"osv-scanner", "golang", "only", "", "GO-2025-3447", "of ppc64le alone; the programs are linux/amd64"},
	{"osv-scanner", "golang", "only", "", "GO-2025-3750", "of Windows alone; the programs are linux/amd64"},
	{"osv-scanner", "golang", "only", "", "GO-2026-5024", "of Windows alone; the programs are linux/amd64"},
}

// explain fails for each difference that is not accounted for.
func explain(t *testing.T, rival string, e ecosystem, how string, left []fact) {
	t.Helper()
next:
	for _, f := range left {
		for _, d := range differences {
			if d.rival == rival && d.kind == e.kind && d.how == how && (d.name == "" || d.name == f.Name) && (d.id == "" || d.id == f.ID) {
				continue next
			}
		}
		t.Errorf("not explained: %s %s %s %s %s", rival, how, f.Name, f.Version, f.ID)
	}
}
