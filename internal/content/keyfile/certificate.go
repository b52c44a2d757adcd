package keyfile

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"strings"
)

// certificate keeps what is needed of a certificate of a server or a person.
// Those of authorities are left out: bundles of them hold many that have run out.
func certificate(der []byte) (Certificate, bool) {
	c, err := x509.ParseCertificate(der)
	if err != nil || c.IsCA || c.Version < 3 && bytes.Equal(c.RawIssuer, c.RawSubject) {
		return Certificate{}, false
	}
	name := c.Subject.CommonName
	if name == "" && len(c.DNSNames) > 0 {
		name = c.DNSNames[0]
	}
	name = cmp.Or(name, c.Subject.String(), "serial number "+c.SerialNumber.String())
	issuer := cmp.Or(c.Issuer.CommonName, c.Issuer.String())
	return Certificate{Subject: short(name), Issuer: short(issuer), NotBefore: c.NotBefore, NotAfter: c.NotAfter}, true
}

func short(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 200)], "?")
}
