package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/catalogue"
	"bulwark/internal/inventory"
	"bulwark/internal/report"
)

// TestChecksPages holds docs/checks.md against the declarations of the checks,
// in both languages. -update writes them.
func TestChecksPages(t *testing.T) {
	for file, lang := range map[string]string{"docs/checks.md": "en", "docs/zh/checks.md": "zh-CN"} {
		page := report.ChecksMarkdown(catalogue.Checks(), lang)
		name := filepath.Join(root(t), file)
		if *update {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(b), page); diff != "" {
			t.Errorf("%s is not what the checks declare; `make docs` writes it (-file +declared):\n%s", file, diff)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// TestLinksOfThePages finds a link of a page to a file that is not there.
func TestLinksOfThePages(t *testing.T) {
	dir := root(t)
	for _, name := range files(t, dir) {
		if !strings.HasSuffix(name, ".md") || strings.Contains(name, "testdata/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// TestFragments holds the change fragments to their form: a first line for users, no heading.
func TestFragments(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(root(t), "changelog", "unreleased", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(b), "\n")
		if first == "" || strings.HasPrefix(first, "#") || !strings.HasSuffix(first, ".") {
			t.Errorf("%s: the first line must be one sentence for users, is %q", filepath.Base(name), first)
		}
	}
}

var reader = regexp.MustCompile("(?m)^\\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \\|")

// TestReadmeNamesEveryReader holds the table of what is read, in both READMEs,
// against the list of extractors.
func TestReadmeNamesEveryReader(t *testing.T) {
	var want []string
	for _, e := range inventory.Extractors() {
		want = append(want, e.Name())
	}
	slices.Sort(want)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		b, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range reader.FindAllStringSubmatch(string(b), -1) {
			for n := range strings.SplitSeq(row[1], ", ") {
				got = append(got, strings.Trim(n, "`"))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: readers (-on the list +in the table):\n%s", name, diff)
		}
	}
}
