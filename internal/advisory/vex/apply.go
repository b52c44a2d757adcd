package vex

import (
	"fmt"
	"slices"
	"strings"

	"bulwark/internal/finding"

	"github.com/package-url/packageurl-go"
)

// Apply suppresses the findings that the documents say do not count, and
// reports statements that covered nothing. Of several statements about one
// finding the latest decides; of equally old ones the one that comes last.
func Apply(r *finding.Report, docs []*Document) {
	m := newMatcher(r)
	decided := make([]verdict, len(r.Results))
	for _, doc := range docs {
		for i := range doc.Statements {
			st := &doc.Statements[i]
			matched := m.apply(doc, st, decided)
			if !matched && (st.Status == NotAffected || st.Status == Fixed) {
				r.Exceptions = append(r.Exceptions, finding.ExceptionUse{
					ID: st.Names[0], Source: fmt.Sprintf("%s, statement %d", doc.Name, st.Index), Problem: "never matched",
				})
			}
		}
	}
	for i, v := range decided {
		if v.st == nil || r.Results[i].Suppressed != nil {
			continue
		}
		if v.st.Status == NotAffected || v.st.Status == Fixed {
			r.Results[i].Suppressed = v.suppression()
		}
	}
}

// verdict is the statement that decides over one finding so far.
type verdict struct {
	doc *Document
	st  *Statement
}

func (v verdict) suppression() *finding.Suppression {
	source := v.doc.Name
	if v.doc.ID != "" {
		source += " (" + v.doc.ID + ")"
	}
	var reason []string
	for _, s := range []string{v.st.Justification, v.st.Impact, v.st.Notes} {
		if s != "" {
			reason = append(reason, s)
		}
	}
	if len(reason) == 0 {
		reason = []string{string(v.st.Status)}
	}
	return &finding.Suppression{
		Source: source, Reason: strings.Join(reason, ": "), Owner: v.doc.Author, Status: string(v.st.Status),
	}
}

// part is a package as purls are matched with it.
type part struct {
	purl packageurl.PackageURL
	ok   bool
	// files are the outermost files it lies in.
	files []string
}

type matcher struct {
	report *finding.Report
	parts  []part
	// byID finds a package, byName those of a purl's type, namespace and name.
	byID   map[string]int
	byName map[string][]int
	// byVulnerability finds the results that a name, in lower case, speaks of.
	byVulnerability map[string][]int
}

func newMatcher(r *finding.Report) *matcher {
	m := &matcher{
		report: r, parts: make([]part, len(r.Packages)), byID: make(map[string]int, len(r.Packages)),
		byName: make(map[string][]int), byVulnerability: make(map[string][]int),
	}
	for i := range r.Packages {
		p := &r.Packages[i]
		m.byID[p.ID] = i
		purl, err := packageurl.FromString(p.PURL)
		m.parts[i] = part{purl: purl, ok: err == nil}
		for _, l := range p.Locations {
			file, _, _ := strings.Cut(l.Path, "!/")
			m.parts[i].files = append(m.parts[i].files, file)
		}
		if err == nil {
			key := nameKey(purl)
			m.byName[key] = append(m.byName[key], i)
		}
	}
	for i := range r.Results {
		res := &r.Results[i]
		if res.Advisory == nil || !res.IsFinding() {
			continue
		}
		names := append([]string{res.Advisory.ID}, res.Advisory.Aliases...)
		for _, s := range res.Advisory.Sources {
			names = append(names, s.ID)
		}
		for j, n := range names {
			names[j] = strings.ToLower(n)
		}
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			m.byVulnerability[n] = append(m.byVulnerability[n], i)
		}
	}
	return m
}

func nameKey(p packageurl.PackageURL) string {
	return p.Type + "\x00" + p.Namespace + "\x00" + p.Name
}

// apply notes the statement for each finding it covers and reports whether
// there was any.
func (m *matcher) apply(doc *Document, st *Statement, decided []verdict) bool {
	matched := false
	for _, name := range st.Names {
		for _, i := range m.byVulnerability[strings.ToLower(name)] {
			pkg, ok := m.byID[m.report.Results[i].Package]
			if !ok || !m.coversPackage(st, pkg) {
				continue
			}
			matched = true
			if now := decided[i].st; now == nil || !st.Timestamp.Before(now.Timestamp) {
				decided[i] = verdict{doc, st}
			}
		}
	}
	return matched
}

// coversPackage reports whether one of the statement's products is, or holds, the package.
func (m *matcher) coversPackage(st *Statement, pkg int) bool {
	for _, product := range st.Products {
		inside := func() bool {
			return slices.ContainsFunc(product.Subcomponents, func(ids []string) bool { return m.is(ids, pkg) })
		}
		switch {
		case m.isImage(product.IDs):
			if len(product.Subcomponents) == 0 || inside() {
				return true
			}
		case len(product.Subcomponents) == 0:
			if m.is(product.IDs, pkg) {
				return true
			}
		default:
			if inside() && m.sharesFile(product.IDs, pkg) {
				return true
			}
		}
	}
	return false
}

