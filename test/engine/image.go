package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"runtime"
	"time"
)

// Layer makes a layer's tar, an entry a call.
type Layer struct {
	buf bytes.Buffer
	tw  *tar.Writer
}

// built is when everything in these images was made.
var built = time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)

// NewLayer begins a layer.
func NewLayer() *Layer {
	l := &Layer{}
	l.tw = tar.NewWriter(&l.buf)
	return l
}

// Add adds an entry with its content.
func (l *Layer) Add(h tar.Header, content string) *Layer {
	h.Size = int64(len(content))
	if h.ModTime.IsZero() {
		h.ModTime = built
	}
	if err := l.tw.WriteHeader(&h); err != nil {
		panic(err)
	}
	if _, err := l.tw.Write([]byte(content)); err != nil {
		panic(err)
	}
	return l
}

// Dir adds a directory.
func (l *Layer) Dir(name string) *Layer {
	return l.Add(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}, "")
}

// File adds a regular file.
func (l *Layer) File(name, content string) *Layer {
	return l.Add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content)
}

// Link adds a symbolic link.
func (l *Layer) Link(name, target string) *Layer {
	return l.Add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, "")
}

// Hard adds a further name of a file.
func (l *Layer) Hard(name, target string) *Layer {
	return l.Add(tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o644}, "")
}

// Gone removes a name of the layers below.
func (l *Layer) Gone(name string) *Layer {
	dir, base := path.Split(name)
	return l.Add(tar.Header{Typeflag: tar.TypeReg, Name: dir + ".wh." + base, Mode: 0o600}, "")
}

// Opaque hides all that layers below have in a directory.
func (l *Layer) Opaque(dir string) *Layer {
	return l.Add(tar.Header{Typeflag: tar.TypeReg, Name: dir + "/.wh..wh..opq", Mode: 0o600}, "")
}

// Bytes ends the layer.
func (l *Layer) Bytes() []byte {
	if err := l.tw.Close(); err != nil {
		panic(err)
	}
	return l.buf.Bytes()
}

// Digest is "sha256:" and the hash in hexadecimal.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Config makes an image configuration over layers' tars.
func Config(platformOS, arch string, layers ...[]byte) []byte {
	type step struct {
		Created   time.Time `json:"created"`
		CreatedBy string    `json:"created_by"`
	}
	diffIDs, history := []string{}, []step{}
	for i, l := range layers {
		diffIDs = append(diffIDs, Digest(l))
		history = append(history, step{built, fmt.Sprintf("ADD layer %d", i)})
	}
	return mustJSON(map[string]any{
		"created": built, "os": platformOS, "architecture": arch, "config": map[string]any{},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs}, "history": history,
	})
}

// Saved makes what "docker save" makes of an image for this machine; the second value is its config digest.
func Saved(name string, layers ...[]byte) (archive []byte, configDigest string) {
	config := Config("linux", runtime.GOARCH, layers...)
	configDigest = Digest(config)
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	file := func(name string, b []byte) {
		must(tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(b)), ModTime: built}))
		_, err := tw.Write(b)
		must(err)
	}
	paths := []string{}
	for i, l := range layers {
		p := fmt.Sprintf("%064x/layer.tar", i+1)
		file(p, l)
		paths = append(paths, p)
	}
	configName := configDigest[len("sha256:"):] + ".json"
	file(configName, config)
	file("manifest.json", mustJSON([]map[string]any{{"Config": configName, "RepoTags": []string{name}, "Layers": paths}}))
	must(tw.Close())
	return buf.Bytes(), configDigest
}

// Platform is one image of an index.
type Platform struct {
	OS, Arch string
	Layers   [][]byte
	// Absent leaves out the manifest and all below it, as in an index of which one platform was pulled.
	Absent bool
}

// Index makes an OCI layout (a tar) of an index with an image a platform and
// BuildKit's attestation beside the first one. Layers are compressed with gzip.
func Index(name string, platforms ...Platform) (archive []byte, indexDigest string, configDigests []string) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	written := map[string]bool{}
	file := func(name string, b []byte) {
		if written[name] {
			return
		}
		written[name] = true
		must(tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(b)), ModTime: built}))
		_, err := tw.Write(b)
		must(err)
	}
	blob := func(b []byte, absent bool) string {
		d := Digest(b)
		if !absent {
			file("blobs/sha256/"+d[len("sha256:"):], b)
		}
		return d
	}
	type object = map[string]any
	var entries []object
	for _, p := range platforms {
		var layers []object
		for _, l := range p.Layers {
			z := gzipped(l)
			layers = append(layers, object{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": blob(z, p.Absent), "size": len(z)})
		}
		config := Config(p.OS, p.Arch, p.Layers...)
		configDigests = append(configDigests, blob(config, p.Absent))
		manifest := mustJSON(object{
			"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
			"config": object{"mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest(config), "size": len(config)},
		})
		entries = append(entries, object{
			"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": blob(manifest, p.Absent), "size": len(manifest),
			"platform": object{"os": p.OS, "architecture": p.Arch},
		})
	}
	if len(entries) > 0 {
		statement := []byte(`{"_type":"https://in-toto.io/Statement/v0.1"}`)
		config := mustJSON(object{"architecture": "unknown", "os": "unknown", "config": object{},
			"rootfs": object{"type": "layers", "diff_ids": []string{Digest(statement)}}})
		manifest := mustJSON(object{
			"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
			"config": object{"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob(config, false), "size": len(config)},
			"layers": []object{{"mediaType": "application/vnd.in-toto+json", "digest": blob(statement, false), "size": len(statement)}},
		})
		entries = append(entries, object{
			"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": blob(manifest, false), "size": len(manifest),
			"platform":    object{"os": "unknown", "architecture": "unknown"},
			"annotations": object{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entries[0]["digest"]},
		})
	}
	index := mustJSON(object{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries})
	indexDigest = blob(index, false)
	file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	file("index.json", mustJSON(object{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []object{{
		"mediaType": "application/vnd.oci.image.index.v1+json", "digest": indexDigest, "size": len(index),
		"annotations": object{"io.containerd.image.name": "docker.io/library/" + name},
	}}}))
	must(tw.Close())
	return buf.Bytes(), indexDigest, configDigests
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, err := z.Write(b)
	must(err)
	must(z.Close())
	return buf.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
