package bitnami

import (
	"os"
	"testing"

	"bulwark/internal/inventory/extracttest"
	"bulwark/internal/walk"
)

func TestAccept(t *testing.T) {
	extracttest.Accept(t, extracttest.Suite{
		Detector: New(),
		Valid: []extracttest.Sample{
			{Path: "opt/bitnami/nginx/.spdx-nginx.spdx", File: "json.spdx"},
			{Path: "opt/bitnami/nginx/.spdx-nginx.spdx", File: "tags.spdx"},
		},
		Empty:    []extracttest.Sample{{Path: "opt/bitnami/nginx/.spdx-nginx.spdx", Content: []byte(`{"spdxVersion":"SPDX-2.3","packages":[]}`)}},
		Invalid:  []extracttest.Sample{{Path: "opt/bitnami/nginx/.spdx-nginx.spdx", Content: []byte(`{"spdxVersion":"SPDX-2.3","packages":[`)}, {Path: "opt/bitnami/nginx/.spdx-nginx.spdx", Content: []byte("text")}, {Path: "opt/bitnami/nginx/.spdx-nginx.spdx", Content: []byte(`{}`)}},
		Declines: []string{"opt/bitnami/nginx/nginx.spdx", "app/.spdx-x.spdx"},
	})
}

func FuzzInspect(f *testing.F) {
	for _, n := range []string{"json.spdx", "tags.spdx"} {
		b, err := os.ReadFile("testdata/" + n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range []string{"opt/bitnami/nginx/.spdx-nginx.spdx"} {
			walk.Inspect(t.Context(), New(), walk.NewFile(path, b))
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	doc, err := os.ReadFile("testdata/json.spdx")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		walk.Run(b.Context(), New(), walk.NewFile("opt/bitnami/nginx/.spdx-nginx.spdx", doc))
	}
}
