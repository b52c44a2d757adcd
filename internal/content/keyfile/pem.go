package keyfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"

	"bulwark/internal/walk"
)

// maxBlocks is the most blocks read of one PEM file.
const maxBlocks = 2000

func parsePEM(b []byte) (keys []key, certs []Certificate, err error) {
	rest := b
	if armor, ok := pgpArmor(b); ok {
		keys = append(keys, openPGP(armor))
	}
	for range maxBlocks {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if len(keys)+len(certs) == 0 {
				err = brokenPEM(b)
			}
			return keys, certs, err
		}
		switch t := block.Type; {
		case t == "CERTIFICATE", t == "TRUSTED CERTIFICATE", t == "X509 CERTIFICATE":
			if c, ok := certificate(block.Bytes); ok {
				certs = append(certs, c)
			}
		case t == "OPENSSH PRIVATE KEY":
			keys = append(keys, openSSH(block.Bytes))
		case t == "ENCRYPTED PRIVATE KEY":
			keys = append(keys, encryptedPKCS8(block.Bytes))
		case strings.HasSuffix(t, "PRIVATE KEY"):
			keys = append(keys, privateBlock(block))
		}
	}
	return keys, certs, fmt.Errorf("more than %d blocks of PEM: %w", maxBlocks, walk.ErrLimit)
}

// brokenPEM says of a file without one whole block whether it was meant to hold
// a private key: then it could not be read.
func brokenPEM(b []byte) error {
	const block = "PRIVATE KEY BLOCK-----"
	mark := "PRIVATE KEY-----"
	if bytes.Contains(b, []byte(block)) {
		mark = block
	}
	i := bytes.Index(b, []byte(mark))
	if i < 0 || !bytes.Contains(b, []byte("-----END ")) {
		return nil // a mention, or public keys only
	}
	line := b[:i]
	if k := bytes.LastIndex(line, []byte(pemMark)); k < 0 || bytes.IndexByte(line[k:], '\n') >= 0 {
		return nil
	}
	// A text that shows where a key goes ("...", "<key>") has no base64 in it.
	body := b[i+len(mark):]
	if end := bytes.Index(body, []byte("-----END ")); end < 256 {
		return nil
	}
	return fmt.Errorf("a private key in PEM that can't be decoded")
}

func privateBlock(block *pem.Block) key {
	k := key{form: strings.TrimSuffix(strings.TrimSuffix(block.Type, "PRIVATE KEY"), " ")}
	switch k.form {
	case "":
		k.form = "PKCS#8"
	case "RSA":
		k.form, k.algorithm = "PKCS#1", "RSA"
	case "EC":
		k.form, k.algorithm = "SEC 1", "EC"
	case "DSA":
		k.algorithm = "DSA"
	default:
		k.form = "PEM"
	}
	if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		k.protection = unknown
		for _, word := range passphrases {
			//nolint:staticcheck // the form is broken, and still written by old programs
			der, err := x509.DecryptPEMBlock(block, []byte(word))
			if err != nil {
				continue
			}
			// One wrong word in 256 leaves good padding: only a key convinces.
			if alg, ok := algorithm(der); ok {
				k.protection, k.algorithm = known, alg
				break
			}
		}
		return k
	}
	if alg, ok := algorithm(block.Bytes); ok {
		k.algorithm = alg
	}
	return k
}

// algorithm names the key in a DER structure of one of the usual forms.
func algorithm(der []byte) (string, bool) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		switch k := k.(type) {
		case *rsa.PrivateKey:
			return fmt.Sprintf("RSA %d", k.N.BitLen()), true
		case *ecdsa.PrivateKey:
			return "EC " + k.Curve.Params().Name, true
		case ed25519.PrivateKey:
			return "Ed25519", true
		}
		return "", true
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return fmt.Sprintf("RSA %d", k.N.BitLen()), true
	}
	if k, err := x509.ParseECPrivateKey(der); err == nil {
		return "EC " + k.Curve.Params().Name, true
	}
	var d struct {
		Version       int
		P, Q, G, Y, X asn1.RawValue
	}
	if rest, err := asn1.Unmarshal(der, &d); err == nil && len(rest) == 0 && d.Version == 0 && d.X.Tag == asn1.TagInteger {
		return "DSA", true
	}
	return "", false
}

// openSSH reads the head of OpenSSH's own form (PROTOCOL.key in its sources).
func openSSH(b []byte) key {
	k := key{form: "OpenSSH"}
	const magic = "openssh-key-v1\x00"
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return k
	}
	cipher, rest := sshString(rest)
	_, rest = sshString(rest) // kdf
	_, rest = sshString(rest) // its options
	if len(rest) < 4 {
		return k
	}
	public, _ := sshString(rest[4:])
	kind, _ := sshString(public)
	switch s := string(kind); s {
	case "ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com":
		k.algorithm = s
	}
	if string(cipher) != "none" {
		k.protection = untried
	}
	return k
}

