package keyfile

import (
	"crypto/sha1" //nolint:gosec // the form's own
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"

	"bulwark/internal/walk"
)

// The two forms of Java's stores (JavaKeyStore.java, JceKeyStore.java in OpenJDK).
var (
	jksMagic   = []byte{0xfe, 0xed, 0xfe, 0xed}
	jceksMagic = []byte{0xce, 0xce, 0xce, 0xce}
)

var errJKS = errors.New("a Java key store that ends early")

// maxStoreEntries is the most entries read of one store.
const maxStoreEntries = 10_000

type storeReader struct {
	b   []byte
	bad bool
}

func (r *storeReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *storeReader) u32() uint64 {
	if b := r.take(4); b != nil {
		return uint64(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *storeReader) text() {
	if b := r.take(2); b != nil {
		r.take(uint64(binary.BigEndian.Uint16(b)))
	}
}

func parseJKS(b []byte) ([]key, []Certificate, error) {
	form := "JKS"
	if b[0] == jceksMagic[0] {
		form = "JCEKS"
	}
	if len(b) < 12+sha1.Size {
		return nil, nil, errJKS
	}
	r := storeReader{b: b[4 : len(b)-sha1.Size]}
	version, count := r.u32(), r.u32()
	if version != 1 && version != 2 {
		return nil, nil, fmt.Errorf("a Java key store of version %d: %w", version, walk.ErrUnsupported)
	}
	if count > maxStoreEntries {
		return nil, nil, fmt.Errorf("a Java key store of %d entries, at most %d are read: %w", count, maxStoreEntries, walk.ErrLimit)
	}
	private := 0
	var certs []Certificate
	cert := func() {
		if version == 2 {
			r.text() // its type
		}
		if c, ok := certificate(r.take(r.u32())); ok && !r.bad {
			certs = append(certs, c)
		}
	}
	var err error
entries:
	for range count {
		tag := r.u32()
		r.text() // alias
		r.take(8)
		switch {
		case r.bad:
		case tag == 1:
			private++
			r.take(r.u32())
			for range min(r.u32(), 100) {
				cert()
			}
		case tag == 2:
			cert()
		case tag == 3: // a secret key, as a serialized object of unknown length
			private++
			break entries
		default:
			err = fmt.Errorf("a Java key store with an entry of kind %d", tag)
			break entries
		}
		if r.bad {
			err = errJKS
			break
		}
	}
	if private == 0 {
		return nil, certs, err
	}
	return []key{{form: form, protection: guessStore(b), count: private}}, certs, err
}

// guessStore tries the store's passphrase on its checksum.
func guessStore(b []byte) protection {
	body, sum := b[:len(b)-sha1.Size], b[len(b)-sha1.Size:]
	for _, word := range passphrases {
		h := sha1.New()
		for _, u := range utf16.Encode([]rune(word)) {
			h.Write([]byte{byte(u >> 8), byte(u)})
		}
		h.Write([]byte("Mighty Aphrodite"))
		h.Write(body)
		if subtle.ConstantTimeCompare(h.Sum(nil), sum) == 1 {
			return known
		}
	}
	return unknown
}
