package golang

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

const (
	modName  = "go-mod"
	modLimit = 8 << 20
)

type gomod struct{}

// NewMod makes the detector of go.mod files. Since Go 1.17 a go.mod names all
// modules that a build needs; an older one names the direct ones only, which is
// what is reported of it (go.sum names versions that no build uses).
func NewMod() walk.Detector { return gomod{} }

var _ walk.Detector = gomod{}

func (gomod) Name() string { return modName }
func (gomod) Version() int { return 2 }

func (gomod) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if lang.Base(path) != "go.mod" {
		return walk.No
	}
	// What the toolchain brought along and the module cache are not this tree's requirements.
	for _, other := range [...]string{"pkg/mod/", "vendor/", "testdata/", "go/src/", "go/misc/", "usr/lib/go-", "usr/share/go-"} {
		if i := strings.Index(path, other); i == 0 || i > 0 && path[i-1] == '/' {
			return walk.No
		}
	}
	return walk.Yes
}

func (gomod) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	doc, err := lang.Document(f, modLimit)
	if err != nil {
		return err
	}
	m, err := readMod(doc)
	if err != nil {
		return err
	}
	var all lang.Requirements
	for _, r := range m.requires {
		path, version, replaces := r.path, r.version, ""
		if by, ok := m.replaced(r); ok {
			path, version, replaces = replaced(r.path, by.path, by.version)
		}
		req := lang.Required{Name: path, Version: version, Line: r.line}
		if replaces != "" {
			req.Attributes = map[string]string{AttributeReplaces: replaces}
		}
		if err := all.Add(req); err != nil {
			return err
		}
	}
	if v, line := m.stdlib(); v != "" {
		if err := all.Add(lang.Required{Name: "stdlib", Version: v, Line: line, Attributes: map[string]string{AttributeVersion: "go" + v}}); err != nil {
			return err
		}
	}
	all.Report(f, out, modName, finding.TypeGolang)
	return nil
}

type module struct {
	path, version string
	line          int
}

type modFile struct {
	requires       []module
	replaces       map[module]module // by path and version, or path alone
	goLine         module            // version of the go directive
	toolchain      module
	sawModule, any bool
}

func (m *modFile) replaced(r module) (module, bool) {
	if by, ok := m.replaces[module{path: r.path, version: r.version}]; ok {
		return by, true
	}
	by, ok := m.replaces[module{path: r.path}]
	return by, ok
}

// stdlib gives the toolchain's version as far as the file decides it: the
// toolchain line, else the go line when it names a release (1.21.0 and later
// do), which is then the lowest that may build this.
func (m *modFile) stdlib() (version string, line int) {
	if t := m.toolchain.version; strings.HasPrefix(t, "go1.") {
		return StdlibVersion(t), m.toolchain.line
	}
	if strings.Count(m.goLine.version, ".") == 2 {
		return StdlibVersion("go" + m.goLine.version), m.goLine.line
	}
	return "", 0
}

// readMod reads the grammar of go.mod (Go Modules Reference, "Lexical
// elements"): directives of one line, or blocks of them in parentheses.
func readMod(doc []byte) (*modFile, error) {
	m := &modFile{replaces: map[module]module{}}
	block := ""
	line := 0
	for len(doc) > 0 {
		var text []byte
		text, doc, _ = bytes.Cut(doc, []byte{'\n'})
		line++
		words, err := fields(string(text))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		switch {
		case len(words) == 0:
			continue
		case block != "" && words[0] == ")":
			block = ""
			continue
		case block == "" && len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		}
		verb := block
		if block == "" {
			verb, words = words[0], words[1:]
		}
		if err := m.directive(verb, words, line); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if block != "" {
		return nil, fmt.Errorf("block %q does not end", block)
	}
	if m.any && !m.sawModule {
		return nil, fmt.Errorf("no module directive")
	}
	return m, nil
}

func (m *modFile) directive(verb string, words []string, line int) error {
	m.any = true
	switch verb {
	case "module":
		m.sawModule = true
	case "go":
		if len(words) == 1 {
			m.goLine = module{version: words[0], line: line}
		}
	case "toolchain":
		if len(words) == 1 {
			m.toolchain = module{version: words[0], line: line}
		}
	case "require":
		if len(words) != 2 {
			return fmt.Errorf("require of %d words", len(words))
		}
		if len(m.requires) >= lang.MaxRequired {
			return fmt.Errorf("more than %d modules: %w", lang.MaxRequired, walk.ErrLimit)
		}
		m.requires = append(m.requires, module{words[0], words[1], line})
	case "replace":
		arrow := -1
		for i, w := range words {
			if w == "=>" {
				arrow = i
			}
		}
		if arrow < 1 || arrow > 2 || len(words)-arrow < 2 || len(words)-arrow > 3 {
			return fmt.Errorf("replace of %d words", len(words))
		}
		var from, to module
		from.path, to.path = words[0], words[arrow+1]
		if arrow == 2 {
			from.version = words[1]
		}
		if len(words)-arrow == 3 {
			to.version = words[arrow+2]
		}
		m.replaces[from] = to
	}
	return nil
}

// fields divides a line into words, quoted ones too, up to a comment.
func fields(s string) ([]string, error) {
	var words []string
	for {
		s = strings.TrimLeft(s, " \t\r")
		switch {
		case s == "" || strings.HasPrefix(s, "//"):
			return words, nil
		case len(words) > 16:
			return words, nil // no directive that counts here has so many
		case s[0] == '"' || s[0] == '`':
			q, err := strconv.QuotedPrefix(s)
			if err != nil {
				return nil, fmt.Errorf("quoted word: %w", err)
			}
			w, err := strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("quoted word: %w", err)
			}
			words, s = append(words, w), s[len(q):]
		case s[0] == '(' || s[0] == ')':
			words, s = append(words, s[:1]), s[1:]
		default:
			end := strings.IndexAny(s, " \t\r()")
			if end < 0 {
				end = len(s)
			}
			words, s = append(words, s[:end]), s[end:]
		}
	}
}
