package layer

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"bulwark/internal/imageconfig"
	"bulwark/internal/walk"
)

// Limits of an archive's own documents.
const (
	maxDocument      = imageconfig.MaxBytes // one manifest, index or configuration
	maxDocuments     = 64 << 20             // all that are kept of a stream
	maxArchiveFiles  = 100_000
	maxManifests     = 1_000
	maxManifestDepth = 4
)

// ImageInfo is what an archive says of the image chosen from it.
type ImageInfo struct {
	Tags           []string
	ConfigDigest   string
	Aliases        []string
	Platform       string
	OtherPlatforms []string
	Created        string
	// Config is the configuration as it was read.
	Config []byte
	Layers []ArchiveLayer
	// Mismatches are digests that were claimed and are not true.
	Mismatches []Mismatch
}

// ArchiveLayer is a layer as an archive's documents claim it to be.
type ArchiveLayer struct {
	DiffID    string
	Digest    string // of the blob as stored; empty where the format does not say
	CreatedBy string
	MediaType string
	// Where the blob is: a span of the archive, or the number of the layer in
	// the order in which a stream had them. Missing says that it is nowhere.
	Offset, Size int64
	Stream       int
	Missing      string
}

// Documents of an archive whose digests are checked; values of Mismatch.What.
const (
	WhatConfiguration = "configuration"
	WhatManifest      = "manifest"
)

// Mismatch is a digest that is not what it was said to be.
type Mismatch struct {
	What, Claimed, Computed string
}

// documents gives small files of an archive by name.
type documents interface {
	// get gives a document, an error wrapping errNoDocument when there is none.
	get(name string) ([]byte, error)
	// place fills in where a layer's blob is.
	place(name string, l *ArchiveLayer)
}

var errNoDocument = errors.New("not in the archive")

// span is a file of an archive.
type span struct {
	at, size int64
	link     string
	stream   int
	document []byte
}

// table is the table of contents of an archive.
type table struct {
	at    io.ReaderAt
	files map[string]span
}

func (t *table) find(name string) (span, bool) {
	for range 8 { // links between layers, as older engines write them
		s, ok := t.files[name]
		if !ok || s.link == "" {
			return s, ok
		}
		name, _ = clean(path.Join(path.Dir(name), s.link))
	}
	return span{}, false
}

func (t *table) get(name string) ([]byte, error) {
	name, _ = clean(name)
	s, ok := t.find(name)
	if !ok {
		return nil, fmt.Errorf("%q: %w", name, errNoDocument)
	}
	if s.size > maxDocument {
		return nil, fmt.Errorf("%q has %d bytes, at most %d are read: %w", name, s.size, maxDocument, walk.ErrLimit)
	}
	if t.at == nil {
		if s.document == nil {
			return nil, fmt.Errorf("%q is not a JSON document", name)
		}
		return s.document, nil
	}
	b := make([]byte, s.size)
	if _, err := io.ReadFull(io.NewSectionReader(t.at, s.at, s.size), b); err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return b, nil
}

func (t *table) place(name string, l *ArchiveLayer) {
	name, _ = clean(name)
	s, ok := t.find(name)
	switch {
	case !ok:
		l.Missing = fmt.Sprintf("%q is not in the archive", name)
	case t.at == nil && s.stream < 0:
		l.Missing = fmt.Sprintf("%q is neither tar, gzip nor zstd", name)
	default:
		l.Offset, l.Size, l.Stream = s.at, s.size, s.stream
	}
}

// readTable reads the headers of an uncompressed archive and skips its content.
func readTable(at io.ReaderAt, size int64) (*table, error) {
	t := &table{at: at, files: map[string]span{}}
	sr := io.NewSectionReader(at, 0, size)
	tr := tar.NewReader(sr)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, fmt.Errorf("read the archive's entry %d: %w", len(t.files), err)
		}
		if len(t.files) >= maxArchiveFiles {
			return t, fmt.Errorf("more than %d files in the archive: %w", maxArchiveFiles, walk.ErrLimit)
		}
		name, _ := clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			pos, err := sr.Seek(0, io.SeekCurrent)
			if err != nil {
				return t, err
			}
			if isPAXSparse(h) {
				continue
			}
			t.files[name] = span{at: pos, size: h.Size, stream: -1}
		case tar.TypeSymlink:
			t.files[name] = span{link: h.Linkname}
		case tar.TypeLink:
			target, _ := clean(h.Linkname)
			if s, ok := t.files[target]; ok {
				t.files[name] = s
			}
		}
	}
}

