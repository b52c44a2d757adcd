package table

import (
	"bulwark/internal/finding"
)

// Model is what a file holds, in the open.
type Model struct {
	Meta     Meta
	Flaws    []Flaw    // sorted by name
	Records  []Record  // sorted by ID; a document may be in several parts
	Packages []Package // sorted by ecosystem and name
}

// Meta is the part of a file that is JSON.
type Meta struct {
	// Name says what the database is: "facts", or what db build was told.
	Name     string     `json:"name"`
	Sources  []Source   `json:"sources"`
	Coverage []Coverage `json:"coverage"`
	Inputs   []Input    `json:"inputs"`
	// Day that the data is of: the newest of the inputs' dates. Dates of single
	// records are no measure, since some lie in the future.
	Day Day `json:"day"`
}

// Source is one feed of records. Every record names its source, and so its licence.
type Source struct {
	// Name as people know it: "PyPA advisory database".
	Name string `json:"name"`
	// Rater is how a rating by this source is named: "GHSA", "Debian".
	Rater   string `json:"rater"`
	License string `json:"license"`
	// URL of a record: {id} and {cve} are replaced; or of the source.
	URL string `json:"url"`
	// Distribution is true for a Linux distribution's word on its own packages.
	Distribution bool `json:"distribution,omitempty"`
}

// Coverage says what the records can say of an ecosystem or release.
type Coverage struct {
	// Key is an ecosystem, "npm", or one with its release, "Debian:12".
	Key   string                `json:"key"`
	Level finding.CoverageLevel `json:"level"`
	// Date (YYYY-MM-DD) of what is known.
	Date string `json:"date"`
	// Known says which packages are known to be covered: all, those with the
	// flag Covered (listed), or none.
	Known  string         `json:"known"`
	Limits []finding.Text `json:"limits,omitempty"`
	// Get names the folder of OSV's public bucket that says more; empty when none does.
	Get string `json:"get,omitempty"`
}

// Values of Coverage.Known.
const (
	KnownAll    = "all"
	KnownListed = "listed"
	KnownNone   = "none"
)

// Input is a file that the database was compiled from.
type Input struct {
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Documents int    `json:"documents"`
	// Date (YYYY-MM-DD) of the newest record, or of the file's own statement.
	Date    string `json:"date"`
	License string `json:"license,omitempty"`
	Source  string `json:"source,omitempty"`
}

// Day is a day in days since 1970-01-01; 0 when not known.
type Day uint16

// Rating is one word on how bad a flaw is.
type Rating struct {
	Severity finding.Severity
	// Score is the CVSS score times ten; 0 when there is none.
	Score  uint16
	Vector string
	Source string
}

// Flaw is one vulnerability, whatever it is called.
type Flaw struct {
	// Name is the CVE where there is one.
	Name string
	// Aliases are other names, sorted.
	Aliases []string
	CWEs    []uint32
	Ratings []Rating
	// KEVAdded is the day it came onto CISA's list of known exploited vulnerabilities; 0 if it is not on it.
	KEVAdded, KEVDue Day
	Ransomware       bool
}

// Informational marks records that are no vulnerabilities.
type Informational uint8

// Kinds of informational records (RustSec's).
const (
	NotInformational Informational = iota
	Unmaintained
	Unsound
	Notice
	OtherNotice
)

var informationalNames = [...]string{"", "unmaintained", "unsound", "notice", "other"}

// String is RustSec's word.
func (i Informational) String() string {
	if int(i) < len(informationalNames) {
		return informationalNames[i]
	}
	return "other"
}

// ParseInformational reads RustSec's word; a word not known is OtherNotice.
func ParseInformational(s string) Informational {
	for i, n := range informationalNames {
		if n == s {
			return Informational(i)
		}
	}
	return OtherNotice
}

// PlatformsPrefix begins a Module that names platforms, divided by spaces:
// "platforms:windows/* */ppc64le". No stream has a space or a slash in it.
const PlatformsPrefix = "platforms:"

// Record is one document of a source, or, where the document rates its
// packages differently, a part of one.
type Record struct {
	ID     string
	Source int // index in Meta.Sources
	// Flaws are indices in Model.Flaws: one, or several for an advisory that
	// bundles some.
	Flaws []int
	// Loose are names that could not be told to belong to one flaw.
	Loose         []string
	Ratings       []Rating
	Published     Day
	Modified      Day
	Withdrawn     Day
	Informational Informational
	// Module is the stream ("nodejs:18") of a modular RPM advisory, or, of one
	// of Go, [PlatformsPrefix] and the only platforms it is about.
	Module string
	// Summary and Details are empty in a database of facts.
	Summary, Details string
}

// Package is what is known of one package.
type Package struct {
	Ecosystem, Name string
	// Covered is set where Coverage.Known is "listed".
	Covered bool
	Entries []Entry
}

// Entry says that a record concerns the package, in some versions.
type Entry struct {
	Record int // index in Model.Records
	Ranges []Range
}

// EndKind says how a range ends.
type EndKind uint8

// Kinds of ends. Exact means that the one version Start is affected.
const (
	Open EndKind = iota
	Fixed
	LastAffected
	Exact
)

// Range is an interval of versions: from Start (included; empty: from the first) to End.
type Range struct {
	Start, End string
	Kind       EndKind
}
