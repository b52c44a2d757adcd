package finding

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/package-url/packageurl-go"
)

// dayLayout is how days are written: YYYY-MM-DD.
const dayLayout = time.DateOnly

// Exception says that a finding is known and accepted: which one, where, why,
// who answers for it, and until when. It is one item under "exceptions" in
// bulwark.yaml.
//
// An exception covers a finding when ID is the finding's check, or its advisory
// by any of its names, and every scope that is given matches.
type Exception struct {
	ID string `yaml:"id" json:"id"`
	// PURL is a package URL; without a version it covers every version. Name
	// and version may hold * ("pkg:npm/lodash@4.*"); qualifiers, where given,
	// must be the package's own.
	PURL string `yaml:"purl,omitempty" json:"purl,omitempty"`
	// Path is where the finding is: ** stands for anything, * for anything
	// but a slash.
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	// Image is the image's name, with or without tag, or the directory;
	// patterns as in Path. What Docker adds to a name that has no registry
	// ("docker.io/", "library/") may stand there or not.
	Image  string `yaml:"image,omitempty" json:"image,omitempty"`
	Reason string `yaml:"reason" json:"reason"`
	Owner  string `yaml:"owner" json:"owner"`
	// Expires is the last day (YYYY-MM-DD, UTC) on which it holds; empty for ever.
	Expires string `yaml:"expires,omitempty" json:"expires,omitempty"`
}

// Validate reports what is missing or malformed.
func (e Exception) Validate() error {
	switch {
	case e.ID == "":
		return errors.New("exception without id: name an advisory or a check")
	case strings.ContainsAny(e.ID, "*?"):
		return fmt.Errorf("exception %s: an id is taken literally; use purl, path or image to cover many", e.ID)
	case strings.TrimSpace(e.Reason) == "":
		return fmt.Errorf("exception %s: a reason is required", e.ID)
	case strings.TrimSpace(e.Owner) == "":
		return fmt.Errorf("exception %s: an owner is required", e.ID)
	case e.PURL != "" && !strings.HasPrefix(e.PURL, "pkg:"):
		return fmt.Errorf("exception %s: %q is not a package URL (pkg:type/name)", e.ID, e.PURL)
	case e.ID == CheckVulnerability && e.PURL == "" && e.Path == "":
		return fmt.Errorf("exception %s: give a purl or a path, or every vulnerability would be accepted", e.ID)
	}
	if e.Expires != "" {
		if _, err := time.Parse(dayLayout, e.Expires); err != nil {
			return fmt.Errorf("exception %s: expires %q is not a day (YYYY-MM-DD)", e.ID, e.Expires)
		}
	}
	return nil
}

// ApplyExceptions suppresses the findings that an exception covers and lists
// in r.Exceptions those that are expired, which suppress nothing, those that
// concern this image and match nothing, and those that cover a finding but for
// the image's name, which may be misspelt. source names where the exceptions
// come from. A result that is suppressed already stays as it is.
func ApplyExceptions(r *Report, list []Exception, source string, now time.Time) error {
	for i, e := range list {
		if err := e.Validate(); err != nil {
			return fmt.Errorf("%s: exception %d: %w", source, i+1, err)
		}
	}
	packages := make(map[string]*Package, len(r.Packages))
	for i := range r.Packages {
		packages[r.Packages[i].ID] = &r.Packages[i]
	}
	today := now.UTC().Format(dayLayout)
	for _, e := range list {
		if !e.Concerns(r.Subject) {
			// One for another image that has nothing to say here is none of our business.
			if !e.expired(today) && slices.ContainsFunc(r.Results, func(res Result) bool {
				return res.IsFinding() && res.Suppressed == nil && e.covers(&res, packages[res.Package])
			}) {
				r.Exceptions = append(r.Exceptions, ExceptionUse{ID: e.ID, Source: source, Problem: ProblemImage, Image: e.Image, Expires: e.Expires})
			}
			continue
		}
		if e.expired(today) {
			r.Exceptions = append(r.Exceptions, ExceptionUse{ID: e.ID, Source: source, Problem: "expired", Expires: e.Expires})
			continue
		}
		matched := false
		for i := range r.Results {
			res := &r.Results[i]
			if !res.IsFinding() || !e.covers(res, packages[res.Package]) {
				continue
			}
			matched = true
			if res.Suppressed == nil {
				res.Suppressed = &Suppression{Source: source, Reason: e.Reason, Owner: e.Owner, Expires: e.Expires}
			}
		}
		if !matched {
			r.Exceptions = append(r.Exceptions, ExceptionUse{ID: e.ID, Source: source, Problem: "never matched", Expires: e.Expires})
		}
	}
	return nil
}

