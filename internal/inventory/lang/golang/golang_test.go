package golang

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestPrograms(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "usr/local/lib/hey.so", File: "hey.elf"},
			{Path: "usr/local/lib/kind.so.1", File: "kind.elf"},
			{Path: "app/vcs.exe", File: "app-vcs.elf"},
			{Path: "app/flags.exe", File: "app-flags.elf"},
		},
		Empty: []extracttest.Sample{
			{Path: "lib/other.so", Content: append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00"), make([]byte, 200)...)},
			{Path: "x.exe", Content: append([]byte("MZ"), make([]byte, 200)...)},
		},
		Invalid: []extracttest.Sample{
			{Path: "lib/packed.so", Content: append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00"), append(make([]byte, 200), "UPX!"...)...)},
		},
		Declines: []string{"usr/bin/data", "lib/x.so.d/readme"},
	})
}

// TestBuilt builds one program for each format and reads it back.
func TestBuilt(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("lib/go.mod", "module example.org/lib\n")
	write("lib/lib.go", "package lib\n\nconst Name = \"lib\"\n")
	write("app/go.mod", "module example.org/app\n\ngo 1.21\n\nrequire example.org/lib v1.2.3\n\nreplace example.org/lib => ../lib\n")
	write("app/main.go", "package main\n\nimport \"example.org/lib\"\n\nvar version string\n\nfunc main() { println(version, lib.Name) }\n")
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			exe := filepath.Join(dir, goos+".exe")
			cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags=-s -w -X main.version=v2.1.0", "-o", exe, ".")
			cmd.Dir = filepath.Join(dir, "app")
			cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, b)
			}
			b, err := os.ReadFile(exe)
			if err != nil {
				t.Fatal(err)
			}
			recs, wanted := walk.Inspect(t.Context(), New(), walk.NewFile("app/app.exe", b))
			if !wanted {
				t.Fatal("not wanted")
			}
			var got []string
			for _, r := range recs {
				if r.Package == nil {
					t.Fatalf("unread: %+v", r.Unread)
				}
				got = append(got, r.Package.PURL)
			}
			want := []string{
				"pkg:golang/stdlib@" + StdlibVersion(runtime.Version()),
				"pkg:golang/example.org/app@v2.1.0",
				"pkg:golang/example.org/lib",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// Neither name nor mode tells that this is a program.
			if recs, _ := walk.Inspect(t.Context(), New(), walk.NewFile("opt/x.txt", b)); len(recs) != len(want) {
				t.Errorf("as opt/x.txt, mode 0644: %d records, want %d", len(recs), len(want))
			}
			if goos != "linux" {
				return
			}
			// What objcopy --only-keep-debug leaves has the build ID and no program.
			if recs, wanted := walk.Inspect(t.Context(), New(), walk.NewFile("usr/lib/debug/app.so.debug", splitDebug(t, b))); !wanted || len(recs) != 0 {
				t.Errorf("split debug information: wanted %v, %+v", wanted, recs)
			}
		})
	}
}

// splitDebug marks .text as having no content in the file.
func splitDebug(t *testing.T, program []byte) []byte {
	t.Helper()
	b := bytes.Clone(program)
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(f.Sections, func(s *elf.Section) bool { return s.Name == ".text" })
	table := binary.LittleEndian.Uint64(b[40:])
	binary.LittleEndian.PutUint32(b[table+uint64(at)*64+4:], uint32(elf.SHT_NOBITS))
	return b
}

func TestStdlibVersion(t *testing.T) {
	for in, want := range map[string]string{
		"go1.22.3":                           "1.22.3",
		"go1.20":                             "1.20.0",
		"go1.21rc2":                          "1.21.0-rc.2",
		"go1.14beta1":                        "1.14.0-beta.1",
		"go1.22.3 X:boringcrypto":            "1.22.3",
		"go1.19.1b7":                         "1.19.1",
		"go1.23.4-custom":                    "1.23.4",
		"go1.25.1 (Red Hat 1.25.1-1.el9)":    "1.25.1",
		"devel go1.23-abcdef Mon Jan 1 2024": "1.23.0-devel",
		"devel +abcdef":                      "",
		"":                                   "",
	} {
		if got := StdlibVersion(in); got != want {
			t.Errorf("StdlibVersion(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestStamped(t *testing.T) {
	const module = "github.com/acme/shop"
	for in, want := range map[string]string{
		`-s -w -X main.version=1.2.3`:             "v1.2.3",
		`-X 'main.Version=v1.2.3-rc.1'`:           "v1.2.3-rc.1",
		`-X "main.buildVersion=v1.2.3+meta"`:      "v1.2.3+meta",
		`-X=main.version=1.2`:                     "v1.2",
		`-X main.commit=1.2.3`:                    "",
		`-X main.version=dev`:                     "",
		`-X main.goVersion=1.22.3`:                "",
		`-X github.com/other/lib/version.V=1.0.0`: "",
		`-X github.com/acme/shop/internal/version.Version=v4.5.6 -X github.com/other/x.Version=v9.9.9`: "v4.5.6",
		`-X k8s.io/component-base/version.gitVersion=v1.30.1`:                                          "v1.30.1",
	} {
		if got := stamped(in, module); got != want {
			t.Errorf("stamped(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMod(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: NewMod(),
		Valid: []extracttest.Sample{
			{Path: "app/go.mod", File: "app.gomod"},
			{Path: "go.mod", Content: []byte("// comment\nmodule \"x.org/y\" // c\ngo 1.22.3\ntoolchain go1.23.1\nrequire (\n\ta.org/b v1.0.0 // indirect\n\t`c.org/d` v2.0.0+incompatible\n)\nreplace c.org/d v2.0.0+incompatible => e.org/f v1.1.1\nexclude g.org/h v1.0.0\nretract [v1.0.0, v1.1.0]\n")},
		},
		Empty:    []extracttest.Sample{{Path: "go.mod", Content: []byte("module x\n\ngo 1.20\n")}},
		Invalid:  []extracttest.Sample{{Path: "go.mod"}, {Path: "go.mod", Content: []byte("module x\nrequire (\n a v1\n")}, {Path: "go.mod", Content: []byte("\x00\x01 nothing\n")}},
		Declines: []string{"root/go/pkg/mod/a.org/b@v1/go.mod", "app/vendor/x/go.mod", "usr/local/go/src/go.mod", "go.sum"},
	})
}

func FuzzProgram(f *testing.F) {
	for _, n := range []string{"hey.elf", "kind.elf", "app-flags.elf"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(append([]byte("MZ"), make([]byte, 512)...))
	f.Add(append([]byte("\xcf\xfa\xed\xfe"), make([]byte, 512)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), New(), walk.NewFile("x.so", b))
	})
}

func FuzzMod(f *testing.F) {
	b, err := os.ReadFile("testdata/app.gomod")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		walk.Inspect(t.Context(), NewMod(), walk.NewFile("go.mod", b))
	})
}

func BenchmarkProgram(b *testing.B) {
	doc, err := os.ReadFile("testdata/kind.elf")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Inspect(b.Context(), New(), walk.NewFile("x.so", doc))
	}
}

func BenchmarkWant(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Want("usr/lib/python3/dist-packages/django/conf/locale/de/LC_MESSAGES/django.mo", 0o644, 1000)
	}
}
