package secret

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"bulwark/internal/finding"
)

// TestRules holds what every rule promises, and runs its examples through a
// matcher of all rules.
func TestRules(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	all, err := Compile(Rules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			if !id.MatchString(r.ID) || seen[r.ID] {
				t.Error("an ID is lower case with hyphens, and there once")
			}
			seen[r.ID] = true
			if r.Name == "" || r.Severity == finding.Unrated {
				t.Error("a rule has a name and a severity")
			}
			if len(r.Anchors) == 0 && r.Path == "" {
				t.Error("a rule without anchors would have to look at every byte")
			}
			for _, a := range r.Anchors {
				if len(a) < 2 || a != strings.ToLower(a) {
					t.Errorf("anchor %q: lower case, two bytes at least", a)
				}
				if r.Shape == Structured && r.Pattern != "" {
					if near := all.rules[i].around(a); near.probes != nil && len(near.probes) == 0 {
						t.Errorf("anchor %q cannot stand in a match", a)
					}
				}
			}
			if (r.Pattern != "" || r.Shape == Assigned) && len(r.Valid) == 0 {
				t.Error("no valid example")
			}
			for _, text := range r.Valid {
				if !hits(t, all, r.At, text)[r.ID] {
					t.Errorf("valid example not found: %q", text)
				}
			}
			for _, text := range r.Invalid {
				if hits(t, all, r.At, text)[r.ID] {
					t.Errorf("invalid example found: %q", text)
				}
			}
		})
	}
}

// hits names the rules that match a text, at a path, or in a file of settings
// or in a program.
func hits(t *testing.T, m *Matcher, at, text string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	names := []string{"app/settings.conf", "app/main.py", "app/values.yaml"}
	if at != "" {
		names = []string{at}
	}
	for _, name := range names {
		if err := m.Scan(context.Background(), name, strings.NewReader(text), func(h Hit) { found[h.Rule.ID] = true }); err != nil {
			t.Fatal(err)
		}
	}
	return found
}
