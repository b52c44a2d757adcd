package dockerfile

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTruth compares what hadolint, Trivy and BuildKit's linter say of real Dockerfiles with what
// we say, by the mapping, and holds that every difference is of a class that
// was judged, and that each class is as large as when it was. The files
// themselves are not here; testdata/README.md says where they come from and how
// the verdicts were made.
func TestTruth(t *testing.T) {
	files := rows(t, "files.tsv")
	if len(files) < 300 {
		t.Errorf("%d files, at least 300 are wanted", len(files))
	}
	unread := map[string]map[int]bool{"hadolint": {}, "trivy": {}, "buildkit": {}}
	for i, f := range files {
		if n, err := strconv.Atoi(f[0]); err != nil || n != i || len(f[2]) != 64 {
			t.Fatalf("files.tsv: row %d is %q", i, f)
		}
		for word := range strings.FieldsSeq(f[3]) {
			unread[strings.TrimSuffix(word, "-not")][i] = true
		}
	}
	type place struct {
		file, line int
		rule       string
	}
	said := map[string][]place{}
	for _, v := range rows(t, "verdicts.tsv") {
		file, err1 := strconv.Atoi(v[0])
		line, err2 := strconv.Atoi(v[1])
		if err1 != nil || err2 != nil || file >= len(files) {
			t.Fatalf("verdicts.tsv: %q", v)
		}
		said[v[2]] = append(said[v[2]], place{file, line, v[3]})
	}
	ours := map[place]bool{}  // with those that a comment in the file ignores
	whole := map[place]bool{} // whatever the line
	for _, p := range slices.Concat(said["ours"], said["ours-ignored"]) {
		ours[p] = true
		whole[place{p.file, 0, p.rule}] = true
	}
	// These speak of the file, at no line or at another one than ours.
	ofTheFile := []string{"DS-0002", "DS-0026", "DS-0031"}
	differences := map[string]int{}
	for _, tool := range []string{"hadolint", "trivy", "buildkit"} {
		agreed := map[place]bool{}
		answers := map[string]bool{}
		for _, m := range Mappings() {
			if m.Tool == tool || tool == "hadolint" && m.Tool == "shellcheck" {
				for _, o := range m.Ours {
					answers[strings.TrimPrefix(o, prefix)] = true
				}
			}
		}
		for _, p := range said[tool] {
			found := false
			for _, o := range oursOf(p.rule) {
				at := place{p.file, p.line, o}
				anywhere := slices.Contains(ofTheFile, p.rule) && whole[place{p.file, 0, o}]
				if ours[at] || anywhere {
					found, agreed[at] = true, true
				}
				if anywhere {
					agreed[place{p.file, -1, o}] = true
				}
			}
			if !found {
				differences[tool+"\t"+p.rule]++
			}
		}
		for _, p := range said["ours"] {
			if answers[p.rule] && !unread[tool][p.file] && !agreed[p] && !agreed[place{p.file, -1, p.rule}] {
				differences["ours "+tool+"\t"+p.rule]++
			}
		}
	}
	judged := map[string]int{}
	for _, j := range rows(t, "judged.tsv") {
		n, err := strconv.Atoi(j[2])
		if err != nil || len(j) != 5 || j[4] == "" || !slices.Contains([]string{"ours", "theirs", "policy"}, j[3]) {
			t.Errorf("judged.tsv: %q", j)
		}
		judged[j[0]+"\t"+j[1]] = n
	}
	if diff := cmp.Diff(judged, differences); diff != "" {
		t.Errorf("differences (-judged +there):\n%s", diff)
	}
}

func rows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "truth", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	for s := bufio.NewScanner(f); s.Scan(); {
		if l := s.Text(); l != "" && l[0] != '#' {
			out = append(out, strings.Split(l, "\t"))
		}
	}
	return out
}
