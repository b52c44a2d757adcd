package keyfile

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // old files use it
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"hash"
)

// passphrases are those that everybody tries first: defaults of programs and
// what stands in tutorials.
var passphrases = []string{
	"", "changeit", "changeme", "password", "secret", "123456", "12345678", "admin", "test", "keystore", "storepass",
	"default", "root", "passwd", "pass", "mypassword", "tomcat", "android", "1234",
}

// maxRounds is the most rounds of a key derivation that all guesses at one file
// may take together.
const maxRounds = 2_000_000

func parseDER(b []byte) ([]key, []Certificate, error) {
	if k, ok := parsePKCS12(b); ok {
		return k, nil, nil
	}
	if alg, ok := algorithm(b); ok {
		return []key{{form: "DER", algorithm: alg}}, nil, nil
	}
	if c, ok := certificate(b); ok {
		return nil, []Certificate{c}, nil
	}
	var e encryptedInfo
	if rest, err := asn1.Unmarshal(b, &e); err == nil && len(rest) == 0 && len(e.Data) > 0 {
		return []key{encryptedPKCS8(b)}, nil, nil
	}
	return nil, nil, nil // something else in DER: a CRL, a request, a public key
}

// encryptedInfo is EncryptedPrivateKeyInfo (RFC 5958 3).
type encryptedInfo struct {
	Algorithm struct {
		ID     asn1.ObjectIdentifier
		Params asn1.RawValue `asn1:"optional"`
	}
	Data []byte
}

// pbes2 are its parameters (RFC 8018 A.4, A.2).
type pbes2 struct {
	KDF struct {
		ID     asn1.ObjectIdentifier
		Params struct {
			Salt   []byte
			Rounds int
			Length int `asn1:"optional"`
			PRF    struct {
				ID     asn1.ObjectIdentifier
				Params asn1.RawValue `asn1:"optional"`
			} `asn1:"optional"`
		}
	}
	Cipher struct {
		ID asn1.ObjectIdentifier
		IV []byte
	}
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

func encryptedPKCS8(der []byte) key {
	k := key{form: "PKCS#8", protection: untried}
	var e encryptedInfo
	if _, err := asn1.Unmarshal(der, &e); err != nil || !e.Algorithm.ID.Equal(oidPBES2) {
		return k
	}
	var p pbes2
	if _, err := asn1.Unmarshal(e.Algorithm.Params.FullBytes, &p); err != nil || !p.KDF.ID.Equal(oidPBKDF2) {
		return k // scrypt, or a form that is not followed
	}
	size := map[string]int{
		"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32, "1.2.840.113549.3.7": 24,
	}[p.Cipher.ID.String()]
	prf := map[string]func() hash.Hash{
		"": sha1.New, "1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.9": sha256.New,
		"1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
	}[p.KDF.Params.PRF.ID.String()]
	rounds := p.KDF.Params.Rounds
	if size == 0 || prf == nil || rounds < 1 || rounds > maxRounds/len(passphrases) {
		return k
	}
	k.protection = unknown
	for _, word := range passphrases {
		secret, err := pbkdf2.Key(prf, word, p.KDF.Params.Salt, rounds, size)
		if err != nil {
			k.protection = untried
			return k
		}
		plain, ok := decryptCBC(p.Cipher.ID.String() == "1.2.840.113549.3.7", secret, p.Cipher.IV, e.Data)
		if !ok {
			continue
		}
		if alg, ok := algorithm(plain); ok {
			k.protection, k.algorithm = known, alg
			break
		}
	}
	return k
}

func decryptCBC(triple bool, secret, iv, data []byte) ([]byte, bool) {
	block, err := aes.NewCipher(secret)
	if triple {
		block, err = des.NewTripleDESCipher(secret)
	}
	if err != nil || len(iv) != block.BlockSize() || len(data) == 0 || len(data)%block.BlockSize() != 0 {
		return nil, false
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > block.BlockSize() {
		return nil, false
	}
	return out[:len(out)-pad], true
}
