package osrelease

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "usr/lib/os-release", File: "os-release-debian12"},
			{Path: "etc/debian_version", File: "debian_version-12"},
			{Path: "etc/lsb-release", Content: []byte("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\n")},
			{Path: "etc/redhat-release", Content: []byte("CentOS release 6.10 (Final)\n")},
		},
		Empty: []extracttest.Sample{
			{Path: "etc/os-release", File: "empty"}, {Path: "etc/alpine-release", Content: []byte("\n")},
			{Path: "etc/os-release", Content: []byte("# only a comment\n")},
		},
		Invalid: []extracttest.Sample{
			{Path: "etc/os-release", Content: []byte("\x7fELF\x00\x00")},
			{Path: "etc/os-release", Content: []byte("no assignment\n")},
			{Path: "etc/debian_version", Content: []byte("12\x00")},
			{Path: "etc/os-release", Content: []byte("ID=x\n" + strings.Repeat("#\n", maxFile))},
		},
		Declines: []string{"etc/os-release.d/x", "opt/etc/os-release", "usr/lib/os-release.bak", "usr/lib/debian_version"},
	})
}

// TestQuoting follows os-release(5), section "DESCRIPTION".
func TestQuoting(t *testing.T) {
	text := "NAME=plain\nID='single $x'\nPRETTY_NAME=\"a \\\"b\\\" \\$c \\\\ \\n\"\r\nVERSION_ID = 3\n# ID=no\nVERSION_ID=\"12\nIGNORED=1\nVERSION=" + strings.Repeat("v", 999)
	recs := walk.Run(t.Context(), New(), walk.NewFile("etc/os-release", []byte(text)))
	if len(recs) != 1 || recs[0].Fact == nil {
		t.Fatalf("%+v", recs)
	}
	var got map[string]string
	if err := json.Unmarshal(recs[0].Fact.Data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"NAME": "plain", "ID": "single $x", "PRETTY_NAME": `a "b" $c \ \n`, "VERSION_ID": `"12`, "VERSION": strings.Repeat("v", maxValue),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzInspect(f *testing.F) {
	b, err := os.ReadFile("testdata/os-release-debian12")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("ID='\nID=\"\\\"\n=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range []string{"etc/os-release", "etc/debian_version"} {
			for _, r := range walk.Run(t.Context(), New(), walk.NewFile(p, b)) {
				if r.Unread != nil && strings.Contains(r.Unread.Detail, "panicked") {
					t.Fatal(r.Unread.Detail)
				}
				if r.Fact != nil && !json.Valid(r.Fact.Data) {
					t.Fatalf("%q", r.Fact.Data)
				}
			}
		}
	})
}
