package finding

// Check is the declaration of a question that Bulwark asks. It stands beside
// the code that asks it; internal/catalogue gathers all of them, and
// "bulwark checks", "bulwark explain", docs/checks.md and the rules of SARIF are
// made from the declarations.
type Check struct {
	// ID is short, in lower case with hyphens, and never changes: exceptions,
	// policies and fingerprints are written with it.
	ID string
	// Point is the point of control that asks: "image", "run", "system",
	// "network", "baseline", "software".
	Point string
	// Title says the finding in a line, Why why it matters, Fix what to do.
	Title, Why, Fix Text
	// References are URLs of what the check rests on.
	References []string
	// Severity of a finding that nothing else rates. Unrated for checks whose
	// findings are rated one by one.
	Severity Severity
	// CIS are sections of a benchmark ("Docker 1.6.0 4.1"), ATTACK techniques
	// of MITRE ATT&CK ("T1525"), CWE weaknesses ("CWE-1104").
	CIS, ATTACK, CWE []string
}

// Result makes a finding of the check, in state Fail with the default severity.
func (c Check) Result(res Resource, title Text) Result {
	return Result{Check: c.ID, State: Fail, Rating: c.rating(), Resource: res, Title: title}
}

func (c Check) rating() Rating {
	if c.Severity == Unrated {
		return Rating{}
	}
	return Rating{Severity: c.Severity, Source: RatedByUs}
}

// RatedByUs is the source of a rating that is a check's default severity.
const RatedByUs = "Bulwark"

// IDs of the checks that follow from a report itself, whoever made it.
const (
	CheckVulnerability = "vulnerability"
	CheckNotice        = "advisory-notice"
	CheckIntegrity     = "image-integrity"
	CheckNotScanned    = "not-scanned"
	CheckEndOfLife     = "end-of-life"
)

// CoreChecks are the checks that belong to the report itself; several points
// give their results.
func CoreChecks() []Check {
	return []Check{
		{
			ID: CheckVulnerability, Point: "image",
			Title:      T("check.vulnerability.title"),
			Why:        T("check.vulnerability.why"),
			Fix:        T("check.vulnerability.fix"),
			References: []string{"https://osv.dev/", "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"},
			CIS:        []string{"Docker 1.6.0 4.4"},
			ATTACK:     []string{"T1190", "T1195.001"},
			CWE:        []string{"CWE-1395"},
		},
		{
			ID: CheckNotice, Point: "image", Severity: Low,
			Title:      T("check.advisory-notice.title"),
			Why:        T("check.advisory-notice.why"),
			Fix:        T("check.advisory-notice.fix"),
			References: []string{"https://rustsec.org/"},
			CWE:        []string{"CWE-1104"},
		},
		{
			ID: CheckIntegrity, Point: "image", Severity: Critical,
			Title:      T("check.image-integrity.title"),
			Why:        T("check.image-integrity.why"),
			Fix:        T("check.image-integrity.fix"),
			References: []string{"https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests"},
			CIS:        []string{"Docker 1.6.0 4.5"},
			ATTACK:     []string{"T1525"},
			CWE:        []string{"CWE-345", "CWE-354"},
		},
		{
			ID: CheckNotScanned, Point: "image",
			Title: T("check.not-scanned.title"),
			Why:   T("check.not-scanned.why"),
			Fix:   T("check.not-scanned.fix"),
		},
		{
			ID: CheckEndOfLife, Point: "image", Severity: Medium,
			Title:      T("check.end-of-life.title"),
			Why:        T("check.end-of-life.why"),
			Fix:        T("check.end-of-life.fix"),
			References: []string{"https://endoflife.date/"},
			CIS:        []string{"Docker 1.6.0 4.4"},
			CWE:        []string{"CWE-1104"},
		},
	}
}
