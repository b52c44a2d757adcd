// Package vex reads OpenVEX documents (specification 0.2.0, and the 0.0.x form
// before it) and applies what they say to a report.
//
// # Promises
//
// A document that cannot be understood whole is an error; nothing of it is
// applied. A statement "not_affected" or "fixed" suppresses the findings that
// it covers and says so in each; "affected" and "under_investigation" suppress
// nothing, and a later one takes an earlier "not_affected" back. A statement
// that would suppress something and covers nothing is reported
// (Report.Exceptions): a misspelt product must not fail in silence.
//
// # Which findings a statement covers
//
// One whose advisory has the statement's vulnerability among its names, and
// whose package is one of the statement's products:
//
//   - a product that is this image (pkg:oci or pkg:docker with its name, or its
//     name or reference as written) covers every package, or, where it has
//     subcomponents, the packages that match one;
//   - a product that is a package covers that package, or, where it has
//     subcomponents, the packages that match one and lie in the same file: a
//     library in a Go program or a jar in a jar.
//
// A purl matches a package when type, namespace and name are equal, and
// version, qualifiers and subpath wherever it has them.
//
// Products given by CPE or hash alone are not matched.
package vex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Limits on a document. Published ones are a few KiB; a vendor's feed of all
// products in one file stays below.
const (
	maxBytes      = 64 << 20
	maxStatements = 500_000
)

// Status is what a statement says of a vulnerability in a product.
type Status string

// Statuses of OpenVEX.
const (
	NotAffected        Status = "not_affected"
	Affected           Status = "affected"
	Fixed              Status = "fixed"
	UnderInvestigation Status = "under_investigation"
)

// Document is one OpenVEX file.
type Document struct {
	// Name is the file's name, ID the document's own.
	Name, ID  string
	Author    string
	Timestamp time.Time
	// Statements in the order of the file.
	Statements []Statement
}

// Statement says one thing of one vulnerability.
type Statement struct {
	// Index counts from 1 in the file.
	Index int
	// Names are the vulnerability's name and its aliases; the first is shown.
	Names     []string
	Products  []Product
	Status    Status
	Timestamp time.Time
	// Justification is one of the labels of the specification; Impact and
	// Notes are words.
	Justification, Impact, Notes string
}

// Product is what a statement is about.
type Product struct {
	// IDs are its @id and identifiers, purls among them.
	IDs []string
	// Subcomponents narrow it to parts; each has IDs of the same kind.
	Subcomponents [][]string
}

// justifications are the labels allowed with not_affected.
func justifications() []string {
	return []string{
		"component_not_present",
		"vulnerable_code_not_present",
		"vulnerable_code_not_in_execute_path",
		"vulnerable_code_cannot_be_controlled_by_adversary",
		"inline_mitigations_already_exist",
	}
}

// ReadFile reads a document from a file.
func ReadFile(path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(path, f)
}

// Read reads a document; name is used in errors and shown with what it suppresses.
func Read(name string, r io.Reader) (*Document, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read VEX document %s: %w", name, err)
	}
	if len(b) > maxBytes {
		return nil, fmt.Errorf("VEX document %s is larger than %d MiB", name, maxBytes>>20)
	}
	doc, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("VEX document %s: %w", name, err)
	}
	doc.Name = name
	return doc, nil
}

// The file's own form.
type (
	fileDocument struct {
		Context     string          `json:"@context"`
		ID          string          `json:"@id"`
		Author      string          `json:"author"`
		Timestamp   string          `json:"timestamp"`
		LastUpdated string          `json:"last_updated"`
		Statements  []fileStatement `json:"statements"`
	}
	fileStatement struct {
		Vulnerability   fileVulnerability `json:"vulnerability"`
		Timestamp       string            `json:"timestamp"`
		LastUpdated     string            `json:"last_updated"`
		Products        []fileProduct     `json:"products"`
		Subcomponents   []fileComponent   `json:"subcomponents"` // 0.0.x
		Status          string            `json:"status"`
		StatusNotes     string            `json:"status_notes"`
		Justification   string            `json:"justification"`
		ImpactStatement string            `json:"impact_statement"`
	}
	fileVulnerability struct {
		ID      string   `json:"@id"`
		Name    string   `json:"name"`
		Aliases []string `json:"aliases"`
	}
	fileComponent struct {
		ID          string            `json:"@id"`
		Identifiers map[string]string `json:"identifiers"`
	}
	fileProduct struct {
		fileComponent
		Subcomponents []fileComponent `json:"subcomponents"`
	}
)

// UnmarshalJSON takes the string of 0.0.x too.
func (v *fileVulnerability) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &v.Name)
	}
	type plain fileVulnerability
	return json.Unmarshal(b, (*plain)(v))
}

