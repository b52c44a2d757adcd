package workload

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func environment(pairs ...string) func(string) string {
	env := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestEndpoints(t *testing.T) {
	empty := t.TempDir()
	unreadable := t.TempDir()
	if err := os.Mkdir(filepath.Join(unreadable, "config.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "config.json"), []byte(`{"currentContext":`), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		env  []string
		want []string // network, address and origin of each
		err  string
	}{
		{"nothing configured", []string{"HOME", empty, "XDG_RUNTIME_DIR", "/run/user/1000"}, []string{
			"unix /var/run/docker.sock default socket",
			"unix /run/user/1000/docker.sock rootless socket",
			"unix " + empty + "/.docker/run/docker.sock rootless or Docker Desktop socket",
			"unix " + empty + "/.docker/desktop/docker.sock Docker Desktop socket",
			"unix /run/podman/podman.sock Podman socket",
			"unix /run/user/1000/podman/podman.sock rootless Podman socket",
		}, ""},
		{"no home", nil, []string{"unix /var/run/docker.sock default socket", "unix /run/podman/podman.sock Podman socket"}, ""},
		{"DOCKER_HOST", []string{"DOCKER_HOST", "unix:///run/x.sock"}, []string{"unix /run/x.sock DOCKER_HOST"}, ""},
		{"DOCKER_HOST before DOCKER_CONTEXT", []string{"DOCKER_HOST", "tcp://h", "DOCKER_CONTEXT", "local", "DOCKER_CONFIG", "testdata/contexts"},
			[]string{"tcp h:2375 DOCKER_HOST"}, ""},
		{"tcp with port", []string{"DOCKER_HOST", "tcp://[::1]:99"}, []string{"tcp [::1]:99 DOCKER_HOST"}, ""},
		{"tcp without port, IPv6", []string{"DOCKER_HOST", "tcp://[::1]"}, []string{"tcp [::1]:2375 DOCKER_HOST"}, ""},
		{"tcp with TLS", []string{"DOCKER_HOST", "tcp://h", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", empty}, []string{"tcp h:2376 DOCKER_HOST TLS"}, ""},
		{"https", []string{"DOCKER_HOST", "https://h"}, []string{"tcp h:2376 DOCKER_HOST TLS"}, ""},
		{"ssh", []string{"DOCKER_HOST", "ssh://me@h"}, nil, "starts no ssh (hint: forward the socket"},
		{"npipe", []string{"DOCKER_HOST", "npipe:////./pipe/docker_engine"}, nil, "not supported"},
		{"no scheme", []string{"DOCKER_HOST", "/var/run/docker.sock"}, nil, "no scheme (hint:"},
		{"relative socket", []string{"DOCKER_HOST", "unix://docker.sock"}, nil, "absolute"},
		{"unknown scheme", []string{"DOCKER_HOST", "gopher://h"}, nil, "not known"},
		{"a path after tcp", []string{"DOCKER_HOST", "tcp://h:1/x/../y"}, nil, "not of the form"},
		{"a user in tcp", []string{"DOCKER_HOST", "tcp://u:p@h:1"}, nil, "not of the form"},
		{"DOCKER_CONTEXT", []string{"DOCKER_CONTEXT", "local", "DOCKER_CONFIG", "testdata/contexts"}, []string{`unix /run/user/1000/docker.sock context "local"`}, ""},
		{"current context", []string{"DOCKER_CONFIG", "testdata/contexts"}, []string{`tcp engine.example:2376 context "remote"`}, ""},
		{"context over ssh", []string{"DOCKER_CONTEXT", "over-ssh", "DOCKER_CONFIG", "testdata/contexts"}, nil, "starts no ssh"},
		{"context default", []string{"DOCKER_CONTEXT", "default", "DOCKER_CONFIG", "testdata/contexts"}, []string{
			"unix /var/run/docker.sock default socket", "unix /run/podman/podman.sock Podman socket"}, ""},
		{"no such context", []string{"DOCKER_CONTEXT", "../../x", "DOCKER_CONFIG", "testdata/contexts"}, nil, `docker context "../../x" (chosen by DOCKER_CONTEXT): no such context`},
		{"config is no file", []string{"DOCKER_CONFIG", unreadable}, nil, "not a regular file"},
		{"config is damaged", []string{"DOCKER_CONFIG", broken}, nil, "read docker's configuration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := Endpoints(environment(test.env...))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range list {
				line := e.Network + " " + e.Address + " " + e.Origin
				if e.TLS != nil {
					line += " TLS"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// keyMaterial writes ca.pem, cert.pem and key.pem of an authority that is also
// the certificate of engine and client.
func keyMaterial(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "engine"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"engine.example"},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for name, b := range map[string][]byte{
		"ca.pem": certPEM, "cert.pem": certPEM, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContextWithKeyMaterial(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/contexts")); err != nil {
		t.Fatal(err)
	}
	// The name of the folder is that which the command line made for "remote".
	tlsDir := filepath.Join(dir, "contexts/tls/b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a/docker")
	if err := os.MkdirAll(tlsDir, 0o755); err != nil {
		t.Fatal(err)
	}
	keyMaterial(t, tlsDir)
	list, err := Endpoints(environment("DOCKER_CONFIG", dir))
	if err != nil {
		t.Fatal(err)
	}
	e := list[0]
	if e.TLS == nil || e.TLS.RootCAs == nil || len(e.TLS.Certificates) != 1 || e.TLS.InsecureSkipVerify || e.TLS.ServerName != "engine.example" {
		t.Errorf("TLS of the context: %+v", e.TLS)
	}
	if err := os.WriteFile(filepath.Join(tlsDir, "key.pem"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Endpoints(environment("DOCKER_CONFIG", dir)); err == nil || !strings.Contains(err.Error(), "TLS material") {
		t.Errorf("damaged key: %v", err)
	}
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"unix:///x", "tcp://h:1", "tcp://[::1]", "https://h", "ssh://a@b", "", "://", "tcp://h/..", "unix://../x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		e, err := parseHost(host, "test")
		if err != nil {
			return
		}
		e = withPort(e)
		switch e.Network {
		case "unix":
			if !strings.HasPrefix(e.Address, "/") || strings.Contains(e.Address, "/../") {
				t.Errorf("%q gives the socket %q", host, e.Address)
			}
		case "tcp":
			if _, port, err := net.SplitHostPort(e.Address); err != nil || port == "" {
				t.Errorf("%q gives the address %q", host, e.Address)
			}
		default:
			t.Errorf("%q gives the network %q", host, e.Network)
		}
	})
}

func FuzzParseContextMeta(f *testing.F) {
	files, err := filepath.Glob("testdata/contexts/contexts/meta/*/meta.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"Endpoints":{"docker":null}}`))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = parseContextMeta(b) })
}
