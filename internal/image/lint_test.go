package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"

	"github.com/google/go-cmp/cmp"
)

// TestConfiguration scans an image whose configuration and files are
// questionable, through the worker, with and without the cache.
func TestConfiguration(t *testing.T) {
	type h = tar.Header
	layer := func(hs ...h) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range hs {
			body := h.PAXRecords["body"]
			if h.Size, h.Format = int64(len(body)), tar.FormatPAX; h.Typeflag == 0 {
				h.Typeflag = tar.TypeReg
			}
			delete(h.PAXRecords, "body")
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, body); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	holds := func(s string) map[string]string { return map[string]string{"body": s} }
	layers := [][]byte{
		layer(
			h{Name: "etc/passwd", Mode: 0o644, PAXRecords: holds("root::0:0::/:/bin/sh\n")},
			h{Name: "var/lib/dpkg/info/shadow.list", Mode: 0o644, PAXRecords: holds("/.\n/bin\n/bin/su\n")},
			h{Name: "usr/bin/su", Mode: 0o4755, PAXRecords: holds("x")},
			h{Name: "tmp/gone", Mode: 0o644, PAXRecords: holds(string(make([]byte, 2<<20)))},
		),
		layer(
			h{Name: "opt/tool", Mode: 0o4755, PAXRecords: holds("x")},
			h{Name: "opt/ping", Mode: 0o755, PAXRecords: map[string]string{"body": "x", "SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}},
			h{Name: "tmp/.wh.gone", Mode: 0o644},
		),
	}
	config := map[string]any{
		"os": "linux", "architecture": "amd64", "created": "2015-01-01T00:00:00Z",
		"config": map[string]any{"Env": []string{"DB_PASSWORD=hunter2", "PATH=/usr/bin"}, "ExposedPorts": map[string]any{"22/tcp": nil}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layers[0]), digest(layers[1])}},
		"history": []map[string]any{
			{"created_by": "ADD rootfs"}, {"created_by": "ENV DB_PASSWORD=hunter2 # buildkit", "empty_layer": true}, {"created_by": "RUN |1 DB_PASSWORD=hunter2 /bin/sh -c make # buildkit"},
		},
	}
	c, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	m := fmt.Sprintf(`[{"Config":%q,"RepoTags":["app:latest"],"Layers":["0.tar","1.tar"]}]`, digest(c)[len("sha256:"):]+".json")
	path := write(t, layerTarRaw([]entry{file("0.tar", string(layers[0])), file("1.tar", string(layers[1])), file(digest(c)[len("sha256:"):]+".json", string(c)), file("manifest.json", m)}))

	vulnerabilities, err := Detectors(Vulnerabilities)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"image-account-no-password: /etc/passwd 0",
		"image-build-arg-secret:",
		"image-capability-unowned: /opt/ping 1",
		"image-env-secret:",
		"image-healthcheck-missing:",
		"image-labels-missing:",
		"image-old:",
		"image-port-management:",
		"image-setuid-unowned: /opt/tool 1",
		"image-setuid: /usr/bin/su 0",
		"image-tag-latest:",
		"image-user-root:",
		"image-waste: /tmp/gone 0",
	}
	cache := openCache(t)
	for _, name := range []string{"fresh", "from the cache"} {
		t.Run(name, func(t *testing.T) {
			o := options("archive:" + path)
			o.Families = []Family{Vulnerabilities, Configuration}
			o.Detectors = append(vulnerabilities, imageconfig.Detector())
			o.Cache = cache
			r := scan(t, o)
			var got []string
			for _, res := range r.Results {
				line := res.Check + ":"
				for _, l := range res.Locations {
					line += fmt.Sprintf(" %s %d", l.Path, l.Layer)
				}
				got = append(got, line)
			}
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("hunter2")) {
				t.Errorf("a secret is in the report: %s", b)
			}
			steps, _ := imageconfig.ByInstruction(r)
			if len(steps) != 3 || len(steps[1].Findings) != 1 || steps[2].Verb != "RUN" || steps[2].Args != "make" {
				t.Errorf("steps: %+v", steps)
			}
		})
	}
	o := options("archive:" + path)
	o.Detectors = vulnerabilities
	if r := scan(t, o); slices.ContainsFunc(r.Results, func(res finding.Result) bool { return res.Check == imageconfig.CheckUserRoot }) || r.Image == nil {
		t.Error("configuration is judged though nobody asked, or is not told")
	}
}
