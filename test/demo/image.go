package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// when is the time of all that has no time of its own, so that the same parts
// make the same image.
var when = time.Date(2023, 6, 10, 12, 0, 0, 0, time.UTC)

// layer is one layer: what made it, and what writes its entries.
type layer struct {
	createdBy string
	write     func(*entries) error
}

// entries writes a layer's tar and makes each folder once.
type entries struct {
	w    *tar.Writer
	dirs map[string]bool
}

func (e *entries) parents(name string) error {
	dir := path.Dir(name)
	if dir == "." || dir == "/" || e.dirs[dir] {
		return nil
	}
	if err := e.parents(dir); err != nil {
		return err
	}
	return e.put(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil)
}

// put writes one entry; a folder that was written before is left out.
func (e *entries) put(h *tar.Header, body io.Reader) error {
	h.Name = strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	if h.Name == "" {
		return nil
	}
	if h.Typeflag == tar.TypeDir {
		if e.dirs[h.Name] {
			return nil
		}
		e.dirs[h.Name] = true
		h.Name += "/"
	}
	if h.ModTime.IsZero() {
		h.ModTime = when
	}
	h.Format = tar.FormatPAX
	if err := e.parents(strings.TrimSuffix(h.Name, "/")); err != nil {
		return err
	}
	if err := e.w.WriteHeader(h); err != nil {
		return fmt.Errorf("write the header of %s: %w", h.Name, err)
	}
	if body == nil {
		return nil
	}
	if _, err := io.Copy(e.w, body); err != nil {
		return fmt.Errorf("write %s: %w", h.Name, err)
	}
	return nil
}

func (e *entries) file(name string, mode int64, content []byte) error {
	return e.put(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, bytes.NewReader(content))
}

func (e *entries) link(name, target string) error {
	return e.put(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

// whiteout marks a path of a lower layer as deleted (OCI image spec, layer.md).
func (e *entries) whiteout(name string) error {
	return e.file(path.Join(path.Dir(name), ".wh."+path.Base(name)), 0o600, nil)
}

// tree puts a folder of the host below prefix.
func (e *entries) tree(dir, prefix string) error {
	return filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name := path.Join(prefix, filepath.ToSlash(rel))
		switch {
		case d.IsDir():
			return e.put(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, nil)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			defer f.Close()
			return e.put(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm() | 0o444), Size: info.Size()}, f)
		}
		return nil
	})
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func (d descriptor) path() string { return "blobs/sha256/" + strings.TrimPrefix(d.Digest, "sha256:") }

// writeImage writes a saved image as Docker 25 and later write it: an OCI
// layout with Docker's manifest.json beside it, layers not compressed.
func writeImage(file, name string, layers []layer) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(file), "image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	var blobs []descriptor
	keep := func(mediaType string, content []byte) (descriptor, error) {
		sum := sha256.Sum256(content)
		d := descriptor{MediaType: mediaType, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
		blobs = append(blobs, d)
		return d, os.WriteFile(filepath.Join(tmp, filepath.Base(d.path())), content, 0o644)
	}
	type history struct {
		Created    time.Time `json:"created"`
		CreatedBy  string    `json:"created_by"`
		Comment    string    `json:"comment,omitempty"`
		EmptyLayer bool      `json:"empty_layer,omitempty"`
	}
	var layerBlobs []descriptor
	var diffIDs []string
	var past []history
	for i, l := range layers {
		d, err := writeLayer(tmp, l)
		if err != nil {
			return fmt.Errorf("write layer %d (%s): %w", i, l.createdBy, err)
		}
		blobs, layerBlobs, diffIDs = append(blobs, d), append(layerBlobs, d), append(diffIDs, d.Digest)
		past = append(past, history{Created: when, CreatedBy: l.createdBy, Comment: "buildkit.dockerfile.v0"})
	}
	past = append(past,
		history{Created: when, CreatedBy: "WORKDIR /app", Comment: "buildkit.dockerfile.v0", EmptyLayer: true},
		history{Created: when, CreatedBy: `CMD ["/usr/local/bin/hey"]`, Comment: "buildkit.dockerfile.v0", EmptyLayer: true})
	asJSON := func(v any) []byte {
		b, jsonErr := json.Marshal(v)
		err = errors.Join(err, jsonErr)
		return b
	}
	config, configErr := keep("application/vnd.oci.image.config.v1+json", asJSON(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": when,
		"config":  map[string]any{"Env": []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, "Cmd": []string{"/usr/local/bin/hey"}, "WorkingDir": "/app"},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": diffIDs},
		"history": past,
	}))
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	manifest, manifestErr := keep(manifestType, asJSON(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "config": config, "layers": layerBlobs,
	}))
	manifest.Annotations = map[string]string{"io.containerd.image.name": "docker.io/" + name, "org.opencontainers.image.ref.name": "1"}
	if err := errors.Join(err, configErr, manifestErr); err != nil {
		return err
	}
	paths := make([]string, len(layerBlobs))
	for i, d := range layerBlobs {
		paths[i] = d.path()
	}

	f, err := os.CreateTemp(filepath.Dir(file), "image-*.tar")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := &entries{tar.NewWriter(f), map[string]bool{}}
	slices.SortFunc(blobs, func(a, b descriptor) int { return strings.Compare(a.Digest, b.Digest) })
	for _, d := range slices.Compact(slicesOfDigests(blobs)) {
		if err := putFile(w, filepath.Join(tmp, filepath.Base(d)), d); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		name string
		v    any
	}{
		{"index.json", map[string]any{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []descriptor{manifest}}},
		{"manifest.json", []map[string]any{{"Config": config.path(), "RepoTags": []string{name}, "Layers": paths}}},
		{"oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"}},
	} {
		if err := w.file(x.name, 0o644, asJSON(x.v)); err != nil {
			return err
		}
	}
	if err := errors.Join(err, w.w.Close(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(f.Name(), file)
}

func slicesOfDigests(blobs []descriptor) []string {
	out := make([]string, len(blobs))
	for i, d := range blobs {
		out[i] = d.path()
	}
	return out
}

func putFile(w *entries, from, name string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.put(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: info.Size()}, f)
}

func writeLayer(dir string, l layer) (descriptor, error) {
	d := descriptor{MediaType: "application/vnd.oci.image.layer.v1.tar"}
	f, err := os.CreateTemp(dir, "layer-")
	if err != nil {
		return d, err
	}
	hash := sha256.New()
	w := &entries{tar.NewWriter(io.MultiWriter(f, hash)), map[string]bool{}}
	if err := errors.Join(l.write(w), w.w.Close(), f.Close()); err != nil {
		return d, err
	}
	info, err := os.Stat(f.Name())
	if err != nil {
		return d, err
	}
	d.Digest, d.Size = "sha256:"+hex.EncodeToString(hash.Sum(nil)), info.Size()
	return d, os.Rename(f.Name(), filepath.Join(dir, filepath.Base(d.path())))
}
