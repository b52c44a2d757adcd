package secret

import "bulwark/internal/finding"

// Rule is one kind of credential. Its check is "secret-" + ID.
type Rule struct {
	// ID is short, lower case with hyphens, and never changes ("github-pat");
	// Name is what a person reads ("GitHub personal access token"), Provider who
	// issues it ("GitHub"), empty where nobody in particular does.
	ID, Name, Provider string
	Class              Class
	Shape              Shape
	// Severity of a hit that is not in a test, an example or documentation.
	Severity finding.Severity
	// Anchors are literals in lower case, searched for in either case (ASCII),
	// at least 2 bytes and better 4 or more: the speed of the whole scan hangs
	// on how rare they are. One of them must stand within the match of a
	// Structured rule, and in the name that a Keyed or Assigned one's value is
	// assigned to. A rule with a Path needs none: its pattern is then run over
	// all of the few files at such paths (and anchors of less than 5 bytes are
	// not used there).
	Anchors []string
	// Pattern is a regular expression (RE2, byte for byte, as in package
	// regexp). For a Structured rule it describes the credential with whatever
	// must stand around it; for a Keyed or Assigned rule the value alone, whole.
	// The value is the group named "secret", else group number Group where that
	// is set, else the first group that took part, else the whole match.
	Pattern string
	Group   int
	// Before says how many bytes before an anchor a match may begin, Max how
	// many after the anchor's beginning it may end. 0 is worked out from
	// Pattern, within 4 KiB. Structured rules only.
	Before, Max int
	// Entropy is the least Shannon entropy (bits a byte) of the value; 0 for none.
	Entropy float64
	// Verify looks at a checksum or at the structure inside the value; nil
	// stands for a Verify that always says Maybe. It must take any bytes.
	Verify func(value []byte) Verdict
	// Path is a regular expression on the path that the rule is limited to;
	// empty for any. With an empty Pattern the file itself is the finding.
	Path string
	// Allow lists what is not a finding of this rule.
	Allow []Allowlist
	// Revoke is where the provider lets it be revoked; an https URL or empty.
	Revoke string
	// At is a path that Path admits: the tests run the examples under it.
	At string
	// Valid and Invalid are texts that the tests run: each Valid gives a hit of
	// this rule, no Invalid does. Values are made up, and put together by code
	// where they would look like live ones.
	Valid, Invalid []string
	// sample is one value of the rule, from which tests make more examples.
	sample string

	// imported: the rule is from a file of gitleaks, where an anchor may be
	// anywhere in the text and not only in the match.
	imported bool
}

// CheckID is the ID of the rule's check.
func (r *Rule) CheckID() string { return "secret-" + r.ID }

// Class is what kind of thing a credential is; it chooses the texts that say
// why it matters and what to do.
type Class uint8

// Classes of credentials.
const (
	Token            Class = iota // an API key, access token, client secret: issued by a service
	Password                      // a password, or the hash of one
	PrivateKey                    // a private key
	ConnectionString              // a URL or connection string with a password in it
	Certificate                   // a certificate
	Webhook                       // a URL that lets whoever knows it post
)

// Shape says by what a credential is recognized.
type Shape uint8

// Shapes of rules.
const (
	// Structured: the value has a form of its own (a prefix, a checksum), or
	// Pattern holds enough of what stands around it.
	Structured Shape = iota
	// Keyed: the value is plain random characters, and the name that it is
	// assigned to says whose it is: twitter_api_key = "…". The engine finds
	// name, operator and value, in any language; Pattern is matched with the
	// whole value. Placeholders and test vectors are dropped.
	Keyed
	// Assigned: the name says only that it is a secret (password = "…").
	// Everything known of the place and of the value is weighed.
	Assigned
	// Address: a URL with user:password@ in it; Anchors hold "://", and Pattern
	// is matched with the scheme.
	Address
)

// Verdict is what a rule's Verify says of a value.
type Verdict uint8

// Verdicts.
const (
	Maybe Verdict = iota // nothing can be told from the value alone
	Yes                  // a checksum or inner structure fits: certainly real
	No                   // it does not fit: certainly not
)

// Allowlist says what is not a finding, as gitleaks' files do.
type Allowlist struct {
	Description string
	// All: every kind of condition that is given must hold, not any one.
	All bool
	// Commits are commit IDs, Paths regular expressions on the path, Regexes on
	// the Target, Stopwords strings that the value contains in any case.
	Commits, Paths, Regexes, Stopwords []string
	Target                             Target
}

// Target is what an allowlist's regular expressions are matched with.
type Target uint8

// Targets.
const (
	TargetValue Target = iota
	TargetMatch
	TargetLine
)

// Options are for Compile.
type Options struct {
	// Allow lists what is not a finding of any rule.
	Allow []Allowlist
}
