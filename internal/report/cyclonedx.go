package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

// cyclonedxWriter writes CycloneDX 1.6 with vulnerabilities.
//
// What CycloneDX has no field for stands in properties whose names begin with
// "bulwark:". The serial number is made of the content, so that equal content
// has an equal one; only the time differs between two runs.
type cyclonedxWriter struct{}

var _ Writer = cyclonedxWriter{}

func (cyclonedxWriter) Format() string { return "cyclonedx" }

func (cyclonedxWriter) Write(w io.Writer, r *finding.Report, o Options) error {
	c := &cyclonedx{r: r, o: o, p: i18n.For(o.Lang), packages: packagesByID(r)}
	bom := c.bom()
	// Encoded once: the serial number is put in the place kept for it.
	bom.SerialNumber = noSerialNumber
	bom.Metadata.Timestamp = noTimestamp
	var b bytes.Buffer
	if err := encodeTo(&b, bom); err != nil {
		return fmt.Errorf("encode CycloneDX: %w", err)
	}
	content := b.Bytes()
	serial := serialNumber(content)
	// The first of each is the document's own: nothing from outside comes before.
	fill(content, noSerialNumber, serial)
	fill(content, noTimestamp, o.time(r).UTC().Format(time.RFC3339))
	return writeEscaped(w, content)
}

// fill writes a value over the first place kept for it, which is as long.
func fill(content []byte, place, value string) {
	if i := bytes.Index(content, []byte(place)); i >= 0 && len(place) == len(value) {
		copy(content[i:], value)
	}
}

// What stands where serial number and time will be.
const (
	noSerialNumber = "urn:uuid:00000000-0000-0000-0000-000000000000"
	noTimestamp    = "0000-00-00T00:00:00Z"
)

// serialNumber is a UUID of version 8 (RFC 9562) made of a hash of the content.
func serialNumber(content []byte) string {
	h := sha256.Sum256(content)
	h[6] = h[6]&0x0f | 0x80
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

type cyclonedx struct {
	r        *finding.Report
	o        Options
	p        i18n.Printer
	packages map[string]*finding.Package
}

// rootRef names the thing scanned; package references begin with "pkg:" or are
// other IDs, and must not collide with it.
const rootRef = "bulwark:subject"

func (c *cyclonedx) bom() *cdx.BOM {
	bom := cdx.NewBOM()
	bom.SpecVersion = cdx.SpecVersion1_6
	bom.JSONSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cdx.Metadata{
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			Type: cdx.ComponentTypeApplication, Name: cmp.Or(c.r.Tool.Name, "bulwark"), Version: c.r.Tool.Version,
		}}},
		Component:  c.subject(),
		Properties: c.properties(),
	}
	components := c.components()
	bom.Components = &components
	bom.Dependencies = c.dependencies()
	aggregate := cdx.CompositionAggregateComplete
	if len(c.r.Unread) > 0 || len(c.r.Filtered) > 0 {
		aggregate = cdx.CompositionAggregateIncomplete
	}
	bom.Compositions = &[]cdx.Composition{{Aggregate: aggregate, Assemblies: &[]cdx.BOMReference{rootRef}}}
	if !c.o.SBOM {
		vulnerabilities := c.vulnerabilities()
		bom.Vulnerabilities = &vulnerabilities
	}
	return bom
}

func (c *cyclonedx) subject() *cdx.Component {
	s := c.r.Subject
	root := &cdx.Component{BOMRef: rootRef, Type: cdx.ComponentTypeApplication, Name: cmp.Or(s.Name, s.Ref, "unnamed")}
	if s.Kind == "image" {
		root.Type = cdx.ComponentTypeContainer
		root.Version = s.ConfigDigest
	}
	root.Properties = properties(
		"bulwark:subject:kind", s.Kind,
		"bulwark:subject:ref", s.Ref,
		"bulwark:subject:platform", s.Platform,
		"bulwark:subject:aliases", strings.Join(s.Aliases, " "),
		"bulwark:subject:tags", strings.Join(s.Tags, " "),
	)
	return root
}

