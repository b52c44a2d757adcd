package report

import (
	"cmp"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

// sarifWriter writes SARIF 2.1.0 (OASIS), in the form that code-scanning
// services take: a rule for each advisory, as "security-severity" belongs to a
// rule; relative locations, each with a line; fingerprints that stay.
type sarifWriter struct{}

var _ Writer = sarifWriter{}

func (sarifWriter) Format() string { return "sarif" }

// SARIF's own objects, as far as they are used.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool               sarifTool                `json:"tool"`
		AutomationDetails  *sarifAutomation         `json:"automationDetails,omitempty"`
		Invocations        []sarifInvocation        `json:"invocations"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds,omitempty"`
		ColumnKind         string                   `json:"columnKind"`
		Results            []sarifResult            `json:"results"`
		Properties         map[string]any           `json:"properties,omitempty"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string            `json:"name"`
		Version        string            `json:"version,omitempty"`
		InformationURI string            `json:"informationUri,omitempty"`
		Rules          []sarifRule       `json:"rules"`
		Notifications  []sarifDescriptor `json:"notifications,omitempty"`
	}
	sarifDescriptor struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		Name                 string             `json:"name"`
		ShortDescription     sarifMessage       `json:"shortDescription"`
		FullDescription      sarifMessage       `json:"fullDescription"`
		HelpURI              string             `json:"helpUri,omitempty"`
		Help                 sarifMessage       `json:"help"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
		Properties           sarifRuleBag       `json:"properties"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifRuleBag struct {
		SecuritySeverity string   `json:"security-severity,omitempty"`
		Precision        string   `json:"precision,omitempty"`
		Tags             []string `json:"tags,omitempty"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Kind                string             `json:"kind,omitempty"`
		Level               string             `json:"level"`
		Message             sarifMessage       `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
		Properties          map[string]any     `json:"properties,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI         string        `json:"uri,omitempty"`
		URIBaseID   string        `json:"uriBaseId,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string         `json:"kind"`
		Status        string         `json:"status"`
		Justification string         `json:"justification"`
		Properties    map[string]any `json:"properties,omitempty"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		ExitCode            int                 `json:"exitCode"`
		StartTimeUTC        string              `json:"startTimeUtc,omitempty"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Descriptor sarifReference  `json:"descriptor"`
		Level      string          `json:"level"`
		Message    sarifMessage    `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
	}
	sarifReference struct {
		ID string `json:"id"`
	}
)

// rootBase is the base that paths are relative to: the root of the image, or
// the directory scanned.
const rootBase = "ROOTPATH"

func (sarifWriter) Write(w io.Writer, r *finding.Report, o Options) error {
	s := &sarif{r: r, o: o, p: i18n.For(o.Lang), packages: packagesByID(r), ruleIndex: map[string]int{}}
	return encode(w, s.log())
}

type sarif struct {
	r         *finding.Report
	o         Options
	p         i18n.Printer
	packages  map[string]*finding.Package
	rules     []sarifRule
	ruleIndex map[string]int
}

func (s *sarif) log() sarifLog {
	results := []sarifResult{}
	if !s.o.SBOM {
		s.collectRules()
		for i := range s.r.Results {
			if res := &s.r.Results[i]; s.counts(res) {
				results = append(results, s.result(res))
			}
		}
	}
	if s.rules == nil {
		s.rules = []sarifRule{}
	}
	found := findings(s.r)
	bag := map[string]any{
		"bulwark/suppressed": found.suppressed,
		"bulwark/hidden":     found.hidden,
		"bulwark/unread":     len(s.r.Unread),
		"bulwark/coverage":   s.r.Coverage,
	}
	if s.r.Coverage == nil {
		bag["bulwark/coverage"] = []finding.Coverage{}
	}
	if s.r.Verdict != nil {
		bag["bulwark/verdict"] = s.r.Verdict
	}
	if len(s.r.Filtered) > 0 {
		bag["bulwark/filtered"] = s.r.Filtered
	}
	subject := cmp.Or(s.r.Subject.Ref, s.r.Subject.Name)
	return sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{Driver: sarifDriver{
				Name: cmp.Or(s.r.Tool.Name, "bulwark"), Version: s.r.Tool.Version, Rules: s.rules,
				Notifications: []sarifDescriptor{
					{ID: "unread", ShortDescription: sarifMessage{s.p.T("check.not-scanned.title")}},
					{ID: "coverage", ShortDescription: sarifMessage{s.p.T("report.coverage.title")}},
					{ID: "undecided", ShortDescription: sarifMessage{s.p.T("report.undecided.title")}},
					{ID: "exception", ShortDescription: sarifMessage{s.p.T("report.exceptions")}},
				},
			}},
			AutomationDetails: &sarifAutomation{ID: "bulwark/" + cmp.Or(s.r.Subject.Name, subject) + "/"},
			Invocations:       []sarifInvocation{s.invocation()},
			OriginalURIBaseIDs: map[string]sarifArtifact{
				rootBase: {Description: &sarifMessage{s.p.T("report.sarif.root", subject)}},
			},
			ColumnKind: "utf16CodeUnits",
			Results:    results,
			Properties: bag,
		}},
	}
}

