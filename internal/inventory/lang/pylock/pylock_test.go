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
			{Path: "app/requirements.txt", Content: []byte("")},
			{Path: "app/Pipfile.lock", Content: []byte(`{"default":{}}`)},
		},
		Invalid: []extracttest.Sample{
			{Path: "app/poetry.lock", Content: []byte("[[package]\nname")},
			{Path: "app/Pipfile.lock", Content: []byte(`[]`)},
			{Path: "app/Pipfile.lock"}, {Path: "app/poetry.lock"}, {Path: "app/uv.lock"}, {Path: "app/pdm.lock", Content: []byte(" \n")}, {Path: "app/pylock.toml"},
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
		"":                                    "nothing",
		"# django==2.2":                       "nothing",
		"django==2.2":                         "exact django 2.2",
		"Django [argon2] == 2.2 ; python>'3'": "exact Django 2.2",
		"django===2.2  # why":                 "exact django 2.2",
		"django==2.2 --hash=sha256:abc":       "exact django 2.2",
		"django==2.2+local.1":                 "exact django 2.2+local.1",
		"django==2.*":                         "open django",
		"django==2.2,<3":                      "open django",
		"django>=2.2":                         "open django",
		"django":                              "named django",
		"Zope.Interface[x,y]":                 "named zope-interface",
		"pywin32>=1; sys_platform=='win32'":   "open pywin32 optional",
		"django (==2.2)":                      "open django",
		"--index-url https://u:p@pypi.example/simple": "nothing",
		"--pre":                                  "nothing",
		"-c constraints.txt":                     "nothing",
		"-r base.txt":                            "open file app/base.txt",
		"-rbase.txt":                             "open file app/base.txt",
		"--requirement=../base.txt":              "open file base.txt",
		"-r ../../../base.txt":                   "open",
		"-r https://example/r.txt":               "open",
		"--requirements-file x":                  "nothing",
		"-e .":                                   "open file app",
		"-e .[dev]":                              "open file app",
		"./lib":                                  "open file app/lib",
		"-e git+https://x/y@v1#egg=Thing[a]&s=1": "open thing",
		"git+ssh://git@x/y.git#egg=y":            "open y",
		"x @ https://files.example/x==1.whl":     "open x",
		"x@https://t:s@files.example/d/x-1.2-py3-none-any.whl#sha256=1": "exact x 1.2 https://files.example/d/x-1.2-py3-none-any.whl",
		"./d/x_y-1.2%2Bcpu-1-cp311-cp311-linux_x86_64.whl":              "exact x_y 1.2+cpu",
		"https://files.example/x-1.2.tar.gz ; python_version>'3'":       "open optional",
		"these packages are needed:":                                    "strange",
		"see https://example.com for more":                              "strange",
		"${PACKAGE}":                                                    "strange",
		"<<<<<<< HEAD":                                                  "strange",
		"-r":                                                            "strange",
	} {
		r, d, what := requirement(in, "app")
		words := []string{[...]string{"nothing", "exact", "named", "open", "strange"}[what]}
		add := func(s ...string) {
			for _, w := range s {
				if w != "" {
					words = append(words, w)
				}
			}
		}
		add(r.Name, r.Version, r.Qualifier[1], d.Name)
		if d.File != "" {
			add("file", d.File)
		}
		if d.Optional {
			add("optional")
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("requirement(%q) = %q, want %q", in, got, want)
		}
		if what != nothing && what != exact && d.Text == "" {
			t.Errorf("requirement(%q) has no text", in)
		}
	}
}

// TestUnresolved: what a file says of versions that it does not name.
func TestUnresolved(t *testing.T) {
	for _, test := range []struct {
		name, path, doc string
		of              int
		want            []lang.Demand
	}{
		{"all exact", "app/requirements.txt", "a==1\nb==2\n", 0, nil},
		{"ranges", "app/requirements.txt", "a==1\n\nRequests>=2\n-e .\n", 3, []lang.Demand{{Name: "requests", Text: "Requests>=2", Line: 3}, {Text: "-e .", Line: 4, File: "app"}}},
		{"development", "requirements-dev.txt", "pytest\n", 1, []lang.Demand{{Name: "pytest", Text: "pytest", Line: 1, Optional: true}}},
		{"names alone", "requirements.txt", "flask\ndjango\n", 2, []lang.Demand{{Name: "flask", Text: "flask", Line: 1}, {Name: "django", Text: "django", Line: 2}}},
		{"prose", "requirements.txt", "Requirements\n\nYou need Python 3 and a compiler.\n- make\n", 0, nil},
		{"merge conflict", "requirements.txt", "<<<<<<< HEAD\na==1\n", 2, []lang.Demand{{Text: "<<<<<<< HEAD", Line: 1}}},
		{"credentials", "requirements.txt", "a @ git+https://user:secret@git.example/a.git\n", 1, []lang.Demand{{Name: "a", Text: "a @ git+https://git.example/a.git", Line: 1}}},
		{"of an installed package", "usr/lib/node_modules/x/requirements.txt", "a>=1\n", 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got lang.Unresolved
			for _, r := range walk.Run(t.Context(), New(), walk.NewFile(test.path, []byte(test.doc))) {
				if r.Unread != nil {
					t.Fatalf("%+v", r.Unread)
				}
				if r.Fact != nil {
					var err error
					if got, err = lang.DecodeUnresolved(r.Fact.Data); err != nil {
						t.Fatal(err)
					}
				}
			}
			if diff := cmp.Diff(test.want, got.Demands); diff != "" || got.Of != test.of {
				t.Errorf("of %d, want %d (-want +got):\n%s", got.Of, test.of, diff)
			}
		})
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

func FuzzRequirement(f *testing.F) {
	for _, s := range []string{"a[b]==1 ; x", "-e git+https://u:p@x/y@v1#egg=a[b]&c", "--requirement=../a.txt", "a @ https://x/a-1-py3-none-any.whl", "./a.tar.gz --hash=x #"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, d, what := requirement(line, "app")
		if what == exact && (!isName(r.Name) || r.Version == "") || what != exact && what != nothing && d.Text == "" {
			t.Errorf("requirement(%q) = %+v, %+v, %d", line, r, d, what)
		}
		if strings.HasPrefix(d.File, "/") || strings.HasPrefix(d.File, "../") {
			t.Errorf("requirement(%q) leads to %q", line, d.File)
		}
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