func sshString(b []byte) (s, rest []byte) {
	if len(b) < 4 {
		return nil, nil
	}
	n := binary.BigEndian.Uint32(b)
	b = b[4:]
	if uint64(n) > uint64(len(b)) {
		return nil, nil
	}
	return b[:n], b[n:]
}

// parsePPK reads PuTTY's form, versions 1 to 3.
func parsePPK(b []byte) ([]key, []Certificate, error) {
	k := key{form: "PuTTY"}
	seen := false
	for line := range bytes.SplitSeq(b[:min(len(b), 4096)], []byte("\n")) {
		name, val, ok := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch {
		case !ok:
		case bytes.HasPrefix(name, []byte(ppkMark)) && len(val) < 40:
			k.algorithm = strings.ToValidUTF8(string(val), "?")
		case string(name) == "Encryption":
			seen = true
			if string(val) != "none" {
				k.protection = untried
			}
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("a PuTTY key file that does not say whether it is encrypted")
	}
	return []key{k}, nil, nil
}

// pgpArmor decodes the first block of OpenPGP's armor with a private key (RFC
// 9580 6.2), which is like PEM but for a checksum after it.
func pgpArmor(b []byte) ([]byte, bool) {
	_, body, ok := bytes.Cut(b, []byte(pemMark+"PGP PRIVATE KEY BLOCK-----"))
	if !ok {
		return nil, false
	}
	body, _, ok = bytes.Cut(body, []byte("-----END PGP"))
	if !ok {
		return nil, false
	}
	body = bytes.ReplaceAll(body, []byte("\r"), nil)
	if _, rest, ok := bytes.Cut(body, []byte("\n\n")); ok {
		body = rest
	}
	if i := bytes.Index(body, []byte("\n=")); i >= 0 {
		body = body[:i]
	}
	out, err := base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(body, []byte("\n"), nil)))
	return out, err == nil && len(out) > 0
}

// openPGP looks at the first packet of a private key block, which says whether
// it is protected (RFC 9580 5.5.3).
func openPGP(b []byte) key {
	k := key{form: "OpenPGP"}
	body, tag := pgpPacket(b)
	if tag != 5 && tag != 7 || len(body) < 6 || body[0] != 4 {
		k.protection = untried // a form that is not followed
		return k
	}
	// Version 4: version, time, algorithm, then numbers of the public key, whose
	// count depends on the algorithm; then how the secret is protected.
	at := 6
	mpi := func() bool {
		if at+2 > len(body) {
			return false
		}
		at += 2 + (int(binary.BigEndian.Uint16(body[at:]))+7)/8
		return at < len(body)
	}
	numbers, curve := 0, false
	switch body[5] {
	case 1, 2, 3:
		k.algorithm, numbers = "RSA", 2
	case 16:
		k.algorithm, numbers = "ElGamal", 3
	case 17:
		k.algorithm, numbers = "DSA", 4
	case 18, 19, 22:
		k.algorithm, numbers, curve = "EC", 1, true
	default:
		k.protection = untried
		return k
	}
	if curve {
		if at >= len(body) {
			return k
		}
		at += 1 + int(body[at])
	}
	for range numbers {
		if !mpi() {
			k.protection = untried
			return k
		}
	}
	if body[5] == 18 { // ECDH: parameters of its key derivation
		at += 1 + int(body[at])
	}
	if at >= len(body) || body[at] != 0 {
		k.protection = untried
	}
	return k
}

// pgpPacket gives the first packet's body and tag (RFC 9580 4.2).
func pgpPacket(b []byte) (body []byte, tag byte) {
	if len(b) < 3 || b[0]&0x80 == 0 {
		return nil, 0
	}
	var n, head int
	if b[0]&0x40 != 0 {
		tag = b[0] & 0x3f
		switch {
		case b[1] < 192:
			n, head = int(b[1]), 2
		case b[1] < 224:
			n, head = (int(b[1])-192)<<8+int(b[2])+192, 3
		case b[1] == 255 && len(b) > 6:
			n, head = int(binary.BigEndian.Uint32(b[2:])), 6
		}
	} else {
		tag = b[0] >> 2 & 0xf
		switch b[0] & 3 {
		case 0:
			n, head = int(b[1]), 2
		case 1:
			n, head = int(binary.BigEndian.Uint16(b[1:])), 3
		case 2:
			if len(b) > 5 {
				n, head = int(binary.BigEndian.Uint32(b[1:])), 5
			}
		}
	}
	if head == 0 || n < 0 || n > len(b)-head {
		return nil, tag
	}
	return b[head : head+n], tag
}
