//go:build conformance

package truth

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "record the verdicts of the rivals again (OSV_SCANNER and GOVULNCHECK name them)")

// fact says that a version of a package is affected by what an advisory tells.
type fact struct{ Name, Version, ID string }

type facts map[fact]bool

func (f facts) sorted() []fact {
	out := make([]fact, 0, len(f))
	for x := range f {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (f facts) without(g facts) []fact {
	return slices.DeleteFunc(f.sorted(), func(x fact) bool { return g[x] })
}

// shownID takes the mark of a private prefix off, as Bulwark does when it shows one.
func shownID(id string) string { return strings.TrimPrefix(id, "x_") }

type ecosystem struct {
	name, kind string // OSV's name, and the kind of package
	osv        string // as osv-scanner names it, where that is not OSV's name of the release
	zips       []string
	make       func(*testing.T, string) subject
	oracle     []string
	moves      bool // Debian's archive may have newer versions than those recorded
}

var separators = regexp.MustCompile(`[-_.]+`)

// key is how names are compared.
func (e ecosystem) key(name string) string {
	if e.kind == "pypi" {
		return strings.ToLower(separators.ReplaceAllString(name, "-"))
	}
	return name
}

func TestVulnerabilities(t *testing.T) {
	shared := os.Getenv("BULWARK_SHARED")
	if shared == "" {
		t.Fatal("BULWARK_SHARED is not set: it names the folder with data/advisories")
	}
	data := filepath.Join(shared, "data", "advisories")
	const oracles = "../../internal/advisory/version/testdata/oracle/"
	npmRoot := strings.TrimSpace(string(run(t, ".", nil, "npm", "root", "-g")))
	semver := []string{"node", oracles + "semver.js", filepath.Join(npmRoot, "npm/node_modules/semver")}
	all := []ecosystem{
		{"Debian:12", "deb", "Debian", []string{"Debian"}, debian, []string{"perl", oracles + "dpkg.pl"}, true},
		{"npm", "npm", "npm", []string{"npm"}, npm, semver, false},
		{"PyPI", "pypi", "PyPI", []string{"PyPI"}, pypi, []string{"python3", oracles + "pep440.py"}, false},
		{"Maven", "maven", "Maven", []string{"Maven", "Maven-victims"}, maven,
			[]string{"java", "-cp", "/usr/share/java/maven-artifact-3.x.jar:/usr/share/java/commons-lang3.jar", oracles + "Maven.java"}, false},
		{"Go", "golang", "Go", []string{"Go"}, golang, semver, false},
		{"RubyGems", "gem", "RubyGems", []string{"RubyGems"}, rubygems, []string{"ruby", oracles + "rubygems.rb"}, true},
		{"crates.io", "cargo", "crates.io", []string{"crates.io"}, crates, semver, false},
	}

	work := t.TempDir()
	bulwark := filepath.Join(work, "bulwark")
	run(t, "../..", []string{"CGO_ENABLED=0"}, "go", "build", "-o", bulwark, "./cmd/bulwark")
	var zips []string
	for _, e := range all {
		for _, z := range e.zips {
			zips = append(zips, filepath.Join(data, z, "all.zip"))
		}
	}
	db := filepath.Join(work, "db.bwdb")
	run(t, work, nil, bulwark, append([]string{"db", "build", "--without-facts", "-o", db}, zips...)...)

	rivals := newRivals(t, data, all)
	var table strings.Builder
	for _, e := range all {
		t.Run(e.kind, func(t *testing.T) {
			dir := t.TempDir()
			s := e.make(t, dir)
			image := filepath.Join(dir, "image.tar")
			save(t, s.root, image)

			truth, undecided := expected(t, data, e, s.packages)
			if len(truth) < 100 {
				t.Errorf("only %d facts: the image does not try much", len(truth))
			}
			known := map[installed]bool{}
			for _, p := range s.packages {
				known[installed{e.key(p.name), p.version}] = true
			}
			for _, with := range []struct{ name, db string }{{"built", db}, {"embedded", ""}} {
				got, open := scan(t, bulwark, image, with.db, e, known)
				truth := truth
				if with.db == "" { // what may not be carried along is not in the program (DATA-LICENSES.md)
					truth = maps.Clone(truth)
					maps.DeleteFunc(truth, func(f fact, _ bool) bool { return strings.HasPrefix(f.ID, "VICTIMS-") })
				}
				for _, f := range truth.without(got) {
					t.Errorf("%s database: %s %s is affected by %s: missing", with.name, f.Name, f.Version, f.ID)
				}
				for _, f := range got.without(truth) {
					t.Errorf("%s database: %s %s is not affected by %s", with.name, f.Name, f.Version, f.ID)
				}
				if diff := gocmp.Diff(undecided, open); diff != "" {
					t.Errorf("%s database: what can't be decided (-true, +Bulwark): %s", with.name, diff)
				}
			}
			fmt.Fprintf(&table, "| %s | %d | %d | = |", e.name, len(known), len(truth))
			for _, rival := range rivals.names {
				if !rivals.does(rival, e) {
					table.WriteString(" |")
					continue
				}
				says := rivals.says(t, rival, e, image, s, known)
				judged := truth
				if !rivals.live[rival] { // what the archive no longer has was not recorded
					judged = rivals.recordedOf(rival, e, truth)
				}
				lacks, only := judged.without(says), says.without(judged)
				explain(t, rival, e, "lacks", lacks)
				explain(t, rival, e, "only", only)
				fmt.Fprintf(&table, " %d, lacks %d, wrong %d |", len(says), len(lacks), len(only))
			}
			table.WriteString("\n")
		})
	}
	if *update {
		rivals.write(t)
	}
	t.Logf("| ecosystem | packages | affected, true | Bulwark | %s |\n%s", strings.Join(rivals.names, " | "), table.String())
}

func expected(t *testing.T, data string, e ecosystem, packages []installed) (all, undecided facts) {
	t.Helper()
	seen := map[installed]bool{}
	var in bytes.Buffer
	for _, p := range packages {
		p.name = e.key(p.name)
		if !seen[p] {
			seen[p] = true
			fmt.Fprintf(&in, "%s\t%s\n", p.name, p.version)
		}
	}
	args := append(append([]string{"testdata/expected.py", e.name}, e.oracle...), "--")
	for _, z := range e.zips {
		args = append(args, filepath.Join(data, z, "all.zip"))
	}
	cmd := exec.CommandContext(t.Context(), "python3", args...)
	cmd.Stdin = &in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("expected.py: %v\n%s", err, stderr.Bytes())
	}
	all, undecided = facts{}, facts{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) == 4 {
			undecided[fact{f[0], f[1], f[2]}] = true
			continue
		}
		all[fact{f[0], f[1], f[2]}] = true
	}
	return all, undecided
}

