package maven

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "app/pom.xml", File: "war.pom.xml"},
			{Path: "app/gradle.lockfile", File: "gradle.lockfile"},
		},
		Empty: []extracttest.Sample{
			{Path: "pom.xml", Content: []byte("<project><artifactId>x</artifactId></project>")},
			{Path: "gradle.lockfile", Content: []byte("empty=compileClasspath\n")},
		},
		Invalid: []extracttest.Sample{
			{Path: "pom.xml", Content: []byte("<project><dependencies>")},
			{Path: "pom.xml", Content: []byte("<html></html>")},
			{Path: "pom.xml", Content: []byte(strings.Repeat("<project>", 100))},
			{Path: "gradle.lockfile", Content: []byte("a:b=c\n")},
			{Path: "pom.xml"}, {Path: "gradle.lockfile"},
		},
		Declines: []string{"app/META-INF/maven/g/a/pom.xml", "usr/share/maven-repo/a/1/a-1.pom", "build.gradle"},
	})
}

func TestPOM(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="ISO-8859-1"?>
<project>
  <parent><groupId>org.p</groupId><version>3.0</version></parent>
  <artifactId>x</artifactId>
  <properties><v>${w}</v><w>1.1</w><loop>${loop}</loop></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>g</groupId><artifactId>managed</artifactId><version>2.2</version></dependency>
    <dependency><groupId>g</groupId><artifactId>tested</artifactId><version>${elsewhere}</version><scope>test</scope></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version>
      <exclusions><exclusion><groupId>other</groupId><artifactId>other</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>g</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>own</artifactId><version>${project.version}</version><scope>test</scope></dependency>
    <dependency><groupId>g</groupId><artifactId>hard</artifactId><version>[1.0]</version></dependency>
    <dependency><groupId>g</groupId><artifactId>range</artifactId><version>[1.0,2.0)</version></dependency>
    <dependency><groupId>g</groupId><artifactId>elsewhere</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>loop</artifactId><version>${loop}</version></dependency>
    <dependency><groupId>g</groupId><artifactId>tested</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>newest</artifactId><version>LATEST</version><optional>true</optional></dependency>
    <dependency><groupId>${g}</groupId><artifactId>nameless</artifactId><version>1</version></dependency>
  </dependencies>
  <build><plugins><plugin><dependencies><dependency><groupId>g</groupId><artifactId>plugin</artifactId><version>1</version></dependency></dependencies></plugin></plugins></build>
</project>`
	var got []string
	var open lang.Unresolved
	for _, r := range walk.Run(t.Context(), New(), walk.NewFile("pom.xml", []byte(doc))) {
		if r.Fact != nil {
			var err error
			if open, err = lang.DecodeUnresolved(r.Fact.Data); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if r.Package == nil {
			t.Fatalf("%+v", r.Unread)
		}
		s := r.Package.Name + ":" + r.Package.Version
		if r.Package.Dev {
			s += " dev"
		}
		got = append(got, s)
	}
	if diff := cmp.Diff([]string{"g:a:1.1", "g:managed:2.2", "org.p:own:3.0 dev", "g:hard:1.0"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := lang.Unresolved{Type: "maven", Of: 10, Demands: []lang.Demand{
		{Name: "g:range", Text: "g:range:[1.0,2.0)", Line: 16},
		{Name: "g:elsewhere", Text: "g:elsewhere", Line: 17},
		{Name: "g:loop", Text: "g:loop:${loop}", Line: 18},
		{Name: "g:tested", Text: "g:tested:${elsewhere}", Line: 19, Optional: true},
		{Name: "g:newest", Text: "g:newest:LATEST", Line: 20, Optional: true},
		{Text: "${g}:nameless:1", Line: 21},
	}}
	if diff := cmp.Diff(want, open); diff != "" {
		t.Errorf("unresolved (-want +got):\n%s", diff)
	}
}

func FuzzPOM(f *testing.F) {
	b, err := os.ReadFile("testdata/war.pom.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(_ *testing.T, b []byte) {
		var all lang.Requirements
		_ = readPOM(b, &all, &lang.Unresolved{})
	})
}

func FuzzLockfile(f *testing.F) {
	b, err := os.ReadFile("testdata/gradle.lockfile")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(_ *testing.T, b []byte) {
		var all lang.Requirements
		_ = readLockfile(b, &all)
	})
}

func BenchmarkPOM(b *testing.B) {
	doc, err := os.ReadFile("testdata/war.pom.xml")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("pom.xml", doc))
	}
}
