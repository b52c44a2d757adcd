// Package imageconfig reads an image's configuration: the JSON document whose
// digest is the image's identity (OCI image specification 1.1, config.md, and
// Docker's image specification 1.2, which it grew from).
//
// [Parse] takes hostile bytes: it is bounded and never panics. It reads what
// Bulwark uses and passes over the rest.
package imageconfig

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// MaxBytes is the largest configuration read. Docker's own limit is 4 MiB.
const MaxBytes = 8 << 20

// Config is an image's configuration.
type Config struct {
	Created      string `json:"created"`
	Author       string `json:"author"`
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
	RootFS       struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []History `json:"history"`
}

// History is one instruction of the build.
type History struct {
	Created    string `json:"created"`
	CreatedBy  string `json:"created_by"`
	Comment    string `json:"comment"`
	EmptyLayer bool   `json:"empty_layer"`
}

// Parse reads a configuration.
func Parse(b []byte) (*Config, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("image configuration of %d bytes, at most %d are read", len(b), MaxBytes)
	}
	var c Config
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("read the image configuration: %w", err)
	}
	for i, d := range c.RootFS.DiffIDs {
		if !IsDigest(d) {
			return nil, fmt.Errorf("read the image configuration: diff ID %d is %q, not a sha256 digest", i, d[:min(len(d), 80)])
		}
	}
	return &c, nil
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// IsDigest reports whether s is a sha256 digest in its canonical form.
func IsDigest(s string) bool { return digestForm.MatchString(s) }

// Platform gives "os/arch" or "os/arch/variant".
func (c *Config) Platform() string {
	p := c.OS + "/" + c.Architecture
	if c.Variant != "" {
		p += "/" + c.Variant
	}
	return p
}

// Instructions gives, for each layer, the instruction that made it; empty where
// the history does not say (an image without history, or one whose history does
// not fit its layers).
func (c *Config) Instructions() []string {
	out := make([]string, len(c.RootFS.DiffIDs))
	i := 0
	for _, h := range c.History {
		if h.EmptyLayer {
			continue
		}
		if i == len(out) {
			return make([]string, len(out)) // more instructions than layers: which is whose can't be told
		}
		out[i] = strings.TrimSpace(h.CreatedBy)
		if out[i] == "" {
			out[i] = strings.TrimSpace(h.Comment)
		}
		i++
	}
	if i < len(out) && i > 0 {
		return make([]string, len(out))
	}
	return out
}
