package cvss

import (
	"errors"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

// The scores are those that FIRST's calculators and examples, and NVD, give.
func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, vector string
		want         Score
	}{
		{"2.0 complete", "AV:N/AC:L/Au:N/C:C/I:C/A:C", Score{"2.0", 100, finding.High, "AV:N/AC:L/Au:N/C:C/I:C/A:C"}},
		{"2.0 partial", "(AV:N/AC:L/Au:N/C:P/I:P/A:P)", Score{"2.0", 75, finding.High, "AV:N/AC:L/Au:N/C:P/I:P/A:P"}},
		{"2.0 CVE-2002-0392", "AV:N/AC:L/Au:N/C:N/I:N/A:C", Score{"2.0", 78, finding.High, "AV:N/AC:L/Au:N/C:N/I:N/A:C"}},
		{"2.0 CVE-2003-0062", "AV:L/AC:H/Au:N/C:C/I:C/A:C", Score{"2.0", 62, finding.Medium, "AV:L/AC:H/Au:N/C:C/I:C/A:C"}},
		{"3.0", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Score{"3.0", 98, finding.Critical, "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		{"3.1 log4shell", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Score{"3.1", 100, finding.Critical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}},
		{"3.1 xss", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Score{"3.1", 61, finding.Medium, "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"}},
		{"3.1 heartbleed", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Score{"3.1", 75, finding.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}},
		{"3.1 temporal does not count", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:U", Score{"3.1", 75, finding.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:U"}},
		{"3.1 nothing", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Score{"3.1", 0, finding.Negligible, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"}},
		{"4.0 highest", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", Score{"4.0", 100, finding.Critical, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"}},
		{"4.0 CVE-2022-41741", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Score{"4.0", 73, finding.High, "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}},
		{"4.0 supplemental", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/S:N/AU:Y/R:A/V:D/RE:M", Score{"4.0", 87, finding.High, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/S:N/AU:Y/R:A/V:D/RE:M"}},
		{"slash at the end", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/", Score{"3.1", 98, finding.Critical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.vector)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNotAVector(t *testing.T) {
	for _, s := range []string{"", "9.8", "HIGH", "CVSS:3.1/AV:N", "CVSS:5.0/AV:N", "AV:N/AC:L", "CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"} {
		if got, err := Parse(s); !errors.Is(err, ErrVector) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}

func TestSeverity(t *testing.T) {
	for _, test := range []struct {
		tenths  uint16
		version string
		want    finding.Severity
	}{
		{0, "3.1", finding.Negligible}, {1, "3.1", finding.Low}, {39, "3.1", finding.Low}, {40, "3.1", finding.Medium}, {69, "4.0", finding.Medium},
		{70, "3.1", finding.High}, {89, "3.1", finding.High}, {90, "3.1", finding.Critical}, {100, "2.0", finding.High}, {100, "4.0", finding.Critical},
	} {
		if got := Severity(test.tenths, test.version); got != test.want {
			t.Errorf("%d of %s: got %v, want %v", test.tenths, test.version, got, test.want)
		}
	}
}

func TestWord(t *testing.T) {
	for word, want := range map[string]finding.Severity{
		"CRITICAL": finding.Critical, "Important": finding.High, "MODERATE": finding.Medium, "low": finding.Low,
		"unimportant": finding.Negligible, "not yet assigned": finding.Unrated, "": finding.Unrated,
	} {
		if got := Word(word); got != want {
			t.Errorf("%q: got %v, want %v", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H")
	f.Add("AV:N/AC:L/Au:N/C:P/I:P/A:P")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err == nil && v.Tenths > 100 {
			t.Errorf("%q: %d", s, v.Tenths)
		}
	})
}
