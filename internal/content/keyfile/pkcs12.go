package keyfile

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the form's own
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"hash"
	"unicode/utf16"
)

// pfx is the outer structure (RFC 7292 4).
type pfx struct {
	Version  int
	AuthSafe struct {
		ID      asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	Mac struct {
		Digest struct {
			Algorithm struct {
				ID     asn1.ObjectIdentifier
				Params asn1.RawValue `asn1:"optional"`
			}
			Digest []byte
		}
		Salt   []byte
		Rounds int `asn1:"optional,default:1"`
	} `asn1:"optional"`
}

// Bags that hold private keys: RFC 7292 4.2.1 and 4.2.2, as they stand in DER.
var (
	keyBag      = []byte{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01}
	shroudedBag = []byte{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02}
	oidData     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
)

// parsePKCS12 reports whether b is a PKCS#12 store, and what keys it has. The
// bags that hold keys are never inside an encrypted part as programs write them,
// so that a store of certificates alone is told apart.
func parsePKCS12(b []byte) ([]key, bool) {
	var p pfx
	if _, err := asn1.Unmarshal(b, &p); err != nil || p.Version != 3 || len(p.AuthSafe.ID) < 7 {
		return nil, false
	}
	open, shrouded := bytes.Count(b, keyBag), bytes.Count(b, shroudedBag)
	var keys []key
	if open > 0 {
		keys = append(keys, key{form: "PKCS#12", count: open})
	}
	if shrouded > 0 {
		keys = append(keys, key{form: "PKCS#12", protection: p.guess(), count: shrouded})
	}
	return keys, true
}

// guess tries the store's passphrase on its checksum.
func (p *pfx) guess() protection {
	digests := map[string]struct {
		make  func() hash.Hash
		block int
	}{
		"1.3.14.3.2.26": {sha1.New, 64}, "2.16.840.1.101.3.4.2.1": {sha256.New, 64},
		"2.16.840.1.101.3.4.2.2": {sha512.New384, 128}, "2.16.840.1.101.3.4.2.3": {sha512.New, 128},
	}
	d, ok := digests[p.Mac.Digest.Algorithm.ID.String()]
	if !ok || !p.AuthSafe.ID.Equal(oidData) || p.Mac.Rounds < 1 || p.Mac.Rounds > maxRounds/len(passphrases) || len(p.Mac.Salt) > 1024 {
		return untried
	}
	var content []byte
	if _, err := asn1.Unmarshal(p.AuthSafe.Content.Bytes, &content); err != nil {
		return untried
	}
	for _, word := range passphrases {
		forms := [][]byte{bmpString(word)}
		if word == "" {
			forms = append(forms, nil) // both are written by programs
		}
		for _, form := range forms {
			mac := hmac.New(d.make, derive(d.make, d.block, p.Mac.Salt, form, p.Mac.Rounds))
			mac.Write(content)
			if hmac.Equal(mac.Sum(nil), p.Mac.Digest.Digest) {
				return known
			}
		}
	}
	return unknown
}

// bmpString is UTF-16 in big end first, with a zero at its end.
func bmpString(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return append(out, 0, 0)
}

// derive makes the key of the checksum (RFC 7292 B.2, ID 3). Its size is one
// digest, so that the first round of the outer loop is the last.
func derive(make func() hash.Hash, block int, salt, word []byte, rounds int) []byte {
	fill := func(b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		n := (len(b) + block - 1) / block * block
		return bytes.Repeat(b, n/len(b)+1)[:n]
	}
	h := make()
	h.Write(bytes.Repeat([]byte{3}, block))
	h.Write(fill(salt))
	h.Write(fill(word))
	a := h.Sum(nil)
	for range rounds - 1 {
		h.Reset()
		h.Write(a)
		a = h.Sum(a[:0])
	}
	return a
}
