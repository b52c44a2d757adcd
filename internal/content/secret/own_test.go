package secret

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/walk"
)

func TestParseOwn(t *testing.T) {
	own, err := ParseOwn([]byte(`
[extend]
useDefault = true
disabledRules = ["gitlab-pat", "nobodys"]
[[rules]]
id = "acme"
regex = "acme_[a-z]{8}"
keywords = ["acme_"]
[[rules]]
id = "github-pat"
regex = "ghp_x[a-z]{8}"
[[allowlists]]
targetRules = ["npm-access-token", "unknown-one"]
paths = ["vendor/"]
`))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for _, r := range own.Rules {
		ids[r.ID]++
	}
	if ids["gitlab-pat"] != 0 || ids["acme"] != 1 || ids["github-pat"] != 1 || len(own.Rules) < len(Rules()) {
		t.Errorf("acme %d, gitlab-pat %d, github-pat %d of %d rules", ids["acme"], ids["gitlab-pat"], ids["github-pat"], len(own.Rules))
	}
	if len(own.Notes) < 2 || !slices.ContainsFunc(own.Notes, func(n string) bool { return strings.Contains(n, "nobodys") }) {
		t.Errorf("notes %q", own.Notes)
	}
	if checks := own.Checks(); len(checks) != 2 || checks[0].ID != "secret-acme" {
		t.Errorf("checks %v", checks)
	}
	if _, err := own.Compile(); err != nil {
		t.Error(err)
	}
}

func TestParseOwnErrors(t *testing.T) {
	for text, line := range map[string]int{
		"[[rules]]\nid = 1 1": 2,
		"[[rules]]\nid = \"a\"\nregex = \"x\"\n[[rules]]\nid = \"a\"\nregex = \"y\"": 5,
		"\n[extend]\npath = \"other.toml\"":                                          2,
	} {
		_, err := ParseOwn([]byte(text))
		var wrong *RulesError
		if !errors.As(err, &wrong) || wrong.Line != line {
			t.Errorf("%q: %v, want line %d", text, err, line)
		}
	}
}

func TestDetectorsWithOwnRules(t *testing.T) {
	m, err := Compile(Rules()[:1], Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules := []byte("[[rules]]\nid = \"acme\"\nregex = \"acme_[a-z]{8}\"")
	var first *Matcher
	for _, d := range Detectors(m) {
		with, err := d.(walk.Configurable).With(rules)
		if err != nil {
			t.Fatal(err)
		}
		if with.Name() != d.Name() || with.Version() == d.Version() || string(with.(walk.Configurable).Options()) != string(rules) {
			t.Errorf("%s became %s, version %d", d.Name(), with.Name(), with.Version())
		}
		var of *Matcher
		switch w := with.(type) {
		case *detector:
			of = w.m
		case *gitDetector:
			of = w.m
		case *configDetector:
			of = w.m
		}
		if first == nil {
			first = of
		}
		if of != first {
			t.Errorf("%s has a matcher of its own", d.Name())
		}
	}
}

func FuzzParseOwn(f *testing.F) {
	f.Add([]byte("[[rules]]\nid = \"acme\"\nregex = \"acme_[a-z]{8}\""))
	f.Add([]byte("[extend]\nuseDefault = true\ndisabledRules = [\"gitlab-pat\"]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		own, err := ParseOwn(text)
		var wrong *RulesError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v says no line", err)
		}
		if err == nil {
			own.Checks()
		}
	})
}