// counts reports whether a result is one of the log's: what was not read is a
// notification of the invocation instead.
func (s *sarif) counts(res *finding.Result) bool {
	return res.IsFinding() && res.Check != finding.CheckNotScanned
}

func (s *sarif) ruleID(res *finding.Result) string {
	if res.Advisory != nil {
		return res.Advisory.ID
	}
	return res.Check
}

// collectRules makes a rule for each advisory and check, with the worst rating
// that any of its results has.
func (s *sarif) collectRules() {
	worst := map[string]*finding.Result{}
	for i := range s.r.Results {
		res := &s.r.Results[i]
		if !s.counts(res) {
			continue
		}
		id := s.ruleID(res)
		if w := worst[id]; w == nil || res.Rating.Severity > w.Rating.Severity ||
			res.Rating.Severity == w.Rating.Severity && res.Rating.Score > w.Rating.Score {
			worst[id] = res
		}
	}
	for _, id := range slices.Sorted(maps.Keys(worst)) {
		s.ruleIndex[id] = len(s.rules)
		s.rules = append(s.rules, s.rule(id, worst[id]))
	}
}

func (s *sarif) rule(id string, res *finding.Result) sarifRule {
	check := s.o.check(res.Check)
	title, why, fix := s.p.Text(check.Title), s.p.Text(check.Why), s.p.Text(check.Fix)
	rule := sarifRule{
		ID: id, Name: camelCase(res.Check),
		ShortDescription: sarifMessage{Clean(title)}, FullDescription: sarifMessage{Clean(cmp.Or(why, title))},
		Help:                 sarifMessage{Clean(strings.TrimSpace(why + "\n\n" + fix))},
		DefaultConfiguration: sarifConfiguration{Level: level(res.Rating.Severity)},
		Properties: sarifRuleBag{
			SecuritySeverity: securitySeverity(res.Rating), Precision: "very-high",
			Tags: []string{"security", res.Check},
		},
	}
	rule.Help.Text = strings.ReplaceAll(rule.Help.Text, `\n`, "\n")
	if len(check.References) > 0 {
		rule.HelpURI = check.References[0]
	}
	for _, w := range check.CWE {
		rule.Properties.Tags = append(rule.Properties.Tags, "external/cwe/"+strings.ToLower(w))
	}
	if adv := res.Advisory; adv != nil {
		short := adv.ID
		if adv.Summary != "" {
			short += ": " + adv.Summary
		}
		rule.ShortDescription = sarifMessage{Clean(short)}
		rule.FullDescription = sarifMessage{Clean(cmp.Or(adv.Summary, short))}
		for _, src := range adv.Sources {
			if u := webURL(src.URL); u != "" {
				rule.HelpURI = u
				break
			}
		}
		rule.Properties.Tags = []string{"security", res.Check}
		for _, w := range adv.CWEs {
			if len(rule.Properties.Tags) < 10 { // services refuse rules with more than a few
				rule.Properties.Tags = append(rule.Properties.Tags, "external/cwe/"+strings.ToLower(w))
			}
		}
	}
	return rule
}

