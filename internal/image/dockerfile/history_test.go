package dockerfile

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

func TestFromHistory(t *testing.T) {
	for _, test := range []struct {
		name    string
		history []imageconfig.History
		want    []string // lines
		layers  []int
	}{
		{
			"classic builder",
			[]imageconfig.History{
				{CreatedBy: "/bin/sh -c #(nop) ADD file:4eedf861fb567fffb2694b65ebdd58d5e371a2c28c3863f363f333cb34e5eb7b in / "},
				{CreatedBy: `/bin/sh -c #(nop)  CMD ["bash"]`, EmptyLayer: true},
				{CreatedBy: "/bin/sh -c #(nop)  ENV A=b c D=e", EmptyLayer: true},
				{CreatedBy: "|2 TOKEN=a b VERSION=1.2 /bin/sh -c apt-get update"},
				{CreatedBy: "/bin/sh -c #(nop)  EXPOSE map[80/tcp:{} 53/udp:{}]", EmptyLayer: true},
				{CreatedBy: `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl -f http://localhost/"] "30s" "3s" "0s" '\x00'}`, EmptyLayer: true},
				{CreatedBy: `/bin/sh -c #(nop)  ENTRYPOINT ["/a" "b c"]`, EmptyLayer: true},
				{CreatedBy: "/bin/sh -c #(nop)  VOLUME [/data]", EmptyLayer: true},
				{CreatedBy: "/bin/sh -c #(nop) COPY multi:0f1a in /srv/ "},
				{CreatedBy: "/bin/sh -c #(nop)  USER app", EmptyLayer: true},
			},
			[]string{
				"FROM scratch",
				"ADD file:4eedf861fb567fffb2694b65ebdd58d5e371a2c28c3863f363f333cb34e5eb7b /",
				`CMD ["bash"]`,
				`ENV A="b c" D=e`,
				`ARG TOKEN="a b"`,
				"ARG VERSION=1.2",
				"RUN apt-get update",
				"EXPOSE 80/tcp 53/udp",
				"HEALTHCHECK CMD curl -f http://localhost/",
				`ENTRYPOINT ["/a","b c"]`,
				"VOLUME /data",
				"COPY multi:0f1a /srv/",
				"USER app",
			},
			[]int{2, 7, 12},
		},
		{
			"BuildKit",
			[]imageconfig.History{
				{CreatedBy: "# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", Comment: "debuerreotype 0.15"},
				{CreatedBy: "COPY a /b # buildkit", Comment: "buildkit.dockerfile.v0"},
				{CreatedBy: "RUN /bin/sh -c make # buildkit", Comment: "buildkit.dockerfile.v0"},
				{CreatedBy: "SHELL [/bin/bash -o pipefail -c]", Comment: "buildkit.dockerfile.v0", EmptyLayer: true},
				{CreatedBy: "RUN |1 A=b /bin/bash -o pipefail -c a | b # buildkit", Comment: "buildkit.dockerfile.v0"},
				{CreatedBy: "RUN /bin/bash -o pipefail -c one\ntwo\n # buildkit", Comment: "buildkit.dockerfile.v0"},
				{CreatedBy: `CMD ["/bin/sh" "-c" "x"]`, Comment: "buildkit.dockerfile.v0", EmptyLayer: true},
			},
			[]string{
				"FROM scratch",
				"# # debian.sh --arch 'amd64' out/ 'bookworm' '@1'",
				"COPY a /b",
				"RUN make",
				`SHELL ["/bin/bash","-o","pipefail","-c"]`,
				"ARG A=b",
				"RUN a | b",
				"RUN <<EOF", "one", "two", "EOF",
				`CMD ["/bin/sh","-c","x"]`,
			},
			[]int{2, 3, 4, 7, 8},
		},
		{
			"Buildah",
			[]imageconfig.History{
				{CreatedBy: "/bin/sh -c #(nop) ADD file:01 in / "},
				{CreatedBy: "/bin/sh -c apk add curl", Comment: "FROM docker.io/library/alpine:3.20"},
				{CreatedBy: "/bin/sh -c #(nop) LABEL io.buildah.version=1.33", EmptyLayer: true},
			},
			[]string{"# built on docker.io/library/alpine:3.20", "FROM scratch", "ADD file:01 /", "RUN apk add curl", "LABEL io.buildah.version=1.33"},
			[]int{3, 4},
		},
		{
			"kaniko, and others",
			[]imageconfig.History{
				{CreatedBy: "RUN apt-get update", Comment: ""},
				{CreatedBy: "bazel build ..."},
				{Comment: "Imported from -"},
				{},
			},
			[]string{"FROM scratch", "RUN apt-get update", "# bazel build ...", "# Imported from -"},
			[]int{2, 3, 4, 0},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := FromHistory(test.history)
			if diff := cmp.Diff(test.want, strings.Split(strings.TrimSuffix(r.Text, "\n"), "\n")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.layers, r.Layers); diff != "" {
				t.Error(diff)
			}
			if has(t, r.Text, prefix+"syntax") {
				t.Errorf("BuildKit would refuse:\n%s", r.Text)
			}
		})
	}
}

