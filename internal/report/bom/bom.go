// Package bom reads bills of materials into reports: CycloneDX JSON (1.2 to
// 1.7) and SPDX JSON (2.2, 2.3), as Bulwark, Syft, Trivy and others write them.
//
// # Promises
//
// [Read] takes hostile bytes: it is bounded, takes linear time and never panics. A
// component counts when it has a package URL of a type that names packages;
// how many had none is in the report's Unread, so that a list that says less
// than it seems to is seen as such. Vulnerabilities that a document carries
// become results. A document that carries no list of them says nothing about
// them: the report then has neither results nor data.
//
// # What it does not do
//
// It reads no XML, no tag-value form and no signatures, and believes no
// relationship: a flat list of packages is what comparing and matching need.
package bom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/inventory"
)

// MaxBytes is the largest document read.
const MaxBytes = 512 << 20

// maxNesting is how deep components may stand in components.
const maxNesting = 64

// ErrUnknown is wrapped for what is none of the documents that are read.
var ErrUnknown = errors.New("neither CycloneDX nor SPDX in JSON")

// Formats that Is tells apart.
const (
	CycloneDX = "CycloneDX"
	SPDX      = "SPDX"
)

// head is what tells the documents apart.
type head struct {
	Format string `json:"bomFormat"`
	SPDX   string `json:"spdxVersion"`
}

// Is says which of the formats a document claims to be of, or "".
func Is(doc []byte) string {
	var h head
	if json.Unmarshal(doc, &h) != nil {
		return ""
	}
	switch {
	case h.Format == CycloneDX:
		return CycloneDX
	case strings.HasPrefix(h.SPDX, "SPDX-"):
		return SPDX
	}
	return ""
}

// Read reads a document; ref is what it is called in the report where it has no
// name of its own. The report is not finished (finding.Finish).
func Read(doc []byte, ref string) (*finding.Report, error) {
	if len(doc) > MaxBytes {
		return nil, fmt.Errorf("document of %d bytes, at most %d are read", len(doc), MaxBytes)
	}
	switch Is(doc) {
	case CycloneDX:
		return readCycloneDX(doc, ref)
	case SPDX:
		return readSPDX(doc, ref)
	}
	return nil, ErrUnknown
}

// reader makes a report of components one by one.
type reader struct {
	r *finding.Report
	// ids counts packages of one purl, taken are the IDs given, and byRef finds
	// packages by the document's own names.
	ids   map[string]int
	taken map[string]bool
	byRef map[string][]string
	// without counts components that cannot be compared, by kind.
	without int
	example string
}

func newReader(ref string) *reader {
	return &reader{
		r: &finding.Report{
			Subject: finding.Subject{Kind: "image", Ref: ref, Name: ref}, Source: finding.SourceInfo{Kind: "bom"},
			Packages: []finding.Package{}, Results: []finding.Result{}, Coverage: []finding.Coverage{}, Unread: []finding.Unread{},
		},
		ids: map[string]int{}, taken: map[string]bool{}, byRef: map[string][]string{},
	}
}

// finish says what was left out.
func (b *reader) finish() *finding.Report {
	if b.without > 0 {
		b.r.Unread = append(b.r.Unread, finding.Unread{
			Location: finding.Location{Layer: -1, Path: b.example}, Reason: finding.UnreadUnsupported, Detector: "bom",
			Detail: strconv.Itoa(b.without) + " components have no package URL",
		})
	}
	return b.r
}

