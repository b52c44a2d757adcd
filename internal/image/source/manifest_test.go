package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/workload"
)

// blobs is a content store in memory.
type blobs map[string][]byte

func (b blobs) put(v any) workload.Descriptor {
	text, ok := v.([]byte)
	if !ok {
		var err error
		if text, err = json.Marshal(v); err != nil {
			panic(err)
		}
	}
	d := digestOf(text)
	b[d] = text
	return workload.Descriptor{Digest: d, Size: int64(len(text))}
}

func (b blobs) read(_ context.Context, digest string, limit int64) ([]byte, error) {
	text, ok := b[digest]
	if !ok {
		return nil, fmt.Errorf("blob %s: %w", digest, fs.ErrNotExist)
	}
	if int64(len(text)) > limit {
		return nil, errors.New("too large")
	}
	return text, nil
}

// image puts an image for a platform and gives the descriptor of its manifest.
func (b blobs) image(platform, mediaType string, inIndex bool) workload.Descriptor {
	p, err := parsePlatform(platform)
	if err != nil {
		panic(err)
	}
	config := b.put(map[string]any{"os": p.OS, "architecture": p.Architecture, "variant": p.Variant, "rootfs": map[string]any{"type": "layers", "diff_ids": []string{}}})
	d := b.put(manifest{MediaType: mediaType, Config: config})
	if inIndex {
		d.Platform = p
	}
	return d
}

func (b blobs) index(mediaType string, entries ...workload.Descriptor) string {
	return b.put(map[string]any{"mediaType": mediaType, "manifests": entries}).Digest
}

