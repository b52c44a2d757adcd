package workload

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Endpoint is a place where an engine may listen.
type Endpoint struct {
	// Host as it was configured: "unix:///var/run/docker.sock", "tcp://h:2376".
	Host string
	// Network and Address are for net.Dial: "unix" and a path, or "tcp" and host:port.
	Network, Address string
	// TLS is set when the connection is encrypted.
	TLS *tls.Config
	// Origin says why this one: "DOCKER_HOST", "context \"x\"", "default socket".
	Origin string
}

// Local reports whether the endpoint is a socket of this host.
func (e Endpoint) Local() bool { return e.Network == "unix" }

// String names the endpoint and where it comes from.
func (e Endpoint) String() string { return fmt.Sprintf("%s (%s)", e.Host, e.Origin) }

// Default ports of tcp endpoints, as IANA and Docker's documentation give them.
const (
	portPlain = "2375"
	portTLS   = "2376"
)

// maxTLSFile bounds each of ca.pem, cert.pem and key.pem.
const maxTLSFile = 1 << 20

// Endpoints lists where an engine may be. When the user has chosen one there is
// exactly that one:
//
//  1. DOCKER_HOST, with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH;
//  2. the context named by DOCKER_CONTEXT;
//  3. the context named by currentContext in config.json (in DOCKER_CONFIG, else ~/.docker).
//
// Otherwise the usual sockets are listed: the system's, the rootless ones, Docker
// Desktop's, and last Podman's. env looks up the environment.
func Endpoints(env func(string) string) ([]Endpoint, error) {
	if host := env("DOCKER_HOST"); host != "" {
		e, err := parseHost(host, "DOCKER_HOST")
		if err != nil {
			return nil, err
		}
		if e.Network == "tcp" && (env("DOCKER_TLS_VERIFY") != "" || env("DOCKER_TLS") != "") {
			dir := env("DOCKER_CERT_PATH")
			if dir == "" {
				dir = dockerConfigDir(env)
			}
			if e.TLS, err = tlsFromDir(dir, env("DOCKER_TLS_VERIFY") == ""); err != nil {
				return nil, fmt.Errorf("%s: TLS material in DOCKER_CERT_PATH: %w", e, err)
			}
		}
		return []Endpoint{withPort(e)}, nil
	}
	name, origin, err := chosenContext(env)
	if err != nil {
		return nil, err
	}
	if name != "" && name != "default" {
		e, err := contextEndpoint(dockerConfigDir(env), name)
		if err != nil {
			return nil, fmt.Errorf("docker context %q (chosen by %s): %w", name, origin, err)
		}
		return []Endpoint{withPort(e)}, nil
	}
	return usualSockets(env), nil
}

// usualSockets lists the sockets tried when nothing is configured.
func usualSockets(env func(string) string) []Endpoint {
	var list []Endpoint
	add := func(path, origin string) {
		list = append(list, Endpoint{Host: "unix://" + path, Network: "unix", Address: path, Origin: origin})
	}
	add("/var/run/docker.sock", "default socket")
	home, runtimeDir := env("HOME"), env("XDG_RUNTIME_DIR")
	if filepath.IsAbs(runtimeDir) {
		add(filepath.Join(runtimeDir, "docker.sock"), "rootless socket")
	}
	if filepath.IsAbs(home) {
		add(filepath.Join(home, ".docker/run/docker.sock"), "rootless or Docker Desktop socket")
		add(filepath.Join(home, ".docker/desktop/docker.sock"), "Docker Desktop socket")
	}
	add("/run/podman/podman.sock", "Podman socket")
	if filepath.IsAbs(runtimeDir) {
		add(filepath.Join(runtimeDir, "podman/podman.sock"), "rootless Podman socket")
	}
	return list
}

// parseHost reads a DOCKER_HOST value.
func parseHost(host, origin string) (Endpoint, error) {
	e := Endpoint{Host: host, Origin: origin}
	scheme, rest, ok := strings.Cut(host, "://")
	if !ok {
		return e, fmt.Errorf("%s %q has no scheme (hint: write unix:///path/to/docker.sock or tcp://host:port)", origin, host)
	}
	switch strings.ToLower(scheme) {
	case "unix":
		if !strings.HasPrefix(rest, "/") {
			return e, fmt.Errorf("%s %q: the path of a socket is absolute (hint: unix:///var/run/docker.sock)", origin, host)
		}
		e.Network, e.Address = "unix", filepath.Clean(rest)
	case "tcp", "http", "https":
		u, err := url.Parse(host)
		if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), "[]") || strings.Trim(u.Path, "/") != "" || u.User != nil {
			return e, fmt.Errorf("%s %q is not of the form tcp://host:port", origin, host)
		}
		e.Network, e.Address = "tcp", u.Host
		if strings.EqualFold(scheme, "https") {
			e.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
		}
	case "ssh":
		return e, fmt.Errorf("%s %q: Bulwark starts no ssh "+
			"(hint: forward the socket with \"ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock %s\" and set DOCKER_HOST=unix:///tmp/docker.sock, "+
			"or run Bulwark on that host, where images are read in place)", origin, host, strings.TrimPrefix(rest, "//"))
	case "npipe", "fd":
		return e, fmt.Errorf("%s %q: the scheme %q is not supported (hint: unix:// or tcp://)", origin, host, scheme)
	default:
		return e, fmt.Errorf("%s %q: the scheme %q is not known (hint: unix:// or tcp://)", origin, host, scheme)
	}
	return e, nil
}

// withPort adds the port that a tcp endpoint left out, which depends on TLS.
func withPort(e Endpoint) Endpoint {
	if e.Network != "tcp" {
		return e
	}
	host, port, err := net.SplitHostPort(e.Address)
	if err != nil {
		host, port = strings.Trim(e.Address, "[]"), ""
	}
	if port == "" {
		port = portPlain
		if e.TLS != nil {
			port = portTLS
		}
	}
	e.Address = net.JoinHostPort(host, port)
	if e.TLS != nil && e.TLS.ServerName == "" {
		e.TLS.ServerName = host
	}
	return e
}

// tlsFromDir reads ca.pem, cert.pem and key.pem. Without a certificate of our
// own the engine may still be spoken to; without a CA the system's are used.
func tlsFromDir(dir string, skipVerify bool) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: skipVerify} //nolint:gosec // DOCKER_TLS without DOCKER_TLS_VERIFY is the user's choice.
	ca, err := readLimited(filepath.Join(dir, "ca.pem"), maxTLSFile)
	switch {
	case err == nil:
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s has no certificate", filepath.Join(dir, "ca.pem"))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	cert, certErr := readLimited(filepath.Join(dir, "cert.pem"), maxTLSFile)
	key, keyErr := readLimited(filepath.Join(dir, "key.pem"), maxTLSFile)
	if errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist) {
		return conf, nil
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cert.pem and key.pem in %s: %w", dir, err)
	}
	conf.Certificates = []tls.Certificate{pair}
	return conf, nil
}

// readLimited reads a regular file of at most limit bytes.
func readLimited(path string, limit int64) ([]byte, error) {
	// O_NONBLOCK: a FIFO put there must not make us wait.
	f, err := os.OpenFile(path, os.O_RDONLY|oNonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil {
		return nil, err
	} else if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return b, nil
}
