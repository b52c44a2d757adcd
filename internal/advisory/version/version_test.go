package version

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// published lists the orders with their files of published cases.
var published = []struct {
	order Order
	file  string
}{
	{Debian, "dpkg"}, {RPM, "rpm"}, {APK, "apk"}, {SemVer, "semver"}, {Go, "go"}, {PEP440, "pep440"},
	{Maven, "maven"}, {RubyGems, "rubygems"}, {Composer, "composer"}, {NuGet, "nuget"}, {PVP, "pvp"},
	{CRAN, "cran"}, {Opam, "opam"}, {Julia, "julia"}, {Bitnami, "bitnami"},
}

// chain is a line of a file of published cases.
type chain struct {
	line     string
	versions []string
	rises    []bool // versions[i] < versions[i+1]; else equal
	invalid  bool
}

func readChains(t testing.TB, file string) []chain {
	t.Helper()
	f, err := os.Open("testdata/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []chain
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		if v, found := strings.CutSuffix(line, "!"); found {
			out = append(out, chain{line: line, versions: []string{strings.TrimSuffix(v, " ")}, invalid: true})
			continue
		}
		if line == "" {
			continue
		}
		c := chain{line: line}
		for i, field := range strings.Fields(line) {
			if i%2 == 0 {
				c.versions = append(c.versions, field)
			} else {
				c.rises = append(c.rises, field == "<")
			}
		}
		out = append(out, c)
	}
	return out
}

func TestPublishedCases(t *testing.T) {
	for _, p := range published {
		t.Run(p.file, func(t *testing.T) {
			chains := readChains(t, p.file)
			if len(chains) < 5 {
				t.Fatalf("only %d lines", len(chains))
			}
			for _, c := range chains {
				if c.invalid {
					if err := p.order.Check(c.versions[0]); err == nil {
						t.Errorf("%q is accepted", c.versions[0])
					}
					continue
				}
				for i := range c.versions {
					want := 0
					for j := i; j < len(c.versions); j++ {
						if j > i && c.rises[j-1] {
							want = -1
						}
						checkPair(t, p.order, c.versions[i], c.versions[j], want)
						checkPair(t, p.order, c.versions[j], c.versions[i], -want)
					}
				}
			}
		})
	}
}

func checkPair(t *testing.T, o Order, a, b string, want int) {
	t.Helper()
	got, err := o.Compare(a, b)
	if err != nil {
		t.Errorf("%q, %q: %v", a, b, err)
	} else if got != want {
		t.Errorf("%q, %q: got %d, want %d", a, b, got, want)
	}
}

func TestEveryOrderHasCases(t *testing.T) {
	have := make(map[Order]bool)
	for _, p := range published {
		have[p.order] = true
	}
	for o := None + 1; o < orders; o++ {
		if !have[o] {
			t.Errorf("%v has no published cases", o)
		}
	}
}

func TestOf(t *testing.T) {
	for _, test := range []struct {
		ecosystem string
		want      Order
	}{
		{"Debian:12", Debian}, {"Ubuntu:22.04:LTS", Debian}, {"AlmaLinux:9", RPM}, {"Alpine:v3.19", APK},
		{"npm", SemVer}, {"Go", Go}, {"Packagist:https://packages.drupal.org/8", Composer}, {"GHC", PVP},
		{"no such thing", None}, {"", None},
	} {
		if got := Of(test.ecosystem); got != test.want {
			t.Errorf("%s: got %v, want %v", test.ecosystem, got, test.want)
		}
	}
}

func TestUnknownOrderAcceptsNothing(t *testing.T) {
	if _, err := None.Compare("1", "1"); err == nil {
		t.Error("None compares")
	}
	if _, err := Debian.Compare(strings.Repeat("1", MaxLength+1), "1"); err == nil {
		t.Error("a version that is too long compares")
	}
}

