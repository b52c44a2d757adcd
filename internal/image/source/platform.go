package source

import (
	"fmt"
	"regexp"
	"strings"

	"bulwark/internal/workload"
)

var platformPart = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// parsePlatform reads "os/arch[/variant]"; nil for the empty string. The names
// that people use for an architecture are turned into Go's, as the OCI image
// specification writes them.
func parsePlatform(s string) (*workload.Platform, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(strings.ToLower(s), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, fmt.Errorf("platform %q is not of the form os/arch[/variant], such as linux/arm64", s)
	}
	for _, p := range parts {
		if !platformPart.MatchString(p) {
			return nil, fmt.Errorf("platform %q is not of the form os/arch[/variant], such as linux/arm64", s)
		}
	}
	p := &workload.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	*p = normalPlatform(*p)
	return p, nil
}

// normalPlatform gives the one spelling of a platform.
func normalPlatform(p workload.Platform) workload.Platform {
	switch p.Architecture {
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "i386", "i486", "i586", "i686":
		p.Architecture = "386"
	case "aarch64":
		p.Architecture = "arm64"
	case "armv7l", "armhf":
		p.Architecture, p.Variant = "arm", "v7"
	case "armv6l", "armel":
		p.Architecture, p.Variant = "arm", "v6"
	}
	switch {
	case p.Architecture == "arm64" && (p.Variant == "v8" || p.Variant == "8"):
		p.Variant = ""
	case p.Architecture == "amd64" && p.Variant == "v1":
		p.Variant = ""
	case p.Architecture == "arm" && len(p.Variant) == 1:
		p.Variant = "v" + p.Variant
	}
	return p
}

// platformMatches says whether has is what want asks for. A variant that was
// not asked for does not matter.
func platformMatches(want, has workload.Platform) bool {
	want, has = normalPlatform(want), normalPlatform(has)
	return want.OS == has.OS && want.Architecture == has.Architecture && (want.Variant == "" || want.Variant == has.Variant)
}

// onlyPlatform is the platform of an image of the graph driver's store.
func (ei *engineImage) onlyPlatform() string {
	return normalPlatform(workload.Platform{OS: ei.image.OS, Architecture: ei.image.Architecture, Variant: ei.image.Variant}).String()
}