// scan has Bulwark scan the image; a package that the other tools do not know of is an error.
func scan(t *testing.T, bulwark, image, db string, e ecosystem, known map[installed]bool) (all, undecided facts) {
	t.Helper()
	args := []string{"scan", "--no-cache", "--config=none", "-o", "json"}
	if db != "" {
		args = append(args, "--db", db)
	}
	cmd := exec.CommandContext(t.Context(), bulwark, append(args, "archive:"+image)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("bulwark scan: %v\n%s", err, stderr.Bytes())
	}
	var report struct {
		Packages []struct {
			ID, Type, Name, Version string
			SourceName              string `json:"source_name"`
			SourceVersion           string `json:"source_version"`
		}
		Results []struct {
			State    finding.State
			Package  string
			Evidence []string
			Advisory *struct{ Sources []struct{ ID string } }
		}
		Unread []json.RawMessage
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Unread) > 0 {
		t.Errorf("not read: %s", report.Unread)
	}
	byID := map[string]installed{}
	found := map[installed]bool{}
	for _, p := range report.Packages {
		k := installed{e.key(p.Name), strings.TrimPrefix(p.Version, "v")}
		if e.kind == "deb" {
			k = installed{cmp.Or(p.SourceName, p.Name), cmp.Or(p.SourceVersion, p.Version)}
			if k.name == "linux" {
				continue
			}
		}
		byID[p.ID] = k
		if p.Type != e.kind && e.kind == "pypi" {
			continue // wheels bring the lock files of their pages along
		}
		if p.Type != e.kind || !known[k] {
			if reason := beside(e, k); reason == "" {
				t.Errorf("%s %s %s: no other tool knows of it", p.Type, k.name, k.version)
			}
			continue
		}
		found[k] = true
	}
	for k := range known {
		if !found[k] {
			t.Errorf("%s %s is in the image, and was not found", k.name, k.version)
		}
	}
	all, undecided = facts{}, facts{}
	for _, r := range report.Results {
		k, ok := byID[r.Package]
		switch {
		case r.Package != "" && !ok:
			t.Errorf("a result about %s, which is no package of the report", r.Package)
		case !known[k]:
		case r.State == finding.CouldNotRun:
			for _, id := range r.Evidence {
				undecided[fact{k.name, k.version, id}] = true
			}
		case r.Advisory != nil:
			for _, s := range r.Advisory.Sources {
				all[fact{k.name, k.version, s.ID}] = true
			}
		}
	}
	return all, undecided
}

