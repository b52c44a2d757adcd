package finding

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vuln makes a vulnerability; words change it.
func vuln(sev Severity, words ...string) Result {
	r := Result{Check: CheckVulnerability, State: Fail, Rating: Rating{Severity: sev}, Advisory: &Advisory{ID: "CVE-1"}}
	for _, w := range words {
		switch w {
		case "fixed":
			r.Advisory.Fixed = []string{"2"}
		case "kev":
			r.Advisory.KEV = &KEV{Added: "2026-01-01"}
		case "hidden":
			r.Hidden = true
		case "suppressed":
			r.Suppressed = &Suppression{Reason: "x"}
		case "pass":
			r.State = Pass
		case "warn":
			r.State = Warn
		case "could-not-run":
			r.State = CouldNotRun
		default:
			panic(w)
		}
	}
	return r
}

func other(check string, sev Severity) Result {
	return Result{Check: check, State: Fail, Rating: Rating{Severity: sev}}
}

func gate(t *testing.T, s string) Gate {
	t.Helper()
	if s == "" {
		return Gate{}
	}
	g, err := ParseGate(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestDecide(t *testing.T) {
	unread := []Unread{{Location: Location{Path: "a"}, Reason: UnreadCorrupt, Detector: "d"}}
	limit := []Unread{{Location: Location{Path: "a"}, Reason: UnreadLimit, Detector: "d"}}
	both := slices.Concat(unread, limit)
	cover := func(levels ...CoverageLevel) (out []Coverage) {
		for i, l := range levels {
			c := Coverage{Ecosystem: fmt.Sprint(i), Level: l, Packages: 2}
			if l != CoverageNone {
				c.Known = 1
			}
			out = append(out, c)
		}
		return out
	}
	pkg := []Package{{ID: "p"}}
	for _, test := range []struct {
		name       string
		results    []Result
		unread     []Unread
		coverage   []Coverage
		packages   []Package
		failOn     string
		unrated    UnratedPolicy
		allow      string
		require    CoverageLevel
		code       int
		gate       string
		failing    int
		incomplete string
	}{
		{name: "nothing at all"},
		{name: "no gate, a critical finding", results: []Result{vuln(Critical)}},
		{name: "gate, nothing found", failOn: "low", gate: "passed"},

		// Thresholds.
		{name: "below", results: []Result{vuln(Medium)}, failOn: "high", gate: "passed"},
		{name: "at", results: []Result{vuln(High)}, failOn: "high", gate: "failed", code: 3, failing: 1},
		{name: "above", results: []Result{vuln(Critical)}, failOn: "high", gate: "failed", code: 3, failing: 1},
		{name: "negligible below low", results: []Result{vuln(Negligible)}, failOn: "low", gate: "passed"},
		{name: "a warning counts", results: []Result{vuln(High, "warn")}, failOn: "high", gate: "failed", code: 3, failing: 1},
		{name: "a pass does not", results: []Result{vuln(High, "pass")}, failOn: "high", gate: "passed"},

		// Unrated.
		{name: "unrated meets critical", results: []Result{vuln(Unrated)}, failOn: "critical", gate: "failed", code: 3, failing: 1},
		{name: "unrated ignored", results: []Result{vuln(Unrated)}, failOn: "critical", unrated: UnratedIgnore, gate: "passed"},
		{name: "unrated ignored, rated not", results: []Result{vuln(Unrated), vuln(Critical)}, failOn: "critical", unrated: UnratedIgnore, gate: "failed", code: 3, failing: 1},
		{name: "unrated without a fix", results: []Result{vuln(Unrated)}, failOn: "low,fixable", gate: "passed"},

		// Conditions.
		{name: "fixable: no fix", results: []Result{vuln(Critical)}, failOn: "high,fixable", gate: "passed"},
		{name: "fixable: fix", results: []Result{vuln(Critical, "fixed")}, failOn: "high,fixable", gate: "failed", code: 3, failing: 1},
		{name: "fixable: fix, below", results: []Result{vuln(Low, "fixed")}, failOn: "high,fixable", gate: "passed"},
		{name: "kev: not in it", results: []Result{vuln(Critical)}, failOn: "low,kev", gate: "passed"},
		{name: "kev: in it", results: []Result{vuln(High, "kev")}, failOn: "low,kev", gate: "failed", code: 3, failing: 1},
		{name: "kev alone", results: []Result{vuln(Negligible, "kev")}, failOn: "kev", gate: "failed", code: 3, failing: 1},
		{name: "kev and fixable: no fix", results: []Result{vuln(High, "kev")}, failOn: "low,kev,fixable", gate: "passed"},
		{name: "kev and fixable: both", results: []Result{vuln(High, "kev", "fixed")}, failOn: "low,fixable,kev", gate: "failed", code: 3, failing: 1},

		// Other checks.
		{name: "end of life by severity", results: []Result{other(CheckEndOfLife, Medium)}, failOn: "medium", gate: "failed", code: 3, failing: 1},
		{name: "end of life below", results: []Result{other(CheckEndOfLife, Medium)}, failOn: "high", gate: "passed"},
		{name: "end of life is in the user's hands", results: []Result{other(CheckEndOfLife, Medium)}, failOn: "medium,fixable", gate: "failed", code: 3, failing: 1},
		{name: "end of life is not in KEV", results: []Result{other(CheckEndOfLife, Medium)}, failOn: "medium,kev", gate: "passed"},
		{name: "integrity fails every gate", results: []Result{other(CheckIntegrity, Critical)}, failOn: "critical,kev,fixable", gate: "failed", code: 3, failing: 1},
		{name: "not-scanned has its own code", results: []Result{other(CheckNotScanned, Unrated)}, failOn: "negligible", gate: "passed"},

		// What does not count.
		{name: "hidden", results: []Result{vuln(Critical, "hidden")}, failOn: "low", gate: "passed"},
		{name: "suppressed", results: []Result{vuln(Critical, "suppressed")}, failOn: "low", gate: "passed"},
		{name: "suppressed integrity", results: []Result{{Check: CheckIntegrity, State: Fail, Suppressed: &Suppression{}}}, failOn: "low", gate: "passed"},

		// Incomplete.
		{name: "unread", unread: unread, code: 4, incomplete: "unread"},
		{name: "limit", unread: limit, code: 4, incomplete: "limit"},
		{name: "both", unread: both, code: 4, incomplete: "unread limit"},
		{name: "unread allowed", unread: unread, allow: "unread", incomplete: "unread"},
		{name: "limit allowed", unread: limit, allow: "limit", incomplete: "limit"},
		{name: "unread does not imply limit", unread: both, allow: "unread", code: 4, incomplete: "unread limit"},
		{name: "limit does not imply unread", unread: both, allow: "limit", code: 4, incomplete: "unread limit"},
		{name: "coverage does not imply either", unread: both, allow: "coverage", code: 4, incomplete: "unread limit"},
		{name: "both allowed", unread: both, allow: "unread,limit", incomplete: "unread limit"},
		{name: "a check that could not run", results: []Result{{Check: CheckIntegrity, State: CouldNotRun}}, code: 4, incomplete: "unread"},
		{name: "a vulnerability that could not be decided", results: []Result{vuln(High, "could-not-run")}, failOn: "low", gate: "passed"},
		{name: "the same, full coverage required", results: []Result{vuln(High, "could-not-run")}, failOn: "low", require: CoverageFull, gate: "passed", code: 4, incomplete: "coverage"},
		{name: "a gate passed and unread", unread: unread, failOn: "low", gate: "passed", code: 4, incomplete: "unread"},
		{name: "3 wins over 4", results: []Result{vuln(High)}, unread: both, failOn: "high", gate: "failed", code: 3, failing: 1, incomplete: "unread limit"},
		{name: "an exception for one unread file", unread: unread, results: []Result{{Check: CheckNotScanned, State: Warn, Subject: "a d", Suppressed: &Suppression{}}}},
		{name: "an exception for another file", unread: unread, results: []Result{{Check: CheckNotScanned, State: Warn, Subject: "b d", Suppressed: &Suppression{}}}, code: 4, incomplete: "unread"},

		// Coverage.
		{name: "none without a gate", coverage: cover(CoverageNone), packages: pkg},
		{name: "none with a gate", coverage: cover(CoverageFull, CoverageNone), packages: pkg, failOn: "low", gate: "passed", code: 4, incomplete: "coverage"},
		{name: "none of nothing", coverage: []Coverage{{Level: CoverageNone}}, failOn: "low", gate: "passed"},
		{name: "none allowed", coverage: cover(CoverageNone), packages: pkg, failOn: "low", allow: "coverage", gate: "passed", incomplete: "coverage"},
		{name: "unread does not imply coverage", coverage: cover(CoverageNone), packages: pkg, failOn: "low", allow: "unread,limit", gate: "passed", code: 4, incomplete: "coverage"},
		{name: "partial with a gate", coverage: cover(CoveragePartial), packages: pkg, failOn: "low", gate: "passed"},
		{name: "partial, full required", coverage: cover(CoveragePartial), packages: pkg, failOn: "low", require: CoverageFull, gate: "passed", code: 4, incomplete: "coverage"},
		{name: "partial, full required, no gate", coverage: cover(CoveragePartial), packages: pkg, require: CoverageFull, code: 4, incomplete: "coverage"},
		{name: "partial that knows nothing, with a gate", coverage: []Coverage{{Level: CoveragePartial, Packages: 2}}, packages: pkg, failOn: "low", gate: "passed", code: 4, incomplete: "coverage"},
		{name: "partial that knows nothing, allowed", coverage: []Coverage{{Level: CoveragePartial, Packages: 2}}, packages: pkg, failOn: "low", allow: "coverage", gate: "passed", incomplete: "coverage"},
		{name: "partial that knows nothing, no gate", coverage: []Coverage{{Level: CoveragePartial, Packages: 2}}, packages: pkg},
		{name: "full, full required", coverage: cover(CoverageFull), packages: pkg, failOn: "low", require: CoverageFull, gate: "passed"},
		{name: "packages nobody looked up", packages: pkg, failOn: "low", gate: "passed", code: 4, incomplete: "coverage"},
		{name: "packages nobody looked up, no gate", packages: pkg},
		{name: "3 wins over coverage", results: []Result{vuln(Critical)}, coverage: cover(CoverageNone), packages: pkg, failOn: "low", gate: "failed", code: 3, failing: 1, incomplete: "coverage"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var allow Allow
			if test.allow != "" {
				var err error
				if allow, err = ParseAllow([]string{test.allow}); err != nil {
					t.Fatal(err)
				}
			}
			o := GateOptions{Gate: gate(t, test.failOn), Unrated: test.unrated, Allow: allow, RequireCoverage: test.require}
			if err := o.Validate(); err != nil {
				t.Fatal(err)
			}
			v := Decide(&Report{Results: test.results, Unread: test.unread, Coverage: test.coverage, Packages: test.packages}, o)
			type outcome struct {
				Code       int
				Gate       string
				Failing    int
				Incomplete string
			}
			want := outcome{test.code, test.gate, test.failing, test.incomplete}
			got := outcome{v.ExitCode, v.Gate, v.Failing, strings.Join(v.Incomplete, " ")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if v.FailOn != test.failOn {
				t.Errorf("fail on %q, want %q", v.FailOn, test.failOn)
			}
		})
	}
}

// TestDecideEverything walks through all combinations of what a vulnerability
// can be and what a gate can ask, and holds each against the rules in words.
func TestDecideEverything(t *testing.T) {
	words := []string{"fixed", "kev", "hidden", "suppressed"}
	conditions := []string{"", ",fixable", ",kev", ",fixable,kev"}
	for _, sev := range Severities() {
		for _, threshold := range Severities() {
			for _, condition := range conditions {
				for bits := range 1 << len(words) {
					for _, unrated := range []UnratedPolicy{UnratedFails, UnratedIgnore} {
						var is []string
						for i, w := range words {
							if bits>>i&1 == 1 {
								is = append(is, w)
							}
						}
						has := func(w string) bool { return slices.Contains(is, w) }
						want := ExitGate
						for _, passes := range []bool{
							has("hidden"), has("suppressed"),
							sev == Unrated && unrated == UnratedIgnore,
							sev != Unrated && sev < threshold,
							strings.Contains(condition, "fixable") && !has("fixed"),
							strings.Contains(condition, "kev") && !has("kev"),
						} {
							if passes {
								want = ExitOK
							}
						}
						o := GateOptions{Gate: gate(t, threshold.String()+condition), Unrated: unrated}
						r := &Report{Results: []Result{vuln(sev, is...)}}
						if got := Decide(r, o).ExitCode; got != want {
							t.Errorf("%s %v, fail on %s, unrated %q: exit %d, want %d", sev, is, o.Gate, unrated, got, want)
						}
					}
				}
			}
		}
	}
}

// TestDecideNoPackages: what holds no package that is known is no clean image.
func TestDecideNoPackages(t *testing.T) {
	files := []LayerInfo{{Files: 3}}
	for _, test := range []struct {
		name       string
		report     Report
		failOn     string
		allow      Allow
		code       int
		incomplete []string
		noPackages bool
	}{
		{name: "files", report: Report{Subject: Subject{Kind: "image"}, Layers: files}, failOn: "low", code: 4, incomplete: []string{"coverage"}, noPackages: true},
		{name: "files, no gate", report: Report{Subject: Subject{Kind: "image"}, Layers: files}, noPackages: true},
		{name: "files, allowed", report: Report{Subject: Subject{Kind: "image"}, Layers: files}, failOn: "low", allow: Allow{Coverage: true}, incomplete: []string{"coverage"}, noPackages: true},
		{name: "files, other things allowed", report: Report{Subject: Subject{Kind: "image"}, Layers: files}, failOn: "low", allow: Allow{Unread: true, Limit: true}, code: 4, incomplete: []string{"coverage"}, noPackages: true},
		{name: "no layer", report: Report{Subject: Subject{Kind: "image"}}, failOn: "low", noPackages: true},
		{name: "an empty layer", report: Report{Subject: Subject{Kind: "image"}, Layers: []LayerInfo{{}}}, failOn: "low", noPackages: true},
		{name: "packages in the history only", report: Report{Subject: Subject{Kind: "image"}, Layers: files, Packages: []Package{{ID: "p", Hidden: true}}, Coverage: []Coverage{{}}}, failOn: "low", code: 4, incomplete: []string{"coverage"}, noPackages: true},
		{name: "a source tree", report: Report{Subject: Subject{Kind: "source tree"}}, failOn: "low", code: 4, incomplete: []string{"coverage"}, noPackages: true},
		{name: "a failed gate wins", report: Report{Subject: Subject{Kind: "image"}, Layers: files, Results: []Result{other(CheckIntegrity, Critical)}}, failOn: "low", code: 3, incomplete: []string{"coverage"}, noPackages: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.report.Data = &Data{}
			v := Decide(&test.report, GateOptions{Gate: gate(t, test.failOn), Allow: test.allow})
			if v.ExitCode != test.code || v.NoPackages != test.noPackages {
				t.Errorf("exit code %d, no packages %v; want %d, %v", v.ExitCode, v.NoPackages, test.code, test.noPackages)
			}
			if diff := cmp.Diff(test.incomplete, v.Incomplete); diff != "" {
				t.Error(diff)
			}
			// Nobody asked for advisories, so that nothing is missing of them.
			test.report.Data = nil
			if v := Decide(&test.report, GateOptions{Gate: gate(t, test.failOn)}); v.NoPackages || v.ExitCode == 4 && len(test.report.Packages) == 0 {
				t.Errorf("without advisories: %+v", v)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	r := &Report{Results: []Result{
		vuln(High), vuln(High), vuln(Critical), vuln(Unrated), vuln(Critical, "hidden"), vuln(Critical, "suppressed"),
		vuln(Critical, "suppressed", "hidden"), vuln(Low, "pass"), other(CheckEndOfLife, Medium), other(CheckNotScanned, Unrated),
	}}
	got := Decide(r, GateOptions{})
	want := Verdict{Counts: map[Severity]int{High: 2, Critical: 1, Unrated: 1}, Unrated: 1, Hidden: 1, Suppressed: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseGate(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Gate
		err  string
	}{
		{in: "high", want: Gate{Set: true, Threshold: High}},
		{in: "HIGH, fixable", want: Gate{Set: true, Threshold: High, Fixable: true}},
		{in: "fixable,critical,kev", want: Gate{Set: true, Threshold: Critical, Fixable: true, KEV: true}},
		{in: "kev", want: Gate{Set: true, KEV: true}},
		{in: "unrated", want: Gate{Set: true}},
		{in: "high,low", err: "more than one severity"},
		{in: "severe", err: `"severe" is neither a severity`},
		{in: "", err: "neither a severity"},
		{in: "high,", err: "neither a severity"},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := ParseGate(test.in)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			test.want.text = test.in
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestParseAllow(t *testing.T) {
	got, err := ParseAllow([]string{"unread", "limit,coverage"})
	if err != nil || got != (Allow{true, true, true}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ParseAllow([]string{"all"}); err == nil {
		t.Error("--allow all is accepted")
	}
}

func TestValidateGate(t *testing.T) {
	if err := (GateOptions{RequireCoverage: CoverageFull, Allow: Allow{Coverage: true}}).Validate(); err == nil {
		t.Error("a contradiction is accepted")
	}
	if err := (GateOptions{RequireCoverage: CoveragePartial}).Validate(); err == nil {
		t.Error("required coverage partial is accepted")
	}
}
