package dockerfile

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestMapping holds that the table knows every rule of the others, that each
// row names rules of ours that there are or says why not, and that each of
// their IDs stands there once.
func TestMapping(t *testing.T) {
	ours := map[string]bool{}
	for _, c := range Checks() {
		ours[c.ID] = true
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimRight(mappingText, "\n"), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if n := strings.Count(line, "\t"); n < 2 || n > 3 {
			t.Errorf("mapping.tsv:%d: %d tabs", i+1, n)
		}
	}
	for _, m := range Mappings() {
		key := m.Tool + " " + m.ID
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		for _, o := range m.Ours {
			if !ours[o] {
				t.Errorf("%s: %s is no check", key, o)
			}
		}
		if len(m.Ours) == 0 && m.Note == "" {
			t.Errorf("%s: neither a check nor a reason", key)
		}
	}
	for tool, ids := range theirs() {
		for _, id := range ids {
			if !seen[tool+" "+id] {
				t.Errorf("%s %s is not in the table", tool, id)
			}
		}
	}
}

// theirs lists the rules of the others: hadolint 2.15 (src/Hadolint/Rule),
// BuildKit 0.34.2 (frontend/dockerfile/linter/ruleset.go), trivy-checks
// (checks/docker), CIS Docker Benchmark 1.6.0, section 4.
func theirs() map[string][]string {
	numbers := func(prefix string, width int, list ...int) []string {
		var out []string
		for _, n := range list {
			s := strconv.Itoa(n)
			out = append(out, prefix+strings.Repeat("0", max(0, width-len(s)))+s)
		}
		return out
	}
	span := func(from, to int, without ...int) []int {
		var out []int
		for n := from; n <= to; n++ {
			if !slices.Contains(without, n) {
				out = append(out, n)
			}
		}
		return out
	}
	hadolint := []int{1001, 4000, 4001, 4003, 4004, 4005, 4006}
	hadolint = append(hadolint, span(3000, 3067, 3005, 3017, 3031, 3039)...)
	return map[string][]string{
		"hadolint": numbers("DL", 4, hadolint...),
		"buildkit": {
			"StageNameCasing", "FromAsCasing", "NoEmptyContinuation", "ConsistentInstructionCasing", "DuplicateStageName", "ReservedStageName",
			"JSONArgsRecommended", "MaintainerDeprecated", "UndefinedArgInFrom", "WorkdirRelativePath", "UndefinedVar", "MultipleInstructionsDisallowed",
			"LegacyKeyValueFormat", "InvalidBaseImagePlatform", "RedundantTargetPlatform", "SecretsUsedInArgOrEnv", "InvalidDefaultArgInFrom",
			"FromPlatformFlagConstDisallowed", "CopyIgnoredFile", "InvalidDefinitionDescription", "ExposeProtoCasing", "ExposeInvalidFormat",
		},
		"trivy": numbers("DS-", 4, span(1, 31, 3, 18, 28)...),
		"cis":   numbers("4.", 0, span(1, 12)...),
	}
}

func TestOurs(t *testing.T) {
	for _, test := range []struct{ id, want string }{
		{"DL3008", "apt-pinned"}, {"SC1009", "shell-syntax"}, {"SC3010", "not-posix"}, {"SC2086", ""}, {"JSONArgsRecommended", "cmd-shell-form"},
		{"AVD-DS-0010", "sudo"}, {"DS-0001", "base-latest base-untagged"}, {"dockerfile-sudo", "sudo"}, {"DL9999", ""},
	} {
		if got := strings.Join(oursOf(test.id), " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.id, got, test.want)
		}
	}
}
