// Package inflate decompresses gzip streams, fast, without assembly and without
// package unsafe. It reads the layers of images, and nearly all of the time of
// reading a compressed image is spent here.
//
// # Promises
//
// [Reader] gives the same bytes as the standard library's compress/gzip and
// fails on exactly the same inputs, after the same bytes, for the same kind of
// reason ([ErrHeader], [ErrChecksum], [ErrCorrupt], [io.ErrUnexpectedEOF], or
// the error of the source). Members that follow one another are one stream;
// anything else behind a member is [ErrHeader]. CRC-32 and length of every
// member are checked: data is tentative until [io.EOF]. A Reader takes about
// 220 KiB whatever the input says, and never recurses.
//
// # What it does not do
//
// It drops what a gzip header says (name, comment, time). It reads ahead of the
// stream it decodes, so the position of the source afterwards means nothing. It
// has no bound on what it gives: a kilobyte may become a megabyte, and the
// caller counts.
//
// # Sources
//
// RFC 1951 (DEFLATE) and RFC 1952 (gzip). What those leave open is decided as
// the standard library does: a Huffman code has to be complete, but for the
// empty code, which may exist as long as it is not used, and a single code of
// one bit. The shape of the fast loop (a bit buffer filled by one unaligned
// load, tables whose entries hold base, extra bits and length of code together,
// decoding without bounds while input and output have room for the worst case)
// is the published design of libdeflate and zlib-ng; pairs of literals in one
// entry are that of Intel's igzip.
package inflate