// ErrNotImage says that an archive holds no image, and what it looks like.
var ErrNotImage = errors.New("no image in the archive")

// pick finds the image that ref and platform mean.
func pick(docs documents, ref, platform, host string) (*ImageInfo, error) {
	index, err := docs.get("index.json")
	if err == nil {
		info, err := pickOCI(docs, index, ref, platform, host)
		if err == nil {
			// A Docker archive in OCI form carries the tags in manifest.json.
			if m, merr := docs.get("manifest.json"); merr == nil {
				info.addDockerTags(m)
			}
		}
		return info, err
	}
	if !errors.Is(err, errNoDocument) {
		return nil, err
	}
	manifest, err := docs.get("manifest.json")
	if err == nil {
		return pickDocker(docs, manifest, ref, platform)
	}
	if !errors.Is(err, errNoDocument) {
		return nil, err
	}
	return nil, fmt.Errorf("%w: it has neither index.json (OCI layout) nor manifest.json (docker save)", ErrNotImage)
}

type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (m *dockerManifest) digest() string {
	base := strings.TrimSuffix(path.Base(m.Config), ".json")
	if imageconfig.IsDigest("sha256:" + base) {
		return "sha256:" + base
	}
	return ""
}

func (info *ImageInfo) addDockerTags(manifest []byte) {
	var all []dockerManifest
	if json.Unmarshal(manifest, &all) != nil {
		return
	}
	for _, m := range all {
		if m.digest() == info.ConfigDigest {
			for _, t := range m.RepoTags {
				if !slices.Contains(info.Tags, t) {
					info.Tags = append(info.Tags, t)
				}
			}
		}
	}
}

func pickDocker(docs documents, manifest []byte, ref, platform string) (*ImageInfo, error) {
	var all []dockerManifest
	if err := json.Unmarshal(manifest, &all); err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	var fit []dockerManifest
	var names []string
	for _, m := range all {
		if ref == "" || slices.ContainsFunc(m.RepoTags, func(t string) bool { return sameRef(t, ref) }) ||
			ref != "" && m.digest() != "" && digestPrefix(m.digest(), ref) {
			fit = append(fit, m)
		}
		names = append(names, append([]string{m.digest()}, m.RepoTags...)...)
	}
	if len(fit) != 1 {
		return nil, choose(len(fit), ref, names)
	}
	m := fit[0]
	raw, err := docs.get(m.Config)
	if err != nil {
		return nil, fmt.Errorf("read the image configuration: %w", err)
	}
	info := &ImageInfo{Tags: m.RepoTags}
	info.ConfigDigest, info.Config = info.check(WhatConfiguration, m.digest(), raw), raw
	cfg, err := imageconfig.Parse(raw)
	if err != nil {
		return nil, err
	}
	if platform != "" && !platformFits(cfg.Platform(), platform) {
		return nil, fmt.Errorf("the archive's image is for %q, not for %q", cfg.Platform(), platform)
	}
	if err := info.describe(cfg, len(m.Layers)); err != nil {
		return nil, err
	}
	for i, name := range m.Layers {
		docs.place(name, &info.Layers[i])
		if base := path.Base(name); path.Dir(name) == "blobs/sha256" && imageconfig.IsDigest("sha256:"+base) {
			info.Layers[i].Digest = "sha256:" + base
		}
	}
	return info, nil
}

// describe takes over what the configuration says; layers is how many the manifest has.
func (info *ImageInfo) describe(cfg *imageconfig.Config, layers int) error {
	if len(cfg.RootFS.DiffIDs) != layers {
		return fmt.Errorf("the manifest has %d layers and the configuration %d diff IDs: one of them is not of this image", layers, len(cfg.RootFS.DiffIDs))
	}
	info.Platform, info.Created = cfg.Platform(), cfg.Created
	by := cfg.Instructions()
	info.Layers = make([]ArchiveLayer, layers)
	for i := range info.Layers {
		info.Layers[i] = ArchiveLayer{DiffID: cfg.RootFS.DiffIDs[i], CreatedBy: by[i], Stream: -1}
	}
	return nil
}

// check compares a document with its digest and gives the true one.
func (info *ImageInfo) check(what, claimed string, b []byte) string {
	sum := sha256.Sum256(b)
	got := "sha256:" + hex.EncodeToString(sum[:])
	if claimed != "" && claimed != got {
		info.Mismatches = append(info.Mismatches, Mismatch{what, claimed, got})
	}
	return got
}

