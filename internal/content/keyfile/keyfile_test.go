package keyfile

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

// look gives "check: what" of a file's results, and its certificates.
func look(t testing.TB, path string, b []byte) []string {
	t.Helper()
	recs, _ := walk.Inspect(context.Background(), Detector(), walk.NewFile(path, b))
	var out []string
	for _, r := range recs {
		switch {
		case r.Result != nil:
			line := r.Result.Check + ": " + strings.Join(r.Result.Evidence, "; ")
			if r.Result.Rating.Severity != finding.High {
				line += " " + r.Result.Rating.Severity.String()
			}
			if r.Result.Title.ID == "keyfile.untried" {
				line += " untried"
			}
			out = append(out, line)
		case r.Fact != nil:
			out = append(out, "certificate")
		case r.Unread != nil:
			out = append(out, "unread: "+r.Unread.Detail)
		}
	}
	return out
}

// TestRealFiles looks at what testdata/make.sh has the real programs write.
func TestRealFiles(t *testing.T) {
	want := map[string][]string{
		"rsa-pkcs1.pem":               {"private-key: PKCS#1, RSA 2048"},
		"rsa-pkcs8.pem":               {"private-key: PKCS#8, RSA 2048"},
		"rsa-pkcs8.der":               {"private-key: DER, RSA 2048"},
		"rsa-pkcs1.der":               {"private-key: DER, RSA 2048"},
		"rsa-legacy-changeit.pem":     {"private-key-known-passphrase: PKCS#1, RSA 2048"},
		"rsa-legacy-other.pem":        {"private-key-encrypted: PKCS#1, RSA low"},
		"rsa-pkcs8-password.pem":      {"private-key-known-passphrase: PKCS#8, RSA 2048"},
		"rsa-pkcs8-des3-password.pem": {"private-key-known-passphrase: PKCS#8, RSA 2048"},
		"rsa-pkcs8-other.pem":         {"private-key-encrypted: PKCS#8 low"},
		"rsa-pkcs8-rounds.pem":        {"private-key-encrypted: PKCS#8 low untried"},
		"rsa-pkcs8-scrypt.pem":        {"private-key-encrypted: PKCS#8 low untried"},
		"rsa-pkcs8-pbes1.pem":         {"private-key-encrypted: PKCS#8 low untried"},
		"ec-sec1.pem":                 {"private-key: SEC 1, EC P-256"},
		"ed25519.pem":                 {"private-key: PKCS#8, Ed25519"},
		"dsa.pem":                     {"private-key: PKCS#8"},
		"rsa-public.pem":              nil,
		"server-cert.pem":             {"certificate"},
		"server-cert.der":             {"certificate"},
		"ca-cert.pem":                 {"certificate"},
		"both.pem":                    {"private-key: PKCS#1, RSA 2048", "certificate"},
		"changeit.p12":                {"private-key-known-passphrase: PKCS#12"},
		"empty.p12":                   {"private-key-known-passphrase: PKCS#12"},
		"legacy-changeit.p12":         {"private-key-known-passphrase: PKCS#12"},
		"other.p12":                   {"private-key-encrypted: PKCS#12 low"},
		"open.p12":                    {"private-key: PKCS#12"},
		"certificates.p12":            nil,
		"keytool-changeit.p12":        {"private-key-known-passphrase: PKCS#12"},
		"changeit.jks":                {"private-key-known-passphrase: JKS", "certificate"},
		"other.jks":                   {"private-key-encrypted: JKS low", "certificate"},
		"changeit.jceks":              {"private-key-known-passphrase: JCEKS", "certificate"},
		"certificates.jks":            {"certificate"},
		"ssh-ed25519":                 {"private-key: OpenSSH, ssh-ed25519"},
		"ssh-rsa-encrypted":           {"private-key-encrypted: OpenSSH, ssh-rsa low untried"},
		"open.ppk":                    {"private-key: PuTTY, ssh-ed25519"},
		"v2.ppk":                      {"private-key: PuTTY, ssh-rsa"},
		"encrypted.ppk":               {"private-key-encrypted: PuTTY, ssh-ed25519 low untried"},
		"gpg-open.asc":                {"private-key: OpenPGP, RSA"},
		"gpg-ed25519-open.asc":        {"private-key: OpenPGP, EC"},
		"gpg-encrypted.asc":           {"private-key-encrypted: OpenPGP, RSA low untried"},
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() == "make.sh" || f.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join("testdata", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		w, known := want[f.Name()]
		if !known {
			t.Errorf("%s is not in the table", f.Name())
		}
		if d := cmp.Diff(w, look(t, "opt/"+f.Name(), b)); d != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name(), d)
		}
		delete(want, f.Name())
		// Nothing of a key is told.
		for _, line := range look(t, "opt/"+f.Name(), b) {
			if strings.Contains(line, "MII") {
				t.Errorf("%s: %s", f.Name(), line)
			}
		}
		// Cut short, it is a finding, something unread, or nothing that was promised; never a panic.
		for n := 0; n < len(b); n += 1 + len(b)/60 {
			look(t, "opt/"+f.Name(), b[:n])
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

func TestPlaces(t *testing.T) {
	b, err := os.ReadFile("testdata/ed25519.pem")
	if err != nil {
		t.Fatal(err)
	}
	got := look(t, "usr/src/app/tests/key.pem", b)
	if len(got) != 1 || !strings.Contains(got[0], "low") {
		t.Errorf("a key of a test: %v", got)
	}
	// Short structures, and no telling name.
	for _, name := range []string{"ed25519.pem", "ec-sec1.pem", "rsa-pkcs8.pem"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var last []byte
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			last = block.Bytes
		}
		if got := look(t, "opt/noend", last); len(got) != 1 || !strings.HasPrefix(got[0], "private-key: DER") {
			t.Errorf("%s in DER: %v", name, got)
		}
	}
	if p12, err := os.ReadFile("testdata/changeit.p12"); err != nil || len(look(t, "opt/noend", p12)) != 1 {
		t.Errorf("a PKCS#12 store under any name: %v, %v", look(t, "opt/noend", p12), err)
	}
	if ca, err := os.ReadFile("testdata/ca-cert.pem"); err != nil || len(look(t, "etc/ssl/certs/ca.pem", ca)) != 0 {
		t.Errorf("an authority in a bundle: %v", err)
	}
	// Whatever the name, a file that begins as a key is one.
	if got := look(t, "opt/data.bin", b); len(got) != 1 {
		t.Errorf("another name: %v", got)
	}
	for name, text := range map[string]string{
		"README.md":   "Put your key here:\n\n    -----BEGIN PRIVATE KEY-----\n    ...\n    -----END PRIVATE KEY-----\n",
		"example.pem": "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----\n" + strings.Repeat("#", 50),
		"image.der":   "0\x82\x01\x00" + strings.Repeat("x", 300),
		"slides.key":  "PK\x03\x04" + strings.Repeat("x", 300),
	} {
		if got := look(t, name, []byte(text)); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if armor, err := os.ReadFile("testdata/gpg-open.asc"); err != nil {
		t.Error(err)
	} else if got := look(t, "x.asc", bytes.Replace(armor, []byte("lQ"), []byte("!!"), 1)); len(got) != 1 || !strings.HasPrefix(got[0], "unread") {
		t.Errorf("a broken OpenPGP key: %v", got)
	}
	broken := strings.Replace(string(b), "\n", "\n!!"+strings.Repeat("A", 300)+"\n", 1)
	if got := look(t, "x.pem", []byte(broken)); len(got) != 1 || !strings.HasPrefix(got[0], "unread") {
		t.Errorf("a broken key: %v", got)
	}
}

func TestExpired(t *testing.T) {
	b, err := os.ReadFile("testdata/server-cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	recs, _ := walk.Inspect(context.Background(), Detector(), walk.NewFile("etc/tls/s.pem", b))
	_, certs, err := parse("s.pem", b)
	if err != nil || len(certs) != 1 {
		t.Fatal(certs, err)
	}
	end := certs[0].NotAfter
	for _, tt := range []struct {
		now  time.Time
		want []string
	}{
		{end.AddDate(0, -2, 0), nil},
		{end.AddDate(0, 0, -10), []string{"warn keyfile.expires"}},
		{end.AddDate(0, 0, 1), []string{"fail keyfile.expired"}},
	} {
		var got []string
		for _, r := range Expired(recs, tt.now) {
			got = append(got, fmt.Sprint(r.State, " ", r.Title.ID))
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("at %v (-want +got):\n%s", tt.now, d)
		}
	}
}

func TestManyBlocks(t *testing.T) {
	b, err := os.ReadFile("testdata/rsa-pkcs1.pem")
	if err != nil {
		t.Fatal(err)
	}
	got := look(t, "x.pem", bytes.Repeat(b, maxBlocks+1))
	if len(got) != 2 || !strings.Contains(got[0], "(2000)") || !strings.Contains(got[1], "limit") {
		t.Errorf("%v", got)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	slices.Sort(files)
	for _, p := range files {
		if b, err := os.ReadFile(p); err == nil && !strings.HasSuffix(p, ".sh") && !strings.Contains(p, "rounds") {
			f.Add(filepath.Base(p), b)
		}
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		recs, _ := walk.Inspect(context.Background(), Detector(), walk.NewFile(name, b))
		for _, r := range recs {
			if r.Unread != nil && strings.Contains(r.Unread.Detail, "panicked") {
				t.Error(r.Unread.Detail)
			}
		}
	})
}
