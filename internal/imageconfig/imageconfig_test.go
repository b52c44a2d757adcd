package imageconfig

import (
	"strings"
	"testing"

	"bulwark/internal/finding"

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

func TestMalformedFieldsHideNothingElse(t *testing.T) {
	c, err := Parse([]byte(`{"os":"linux","author":7,"rootfs":{"diff_ids":["` + id + `"]},"history":{},
		"config":{"User":["x"],"Env":"A=b","Cmd":"run it","ExposedPorts":["22/tcp"],"Volumes":{"/b":{},"/a":null},"Labels":{"a":1},"OnBuild":null,"Healthcheck":{"Retries":"x"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Run{Env: []string{"A=b"}, Cmd: []string{"run it"}, ExposedPorts: []string{"22/tcp"}, Volumes: []string{"/a", "/b"}}
	if d := cmp.Diff(want, c.Run); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"author", "config.Healthcheck", "config.Labels", "config.User", "history"}, c.Malformed); d != "" {
		t.Errorf("malformed (-want +got):\n%s", d)
	}
	if c.OS != "linux" {
		t.Errorf("os %q", c.OS)
	}
}

func TestTooManyValues(t *testing.T) {
	if _, err := Parse([]byte(`{"history":[` + strings.Repeat(`{},`, maxValues) + `{}]}`)); err == nil {
		t.Error("a million steps were taken")
	}
	if _, err := Parse([]byte(`{"author":"` + strings.Repeat(`,\",[{`, maxValues) + `"}`)); err != nil {
		t.Error("a text is not values:", err)
	}
}

// FuzzParse takes any bytes, and puts what was read through all that works on it.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"os":"linux","architecture":"arm64","variant":"v8","rootfs":{"diff_ids":["` + id + `"]},"history":[{"created_by":"x"}]}`))
	f.Add([]byte(`{"config":{"User":"0","Env":["PATH=.","A_TOKEN=abcdefghi","HTTP_PROXY=http://u:p@h"],"Cmd":["/bin/sh","-c","x"],"ExposedPorts":{"22/tcp":{},"1-9":{}},"Volumes":{"/etc":{}},"Labels":{"a":"b"},"Healthcheck":{"Test":["NONE"]},"OnBuild":["RUN x"],"StopSignal":"9"},"history":[{"created_by":"RUN |2 A=b c D=e /bin/sh -c x # buildkit"},{"created_by":"/bin/sh -c #(nop)  ENV A=b c","empty_layer":true}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		if n := len(c.Instructions()); n != len(c.RootFS.DiffIDs) {
			t.Fatalf("%d instructions for %d layers", n, len(c.RootFS.DiffIDs))
		}
		_ = c.Platform()
		p := Facts(c, nil)
		r := &finding.Report{Image: p, Layers: make([]finding.LayerInfo, len(c.RootFS.DiffIDs))}
		if steps, _ := ByInstruction(r); len(steps) != len(p.History) && len(steps) != len(r.Layers) {
			t.Fatalf("%d steps of %d in the history, %d layers", len(steps), len(p.History), len(r.Layers))
		}
		for where := range Texts(c) {
			if where == "" {
				t.Fatal("a text from nowhere")
			}
		}
	})
}