// TestRealHistories reads histories that real builders wrote; see
// testdata/README.md. The golden files are made by -update.
func TestRealHistories(t *testing.T) {
	for name, layers := range map[string]int{"classic": 3, "buildkit": 6, "buildah": 4} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "history", name)
			b, err := os.ReadFile(path + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var h []imageconfig.History
			if err := json.Unmarshal(b, &h); err != nil {
				t.Fatal(err)
			}
			r := FromHistory(h)
			if len(r.Layers) != layers {
				t.Errorf("%d layers, want %d", len(r.Layers), layers)
			}
			if has(t, r.Text, prefix+"syntax") {
				t.Errorf("BuildKit would refuse:\n%s", r.Text)
			}
			var got strings.Builder
			for i, line := range strings.Split(strings.TrimSuffix(r.Text, "\n"), "\n") {
				layer := ""
				if n := r.LayerOf(i + 1); n >= 0 {
					layer = strconv.Itoa(n)
				}
				fmt.Fprintf(&got, "%s\t%s\n", layer, line)
			}
			if *update {
				if err := os.WriteFile(path+".golden", []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLintHistory(t *testing.T) {
	r := FromHistory([]imageconfig.History{
		{CreatedBy: "/bin/sh -c #(nop) ADD file:01 in / "},
		{CreatedBy: "/bin/sh -c #(nop)  ENV API_TOKEN=swordfish", EmptyLayer: true},
		{CreatedBy: "/bin/sh -c apt-get update && apt-get install -y curl"},
		{CreatedBy: `/bin/sh -c #(nop)  CMD ["bash"]`, EmptyLayer: true},
	})
	results, err := LintHistory(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		Check       string
		Layer, Line int
	}
	var got []place
	for _, res := range results {
		got = append(got, place{strings.TrimPrefix(res.Check, prefix), res.Locations[0].Layer, res.Locations[0].Line})
	}
	want := []place{{"secret-variable", -1, 3}, {"apt-pinned", 1, 4}, {"apt-lists", 1, 4}, {"apt-recommends", 1, 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFolded holds that breaking a command changes nothing but white space
// outside quotes.
func TestFolded(t *testing.T) {
	for _, s := range []string{
		"set -eux; \tapt-get update; \tapt-get install -y  \t\tcurl 'a   b' \t# c \t&& x\\   y",
		"echo \"a    b\"    'c\td'    # e    f",
		"a    \\    b", "cat <<X    y", "a\t#\tb", "'", "\\",
	} {
		joined := strings.ReplaceAll(folded(s), "\\\n", "")
		if got, want := strings.Join(strings.Fields(joined), " "), strings.Join(strings.Fields(s), " "); got != want {
			t.Errorf("%q became %q", s, joined)
		}
		for line := range strings.Lines(folded(s)) {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				t.Errorf("%q: a line is a comment now: %q", s, line)
			}
		}
	}
}

// FuzzFromHistory holds that whatever a history says, the lines are those of
// the text, and that every layer has one.
func FuzzFromHistory(f *testing.F) {
	f.Add("/bin/sh -c #(nop) CMD [\"a\" \"b\"]", "RUN |2 A=b C=d e /bin/sh -c x\ny # buildkit", "FROM x")
	f.Add("|9 A= /bin/sh -c", "HEALTHCHECK &{[\"CMD\"]", "")
	f.Fuzz(func(t *testing.T, a, b, comment string) {
		r := FromHistory([]imageconfig.History{{CreatedBy: a}, {CreatedBy: b, Comment: comment, EmptyLayer: true}, {CreatedBy: b}})
		if len(r.Layers) != 2 || len(r.Entries) != 3 {
			t.Fatalf("%d layers, %d entries", len(r.Layers), len(r.Entries))
		}
		lines := strings.Count(r.Text, "\n")
		for _, l := range append(r.Layers, r.Entries...) {
			if l < 0 || l > lines {
				t.Fatalf("line %d of %d", l, lines)
			}
		}
		results, _ := LintHistory(context.Background(), r)
		for _, res := range results {
			if res.State != finding.Fail && res.State != finding.Warn {
				t.Errorf("state %q", res.State)
			}
		}
	})
}