func choose(n int, ref string, names []string) error {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
	list := ""
	for i, s := range names {
		if i == 20 {
			list += fmt.Sprintf(", and %d more", len(names)-20)
			break
		}
		if i > 0 {
			list += ", "
		}
		list += fmt.Sprintf("%q", s[:min(len(s), 200)])
	}
	if list == "" {
		list = "images without a name"
	}
	if ref != "" && n == 0 {
		return fmt.Errorf("%w called %q; it holds %s", ErrNotImage, ref, list)
	}
	if n == 0 {
		return fmt.Errorf("%w: its list of images is empty", ErrNotImage)
	}
	return fmt.Errorf("the archive holds several images (%s): say which, as archive:FILE#NAME", list)
}

// sameRef compares names of images as Docker shortens them.
func sameRef(a, b string) bool { return longRef(a) == longRef(b) }

func longRef(s string) string {
	s = strings.TrimPrefix(s, "docker.io/")
	s = strings.TrimPrefix(s, "library/")
	if !strings.Contains(s, "@") && !strings.Contains(s[strings.LastIndexByte(s, '/')+1:], ":") {
		s += ":latest"
	}
	return s
}

// digestPrefix reports whether ref is a digest, or at least 12 digits of one.
func digestPrefix(digest, ref string) bool {
	ref = strings.TrimPrefix(ref, "sha256:")
	return len(ref) >= 12 && strings.HasPrefix(strings.TrimPrefix(digest, "sha256:"), ref)
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations"`
	Platform    *struct {
		OS           string `json:"os"`
		Architecture string `json:"architecture"`
		Variant      string `json:"variant"`
	} `json:"platform"`
}

func (d *descriptor) platform() string {
	if d.Platform == nil {
		return ""
	}
	p := d.Platform.OS + "/" + d.Platform.Architecture
	if d.Platform.Variant != "" {
		p += "/" + d.Platform.Variant
	}
	return p
}

// isAttestation reports whether a manifest is about an image and not one itself
// (BuildKit, docs/attestations/attestation-storage.md).
func (d *descriptor) isAttestation() bool {
	return d.Annotations["vnd.docker.reference.type"] != "" || d.platform() == "unknown/unknown"
}

func (d *descriptor) names() []string {
	var out []string
	for _, k := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
		if v := d.Annotations[k]; v != "" {
			out = append(out, v)
		}
	}
	return out
}

type manifest struct {
	MediaType    string       `json:"mediaType"`
	ArtifactType string       `json:"artifactType"`
	Config       descriptor   `json:"config"`
	Layers       []descriptor `json:"layers"`
	Manifests    []descriptor `json:"manifests"`
}

// candidate is an image that an index leads to.
type candidate struct {
	names    []string
	aliases  []string
	digest   string
	platform string
	m        *manifest
	problems []Mismatch
}

func blobName(digest string) (string, error) {
	if !imageconfig.IsDigest(digest) {
		return "", fmt.Errorf("digest %q is not a sha256 digest: %w", digest[:min(len(digest), 80)], walk.ErrUnsupported)
	}
	return "blobs/sha256/" + strings.TrimPrefix(digest, "sha256:"), nil
}

func pickOCI(docs documents, index []byte, ref, platform, host string) (*ImageInfo, error) {
	var top manifest
	if err := json.Unmarshal(index, &top); err != nil {
		return nil, fmt.Errorf("read index.json: %w", err)
	}
	var all []candidate
	var missing []string
	seen := 0
	var visit func(ds []descriptor, names, aliases []string, depth int) error
	visit = func(ds []descriptor, names, aliases []string, depth int) error {
		if depth > maxManifestDepth {
			return fmt.Errorf("indexes in indexes, more than %d deep: %w", maxManifestDepth, walk.ErrLimit)
		}
		for _, d := range ds {
			if seen++; seen > maxManifests {
				return fmt.Errorf("more than %d manifests: %w", maxManifests, walk.ErrLimit)
			}
			if d.isAttestation() {
				continue
			}
			here := append(slices.Clone(names), d.names()...)
			name, err := blobName(d.Digest)
			if err != nil {
				return err
			}
			raw, err := docs.get(name)
			if errors.Is(err, errNoDocument) {
				// An index may name platforms that were not saved along.
				missing = append(missing, d.platform())
				continue
			}
			if err != nil {
				return fmt.Errorf("read manifest %s: %w", d.Digest, err)
			}
			var info ImageInfo
			got := info.check(WhatManifest, d.Digest, raw)
			var m manifest
			if err := json.Unmarshal(raw, &m); err != nil {
				return fmt.Errorf("read manifest %s: %w", d.Digest, err)
			}
			if len(m.Manifests) > 0 {
				if err := visit(m.Manifests, here, append(slices.Clone(aliases), got), depth+1); err != nil {
					return err
				}
				continue
			}
			if !isImageConfig(m.Config.MediaType) {
				continue // an artifact: signature, SBOM, chart
			}
			all = append(all, candidate{here, aliases, got, d.platform(), &m, info.Mismatches})
		}
		return nil
	}
	if err := visit(top.Manifests, nil, nil, 0); err != nil {
		return nil, err
	}
	return pickCandidate(docs, all, missing, ref, platform, host)
}

