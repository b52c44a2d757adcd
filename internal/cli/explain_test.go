package cli

import (
	"testing"

	"bulwark/internal/finding"
)

func TestAmbiguous(t *testing.T) {
	reports := []*finding.Report{
		{Results: []finding.Result{{Check: "a-check", Fingerprint: "abcd1111"}, {Check: "abcd", Fingerprint: "eeee1111"}}},
		{Results: []finding.Result{{Check: "a-check", Fingerprint: "abcd1111"}, {Check: "a-check", Fingerprint: "eeee2222"}}},
	}
	for id, want := range map[string]int{
		"eeee": 2, "eeee1": 1, "EEEE": 2, "eee": 0, "abcd1": 1, "a-check": 0, "abcd": 0, "ffff": 0,
	} {
		if got := ambiguous(reports, id); got != want {
			t.Errorf("%s: %d fingerprints, want %d", id, got, want)
		}
	}
}