func (e Exception) expired(today string) bool { return e.Expires != "" && e.Expires < today }

// Concerns reports whether the exception is about this image or directory at all.
func (e Exception) Concerns(s Subject) bool {
	if e.Image == "" {
		return true
	}
	for _, name := range append([]string{s.Name, s.Ref}, s.Tags...) {
		if glob(e.Image, name) {
			return true
		}
		if s.Kind != "image" {
			continue
		}
		pattern, name := familiar(e.Image), familiar(name)
		if glob(pattern, name) || glob(pattern, untagged(name)) {
			return true
		}
	}
	return false
}

// familiar strips what Docker adds to the name of an image that has no registry.
func familiar(name string) string {
	for _, host := range []string{"docker.io/", "index.docker.io/"} {
		if rest, ok := strings.CutPrefix(name, host); ok {
			name = rest
			break
		}
	}
	if rest, ok := strings.CutPrefix(name, "library/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	return name
}

// untagged strips tag and digest from the name of an image.
func untagged(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

func (e Exception) covers(res *Result, pkg *Package) bool {
	if !res.Named(e.ID) {
		return false
	}
	if e.PURL != "" && (pkg == nil || !matchPURL(e.PURL, pkg.PURL)) {
		return false
	}
	return e.Path == "" || atPath(e.Path, res, pkg)
}

// Named reports whether id is the result's check or any name of its advisory.
func (r *Result) Named(id string) bool {
	if strings.EqualFold(r.Check, id) {
		return true
	}
	if r.Advisory == nil {
		return false
	}
	if strings.EqualFold(r.Advisory.ID, id) {
		return true
	}
	for _, a := range r.Advisory.Aliases {
		if strings.EqualFold(a, id) {
			return true
		}
	}
	for _, s := range r.Advisory.Sources {
		if strings.EqualFold(s.ID, id) {
			return true
		}
	}
	return false
}

// atPath reports whether the result, or the package it is of, is at a path
// that matches.
func atPath(pattern string, res *Result, pkg *Package) bool {
	pattern = strings.TrimPrefix(pattern, "/")
	for _, l := range res.Locations {
		if glob(pattern, strings.TrimPrefix(l.Path, "/")) {
			return true
		}
	}
	if pkg != nil {
		for _, l := range pkg.Locations {
			if glob(pattern, strings.TrimPrefix(l.Path, "/")) {
				return true
			}
		}
	}
	return false
}

// matchPURL matches a package's purl with a pattern in the form of a purl.
func matchPURL(pattern, purl string) bool {
	p, err := packageurl.FromString(purl)
	if err != nil {
		return false
	}
	rest, query, _ := strings.Cut(strings.TrimPrefix(pattern, "pkg:"), "?")
	version := ""
	if at := strings.LastIndexByte(rest, '@'); at > strings.LastIndexByte(rest, '/') {
		rest, version = rest[:at], rest[at+1:]
	}
	if !strings.ContainsAny(rest, "*?") {
		want, err := packageurl.FromString("pkg:" + strings.ReplaceAll(rest, "/@", "/%40"))
		if err != nil || want.Type != p.Type || want.Namespace != p.Namespace || want.Name != p.Name {
			return false
		}
	} else {
		name := p.Type + "/"
		if p.Namespace != "" {
			name += p.Namespace + "/"
		}
		if decoded, err := url.PathUnescape(rest); err == nil {
			rest = decoded
		}
		if !glob(rest, name+p.Name) {
			return false
		}
	}
	if version != "" {
		if decoded, err := url.PathUnescape(version); err == nil {
			version = decoded
		}
		if !glob(version, p.Version) {
			return false
		}
	}
	if query == "" {
		return true
	}
	values, err := url.ParseQuery(strings.ReplaceAll(query, "+", "%2B"))
	if err != nil {
		return false
	}
	have := p.Qualifiers.Map()
	for k := range values {
		if have[k] != values.Get(k) {
			return false
		}
	}
	return true
}
