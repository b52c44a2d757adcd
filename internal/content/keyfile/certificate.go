package keyfile

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"slices"
	"strings"
)

// certificate keeps what is needed of a certificate.
func certificate(der []byte) (Certificate, bool) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, false
	}
	name := c.Subject.CommonName
	if name == "" && len(c.DNSNames) > 0 {
		name = c.DNSNames[0]
	}
	name = cmp.Or(name, c.Subject.String(), "serial number "+c.SerialNumber.String())
	issuer := cmp.Or(c.Issuer.CommonName, c.Issuer.String())
	return Certificate{Subject: short(name), Issuer: short(issuer), NotBefore: c.NotBefore, NotAfter: c.NotAfter, authority: c.IsCA || c.Version < 3 && bytes.Equal(c.RawIssuer, c.RawSubject)}, true
}

func short(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 200)], "?")
}

// bundles are places of certificates of authorities that others keep.
var bundles = []string{"etc/ssl/certs/", "usr/share/ca-certificates/", "etc/pki/", "usr/lib/ssl/", "usr/share/pki/", "usr/local/share/ca-certificates/"}

// maxOwn is how many certificates of authorities a file may have that is not a
// bundle: a server's own chain.
const maxOwn = 3

// ownCertificates leaves out authorities where they stand in a bundle, which
// holds many that have run out and are nobody's business here.
func ownCertificates(p string, certs []Certificate) []Certificate {
	authorities := 0
	for _, c := range certs {
		if c.authority {
			authorities++
		}
	}
	bundle := authorities > maxOwn || slices.ContainsFunc(bundles, func(dir string) bool { return strings.HasPrefix(p, dir) })
	if !bundle {
		return certs
	}
	return slices.DeleteFunc(slices.Clone(certs), func(c Certificate) bool { return c.authority })
}