func isImageConfig(mediaType string) bool {
	switch mediaType {
	case "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json", "":
		return true
	}
	return false
}

func pickCandidate(docs documents, all []candidate, missing []string, ref, platform, host string) (*ImageInfo, error) {
	var names []string
	var fit []candidate
	for _, c := range all {
		names = append(names, c.names...)
		names = append(names, c.m.Config.Digest)
		if ref == "" || slices.ContainsFunc(c.names, func(n string) bool { return sameRef(n, ref) || strings.HasSuffix(n, ":"+ref) }) ||
			digestPrefix(c.digest, ref) || digestPrefix(c.m.Config.Digest, ref) || slices.ContainsFunc(c.aliases, func(a string) bool { return digestPrefix(a, ref) }) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return nil, choose(0, ref, names)
	}
	// Several platforms of one image are not several images.
	var platforms []string
	for i := range fit {
		if fit[i].platform == "" {
			raw, err := getBlob(docs, fit[i].m.Config.Digest)
			if err != nil {
				return nil, fmt.Errorf("read the image configuration: %w", err)
			}
			cfg, err := imageconfig.Parse(raw)
			if err != nil {
				return nil, err
			}
			fit[i].platform = cfg.Platform()
		}
		if !slices.Contains(platforms, fit[i].platform) {
			platforms = append(platforms, fit[i].platform)
		}
	}
	wanted := platform
	if wanted == "" && len(platforms) > 1 {
		wanted = host
	}
	var chosen []candidate
	for _, c := range fit {
		if wanted == "" || platformFits(c.platform, wanted) {
			if !slices.ContainsFunc(chosen, func(o candidate) bool { return o.m.Config.Digest == c.m.Config.Digest }) {
				chosen = append(chosen, c)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no image for platform %q in the archive; it has %q: choose with --platform", wanted, platforms)
	}
	if len(chosen) > 1 {
		return nil, choose(len(chosen), ref, names)
	}
	c := chosen[0]
	info := &ImageInfo{Tags: tags(c.names), Mismatches: c.problems}
	info.Aliases = append(info.Aliases, c.digest)
	info.Aliases = append(info.Aliases, c.aliases...)
	for _, p := range append(platforms, missing...) {
		if p != "" && p != c.platform && p != "unknown/unknown" && !slices.Contains(info.OtherPlatforms, p) {
			info.OtherPlatforms = append(info.OtherPlatforms, p)
		}
	}
	raw, err := getBlob(docs, c.m.Config.Digest)
	if err != nil {
		return nil, fmt.Errorf("read the image configuration: %w", err)
	}
	info.ConfigDigest, info.Config = info.check(WhatConfiguration, c.m.Config.Digest, raw), raw
	cfg, err := imageconfig.Parse(raw)
	if err != nil {
		return nil, err
	}
	if err := info.describe(cfg, len(c.m.Layers)); err != nil {
		return nil, err
	}
	for i, d := range c.m.Layers {
		l := &info.Layers[i]
		l.Digest, l.MediaType = d.Digest, d.MediaType
		name, err := blobName(d.Digest)
		if err != nil {
			l.Missing = err.Error()
			continue
		}
		docs.place(name, l)
	}
	return info, nil
}

// tags keeps the names that look like references with a repository.
func tags(names []string) []string {
	var out []string
	for _, n := range names {
		if strings.ContainsAny(n, "/:") && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func getBlob(docs documents, digest string) ([]byte, error) {
	name, err := blobName(digest)
	if err != nil {
		return nil, err
	}
	return docs.get(name)
}

// platformFits reports whether have is what want asks for; a missing variant
// asks for any. arm64 is the same as arm64/v8.
func platformFits(have, want string) bool {
	h, w := strings.Split(have, "/"), strings.Split(want, "/")
	if len(w) == 1 { // "arm64": an architecture alone
		w = []string{"linux", w[0]}
	}
	for i := range w {
		switch {
		case i < len(h) && h[i] == w[i]:
		case i == 2 && w[i] == "v8" && len(h) == 2 && h[1] == "arm64":
		default:
			return false
		}
	}
	return true
}
