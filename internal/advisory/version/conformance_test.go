//go:build conformance

package version

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// oracle is a program that knows an order.
type oracle struct {
	order   Order
	seeds   string
	command []string
	needs   string
	pieces  []string // what its versions are made of
	// glue stands between pieces: "" lets words and numbers touch.
	glue []string
	// differs explains pairs in which our order is meant to differ.
	differs func(a, b string) bool
	pairs   int
	// shape makes a version instead of seeds, pieces and glue.
	shape func(*rand.Rand) string
}

// mavenShape makes versions of the forms that artifacts of Maven Central have.
// Beyond them (a qualifier between dots, "1.a.b.2") ComparableVersion follows
// its lists, not the specification, and is not even transitive.
func mavenShape(rnd *rand.Rand) string {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	number := func() string { return pick("0", "1", "2", "3", "10", "11", "007", "20200101") }
	v := number()
	for range rnd.IntN(4) {
		v += "." + number()
	}
	if rnd.IntN(2) == 0 {
		v += pick(".", "-", "") + pick("a", "b", "m", "M", "alpha", "beta", "rc", "RC", "CR", "GA", "Final", "sp", "SP", "jre", "android", "jenkins", "foo", "redhat")
		if rnd.IntN(2) == 0 {
			v += pick("", "-") + number()
		}
	}
	if rnd.IntN(4) == 0 {
		v += "-" + pick("SNAPSHOT", "1", "2", "jre8", "redhat-00001", "beta1", "0")
	}
	return v
}

func oracles(t *testing.T) []oracle {
	npmRoot, err := exec.Command("npm", "root", "-g").Output()
	if err != nil {
		t.Fatalf("npm root -g: %v (needs node with npm)", err)
	}
	numbers := []string{"0", "1", "2", "10", "007", "20200101"}
	return []oracle{
		{
			order: Debian, seeds: "dpkg", command: []string{"sh", "testdata/oracle/dpkg.sh"}, needs: "dpkg", pairs: 1500,
			pieces: append([]string{"a", "rc", "~", "~~", "+", "deb12u", "ubuntu"}, numbers...), glue: []string{"", "", ".", "-", "+", "~"},
		},
		{
			order: RPM, seeds: "rpm", command: []string{"sh", "testdata/oracle/rpm.sh", filepath.Join(t.TempDir(), "pairs")}, needs: "rpm", pairs: 20000,
			pieces: append([]string{"a", "rc", "el9", "~", "^", "git"}, numbers...), glue: []string{"", "", ".", "-", "_", "~", "^"},
			differs: func(a, b string) bool { return RPM.Check(a) != nil || RPM.Check(b) != nil }, // rpm.vercmp takes "x:1" too
		},
		{
			order: PEP440, seeds: "pep440", command: []string{"python3", "testdata/oracle/pep440.py"}, needs: "python3 with packaging", pairs: 20000,
			pieces: append([]string{"a", "b", "rc", "c", "dev", "post", "r", "rev", "preview", "alpha", "x"}, numbers...), glue: []string{"", ".", ".", "-", "_", "+"},
		},
		{
			order: RubyGems, seeds: "rubygems", command: []string{"ruby", "testdata/oracle/rubygems.rb"}, needs: "ruby", pairs: 20000,
			pieces: append([]string{"a", "b", "rc", "pre", "beta1", "Z"}, numbers...), glue: []string{".", ".", ".", "-"},
		},
		{
			order: Composer, seeds: "composer", command: []string{"php", "testdata/oracle/composer.php"}, needs: "php-cli and composer", pairs: 20000,
			pieces: append([]string{"alpha", "beta", "RC", "dev", "p", "pl", "patch", "stable", "x-dev"}, numbers...), glue: []string{"", ".", ".", "-"},
			differs: func(a, b string) bool {
				// Composer keeps names of branches, "9999999-dev" among them; and PHP
				// compares the date 20100102 filled up to four groups with one that is not.
				return dateLike(a) != dateLike(b)
			},
		},
		{
			order: SemVer, seeds: "semver", command: []string{"node", "testdata/oracle/semver.js", filepath.Join(strings.TrimSpace(string(npmRoot)), "npm/node_modules/semver")}, needs: "node with npm", pairs: 20000,
			pieces: []string{"0", "1", "2", "10", "a", "rc", "beta", "x-y", "0a"}, glue: []string{".", ".", ".", "-", "+"},
			differs: func(a, b string) bool { return strings.Contains(a+b, "9999999999999999") }, // beyond JavaScript's numbers
		},
		{
			order: Maven, seeds: "maven", command: []string{"java", "-cp", "/usr/share/java/maven-artifact-3.x.jar:/usr/share/java/commons-lang3.jar", "testdata/oracle/Maven.java"}, needs: "a JDK and libmaven3-core-java", pairs: 20000,
			shape: mavenShape,
			// By the specification .qualifier = -qualifier; ComparableVersion
			// departs from it where a hyphen follows.
			differs: func(a, b string) bool { return dotQualifier.MatchString(a) || dotQualifier.MatchString(b) },
		},
	}
}

