package imageconfig

import (
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func TestByInstruction(t *testing.T) {
	at := func(layer int, path string) []finding.Location {
		return []finding.Location{{Layer: layer, Path: path}}
	}
	r := &finding.Report{
		Layers: []finding.LayerInfo{
			{Index: 0, Size: 100, Files: 3, CreatedBy: "ADD rootfs"},
			{Index: 1, Size: 50, Files: 2, CreatedBy: "RUN apt-get install -y curl"},
		},
		Image: &finding.Image{Contents: []finding.LayerContent{{}, {Layer: 1, Waste: 20}}, History: []finding.HistoryStep{
			{Layer: 0, CreatedBy: "/bin/sh -c #(nop) ADD file:0 in / "},
			{Layer: -1, CreatedBy: "ENV A=1 DB_PASSWORD=*** # buildkit"},
			{Layer: 1, CreatedBy: "RUN |1 V=2 /bin/sh -c apt-get install -y curl # buildkit"},
			{Layer: -1, CreatedBy: "EXPOSE map[22/tcp:{}]"},
		}},
		Packages: []finding.Package{
			{ID: "a", Locations: append(at(1, "x"), at(0, "x")...)},
			{ID: "b", Hidden: true, Locations: at(1, "y")},
			{ID: "c"},
		},
		Results: []finding.Result{
			{Check: finding.CheckVulnerability, State: finding.Fail, Package: "a", Rating: finding.Rating{Severity: finding.High}, Locations: at(1, "x")},
			{Check: finding.CheckVulnerability, State: finding.Fail, Package: "b", Hidden: true, Locations: at(1, "y")},
			{Check: "secret-pem", State: finding.Fail, Rating: finding.Rating{Severity: finding.Critical}, Locations: at(1, "k")},
			{Check: "image-env-secret", State: finding.Fail, Subject: "env DB_PASSWORD", Rating: finding.Rating{Severity: finding.High}},
			{Check: "image-port-management", State: finding.Fail, Subject: "port 22/tcp"},
			{Check: "image-user-root", State: finding.Fail, Subject: "user"},
			{Check: "image-user-root", State: finding.Pass, Subject: "user"},
			{Check: "image-user-root", State: finding.Fail, Subject: "user", Suppressed: &finding.Suppression{}},
			{Check: "image-setuid", State: finding.Fail, Subject: "setuid", Locations: append(at(1, "a"), at(0, "b")...)},
			{Check: "not-scanned", State: finding.Warn, Locations: at(99, "")},
		},
	}
	type short struct {
		Layer, Files                     int
		Verb, Args                       string
		Bytes, Wasted                    int64
		Packages                         []int
		HiddenPackages                   int
		Findings, Hidden                 []int
		Vulnerabilities, Secrets, Others int
	}
	count := func(m map[finding.Severity]int) (n int) {
		for _, c := range m {
			n += c
		}
		return n
	}
	got := func(r *finding.Report) (out []short) {
		steps, _ := ByInstruction(r)
		for _, s := range steps {
			out = append(out, short{s.Layer, s.Files, s.Verb, s.Args, s.Bytes, s.Wasted, s.Packages, s.HiddenPackages, s.Findings, s.Hidden,
				count(s.Vulnerabilities), count(s.Secrets), count(s.Other)})
		}
		return out
	}
	want := []short{
		{Layer: 0, Files: 3, Verb: "ADD", Args: "file:0 in /", Bytes: 100, Packages: []int{0}, Findings: []int{0}, Vulnerabilities: 1},
		{Layer: -1, Verb: "ENV", Args: "A=1 DB_PASSWORD=***", Findings: []int{3}, Others: 1},
		{Layer: 1, Files: 2, Verb: "RUN", Args: "apt-get install -y curl", Bytes: 50, Wasted: 20, Packages: []int{1}, HiddenPackages: 1, Findings: []int{2}, Hidden: []int{1}, Secrets: 1},
		{Layer: -1, Verb: "EXPOSE", Args: "map[22/tcp:{}]", Findings: []int{4}, Others: 1},
	}
	if d := cmp.Diff(want, got(r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, rest := ByInstruction(r); !cmp.Equal(rest, []int{5, 8, 9}) {
		t.Errorf("results of no instruction: %v", rest)
	}

	// A history that does not fit the layers says nothing: then layers stand for themselves.
	r.Image.History = r.Image.History[:2]
	if g := got(r); len(g) != 2 || g[1].Layer != 1 || g[1].Verb != "RUN" {
		t.Errorf("layers for themselves: %+v", g)
	}
	if steps, rest := ByInstruction(&finding.Report{}); steps != nil || rest != nil {
		t.Errorf("of an empty report: %v %v", steps, rest)
	}
}
