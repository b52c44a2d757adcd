package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// maxConfigFile bounds config.json and a context's meta.json.
const maxConfigFile = 4 << 20

// dockerConfigDir is where Docker's command line keeps its configuration.
func dockerConfigDir(env func(string) string) string {
	if dir := env("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if home := env("HOME"); home != "" {
		return filepath.Join(home, ".docker")
	}
	return ""
}

// chosenContext gives the name of the context in use and what chose it; empty
// when there is none.
func chosenContext(env func(string) string) (name, origin string, err error) {
	if name := env("DOCKER_CONTEXT"); name != "" {
		return name, "DOCKER_CONTEXT", nil
	}
	dir := dockerConfigDir(env)
	if dir == "" {
		return "", "", nil
	}
	path := filepath.Join(dir, "config.json")
	b, err := readLimited(path, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("read docker's configuration: %w", err)
	}
	var conf struct {
		CurrentContext string `json:"currentContext"`
	}
	if err := json.Unmarshal(b, &conf); err != nil {
		return "", "", fmt.Errorf("read docker's configuration %s: %w", path, err)
	}
	return conf.CurrentContext, path, nil
}

// contextMeta is what contexts/meta/ID/meta.json holds that matters here.
type contextMeta struct {
	Name      string
	Endpoints map[string]struct {
		Host          string
		SkipTLSVerify bool
	}
}

// contextEndpoint reads the endpoint "docker" of a context from Docker's context
// store: contexts/meta/<SHA-256 of the name>/meta.json, and TLS material in
// contexts/tls/<the same>/docker.
func contextEndpoint(configDir, name string) (Endpoint, error) {
	if configDir == "" {
		return Endpoint{}, errors.New("there is no directory of docker's configuration (hint: set HOME or DOCKER_CONFIG)")
	}
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	path := filepath.Join(configDir, "contexts", "meta", id, "meta.json")
	b, err := readLimited(path, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Endpoint{}, errors.New("no such context (hint: \"docker context ls\" lists them)")
	}
	if err != nil {
		return Endpoint{}, err
	}
	meta, err := parseContextMeta(b)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%s: %w", path, err)
	}
	if meta.Name != name {
		return Endpoint{}, fmt.Errorf("%s is of another context, %q", path, meta.Name)
	}
	docker, ok := meta.Endpoints["docker"]
	if !ok {
		return Endpoint{}, errors.New("the context has no docker endpoint")
	}
	origin := fmt.Sprintf("context %q", name)
	if docker.Host == "" {
		return usualSockets(func(string) string { return "" })[0], nil
	}
	e, err := parseHost(docker.Host, origin)
	if err != nil {
		return e, err
	}
	tlsDir := filepath.Join(configDir, "contexts", "tls", id, "docker")
	if e.Network != "tcp" || (!docker.SkipTLSVerify && !hasTLSMaterial(tlsDir)) {
		return e, nil
	}
	if e.TLS, err = tlsFromDir(tlsDir, docker.SkipTLSVerify); err != nil {
		return e, fmt.Errorf("TLS material: %w", err)
	}
	return e, nil
}

func parseContextMeta(b []byte) (contextMeta, error) {
	var meta contextMeta
	if err := json.Unmarshal(b, &meta); err != nil {
		return meta, err
	}
	// Host may come with white space when meta.json was written by hand.
	for k, e := range meta.Endpoints {
		e.Host = strings.TrimSpace(e.Host)
		meta.Endpoints[k] = e
	}
	return meta, nil
}

func hasTLSMaterial(dir string) bool {
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		if _, err := readLimited(filepath.Join(dir, name), maxTLSFile); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}