// component adds one component that has a package URL.
func (b *reader) component(ref, name, ver, purl string) *finding.Package {
	u, err := packageurl.FromString(purl)
	if err != nil || u.Name == "" {
		b.without++
		b.example = cmp.Or(b.example, name)
		return nil
	}
	if u.Type == "oci" || u.Type == "docker" {
		return nil // an image within a list is no package
	}
	p := finding.Package{Type: u.Type, Name: packageName(u), Version: cmp.Or(ver, u.Version), PURL: purl, FoundBy: "bom"}
	q := u.Qualifiers.Map()
	// Trivy keeps the epoch of a version apart from it.
	if epoch := q["epoch"]; epoch != "" && !strings.Contains(p.Version, ":") && (u.Type == finding.TypeDeb || u.Type == finding.TypeRPM) {
		p.Version = epoch + ":" + p.Version
	}
	p.Arch = q["arch"]
	if upstream := q["upstream"]; upstream != "" {
		p.SourceName, p.SourceVersion, _ = strings.Cut(upstream, "@")
		if p.Type == finding.TypeRPM { // openssl-3.0.7-24.el9.src.rpm
			p.SourceName, p.SourceVersion = sourceRPM(upstream)
		}
	}
	if id, version, ok := cutLast(q["distro"], "-"); ok {
		if os := inventory.ReleaseOf(id, version); os != nil {
			p.Release = os.Release
			if b.r.Subject.OS == nil {
				os.PrettyName = id + " " + version
				b.r.Subject.OS = os
			}
		}
	}
	p.ID = purl
	for b.taken[p.ID] {
		b.ids[purl]++
		p.ID = purl + "#" + strconv.Itoa(b.ids[purl]+1)
	}
	b.taken[p.ID] = true
	if ref != "" {
		b.byRef[ref] = append(b.byRef[ref], p.ID)
	}
	b.r.Packages = append(b.r.Packages, p)
	return &b.r.Packages[len(b.r.Packages)-1]
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// sourceRPM takes the name of a source package apart: name-version-release.src.rpm.
func sourceRPM(s string) (name, version string) {
	s = strings.TrimSuffix(strings.TrimSuffix(s, ".rpm"), ".src")
	rest, release, ok := cutLast(s, "-")
	if !ok {
		return s, ""
	}
	name, version, ok = cutLast(rest, "-")
	if !ok {
		return s, ""
	}
	return name, version + "-" + release
}

// packageName is the name as the package's ecosystem writes it.
func packageName(u packageurl.PackageURL) string {
	if u.Namespace == "" {
		return u.Name
	}
	switch u.Type {
	case finding.TypeMaven:
		return u.Namespace + ":" + u.Name
	case finding.TypeNPM, finding.TypeGolang, finding.TypeComposer, "swift", "github":
		return u.Namespace + "/" + u.Name
	}
	return u.Name
}

// ---- CycloneDX

func readCycloneDX(doc []byte, ref string) (*finding.Report, error) {
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(doc), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return nil, fmt.Errorf("read CycloneDX: %w", err)
	}
	b := newReader(ref)
	if m := bom.Metadata; m != nil {
		b.metadata(m)
	}
	if bom.Components != nil {
		if err := b.components(*bom.Components, 0); err != nil {
			return nil, err
		}
	}
	b.vulnerabilities(&bom)
	return b.finish(), nil
}

func (b *reader) metadata(m *cdx.Metadata) {
	if t, err := time.Parse(time.RFC3339, m.Timestamp); err == nil {
		b.r.Started = t.UTC()
	}
	if m.Tools != nil {
		switch {
		case m.Tools.Components != nil && len(*m.Tools.Components) > 0:
			c := (*m.Tools.Components)[0]
			b.r.Tool = finding.Tool{Name: c.Name, Version: c.Version}
		case m.Tools.Tools != nil && len(*m.Tools.Tools) > 0: //nolint:staticcheck // what writers of 1.4 use
			c := (*m.Tools.Tools)[0] //nolint:staticcheck // see above
			b.r.Tool = finding.Tool{Name: c.Name, Version: c.Version}
		}
	}
	if c := m.Component; c != nil {
		s := &b.r.Subject
		s.Name = cmp.Or(c.Name, s.Name)
		if c.Type != cdx.ComponentTypeContainer {
			s.Kind = "source tree"
		}
		if strings.HasPrefix(c.Version, "sha256:") {
			s.ConfigDigest = c.Version
		}
		p := propertiesOf(c.Properties)
		s.Platform = p.one("bulwark:subject:platform")
		s.Kind = cmp.Or(p.one("bulwark:subject:kind"), s.Kind)
		s.Tags = append(strings.Fields(p.one("bulwark:subject:tags")), p["aquasecurity:trivy:RepoTag"]...)
		s.ConfigDigest = cmp.Or(s.ConfigDigest, p.one("aquasecurity:trivy:ImageID"))
	}
	p := propertiesOf(m.Properties)
	if name := p.one("bulwark:data:name"); name != "" {
		b.r.Data = &finding.Data{Name: name, Date: p.one("bulwark:data:date")}
	}
	for name, values := range p {
		ecosystem, ok := strings.CutPrefix(name, "bulwark:coverage:")
		if !ok || strings.HasPrefix(ecosystem, "limit:") || len(values) == 0 {
			continue
		}
		words := strings.Fields(values[0])
		if len(words) < 2 {
			continue
		}
		c := finding.Coverage{Ecosystem: ecosystem, Level: finding.CoverageLevel(words[0])}
		if _, err := fmt.Sscanf(words[1], "%d/%d", &c.Known, &c.Packages); err != nil {
			continue
		}
		if len(words) > 2 {
			c.Date = words[2]
		}
		switch c.Level {
		case finding.CoverageFull, finding.CoveragePartial, finding.CoverageNone:
			b.r.Coverage = append(b.r.Coverage, c)
		}
	}
	b.r.Filtered = p["bulwark:filtered"]
}

