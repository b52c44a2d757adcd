// Package table is the one file that advisories are compiled into: immutable,
// read in place (memory-mapped, or embedded in the binary), shared by any
// number of processes without a lock.
//
// # Format, version 1
//
// All numbers are little-endian. A header of 64 bytes:
//
//	 0  magic "bulwkadv"
//	 8  u32 format version (1)
//	12  u32 number of sections
//	16  u64 size of the file
//	24  u32 day that the data is of, in days since 1970-01-01
//	28  u32 reserved, 0
//	32  SHA-256 of the whole file with these 32 bytes taken as 0
//
// then for each section u64 offset and u64 size, in the order of the constants
// below, then the sections, each beginning at a multiple of 8:
//
//	meta        JSON: name, sources, coverage, inputs (type Meta)
//	strings     u32 offset of each string into stringBytes, and one more for the
//	            end; sorted; versions, package names, ecosystems, CVSS vectors
//	stringBytes
//	names       u32 offset of each block into nameBytes, and one more
//	nameBytes   identifiers, sorted, in blocks of 16: each is one byte for how
//	            much it shares with the one before, one for the length of the
//	            rest, and the rest
//	ecosystems  u32 string
//	buckets     2^k+1 u32: first package of each bucket of the hash
//	packages    16 bytes, ordered by bucket, and one more for the end:
//	            u32 upper half of the hash, u16 ecosystem, u16 flags, u32 name
//	            (string), u32 first entry
//	entries     8 bytes: u32 record, u32 first range
//	ranges      8 bytes: u32 start, u32 end; start is string+1 or 0 for "from
//	            the first"; end is kind<<30 | last<<29 | string+1
//	records     24 bytes: u32 name, u32 flaw or list of flaws (bit 31), u32 list
//	            of ratings + 1, u32 extra + 1, u16 published, u16 modified (days
//	            since 1970), u16 source, u16 flags
//	extras      24 bytes, for the few records that need it: u32 list of loose
//	            names + 1, u32 module stream, or platforms
//	            (string + 1), u32 summary (line + 1),
//	            u32 details (line + 1), u16 withdrawn, u16 and u32 reserved
//	flaws       16 bytes: u32 name, u32 list of aliases + 1, u32 list of ratings
//	            + 1, u32 flaw extra + 1
//	flawExtras  12 bytes: u32 list of CWE numbers + 1, u16 day added to CISA's
//	            list (0: not on it), u16 day due, u32 flags
//	ratings     12 bytes: u32 vector (string + 1), u32 source (string), u16 score
//	            times ten, u16 severity
//	lists       u32 each; bit 31 marks the last of a list
//	summaries   u32 offset of each line into summaryBytes, and one more
//	summaryBytes
//	details     u32 block, u32 offset in the block, u32 length, of each text
//	blocks      u32 offset of each block into blockBytes, and one more
//	blockBytes  each block compressed by DEFLATE, at most 64 KiB when unpacked
//	            but for a single longer text
//
// The last five are empty in a database of facts only.
//
// The hash of a package is FNV-1a (64 bits) over ecosystem, a zero byte, name;
// its lower bits choose the bucket.
//
// # Promises
//
// [Parse] looks at the header and the section table only, so opening takes
// microseconds whatever the size. Every offset and every index is checked when
// it is followed: a damaged file gives [ErrCorrupt] or wrong facts, never a
// panic and never a byte outside. That a file is undamaged is known only after
// [File.Verify], which reads all of it; who installs a database does that once.
// Equal models give equal bytes, and [File.Model] gives back the model.
//
// # What it does not do
//
// It knows nothing of version orders, severities' precedence or what coverage
// means; that is package advisory.
package table
