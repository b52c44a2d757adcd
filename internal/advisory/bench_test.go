package advisory

import (
	"context"
	"fmt"
	"testing"

	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// fatPackages is like the packages of a large real image: most of npm, some of
// each other kind, of which the first so many are vulnerable.
func fatPackages(t testing.TB, db *DB, vulnerable int) []finding.Package {
	t.Helper()
	var out []finding.Package
	kinds := map[string]string{"npm": "npm", "PyPI": "pypi", "Go": "golang", "Debian:12": "deb", "Maven": "maven", "RubyGems": "gem", "crates.io": "cargo"}
	want := map[string]int{"npm": 200, "PyPI": 30, "Go": 60, "Debian:12": 120, "Maven": 50, "RubyGems": 20, "crates.io": 20}
	if err := db.file.All(func(ecosystem, name string, _ table.Found) bool {
		if want[ecosystem] > 0 && len(out) < vulnerable {
			want[ecosystem]--
			p := pkg(kinds[ecosystem], name, "1.0.0")
			if ecosystem == "Debian:12" {
				p = deb(ecosystem, name, "1.0-1", name)
			}
			p.ID += fmt.Sprint("#", len(out))
			out = append(out, p)
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for i := 0; len(out) < 3500; i++ {
		p := pkg("npm", fmt.Sprintf("some-package-%d", i), "2.3.4")
		if i%8 == 0 {
			p = deb("Debian:12", fmt.Sprintf("libsome%d", i), "1.2-3", fmt.Sprintf("some%d", i))
		}
		out = append(out, p)
	}
	return out
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenAndMeta includes reading what the sources and the coverage are.
func BenchmarkOpenAndMeta(b *testing.B) {
	for b.Loop() {
		db, err := Embedded()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.meta(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	db, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct{ ecosystem, name string }{{"Debian:12", "openssl"}, {"npm", "lodash"}, {"npm", "no-such-package"}} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := db.file.Find(test.ecosystem, test.name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch matches 3,500 packages; the gate is 50 ms, the aim 20 ms.
func BenchmarkMatch(b *testing.B) {
	db, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, vulnerable := range []int{0, 100, 500} {
		packages := fatPackages(b, db, vulnerable)
		b.Run(fmt.Sprint("known=", vulnerable), func(b *testing.B) {
			b.ReportAllocs()
			results := 0
			for b.Loop() {
				a, err := db.Match(context.Background(), Input{Packages: packages})
				if err != nil {
					b.Fatal(err)
				}
				results = len(a.Results)
			}
			b.ReportMetric(float64(results), "results")
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	db, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok := db.Explain("CVE-2021-44228"); !ok {
			b.Fatal("not there")
		}
	}
}
