package lang

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"bulwark/internal/walk"
)

// FactUnresolved is the kind of the fact that a manifest becomes which requires
// packages without saying their versions; its data is an Unresolved. The merge
// makes an unread record of what nothing else in the tree answers.
const FactUnresolved = "lang.unresolved"

// Unresolved is what one manifest requires without saying what it will get.
type Unresolved struct {
	// Type is the purl type of the packages.
	Type string `json:"t"`
	// Of is how many requirements the manifest has, resolved ones too.
	Of int `json:"n"`
	// Demands are the first maxDemands; More counts the others.
	Demands []Demand `json:"d"`
	More    int      `json:"m,omitempty"`
}

// Demand is one requirement.
type Demand struct {
	// Name is of the package; empty when the requirement does not say it.
	Name string `json:"n,omitempty"`
	// Text is the requirement as written, shortened, without credentials.
	Text string `json:"x"`
	Line int    `json:"l,omitempty"`
	// Optional is one that a deployment leaves out on purpose: for development
	// or tests only, on other platforms, provided by the surroundings.
	Optional bool `json:"o,omitempty"`
	// File is another manifest or a folder that the requirement leads to,
	// relative to the root.
	File string `json:"f,omitempty"`
}

const (
	maxDemands = 2000
	maxDemand  = 120
)

// Add takes one requirement.
func (u *Unresolved) Add(d Demand) {
	if len(u.Demands) >= maxDemands {
		u.More++
		return
	}
	d.Text = shorten(PublicURL(strings.Join(strings.Fields(d.Text), " ")), maxDemand)
	if len(d.Name) > maxName || len(d.File) > maxName {
		d.Name, d.File = "", ""
	}
	u.Demands = append(u.Demands, d)
}

func shorten(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}

// Report leaves the fact, if there is anything to say, and the file is no part
// of an installed package or of documentation: what such a manifest requires
// was decided where the package was made.
func (u *Unresolved) Report(f *walk.File, out walk.Sink) {
	if len(u.Demands) == 0 || broughtAlong(f.Path) {
		return
	}
	if aside(f.Path) {
		for i := range u.Demands {
			u.Demands[i].Optional = true
		}
	}
	data, err := json.Marshal(u)
	if err != nil {
		out.Unread("", fmt.Errorf("requirements without a version: %w", err))
		return
	}
	out.Fact(FactUnresolved, data)
}

func broughtAlong(path string) bool {
	for _, folder := range [...]string{
		"node_modules/", "site-packages/", "dist-packages/", "gems/", "vendor/", "vendored/", "third_party/", ".m2/", "pkg/mod/",
		"usr/share/", "usr/lib/", "share/doc/", "testdata/",
	} {
		if i := strings.Index(path, folder); i == 0 || i > 0 && path[i-1] == '/' {
			return true
		}
	}
	return false
}

// aside reports whether a manifest lies in a folder for tests, documentation or
// examples, or in a hidden one, as tools have: what is deployed does without it.
func aside(manifest string) bool {
	for component := range strings.SplitSeq(Dir(manifest), "/") {
		switch component {
		case "test", "tests", "testing", "doc", "docs", "example", "examples", "demo", "demos", "fixtures", "benchmark", "benchmarks", "template", "templates":
			return true
		}
		if strings.HasPrefix(component, ".") {
			return true
		}
	}
	return false
}

// DecodeUnresolved reads the data of a FactUnresolved.
func DecodeUnresolved(data []byte) (Unresolved, error) {
	var u Unresolved
	if err := json.Unmarshal(data, &u); err != nil {
		return u, fmt.Errorf("fact %s: %w", FactUnresolved, err)
	}
	return u, nil
}

// PublicURL takes user and password out of the URLs in a text; reports go to
// people who must not see them. "git" stays, a user that many hosts have.
func PublicURL(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	var out strings.Builder
	for {
		scheme, rest, ok := strings.Cut(s, "://")
		out.WriteString(scheme)
		if !ok {
			return out.String()
		}
		out.WriteString("://")
		end := strings.IndexAny(rest, "/?# ")
		if end < 0 {
			end = len(rest)
		}
		if user := strings.LastIndexByte(rest[:end], '@'); user >= 0 && rest[:user] != "git" {
			rest = rest[user+1:]
		}
		s = rest
	}
}

// WheelName reads name and version of a wheel's file name, given alone or at the
// end of a path or URL (PyPA, "Binary distribution format"):
// name-version[-build]-python-abi-platform.whl.
func WheelName(where string) (name, version string, ok bool) {
	where, _, _ = strings.Cut(where, "#")
	where, _, _ = strings.Cut(where, "?")
	base, isWheel := strings.CutSuffix(Base(where), ".whl")
	if !isWheel {
		return "", "", false
	}
	parts := strings.Split(Unescape(base), "-")
	if len(parts) != 5 && len(parts) != 6 || parts[0] == "" || parts[1] == "" {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// Unescape replaces %XX in a URL's path; what is no such escape stays.
func Unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
