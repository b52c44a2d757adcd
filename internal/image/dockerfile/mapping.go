package dockerfile

import (
	_ "embed"
	"strings"
	"sync"
)

// mappingText is the table of what others call our rules; see the file's head.
//
//go:embed mapping.tsv
var mappingText string

// Mapping is one rule of another tool, or one recommendation.
type Mapping struct {
	// Tool is "hadolint", "shellcheck" (as hadolint runs it), "buildkit",
	// "trivy" or "cis".
	Tool, ID string
	// Ours are IDs of our checks; empty where we have none, and then Note says why.
	Ours []string
	Note string
}

// Mappings is the whole table, in the order of the file.
func Mappings() []Mapping { return mappings() }

var mappings = sync.OnceValue(func() []Mapping {
	var out []Mapping
	for line := range strings.Lines(mappingText) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "\t", 4)
		if len(f) < 3 {
			continue // a test finds it
		}
		m := Mapping{Tool: f[0], ID: f[1]}
		if f[2] != "-" {
			for name := range strings.SplitSeq(f[2], ",") {
				m.Ours = append(m.Ours, prefix+name)
			}
		}
		if len(f) == 4 {
			m.Note = f[3]
		}
		out = append(out, m)
	}
	return out
})

// oursOf are the names of our rules for another tool's ID, or for our own.
func oursOf(id string) []string {
	if name, ok := strings.CutPrefix(id, prefix); ok {
		return []string{name}
	}
	id = strings.TrimPrefix(id, "AVD-")
	var out []string
	for _, m := range mappings() {
		if strings.EqualFold(m.ID, id) || m.Tool == "shellcheck" && strings.HasSuffix(m.ID, "*") && strings.HasPrefix(id, strings.TrimSuffix(m.ID, "*")) {
			for _, o := range m.Ours {
				out = append(out, strings.TrimPrefix(o, prefix))
			}
		}
	}
	return out
}

// allOfBuildKit are the names of our rules for all of BuildKit's.
func allOfBuildKit() []string {
	var out []string
	for _, m := range mappings() {
		if m.Tool == "buildkit" {
			for _, o := range m.Ours {
				out = append(out, strings.TrimPrefix(o, prefix))
			}
		}
	}
	return out
}
