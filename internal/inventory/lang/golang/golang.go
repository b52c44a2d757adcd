// Package golang reads which modules a Go program was built of, from the build
// information that the linker leaves in it, and what a go.mod requires.
//
// # What is reported of a program
//
// The main module, every dependency (a replaced one under the name and version
// that replaced it) and "stdlib", the standard library, whose version is that
// of the toolchain.
//
// The main module's version is "(devel)" in programs not built by go install
// MODULE@VERSION. Then the version is taken of the linker flag by which most
// projects stamp theirs (-X main.version=v1.2.3), else of the commit that the
// toolchain recorded, as a pseudo-version; else it is left empty: not known.
//
// # Attributes
//
//   - go.main "true" on the main module; go.version.from "ldflags" or "vcs"
//     where its version is not the linker's own word
//   - go.os, go.arch, go.version (as the toolchain calls itself) on stdlib
//   - go.replaces, the module that this one stands for
package golang

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/inventory/lang/program"
	"bulwark/internal/walk"
)

const (
	name = "golang"
	// infoLimit: the largest build information met (a Kubernetes with 500 modules) has 60 KiB.
	infoLimit = 8 << 20
	// modulesLimit bounds what one program may claim.
	modulesLimit = 50_000
	// programLimit is for programs that only debug/buildinfo can read, which may look through their data.
	programLimit = 1 << 30
)

// Keys of attributes.
const (
	AttributeMain        = "go.main"
	AttributeVersionFrom = "go.version.from"
	AttributeOS          = "go.os"
	AttributeArch        = "go.arch"
	AttributeVersion     = "go.version"
	AttributeReplaces    = "go.replaces"
)

type detector struct{}

// New makes the detector of Go programs.
func New() walk.Detector { return detector{} }

var _ walk.Peeker = detector{}

func (detector) Name() string { return name }
func (detector) Version() int { return 3 }

func (detector) Want(path string, mode fs.FileMode, size int64) walk.Decision {
	return program.Want(path, mode, size)
}

func (detector) Peek(_ string, head []byte) bool { return program.FormatOf(head) != program.None }

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	info, err := read(f)
	if err != nil || info == nil {
		return err
	}
	return report(info, f, out)
}

// read finds the build information; nil when this is no Go program.
func read(f *walk.File) (*debug.BuildInfo, error) {
	const section, note, table = ".go.buildinfo", ".note.go.buildid", ".gopclntab"
	found, err := program.Find(f.ReaderAt, f.Size, section, "__go_buildinfo", note, table)
	switch {
	case errors.Is(err, program.ErrNoSections), err == nil && len(found) == 0:
		// Windows programs have no section for it; debug/buildinfo knows where to look.
		var head [64]byte
		if n, _ := f.ReadAt(head[:], 0); n < len(head) || err == nil && program.FormatOf(head[:]) != program.PE || f.Size > programLimit {
			return nil, nil
		}
		info, err := buildinfo.Read(f.ReaderAt)
		if err != nil {
			return nil, nil //nolint:nilerr // not of Go: most programs are not
		}
		return info, nil
	case err != nil:
		// Whether a program that is cut short or damaged was of Go can't be told.
		return nil, fmt.Errorf("damaged program: %w", err)
	}
	isGo := false
	for _, s := range found {
		switch s.Name {
		case section, "__go_buildinfo":
			return readSection(f, s)
		case note, table:
			isGo = true
		}
	}
	if isGo {
		return nil, fmt.Errorf("a Go program without build information (before Go 1.13, or removed): %w", walk.ErrUnsupported)
	}
	return nil, nil
}

// readSection decodes the section as debug/buildinfo documents it: a header of
// 32 bytes, then, since Go 1.18, two strings with their lengths.
func readSection(f *walk.File, s program.Section) (*debug.BuildInfo, error) {
	if s.Size > infoLimit {
		return nil, fmt.Errorf("build information of %d bytes: %w", s.Size, walk.ErrLimit)
	}
	b := make([]byte, s.Size)
	if n, err := f.ReadAt(b, s.Offset); n < len(b) {
		return nil, fmt.Errorf("read build information: %w", err)
	}
	const header = 32
	if len(b) < header || !bytes.HasPrefix(b, []byte("\xff Go buildinf:")) {
		return nil, errors.New("build information has not its magic bytes")
	}
	if b[15]&2 == 0 { // before Go 1.18: pointers into the program
		if f.Size > programLimit {
			return nil, fmt.Errorf("program of %d bytes: %w", f.Size, walk.ErrLimit)
		}
		info, err := buildinfo.Read(f.ReaderAt)
		if err != nil {
			return nil, fmt.Errorf("build information: %w", err)
		}
		return info, nil
	}
	version, rest, ok := varText(b[header:])
	if !ok {
		return nil, fmt.Errorf("build information: toolchain: %w", io.ErrUnexpectedEOF)
	}
	mod, _, ok := varText(rest)
	if !ok {
		return nil, fmt.Errorf("build information: modules: %w", io.ErrUnexpectedEOF)
	}
	// The text is framed by 16 bytes on either side, by which the run-time system finds it.
	if len(mod) >= 33 && mod[len(mod)-17] == '\n' {
		mod = mod[16 : len(mod)-16]
	} else {
		mod = ""
	}
	info, err := debug.ParseBuildInfo(mod)
	if err != nil {
		return nil, fmt.Errorf("build information: %w", err)
	}
	info.GoVersion = version
	return info, nil
}

func varText(b []byte) (text string, rest []byte, ok bool) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return "", nil, false
	}
	b = b[k:]
	return string(b[:n]), b[n:], true
}

