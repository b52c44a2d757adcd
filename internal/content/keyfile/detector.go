package keyfile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// Name is the detector's.
const Name = "keyfile"

// MaxBytes is the largest file of keys that is read; a system's bundle of certificates has 300 KiB.
const MaxBytes = 8 << 20

// Detector finds files of keys by their first bytes.
func Detector() walk.Detector { return detector{} }

type detector struct{}

var (
	_ walk.Detector = detector{}
	_ walk.Peeker   = detector{}
)

func (detector) Name() string { return Name }
func (detector) Version() int { return 2 }

func (detector) Want(_ string, _ fs.FileMode, size int64) walk.Decision {
	if size < 48 || size > MaxBytes {
		return walk.No
	}
	return walk.Peek
}

// endings are those of files that hold keys in forms without a mark of their own.
var endings = []string{
	".pem", ".key", ".crt", ".cer", ".cert", ".der", ".p8", ".pk8", ".p12", ".pfx", ".pkcs12", ".pkcs8", ".priv", ".private",
	".jks", ".jceks", ".ks", ".keystore", ".truststore", ".ppk", ".gpg", ".asc",
}

func named(p string) bool {
	return slices.Contains(endings, strings.ToLower(path.Ext(p)))
}

func (detector) Peek(p string, head []byte) bool {
	return Binary(p, head) || bytes.HasPrefix(head, []byte(ppkMark)) ||
		bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte(pemMark)) ||
		named(p) && bytes.Contains(head, []byte(pemMark))
}

// Binary reports whether a file is to be looked at, by its first bytes, and is
// not in one of the forms of text.
func Binary(p string, head []byte) bool {
	return bytes.HasPrefix(head, jksMagic) || bytes.HasPrefix(head, jceksMagic) || versioned(head) || named(p) && sequence(head)
}

// Look looks at a file that is not offered to the detector: a member of an
// archive, a file of the past. Results name it by p.
func Look(p string, b []byte) ([]finding.Result, error) {
	keys, _, err := parse(p, b)
	var out []finding.Result
	for _, k := range merge(keys) {
		r := k.result(p)
		r.Locations = []finding.Location{{Path: p}}
		out = append(out, r)
	}
	return out, err
}

const (
	pemMark = "-----BEGIN "
	ppkMark = "PuTTY-User-Key-File-"
)

// sequence reports whether b begins as a DER structure does.
func sequence(b []byte) bool {
	return len(b) > 8 && b[0] == 0x30 && (b[1] < 0x80 || b[1] >= 0x81 && b[1] <= 0x83)
}

// versioned reports whether b begins as a DER structure whose first member is
// the version that keys (0, 1) and PKCS#12 stores (3) have: no name is needed
// to look at those.
func versioned(b []byte) bool {
	if !sequence(b) {
		return false
	}
	at := 2
	if b[1] >= 0x80 {
		at += int(b[1] - 0x80)
	}
	return len(b) > at+3 && b[at] == 2 && b[at+1] == 1 && (b[at+2] <= 1 || b[at+2] == 3)
}

func (detector) Inspect(_ context.Context, f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(MaxBytes)
	if err != nil {
		return err
	}
	keys, certs, err := parse(f.Path, b)
	for _, k := range merge(keys) {
		out.Result(k.result(f.Path))
	}
	for _, c := range ownCertificates(f.Path, certs) {
		fact, merr := json.Marshal(c)
		if merr != nil {
			return merr
		}
		out.Fact(FactCertificate, fact)
	}
	return err
}

// parse reads a file by its form.
func parse(p string, b []byte) ([]key, []Certificate, error) {
	switch {
	case bytes.HasPrefix(b, jksMagic), bytes.HasPrefix(b, jceksMagic):
		return parseJKS(b)
	case bytes.HasPrefix(b, []byte(ppkMark)):
		return parsePPK(b)
	case bytes.Contains(b, []byte(pemMark)):
		return parsePEM(b)
	case versioned(b), sequence(b) && named(p):
		return parseDER(b)
	}
	return nil, nil, nil
}

// protection is what stands between a reader of the file and the key.
type protection uint8

const (
	none    protection = iota
	known              // a passphrase that everybody knows
	unknown            // another passphrase
	untried            // a passphrase that was not guessed at
)

// key is a private key that was found.
type key struct {
	form       string // "PKCS#8", "OpenSSH", …
	algorithm  string // "RSA 2048"; empty where it can't be told
	protection protection
	count      int // of the same kind in one file; 0 is one
	detail     string
}

// merge makes one of keys of the same kind.
func merge(keys []key) []key {
	var out []key
	for _, k := range keys {
		k.count = max(k.count, 1)
		if i := slices.IndexFunc(out, func(o key) bool {
			return o.form == k.form && o.algorithm == k.algorithm && o.protection == k.protection
		}); i >= 0 {
			out[i].count += k.count
			continue
		}
		out = append(out, k)
	}
	return out
}

// Checks of this package.
const (
	CheckOpen        = "private-key"
	CheckKnown       = "private-key-known-passphrase"
	CheckEncrypted   = "private-key-encrypted"
	CheckCertificate = "certificate-expired"
)

