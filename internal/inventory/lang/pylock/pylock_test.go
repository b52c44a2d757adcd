package pylock

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

var files = []extracttest.Sample{
	{Path: "app/poetry.lock", File: "poetry.lock"},
	{Path: "app/pdm.lock", File: "pdm.lock"},
	{Path: "app/uv.lock", File: "uv.lock"},
	{Path: "app/pylock.toml", File: "pylock.toml"},
	{Path: "app/Pipfile.lock", File: "Pipfile.lock"},
	{Path: "app/requirements.txt", File: "requirements.txt"},
}

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: append(slices.Clone(files),
			extracttest.Sample{Path: "app/poetry.lock", Content: []byte("[[package]]\nname = \"a\"\nversion = \"1\"\ncategory = \"dev\"\n\n[package.source]\ntype = \"git\"\nurl = \"https://git.example/a.git\"\n")},
			extracttest.Sample{Path: "app/pylock.dev.toml", Content: []byte("[[packages]]\nname = \"a\"\nversion = \"1\"\nvcs = {type = \"git\", url = \"https://git.example/a\"}\n[[packages]]\nname = \"own\"\ndirectory = {path = \".\"}\n")},
		),
		Empty: []extracttest.Sample{
			{Path: "app/poetry.lock", Content: []byte("package = []\n")},
			{Path: "app/uv.lock", Content: []byte("version = 1\n[[package]]\nname = \"shop\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n")},
			{Path: "app/requirements.txt", Content: []byte("# nothing pinned\nflask\ndjango>=2\n-r other.txt\n")},
			{Path: "app/Pipfile.lock", Content: []byte(`{"default":{}}`)},
		},
		Invalid: []extracttest.Sample{
			{Path: "app/poetry.lock", Content: []byte("[[package]\nname")},
			{Path: "app/Pipfile.lock", Content: []byte(`[]`)},
			{Path: "app/requirements.txt", Content: []byte("\xff\xfef\x00l\x00a\x00")},
		},
		Declines: []string{"app/notes.txt", "lib/python3/site-packages/x/requirements.txt", "app/cargo.lock", "pyproject.toml", "x.py"},
	})
}

// TestAgree: the same project locked by six programs requires the same packages
// (the versions stand in the golden files: Poetry chose an older urllib3).
func TestAgree(t *testing.T) {
	var first []string
	for i, s := range files {
		b, err := os.ReadFile("testdata/" + s.File)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range walk.Run(t.Context(), New(), walk.NewFile(s.Path, b)) {
			got = append(got, strings.ToLower(r.Package.Name))
		}
		slices.Sort(got)
		if i == 0 {
			first = got
		} else if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("%s and %s differ:\n%s", files[0].File, s.File, diff)
		}
	}
}

func TestRequirement(t *testing.T) {
	for in, want := range map[string]string{
		"django==2.2":                         "django 2.2",
		"Django [argon2] == 2.2 ; python>'3'": "Django 2.2",
		"django===2.2  # why":                 "django 2.2",
		"django==2.2 --hash=sha256:abc":       "django 2.2",
		"django==2.*":                         "",
		"django==2.2,<3":                      "",
		"django>=2.2":                         "",
		"-e git+https://x/y==1":               "",
		"x @ https://files.example/x==1.whl":  "",
		"django==2.2+local.1":                 "django 2.2+local.1",
	} {
		r, ok := requirement(in)
		if got := r.Name + " " + r.Version; ok != (want != "") || ok && got != want {
			t.Errorf("requirement(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestIsDevelopment(t *testing.T) {
	for in, want := range map[string]bool{"requirements.txt": false, "requirements-dev.txt": true, "test-requirements.txt": true, "requirements_prod.txt": false} {
		if isDevelopment(in) != want {
			t.Errorf("isDevelopment(%q) is %v", in, !want)
		}
	}
}

func FuzzLocks(f *testing.F) {
	for i, s := range files {
		b, err := os.ReadFile("testdata/" + s.File)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, b[:min(len(b), 4000)])
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		s := files[uint(i)%uint(len(files))]
		walk.Inspect(t.Context(), New(), walk.NewFile(s.Path, b))
	})
}

func BenchmarkPoetry(b *testing.B) {
	doc, err := os.ReadFile("testdata/poetry.lock")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var all lang.Requirements
		if err := readTOML(doc, "package", &all); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWant(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Want("usr/lib/python3/dist-packages/django/conf/locale/de/LC_MESSAGES/django.mo", 0o644, 1000)
	}
}