// is reports whether one of the ids is a purl that matches the package.
func (m *matcher) is(ids []string, pkg int) bool {
	return slices.ContainsFunc(ids, func(id string) bool {
		want, err := parsePURL(id)
		return err == nil && m.parts[pkg].ok && matches(want, m.parts[pkg].purl)
	})
}

// sharesFile reports whether a package that the ids name lies in a file in
// which the given one lies.
func (m *matcher) sharesFile(ids []string, pkg int) bool {
	for _, id := range ids {
		want, err := parsePURL(id)
		if err != nil {
			continue
		}
		for _, i := range m.byName[nameKey(want)] {
			if !matches(want, m.parts[i].purl) {
				continue
			}
			if slices.ContainsFunc(m.parts[i].files, func(f string) bool { return slices.Contains(m.parts[pkg].files, f) }) {
				return true
			}
		}
	}
	return false
}

// parsePURL reads a purl; some tools leave the @ of an npm scope as it is.
func parsePURL(s string) (packageurl.PackageURL, error) {
	return packageurl.FromString(strings.Replace(s, "pkg:npm/@", "pkg:npm/%40", 1))
}

// matches reports whether a purl names the package, by all that it says.
func matches(want, have packageurl.PackageURL) bool {
	if want.Type != have.Type || want.Namespace != have.Namespace || want.Name != have.Name {
		return false
	}
	if want.Version != "" && want.Version != have.Version || want.Subpath != "" && want.Subpath != have.Subpath {
		return false
	}
	if len(want.Qualifiers) == 0 {
		return true
	}
	q := have.Qualifiers.Map()
	for _, w := range want.Qualifiers {
		if q[w.Key] != w.Value {
			return false
		}
	}
	return true
}

// isImage reports whether one of the ids is the image the report is about.
func (m *matcher) isImage(ids []string) bool {
	s := m.report.Subject
	return slices.ContainsFunc(ids, func(id string) bool {
		if !strings.HasPrefix(id, "pkg:") {
			return id != "" && (id == s.Ref || id == s.Name || slices.Contains(s.Tags, id))
		}
		p, err := packageurl.FromString(id)
		return err == nil && isImagePURL(p, s)
	})
}

func isImagePURL(p packageurl.PackageURL, s finding.Subject) bool {
	if p.Type != packageurl.TypeOCI && p.Type != packageurl.TypeDocker {
		return false
	}
	repository := longName(s.Name)
	if !strings.EqualFold(p.Name, repository[strings.LastIndexByte(repository, '/')+1:]) {
		return false
	}
	q := p.Qualifiers.Map()
	if p.Type == packageurl.TypeDocker {
		name := p.Name
		if p.Namespace != "" {
			name = p.Namespace + "/" + name
		}
		if host := q["repository_url"]; host != "" {
			name = strings.TrimSuffix(host, "/") + "/" + name
		}
		if longName(name) != repository {
			return false
		}
	} else if url := strings.TrimSuffix(q["repository_url"], "/"); url != "" &&
		// Some write the repository whole, some without its last part.
		longName(url) != repository && longName(url+"/"+p.Name) != repository {
		return false
	}
	if a := q["arch"]; a != "" && !slices.Contains(strings.Split(s.Platform, "/"), a) {
		return false
	}
	if t := q["tag"]; t != "" && !hasTag(s, t) {
		return false
	}
	if p.Version == "" {
		return true
	}
	if strings.Contains(p.Version, ":") {
		return p.Version == s.ConfigDigest || slices.Contains(s.Aliases, p.Version)
	}
	return hasTag(s, p.Version)
}

func hasTag(s finding.Subject, tag string) bool {
	for _, ref := range append([]string{s.Ref}, s.Tags...) {
		ref, _, _ = strings.Cut(ref, "@")
		if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') && ref[colon+1:] == tag {
			return true
		}
	}
	return false
}

// longName is a repository's name with the registry and namespace that Docker
// leaves out: "alpine" is docker.io/library/alpine.
func longName(name string) string {
	for _, scheme := range []string{"https://", "http://"} {
		name = strings.TrimPrefix(name, scheme)
	}
	name = strings.ToLower(strings.TrimSuffix(name, "/"))
	host, rest, slash := strings.Cut(name, "/")
	if !slash {
		return "docker.io/library/" + name
	}
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		host = "docker.io"
	}
	if !strings.ContainsAny(host, ".:") && host != "localhost" {
		return "docker.io/" + name
	}
	if host == "docker.io" && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	return host + "/" + rest
}