// camelCase makes a rule's name of a check's ID, as SARIF asks for (3.49.7).
func camelCase(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// level maps a severity. Nobody said that an unrated one is harmless.
func level(sev finding.Severity) string {
	switch sev {
	case finding.Critical, finding.High:
		return "error"
	case finding.Low, finding.Negligible:
		return "note"
	}
	return "warning"
}

// securitySeverity is a score, or the middle of the band that a severity
// stands for; an unrated finding has none.
func securitySeverity(r finding.Rating) string {
	if r.Score > 0 && bandOf(r.Score) == r.Severity {
		return strconv.FormatFloat(r.Score, 'f', 1, 64)
	}
	switch r.Severity {
	case finding.Critical:
		return "9.5"
	case finding.High:
		return "8.0"
	case finding.Medium:
		return "5.5"
	case finding.Low:
		return "2.0"
	case finding.Negligible:
		return "0.5"
	}
	return ""
}

// bandOf is the severity of a CVSS score (CVSS 3.1, section 5).
func bandOf(score float64) finding.Severity {
	switch {
	case score >= 9:
		return finding.Critical
	case score >= 7:
		return finding.High
	case score >= 4:
		return finding.Medium
	}
	return finding.Low
}

func (s *sarif) result(res *finding.Result) sarifResult {
	id := s.ruleID(res)
	out := sarifResult{
		RuleID: id, RuleIndex: s.ruleIndex[id], Kind: "fail", Level: level(res.Rating.Severity),
		Message:             sarifMessage{s.message(res)},
		Locations:           s.locations(res),
		PartialFingerprints: map[string]string{"bulwark/v1": res.Fingerprint},
		Properties:          map[string]any{"severity": res.Rating.Severity, "check": res.Check},
	}
	if res.Rating.Source != "" {
		out.Properties["severitySource"] = res.Rating.Source
	}
	if p := s.packages[res.Package]; p != nil {
		out.Properties["purl"] = p.PURL
	}
	if res.Removed {
		out.Properties["removed"] = true
	}
	if res.Hidden {
		out.Properties["hidden"] = true
	}
	if adv := res.Advisory; adv != nil {
		if len(adv.Aliases) > 0 {
			out.Properties["aliases"] = adv.Aliases
		}
		if len(adv.Fixed) > 0 {
			out.Properties["fixed"] = adv.Fixed
		}
		if adv.KEV != nil {
			out.Properties["kev"] = adv.KEV
		}
	}
	if sup := res.Suppressed; sup != nil {
		bag := map[string]any{"source": sup.Source}
		if sup.Owner != "" {
			bag["owner"] = sup.Owner
		}
		if sup.Expires != "" {
			bag["expires"] = sup.Expires
		}
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: Clean(sup.Reason), Properties: bag}}
	}
	return out
}

// message says a finding in one paragraph that stands by itself.
func (s *sarif) message(res *finding.Result) string {
	if res.Advisory == nil {
		out := s.p.Text(res.Title)
		if fix := s.o.check(res.Check).Fix; fix.ID != "" {
			out += "\n" + s.p.Text(fix)
		}
		return cleanLines(out)
	}
	name := res.Package
	if p := s.packages[res.Package]; p != nil {
		name = p.Name + " " + p.Version
	}
	out := s.p.T("report.sarif.affected", name, res.Advisory.ID)
	if res.Advisory.Summary != "" {
		out += " " + res.Advisory.Summary
	}
	if len(res.Advisory.Fixed) > 0 {
		out += "\n" + s.p.T("report.recommendation", strings.Join(res.Advisory.Fixed, s.p.T("report.or")))
	} else if res.Advisory.Informational == "" {
		out += "\n" + s.p.T("report.no-fix")
	}
	if res.Advisory.KEV != nil {
		out += "\n" + s.p.T("report.kev")
	}
	return cleanLines(out)
}

// cleanLines is Clean for text whose line breaks are ours.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	return strings.Join(lines, "\n")
}

// locations are the result's own, else the package's; a service refuses a
// result without one, so that the subject itself stands in.
func (s *sarif) locations(res *finding.Result) []sarifLocation {
	at := res.Locations
	if p := s.packages[res.Package]; p != nil && len(at) == 0 {
		at = p.Locations
	}
	var out []sarifLocation
	for _, l := range at {
		if l.Path == "" {
			continue
		}
		loc := s.location(l)
		if p := s.packages[res.Package]; p != nil {
			loc.Logical = []sarifLogical{{FullyQualifiedName: p.PURL, Kind: "package"}}
		}
		out = append(out, loc)
		if len(out) == 10 { // services show the first
			break
		}
	}
	if out == nil {
		name := cmp.Or(res.Resource.Name, s.r.Subject.Name, s.r.Subject.Ref, "image")
		out = []sarifLocation{s.location(finding.Location{Layer: -1, Path: name})}
	}
	return out
}

