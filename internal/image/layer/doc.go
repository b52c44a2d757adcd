// Package layer reads the layers of an image and lays them over one another.
//
// Its halves live in two processes. In the worker without privileges, [Work]
// reads what hostile hands may have made: archives, tar streams, the files
// themselves. In the parent, [WalkDir] lists directories read in place and
// opens wanted files for the worker, and [Squash] makes the final [Tree] of the
// listings.
//
// # Promises
//
// Every entry of every layer is in its [Listing] or in Unread. Each regular
// file is offered once under each of its names to every detector, hard links
// included. Content that is read as a stream is hashed on the way. No byte of a
// layer is written to disk, but for a wanted file over [MaxInMemory] of a
// compressed layer, which goes to an unlinked scratch file that the parent
// hands over.
//
// # Sources
//
// POSIX pax and GNU tar headers as Go's archive/tar reads them; whiteouts by
// the OCI image specification 1.1 (layer.md) and, in directories, by the
// kernel's overlayfs documentation.
package layer
