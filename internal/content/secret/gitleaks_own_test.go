//go:build rivals

package secret

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGitleaksOwn loads gitleaks' own rules, where GITLEAKS_CONFIG names them,
// and holds that its private keys, tokens and assignments are found.
func TestGitleaksOwn(t *testing.T) {
	name := os.Getenv("GITLEAKS_CONFIG")
	if name == "" {
		t.Skip("GITLEAKS_CONFIG is not set; test/bench/secret gives it")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := ParseGitleaks(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Rules) < 200 || len(g.Notes) > 0 {
		t.Errorf("%d rules, notes %q", len(g.Rules), g.Notes)
	}
	m, err := Compile(g.Rules, Options{Allow: g.Allow})
	if err != nil {
		t.Fatal(err)
	}
	text2 := "github = " + madeUp(1) + "\ntwitter_api_key = \"" + "q8zr2lm4xv7tn1kb9wq8zr2lm" + "\"\n"
	found := map[string]bool{}
	if err := m.Scan(context.Background(), "a.conf", strings.NewReader(text2), func(h Hit) { found[h.Rule.ID] = true }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"github-pat": true, "twitter-api-key": true}, found); diff != "" {
		t.Error(diff)
	}
}
