// Package imageconfig reads an image's configuration, the JSON document whose
// digest is the image's identity (OCI image specification 1.1, config.md, and
// Docker's image specification 1.2, which it grew from), and says what is
// questionable in it and in the file system that it starts.
//
// # Parts
//
// [Parse] reads the document. [Lint] asks what can be asked of it alone,
// [LintTree] what needs the squashed file system beside it; what a file has to
// be read for ([Detector]: accounts and sudo's rules) is read in the worker and
// comes to LintTree as records. [Facts] is the part of a configuration that
// may stand in a report, [ByInstruction] says of a finished report what each
// instruction of the build brought. [Texts] are what a matcher of secrets has to
// look at.
//
// # Promises
//
// Parse takes hostile bytes: it is bounded, linear and never panics. A field of
// another type than the specification has does not hide the rest; its name is in
// Config.Malformed, and Lint says so. No value of an environment variable, build
// argument or label is part of a result, only its name, but for search paths and
// preloaded libraries; command lines are shown without what [Redact] takes out.
// A check gives at most one result an image (for ports and variables: one
// a port or variable on our list), whatever the number of files.
//
// # What it does not do
//
// It does not look for secrets by their values, and does not judge the
// instructions of a build: those are other packages' work. A file's bytes are
// never compared with another's, so that "the same content twice" is said only
// of one path that two layers have in the same size.
package imageconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Limits of a configuration.
const (
	// MaxBytes is the largest configuration read. Docker's own limit is 4 MiB.
	MaxBytes = 8 << 20
	// maxValues is how many values of JSON one may have; real ones have some hundred.
	maxValues = 200_000
)

// Config is an image's configuration.
type Config struct {
	Created      string
	Author       string
	OS           string
	Architecture string
	Variant      string
	RootFS       RootFS
	History      []History
	// Run is how a container of the image is started.
	Run Run
	// Malformed names fields that are of another type than they should be, and
	// so are not known; sorted.
	Malformed []string
}

// RootFS names an image's layers, bottom first.
type RootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// Run is the member "config": the defaults of a container.
type Run struct {
	User         string
	Env          []string // NAME=value
	Entrypoint   []string
	Cmd          []string
	WorkingDir   string
	ExposedPorts []string // sorted
	Volumes      []string // sorted
	Labels       map[string]string
	Healthcheck  *Healthcheck
	StopSignal   string
	Shell        []string
	OnBuild      []string
	// ArgsEscaped: Cmd is a line and not a list (Windows).
	ArgsEscaped bool
}

// Healthcheck is Docker's extension; times in nanoseconds.
type Healthcheck struct {
	Test                                    []string
	Interval, Timeout, StartPeriod, Retries int64
}

// History is one instruction of the build.
type History struct {
	Created    string `json:"created"`
	CreatedBy  string `json:"created_by"`
	Comment    string `json:"comment"`
	Author     string `json:"author"`
	EmptyLayer bool   `json:"empty_layer"`
}

// Parse reads a configuration. Only what is needed to tell the layers is an
// error when it is wrong.
func Parse(b []byte) (*Config, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("image configuration of %d bytes, at most %d are read", len(b), MaxBytes)
	}
	if n := values(b); n > maxValues {
		return nil, fmt.Errorf("image configuration of more than %d values", maxValues)
	}
	var doc struct {
		Created      json.RawMessage `json:"created"`
		Author       json.RawMessage `json:"author"`
		OS           json.RawMessage `json:"os"`
		Architecture json.RawMessage `json:"architecture"`
		Variant      json.RawMessage `json:"variant"`
		RootFS       RootFS          `json:"rootfs"`
		History      json.RawMessage `json:"history"`
		Config       json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("read the image configuration: %w", err)
	}
	c := &Config{RootFS: doc.RootFS}
	for i, d := range c.RootFS.DiffIDs {
		if !IsDigest(d) {
			return nil, fmt.Errorf("read the image configuration: diff ID %d is %q, not a sha256 digest", i, d[:min(len(d), 80)])
		}
	}
	c.field("created", doc.Created, &c.Created)
	c.field("author", doc.Author, &c.Author)
	c.field("os", doc.OS, &c.OS)
	c.field("architecture", doc.Architecture, &c.Architecture)
	c.field("variant", doc.Variant, &c.Variant)
	if !c.field("history", doc.History, &c.History) {
		c.History = nil
	}
	c.run(doc.Config)
	slices.Sort(c.Malformed)
	return c, nil
}

