package pylock

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
	"bulwark/internal/walk"
)

// IsRequirements tells whether a file of that path is read as a requirements
// file, and so speaks for itself when another leads to it (-r).
func IsRequirements(path string) bool {
	base := lang.Base(path)
	return strings.HasSuffix(base, ".txt") && isRequirements(base)
}

func isRequirements(base string) bool {
	return strings.HasPrefix(base, "requirements") || strings.HasSuffix(base, "requirements.txt") || strings.Contains(base, "-requirements-")
}

// NormalName is the spelling by which two names of distributions are the same
// (PyPA, "Names and normalization").
func NormalName(name string) string {
	var b strings.Builder
	gap := false
	for _, c := range []byte(strings.ToLower(name)) {
		if c == '-' || c == '_' || c == '.' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteByte(c)
	}
	return b.String()
}

// meaning is what a line of a requirements file is.
type meaning uint8

const (
	nothing meaning = iota // empty, a comment, an option that requires nothing
	exact                  // a package of a known version
	named                  // a name alone
	open                   // any other requirement that does not say the version
	strange                // nothing that pip would take
)

// readRequirements reads pip's requirements file format (pip documentation,
// "Requirements File Format").
func readRequirements(doc []byte, file string, all *lang.Requirements, u *lang.Unresolved) error {
	if bytes.IndexByte(doc, 0) >= 0 || !utf8.Valid(doc) {
		return fmt.Errorf("text that is not UTF-8: %w", walk.ErrUnsupported)
	}
	u.Type = finding.TypePyPI
	dev := isDevelopment(lang.Base(file))
	tools := dev || isForTools(lang.Base(file))
	// Prose goes by this name too. pip refuses it; it requires nothing. A file
	// counts as pip's when no line is strange to pip, or one is surely pip's.
	surely, odd := false, false
	l := lang.NewLines(doc)
	for line, ok := l.Next(); ok; line, ok = l.Next() {
		number := l.Number
		text := string(line)
		for strings.HasSuffix(text, `\`) { // hashes follow on continued lines
			next, ok := l.Next()
			if !ok || len(text) > 1<<20 {
				break
			}
			text = text[:len(text)-1] + string(next)
		}
		r, d, what := requirement(text, lang.Dir(file))
		switch what {
		case exact:
			r.Line, r.Dev = number, dev
			if err := all.Add(r); err != nil {
				return err
			}
			surely = true
			u.Of++
		case named, open, strange:
			d.Line = number
			d.Optional = d.Optional || tools
			u.Add(d)
			u.Of++
			surely = surely || what == open
			odd = odd || what == strange
		}
	}
	if odd && !surely {
		*u = lang.Unresolved{}
	}
	return nil
}

// isForTools is for files of what a program is built or checked with.
func isForTools(base string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(base), func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch w {
		case "build", "mypy", "typing", "types", "coverage", "bench", "benchmark", "release":
			return true
		}
	}
	return false
}

// requirement reads one line; dir is the file's folder.
func requirement(line, dir string) (lang.Required, lang.Demand, meaning) {
	s := strings.TrimSpace(line)
	if s == "" || s[0] == '#' {
		return lang.Required{}, lang.Demand{}, nothing
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	if s[0] == '-' {
		return option(s, dir)
	}
	if i := strings.Index(s, " --"); i >= 0 { // hashes, and options of one requirement
		s = strings.TrimSpace(s[:i])
	}
	d := lang.Demand{Text: s}
	// A URL may have a semicolon, and only one after a space ends it.
	spec := s
	mark := strings.IndexByte(s, ';')
	if strings.Contains(s, "://") {
		mark = strings.Index(s, " ;")
	}
	if mark >= 0 {
		spec = strings.TrimSpace(s[:mark])
		d.Optional = true
	}
	if n, where, ok := strings.Cut(spec, "@"); ok && isNameWithExtras(n) { // PEP 508: name @ URL
		return direct(strings.TrimSpace(where), dir, d, bareName(n))
	}
	if strings.Contains(spec, "://") || spec[:min(len(spec), 1)] == "." || strings.Contains(spec, "/") || isArchive(spec) {
		return direct(spec, dir, d, "")
	}
	n := spec
	if i := strings.IndexAny(spec, "=<>!~("); i >= 0 {
		n = spec[:i]
	}
	if !isNameWithExtras(n) {
		return lang.Required{}, d, strange
	}
	d.Name = NormalName(bareName(n))
	rest := strings.TrimSpace(spec[len(n):])
	if rest == "" {
		return lang.Required{}, d, named
	}
	if v, ok := strings.CutPrefix(rest, "=="); ok {
		v = strings.TrimSpace(strings.TrimPrefix(v, "="))
		if v != "" && !strings.ContainsAny(v, "*,<>!~ ()") {
			return lang.Required{Name: bareName(n), Version: v}, lang.Demand{}, exact
		}
	}
	return lang.Required{}, d, open
}

// option reads a line that begins with a dash.
func option(s, dir string) (lang.Required, lang.Demand, meaning) {
	for _, o := range [...]struct {
		long, short string
		editable    bool
	}{{"--requirement", "-r", false}, {"--editable", "-e", true}} {
		value, ok := strings.CutPrefix(s, o.long)
		if ok && value != "" && !strings.ContainsRune(" \t=", rune(value[0])) {
			continue
		}
		if !ok {
			if value, ok = strings.CutPrefix(s, o.short); !ok || strings.HasPrefix(value, "-") {
				continue
			}
		}
		value = strings.Trim(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(value), "=")), `"'`)
		d := lang.Demand{Text: s}
		if o.editable {
			if i := strings.Index(value, " ;"); i >= 0 {
				value, d.Optional = strings.TrimSpace(value[:i]), true
			}
			return direct(value, dir, d, "")
		}
		if value == "" || strings.ContainsAny(value, " \t") {
			return lang.Required{}, d, strange
		}
		if !strings.Contains(value, "://") {
			d.File = place(dir, value)
		}
		return lang.Required{}, d, open
	}
	return lang.Required{}, lang.Demand{}, nothing
}

// direct reads a requirement that says where its package lies: a URL or a path.
func direct(where, dir string, d lang.Demand, name string) (lang.Required, lang.Demand, meaning) {
	if where == "" || strings.ContainsAny(where, " \t") {
		return lang.Required{}, d, strange
	}
	if n, v, ok := lang.WheelName(where); ok && isName(n) {
		r := lang.Required{Name: n, Version: v}
		if name != "" {
			r.Name = name
		}
		if strings.HasPrefix(where, "http") {
			u, _, _ := strings.Cut(where, "#")
			r.Qualifier = [2]string{"download_url", lang.PublicURL(u)}
		}
		return r, lang.Demand{}, exact
	}
	if i := strings.Index(where, "#egg="); i >= 0 && name == "" {
		egg, _, _ := strings.Cut(where[i+len("#egg="):], "&")
		if isNameWithExtras(egg) {
			name = bareName(egg)
		}
	}
	d.Name = NormalName(name)
	if !strings.Contains(where, "://") && !isArchive(where) {
		folder := where
		if i := strings.IndexByte(folder, '['); i >= 0 { // .[extra]
			folder = folder[:i]
		}
		d.File = place(dir, folder)
	}
	return lang.Required{}, d, open
}

// place gives a path of a requirements file relative to the root; "" when it
// leads out of it.
func place(dir, to string) string {
	p := path.Join(dir, to)
	if path.IsAbs(to) {
		p = strings.TrimPrefix(path.Clean(to), "/")
	}
	if p == ".." || strings.HasPrefix(p, "../") {
		return ""
	}
	return p
}

func isArchive(s string) bool {
	return strings.HasSuffix(s, ".whl") || strings.HasSuffix(s, ".tar.gz") || strings.HasSuffix(s, ".zip") || strings.HasSuffix(s, ".tar.bz2")
}

// bareName takes the extras off name[extra1,extra2].
func bareName(s string) string {
	if i := strings.IndexByte(s, '['); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

func isNameWithExtras(s string) bool {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '['); i >= 0 {
		if !strings.HasSuffix(s, "]") {
			return false
		}
		s = strings.TrimSpace(s[:i])
	}
	return isName(s)
}

// isName holds a name to the grammar of PEP 508.
func isName(n string) bool {
	for i := range len(n) {
		c := n[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case (c == '.' || c == '_' || c == '-') && i > 0 && i < len(n)-1:
		default:
			return false
		}
	}
	return n != ""
}
