package imageconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var id = "sha256:" + strings.Repeat("a", 64)

func TestInstructions(t *testing.T) {
	layers := `"rootfs":{"type":"layers","diff_ids":["` + id + `","` + id + `"]}`
	tests := []struct {
		name, config string
		want         []string
	}{
		{"classic builder", `{` + layers + `,"history":[{"created_by":"ADD file:1 in /"},{"created_by":"CMD [\"sh\"]","empty_layer":true},{"created_by":"RUN x"}]}`, []string{"ADD file:1 in /", "RUN x"}},
		{"BuildKit", `{` + layers + `,"history":[{"created_by":"COPY a b # buildkit","comment":"buildkit.dockerfile.v0"},{"created_by":"RUN /bin/sh -c x # buildkit"}]}`, []string{"COPY a b # buildkit", "RUN /bin/sh -c x # buildkit"}},
		{"docker import and commit", `{` + layers + `,"history":[{"comment":"Imported from -"},{"created_by":"sh"}]}`, []string{"Imported from -", "sh"}},
		{"no history", `{` + layers + `}`, []string{"", ""}},
		{"history does not fit: whose is whose can't be told", `{` + layers + `,"history":[{"created_by":"a"},{"created_by":"b"},{"created_by":"c"}]}`, []string{"", ""}},
		{"history is short", `{` + layers + `,"history":[{"created_by":"a"}]}`, []string{"", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse([]byte(tt.config))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, c.Instructions()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestBadConfigurations(t *testing.T) {
	for _, s := range []string{``, `[]`, `{"rootfs":{"diff_ids":["sha256:short"]}}`, `{"rootfs":{"diff_ids":["../../etc/passwd"]}}`, `{"rootfs":7}`, strings.Repeat(" ", MaxBytes+1)} {
		if _, err := Parse([]byte(s)); err == nil {
			t.Errorf("%.40q was taken", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"os":"linux","architecture":"arm64","variant":"v8","rootfs":{"diff_ids":["` + id + `"]},"history":[{"created_by":"x"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		if n := len(c.Instructions()); n != len(c.RootFS.DiffIDs) {
			t.Fatalf("%d instructions for %d layers", n, len(c.RootFS.DiffIDs))
		}
		_ = c.Platform()
	})
}