func TestGoToolchain(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"go1.22.3", "1.22.3"},
		{"go1.22.3 X:boringcrypto", "1.22.3"},
		{"go1.20.12-fips", "1.20.12"},
		{"go1.24rc1 (Red Hat 1.24-1)", "1.24rc1"},
		{"1.21.0", "1.21.0"},
		{"1.24.0-rc.1", "1.24.0-rc.1"},
		{"devel go1.23-f8f6a1d", ""},
		{"", ""},
		{"gofoo", ""},
	} {
		if got := GoToolchain(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

// alphabet holds pieces that versions of all orders are made of.
var alphabet = []string{
	"0", "1", "2", "9", "10", "00", "01", "007", "20200101", ".", ".", ".", "-", "-", "+", "~", "^", "_", ":", "!",
	"a", "b", "rc", "alpha", "beta", "pre", "dev", "post", "sp", "ga", "final", "SNAPSHOT", "p", "r1", "x", "Z", "el9", "git", "_p", "-r", "v",
}

// generated gives versions of the order, made of the alphabet or of changes to published ones.
func generated(o Order, seeds []string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		if rapid.Bool().Draw(t, "seeded") {
			b.WriteString(rapid.SampledFrom(seeds).Draw(t, "seed"))
		} else {
			b.WriteString(rapid.SampledFrom([]string{"0", "1", "2", "10"}).Draw(t, "first"))
		}
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			b.WriteString(rapid.SampledFrom(alphabet).Draw(t, "piece"))
		}
		return b.String()
	}).Filter(func(s string) bool { return o.Check(s) == nil })
}

func seedsOf(t testing.TB, file string) (out []string) {
	for _, c := range readChains(t, file) {
		if !c.invalid {
			out = append(out, c.versions...)
		}
	}
	return out
}

func TestTotalOrder(t *testing.T) {
	for _, p := range published {
		t.Run(p.file, func(t *testing.T) {
			gen := generated(p.order, seedsOf(t, p.file))
			rapid.Check(t, func(t *rapid.T) {
				a, b, c := gen.Draw(t, "a"), gen.Draw(t, "b"), gen.Draw(t, "c")
				ab, ba := must(t, p.order, a, b), must(t, p.order, b, a)
				if ab != -ba {
					t.Fatalf("%q, %q: %d one way and %d the other", a, b, ab, ba)
				}
				if must(t, p.order, a, a) != 0 {
					t.Fatalf("%q is not equal to itself", a)
				}
				bc, ac := must(t, p.order, b, c), must(t, p.order, a, c)
				if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 {
					t.Fatalf("not transitive: %q %d %q %d %q, but %d", a, ab, b, bc, c, ac)
				}
				if ab == 0 && ac != bc {
					t.Fatalf("%q = %q, but they stand %d and %d to %q", a, b, ac, bc, c)
				}
			})
		})
	}
}

func must(t *rapid.T, o Order, a, b string) int {
	c, err := o.Compare(a, b)
	if err != nil {
		t.Fatalf("%q, %q: %v", a, b, err)
	}
	return c
}

func FuzzCompare(f *testing.F) {
	for _, p := range published {
		for _, c := range readChains(f, p.file) {
			f.Add(uint8(p.order), c.versions[0], c.versions[len(c.versions)-1])
		}
	}
	f.Fuzz(func(t *testing.T, o uint8, a, b string) {
		order := Order(o % uint8(orders))
		ab, errAB := order.Compare(a, b)
		ba, errBA := order.Compare(b, a)
		if (errAB == nil) != (errBA == nil) {
			t.Fatalf("%v: %q, %q: %v one way and %v the other", order, a, b, errAB, errBA)
		}
		if errAB == nil && ab != -ba {
			t.Fatalf("%v: %q, %q: %d one way and %d the other", order, a, b, ab, ba)
		}
	})
}

func TestCompareAllocatesNothing(t *testing.T) {
	for _, p := range published {
		seeds := seedsOf(t, p.file)
		n := testing.AllocsPerRun(20, func() {
			for _, s := range seeds {
				if _, err := p.order.Compare(s, seeds[0]); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n != 0 {
			t.Errorf("%v allocates %.1f times", p.order, n)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	for _, test := range []struct {
		order Order
		a, b  string
	}{
		{Debian, "1:3.0.11-1~deb12u2", "1:3.0.14-1~deb12u1"}, {RPM, "2:1.43.1-3.el9_8", "2:1.43.1-3.el9_10"},
		{APK, "1.1.24_git20230717-r4", "1.1.24-r2"}, {SemVer, "1.0.0-beta.11", "1.0.0-rc.1"}, {PEP440, "2.31.0rc1", "2.31.0"},
		{Maven, "2.9.10.8", "2.9.10.10-SNAPSHOT"}, {RubyGems, "5.2.4.rc1", "5.2.4.3"}, {Composer, "v5.4.0-RC1", "5.4.1"},
	} {
		b.Run(test.order.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := test.order.Compare(test.a, test.b); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
