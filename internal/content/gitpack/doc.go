// Package gitpack reads the objects of a Git repository without Git: pack files
// (versions 2 and 3, gitformat-pack(5)) and loose objects. It is for looking at
// everything a repository ever held, so it wants neither an index file nor
// references: an object that nothing refers to any more is still shipped.
//
// # Promises
//
// Every object is given to the caller once, whole, or counted as not read.
// Memory is bounded by [Limits], whatever the file claims; time grows with the
// bytes of all objects. The file's own checksums decide nothing: what can be
// read is read.
//
// # Not here
//
// Deltas whose base is in another pack (thin packs, which a repository on disk
// does not have) are counted as not read. Objects are named by SHA-1; in a
// repository of format SHA-256 names of paths and commits are not found.
package gitpack
