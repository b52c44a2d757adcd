package imageconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"bulwark/internal/walk"
)

// DetectorName is the name of [Detector].
const DetectorName = "image-config"

// detector reads what LintTree needs the content of, in the worker.
type detector struct{}

var (
	_ walk.PathLister      = detector{}
	_ walk.ConfigInspector = detector{}
)

// Detector looks at an image's configuration ([Lint]) and reads its accounts
// (passwd(5), shadow(5), group(5)) and sudo's rules. Hashes of passwords do not
// leave it; that there is one does.
func Detector() walk.Detector { return detector{} }

func (detector) Name() string { return DetectorName }
func (detector) Version() int { return 1 }

const (
	pathPasswd  = "etc/passwd"
	pathShadow  = "etc/shadow"
	pathGroup   = "etc/group"
	pathSudoers = "etc/sudoers"
	dirSudoers  = "etc/sudoers.d/"
)

func (detector) Paths() []string { return []string{pathPasswd, pathShadow, pathGroup, pathSudoers} }

func (detector) Want(path string, _ fs.FileMode, _ int64) walk.Decision {
	if !strings.HasPrefix(path, "etc/") {
		return walk.No
	}
	switch path {
	case pathPasswd, pathShadow, pathGroup, pathSudoers:
		return walk.Yes
	}
	// sudo reads no name with a dot or a tilde at its end (sudoers(5)).
	if name, ok := strings.CutPrefix(path, dirSudoers); ok && !strings.ContainsAny(name, "./~") {
		return walk.Yes
	}
	return walk.No
}

// Limits of the files read.
const (
	maxAccountFile = 4 << 20
	maxAccounts    = 20_000
	maxRules       = 100
	maxName        = 256
)

const (
	factAccounts = "accounts"
	factSudo     = "sudo-no-password"
)

// account is a line of passwd or group.
type account struct {
	Name string `json:"n"`
	ID   int64  `json:"i"`
	// Password is one of the states below.
	Password string `json:"p,omitempty"`
	Shell    string `json:"s,omitempty"`
}

// States of a password, from the second field (crypt(5), shadow(5)).
const (
	passwordEmpty  = "empty"
	passwordHash   = "hash"
	passwordShadow = "shadow" // an x: it stands in shadow
	passwordLocked = ""
)

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(maxAccountFile)
	if err != nil {
		return err
	}
	kind, v := factAccounts, any(nil)
	switch f.Path {
	case pathPasswd, pathShadow, pathGroup:
		v, err = readAccounts(b, f.Path)
	default:
		kind = factSudo
		v = readSudoers(b)
	}
	data, merr := json.Marshal(v)
	if merr != nil {
		return merr
	}
	if string(data) != "null" {
		out.Fact(kind, data)
	}
	return err
}

// InspectConfig implements walk.ConfigInspector.
func (detector) InspectConfig(_ context.Context, raw []byte, out walk.Sink) error {
	c, err := Parse(raw)
	if err != nil {
		return err
	}
	for _, r := range Lint(c) {
		out.Result(r)
	}
	return nil
}

// readAccounts reads passwd, shadow or group. A line that is none is passed
// over, as the C library does. Lines of NIS (+name) are no accounts of the image.
func readAccounts(b []byte, path string) ([]account, error) {
	var out []account
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || line[0] == '#' || line[0] == '+' || line[0] == '-' || len(line) > 64<<10 {
			continue
		}
		fields := strings.SplitN(string(line), ":", 8)
		if len(fields) < 2 || fields[0] == "" || len(fields[0]) > maxName {
			continue
		}
		a := account{Name: fields[0], ID: -1, Password: passwordState(fields[1])}
		if path != pathShadow {
			if len(fields) < 3 {
				continue
			}
			id, err := strconv.ParseInt(strings.TrimSpace(fields[2]), 10, 64)
			if err != nil {
				continue
			}
			a.ID = id
		}
		if path == pathPasswd && len(fields) >= 7 && len(fields[6]) <= maxName {
			a.Shell = fields[6]
		}
		if len(out) >= maxAccounts {
			return out, fmt.Errorf("more than %d accounts: %w", maxAccounts, walk.ErrLimit)
		}
		out = append(out, a)
	}
	return out, nil
}

func passwordState(s string) string {
	switch {
	case s == "":
		return passwordEmpty
	case s == "x":
		return passwordShadow
	case strings.HasPrefix(s, "!"), strings.HasPrefix(s, "*"):
		return passwordLocked
	case strings.HasPrefix(s, "$"), strings.HasPrefix(s, "_"), len(s) == 13:
		return passwordHash
	}
	return passwordLocked // nothing hashes to it
}

// readSudoers gives the users and groups ("%wheel") that may run commands
// without a password. It reads lines as sudoers(5) joins them, and no includes:
// the files of sudoers.d come by themselves.
func readSudoers(b []byte) []string {
	var out []string
	text := strings.ReplaceAll(string(b), "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' && !strings.HasPrefix(line, "#0") || line[0] == '@' || strings.HasPrefix(line, "Defaults") {
			continue
		}
		who, rest, ok := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if !ok || strings.HasSuffix(who, "_Alias") || !strings.Contains(rest, "NOPASSWD:") || len(who) > maxName || who == "root" {
			continue
		}
		if len(out) < maxRules {
			out = append(out, who)
		}
	}
	return out
}
