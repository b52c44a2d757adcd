// Package lang has what the extractors of language packages share: making a
// package with its purl, collecting what a lock file requires, cleaning
// licences. The extractors are the packages below it, one a subject.
//
// # Whose parsers
//
// All parsers are our own; google/osv-scalibr's were measured and are not used.
// The reasons stand in README.md beside this file, with the differences from
// what Syft and Trivy report.
package lang
