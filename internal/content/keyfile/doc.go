// Package keyfile reads files that hold keys and certificates: PEM (PKCS#1,
// PKCS#8, SEC 1, OpenSSH, OpenPGP), DER, PKCS#12, Java's JKS and JCEKS, PuTTY's.
// It says whether a private key lies open, behind a passphrase that everybody
// knows, or behind another one, and notes until when certificates are valid.
//
// # Promises
//
// Keys and passphrases never leave the package; a finding names the kind of key
// and the file. Guessing is a fixed short list, and is left out where a file
// asks for so many rounds that it would cost more than a moment; the finding
// then says that the passphrase was not tried.
//
// # Not here
//
// Keys inside other text (a script, a Kubernetes secret) are found by package
// secret. OpenSSH keys with a passphrase are not guessed at: bcrypt is slow on
// purpose. Whether a certificate has run out is decided when a report is made
// ([Expired]), not when the file is read, since that is cached.
package keyfile
