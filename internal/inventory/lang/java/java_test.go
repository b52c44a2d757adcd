package java

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "app/lib/aopalliance-1.0.jar", File: "aopalliance-1.0.jar"},
			{Path: "usr/share/java/jcl-over-slf4j.jar", File: "jcl-over-slf4j-1.7.30.jar"},
			{Path: "srv/webapps/ROOT.war", File: "shop-web-1.4.0.war"},
			{Path: "app/app.jar", File: "shaded.jar"},
			{Path: "app/boot-2.0.jar", File: "boot.jar"},
		},
		Empty: []extracttest.Sample{
			{Path: "x.jar", Content: archive(t, nil)},
			{Path: "plain.jar", Content: archive(t, map[string]string{"a.txt": "x"})},
		},
		Invalid: []extracttest.Sample{
			{Path: "x.jar"}, {Path: "x.war", Content: []byte("short")},
			{Path: "x.war", Content: archive(t, map[string]string{"WEB-INF/lib/empty.jar": ""})},
			{Path: "x.jar", Content: []byte("this is no archive, but it is long enough to be looked at")},
			{Path: "x.war", Content: archive(t, map[string]string{"WEB-INF/lib/bad.jar": "no archive, and longer than 22 bytes"})},
		},
		Declines: []string{"x.zip", "jar", "x.jar.txt", "lib/jarfile", "x.rar"},
	})
}

