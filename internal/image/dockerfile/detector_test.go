package dockerfile

import (
	"context"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

func TestWant(t *testing.T) {
	for name, want := range map[string]walk.Decision{
		"Dockerfile": walk.Yes, "a/b/Containerfile": walk.Yes, "dockerfile": walk.Yes, "Dockerfile.dev": walk.Yes, "app.Dockerfile": walk.Yes,
		"x.dockerfile": walk.Yes, "Dockerfile-alpine": walk.Yes, "DockerfileX": walk.No, "myDockerfile": walk.No, "Dockerfile.dockerignore": walk.No,
		"Dockerfile.go": walk.No, "app/node_modules/x/Dockerfile": walk.No, "usr/share/doc/x/Dockerfile": walk.No, "srv/usr/share/Dockerfile": walk.Yes, "Dockerfile.tmpl": walk.No, "etc/passwd": walk.No, "": walk.No,
	} {
		if got := Detector().Want(name, 0o644, 10); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if Detector().Want("Dockerfile", 0o644, 0) != walk.No {
		t.Error("an empty file is wanted")
	}
}

type sink struct{ results []finding.Result }

func (*sink) Package(finding.Package)      {}
func (*sink) Fact(string, []byte)          {}
func (s *sink) Result(r finding.Result)    { s.results = append(s.results, r) }
func (*sink) Unread(inner string, _ error) {}

func TestInspect(t *testing.T) {
	var s sink
	if err := Detector().Inspect(context.Background(), walk.NewFile("a/Dockerfile", []byte("FROM debian\n")), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.results) == 0 || s.results[0].Locations[0].Path != "a/Dockerfile" {
		t.Errorf("%+v", s.results)
	}
}

// FuzzLint holds that no file breaks the parser, and that findings stand at
// lines that there are.
func FuzzLint(f *testing.F) {
	for _, r := range rules() {
		f.Add([]byte(r.bad))
		f.Add([]byte(r.good))
	}
	f.Add([]byte("# escape=`\nFROM a\nRUN <<A <<-B\nx\nA\n\ty\n\tB\nONBUILD COPY --from=0 a b\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		results, _ := Lint(context.Background(), "Dockerfile", src)
		lines := 2
		for _, b := range src {
			if b == '\n' {
				lines++
			}
		}
		for _, r := range results {
			if l := r.Locations[0].Line; l < 0 || l > lines {
				t.Errorf("%s at line %d of %d", r.Check, l, lines)
			}
		}
	})
}