// properties are the values of each name.
type properties map[string][]string

func propertiesOf(list *[]cdx.Property) properties {
	p := properties{}
	if list != nil {
		for _, e := range *list {
			p[e.Name] = append(p[e.Name], e.Value)
		}
	}
	return p
}

func (p properties) one(name string) string {
	if v := p[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (b *reader) components(list []cdx.Component, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("components nested more than %d deep", maxNesting)
	}
	for i := range list {
		c := &list[i]
		props := propertiesOf(c.Properties)
		switch {
		case c.Type == cdx.ComponentTypeOS:
			if os := inventory.ReleaseOf(c.Name, c.Version); os != nil {
				os.PrettyName = cmp.Or(props.one("syft:distro:prettyName"), c.Description, strings.TrimSpace(c.Name+" "+c.Version))
				os.Release = cmp.Or(props.one("bulwark:os:release"), os.Release)
				b.r.Subject.OS = os
			}
		case c.Type == cdx.ComponentTypeFile, c.PackageURL == "" && c.Components != nil && len(*c.Components) > 0:
			// A file, or what only holds others together (a lock file).
		case c.PackageURL == "" && (c.Type == cdx.ComponentTypeApplication || c.Type == cdx.ComponentTypeContainer):
			// Trivy writes each lock file, and others the subject, as one.
		default:
			b.cycloneDXPackage(c, props)
		}
		if c.Components != nil {
			if err := b.components(*c.Components, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *reader) cycloneDXPackage(c *cdx.Component, props properties) {
	name := c.Name
	if c.Group != "" {
		name = c.Group + "/" + name
	}
	p := b.component(c.BOMRef, name, c.Version, c.PackageURL)
	if p == nil {
		return
	}
	p.Hidden = props.one("bulwark:hidden") == "true"
	p.Declared = props.one("bulwark:declared") == "true"
	p.Release = cmp.Or(props.one("bulwark:release"), p.Release)
	switch level := finding.CoverageLevel(props.one("bulwark:coverage")); level {
	case finding.CoverageFull, finding.CoveragePartial, finding.CoverageNone:
		p.Coverage = level
	}
	if s := props.one("bulwark:source"); s != "" {
		p.SourceName, p.SourceVersion, _ = strings.Cut(s, " ")
	}
	if s := props.one("aquasecurity:trivy:SrcName"); s != "" {
		p.SourceName, p.SourceVersion = s, props.one("aquasecurity:trivy:SrcVersion")
		if r := props.one("aquasecurity:trivy:SrcRelease"); r != "" {
			p.SourceVersion += "-" + r
		}
		if e := props.one("aquasecurity:trivy:SrcEpoch"); e != "" && e != "0" {
			p.SourceVersion = e + ":" + p.SourceVersion
		}
	}
	for _, n := range []string{"syft:location:0:path", "aquasecurity:trivy:FilePath"} {
		if at := props.one(n); at != "" {
			p.Locations = append(p.Locations, finding.Location{Layer: -1, Path: "/" + strings.TrimPrefix(at, "/")})
		}
	}
	if c.Evidence != nil && c.Evidence.Occurrences != nil {
		for _, o := range *c.Evidence.Occurrences {
			p.Locations = append(p.Locations, finding.Location{Layer: -1, Path: o.Location})
		}
	}
	if c.Licenses != nil {
		for _, l := range *c.Licenses {
			switch {
			case l.Expression != "":
				p.Licenses = append(p.Licenses, l.Expression)
			case l.License != nil:
				p.Licenses = append(p.Licenses, cmp.Or(l.License.ID, l.License.Name))
			}
		}
	}
}

// vulnerabilities makes results. An empty list says something only where the
// document says that somebody looked.
func (b *reader) vulnerabilities(bom *cdx.BOM) {
	if bom.Vulnerabilities == nil || len(*bom.Vulnerabilities) == 0 {
		if bom.Vulnerabilities == nil || bom.Metadata == nil || propertiesOf(bom.Metadata.Properties).one("bulwark:count:suppressed") == "" {
			b.r.Data, b.r.Coverage = nil, []finding.Coverage{}
			for i := range b.r.Packages {
				b.r.Packages[i].Coverage = ""
			}
		}
		return
	}
	if b.r.Data == nil {
		b.r.Data = &finding.Data{Name: "as the document says"}
	}
	for i := range *bom.Vulnerabilities {
		v := &(*bom.Vulnerabilities)[i]
		if v.Affects == nil {
			continue
		}
		props := propertiesOf(v.Properties)
		for _, a := range *v.Affects {
			for _, id := range b.packagesOf(a.Ref) {
				b.r.Results = append(b.r.Results, result(v, props, id))
			}
		}
	}
}

// packagesOf finds packages by a reference: the document's own, or a BOM-Link
// (urn:cdx:serial/version#ref).
func (b *reader) packagesOf(ref string) []string {
	if ids := b.byRef[ref]; ids != nil {
		return ids
	}
	if _, inner, ok := strings.Cut(ref, "#"); ok && strings.HasPrefix(ref, "urn:cdx:") {
		return b.byRef[inner]
	}
	return nil
}

func result(v *cdx.Vulnerability, props properties, pkg string) finding.Result {
	res := finding.Result{
		Check: cmp.Or(props.one("bulwark:check"), finding.CheckVulnerability), State: finding.Fail, Package: pkg,
		Title: finding.T("bom.vulnerability", v.ID), Hidden: props.one("bulwark:hidden") == "true",
		Advisory: &finding.Advisory{ID: v.ID, Summary: cmp.Or(v.Description), Sources: []finding.AdvisorySource{}, Affected: props.one("bulwark:affected")},
	}
	if res.Check != finding.CheckVulnerability && res.Check != finding.CheckNotice {
		res.Check = finding.CheckVulnerability
	}
	a := res.Advisory
	a.Fixed = strings.Fields(props.one("bulwark:fixed"))
	if len(a.Fixed) == 0 {
		// Trivy says it in words: "Upgrade openssl to version 3.0.14; …".
		for part := range strings.SplitSeq(v.Recommendation, ";") {
			if _, version, ok := cutLast(part, " to version "); ok {
				a.Fixed = append(a.Fixed, strings.TrimSpace(version))
			}
		}
	}
	if added := props.one("bulwark:kev:added"); added != "" {
		a.KEV = &finding.KEV{Added: added, Due: props.one("bulwark:kev:due")}
	}
	a.Informational = props.one("bulwark:informational")
	if v.References != nil {
		for _, r := range *v.References {
			if r.ID != "" && r.ID != v.ID && !slices.Contains(a.Aliases, r.ID) {
				a.Aliases = append(a.Aliases, r.ID)
			}
		}
	}
	slices.Sort(a.Aliases)
	if v.Ratings != nil {
		res.Rating = rating(*v.Ratings, v.Source)
	}
	if s := v.Analysis; s != nil {
		switch s.State {
		case cdx.IASNotAffected, cdx.IASFalsePositive, cdx.IASResolved, cdx.IASResolvedWithPedigree:
			res.Suppressed = &finding.Suppression{Source: "bom", Reason: cmp.Or(s.Detail, string(s.State))}
		case cdx.IASExploitable:
			if s.Response != nil && slices.Contains(*s.Response, cdx.IARWillNotFix) {
				res.Suppressed = &finding.Suppression{Source: "bom", Reason: cmp.Or(s.Detail, string(cdx.IARWillNotFix))}
			}
		}
	}
	return res
}

// rating chooses the word of the source that the document names for the
// vulnerability, else the worst.
func rating(list []cdx.VulnerabilityRating, source *cdx.Source) finding.Rating {
	var worst finding.Rating
	for i, r := range list {
		sev := severity(r.Severity)
		out := finding.Rating{Severity: sev, Vector: r.Vector, Source: "bom"}
		if r.Score != nil {
			out.Score = *r.Score
		}
		if r.Source != nil {
			out.Source = cmp.Or(r.Source.Name, out.Source)
		}
		if source != nil && r.Source != nil && r.Source.Name == source.Name && sev != finding.Unrated {
			return out
		}
		if i == 0 || sev > worst.Severity {
			worst = out
		}
	}
	if worst.Severity == finding.Unrated {
		return finding.Rating{}
	}
	return worst
}

func severity(s cdx.Severity) finding.Severity {
	switch s {
	case cdx.SeverityInfo, cdx.SeverityNone:
		return finding.Negligible
	}
	sev, err := finding.ParseSeverity(string(s))
	if err != nil {
		return finding.Unrated
	}
	return sev
}

// ---- SPDX

// spdxDocument is what is read of SPDX 2.3 (spdx.github.io/spdx-spec/v2.3, JSON).
type spdxDocument struct {
	Name     string `json:"name"`
	Creation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	} `json:"creationInfo"`
	Packages []struct {
		ID       string `json:"SPDXID"`
		Name     string `json:"name"`
		Version  string `json:"versionInfo"`
		Purpose  string `json:"primaryPackagePurpose"`
		Licenses string `json:"licenseDeclared"`
		Source   string `json:"sourceInfo"`
		Refs     []struct {
			Type    string `json:"referenceType"`
			Locator string `json:"referenceLocator"`
		} `json:"externalRefs"`
	} `json:"packages"`
}

func readSPDX(doc []byte, ref string) (*finding.Report, error) {
	var d spdxDocument
	if err := json.Unmarshal(doc, &d); err != nil {
		return nil, fmt.Errorf("read SPDX: %w", err)
	}
	b := newReader(ref)
	b.r.Subject.Name = cmp.Or(d.Name, ref)
	if t, err := time.Parse(time.RFC3339, d.Creation.Created); err == nil {
		b.r.Started = t.UTC()
	}
	for _, c := range d.Creation.Creators {
		if tool, ok := strings.CutPrefix(c, "Tool: "); ok {
			name, version, _ := cutLast(tool, "-")
			b.r.Tool = finding.Tool{Name: name, Version: version}
		}
	}
	for _, p := range d.Packages {
		purl := ""
		for _, r := range p.Refs {
			if r.Type == "purl" {
				purl = r.Locator
				break
			}
		}
		if purl == "" {
			switch p.Purpose {
			case "CONTAINER", "FILE", "SOURCE":
				continue
			case "OPERATING-SYSTEM":
				if os := inventory.ReleaseOf(p.Name, p.Version); os != nil {
					b.r.Subject.OS = os
				}
				continue
			case "APPLICATION":
				continue // a lock file, in Trivy's documents
			}
		}
		out := b.component(p.ID, p.Name, p.Version, purl)
		// Trivy says in words what an OS package was built from.
		if source, ok := strings.CutPrefix(p.Source, "built package from: "); ok && out != nil && out.SourceName == "" {
			out.SourceName, out.SourceVersion, _ = strings.Cut(source, " ")
		}
		if out != nil && p.Licenses != "" && p.Licenses != "NOASSERTION" && p.Licenses != "NONE" {
			out.Licenses = []string{p.Licenses}
		}
	}
	return b.finish(), nil
}