// rivals holds what others say: asked now, or as recorded.
type rivals struct {
	names    []string
	path     map[string]string
	live     map[string]bool
	dir      string                      // osv-scanner's databases
	vulndb   string                      // govulncheck's
	recorded map[string]map[string]facts // rival → ecosystem
	asked    map[string]map[string]map[installed]bool
}

const recordFile = "testdata/recorded.txt"

func newRivals(t *testing.T, data string, all []ecosystem) *rivals {
	t.Helper()
	r := &rivals{
		names:    []string{"osv-scanner", "govulncheck"},
		path:     map[string]string{"osv-scanner": os.Getenv("OSV_SCANNER"), "govulncheck": os.Getenv("GOVULNCHECK")},
		live:     map[string]bool{},
		dir:      t.TempDir(),
		vulndb:   t.TempDir(),
		recorded: map[string]map[string]facts{},
		asked:    map[string]map[string]map[installed]bool{},
	}
	for _, name := range r.names {
		r.live[name] = r.path[name] != ""
		r.recorded[name], r.asked[name] = map[string]facts{}, map[string]map[installed]bool{}
		for _, e := range all {
			r.recorded[name][e.osv], r.asked[name][e.osv] = facts{}, map[installed]bool{}
		}
		if *update && !r.live[name] {
			t.Fatalf("-update needs the path of %s", name)
		}
	}
	b, err := os.ReadFile(recordFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) < 4 || r.recorded[f[0]][f[1]] == nil {
			t.Fatalf("%s: %q", recordFile, line)
		}
		r.asked[f[0]][f[1]][installed{f[2], f[3]}] = true
		for _, id := range f[4:] {
			r.recorded[f[0]][f[1]][fact{f[2], f[3], id}] = true
		}
	}
	if r.live["osv-scanner"] {
		// One zip missing, and it says nothing of any ecosystem.
		folders, err := filepath.Glob(filepath.Join(data, "*", "all.zip"))
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range folders {
			name := filepath.Base(filepath.Dir(z))
			if name == "Maven-victims" {
				continue
			}
			zips := []string{z}
			if name == "Maven" {
				zips = append(zips, filepath.Join(data, "Maven-victims", "all.zip"))
			}
			mergeZips(t, filepath.Join(r.dir, "osv-scalibr", name, "all.zip"), zips)
		}
		mergeZips(t, filepath.Join(r.dir, "osv-scalibr", "GIT", "all.zip"), nil)
	}
	if r.live["govulncheck"] {
		run(t, "../../tools", nil, "go", "run", "./vulndb", filepath.Join(data, "Go", "all.zip"), r.vulndb)
	}
	return r
}

