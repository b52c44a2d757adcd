// Package advisory says which packages are known to be vulnerable, and what it
// cannot know.
//
// A database ([Embedded], or a file made by [Build]) is one immutable file read
// in place; package table has its format, package compile what goes into it.
// [DB.Match] finds, for the packages of an image, the flaws that advisories say
// they have, and tells for every ecosystem and release found what the data can
// say at all ([finding.Coverage]).
//
// # Promises
//
//   - Nothing is silently clean. A package whose version cannot be compared, an
//     advisory that names no versions, an ecosystem without data, a package that
//     the data is not known to cover: each is said, as a result in state "could
//     not run" or in the coverage.
//   - A release is matched with its own advisories only. Packages of Rocky Linux
//     or RHEL are never matched with AlmaLinux's.
//   - What several sources say of one flaw of one package is one result that
//     names all of them. It is shown by its CVE where there is one, else by its
//     GHSA, else by the name its ecosystem gave it.
//   - Severity has a source. The distribution's own word for its package counts
//     most, then that of the matching advisory, then CISA's or a CNA's of the
//     CVE, then what another ecosystem's feed has of the same CVE in its own
//     package; without any it is unrated.
//
// # How it decides
//
// OS packages are looked up by source package (rpm: by package) and release;
// language packages by ecosystem and normalized name. A language package whose
// files belong to an OS package is the distribution's affair: where the
// distribution's data speaks of the flaw for that package, its word alone
// counts (a fix may be backported). Where it does not, and is not complete, the
// language's advisory is still reported, in state "warn" with the reason, since
// silence would be a false all clear.
//
// Packages that only hold headers or sources of the kernel don't raise the
// kernel's flaws: a container does not run that kernel. The coverage says so.
//
// Which functions of a Go module are affected is not evaluated here.
//
// # Concurrency
//
// A DB may be used from any number of goroutines; files may be open in any
// number of processes. A file of up to 64 MiB is read into memory and may then be
// overwritten; a larger one is mapped, and must be replaced by rename: cut short in
// place it gives [ErrCorrupt], at best.
package advisory
