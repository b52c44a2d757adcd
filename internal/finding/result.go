package finding

import "time"

// SchemaVersion is the version of Report's JSON form: major.minor.
const SchemaVersion = "1.1"

// State is the answer of a check.
type State string

// States of a result. A result in state Fail or Warn is a finding.
const (
	Fail          State = "fail"
	Warn          State = "warn"
	Pass          State = "pass"
	Manual        State = "manual"
	NotApplicable State = "not-applicable"
	CouldNotRun   State = "could-not-run"
)

// Text is a message as ID and parameters; internal/i18n turns it into words.
type Text struct {
	ID     string   `json:"id"`
	Params []string `json:"params,omitempty"`
}

// T makes a Text.
func T(id string, params ...string) Text { return Text{ID: id, Params: params} }

// Result is what one check says of one resource.
type Result struct {
	// Check is the ID of a declared Check.
	Check    string   `json:"check"`
	State    State    `json:"state"`
	Rating   Rating   `json:"rating"`
	Resource Resource `json:"resource"`
	// Title says what was found; Reason why a check could not run.
	Title  Text  `json:"title"`
	Reason *Text `json:"reason,omitempty"`
	// Advisory is set for check "vulnerability".
	Advisory *Advisory `json:"advisory,omitempty"`
	// Package is the ID of the package concerned.
	Package   string     `json:"package,omitempty"`
	Locations []Location `json:"locations,omitempty"`
	// Evidence is what was seen, redacted where it is a secret.
	Evidence []string `json:"evidence,omitempty"`
	// Hidden is true when what was found is only in the image's history.
	Hidden bool `json:"hidden,omitempty"`
	// Removed is true when what was found is only in the image's history and
	// counts all the same: a credential in a layer can be read by everybody who
	// has the image, whatever later layers delete.
	Removed bool `json:"removed,omitempty"`
	// Subject is the canonical subject the fingerprint is made of; see
	// Fingerprint. It travels with a result from the worker and the cache.
	Subject     string `json:"subject,omitempty"`
	Fingerprint string `json:"fingerprint"`
	// Suppressed is set when an exception or a VEX statement covers the result.
	Suppressed *Suppression `json:"suppressed,omitempty"`
}

// IsFinding reports whether the result is in state Fail or Warn.
func (r *Result) IsFinding() bool { return r.State == Fail || r.State == Warn }

// Suppression says who decided that a finding does not count, and why.
type Suppression struct {
	// Source is "bulwark.yaml" or the VEX document's file and id.
	Source string `json:"source"`
	Reason string `json:"reason"`
	Owner  string `json:"owner,omitempty"`
	// Expires is a day, YYYY-MM-DD; empty for never.
	Expires string `json:"expires,omitempty"`
	// Status is the VEX status, "not_affected" or "fixed"; empty for an exception.
	Status string `json:"status,omitempty"`
}

// Resource is what was looked at.
type Resource struct {
	// Kind is "image", "directory", "Dockerfile", later "container", "host", "cluster", "registry".
	Kind string `json:"kind"`
	// Name as a person writes it, without digest or tag where it has one.
	Name string `json:"name"`
}