func (k key) result(p string) finding.Result {
	what := k.form
	if k.algorithm != "" {
		what += ", " + k.algorithm
	}
	if k.count > 1 {
		what += fmt.Sprintf(" (%d)", k.count)
	}
	r := finding.Result{State: finding.Fail, Evidence: []string{what}}
	switch k.protection {
	case none:
		r.Check, r.Title = CheckOpen, finding.T("keyfile.open", what)
		r.Rating = finding.Rating{Severity: finding.High, Source: finding.RatedByUs}
	case known:
		r.Check, r.Title = CheckKnown, finding.T("keyfile.known", what)
		r.Rating = finding.Rating{Severity: finding.High, Source: finding.RatedByUs}
	case unknown:
		r.Check, r.Title = CheckEncrypted, finding.T("keyfile.encrypted", what)
		r.Rating = finding.Rating{Severity: finding.Low, Source: finding.RatedByUs}
	default:
		r.Check, r.Title = CheckEncrypted, finding.T("keyfile.untried", what)
		r.Rating = finding.Rating{Severity: finding.Low, Source: finding.RatedByUs}
	}
	if forTests(p) {
		r.Rating.Severity = finding.Low
		r.Evidence = append(r.Evidence, "in a directory of tests, examples or documentation")
	}
	if k.detail != "" {
		r.Evidence = append(r.Evidence, k.detail)
	}
	r.Subject = p + " " + r.Check
	return r
}

// forTests reports whether a path lies where examples do.
func forTests(p string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(p)), "/") {
		switch part {
		case "test", "tests", "testing", "testdata", "test-data", "test_data", "testsuite", "fixtures", "fixture", "spec", "specs",
			"__tests__", "example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "mocks", "certdata":
			return true
		}
	}
	return false
}

// FactCertificate is the kind of fact that a [Certificate] is left as.
const FactCertificate = "certificate"

// Certificate is what is kept of a certificate. Those of authorities are kept
// unless they stand in a bundle.
type Certificate struct {
	Subject   string    `json:"s"`
	Issuer    string    `json:"i"`
	NotBefore time.Time `json:"b"`
	NotAfter  time.Time `json:"a"`

	authority bool
}

// soon is how long before its end a certificate is worth a word.
const soon = 30 * 24 * time.Hour

// Expired makes results of the certificates among records that have run out at
// the time now, or will within 30 days. Locations have path and layer.
func Expired(recs []walk.Record, now time.Time) []finding.Result {
	var out []finding.Result
	for i := range recs {
		r := &recs[i]
		if r.Fact == nil || r.Fact.Kind != FactCertificate {
			continue
		}
		var c Certificate
		if err := json.Unmarshal(r.Fact.Data, &c); err != nil || c.NotAfter.After(now.Add(soon)) {
			continue
		}
		day := c.NotAfter.UTC().Format(time.DateOnly)
		res := finding.Result{
			Check: CheckCertificate, State: finding.Fail,
			Title:     finding.T("keyfile.expired", c.Subject, day),
			Rating:    finding.Rating{Severity: finding.Low, Source: finding.RatedByUs},
			Locations: []finding.Location{{Layer: r.Layer, Path: r.Path}},
			Evidence:  []string{"issuer: " + c.Issuer, "valid from " + c.NotBefore.UTC().Format(time.DateOnly) + " to " + day},
			Subject:   r.Path + " " + CheckCertificate + " " + c.Subject,
		}
		if c.NotAfter.After(now) {
			res.State, res.Title = finding.Warn, finding.T("keyfile.expires", c.Subject, day)
		}
		out = append(out, res)
	}
	return out
}

// Told reports whether a check of package secret says only that there is a key,
// which a result of this package about the same file says better.
func Told(check string) bool {
	return strings.HasPrefix(check, "secret-") && strings.Contains(check, "private-key")
}

// Checks declares what this package asks.
func Checks() []finding.Check {
	secrets := []string{"https://docs.docker.com/build/building/secrets/"}
	return []finding.Check{
		{
			ID: CheckOpen, Point: "image", Severity: finding.High,
			Title: finding.T("check.private-key.title"), Why: finding.T("check.private-key.why"), Fix: finding.T("check.private-key.fix"),
			References: secrets, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.004"}, CWE: []string{"CWE-321", "CWE-312"},
		},
		{
			ID: CheckKnown, Point: "image", Severity: finding.High,
			Title: finding.T("check.private-key-known-passphrase.title"), Why: finding.T("check.private-key-known-passphrase.why"),
			Fix:        finding.T("check.private-key-known-passphrase.fix"),
			References: secrets, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.004"}, CWE: []string{"CWE-1391", "CWE-321"},
		},
		{
			ID: CheckEncrypted, Point: "image", Severity: finding.Low,
			Title: finding.T("check.private-key-encrypted.title"), Why: finding.T("check.private-key-encrypted.why"),
			Fix:        finding.T("check.private-key-encrypted.fix"),
			References: secrets, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.004"}, CWE: []string{"CWE-312"},
		},
		{
			ID: CheckCertificate, Point: "image", Severity: finding.Low,
			Title: finding.T("check.certificate-expired.title"), Why: finding.T("check.certificate-expired.why"), Fix: finding.T("check.certificate-expired.fix"),
			References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"}, CWE: []string{"CWE-298"},
		},
	}
}
