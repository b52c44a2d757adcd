package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"bulwark/internal/finding"
)

// configName is the configuration file looked for in the working directory and
// below the user's configuration directory.
const configName = "bulwark.yaml"

// configLimit bounds a configuration file in bytes; ten thousand exceptions fit.
const configLimit = 4 << 20

// configFile is one file, read and checked against the settings there are.
type configFile struct {
	path   string
	values map[string]fileValue
	// exceptions is the node of the list, nil when there is none.
	exceptions *yaml.Node
}

// fileValue is the value of one setting in a file.
type fileValue struct {
	line  int
	words []string
}

// findConfig reads the configuration files that count, the strongest first: the
// one named by --config or BULWARK_CONFIG alone ("none" is no file at all),
// else bulwark.yaml of the working directory and that of the user.
func (v *invocation) findConfig(named string) ([]*configFile, error) {
	if named == "none" {
		return nil, nil
	}
	if named != "" {
		f, err := readConfig(named)
		if err != nil {
			return nil, err
		}
		return []*configFile{f}, nil
	}
	places := []string{configName}
	if dir := v.userConfigDir(); dir != "" {
		places = append(places, filepath.Join(dir, "bulwark", configName))
	}
	var files []*configFile
	for _, path := range places {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err != nil && path != configName {
			continue // a home that can't be looked into has no settings for us
		}
		if err == nil && !info.Mode().IsRegular() {
			return nil, usageError(finding.T("cli.config.irregular", path))
		}
		f, err := readConfig(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// userConfigDir is XDG_CONFIG_HOME or what the XDG specification puts in its
// place; empty when there is no home.
func (v *invocation) userConfigDir() string {
	if dir := v.env.get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := v.env.get("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".config")
	}
	return ""
}

func readConfig(path string) (*configFile, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, failure(finding.T("cli.config.open", path), err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, configLimit+1))
	if err != nil {
		return nil, failure(finding.T("cli.config.open", path), err)
	}
	if len(raw) > configLimit {
		return nil, usageError(finding.T("cli.config.large", path, strconv.Itoa(configLimit)))
	}
	return parseConfig(path, raw)
}

// parseConfig checks the whole file: every key must be a setting that may stand
// in a file, or the list of exceptions, and every value must be one that the
// setting takes. What is wrong is told with file and line.
func parseConfig(path string, raw []byte) (*configFile, error) {
	cf := &configFile{path: path, values: map[string]fileValue{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, usageError(finding.T("cli.config.syntax", path)).because(err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return cf, nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return cf, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, usageError(finding.T("cli.config.mapping", place(path, root.Line)))
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, val := root.Content[i], root.Content[i+1]
		at := place(path, key.Line)
		if key.Value == exceptionsKey {
			if cf.exceptions != nil {
				return nil, usageError(finding.T("cli.config.twice", at, key.Value))
			}
			cf.exceptions = val
			continue
		}
		s, ok := settingNamed(key.Value)
		if !ok || key.Kind != yaml.ScalarNode || !s.inFile() {
			return nil, unknownKey(at, key.Value, fileKeys())
		}
		if _, twice := cf.values[key.Value]; twice {
			return nil, usageError(finding.T("cli.config.twice", at, key.Value))
		}
		words, err := nodeWords(path, key.Value, val, s)
		if err != nil {
			return nil, err
		}
		cf.values[key.Value] = fileValue{line: key.Line, words: words}
	}
	return cf, nil
}

// exceptionsKey is the one key of the file that is not a setting.
const exceptionsKey = "exceptions"

// fileKeys are all keys that a file may have.
func fileKeys() []string {
	keys := []string{exceptionsKey}
	for _, s := range settings() {
		if s.inFile() {
			keys = append(keys, s.name)
		}
	}
	return keys
}

func unknownKey(at, key string, known []string) error {
	p := usageError(finding.T("cli.config.unknown", at, key))
	if near := nearest(strings.ReplaceAll(strings.ToLower(key), "_", "-"), known); near != "" {
		return p.withHint("cli.hint.mean", near)
	}
	return p.withHint("cli.hint.schema")
}

func place(path string, line int) string { return fmt.Sprintf("%s:%d", path, line) }

// nodeWords reads a setting's value and tries whether the setting takes it.
func nodeWords(path, key string, n *yaml.Node, s setting) ([]string, error) {
	at := place(path, n.Line)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && (s.kind == kindWords || s.kind == kindFiles) {
		items = n.Content
	}
	words := make([]string, 0, len(items))
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return nil, usageError(finding.T("cli.config.form", at, key))
		}
		word := item.Value
		if s.kind == kindFile || s.kind == kindFiles && key == "vex" {
			word = besideConfig(path, word)
		}
		words = append(words, word)
	}
	scratch := scratchValue(s)
	for _, w := range words {
		if err := scratch.Set(w); err != nil {
			return nil, valueProblem(err, finding.T("cli.config.value", at, key))
		}
	}
	return words, nil
}

// scratchValue is a value bound to nothing, to try words on.
func scratchValue(s setting) *value {
	return &value{setting: s, word: new(string), list: new([]string), flag: new(bool), number: new(int), span: durationPtr()}
}

// besideConfig makes a path of a file relative to that file.
func besideConfig(config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(config), path)
}

// valueProblem puts the place in front of what value.Set had to say.
func valueProblem(err error, where finding.Text) error {
	var inner *problem
	if !errors.As(err, &inner) {
		return usageError(where).because(err)
	}
	return &problem{code: exitUsage, text: where, reason: inner.text, hint: inner.hint}
}