func report(info *debug.BuildInfo, f *walk.File, out walk.Sink) error {
	if len(info.Deps) > modulesLimit {
		return fmt.Errorf("%d modules: %w", len(info.Deps), walk.ErrLimit)
	}
	if info.GoVersion != "" {
		lang.Emit(out, "", name, finding.TypeGolang, "stdlib", StdlibVersion(info.GoVersion), func(p *finding.Package) {
			p.Licenses = []string{"BSD-3-Clause"}
			p.Attributes = map[string]string{}
			set := func(key, value string) {
				if value != "" {
					p.Attributes[key] = value
				}
			}
			set(AttributeVersion, info.GoVersion)
			set(AttributeOS, setting(info, "GOOS"))
			set(AttributeArch, setting(info, "GOARCH"))
		})
	}
	if info.Main.Path != "" && info.Main.Path != "command-line-arguments" {
		version, from := mainVersion(info)
		lang.Emit(out, "", name, finding.TypeGolang, info.Main.Path, version, func(p *finding.Package) {
			p.Attributes = map[string]string{AttributeMain: "true"}
			if from != "" {
				p.Attributes[AttributeVersionFrom] = from
			}
		})
	}
	for _, m := range info.Deps {
		path, version, replaces := m.Path, m.Version, ""
		if r := m.Replace; r != nil {
			path, version, replaces = replaced(m.Path, r.Path, r.Version)
		}
		lang.Emit(out, "", name, finding.TypeGolang, path, clean(version), func(p *finding.Package) {
			if replaces != "" {
				p.Attributes = map[string]string{AttributeReplaces: replaces}
			}
		})
	}
	return nil
}

// replaced says what a module replaced by another counts as: the other, or, when
// that is a folder, itself at a version that is not known.
func replaced(path, by, version string) (name, v, replaces string) {
	if clean(version) == "" && (strings.HasPrefix(by, ".") || strings.HasPrefix(by, "/") || strings.Contains(by, ":\\") || strings.Contains(by, ":/")) {
		return path, "", path
	}
	if by == path {
		return by, version, ""
	}
	return by, version, path
}

func clean(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// mainVersion gives the main module's version and where it was taken from when
// the linker does not say it itself.
func mainVersion(info *debug.BuildInfo) (version, from string) {
	if v := clean(info.Main.Version); v != "" && !strings.HasPrefix(v, "v0.0.0-") {
		return v, ""
	}
	if v := stamped(setting(info, "-ldflags"), info.Main.Path); v != "" {
		return v, "ldflags"
	}
	if v := clean(info.Main.Version); v != "" { // since Go 1.24 the toolchain makes a pseudo-version itself
		return v, ""
	}
	revision, at := setting(info, "vcs.revision"), setting(info, "vcs.time")
	t, err := time.Parse(time.RFC3339, at)
	if err != nil || len(revision) < 12 {
		return "", ""
	}
	v := "v0.0.0-" + t.UTC().Format("20060102150405") + "-" + revision[:12]
	if setting(info, "vcs.modified") == "true" {
		v += "+dirty"
	}
	return v, "vcs"
}

// flagX finds -X importpath.name=value among linker flags, quoted or not.
var flagX = regexp.MustCompile(`-X[ =]+["']?([\w./~-]+)\.(\w+)=["']?([^\s"']+)`)

var versionText = regexp.MustCompile(`^v?(\d+\.\d+(?:\.\d+)?(?:[-+.][0-9A-Za-z.+-]+)?)$`)

// stamped looks for a version that the project's build put into a variable of
// its own: of package main or of one below the main module. A dependency's
// variable (k8s.io/component-base/version.gitVersion) counts only when there is
// nothing better, as a program that sets it means itself by it.
func stamped(flags, module string) string {
	if len(flags) > 1<<20 {
		return ""
	}
	best, rank := "", 0
	for _, m := range flagX.FindAllStringSubmatch(flags, -1) {
		where, variable, value := m[1], strings.ToLower(m[2]), m[3]
		v := versionText.FindStringSubmatch(value)
		if v == nil || !strings.Contains(variable, "version") && variable != "tag" && variable != "release" {
			continue
		}
		if strings.Contains(variable, "go") && strings.Contains(variable, "gover") || strings.Contains(variable, "api") {
			continue // the toolchain's or an interface's version
		}
		r := 1
		switch {
		case where == "main" && variable == "version":
			r = 5
		case where == "main":
			r = 4
		case (where == module || strings.HasPrefix(where, module+"/")) && (variable == "version" || variable == "gitversion" || variable == "buildversion"):
			r = 4
		case where == module || strings.HasPrefix(where, module+"/"):
			r = 3
		case variable == "version" || variable == "gitversion":
			r = 2
		}
		if r > rank {
			best, rank = "v"+v[1], r
		}
	}
	return best
}

var goVersion = regexp.MustCompile(`go(\d+)\.(\d+)(?:\.(\d+))?(?:(beta|rc)(\d+))?`)

// StdlibVersion turns the toolchain's name into the version by which advisories
// speak of the standard library, a semantic version without "v": "go1.20" is
// 1.20.0, "go1.21rc2" is 1.21.0-rc.2, "go1.22.3 X:boringcrypto" is 1.22.3. A
// development version is before the release that it leads to. Empty for what is
// no version.
func StdlibVersion(toolchain string) string {
	if len(toolchain) > 200 {
		return ""
	}
	m := goVersion.FindStringSubmatch(toolchain)
	if m == nil {
		return ""
	}
	patch := m[3]
	if patch == "" {
		patch = "0"
	}
	v := m[1] + "." + m[2] + "." + patch
	switch {
	case m[4] != "":
		v += "-" + m[4] + "." + m[5]
	case strings.HasPrefix(toolchain, "devel"):
		v += "-devel"
	}
	return v
}
