// Package truth holds what Bulwark says of real old packages against what is
// true, and against what osv-scanner and govulncheck say.
//
// The tests need the build tag conformance and the advisories of BULWARK_SHARED.
// For each ecosystem they fetch packages with the ecosystem's own client, make a
// saved image of them, ask tools that are not ours what is in it, and have
// testdata/expected.py work out from the advisory documents which of them
// affect it. Bulwark must say exactly that, with the database that it carries
// and with one built from the same documents.
//
// OSV_SCANNER and GOVULNCHECK are paths of the rivals; without them the verdicts
// recorded in testdata/recorded.txt are compared. Every difference between a
// rival and the truth must be one of those that differences_test.go explains;
// internal/advisory/README.md has them with their sources.
package truth