func TestPickManifest(t *testing.T) {
	store := blobs{}
	single := store.image("linux/amd64", mediaDockerManifest, false)
	bare := store.image("linux/arm/v7", "", false)
	amd, arm := store.image("linux/amd64", mediaOCIManifest, true), store.image("linux/arm64/v8", mediaOCIManifest, true)
	v6, v7 := store.image("linux/arm/v6", mediaOCIManifest, true), store.image("linux/arm/v7", mediaOCIManifest, true)
	v2 := store.image("linux/amd64/v2", mediaOCIManifest, true)
	absent := workload.Descriptor{Digest: digestOf([]byte("absent")), Platform: &workload.Platform{OS: "linux", Architecture: "s390x"}}
	attestation := store.put(manifest{MediaType: mediaOCIManifest, Config: store.put([]byte("{}"))})
	attestation.Platform = &workload.Platform{OS: "unknown", Architecture: "unknown"}
	annotated := attestation
	annotated.Platform = &workload.Platform{OS: "linux", Architecture: "amd64"}
	annotated.Annotations = map[string]string{attestationAnnotation: "attestation-manifest"}
	noPlatform := store.image("linux/ppc64le", mediaOCIManifest, false)

	many := store.index(mediaOCIIndex, annotated, v2, amd, arm, v7, v6, absent, attestation)
	nested := workload.Descriptor{Digest: store.index(mediaDockerList, amd, arm)}
	tests := []struct {
		name, digest, want string
		asked              bool
		digestWant         string
		others             []string
		err                string
	}{
		{"a manifest", single.Digest, "linux/amd64", false, single.Digest, nil, ""},
		{"a manifest without media type", bare.Digest, "linux/arm", true, bare.Digest, nil, ""},
		{"plainest variant", many, "linux/amd64", false, amd.Digest, []string{"linux/amd64/v2", "linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/s390x"}, ""},
		{"named variant", many, "linux/amd64/v2", true, v2.Digest, []string{"linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/s390x"}, ""},
		{"variant v8", many, "linux/arm64/v8", true, arm.Digest, []string{"linux/amd64", "linux/amd64/v2", "linux/arm/v6", "linux/arm/v7", "linux/s390x"}, ""},
		{"not pulled", many, "linux/s390x", true, "", nil, "has not pulled the image"},
		{"not there", many, "linux/riscv64", true, "", nil, "it is for linux/amd64, linux/amd64/v2"},
		{"attestation", many, "unknown/unknown", true, "", nil, "it is for"},
		{"only another platform, not asked", store.index(mediaOCIIndex, arm, absent), "linux/amd64", false, arm.Digest, []string{"linux/s390x"}, ""},
		{"only another platform, asked", store.index(mediaOCIIndex, arm), "linux/amd64", true, "", nil, "it is for linux/arm64"},
		{"two other platforms", store.index(mediaOCIIndex, arm, v7), "linux/amd64", false, "", nil, "it is for"},
		{"index in an index", store.index("", nested), "linux/arm64", true, arm.Digest, []string{"linux/amd64"}, ""},
		{"platform only in the configuration", store.index(mediaOCIIndex, noPlatform, amd), "linux/ppc64le", true, noPlatform.Digest, []string{"linux/amd64"}, ""},
		{"nothing but attestations", store.index(mediaOCIIndex, attestation), "linux/amd64", false, "", nil, "it is for no platform"},
		{"empty index", store.index(mediaOCIIndex), "linux/amd64", false, "", nil, "it is for no platform"},
		{"no image", store.put(map[string]any{"mediaType": "application/x"}).Digest, "linux/amd64", false, "", nil, "is not that of an image"},
		{"not there at all", digestOf([]byte("nothing")), "linux/amd64", false, "", nil, "not exist"},
		{"no digest", "sha256:../../etc/passwd", "linux/amd64", false, "", nil, "is not a SHA-256 digest"},
		{"no digest in an index", store.index(mediaOCIIndex, workload.Descriptor{Digest: "md5:../x"}), "linux/amd64", false, "", nil, "is not a SHA-256 digest"},
		{"no digest of the configuration", store.put(manifest{MediaType: mediaOCIManifest, Config: workload.Descriptor{Digest: "x"}}).Digest, "linux/amd64", false, "", nil, "is not a SHA-256 digest"},
		{"no JSON", store.put([]byte("{")).Digest, "linux/amd64", false, "", nil, "unexpected end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want, err := parsePlatform(test.want)
			if err != nil {
				t.Fatal(err)
			}
			p, err := pickManifest(context.Background(), store.read, test.digest, *want, test.asked)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("%v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.digest != test.digestWant {
				t.Errorf("picked %s (%s), want %s", p.digest, p.platform, test.digestWant)
			}
			if diff := cmp.Diff(test.others, p.others); diff != "" {
				t.Errorf("others: %s", diff)
			}
		})
	}
	t.Run("indexes without end", func(t *testing.T) {
		// Each names the one before, so none can name itself; depth is bounded all the same.
		d := single
		for range 20 {
			d = workload.Descriptor{Digest: store.index(mediaOCIIndex, d)}
		}
		_, err := pickManifest(context.Background(), store.read, d.Digest, workload.Platform{OS: "linux", Architecture: "amd64"}, false)
		if err == nil || !strings.Contains(err.Error(), "inside one another") {
			t.Error(err)
		}
	})
	t.Run("too many images", func(t *testing.T) {
		list := make([]workload.Descriptor, maxIndexesLooked+1)
		for i := range list {
			list[i] = amd
		}
		_, err := pickManifest(context.Background(), store.read, store.index(mediaOCIIndex, list...), workload.Platform{OS: "linux", Architecture: "amd64"}, false)
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Error(err)
		}
	})
}

func FuzzPickManifest(f *testing.F) {
	store := blobs{}
	amd := store.image("linux/amd64", mediaOCIManifest, true)
	for _, d := range []string{amd.Digest, store.index(mediaOCIIndex, amd), store.index(mediaDockerList)} {
		f.Add(store[d])
	}
	f.Add([]byte(`{"manifests":[{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","platform":null}]}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		read := func(_ context.Context, _ string, _ int64) ([]byte, error) { return b, nil } // every digest leads to it again
		_, _ = pickManifest(context.Background(), read, amd.Digest, workload.Platform{OS: "linux", Architecture: "amd64"}, false)
	})
}