// field reads one member; absent and null leave it empty.
func (c *Config) field(name string, raw json.RawMessage, into any) bool {
	if len(raw) == 0 {
		return true
	}
	if err := json.Unmarshal(raw, into); err != nil {
		c.Malformed = append(c.Malformed, name)
		return false
	}
	return true
}

func (c *Config) run(raw json.RawMessage) {
	var doc struct {
		User, Env, Entrypoint, Cmd, WorkingDir, ExposedPorts, Volumes, Labels json.RawMessage
		Healthcheck, StopSignal, Shell, OnBuild, ArgsEscaped                  json.RawMessage
	}
	if !c.field("config", raw, &doc) {
		return
	}
	r := &c.Run
	c.field("config.User", doc.User, &r.User)
	c.field("config.WorkingDir", doc.WorkingDir, &r.WorkingDir)
	c.field("config.StopSignal", doc.StopSignal, &r.StopSignal)
	c.field("config.ArgsEscaped", doc.ArgsEscaped, &r.ArgsEscaped)
	c.list("config.Env", doc.Env, &r.Env)
	c.list("config.Entrypoint", doc.Entrypoint, &r.Entrypoint)
	c.list("config.Cmd", doc.Cmd, &r.Cmd)
	c.list("config.Shell", doc.Shell, &r.Shell)
	c.list("config.OnBuild", doc.OnBuild, &r.OnBuild)
	c.set("config.ExposedPorts", doc.ExposedPorts, &r.ExposedPorts)
	c.set("config.Volumes", doc.Volumes, &r.Volumes)
	if !c.field("config.Labels", doc.Labels, &r.Labels) {
		r.Labels = nil
	}
	if !c.field("config.Healthcheck", doc.Healthcheck, &r.Healthcheck) {
		r.Healthcheck = nil
	}
}

// list reads a list of strings, or one string, which old engines wrote for a
// command (moby, api/types/strslice).
func (c *Config) list(name string, raw json.RawMessage, into *[]string) {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '"' {
		var one string
		if c.field(name, raw, &one) {
			*into = []string{one}
		}
		return
	}
	if !c.field(name, raw, into) {
		*into = nil
	}
}

// set reads an object whose names are what counts. Some tools write a list.
func (c *Config) set(name string, raw json.RawMessage, into *[]string) {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		c.list(name, raw, into)
	} else {
		var m map[string]json.RawMessage
		if c.field(name, raw, &m) {
			*into = slices.Collect(maps.Keys(m))
		}
	}
	slices.Sort(*into)
}

// values counts what takes memory when JSON is decoded, before it is.
func values(b []byte) int {
	n := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case ',', '{', '[':
			n++
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		}
	}
	return n
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

// layerOf gives, for each step of the history, the layer that it made: -1 for
// none, and for all where the history does not fit the layers.
func (c *Config) layerOf() []int {
	out := make([]int, len(c.History))
	n := 0
	for i, h := range c.History {
		out[i] = -1
		if !h.EmptyLayer {
			out[i] = n
			n++
		}
	}
	if n != len(c.RootFS.DiffIDs) {
		for i := range out {
			out[i] = -1
		}
	}
	return out
}

// Instructions gives, for each layer, the instruction that made it; empty where
// the history does not say (an image without history, or one whose history does
// not fit its layers). Values that look like secrets are taken out.
func (c *Config) Instructions() []string {
	out := make([]string, len(c.RootFS.DiffIDs))
	for i, l := range c.layerOf() {
		if l < 0 {
			continue
		}
		h := c.History[i]
		out[l] = strings.TrimSpace(h.CreatedBy)
		if out[l] == "" {
			out[l] = strings.TrimSpace(h.Comment)
		}
		out[l] = Redact(cut(out[l]))
	}
	return out
}
