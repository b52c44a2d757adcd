package secret

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

// TestGitHistory finds what a real repository once held: loose, packed, and in
// a bare clone. What the work tree still has is told once.
func TestGitHistory(t *testing.T) {
	dir := t.TempDir()
	git := func(in string, args ...string) string {
		t.Helper()
		c := exec.Command("git", args...)
		c.Dir = in
		c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com",
			"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000")
		out, err := c.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name, body string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var valid []string
	for _, r := range Rules() {
		if r.ID == "github-pat" {
			valid = r.Valid
		}
	}
	if len(valid) == 0 {
		t.Fatal("no example of a token")
	}
	token := valid[0]
	git(dir, "init", "-q")
	write("conf/once.env", "# once\nTOKEN="+token+"\n")
	write("keep/still.env", "TOKEN="+token+"\n")
	git(dir, "add", "-A")
	git(dir, "commit", "-qm", "one")
	commit := git(dir, "rev-parse", "HEAD")
	write("keep/still.env", "# moved down\nTOKEN="+token+"\n")
	git(dir, "rm", "-q", "conf/once.env")
	git(dir, "add", "-A")
	git(dir, "commit", "-qm", "two")
	m, err := Compile(Rules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	look := func(root string) []string {
		t.Helper()
		var recs []walk.Record
		err := fs.WalkDir(os.DirFS(root), ".", func(p string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(filepath.Join(root, p))
			if err != nil {
				return err
			}
			for _, d := range []walk.Detector{Detector(m), GitDetector(m)} {
				r, _ := walk.Inspect(context.Background(), d, walk.NewFile(p, b))
				recs = append(recs, r...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range Settle(recs) {
			if r.Unread != nil {
				t.Errorf("unread: %+v", r.Unread)
			}
			if r.Result != nil {
				out = append(out, r.Result.Locations[0].Path+": "+r.Result.Check+" "+strings.Join(r.Result.Evidence[1:], "; "))
				if text := strings.Join(r.Result.Evidence, " "); strings.Contains(text, token) {
					t.Errorf("the value is told: %s", text)
				}
			}
		}
		return out
	}
	// The result says which commit; a verified token says so first.
	strip := func(list []string) []string {
		for i := range list {
			list[i] = strings.Replace(list[i], "checksum or inner structure is right; ", "", 1)
			list[i] = strings.TrimSuffix(strings.TrimSuffix(list[i], "checksum or inner structure is right"), " ")
		}
		return list
	}
	told := ": secret-github-pat commit " + commit[:12] + ", 2023-11-14, A <a@example.com>"
	want := []string{".git!/conf/once.env" + told, "keep/still.env: secret-github-pat"}
	if d := cmp.Diff(want, strip(look(dir))); d != "" {
		t.Errorf("loose objects (-want +got):\n%s", d)
	}
	git(dir, "gc", "-q")
	if d := cmp.Diff(want, strip(look(dir))); d != "" {
		t.Errorf("packed (-want +got):\n%s", d)
	}
	// A message counts, and a pack that is gone is told.
	git(dir, "commit", "-q", "--allow-empty", "-m", "the token is "+token)
	git(dir, "gc", "-q")
	if err := os.RemoveAll(filepath.Join(dir, ".git/logs")); err != nil {
		t.Fatal(err)
	}
	message := ".git!/commit " + git(dir, "rev-parse", "HEAD")[:12] + ": secret-github-pat"
	if got := strip(look(dir)); !slices.Contains(got, message) {
		t.Errorf("%q is not in %q", message, got)
	}
	bare := filepath.Join(t.TempDir(), "bare")
	git(dir, "clone", "-q", "--bare", dir, bare)
	got := look(bare)
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], " commit")
		got[i], _, _ = strings.Cut(got[i], " checksum")
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"conf/once.env: secret-github-pat", "keep/still.env: secret-github-pat"}, slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "commit ") })); d != "" {
		t.Errorf("bare (-want +got):\n%s", d)
	}
}

func TestHistoryElsewhere(t *testing.T) {
	m := matcher(t)
	var recs []walk.Record
	for _, p := range []string{".git/objects/pack/pack-1.idx", "b/.git/objects/info/alternates"} {
		r, wanted := walk.Inspect(context.Background(), GitDetector(m), walk.NewFile(p, []byte("x")))
		if !wanted {
			t.Errorf("%s is not wanted", p)
		}
		recs = append(recs, r...)
	}
	told := 0
	for _, r := range Settle(recs) {
		if r.Unread != nil && r.Unread.Reason == finding.UnreadUnsupported {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d told, want 2", told)
	}
}
