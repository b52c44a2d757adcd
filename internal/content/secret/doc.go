// Package secret finds credentials in bytes from anywhere: files of an image,
// of a directory, of a container, the values of an image's configuration,
// standard input.
//
// # How
//
// Structure before statistics. A [Rule] describes one kind of credential: by a
// form of its own (Structured), by the name it is assigned to (Keyed), or by
// nothing but a name such as "password" (Assigned). All anchors of all rules are
// searched for in one pass; a regular expression runs only on the few bytes
// around an anchor; then checksums, then what stands around the value
// (placeholder, test vector, reference to a variable …), entropy last.
//
// # Promises
//
// A value never leaves the package: a [Hit] shows it redacted, and its
// fingerprint holds 24 bits of an HMAC. Nothing is sent anywhere. Memory is
// bounded whatever the length of a line or a file, and time is linear in the
// bytes read; where a bound was met, the caller is told (an error wrapping
// walk.ErrLimit), never left to believe that all was seen.
//
// # Not here
//
// Keys in binary containers (PKCS#12, JKS, DER), and what makes a good or a
// weak passphrase: they are read by the detector of key files.
package secret
