package lang

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/package-url/packageurl-go"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// Purl types that finding has no constant for, because no point of control
// decides by them.
const (
	TypeNuGet   = "nuget"
	TypeHex     = "hex"
	TypePub     = "pub"
	TypeSwift   = "swift"
	TypeConan   = "conan"
	TypeConda   = "conda"
	TypeCRAN    = "cran"
	TypeBitnami = "bitnami"
	TypeGeneric = "generic"
	TypeGitHub  = "github"
)

// Limits of what a package may be called. Real names and versions stay far
// below: the longest on the registries are 214 (npm) and about 150 bytes.
const (
	maxName    = 512
	maxVersion = 256
	maxLicense = 160
	// maxQualifier: a longer address of a repository is left out of the purl.
	maxQualifier = 1024
)

// New makes a package with its purl. name is as the ecosystem writes it
// ("@scope/name", "group:artifact", a module path); version may be empty when
// it is not known. It fails for names that no registry could have given:
// empty, overlong, not UTF-8, or with control characters. Qualifiers are keys
// and values of the purl; those without a value are left out, and URLs in them
// lose user and password.
func New(foundBy, typ, name, version string, qualifiers ...[2]string) (finding.Package, error) {
	if err := checkText("name", name, maxName); err != nil {
		return finding.Package{}, err
	}
	if version != "" {
		if err := checkText("version", version, maxVersion); err != nil {
			return finding.Package{}, fmt.Errorf("package %q: %w", name, err)
		}
	}
	space, base := split(typ, name)
	p := packageurl.PackageURL{Type: typ, Namespace: space, Name: base, Version: version}
	for _, q := range qualifiers {
		if q[1] != "" && len(q[1]) <= maxQualifier {
			p.Qualifiers = append(p.Qualifiers, packageurl.Qualifier{Key: q[0], Value: PublicURL(q[1])})
		}
	}
	if err := p.Normalize(); err != nil {
		return finding.Package{}, fmt.Errorf("package %q: %w", name, err)
	}
	return finding.Package{Type: typ, Name: name, Version: version, PURL: p.ToString(), FoundBy: foundBy}, nil
}

// Emit makes a package and reports it; a name or version that cannot be one
// becomes an unread record under inner instead, so that nothing is lost silently.
func Emit(out walk.Sink, inner, foundBy, typ, name, version string, set func(*finding.Package)) {
	p, err := New(foundBy, typ, name, version)
	if err != nil {
		out.Unread(inner, err)
		return
	}
	if set != nil {
		set(&p)
	}
	out.Package(p)
}

func checkText(what, s string, limit int) error {
	switch {
	case s == "":
		return fmt.Errorf("empty %s", what)
	case len(s) > limit:
		return fmt.Errorf("%s of %d bytes, at most %d are taken: %w", what, len(s), limit, walk.ErrLimit)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s %q is not UTF-8", what, s)
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			return fmt.Errorf("%s %q has control characters", what, s)
		}
	}
	if strings.TrimSpace(s) != s {
		return fmt.Errorf("%s %q begins or ends with a space", what, s)
	}
	return nil
}

// split divides a name into the namespace and the name of a purl.
func split(typ, name string) (space, base string) {
	switch typ {
	case finding.TypeMaven:
		if g, a, ok := strings.Cut(name, ":"); ok {
			return g, a
		}
	case finding.TypeGolang, finding.TypeComposer, finding.TypeNPM, TypeSwift:
		if i := strings.LastIndexByte(name, '/'); i > 0 && i < len(name)-1 {
			return name[:i], name[i+1:]
		}
	}
	return "", name
}

// WithQualifier adds a qualifier to the package's purl ("arch", "repository_url").
func WithQualifier(p *finding.Package, key, value string) {
	u, err := packageurl.FromString(p.PURL)
	if err != nil || value == "" {
		return
	}
	m := u.Qualifiers.Map()
	m[key] = PublicURL(value)
	u.Qualifiers = packageurl.QualifiersFromMap(m)
	if u.Normalize() == nil {
		p.PURL = u.ToString()
	}
}

// Licenses cleans what a package says of its licence: identifiers, expressions
// and short names are kept as they are, whole licence texts (which some put
// into the field) are left out.
func Licenses(said ...string) []string {
	var out []string
next:
	for _, s := range said {
		s = strings.TrimSpace(s)
		if checkText("license", s, maxLicense) != nil {
			continue
		}
		switch strings.ToUpper(s) {
		case "UNKNOWN", "NONE", "SEE LICENSE IN LICENSE":
			continue
		}
		for _, have := range out {
			if have == s {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

// Base is the last component of a slash-separated path; unlike path.Base it
// takes clean paths only and does not allocate.
func Base(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// Dir is the path without its last component, "" at the root.
func Dir(p string) string { return p[:max(strings.LastIndexByte(p, '/'), 0)] }
