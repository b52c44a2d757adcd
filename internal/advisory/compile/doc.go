// Package compile turns OSV documents, CISA's list of known exploited
// vulnerabilities and CISA's enrichment into the model that package table
// writes.
//
// # What one vulnerability is
//
// A flaw is known by its CVE. A document that names one CVE (as its ID, an
// alias, or what it is upstream of) is about that flaw, and all its other names
// are aliases of it; so documents that share an alias come together (union-find
// over names). A document that names several CVEs, as the advisories of
// distributions do, is a statement on each of them. No chain of aliases ever
// makes one flaw of two CVEs: a name that would is kept as a "loose" name of the
// document, by which it can be found and which nothing else follows from.
// Names in "related" count only for distributions whose documents have no CVE
// elsewhere (AlmaLinux, Rocky Linux).
//
// # What is affected
//
// The events of each range are put into the ecosystem's order and become
// intervals, by the schema's evaluation algorithm. A version listed in
// "versions" is kept if no interval holds it. Ranges of type GIT are passed
// over. A package with neither is kept as one whose affected versions are not
// known ([Unknown]), so that a match can say so.
//
// # Promises
//
// The result depends on what was added, not on the order or on time; the same
// documents give the same bytes. Documents that could not be read are counted
// and told, and take the word "full" from the coverage of their ecosystem.
package compile