// Advisory is one vulnerability, merged from all records that name it.
type Advisory struct {
	// ID is the one shown: the CVE where there is one.
	ID string `json:"id"`
	// Aliases are all other names, sorted.
	Aliases []string `json:"aliases,omitempty"`
	Summary string   `json:"summary,omitempty"`
	// Sources name every record that says the package is affected.
	Sources []AdvisorySource `json:"sources"`
	// Affected is the range of the matching record, in words: "< 3.0.14", ">= 2.0, < 2.3.1".
	Affected string `json:"affected,omitempty"`
	// Fixed are the versions that the sources give as fixed for this package, the lowest that
	// is above the installed one first; empty when no fix is known.
	Fixed []string `json:"fixed,omitempty"`
	KEV   *KEV     `json:"kev,omitempty"`
	// Ratings are all that were found; Result.Rating is the one chosen.
	Ratings   []Rating  `json:"ratings,omitempty"`
	CWEs      []string  `json:"cwes,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Modified  time.Time `json:"modified,omitzero"`
	// Informational is set for notices that are not vulnerabilities
	// ("unmaintained", "unsound", "notice").
	Informational string `json:"informational,omitempty"`
}

// AdvisorySource is one record of a feed.
type AdvisorySource struct {
	ID        string `json:"id"`
	Ecosystem string `json:"ecosystem"`
	License   string `json:"license,omitempty"`
	URL       string `json:"url,omitempty"`
}

// KEV is an entry of CISA's list of known exploited vulnerabilities.
type KEV struct {
	Added      string `json:"added"`
	Due        string `json:"due,omitempty"`
	Ransomware bool   `json:"ransomware,omitempty"`
}

// UnreadReason says why something was not looked at.
type UnreadReason string

// Reasons for Unread. The first two are accepted by --allow unread, the limits by --allow limit.
const (
	UnreadCorrupt     UnreadReason = "corrupt"     // could not be parsed
	UnreadIO          UnreadReason = "io"          // could not be read: permission, device, vanished
	UnreadLimit       UnreadReason = "limit"       // a limit of bytes, files, depth, ratio or time was met
	UnreadWorker      UnreadReason = "worker"      // the worker died on it
	UnreadUnsupported UnreadReason = "unsupported" // a form that we know of and cannot read
)

// Unread is something that should have been looked at and was not.
type Unread struct {
	Location Location     `json:"location"`
	Reason   UnreadReason `json:"reason"`
	// Detector is the one that wanted it; empty when it concerns all.
	Detector string `json:"detector,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// CoverageLevel says what the advisory data can say of an ecosystem or release.
type CoverageLevel string

// Levels of coverage.
const (
	CoverageFull    CoverageLevel = "full"
	CoveragePartial CoverageLevel = "partial"
	CoverageNone    CoverageLevel = "none"
)

// Coverage says, for one ecosystem or release found, what we could know.
type Coverage struct {
	// Ecosystem is in advisory terms: "npm", "Debian:12".
	Ecosystem string        `json:"ecosystem"`
	Level     CoverageLevel `json:"level"`
	// Packages found of it; Known is how many of them the data is known to cover.
	Packages int `json:"packages"`
	Known    int `json:"known"`
	// Date (YYYY-MM-DD) of the newest record.
	Date string `json:"date,omitempty"`
	// Limits say what the data cannot say.
	Limits []Text `json:"limits,omitempty"`
	// Get is the command that gets (more) data.
	Get string `json:"get,omitempty"`
}

// LayerInfo describes one layer of an image.
type LayerInfo struct {
	Index  int    `json:"index"`
	DiffID string `json:"diff_id"`
	Digest string `json:"digest,omitempty"`
	// Size in bytes of the uncompressed tar, or of the files where it was read in place.
	Size  int64 `json:"size,omitempty"`
	Files int   `json:"files,omitempty"`
	// CreatedBy is the instruction of the image's history.
	CreatedBy string `json:"created_by,omitempty"`
	// Trust is "verified", "engine-vouched" or "cannot be verified".
	Trust  string `json:"trust,omitempty"`
	Cached bool   `json:"cached,omitempty"`
}

// Subject is what a report is about.
type Subject struct {
	// Kind is "image", "root file system", "source tree", "file" or "Dockerfile".
	Kind string `json:"kind"`
	// Ref is what the user asked for; Name is it without digest or tag.
	Ref  string `json:"ref"`
	Name string `json:"name"`
	// ConfigDigest and Platform are an image's identity.
	ConfigDigest string `json:"config_digest,omitempty"`
	Platform     string `json:"platform,omitempty"`
	// Aliases are other digests (manifest, index) that name the same image; Tags are names.
	Aliases []string `json:"aliases,omitempty"`
	Tags    []string `json:"tags,omitempty"`
	// OtherPlatforms are in the same index and were not scanned.
	OtherPlatforms []string   `json:"other_platforms,omitempty"`
	OS             *OSRelease `json:"os,omitempty"`
	Created        string     `json:"created,omitempty"`
}

// SourceInfo says which way the bytes were read, and why.
type SourceInfo struct {
	// Kind is "docker", "archive", "dir", "file".
	Kind string `json:"kind"`
	// Way is "in place: overlay2", "in place: containerd snapshots", "containerd blobs", "export", "file", "stream", "walk".
	Way string `json:"way"`
	// Why says why this way and not a quicker one; one sentence each.
	Why []string `json:"why,omitempty"`
}

// Data says which advisory database was used.
type Data struct {
	// Name is "embedded" or the file's path.
	Name    string `json:"name"`
	Date    string `json:"date"`
	Records int    `json:"records"`
	Hash    string `json:"hash,omitempty"`
}

// Report is everything one run has to say of one subject.
type Report struct {
	Schema  string    `json:"schema_version"`
	Tool    Tool      `json:"tool"`
	Started time.Time `json:"started"`
	// Scanners are the families of detectors that looked: "vuln", "secret",
	// "config". What was not looked for is not known to be absent.
	Scanners []string   `json:"scanners,omitempty"`
	Subject  Subject    `json:"subject"`
	Source   SourceInfo `json:"source"`
	Data     *Data      `json:"data,omitempty"`
	// Image is what the image's configuration says (since 1.1).
	Image      *Image         `json:"image,omitempty"`
	Layers     []LayerInfo    `json:"layers,omitempty"`
	Packages   []Package      `json:"packages"`
	Results    []Result       `json:"results"`
	Coverage   []Coverage     `json:"coverage"`
	Unread     []Unread       `json:"unread"`
	Exceptions []ExceptionUse `json:"exceptions,omitempty"`
	// Filtered says by which conditions this report was narrowed to a view;
	// empty for a whole report. The verdict is always the whole report's.
	Filtered []string `json:"filtered,omitempty"`
	// Verdict is filled in by the gate.
	Verdict *Verdict `json:"verdict,omitempty"`
}

// ProblemImage is the problem of an exception whose image's name did not match.
const ProblemImage = "image did not match"

// ExceptionUse tells of an exception that is expired or matched nothing.
type ExceptionUse struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	// Problem is "expired", "never matched" or, for one that covers a finding
	// but for its image, "image did not match" (since 1.1).
	Problem string `json:"problem"`
	// Image is the exception's, where that is the problem (since 1.1).
	Image   string `json:"image,omitempty"`
	Expires string `json:"expires,omitempty"`
}

