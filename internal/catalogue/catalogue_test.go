package catalogue

import (
	"net/url"
	"regexp"
	"slices"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

func TestChecks(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	cwe := regexp.MustCompile(`^CWE-\d+$`)
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	points := []string{"image", "run", "system", "network", "baseline", "software"}
	seen := map[string]bool{}
	for _, c := range Checks() {
		t.Run(c.ID, func(t *testing.T) {
			if !id.MatchString(c.ID) {
				t.Error("an ID is lower case with hyphens")
			}
			if seen[c.ID] {
				t.Error("declared twice")
			}
			seen[c.ID] = true
			if !slices.Contains(points, c.Point) {
				t.Errorf("unknown point %q", c.Point)
			}
			for _, text := range []finding.Text{c.Title, c.Why, c.Fix} {
				if !i18n.Has(text.ID) {
					t.Errorf("text %q is not declared", text.ID)
				}
			}
			for _, r := range c.References {
				if u, err := url.Parse(r); err != nil || u.Scheme != "https" {
					t.Errorf("reference %q is not an https URL", r)
				}
			}
			for _, w := range c.CWE {
				if !cwe.MatchString(w) {
					t.Errorf("CWE %q", w)
				}
			}
			for _, a := range c.ATTACK {
				if !technique.MatchString(a) {
					t.Errorf("ATT&CK %q", a)
				}
			}
		})
	}
}

func TestFind(t *testing.T) {
	if _, ok := Find(finding.CheckEndOfLife); !ok {
		t.Error("a declared check is not found")
	}
	if _, ok := Find("no-such-check"); ok {
		t.Error("an undeclared check is found")
	}
}
