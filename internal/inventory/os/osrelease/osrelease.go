// Package osrelease reads the files by which a system says which distribution
// and release it is: os-release(5), and for systems without one, or whose
// os-release leaves the version out, the files of before.
//
// It takes the files apart and says nothing of what they mean: that is for the
// merge, which sees all of them and knows which are visible. Each file becomes
// one fact of kind [Kind], a JSON object of strings: the fields of os-release
// and lsb-release that are of use, or {"": "first line"} for a file that holds
// only a line. Values are cut to 256 bytes.
package osrelease

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/walk"
)

// Kind of the fact.
const Kind = "release-file"

// Paths of the files, the one that counts most first.
var Paths = []string{
	"etc/os-release",
	"usr/lib/os-release",
	"etc/lsb-release",
	"etc/centos-release",
	"etc/rocky-release",
	"etc/almalinux-release",
	"etc/oracle-release",
	"etc/fedora-release",
	"etc/redhat-release",
	"etc/system-release",
	"etc/alpine-release",
	"etc/debian_version",
}

const (
	maxFile  = 64 << 10
	maxValue = 256
)

// Fields that are kept.
var fields = []string{
	"ID", "VERSION_ID", "ID_LIKE", "NAME", "PRETTY_NAME", "VERSION", "VERSION_CODENAME", "VARIANT_ID", "BUILD_ID",
	"DISTRIB_ID", "DISTRIB_RELEASE", "DISTRIB_CODENAME", "DISTRIB_DESCRIPTION",
}

type detector struct{}

var _ walk.PathLister = detector{}

// New makes the extractor.
func New() walk.Detector { return detector{} }

// Name is the extractor's name; a scan that has it lists packages.
const Name = "os-release"

func (detector) Name() string    { return Name }
func (detector) Version() int    { return 1 }
func (detector) Paths() []string { return Paths }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if (strings.HasPrefix(path, "etc/") || strings.HasPrefix(path, "usr/lib/")) && slices.Contains(Paths, path) {
		return walk.Yes
	}
	return walk.No
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(maxFile)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return errors.New("no text")
	}
	values := map[string]string{}
	if strings.HasSuffix(f.Path, "os-release") || f.Path == "etc/lsb-release" {
		if values, err = assignments(b); err != nil {
			return err
		}
	} else {
		line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
		values[""] = cut(string(bytes.TrimSpace(line)))
	}
	if len(values) == 0 {
		return nil // comments only
	}
	data, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	out.Fact(Kind, data)
	return nil
}

// assignments reads lines NAME=value, where a value may be in quotes as for a
// shell. No variable is replaced, as os-release(5) has it.
func assignments(b []byte) (map[string]string, error) {
	values := map[string]string{}
	lines := 0
	for len(b) > 0 {
		l, rest, _ := bytes.Cut(b, []byte("\n"))
		b = rest
		s := strings.TrimSpace(string(l))
		if s == "" || s[0] == '#' {
			continue
		}
		lines++
		name, value, ok := strings.Cut(s, "=")
		if !ok || !slices.Contains(fields, name) {
			continue
		}
		values[name] = cut(unquote(strings.TrimSpace(value)))
	}
	if len(values) == 0 && lines > 0 {
		return nil, errors.New("no NAME=value line of os-release(5)")
	}
	return values, nil
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' && s[0] != '\'' || s[len(s)-1] != s[0] {
		return s
	}
	quote := s[0]
	s = s[1 : len(s)-1]
	if quote == '\'' || !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\"$\\`", s[i+1]) >= 0 {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func cut(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxValue)], "\uFFFD")
}
