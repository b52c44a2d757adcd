// Package license turns the words by which packages name their licence into
// SPDX licence identifiers and expressions (spdx.org/licenses, list 3.x), where
// the words are well known and mean one thing.
//
// It promises not to guess: what it does not know comes back as it was, and a
// word whose meaning depends on who says it ("GPL-2" is version 2 only in a
// Debian machine-readable copyright file, and anything in prose) is translated
// only by the function for that speaker. It reads no licence texts.
package license

import "strings"

// dialect is who is speaking.
type dialect uint8

const (
	anyone dialect = iota
	debian
	fedora
)

// Normalize translates the free words of a package's metadata ("Apache License,
// Version 2.0", "MIT License", "BSD-3-Clause OR MIT").
func Normalize(words string) string { return expression(words, anyone) }

// Debian translates a licence short name or expression of Debian's
// machine-readable copyright format 1.0, section "License specification".
func Debian(words string) string { return expression(words, debian) }

// Fedora translates the License tag of an RPM package: SPDX as today, or the
// older short names of Fedora's list ("GPLv2+", "ASL 2.0").
func Fedora(words string) string { return expression(words, fedora) }

// MaxLength is the longest licence text that is looked at; longer is cut off
// at a word, since no identifier or expression is that long.
const MaxLength = 512

// expression translates every operand of an and/or expression. When one of
// them is unknown the whole comes back as it was: half an expression would
// claim something that nobody said.
func expression(words string, d dialect) string {
	words = strings.Join(strings.Fields(words), " ")
	if len(words) > MaxLength {
		words = words[:MaxLength]
		if i := strings.LastIndexByte(words, ' '); i > 0 {
			words = words[:i]
		}
		return strings.ToValidUTF8(words, "\uFFFD")
	}
	words = strings.ToValidUTF8(words, "\uFFFD")
	if id, ok := single(words, d); ok {
		return id
	}
	var out strings.Builder
	operand := func(s string) bool {
		s = strings.TrimSpace(s)
		open := 0
		for strings.HasPrefix(s, "(") {
			s = strings.TrimSpace(s[1:])
			open++
			out.WriteByte('(')
		}
		end := ""
		for strings.HasSuffix(s, ")") {
			s = strings.TrimSpace(s[:len(s)-1])
			end += ")"
		}
		id, ok := single(s, d)
		if !ok {
			return false
		}
		out.WriteString(id)
		out.WriteString(end)
		return true
	}
	rest := words
	for {
		at, op, n := operator(rest, d)
		if at < 0 {
			break
		}
		if !operand(rest[:at]) {
			return words
		}
		out.WriteString(op)
		rest = rest[at+n:]
	}
	if !operand(rest) {
		return words
	}
	res := out.String()
	if strings.Count(res, "(") != strings.Count(res, ")") {
		return words
	}
	return res
}

// operator finds the first operator of an expression: where, as what, and how
// many bytes it takes.
func operator(s string, d dialect) (at int, op string, n int) {
	at = -1
	find := func(word, as string) {
		if i := strings.Index(s, word); i >= 0 && (at < 0 || i < at) {
			at, op, n = i, as, len(word)
		}
	}
	for _, w := range []string{" AND ", " and "} {
		find(w, " AND ")
	}
	for _, w := range []string{" OR ", " or "} {
		find(w, " OR ")
	}
	if d == debian { // "a, and b" binds weaker than "a or b"; without parentheses of ours it can't be said
		if strings.Contains(s, ",") {
			return -1, "", 0
		}
	}
	return at, op, n
}

// single translates one licence, with its exception if it has one.
func single(s string, d dialect) (string, bool) {
	if s == "" {
		return "", false
	}
	if i := max(strings.Index(s, " with "), strings.Index(s, " WITH ")); i > 0 {
		id, ok := single(s[:i], d)
		exc, known := exceptions[strings.ToLower(strings.TrimSpace(s[i+len(" with "):]))]
		if !ok || !known {
			return "", false
		}
		return id + " WITH " + exc, true
	}
	low := strings.ToLower(s)
	if d == debian {
		if id, ok := debianNames[low]; ok {
			return id, true
		}
	}
	if d == fedora {
		if id, ok := fedoraNames[low]; ok {
			return id, true
		}
	}
	if id, ok := spdx[low]; ok {
		return id, true
	}
	id, ok := wellKnown[squash(low)]
	return id, ok
}