// location makes a relative location; its line is 1 where there is none, as
// services want a region.
func (s *sarif) location(l finding.Location) sarifLocation {
	loc := sarifLocation{Physical: sarifPhysical{
		Artifact: sarifArtifact{URI: relativeURI(l.Path), URIBaseID: rootBase},
		Region:   &sarifRegion{StartLine: max(l.Line, 1)},
	}}
	if l.Layer >= 0 && l.Layer < len(s.r.Layers) {
		layer := s.r.Layers[l.Layer]
		text := s.p.T("report.sarif.layer", strconv.Itoa(l.Layer), layer.DiffID)
		if layer.CreatedBy != "" {
			text += ": " + layer.CreatedBy
		}
		loc.Message = &sarifMessage{Clean(text)}
	}
	return loc
}

// relativeURI makes a relative reference (RFC 3986, 4.2) of a path, whatever
// bytes it has: each segment is escaped, and no segment can be taken for a
// scheme or climb.
func relativeURI(path string) string {
	var out []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".", "..":
			continue
		}
		segment = strings.ReplaceAll(url.PathEscape(segment), ":", "%3A")
		out = append(out, segment)
	}
	if len(out) == 0 {
		return "root"
	}
	return strings.Join(out, "/")
}

func (s *sarif) invocation() sarifInvocation {
	inv := sarifInvocation{ExecutionSuccessful: true, Notifications: []sarifNotification{}}
	if t := s.o.time(s.r); !t.IsZero() {
		inv.StartTimeUTC = t.Format(time.RFC3339)
	}
	if v := s.r.Verdict; v != nil {
		inv.ExitCode = v.ExitCode
	}
	add := func(id, level, text string, at ...sarifLocation) {
		inv.Notifications = append(inv.Notifications, sarifNotification{
			Descriptor: sarifReference{id}, Level: level, Message: sarifMessage{Clean(text)}, Locations: at,
		})
	}
	for _, u := range s.r.Unread {
		text := s.p.T("report.because", u.Location.Path, s.p.Text(reasonText(u.Reason)))
		if u.Detail != "" {
			text = s.p.T("report.because", text, s.p.Sentence(u.Detail))
		}
		add("unread", "error", text, s.location(u.Location))
	}
	if len(s.r.Coverage) == 0 && slices.ContainsFunc(s.r.Packages, isThere) && !s.o.SBOM {
		add("coverage", "warning", s.p.T("report.coverage.nothing"))
	}
	if v := s.r.Verdict; v != nil && v.NoPackages {
		add("coverage", "warning", s.p.T("report.no-packages"))
	}
	for _, c := range s.r.Coverage {
		name := c.Ecosystem
		if c.Date != "" {
			name = s.p.T("report.coverage.dated", name, c.Date)
		}
		switch c.Level {
		case finding.CoverageNone:
			add("coverage", "warning", s.p.T("report.coverage.none", name)+" "+s.p.T("report.unknown", strconv.Itoa(max(c.Packages-c.Known, 0)), strconv.Itoa(c.Packages)))
		case finding.CoveragePartial:
			add("coverage", "warning", s.p.T("report.coverage.partial", name)+" "+s.p.T("report.unknown", strconv.Itoa(max(c.Packages-c.Known, 0)), strconv.Itoa(c.Packages)))
		default:
			add("coverage", "note", s.p.T("report.coverage.full", name))
		}
		for _, l := range c.Limits {
			add("coverage", "note", s.p.T("report.because", c.Ecosystem, s.p.Text(l)))
		}
	}
	if !s.o.SBOM {
		for _, res := range undecided(s.r) {
			add("undecided", "warning", undecidedText(s.p, res))
		}
	}
	for _, e := range s.r.Exceptions {
		switch e.Problem {
		case "expired":
			add("exception", "warning", s.p.T("report.exception-expired", e.ID, e.Source, e.Expires))
		case finding.ProblemImage:
			add("exception", "warning", s.p.T("report.exception-image", e.ID, e.Source, e.Image))
		default:
			add("exception", "warning", s.p.T("report.exception-unmatched", e.ID, e.Source))
		}
	}
	return inv
}