func (r *rivals) does(rival string, e ecosystem) bool {
	return rival != "govulncheck" || e.kind == "golang"
}

func (r *rivals) recordedOf(rival string, e ecosystem, all facts) facts {
	out := facts{}
	for f := range all {
		if r.asked[rival][e.osv][installed{f.Name, f.Version}] {
			out[f] = true
		}
	}
	return out
}

func (r *rivals) says(t *testing.T, rival string, e ecosystem, image string, s subject, known map[installed]bool) facts {
	t.Helper()
	if !r.live[rival] {
		out := facts{}
		for f := range r.recorded[rival][e.osv] {
			if known[installed{f.Name, f.Version}] || !e.moves {
				out[f] = true
			}
		}
		return out
	}
	var out facts
	if rival == "govulncheck" {
		out = govulncheck(t, r.path[rival], r.vulndb, s)
	} else {
		out = osvScanner(t, r.path[rival], r.dir, e, image)
	}
	r.recorded[rival][e.osv], r.asked[rival][e.osv] = out, known
	return out
}

func (r *rivals) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What the rivals say of the packages of the images: rival, ecosystem, package, version, ids of the advisories.\n")
	for _, rival := range r.names {
		for _, eco := range slices.Sorted(maps.Keys(r.asked[rival])) {
			ids := map[installed][]string{}
			for p := range r.asked[rival][eco] {
				ids[p] = nil
			}
			for _, f := range r.recorded[rival][eco].sorted() {
				p := installed{f.Name, f.Version}
				ids[p] = append(ids[p], f.ID)
			}
			var lines []string
			for p, list := range ids {
				lines = append(lines, strings.Join(append([]string{rival, eco, p.name, p.version}, list...), " "))
			}
			slices.Sort(lines)
			for _, line := range lines {
				b.WriteString(line + "\n")
			}
		}
	}
	put(t, recordFile, []byte(b.String()))
}

func osvScanner(t *testing.T, program, dir string, e ecosystem, image string) facts {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "scan", "image", "--archive", image, "--offline", "--format=json", "--all-packages", "--all-vulns",
		// Its default for images reads neither lock files nor gem specifications.
		"--experimental-plugins=artifact", "--experimental-plugins=lockfile", "--experimental-plugins=ruby/gemspec")
	cmd.Env = append(os.Environ(), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: there are findings
		t.Fatalf("osv-scanner: %v\n%s", err, stderr.Bytes())
	}
	var report struct {
		Results []struct {
			Packages []struct {
				Package         struct{ Name, Version, Ecosystem string }
				Vulnerabilities []struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("osv-scanner: %v\n%s", err, stderr.Bytes())
	}
	all := facts{}
	for _, r := range report.Results {
		for _, p := range r.Packages {
			if of, _, _ := strings.Cut(p.Package.Ecosystem, ":"); of != e.osv {
				continue
			}
			for _, v := range p.Vulnerabilities {
				all[fact{e.key(p.Package.Name), p.Package.Version, shownID(v.ID)}] = true
			}
		}
	}
	return all
}

func govulncheck(t *testing.T, program, db string, s subject) facts {
	t.Helper()
	all := facts{}
	for _, p := range s.programs {
		out := run(t, ".", nil, program, "-db", "file://"+db, "-mode", "binary", "-format", "json", p)
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var message struct {
				Finding *struct {
					OSV   string
					Trace []struct{ Module, Version string }
				}
			}
			err := d.Decode(&message)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if f := message.Finding; f != nil && len(f.Trace) > 0 {
				all[fact{f.Trace[0].Module, strings.TrimPrefix(strings.TrimPrefix(f.Trace[0].Version, "v"), "go"), f.OSV}] = true
			}
		}
	}
	return all
}
