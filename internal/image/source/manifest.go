package source

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/workload"
)

// Limits of indexes and manifests.
const (
	maxManifest      = 8 << 20
	maxIndexEntries  = 4096
	maxIndexDepth    = 3
	maxIndexesLooked = 64
)

// Media types of manifests and indexes (OCI image specification, and Docker's
// older ones).
const (
	mediaOCIIndex       = "application/vnd.oci.image.index.v1+json"
	mediaOCIManifest    = "application/vnd.oci.image.manifest.v1+json"
	mediaDockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	mediaDockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// attestationAnnotation marks what BuildKit keeps beside an image in its index:
// provenance and lists of packages, which are no images.
const attestationAnnotation = "vnd.docker.reference.type"

// manifest is an image's manifest.
type manifest struct {
	MediaType string                `json:"mediaType"`
	Config    workload.Descriptor   `json:"config"`
	Layers    []workload.Descriptor `json:"layers"`
}

// picked is the manifest chosen from an index.
type picked struct {
	digest   string
	manifest manifest
	platform workload.Platform
	// others are the further platforms of the index.
	others []string
	why    []string
}

// PlatformError says that an image is there, but not for the platform asked for.
type PlatformError struct {
	// Want is the platform asked for; Has are those that the image has, sorted.
	Want string
	Has  []string
	// Absent is true when the image has the platform and the engine has not
	// pulled it.
	Absent bool
}

var _ error = (*PlatformError)(nil)

// Error implements error.
func (e *PlatformError) Error() string {
	if e.Absent {
		return fmt.Sprintf("the engine has not pulled the image for %s", e.Want)
	}
	return fmt.Sprintf("the image is not there for %s: it is for %s", e.Want, cmp.Or(strings.Join(e.Has, ", "), "no platform that is known"))
}

// readBlob reads a blob and holds it against its digest.
type readBlob func(ctx context.Context, digest string, limit int64) ([]byte, error)

// pickManifest follows digest to the manifest of the platform wanted. When the
// platform is only the host's, not asked for, and the index has a single other
// one whose manifest is here, that is taken.
func pickManifest(ctx context.Context, read readBlob, digest string, want workload.Platform, asked bool) (picked, error) {
	if !digestForm.MatchString(digest) {
		return picked{}, fmt.Errorf("image ID %.80q is not a SHA-256 digest", digest)
	}
	look := &lookup{read: read, left: maxIndexesLooked}
	if err := look.index(ctx, workload.Descriptor{Digest: digest}, 0); err != nil {
		return picked{}, err
	}
	return look.choose(want, asked)
}

// candidate is an image in an index.
type candidate struct {
	desc     workload.Descriptor
	manifest *manifest // nil when it is not in the store
	platform workload.Platform
}

type lookup struct {
	read  readBlob
	left  int
	found []candidate
}

// index reads what a descriptor names, a manifest or an index of further ones.
func (l *lookup) index(ctx context.Context, desc workload.Descriptor, depth int) error {
	if depth > maxIndexDepth {
		return fmt.Errorf("index %s: more than %d indexes inside one another", desc.Digest, maxIndexDepth)
	}
	b, err := l.read(ctx, desc.Digest, maxManifest)
	if errors.Is(err, fs.ErrNotExist) && depth > 0 {
		// An index may name platforms that were never pulled.
		l.found = append(l.found, candidate{desc: desc, platform: platformOf(desc)})
		return nil
	}
	if err != nil {
		return err
	}
	var doc struct {
		manifest
		Manifests []workload.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return fmt.Errorf("manifest %s: %w", desc.Digest, err)
	}
	switch {
	case doc.MediaType == mediaOCIIndex, doc.MediaType == mediaDockerList, doc.MediaType == "" && doc.Manifests != nil:
		return l.entries(ctx, desc, doc.Manifests, depth)
	case doc.MediaType == mediaOCIManifest, doc.MediaType == mediaDockerManifest, doc.MediaType == "" && doc.Config.Digest != "":
		return l.image(ctx, desc, doc.manifest)
	}
	return fmt.Errorf("manifest %s: media type %.80q is not that of an image", desc.Digest, doc.MediaType)
}

func (l *lookup) entries(ctx context.Context, index workload.Descriptor, list []workload.Descriptor, depth int) error {
	if len(list) > maxIndexEntries {
		return fmt.Errorf("index %s: %d entries, at most %d are read", index.Digest, len(list), maxIndexEntries)
	}
	for _, d := range list {
		if isAttestation(d) {
			continue
		}
		if !digestForm.MatchString(d.Digest) {
			return fmt.Errorf("index %s: digest %.80q is not a SHA-256 digest", index.Digest, d.Digest)
		}
		if l.left--; l.left < 0 {
			return fmt.Errorf("index %s: more than %d images in it", index.Digest, maxIndexesLooked)
		}
		if err := l.index(ctx, d, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// image adds a manifest. Where the index does not say its platform, the
// configuration does.
func (l *lookup) image(ctx context.Context, desc workload.Descriptor, m manifest) error {
	if !digestForm.MatchString(m.Config.Digest) {
		return fmt.Errorf("manifest %s: digest %.80q of the configuration is not a SHA-256 digest", desc.Digest, m.Config.Digest)
	}
	if len(m.Layers) > maxLayers {
		return fmt.Errorf("manifest %s: %d layers, at most %d are read", desc.Digest, len(m.Layers), maxLayers)
	}
	c := candidate{desc: desc, manifest: &m, platform: platformOf(desc)}
	if desc.Platform == nil {
		b, err := l.read(ctx, m.Config.Digest, maxConfig)
		if err != nil {
			return err
		}
		conf, err := parseConfig(b)
		if err != nil {
			return fmt.Errorf("manifest %s: %w", desc.Digest, err)
		}
		c.platform = normalPlatform(workload.Platform{OS: conf.OS, Architecture: conf.Architecture, Variant: conf.Variant})
	}
	l.found = append(l.found, c)
	return nil
}

func (l *lookup) choose(want workload.Platform, asked bool) (picked, error) {
	var best, here *candidate
	var all []string
	nHere := 0
	for i := range l.found {
		c := &l.found[i]
		all = append(all, c.platform.String())
		if c.manifest != nil {
			here = c
			nHere++
		}
		if !platformMatches(want, c.platform) {
			continue
		}
		// Of several variants the one named wins, else the plainest.
		if best == nil || best.manifest == nil && c.manifest != nil ||
			(c.manifest != nil) == (best.manifest != nil) && c.platform.Variant < best.platform.Variant {
			best = c
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	p := picked{}
	switch {
	case best == nil && !asked && nHere == 1:
		best = here
		p.why = append(p.why, fmt.Sprintf("the image is not there for %s; %s is its only platform in the engine", want, here.platform))
	case best == nil:
		return p, &PlatformError{Want: want.String(), Has: all}
	case best.manifest == nil:
		return p, &PlatformError{Want: want.String(), Has: all, Absent: true}
	}
	p.digest, p.manifest, p.platform = best.desc.Digest, *best.manifest, best.platform
	for i := range l.found {
		if c := &l.found[i]; c != best {
			p.others = append(p.others, c.platform.String())
		}
	}
	slices.Sort(p.others)
	p.others = slices.Compact(p.others)
	return p, nil
}

func isAttestation(d workload.Descriptor) bool {
	if _, ok := d.Annotations[attestationAnnotation]; ok {
		return true
	}
	return d.Platform != nil && d.Platform.OS == "unknown" && d.Platform.Architecture == "unknown"
}

func platformOf(d workload.Descriptor) workload.Platform {
	if d.Platform == nil {
		return workload.Platform{}
	}
	return normalPlatform(*d.Platform)
}