// UnmarshalJSON takes the string of 0.0.x too.
func (c *fileComponent) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.ID)
	}
	type plain fileComponent
	return json.Unmarshal(b, (*plain)(c))
}

// UnmarshalJSON takes the string of 0.0.x too.
func (p *fileProduct) UnmarshalJSON(b []byte) error {
	if err := p.fileComponent.UnmarshalJSON(b); err != nil {
		return err
	}
	if len(b) > 0 && b[0] == '"' {
		return nil
	}
	var rest struct {
		Subcomponents []fileComponent `json:"subcomponents"`
	}
	err := json.Unmarshal(b, &rest)
	p.Subcomponents = rest.Subcomponents
	return err
}

func (c fileComponent) ids() []string {
	var out []string
	if c.ID != "" {
		out = append(out, c.ID)
	}
	if p := c.Identifiers["purl"]; p != "" {
		out = append(out, p)
	}
	return out
}

func parse(b []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	var f fileDocument
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("not JSON of an OpenVEX document: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows after the document")
	}
	if !strings.HasPrefix(f.Context, "https://openvex.dev/ns") {
		return nil, fmt.Errorf("not an OpenVEX document: @context is %q, not https://openvex.dev/ns/…", f.Context)
	}
	if len(f.Statements) == 0 {
		return nil, errors.New("it has no statements")
	}
	if len(f.Statements) > maxStatements {
		return nil, fmt.Errorf("it has %d statements, at most %d are read", len(f.Statements), maxStatements)
	}
	when, err := newest(f.Timestamp, f.LastUpdated)
	if err != nil {
		return nil, err
	}
	doc := &Document{ID: f.ID, Author: f.Author, Timestamp: when}
	for i, s := range f.Statements {
		st, err := s.statement(doc.Timestamp)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		st.Index = i + 1
		doc.Statements = append(doc.Statements, st)
	}
	return doc, nil
}

func (s fileStatement) statement(inherited time.Time) (Statement, error) {
	st := Statement{
		Status: Status(s.Status), Justification: s.Justification,
		Impact: s.ImpactStatement, Notes: s.StatusNotes,
	}
	// @id is an IRI of a page about it; its name is what feeds call it.
	for _, name := range append([]string{s.Vulnerability.Name}, s.Vulnerability.Aliases...) {
		if name != "" {
			st.Names = append(st.Names, name)
		}
	}
	if len(st.Names) == 0 && s.Vulnerability.ID != "" {
		st.Names = []string{s.Vulnerability.ID[strings.LastIndexByte(s.Vulnerability.ID, '/')+1:]}
	}
	if len(st.Names) == 0 {
		return st, errors.New("it names no vulnerability")
	}
	switch st.Status {
	case Affected, Fixed, UnderInvestigation:
		if st.Justification != "" {
			return st, fmt.Errorf("%s: a justification goes with not_affected only", st.Names[0])
		}
	case NotAffected:
		if st.Justification == "" && st.Impact == "" {
			return st, fmt.Errorf("%s: not_affected needs a justification or an impact_statement", st.Names[0])
		}
	default:
		return st, fmt.Errorf("%s: status %q is not one of not_affected, affected, fixed, under_investigation", st.Names[0], s.Status)
	}
	if j := st.Justification; j != "" && !slices.Contains(justifications(), j) {
		return st, fmt.Errorf("%s: justification %q is not one of %s", st.Names[0], j, strings.Join(justifications(), ", "))
	}
	if len(s.Products) == 0 {
		return st, fmt.Errorf("%s: it names no product", st.Names[0])
	}
	var shared [][]string
	for _, c := range s.Subcomponents {
		shared = append(shared, c.ids())
	}
	for _, p := range s.Products {
		product := Product{IDs: p.ids(), Subcomponents: shared}
		for _, c := range p.Subcomponents {
			product.Subcomponents = append(product.Subcomponents[:len(product.Subcomponents):len(product.Subcomponents)], c.ids())
		}
		st.Products = append(st.Products, product)
	}
	when, err := newest(s.Timestamp, s.LastUpdated)
	if err != nil {
		return st, fmt.Errorf("%s: %w", st.Names[0], err)
	}
	if when.IsZero() {
		when = inherited
	}
	st.Timestamp = when
	return st, nil
}

// newest reads RFC 3339 times, of which any may be missing, and gives the latest.
func newest(times ...string) (time.Time, error) {
	var out time.Time
	for _, s := range times {
		if s == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return out, fmt.Errorf("time %q is not RFC 3339", s)
		}
		if t.After(out) {
			out = t
		}
	}
	return out, nil
}
