// Package html lays a report out as one self-contained page: what has to be
// done, every finding with its evidence, layers, packages and coverage, in
// English and Chinese, for a screen of any width and for paper.
//
// # Promises
//
// The page asks nothing of anybody: everything is in it, and its content
// security policy (CSP level 3) allows no request at all, only the one script
// and the one style sheet that are in it, each by its hash. Text becomes text
// and never markup: the script makes elements by name and sets their text, and
// Trusted Types make every other way an error. Addresses are followed only when
// they are http or https. Without a script the page still shows verdict,
// coverage, and what to do.
//
// One [Page] gives the same bytes every time.
//
// # What it does not do
//
// It knows nothing of reports: package report fills a [Page] and cleans every
// string that came from outside.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
)

var (
	//go:embed page.tmpl
	pageTemplate string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// Page is everything that is shown.
type Page struct {
	// Lang is the language that is shown first.
	Lang  string
	Title string
	Data  Data
	// Plain is what is shown where no script runs, in Lang.
	Plain Plain
}

// Plain is the page without a script.
type Plain struct {
	Heading, Facts, Verdict, Note string
	Coverage                      []string
	Sections                      []Section
}

// Section is a heading with lines.
type Section struct {
	Heading string
	Lines   []Line
}

// Line is one thing to do or to know.
type Line struct{ Label, Class, Text, Detail string }

// Both is a text in English and Chinese.
type Both [2]string

// Data is what the script reads. Strings that occur often, or could, stand once
// in Strings, and rows are lists of numbers: what the numbers of a row mean is
// said by the functions that read them, in page.js, and by package report.
type Data struct {
	Lang     string            `json:"lang"`
	Texts    map[string]Both   `json:"texts"`
	Facts    map[string]string `json:"facts"`
	Strings  []string          `json:"s"`
	Verdict  Verdict           `json:"verdict"`
	Checks   []Check           `json:"checks"`
	Layers   []Layer           `json:"layers"`
	Steps    []Step            `json:"steps,omitempty"`
	Groups   [][]int           `json:"groups"`
	Results  [][]int           `json:"results"`
	Advisory [][]int           `json:"advisories"`
	Packages [][]int           `json:"packages"`
	Coverage []Coverage        `json:"coverage"`
	Unread   [][]int           `json:"unread"`
	Image    *Image            `json:"image,omitempty"`
	// Note stands above everything, where there is something to say first.
	Note *Both `json:"note,omitempty"`
	// About are names and values of this scan.
	About []Fact `json:"about"`
}

// Verdict is what the report comes to. Class is "failed", "passed",
// "incomplete" or "" for a report without a gate.
type Verdict struct {
	Class     string `json:"class"`
	Head      Both   `json:"head"`
	Sentences []Both `json:"sentences"`
	Next      []Both `json:"next,omitempty"`
}

// Check is a declared check.
type Check struct {
	ID         string   `json:"id"`
	Title      Both     `json:"title"`
	Why        Both     `json:"why"`
	Fix        Both     `json:"fix"`
	References []string `json:"refs,omitempty"`
	Maps       string   `json:"maps,omitempty"`
}

// Layer is one layer, from the bottom.
type Layer struct {
	Digest  string  `json:"digest"`
	Size    int64   `json:"size"`
	Files   int     `json:"files"`
	By      string  `json:"by"`
	Trust   Both    `json:"trust"`
	Waste   int64   `json:"waste,omitempty"`
	Added   int     `json:"added,omitempty"`
	Changed int     `json:"changed,omitempty"`
	Removed int     `json:"removed,omitempty"`
	Largest []Large `json:"largest,omitempty"`
	Dirs    []Dir   `json:"dirs,omitempty"`
}

// Dir is a directory with what the layer has below it.
type Dir struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Size  int64  `json:"size"`
}

// Large is a large file.
type Large struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	Gone bool   `json:"gone,omitempty"`
}

// Step is one instruction of the history.
type Step struct {
	By    string `json:"by"`
	Date  string `json:"date,omitempty"`
	Layer int    `json:"layer"`
	// Joint is true where the layer holds the work of all steps before it.
	Joint bool `json:"joint,omitempty"`
}

// Coverage is what the data can say of an ecosystem.
type Coverage struct {
	Name   string `json:"name"`
	Level  string `json:"level"`
	Of     int    `json:"of"`
	Known  int    `json:"known"`
	Date   string `json:"date,omitempty"`
	Limits []Both `json:"limits,omitempty"`
	Get    string `json:"get,omitempty"`
}

// Fact is a name with a value; a value in one language stands in both.
type Fact struct {
	Name  Both `json:"name"`
	Value Both `json:"value"`
}

// Image is what the configuration says.
type Image struct {
	Facts      []Fact      `json:"facts"`
	Env        [][3]string `json:"env,omitempty"`
	Labels     [][3]string `json:"labels,omitempty"`
	Privileged [][4]string `json:"privileged,omitempty"`
	Questions  []Both      `json:"questions,omitempty"`
}

// Strings collects strings, each once.
type Strings struct {
	list []string
	at   map[string]int
}

// NewStrings makes a collection whose string 0 is empty.
func NewStrings() *Strings { return &Strings{list: []string{""}, at: map[string]int{"": 0}} }

// Add gives the number of a string.
func (s *Strings) Add(text string) int {
	if n, ok := s.at[text]; ok {
		return n
	}
	n := len(s.list)
	s.at[text] = n
	s.list = append(s.list, text)
	return n
}

// List are the strings by number.
func (s *Strings) List() []string { return s.list }

// parsed is the template with style sheet and script, and the policy that names
// them.
var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Parse(pageTemplate)
})

// hash is a source expression of CSP for an inline element.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Policy is the content security policy of a page.
func Policy() string {
	return strings.Join([]string{
		"default-src 'none'", "script-src " + hash(script), "style-src " + hash(style),
		"img-src data:", "base-uri 'none'", "form-action 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// Write writes a page.
func Write(w io.Writer, p Page) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	// encoding/json escapes <, > and &: nothing in the data can end its element.
	var data bytes.Buffer
	if err := json.NewEncoder(&data).Encode(p.Data); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	// The style sheet and the script are ours, and must stand as they were
	// hashed; the data is JSON that the encoder escaped.
	return t.Execute(w, map[string]any{
		"Lang": p.Lang, "Title": p.Title, "Plain": p.Plain, "Policy": Policy(),
		"Style": template.CSS(style), "Script": template.JS(script), "Data": template.JS(bytes.TrimSpace(data.Bytes())), //nolint:gosec // see above
	})
}