// squash takes out what people write differently: case, commas, "the", "license", "version".
func squash(low string) string {
	low = strings.NewReplacer(",", " ", "(", " ", ")", " ", "\"", " ", "-", " ", "_", " ").Replace(low)
	out := make([]string, 0, 8)
	for _, w := range strings.Fields(low) {
		switch w {
		case "the", "license", "licence", "licensed", "under", "version", "software", "v", "public":
			continue
		}
		if len(w) > 1 && w[0] == 'v' && w[1] >= '0' && w[1] <= '9' {
			w = w[1:]
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

var spdx = func() map[string]string {
	m := make(map[string]string, 128)
	for _, id := range []string{
		"0BSD", "AFL-2.1", "AFL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.0", "Apache-1.1", "Apache-2.0",
		"Artistic-1.0", "Artistic-1.0-Perl", "Artistic-1.0-cl8", "Artistic-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-2-Clause-Patent",
		"BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSD-4-Clause-UC",
		"BSD-Source-Code", "BSL-1.0", "BUSL-1.1", "BlueOak-1.0.0", "Bitstream-Vera", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0",
		"CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "CDDL-1.1", "CPL-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.1", "EUPL-1.2",
		"FSFAP", "FSFUL", "FSFULLR", "FSFULLRWD", "FTL", "GFDL-1.1-only", "GFDL-1.1-or-later", "GFDL-1.2-only", "GFDL-1.2-or-later",
		"GFDL-1.3-only", "GFDL-1.3-or-later", "GFDL-1.2-no-invariants-only", "GFDL-1.2-no-invariants-or-later",
		"GFDL-1.3-no-invariants-only", "GFDL-1.3-no-invariants-or-later", "GPL-1.0-only", "GPL-1.0-or-later", "GPL-2.0-only", "GPL-2.0-or-later",
		"GPL-3.0-only", "GPL-3.0-or-later", "HPND", "HPND-sell-variant", "ICU", "IJG", "ISC", "Info-ZIP", "JSON", "Jam",
		"LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later",
		"LPPL-1.3c", "Latex2e", "Libpng", "MIT", "MIT-0", "MIT-CMU", "MIT-open-group", "MPL-1.0", "MPL-1.1", "MPL-2.0",
		"MPL-2.0-no-copyleft-exception", "MS-PL", "MS-RL", "MulanPSL-2.0", "NAIST-2003", "NCSA", "NTP", "OFL-1.0", "OFL-1.1", "OLDAP-2.8", "OpenSSL",
		"OSL-3.0", "PHP-3.0", "PHP-3.01", "PSF-2.0", "PostgreSQL", "Python-2.0", "Python-2.0.1", "QPL-1.0", "Ruby", "SGI-B-2.0",
		"SISSL", "SMLNJ", "SSH-OpenSSH", "SSH-short", "SSPL-1.0", "Sleepycat", "Spencer-86", "Spencer-94", "Spencer-99", "Sendmail",
		"SunPro", "TCL", "TCP-wrappers", "TU-Berlin-1.0", "UPL-1.0", "Unicode-3.0", "Unicode-DFS-2015", "Unicode-DFS-2016", "Unlicense",
		"Vim", "W3C", "WTFPL", "X11", "Xnet", "ZPL-2.0", "ZPL-2.1", "Zend-2.0", "Zlib", "bcrypt-Solar-Designer", "blessing", "bzip2-1.0.6",
		"curl", "libpng-2.0", "libtiff", "zlib-acknowledgement", "LicenseRef-Fedora-Public-Domain", "LicenseRef-Callaway-BSD",
	} {
		m[strings.ToLower(id)] = id
	}
	// Identifiers that SPDX has withdrawn in favour of others that say the same.
	for old, id := range map[string]string{
		"gpl-1.0": "GPL-1.0-only", "gpl-2.0": "GPL-2.0-only", "gpl-3.0": "GPL-3.0-only",
		"lgpl-2.0": "LGPL-2.0-only", "lgpl-2.1": "LGPL-2.1-only", "lgpl-3.0": "LGPL-3.0-only",
		"agpl-3.0": "AGPL-3.0-only", "gfdl-1.1": "GFDL-1.1-only", "gfdl-1.2": "GFDL-1.2-only", "gfdl-1.3": "GFDL-1.3-only",
		"gpl-1.0+": "GPL-1.0-or-later", "gpl-2.0+": "GPL-2.0-or-later", "gpl-3.0+": "GPL-3.0-or-later",
		"lgpl-2.0+": "LGPL-2.0-or-later", "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3.0+": "LGPL-3.0-or-later", "agpl-3.0+": "AGPL-3.0-or-later",
	} {
		m[old] = id
	}
	return m
}()

var exceptions = map[string]string{
	"classpath exception":          "Classpath-exception-2.0",
	"classpath-exception-2.0":      "Classpath-exception-2.0",
	"openssl exception":            "OpenSSL-exception",
	"openssl-exception":            "OpenSSL-exception",
	"autoconf exception":           "Autoconf-exception-2.0",
	"autoconf-exception-2.0":       "Autoconf-exception-2.0",
	"autoconf-exception-3.0":       "Autoconf-exception-3.0",
	"autoconf-exception-generic":   "Autoconf-exception-generic",
	"bison-exception":              "Bison-exception-2.2",
	"bison-exception-2.2":          "Bison-exception-2.2",
	"font exception":               "Font-exception-2.0",
	"font-exception-2.0":           "Font-exception-2.0",
	"gcc-exception-2.0":            "GCC-exception-2.0",
	"gcc-exception-3.1":            "GCC-exception-3.1",
	"libtool-exception":            "Libtool-exception",
	"libtool exception":            "Libtool-exception",
	"linux-syscall-note":           "Linux-syscall-note",
	"llvm-exception":               "LLVM-exception",
	"texinfo-exception":            "Texinfo-exception",
	"universal-foss-exception-1.0": "Universal-FOSS-exception-1.0",
	"swift-exception":              "Swift-exception",
}

// Short names of Debian's format 1.0, where they differ from SPDX. "GPL-2"
// there means that version only, "GPL-2+" that or later.
var debianNames = map[string]string{
	"gpl-1": "GPL-1.0-only", "gpl-1+": "GPL-1.0-or-later", "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later",
	"gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later", "lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later",
	"lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only", "lgpl-3+": "LGPL-3.0-or-later",
	"agpl-3": "AGPL-3.0-only", "agpl-3+": "AGPL-3.0-or-later",
	"gfdl-1.1": "GFDL-1.1-only", "gfdl-1.1+": "GFDL-1.1-or-later", "gfdl-1.2": "GFDL-1.2-only", "gfdl-1.2+": "GFDL-1.2-or-later",
	"gfdl-1.3": "GFDL-1.3-only", "gfdl-1.3+": "GFDL-1.3-or-later",
	"gfdl-niv-1.2": "GFDL-1.2-no-invariants-only", "gfdl-niv-1.2+": "GFDL-1.2-no-invariants-or-later",
	"gfdl-niv-1.3": "GFDL-1.3-no-invariants-only", "gfdl-niv-1.3+": "GFDL-1.3-no-invariants-or-later",
	"apache": "Apache-1.0", "apache-2": "Apache-2.0", "artistic": "Artistic-1.0", "artistic-2": "Artistic-2.0",
	"bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "bsd-4-clause": "BSD-4-Clause",
	"expat": "MIT", "cc0": "CC0-1.0", "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later", "python": "Python-2.0", "zope-2.1": "ZPL-2.1",
	"public-domain": "public-domain", "w3c-software": "W3C", "zlib": "Zlib", "boost-1.0": "BSL-1.0",
}

// Short names of Fedora's list before it went over to SPDX in 2022.
var fedoraNames = map[string]string{
	"asl 1.1": "Apache-1.1", "asl 2.0": "Apache-2.0", "agplv3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later",
	"artistic 2.0": "Artistic-2.0", "boost": "BSL-1.0", "cddl": "CDDL-1.0", "cc0": "CC0-1.0",
	"gpl+": "GPL-1.0-or-later", "gplv1": "GPL-1.0-only", "gplv2": "GPL-2.0-only", "gplv2+": "GPL-2.0-or-later", "gplv3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later",
	"lgpl+": "LGPL-2.0-or-later", "lgplv2": "LGPL-2.0-only", "lgplv2+": "LGPL-2.0-or-later", "lgplv2.1": "LGPL-2.1-only", "lgplv2.1+": "LGPL-2.1-or-later",
	"lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later", "mplv1.0": "MPL-1.0", "mplv1.1": "MPL-1.1", "mplv2.0": "MPL-2.0",
	"openldap": "OLDAP-2.8", "ofl": "OFL-1.1", "php": "PHP-3.01", "zlib": "Zlib", "zplv2.1": "ZPL-2.1", "unlicense": "Unlicense",
	"vim": "Vim", "isc": "ISC", "openssl": "OpenSSL", "sleepycat": "Sleepycat", "psf": "Python-2.0", "python": "Python-2.0", "postgresql": "PostgreSQL",
	"ncsa": "NCSA", "ijg": "IJG", "epl": "EPL-1.0", "cpl": "CPL-1.0", "ucd": "Unicode-DFS-2015", "wtfpl": "WTFPL",
}

// Names in prose, squashed (see squash).
var wellKnown = map[string]string{
	"apache 2.0": "Apache-2.0", "apache 2": "Apache-2.0", "apache2": "Apache-2.0", "apache2.0": "Apache-2.0", "apache software 2.0": "Apache-2.0", "asl 2.0": "Apache-2.0",
	"apache 1.1": "Apache-1.1", "al 2.0": "Apache-2.0",
	"mit": "MIT", "expat": "MIT", "mit expat": "MIT", "mit/expat": "MIT", "mit x11": "MIT",
	"bsd 2 clause": "BSD-2-Clause", "bsd 2": "BSD-2-Clause", "2 clause bsd": "BSD-2-Clause", "simplified bsd": "BSD-2-Clause", "freebsd": "BSD-2-Clause", "bsd 2 clause \"simplified\"": "BSD-2-Clause",
	"bsd 3 clause": "BSD-3-Clause", "bsd 3": "BSD-3-Clause", "3 clause bsd": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "modified bsd": "BSD-3-Clause", "revised bsd": "BSD-3-Clause", "bsd new": "BSD-3-Clause",
	"gnu general 2.0": "GPL-2.0-only", "gnu general 3.0": "GPL-3.0-only", "gnu general 3": "GPL-3.0-only", "gnu general 2": "GPL-2.0-only",
	"gnu gpl 2": "GPL-2.0-only", "gnu gpl 3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later", "gplv2+": "GPL-2.0-or-later",
	"gplv2": "GPL-2.0-only", "gplv3": "GPL-3.0-only", "lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later", "lgplv2.1": "LGPL-2.1-only", "lgplv2.1+": "LGPL-2.1-or-later",
	"gnu general 2 or later gplv2+": "GPL-2.0-or-later", "gnu general 3 or later gplv3+": "GPL-3.0-or-later",
	"gnu general 2 gplv2": "GPL-2.0-only", "gnu general 3 gplv3": "GPL-3.0-only", "gnu lesser general 3 lgplv3": "LGPL-3.0-only",
	"gnu lesser general 2.1": "LGPL-2.1-only", "gnu lesser general 3": "LGPL-3.0-only", "gnu lesser general 3.0": "LGPL-3.0-only",
	"gnu lesser general 3 or later lgplv3+": "LGPL-3.0-or-later", "gnu affero general 3": "AGPL-3.0-only", "gnu affero general 3.0": "AGPL-3.0-only",
	"mozilla 2.0": "MPL-2.0", "mozilla 1.1": "MPL-1.1", "mozilla 2.0 mpl 2.0": "MPL-2.0", "mpl 2.0": "MPL-2.0", "mpl 1.1": "MPL-1.1", "mpl2": "MPL-2.0",
	"eclipse 1.0": "EPL-1.0", "eclipse 2.0": "EPL-2.0", "eclipse 2.0 epl 2.0": "EPL-2.0", "epl 2.0": "EPL-2.0", "epl 1.0": "EPL-1.0", "eclipse epl 1.0": "EPL-1.0",
	"cddl 1.0": "CDDL-1.0", "cddl 1.1": "CDDL-1.1", "common development and distribution 1.0": "CDDL-1.0",
	"isc": "ISC", "isc iscl": "ISC", "zlib": "Zlib", "zlib/libpng": "Zlib", "unlicense": "Unlicense", "unlicense unlicense": "Unlicense", "boost 1.0": "BSL-1.0", "boost software 1.0": "BSL-1.0", "boost 1.0 bsl 1.0": "BSL-1.0",
	"python foundation": "PSF-2.0", "psf": "PSF-2.0", "zope 2.1": "ZPL-2.1", "artistic 2.0": "Artistic-2.0", "wtfpl": "WTFPL", "cc0 1.0": "CC0-1.0", "cc0 1.0 universal": "CC0-1.0",
	"ruby": "Ruby", "postgresql": "PostgreSQL", "universal permissive 1.0": "UPL-1.0",
}