func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for n, c := range files {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestFileName(t *testing.T) {
	for _, tt := range []struct{ base, name, version, classifier string }{
		{"guava-31.1-jre.jar", "guava", "31.1-jre", ""},
		{"log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", "2.17.1", ""},
		{"bcprov-jdk15on-1.60.jar", "bcprov-jdk15on", "1.60", ""},
		{"spark-core_2.12-3.1.1.jar", "spark-core_2.12", "3.1.1", ""},
		{"netty-tcnative-boringssl-static-2.0.54.Final-linux-x86_64.jar", "netty-tcnative-boringssl-static", "2.0.54.Final", "linux-x86_64"},
		{"foo-1.0-beta-2.jar", "foo", "1.0-beta-2", ""},
		{"foo-1.0-2.jar", "foo", "1.0-2", ""},
		{"foo-1.0-SNAPSHOT-sources.jar", "foo", "1.0-SNAPSHOT", "sources"},
		{"foo-1.0-20240101.101010-3.jar", "foo", "1.0-20240101.101010-3", ""},
		{"commons-collections4-4.4.jar", "commons-collections4", "4.4", ""},
		{"jboss-servlet-api_3.0_spec-1.0.0.Final.jar", "jboss-servlet-api_3.0_spec", "1.0.0.Final", ""},
		{"javax.inject-1.jar", "javax.inject", "1", ""},
		{"tools.jar", "tools", "", ""},
		{"jrt-fs.jar", "jrt-fs", "", ""},
		{"1.0.jar", "1.0", "", ""},
		{"spring3-core-3.x.jar", "spring3-core", "", ""},
		{"spring-core-5.2.0.RELEASE.jar", "spring-core", "5.2.0.RELEASE", ""},
		{"mysql-connector-java-8.0.11.jar", "mysql-connector-java", "8.0.11", ""},
	} {
		n, v, c := fileName(tt.base)
		if n != tt.name || v != tt.version || c != tt.classifier {
			t.Errorf("fileName(%q) = %q, %q, %q, want %q, %q, %q", tt.base, n, v, c, tt.name, tt.version, tt.classifier)
		}
	}
}

func TestIdentity(t *testing.T) {
	nothing := func() string { return "" }
	pom := func(g, a, v string) artifact { return artifact{group: g, artifact: a, version: v} }
	for _, tt := range []struct {
		name, where string
		manifest    string
		poms        []artifact
		want        artifact
	}{
		{"own pom among shaded ones", "a/shop-1.0.jar", "", []artifact{pom("x", "dep", "1.0"), pom("org.shop", "shop", "1.0")},
			artifact{group: "org.shop", artifact: "shop", version: "1.0", by: "pom"}},
		{"renamed, one pom", "a/app.jar", "Implementation-Version: 2.1\n", []artifact{pom("org.shop", "shop", "2.1")},
			artifact{group: "org.shop", artifact: "shop", version: "2.1", by: "pom"}},
		{"one shaded pom is not the jar's own", "a/shop-1.0.jar", "Implementation-Vendor-Id: org.shop\n", []artifact{pom("x", "dep", "3.3")},
			artifact{group: "org.shop", artifact: "shop", version: "1.0", by: "manifest"}},
		{"pom without version", "a/shop-1.0.jar", "", []artifact{pom("org.shop", "shop", "")},
			artifact{group: "org.shop", artifact: "shop", version: "1.0", by: "pom"}},
		{"known artifact", "a/spring-core-5.2.0.RELEASE.jar", "Implementation-Title: spring-core\n", nil,
			artifact{group: "org.springframework", artifact: "spring-core", version: "5.2.0.RELEASE", by: "known"}},
		{"known artifact without version in the name", "a/spring-core.jar", "Implementation-Version: 5.2.0.RELEASE\n", nil,
			artifact{group: "org.springframework", artifact: "spring-core", version: "5.2.0.RELEASE", by: "known"}},
		{"known artifact, renamed", "a/lib7.jar", "Implementation-Title: spring-core\nImplementation-Version: 5.2.0.RELEASE\n", nil,
			artifact{group: "org.springframework", artifact: "spring-core", version: "5.2.0.RELEASE", by: "known"}},
		{"known artifact of unknown version", "a/log4j-core.jar", "", nil,
			artifact{group: "org.apache.logging.log4j", artifact: "log4j-core", by: "known"}},
		{"group by version", "a/okhttp-2.7.5.jar", "", nil,
			artifact{group: "com.squareup.okhttp", artifact: "okhttp", version: "2.7.5", by: "known"}},
		{"repository path", "root/.m2/repository/org/acme/tool/thing/1.0/thing-1.0.jar", "", nil,
			artifact{group: "org.acme.tool", artifact: "thing", version: "1.0", by: "path"}},
		{"repository path, classifier", "root/.m2/repository/org/acme/thing/1.0/thing-1.0-linux.jar", "", nil,
			artifact{group: "org.acme", artifact: "thing", version: "1.0", by: "path"}},
		{"Gradle cache", "root/.gradle/caches/modules-2/files-2.1/org.acme/thing/1.0/abcdef/thing-1.0.jar", "", nil,
			artifact{group: "org.acme", artifact: "thing", version: "1.0", by: "path"}},
		{"Ivy cache", "root/.ivy2/cache/org.acme/thing/jars/thing-1.0.jar", "", nil,
			artifact{group: "org.acme", artifact: "thing", version: "1.0", by: "path"}},
		{"symbolic name", "a/databind-2.9.8.jar", "Bundle-SymbolicName: com.acme.core.databind;singleton:=true\n", nil,
			artifact{group: "com.acme.core", artifact: "databind", version: "2.9.8", by: "manifest"}},
		{"symbolic name that repeats", "a/acme-core-2.9.8.jar", "Bundle-SymbolicName: com.acme.core\n", nil,
			artifact{group: "com.acme", artifact: "acme-core", version: "2.9.8", by: "manifest"}},
		{"Jenkins plugin", "var/jenkins_home/plugins/git.jpi", "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 5.0.1 (private)\n", nil,
			artifact{group: "org.jenkins-ci.plugins", artifact: "git", version: "5.0.1", by: "plugin"}},
		{"nothing to tell", "a/app.jar", "Main-Class: Main\n", nil, artifact{}},
		{"guess", "a/app-1.0.jar", "Main-Class: Main\n", nil, artifact{group: "app", artifact: "app", version: "1.0", by: "guess"}},
		{"nested", "a/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar", "", nil,
			artifact{group: "org.apache.logging.log4j", artifact: "log4j-core", version: "2.14.1", by: "known"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := identity(tt.where, readManifest([]byte(tt.manifest)), tt.poms, nothing)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(artifact{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestManifestFolding(t *testing.T) {
	m := readManifest([]byte("Manifest-Version: 1.0\r\nBundle-SymbolicName: org.very\r\n .long\r\n\r\nName: x\r\nImplementation-Version: 9\r\n"))
	if m["bundle-symbolicname"] != "org.very.long" || m["implementation-version"] != "" {
		t.Errorf("%q", m)
	}
}

func TestPropertiesAndPOM(t *testing.T) {
	a, _ := readProperties([]byte("#Generated\n#Mon\nversion=1.0\ngroupId = org.x\nartifactId: y\n"))
	if want := (artifact{group: "org.x", artifact: "y", version: "1.0"}); a != want {
		t.Errorf("%+v", a)
	}
	a, err := readPOM([]byte(`<project><parent><groupId>org.p</groupId><version>2</version></parent><artifactId>y</artifactId><version>${revision}</version></project>`))
	if want := (artifact{group: "org.p", artifact: "y", version: "2"}); a != want || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestBombs: what costs more than it may ends in an unread record that names it.
func TestBombs(t *testing.T) {
	deep := archive(t, map[string]string{"a.txt": "x"})
	for range maxDepth + 1 {
		deep = archive(t, map[string]string{"inner.jar": string(deep)})
	}
	lie := archive(t, map[string]string{"big.jar": strings.Repeat("a", 1000)})
	at := bytes.Index(lie, []byte("PK\x01\x02"))
	copy(lie[at+24:], []byte{0xff, 0xff, 0xff, 0x3f}) // claims 1 GiB
	many := map[string]string{}
	small := string(archive(t, nil))
	for i := range 300 {
		many[fmt.Sprintf("%03d.jar", i)] = small
	}
	for _, tt := range []struct {
		name   string
		doc    []byte
		reason finding.UnreadReason
		n      int
	}{
		{"deep", deep, finding.UnreadLimit, 1},
		{"lie about the size", lie, finding.UnreadLimit, 1},
		{"many", archive(t, many), "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var unread []*finding.Unread
			for _, r := range walk.Run(t.Context(), New(), walk.NewFile("x.jar", tt.doc)) {
				if r.Unread != nil {
					unread = append(unread, r.Unread)
				}
			}
			if len(unread) != tt.n {
				t.Fatalf("%d unread records, want %d: %+v", len(unread), tt.n, unread)
			}
			for _, u := range unread {
				if u.Reason != tt.reason || !strings.HasPrefix(u.Location.Path, "x.jar!/") {
					t.Errorf("unread %+v", u)
				}
			}
		})
	}
}

func FuzzArchive(f *testing.F) {
	for _, n := range []string{"aopalliance-1.0.jar", "boot.jar", "shaded.jar"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(archive(f, map[string]string{"META-INF/MANIFEST.MF": "Implementation-Version: 1\n", "META-INF/maven/a/b/pom.xml": "<project/>", "x.jar": "y"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("x-1.0.jar", b))
	})
}

func FuzzIdentity(f *testing.F) {
	f.Add("a/spring-core-5.2.0.RELEASE.jar", []byte("Implementation-Title: x\nBundle-SymbolicName: a.b.c;x\n"), []byte("groupId=a\nartifactId=b\nversion=1\n"), []byte("<project><artifactId>y</artifactId></project>"))
	f.Fuzz(func(_ *testing.T, where string, mf, props, pom []byte) {
		p, _ := readProperties(props)
		x, _ := readPOM(pom)
		identity(where, readManifest(mf), []artifact{p, x}, func() string { return "" })
	})
}

func BenchmarkArchive(b *testing.B) {
	doc, err := os.ReadFile("testdata/shop-web-1.4.0.war")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("x.war", doc))
	}
}

func BenchmarkWant(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Want("usr/lib/python3/dist-packages/django/conf/locale/de/LC_MESSAGES/django.mo", 0o644, 1000)
	}
}
