package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// fingerprintKey is public: the HMAC keeps values of different purposes apart,
// and 24 bits of it are too short to confirm a guess.
const fingerprintKey = "bulwark/secret/1"

// mark is 24 bits of the value's HMAC, as six hexadecimal digits.
func mark(value []byte) string {
	h := hmac.New(sha256.New, []byte(fingerprintKey))
	h.Write(value)
	return hex.EncodeToString(h.Sum(nil)[:3])
}

// redact shows a value as far as that tells its kind and nothing else: the
// anchor of the rule that it begins with, and its length.
func (c *compiled) redact(value []byte) string {
	shown := 0
	if c.Shape == Structured {
		for _, a := range c.Anchors {
			if n := len(a); n > shown && n <= len(value)/2 && bytes.EqualFold(value[:n], []byte(a)) {
				shown = n
			}
		}
	}
	if c.Class == PrivateKey || c.Class == ConnectionString {
		shown = 0
	}
	return string(printable(value[:shown])) + "******** (" + strconv.Itoa(len(value)) + ")"
}

// printable replaces what is not printable ASCII.
func printable(s []byte) []byte {
	out := bytes.Clone(s)
	for i, b := range out {
		if b < ' ' || b > '~' {
			out[i] = '?'
		}
	}
	return out
}
