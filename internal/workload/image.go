package workload

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// Version is the part of /version that is used.
type Version struct {
	Version       string
	APIVersion    string `json:"ApiVersion"`
	MinAPIVersion string
	// OS and Arch are the engine host's, as Go names them.
	OS   string `json:"Os"`
	Arch string
}

// Info is the part of /info that is used.
type Info struct {
	ID              string
	Driver          string
	DriverStatus    [][]string
	DockerRootDir   string
	SecurityOptions []string
	// Containerd is told by API 1.46 and newer.
	Containerd *struct {
		Address    string
		Namespaces struct{ Containers, Plugins string }
	}
}

// DriverOption gives a value of DriverStatus.
func (i Info) DriverOption(name string) string {
	for _, pair := range i.DriverStatus {
		if len(pair) == 2 && pair[0] == name {
			return pair[1]
		}
	}
	return ""
}

// HasSecurityOption reports whether the engine runs with an option such as
// "userns" or "rootless".
func (i Info) HasSecurityOption(name string) bool {
	for _, o := range i.SecurityOptions {
		for field := range strings.SplitSeq(o, ",") {
			if field == "name="+name {
				return true
			}
		}
	}
	return false
}

// Descriptor is an OCI content descriptor.
type Descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Platform    *Platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Platform is an OCI platform.
type Platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant,omitempty"`
}

// String gives os/arch[/variant].
func (p Platform) String() string {
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// Image is the part of an image's inspection that is used.
type Image struct {
	// ID is the config digest, or with the containerd image store the digest of
	// the manifest or index.
	ID           string `json:"Id"`
	RepoTags     []string
	RepoDigests  []string
	Created      string
	OS           string `json:"Os"`
	Architecture string
	Variant      string
	Size         int64
	RootFS       struct {
		Type   string
		Layers []string
	}
	GraphDriver *struct {
		Name string
		Data map[string]string
	}
	// Descriptor is of the manifest or index (containerd image store, API 1.48).
	Descriptor *Descriptor
}

// ImageSummary is one line of the list of images.
type ImageSummary struct {
	ID          string `json:"Id"`
	RepoTags    []string
	RepoDigests []string
	Size        int64
}

// Info asks for the engine's description of itself.
func (d *Docker) Info(ctx context.Context) (Info, error) {
	var info Info
	err := d.get(ctx, "/info", nil, &info)
	return info, err
}

// Images lists all images that have a name or are no parent of another.
func (d *Docker) Images(ctx context.Context) ([]ImageSummary, error) {
	var list []ImageSummary
	err := d.get(ctx, "/images/json", nil, &list)
	return list, err
}

// Image inspects an image by name, ID or the beginning of its ID. The error
// wraps ErrNoSuchImage when the engine has none.
func (d *Docker) Image(ctx context.Context, name string) (Image, error) {
	var img Image
	if err := CheckName(name); err != nil {
		return img, err
	}
	err := d.get(ctx, "/images/"+name+"/json", nil, &img)
	return img, err
}

// Platforms lists the platforms of an image's index, attestations left out
// (containerd image store, API 1.48); nil where the engine does not tell.
func (d *Docker) Platforms(ctx context.Context, name string) ([]Platform, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	if !d.AtLeast(1, 48) {
		return nil, nil
	}
	var img struct {
		Manifests []struct {
			Kind       string
			Descriptor Descriptor
			ImageData  *struct{ Platform Platform }
		}
	}
	if err := d.get(ctx, "/images/"+name+"/json", url.Values{"manifests": {"1"}}, &img); err != nil {
		return nil, err
	}
	var list []Platform
	for _, m := range img.Manifests {
		switch {
		case m.Kind != "image":
		case m.ImageData != nil:
			list = append(list, m.ImageData.Platform)
		case m.Descriptor.Platform != nil:
			list = append(list, *m.Descriptor.Platform)
		}
	}
	return list, nil
}

// Export gives the image as "docker save" writes it. The engine may take long
// before it sends the first byte. platform ("os/arch[/variant]" or empty) is
// sent to engines that know of it (API 1.48); others have one platform an image.
func (d *Docker) Export(ctx context.Context, name string, platform *Platform) (io.ReadCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	query := url.Values{}
	if platform != nil && d.AtLeast(1, 48) {
		query.Set("platform", platformJSON(*platform))
	}
	resp, err := d.open(ctx, "/images/"+name+"/get", query)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func platformJSON(p Platform) string {
	return fmt.Sprintf(`{"os":%q,"architecture":%q,"variant":%q}`, p.OS, p.Architecture, p.Variant)
}

// nameChars is what an image's name may consist of: a superset of the grammar of
// references (letters, digits, separators), and nothing that a URL treats apart.
var nameChars = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@\[\]+-]*$`)

// CheckName refuses what cannot be an image's name, so that nothing but a name
// gets into a URL: no "..", no empty component, no "?", "%" or control character.
func CheckName(name string) error {
	if len(name) > 1024 || !nameChars.MatchString(name) {
		return fmt.Errorf("%.64q cannot be the name of an image", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("%.64q cannot be the name of an image", name)
		}
	}
	return nil
}