// Tool says who made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Detectors are "name@version", sorted.
	Detectors []string `json:"detectors,omitempty"`
}

// Verdict is what the gate and the completeness of a scan come to.
type Verdict struct {
	// Gate is "", "passed" or "failed".
	Gate string `json:"gate,omitempty"`
	// FailOn is the gate's condition, as given.
	FailOn string `json:"fail_on,omitempty"`
	// Failing counts findings that meet the gate's condition.
	Failing int `json:"failing"`
	// Unrated counts findings without a severity.
	Unrated    int `json:"unrated"`
	Suppressed int `json:"suppressed"`
	Hidden     int `json:"hidden"`
	// Incomplete lists why the scan does not say everything: "unread", "limit", "coverage".
	Incomplete []string `json:"incomplete,omitempty"`
	// Allowed are those of Incomplete that were accepted beforehand (--allow).
	Allowed []string `json:"allowed,omitempty"`
	// Packages counts the packages that are there.
	Packages int `json:"packages,omitempty"`
	// HiddenPackages counts those that are only in the image's history; no other
	// number includes them.
	HiddenPackages int `json:"hidden_packages,omitempty"`
	// NoPackages is true when advisories were asked and there was no package to
	// ask for: that the gate passed is then no all-clear.
	NoPackages bool `json:"no_packages,omitempty"`
	// Counts of vulnerabilities by severity that are neither hidden nor suppressed.
	Counts   map[Severity]int `json:"counts"`
	ExitCode int              `json:"exit_code"`
}
