package source

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
)

// Limits of an image's configuration.
const (
	maxConfig = 8 << 20
	// maxLayers is well above what any store can mount (overlay2: 128).
	maxLayers = 4096
)

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// digestHex gives the 64 digits of a digest that has been checked with digestForm.
func digestHex(digest string) string { return digest[len("sha256:"):] }

// imageConfig is the part of an OCI image configuration that leads to layers.
type imageConfig struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
	Created      string `json:"created"`
	RootFS       struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// parseConfig reads an image's configuration and checks the form of its diff IDs.
func parseConfig(b []byte) (imageConfig, error) {
	var c imageConfig
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("image configuration: %w", err)
	}
	if c.RootFS.Type != "layers" {
		return c, fmt.Errorf("image configuration: a root file system of type %.32q is not known", c.RootFS.Type)
	}
	if len(c.RootFS.DiffIDs) > maxLayers {
		return c, fmt.Errorf("image configuration: %d layers, at most %d are read", len(c.RootFS.DiffIDs), maxLayers)
	}
	for i, d := range c.RootFS.DiffIDs {
		if !digestForm.MatchString(d) {
			return c, fmt.Errorf("image configuration: diff ID %d, %.80q, is not a SHA-256 digest", i, d)
		}
	}
	return c, nil
}

// chainIDs gives the chain ID of each layer (OCI image specification, "Layer
// ChainID"): the first is the diff ID, each further one the digest of the chain
// so far, a space, and the layer's diff ID.
func chainIDs(diffIDs []string) []string {
	chain := make([]string, len(diffIDs))
	for i, d := range diffIDs {
		if i == 0 {
			chain[i] = d
			continue
		}
		chain[i] = digestOf([]byte(chain[i-1] + " " + d))
	}
	return chain
}
