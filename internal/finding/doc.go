// Package finding holds the one result type of Bulwark: whatever looks at
// something says what it saw as a [Result], and everything one run has to say
// is a [Report]. Writers of reports, gates, exceptions, alerts and the console
// read these types and nothing else.
//
// The package knows no point of control and imports nothing of ours.
//
// # Words
//
// A check is a question that can be asked of a resource. A result is its
// answer. A finding is a result in state [Fail] or [Warn].
//
// # Promise
//
// The JSON form of Report is published (docs/compatibility.md and
// internal/report/schema). Fields are added, never renamed or removed, within
// one major version of [SchemaVersion]. A [Result]'s fingerprint stays the same
// from scan to scan, rebuild to rebuild and machine to machine.
package finding
