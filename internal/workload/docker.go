package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits of one answer.
const (
	maxAnswer    = 64 << 20 // list of images, inspect
	maxErrorText = 16 << 10
	askTimeout   = 30 * time.Second
	dialTimeout  = 5 * time.Second
)

// newestAPI is the newest version of the API whose fields are read here. An
// engine that has dropped it is asked in its own oldest version.
var newestAPI = apiVersion{1, 52}

// apiVersion is a version of the engine's API, "1.41".
type apiVersion struct{ major, minor int }

func parseAPIVersion(s string) (apiVersion, error) {
	major, minor, ok := strings.Cut(s, ".")
	a, errA := strconv.ParseUint(major, 10, 16)
	b, errB := strconv.ParseUint(minor, 10, 16)
	if !ok || errA != nil || errB != nil {
		return apiVersion{}, fmt.Errorf("%q is not an API version", s)
	}
	return apiVersion{int(a), int(b)}, nil
}

func (v apiVersion) less(w apiVersion) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

func (v apiVersion) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// Docker is a connection to an engine. It may be used from several goroutines.
type Docker struct {
	Endpoint Endpoint
	// Version is what the engine said of itself when it was connected to.
	Version Version

	api     apiVersion
	http    *http.Client
	peerPID atomic.Int64
}

// Unreachable says that no engine answered.
type Unreachable struct{ Tried []error }

var _ error = (*Unreachable)(nil)

