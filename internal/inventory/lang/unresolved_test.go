package lang

import (
	"strings"
	"testing"
)

func TestPublicURL(t *testing.T) {
	for in, want := range map[string]string{
		"requests>=2":                          "requests>=2",
		"https://example.org/a@b":              "https://example.org/a@b",
		"https://user:secret@example.org/a":    "https://example.org/a",
		"a @ git+https://token@x/y.git@v1":     "a @ git+https://x/y.git@v1",
		"git+ssh://git@github.com/a/b":         "git+ssh://git@github.com/a/b",
		"git+ssh://git:secret@github.com/a/b":  "git+ssh://github.com/a/b",
		"http://a:b@x http://c:d@y?http://e@f": "http://x http://y?http://f",
		"https://a@b@c":                        "https://c",
		"://":                                  "://",
		strings.Repeat("://a@", 3) + "x/y":     "://://://x/y",
	} {
		if got := PublicURL(in); got != want {
			t.Errorf("PublicURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWheelName(t *testing.T) {
	for in, want := range map[string]string{
		"a-1.0-py3-none-any.whl":                            "a 1.0",
		"https://x/d/a_b-1.0%2Bl-2-py3-none-any.whl?q#frag": "a_b 1.0+l",
		"a-1.0.whl":              "",
		"a-1.0.tar.gz":           "",
		"-1.0-py3-none-any.whl":  "",
		"a-%zz-py3-none-any.whl": "a %zz",
	} {
		n, v, ok := WheelName(in)
		if got := strings.TrimSpace(n + " " + v); got != want || ok != (want != "") {
			t.Errorf("WheelName(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

// TestUnresolvedBounded: a hostile manifest leaves a fact of a bounded size.
func TestUnresolvedBounded(t *testing.T) {
	var u Unresolved
	for range maxDemands + 5 {
		u.Add(Demand{Name: strings.Repeat("n", 600), File: strings.Repeat("f", 5000), Text: strings.Repeat("\u4e2d", 1000)})
	}
	if len(u.Demands) != maxDemands || u.More != 5 {
		t.Errorf("%d demands and %d more", len(u.Demands), u.More)
	}
	if d := u.Demands[0]; d.Name != "" || d.File != "" || len(d.Text) > maxDemand+len("…") {
		t.Errorf("%+v", d)
	}
}
