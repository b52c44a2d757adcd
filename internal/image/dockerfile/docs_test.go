package dockerfile

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/i18n"
)

var update = flag.Bool("update", false, "write docs/dockerfile-rules.md anew")

// TestPage holds docs/dockerfile-rules.md against the rules and the mapping.
func TestPage(t *testing.T) {
	name := filepath.Join("..", "..", "..", "docs", "dockerfile-rules.md")
	page := rulesPage()
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(b), page); diff != "" {
		t.Errorf("not what the rules say; go test ./internal/image/dockerfile -update writes it (-file +rules):\n%s", diff)
	}
}

func rulesPage() string {
	p := i18n.For(i18n.English)
	var b strings.Builder
	b.WriteString("# Checks of Dockerfiles\n\n" +
		"Generated from the rules and `internal/image/dockerfile/mapping.tsv`; do not edit. What each check says and how to mend what it finds: [checks](checks.md).\n\n" +
		"| check (`dockerfile-…`) | severity | it finds | hadolint, ShellCheck | BuildKit | Trivy | CIS Docker 1.6.0 |\n|---|---|---|---|---|---|---|\n")
	theirs := map[string]map[string][]string{}
	for _, m := range Mappings() {
		tool := m.Tool
		if tool == "shellcheck" {
			tool = "hadolint"
		}
		for _, o := range m.Ours {
			if theirs[o] == nil {
				theirs[o] = map[string][]string{}
			}
			theirs[o][tool] = append(theirs[o][tool], m.ID)
		}
	}
	for _, r := range rules() {
		of := theirs[prefix+r.name]
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s | %s |\n", r.name, r.name, r.severity, p.Text(r.text("title")),
			strings.Join(of["hadolint"], " "), strings.Join(of["buildkit"], " "), strings.Join(of["trivy"], " "), strings.Join(of["cis"], " "))
	}
	b.WriteString("\n## Where ours differ, and what has no check\n\n| of | their rule | our check | note |\n|---|---|---|---|\n")
	for _, m := range Mappings() {
		if m.Note != "" {
			var ours []string
			for _, o := range m.Ours {
				ours = append(ours, strings.TrimPrefix(o, prefix))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.Tool, strings.ReplaceAll(m.ID, "*", `\*`), strings.Join(ours, ", "), m.Note)
		}
	}
	b.WriteString("\n## Examples\n")
	for _, r := range rules() {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n```dockerfile\n# found\n%s```\n\n```dockerfile\n# not found\n%s```\n", r.name, strings.TrimSuffix(p.Text(r.text("title")), "."), visible(r.bad), visible(r.good))
	}
	return b.String()
}

// visible leaves out nothing but what Markdown would end the example at.
func visible(s string) string { return strings.ReplaceAll(s, "```", "` ` `") }
