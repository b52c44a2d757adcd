package dockerfile

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"bulwark/internal/imageconfig"
	"bulwark/internal/walk"
)

// Detector looks at Dockerfiles among the files of a tree.
func Detector() walk.Detector { return detector{} }

type detector struct{}

var (
	_ walk.Detector        = detector{}
	_ walk.ConfigInspector = detector{}
	_ walk.Peeker          = detector{}
)

func (detector) Name() string { return "dockerfile" }

func (detector) Version() int { return 2 }

// standardInput is the name that what comes from there has; see source.Opened.
const standardInput = "stdin"

// begins is how a Dockerfile begins, after comments and arguments.
var begins = regexp.MustCompile(`(?mi)^[ \t]*FROM[ \t]+\S`)

// Peek implements walk.Peeker: standard input has no name, and is taken for a
// Dockerfile when it looks like one.
func (detector) Peek(_ string, head []byte) bool { return begins.Match(head) }

// Want takes files by the names that builders look for: Dockerfile,
// Containerfile, Dockerfile.dev, app.Dockerfile. It leaves those alone that came
// with somebody's package: nobody here builds with them.
func (detector) Want(name string, _ fs.FileMode, size int64) walk.Decision {
	if name == standardInput && size > 0 {
		return walk.Peek
	}
	base := path.Base(name)
	if len(base) < len("Dockerfile") || size == 0 {
		return walk.No
	}
	if ofAPackage(name) {
		return walk.No
	}
	for _, word := range []string{"Dockerfile", "Containerfile"} {
		if len(base) < len(word) {
			continue
		}
		if strings.EqualFold(base, word) {
			return walk.Yes
		}
		if strings.EqualFold(base[:len(word)], word) && (base[len(word)] == '.' || base[len(word)] == '-') {
			if notDockerfile(base) {
				return walk.No
			}
			return walk.Yes
		}
		if n := len(base) - len(word); strings.EqualFold(base[n:], word) && base[n-1] == '.' {
			return walk.Yes
		}
	}
	return walk.No
}

// ofAPackage tells whether a file lies where package managers put packages.
func ofAPackage(name string) bool {
	for _, dir := range []string{"node_modules/", "vendor/", "site-packages/", "dist-packages/", "go/pkg/mod/", ".cargo/registry/", "bower_components/"} {
		if strings.HasPrefix(name, dir) || strings.Contains(name, "/"+dir) {
			return true
		}
	}
	for _, dir := range []string{"usr/share/", "usr/lib/", "usr/local/lib/", "usr/local/share/", "var/lib/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return false
}

// notDockerfile are names that begin like one and are something else: the list
// of ignored files, source code about Dockerfiles, templates, their backups.
func notDockerfile(base string) bool {
	switch strings.ToLower(path.Ext(base)) {
	case ".dockerignore", ".containerignore", ".ignore",
		".go", ".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".rs", ".java", ".kt", ".php", ".hs", ".lua", ".c", ".h", ".cc", ".vim", ".el",
		".md", ".rst", ".adoc", ".html", ".json", ".yaml", ".yml", ".toml", ".xml", ".svg", ".png", ".lock", ".sum", ".sh",
		".tmpl", ".tpl", ".template", ".j2", ".jinja", ".jinja2", ".erb", ".mustache", ".hbs", ".ejs", ".in", ".m4", ".cue",
		".bak", ".orig", ".rej", ".swp", ".patch", ".diff", ".gz", ".zip", ".tar", ".sig", ".asc", ".sha256":
		return true
	}
	return false
}

// Inspect checks one file.
func (detector) Inspect(ctx context.Context, f *walk.File, out walk.Sink) error {
	src, err := f.Bytes(maxBytes)
	if err != nil {
		return err
	}
	results, err := Lint(ctx, f.Path, src)
	for _, r := range results {
		out.Result(r)
	}
	return err
}

// fromHistory are the rules that are asked of an image without its Dockerfile:
// what only the instruction tells. Settings and files are the image's own
// checks, and waste or style of a base image is nobody's business here.
var fromHistory = []string{"pipe-to-shell", "tls-unverified", "package-unsigned", "secret-command", "password-set", "copy-secret"}

// InspectConfig checks the Dockerfile that an image's history gives. A
// location's line is one of [FromHistory]'s text.
func (detector) InspectConfig(ctx context.Context, raw []byte, out walk.Sink) error {
	cfg, err := imageconfig.Parse(raw)
	if err != nil {
		return nil // the checks of the configuration itself say so
	}
	r := FromHistory(cfg.History)
	results, err := LintHistory(ctx, r)
	fits := len(r.Layers) == len(cfg.RootFS.DiffIDs)
	for _, res := range results {
		at := &res.Locations[0]
		name := strings.TrimPrefix(res.Check, prefix)
		if !slices.Contains(fromHistory, name) || at.Layer < 0 && name == "tls-unverified" {
			continue // of ENV: a check of the configuration has it
		}
		if !fits {
			at.Layer = -1 // which layer is whose can't be told
		}
		out.Result(res)
	}
	return err
}
