// Package lang has what the extractors of language packages share: making a
// package with its purl, collecting what a lock file requires, cleaning
// licences. The extractors are the packages below it, one a subject; beside
// them lie the readers they use (jsonpull, tomlpull, zipdir, program), which
// skip what nobody asks for and hold every limit.
//
// # Words
//
// Installed is what lies there to be run: a package.json below node_modules, a
// jar, a program. Declared (finding.Package.Declared) is what a lock file or
// manifest requires, which need not be there.
//
// # Promises
//
// A version that is not known is empty, never guessed; how a Java archive's
// group was told stands in its attributes. A name that no registry could have
// given becomes an unread record. Memory and time are bounded for any input.
//
// # Whose parsers
//
// All are our own. google/osv-scalibr's extractors were tried as a module: six
// of them (0.5.3) link 540 packages, make a program of 16.5 MB and cost 8 to 11
// ms of every start; they read whole documents into memory and decode all of
// them, give no line numbers and take no limits on entries or depth from us. All
// of ours link three libraries, and read the bench image's packages in 0.1 CPU
// seconds. README.md has the figures and the differences from what Syft and
// Trivy report.
package lang
