package license

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(string) string
		in   string
		want string
	}{
		{"spdx stays", Normalize, "BSD-3-Clause", "BSD-3-Clause"},
		{"spdx case", Normalize, "apache-2.0", "Apache-2.0"},
		{"spdx expression", Normalize, "(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)"},
		{"withdrawn id", Normalize, "GPL-2.0+", "GPL-2.0-or-later"},
		{"exception", Normalize, "GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"},
		{"prose", Normalize, "Apache License, Version 2.0", "Apache-2.0"},
		{"prose the", Normalize, "The Apache Software License, Version 2.0", "Apache-2.0"},
		{"prose mit", Normalize, "MIT License", "MIT"},
		{"trove", Normalize, "GNU General Public License v3 (GPLv3)", "GPL-3.0-only"},
		{"ambiguous BSD stays", Normalize, "BSD", "BSD"},
		{"debian's GPL-2 by anyone else stays", Normalize, "GPL-2", "GPL-2"},
		{"unknown stays", Normalize, "My  own\nwords", "My own words"},
		{"half known stays", Normalize, "MIT AND Own", "MIT AND Own"},
		{"debian only", Debian, "GPL-2", "GPL-2.0-only"},
		{"debian later", Debian, "GPL-2+", "GPL-2.0-or-later"},
		{"debian or", Debian, "GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0"},
		{"debian expat", Debian, "Expat", "MIT"},
		{"debian comma is left", Debian, "GPL-2 or Artistic, and MIT", "GPL-2 or Artistic, and MIT"},
		{"fedora", Fedora, "GPLv2+ and (ASL 2.0 or MIT)", "GPL-2.0-or-later AND (Apache-2.0 OR MIT)"},
		{"fedora new", Fedora, "GPL-2.0-or-later AND LGPL-2.1-or-later", "GPL-2.0-or-later AND LGPL-2.1-or-later"},
		{"fedora ambiguous stays", Fedora, "BSD and MIT", "BSD and MIT"},
		{"empty", Normalize, "", ""},
		{"bracket", Normalize, "(MIT", "MIT"},
		{"empty operand", Normalize, "MIT or ", "MIT or"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.f(c.in); got != c.want {
				t.Errorf("%q gave %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"MIT", "(MIT OR Apache-2.0) AND GPL-2+", "GPL-2 with OpenSSL exception", "a,b (", strings.Repeat("(", 600)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, fn := range []func(string) string{Normalize, Debian, Fedora} {
			got := fn(s)
			if len(got) > 3*MaxLength {
				t.Fatalf("%d bytes became %d", len(s), len(got))
			}
			if again := fn(got); len(s) <= MaxLength && len(got) <= MaxLength && fn(again) != again {
				t.Fatalf("%q → %q → %q → %q", s, got, again, fn(again))
			}
		}
	})
}