// Error implements error. One endpoint gives one line.
func (e *Unreachable) Error() string {
	if len(e.Tried) == 1 {
		return e.Tried[0].Error()
	}
	lines := make([]string, 0, len(e.Tried)+1)
	lines = append(lines, "no Docker engine answers (hint: start it, e.g. \"sudo systemctl start docker\", or say where it is with DOCKER_HOST)")
	for _, err := range e.Tried {
		lines = append(lines, "    "+err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors of all endpoints.
func (e *Unreachable) Unwrap() []error { return e.Tried }

// Connect connects to the first endpoint that answers and agrees on a version
// of the API. The error is an [*Unreachable] when none answers.
func Connect(ctx context.Context, env func(string) string, log *slog.Logger) (*Docker, error) {
	endpoints, err := Endpoints(env)
	if err != nil {
		return nil, err
	}
	un := &Unreachable{}
	for _, e := range endpoints {
		if len(endpoints) > 1 && e.Local() {
			// Nothing was configured: a usual place without a socket needs no advice of its own.
			if _, err := os.Stat(e.Address); errors.Is(err, fs.ErrNotExist) {
				un.Tried = append(un.Tried, fmt.Errorf("%s: %w", e, fs.ErrNotExist))
				continue
			}
		}
		d, err := connect(ctx, e, env("DOCKER_API_VERSION"))
		if err == nil {
			log.Debug("connected to an engine", "endpoint", e.String(), "version", d.Version.Version, "api", d.api.String())
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		un.Tried = append(un.Tried, err)
	}
	return nil, un
}

func connect(ctx context.Context, e Endpoint, wantAPI string) (*Docker, error) {
	d := &Docker{Endpoint: e}
	dialer := &net.Dialer{Timeout: dialTimeout}
	d.http = &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, e.Network, e.Address)
				if err == nil {
					if pid, err := peerPID(conn); err == nil {
						d.peerPID.Store(int64(pid))
					}
				}
				return conn, err
			},
			TLSClientConfig:     e.TLS,
			TLSHandshakeTimeout: dialTimeout,
			DisableCompression:  true,
			MaxIdleConns:        4,
			IdleConnTimeout:     30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	versionCtx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := d.get(versionCtx, "/version", nil, &d.Version); err != nil {
		d.Close()
		return nil, err
	}
	if err := d.negotiate(wantAPI); err != nil {
		d.Close()
		return nil, fmt.Errorf("docker engine at %s: %w", e, err)
	}
	return d, nil
}

// negotiate chooses the newest version that both sides know.
func (d *Docker) negotiate(want string) error {
	if want != "" {
		v, err := parseAPIVersion(want)
		if err != nil {
			return fmt.Errorf("DOCKER_API_VERSION: %w", err)
		}
		d.api = v
		return nil
	}
	theirs, err := parseAPIVersion(d.Version.APIVersion)
	if err != nil {
		return fmt.Errorf("it is no Docker engine: %w", err)
	}
	d.api = newestAPI
	if theirs.less(newestAPI) {
		d.api = theirs
	}
	if oldest, err := parseAPIVersion(d.Version.MinAPIVersion); err == nil && d.api.less(oldest) {
		d.api = oldest
	}
	return nil
}

// Close closes idle connections.
func (d *Docker) Close() { d.http.CloseIdleConnections() }

// AtLeast reports whether the API agreed upon is version major.minor or newer.
func (d *Docker) AtLeast(major, minor int) bool { return !d.api.less(apiVersion{major, minor}) }

// PeerPID gives the process that serves the engine's socket, in our pid
// namespace; 0 when that is not known.
func (d *Docker) PeerPID() int { return int(d.peerPID.Load()) }

// EngineError is an engine's answer that is not a success.
type EngineError struct {
	Status  int
	Message string
}

var _ error = (*EngineError)(nil)

// Error implements error. The engine's words are quoted where they hold control characters.
func (e *EngineError) Error() string {
	msg := e.Message
	if strings.ContainsFunc(msg, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }) {
		msg = strconv.QuoteToASCII(msg)
	}
	if msg == "" {
		return fmt.Sprintf("the engine answers %d %s", e.Status, http.StatusText(e.Status))
	}
	return "the engine answers: " + msg
}

// ErrNoSuchImage says that the engine was asked, and has no such image.
var ErrNoSuchImage = errors.New("no such image")

// Is makes a 404 match ErrNoSuchImage.
func (e *EngineError) Is(target error) bool {
	return target == ErrNoSuchImage && e.Status == http.StatusNotFound
}

// get asks one question and decodes the answer into out.
func (d *Docker) get(ctx context.Context, path string, query url.Values, out any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := d.open(ctx, path, query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("docker engine at %s: read the answer to %s: %w", d.Endpoint, path, err)
	}
	if len(b) > maxAnswer {
		return fmt.Errorf("docker engine at %s: the answer to %s is larger than %d bytes", d.Endpoint, path, maxAnswer)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("docker engine at %s: the answer to %s is not understood (is it a Docker engine?): %w", d.Endpoint, path, err)
	}
	return nil
}

// open sends a GET and gives a successful answer, whose body the caller closes.
func (d *Docker) open(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	u := url.URL{Scheme: "http", Host: "docker", Path: path, RawQuery: query.Encode()}
	if d.Endpoint.Network == "tcp" {
		u.Host = d.Endpoint.Address
	}
	if d.Endpoint.TLS != nil {
		u.Scheme = "https"
	}
	if d.api != (apiVersion{}) {
		u.Path = "/v" + d.api.String() + path
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "bulwark")
	resp, err := d.http.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the URL says less than the endpoint does
		}
		return nil, fmt.Errorf("docker engine at %s: %w", d.Endpoint, d.explain(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorText)) // half a message is better than none
	var msg struct{ Message string }
	if json.Unmarshal(text, &msg) != nil {
		msg.Message = strings.TrimSpace(string(text))
	}
	return nil, fmt.Errorf("docker engine at %s: %w", d.Endpoint, &EngineError{resp.StatusCode, msg.Message})
}

// explain adds what a person can do about a connection that failed.
func (d *Docker) explain(err error) error {
	var hint string
	switch {
	case errors.Is(err, fs.ErrPermission):
		hint = "may not open the socket: run as root (sudo), or as a member of the group that owns it (\"sudo usermod -aG docker $USER\", then log in again)"
	case errors.Is(err, fs.ErrNotExist):
		hint = "no such socket: the engine is not installed, or not running (\"sudo systemctl start docker\"), or listens elsewhere (set DOCKER_HOST)"
	case errors.Is(err, syscall.ECONNREFUSED) && d.Endpoint.Local():
		hint = "nobody serves the socket: start the engine (\"sudo systemctl start docker\")"
	case errors.Is(err, syscall.ECONNREFUSED):
		hint = "nobody listens there: is the engine running, and is the port right?"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		hint = "no answer in time: is the engine busy or stopped?"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		hint = "the engine there does not use TLS: unset DOCKER_TLS_VERIFY"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		hint = "is it a TLS endpoint? Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"
	case strings.Contains(err.Error(), "certificate"):
		hint = "check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH or the context"
	default:
		return err
	}
	return fmt.Errorf("%w (hint: %s)", err, hint)
}
