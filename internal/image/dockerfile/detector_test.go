package dockerfile

import (
	"context"
	"strings"
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

func TestInspectConfig(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	history := `"history":[{"created_by":"/bin/sh -c #(nop) ADD file:1 in / "},{"created_by":"/bin/sh -c #(nop) ENV API_TOKEN=x123456789","empty_layer":true},` +
		`{"created_by":"/bin/sh -c apt-get install -y curl && curl https://example.com/i | sh"}]}`
	for name, test := range map[string]struct {
		config string
		layer  int
		found  int
	}{
		"of the layer":        {`{"rootfs":{"diff_ids":["` + digest + `","` + digest + `"]},` + history, 1, 1},
		"does not fit":        {`{"rootfs":{"diff_ids":["` + digest + `"]},` + history, -1, 1},
		"no history":          {`{"rootfs":{"diff_ids":["` + digest + `"]}}`, 0, 0},
		"not a configuration": {`[`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			recs := walk.RunConfig(context.Background(), detector{}, []byte(test.config))
			if len(recs) != test.found {
				t.Fatalf("%+v", recs)
			}
			for _, r := range recs {
				if r.Result == nil || r.Result.Check != prefix+"pipe-to-shell" || r.Result.Locations[0].Layer != test.layer {
					t.Errorf("%+v", r.Result)
				}
			}
		})
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