func dateLike(s string) bool {
	s = strings.TrimPrefix(s, "v")
	return digits(s, 0) > 5 || digits(s, 0) >= 4 && strings.Contains(s, "-")
}

var dotQualifier = regexp.MustCompile(`\.[A-Za-z]+-`)

// TestAgainstOwnTools asks the tool of each ecosystem for the order of generated pairs.
func TestAgainstOwnTools(t *testing.T) {
	for _, o := range oracles(t) {
		t.Run(o.order.String(), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, uint64(o.order)))
			seeds := seedsOf(t, o.seeds)
			one := func() string {
				if o.shape != nil {
					return o.shape(rnd)
				}
				var b strings.Builder
				if rnd.IntN(3) == 0 {
					b.WriteString(seeds[rnd.IntN(len(seeds))])
				} else {
					b.WriteString([]string{"0", "1", "1.0", "1.0.0", "1.2.3", "2.10.1"}[rnd.IntN(6)])
				}
				for range rnd.IntN(5) {
					b.WriteString(o.glue[rnd.IntN(len(o.glue))])
					b.WriteString(o.pieces[rnd.IntN(len(o.pieces))])
				}
				return b.String()
			}
			var in bytes.Buffer
			var pairs [][2]string
			for range o.pairs {
				a, b := one(), one()
				if o.shape == nil && rnd.IntN(2) == 0 {
					b = a[:rnd.IntN(len(a))] + b
				}
				pairs = append(pairs, [2]string{a, b})
				in.WriteString(a + "\t" + b + "\n")
			}
			cmd := exec.Command(o.command[0], o.command[1:]...)
			cmd.Stdin = &in
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v (needs %s): %s", o.command[0], err, o.needs, stderr.Bytes())
			}
			answers := strings.Fields(string(out))
			if len(answers) != len(pairs) {
				t.Fatalf("%d answers to %d pairs: %s", len(answers), len(pairs), stderr.Bytes())
			}
			asked, wrong := 0, 0
			for i, p := range pairs {
				if answers[i] == "!" || o.differs != nil && o.differs(p[0], p[1]) {
					continue
				}
				asked++
				got, err := o.order.Compare(p[0], p[1])
				want := map[string]int{"-1": -1, "0": 0, "1": 1}[answers[i]]
				if err != nil || got != want {
					if wrong++; wrong <= 15 {
						t.Errorf("%q, %q: got %d, %v; the tool says %s", p[0], p[1], got, err, answers[i])
					}
				}
			}
			t.Logf("%d pairs, %d that the tool accepts, %d wrong", len(pairs), asked, wrong)
			if asked < len(pairs)/20 {
				t.Errorf("only %d of %d pairs were accepted by the tool", asked, len(pairs))
			}
		})
	}
}