// properties makes properties of names and values in turn; empty values are left out.
func properties(pairs ...string) *[]cdx.Property {
	var out []cdx.Property
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, cdx.Property{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return &out
}

// properties of the whole: what was not seen, not known and not counted.
func (c *cyclonedx) properties() *[]cdx.Property {
	var pairs []string
	add := func(name, value string) { pairs = append(pairs, name, value) }
	if d := c.r.Data; d != nil {
		add("bulwark:data:name", d.Name)
		add("bulwark:data:date", d.Date)
	}
	for _, cov := range c.r.Coverage {
		add("bulwark:coverage:"+cov.Ecosystem, strings.TrimSpace(fmt.Sprintf("%s %d/%d %s", cov.Level, cov.Known, cov.Packages, cov.Date)))
	}
	for _, cov := range c.r.Coverage {
		for _, l := range cov.Limits {
			add("bulwark:coverage:limit:"+cov.Ecosystem, c.p.Text(l))
		}
	}
	for _, u := range c.r.Unread {
		add("bulwark:unread:"+string(u.Reason), strings.TrimSpace(u.Location.Path+" "+u.Detail))
	}
	for _, f := range c.r.Filtered {
		add("bulwark:filtered", f)
	}
	found := findings(c.r)
	add("bulwark:count:unread", strconv.Itoa(len(c.r.Unread)))
	if c.o.SBOM {
		return properties(pairs...)
	}
	add("bulwark:count:suppressed", strconv.Itoa(found.suppressed))
	add("bulwark:count:hidden", strconv.Itoa(found.hidden))
	for _, res := range found.results {
		if res.Advisory == nil && res.Check != finding.CheckNotScanned {
			add("bulwark:finding:"+res.Check, c.p.Text(res.Title))
			if res.Removed {
				add("bulwark:removed:"+res.Check, "true")
			}
		}
	}
	for _, res := range undecided(c.r) {
		add("bulwark:undecided", undecidedText(c.p, res))
	}
	if v := c.r.Verdict; v != nil {
		add("bulwark:verdict:gate", v.Gate)
		add("bulwark:verdict:incomplete", strings.Join(v.Incomplete, " "))
		if v.NoPackages {
			add("bulwark:verdict:no-packages", "true")
		}
		add("bulwark:verdict:exit-code", strconv.Itoa(v.ExitCode))
	}
	return properties(pairs...)
}

func (c *cyclonedx) components() []cdx.Component {
	out := []cdx.Component{}
	if os := c.r.Subject.OS; os != nil && os.ID != "" {
		out = append(out, cdx.Component{
			BOMRef: "bulwark:os", Type: cdx.ComponentTypeOS, Name: os.ID, Version: os.VersionID, Description: os.PrettyName,
			Properties: properties("bulwark:os:end-of-life", os.EndOfLife, "bulwark:os:release", os.Release),
		})
	}
	for i := range c.r.Packages {
		out = append(out, c.component(&c.r.Packages[i]))
	}
	return out
}

func (c *cyclonedx) component(p *finding.Package) cdx.Component {
	comp := cdx.Component{
		BOMRef: p.ID, Type: cdx.ComponentTypeLibrary, Name: p.Name, Version: p.Version, PackageURL: p.PURL,
		Licenses: licensesOf(p.Licenses),
	}
	// CycloneDX keeps an npm scope and a Maven group apart from the name.
	switch group, name, ok := strings.Cut(p.Name, map[string]string{finding.TypeNPM: "/", finding.TypeMaven: ":", finding.TypeComposer: "/"}[p.Type]); {
	case !ok || group == "" || name == "":
	case p.Type == finding.TypeNPM && group[0] != '@':
	default:
		comp.Group, comp.Name = group, name
	}
	if p.Maintainer != "" {
		comp.Publisher = p.Maintainer
	}
	pairs := []string{
		"bulwark:type", p.Type,
		"bulwark:found-by", p.FoundBy,
		"bulwark:source", strings.TrimSpace(p.SourceName + " " + p.SourceVersion),
		"bulwark:release", p.Release,
		"bulwark:owned-by", p.OwnedBy,
		"bulwark:coverage", string(p.Coverage),
	}
	for _, is := range []struct {
		name string
		yes  bool
	}{{"bulwark:hidden", p.Hidden}, {"bulwark:declared", p.Declared}, {"bulwark:dev", p.Dev}} {
		if is.yes {
			pairs = append(pairs, is.name, "true")
		}
	}
	var seen []cdx.EvidenceOccurrence
	layers := []int{}
	for _, l := range p.Locations {
		if l.Path != "" {
			o := cdx.EvidenceOccurrence{Location: l.Path}
			if l.Line > 0 {
				o.Line = &l.Line
			}
			seen = append(seen, o)
		}
		if l.Layer >= 0 && l.Layer < len(c.r.Layers) && !slices.Contains(layers, l.Layer) {
			layers = append(layers, l.Layer)
		}
	}
	for _, l := range layers {
		pairs = append(pairs, "bulwark:layer", strconv.Itoa(l), "bulwark:layer:diff-id", c.r.Layers[l].DiffID)
	}
	comp.Properties = properties(pairs...)
	if len(seen) > 0 {
		comp.Evidence = &cdx.Evidence{Occurrences: &seen}
	}
	if p.Dev {
		comp.Scope = cdx.ScopeExcluded
	}
	return comp
}

// dependencies say only what is known: the subject holds the packages, and an
// OS package those that its files are.
func (c *cyclonedx) dependencies() *[]cdx.Dependency {
	top := []string{}
	owned := map[string][]string{}
	for i := range c.r.Packages {
		p := &c.r.Packages[i]
		if p.OwnedBy != "" && c.packages[p.OwnedBy] != nil {
			owned[p.OwnedBy] = append(owned[p.OwnedBy], p.ID)
			continue
		}
		top = append(top, p.ID)
	}
	out := []cdx.Dependency{{Ref: rootRef, Dependencies: &top}}
	for i := range c.r.Packages {
		if list := owned[c.r.Packages[i].ID]; len(list) > 0 {
			out = append(out, cdx.Dependency{Ref: c.r.Packages[i].ID, Dependencies: &list})
		}
	}
	return &out
}

// vulnerabilities merges results that differ only in the package.
func (c *cyclonedx) vulnerabilities() []cdx.Vulnerability {
	out := []cdx.Vulnerability{}
	index := map[string]int{}
	for i := range c.r.Results {
		res := &c.r.Results[i]
		if !res.IsFinding() || res.Advisory == nil {
			continue
		}
		affects := c.affects(res)
		key, err := json.Marshal([]any{res.Check, res.Advisory, res.Rating, res.Suppressed, res.Hidden, res.Removed})
		if err != nil { // unreachable: the types have no such values
			key = []byte(res.Fingerprint)
		}
		if k, ok := index[string(key)]; ok {
			v := &out[k]
			if affects != nil {
				if v.Affects == nil {
					v.Affects = &[]cdx.Affects{}
				}
				if !slices.ContainsFunc(*v.Affects, func(a cdx.Affects) bool { return a.Ref == affects.Ref }) {
					*v.Affects = append(*v.Affects, *affects)
				}
			}
			*v.Properties = append(*v.Properties, cdx.Property{Name: "bulwark:fingerprint", Value: res.Fingerprint})
			continue
		}
		index[string(key)] = len(out)
		v := c.vulnerability(res)
		if affects != nil {
			v.Affects = &[]cdx.Affects{*affects}
		}
		out = append(out, v)
	}
	return out
}

func (c *cyclonedx) affects(res *finding.Result) *cdx.Affects {
	p := c.packages[res.Package]
	if p == nil {
		return nil
	}
	a := &cdx.Affects{Ref: p.ID}
	if p.Version != "" {
		a.Range = &[]cdx.AffectedVersions{{Version: p.Version, Status: cdx.VulnerabilityStatusAffected}}
	}
	return a
}

func (c *cyclonedx) vulnerability(res *finding.Result) cdx.Vulnerability {
	adv := res.Advisory
	v := cdx.Vulnerability{
		BOMRef: "bulwark:vulnerability:" + res.Fingerprint, ID: adv.ID, Description: adv.Summary,
		Ratings: ratings(res),
	}
	if len(adv.Sources) > 0 {
		v.Source = &cdx.Source{Name: adv.Sources[0].Ecosystem, URL: webURL(adv.Sources[0].URL)}
	}
	var refs []cdx.VulnerabilityReference
	for _, a := range adv.Aliases {
		refs = append(refs, cdx.VulnerabilityReference{ID: a, Source: &cdx.Source{Name: feedOf(a)}})
	}
	if refs != nil {
		v.References = &refs
	}
	var cwes []int
	for _, w := range adv.CWEs {
		if n, err := strconv.Atoi(strings.TrimPrefix(w, "CWE-")); err == nil && n > 0 {
			cwes = append(cwes, n)
		}
	}
	if cwes != nil {
		v.CWEs = &cwes
	}
	var advisories []cdx.Advisory
	for _, s := range adv.Sources {
		if u := webURL(s.URL); u != "" {
			advisories = append(advisories, cdx.Advisory{Title: s.ID, URL: u})
		}
	}
	if advisories != nil {
		v.Advisories = &advisories
	}
	if len(adv.Fixed) > 0 {
		v.Recommendation = c.p.T("report.recommendation", strings.Join(adv.Fixed, c.p.T("report.or")))
	}
	if !adv.Published.IsZero() {
		v.Published = adv.Published.UTC().Format(time.RFC3339)
	}
	if !adv.Modified.IsZero() {
		v.Updated = adv.Modified.UTC().Format(time.RFC3339)
	}
	pairs := []string{
		"bulwark:check", res.Check, "bulwark:fingerprint", res.Fingerprint, "bulwark:affected", adv.Affected,
		"bulwark:fixed", strings.Join(adv.Fixed, " "), "bulwark:informational", adv.Informational,
	}
	if adv.KEV != nil {
		pairs = append(pairs, "bulwark:kev:added", cmp.Or(adv.KEV.Added, "unknown"), "bulwark:kev:due", adv.KEV.Due)
	}
	if res.Removed {
		pairs = append(pairs, "bulwark:removed", "true")
	}
	if res.Hidden {
		pairs = append(pairs, "bulwark:hidden", "true")
	}
	if s := res.Suppressed; s != nil {
		v.Analysis = &cdx.VulnerabilityAnalysis{State: cdx.IASNotAffected, Detail: s.Reason}
		switch s.Status {
		case "fixed":
			v.Analysis.State = cdx.IASResolved
		case "":
			// An exception accepts a risk; it does not say that there is none.
			v.Analysis.State = cdx.IASExploitable
			v.Analysis.Response = &[]cdx.ImpactAnalysisResponse{cdx.IARWillNotFix}
		}
		pairs = append(pairs, "bulwark:suppressed:source", s.Source, "bulwark:suppressed:owner", s.Owner, "bulwark:suppressed:expires", s.Expires)
	}
	v.Properties = properties(pairs...)
	return v
}

// ratings puts the chosen rating first.
func ratings(res *finding.Result) *[]cdx.VulnerabilityRating {
	list := []finding.Rating{res.Rating}
	for _, r := range res.Advisory.Ratings {
		if r != res.Rating {
			list = append(list, r)
		}
	}
	out := make([]cdx.VulnerabilityRating, 0, len(list))
	for _, r := range list {
		rating := cdx.VulnerabilityRating{Severity: cdxSeverity(r.Severity), Vector: r.Vector}
		if r.Source != "" {
			rating.Source = &cdx.Source{Name: r.Source}
		}
		if r.Vector != "" {
			score := r.Score
			rating.Score = &score
			rating.Method = method(r.Vector)
		}
		out = append(out, rating)
	}
	return &out
}

func method(vector string) cdx.ScoringMethod {
	switch {
	case strings.HasPrefix(vector, "CVSS:4"):
		return cdx.ScoringMethodCVSSv4
	case strings.HasPrefix(vector, "CVSS:3.1"):
		return cdx.ScoringMethodCVSSv31
	case strings.HasPrefix(vector, "CVSS:3"):
		return cdx.ScoringMethodCVSSv3
	case strings.HasPrefix(vector, "AV:"):
		return cdx.ScoringMethodCVSSv2
	}
	return cdx.ScoringMethodOther
}

func cdxSeverity(s finding.Severity) cdx.Severity {
	switch s {
	case finding.Critical:
		return cdx.SeverityCritical
	case finding.High:
		return cdx.SeverityHigh
	case finding.Medium:
		return cdx.SeverityMedium
	case finding.Low:
		return cdx.SeverityLow
	case finding.Negligible:
		return cdx.SeverityInfo
	}
	return cdx.SeverityUnknown
}

// feedOf names the feed that an alias is of, by its form.
func feedOf(id string) string {
	feed, _, _ := strings.Cut(id, "-")
	switch feed {
	case "CVE":
		return "NVD"
	case "GHSA":
		return "GitHub"
	}
	return feed
}

// webURL gives back a URL that may be followed, and nothing for any other.
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
