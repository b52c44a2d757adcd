package imageconfig

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestRealConfigurations reads what real builders made of one Dockerfile, and
// says what was found and how the history was understood.
func TestRealConfigurations(t *testing.T) {
	names, err := filepath.Glob("testdata/configs/*.json")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d configurations: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			facts := Facts(c, nil)
			results := Lint(c)
			r := &finding.Report{Subject: finding.Subject{Kind: "image", Name: "x"}, Image: facts, Layers: make([]finding.LayerInfo, len(c.RootFS.DiffIDs)), Results: results}
			finding.Finish(r, Checks())
			var out bytes.Buffer
			for _, res := range r.Results {
				fmt.Fprintf(&out, "%s %s (%s)\n", res.Rating.Severity, res.Check, res.Subject)
			}
			steps, rest := ByInstruction(r)
			for _, s := range steps {
				fmt.Fprintf(&out, "\n%d layer %d", s.Index, s.Layer)
				if s.Joint {
					out.WriteString(" joint")
				}
				fmt.Fprintf(&out, ": %s | %s\n   %s\n", s.Verb, s.Args, s.Text)
				for _, i := range s.Findings {
					fmt.Fprintf(&out, "   * %s\n", r.Results[i].Check)
				}
			}
			out.WriteString("\nof no instruction:\n")
			for _, i := range rest {
				fmt.Fprintf(&out, "   * %s\n", r.Results[i].Check)
			}
			for _, secret := range []string{"npm_0123", "two words", "pw-of-proxy", "abcd1234efgh"} {
				if strings.Contains(out.String(), secret) || strings.Contains(fmt.Sprintf("%+v", facts), secret) {
					t.Errorf("%q is shown", secret)
				}
			}
			golden := strings.TrimSuffix(name, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), out.String()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
