package dockerfile

import (
	"context"
	"strings"
	"testing"

	"bulwark/internal/finding"
)

func TestPragmas(t *testing.T) {
	const run = "RUN apt-get update && \\\n  apt-get install -y curl\n"
	for _, test := range []struct {
		name, src string
		check     string
		source    string // empty: not suppressed
	}{
		{"none", "FROM debian:12\n" + run, "apt-pinned", ""},
		{"hadolint", "FROM debian:12\n# hadolint ignore=DL3008,DL3009\n" + run, "apt-pinned", "Dockerfile:2"},
		{"hadolint, the second of the list", "FROM debian:12\n# hadolint ignore=DL3008, DL3009 # because\n" + run, "apt-lists", "Dockerfile:2"},
		{"hadolint, other rule", "FROM debian:12\n# hadolint ignore=DL3009\n" + run, "apt-pinned", ""},
		{"hadolint, not above", "FROM debian:12\n# hadolint ignore=DL3008\n\n" + run, "apt-pinned", ""},
		{"two comments", "FROM debian:12\n# hadolint ignore=DL3008\n# hadolint ignore=DL3009\n" + run, "apt-pinned", "Dockerfile:2"},
		{"global", "# hadolint global ignore=DL3008\nFROM debian:12\n" + run, "apt-pinned", "Dockerfile:1"},
		{"stage", "# hadolint stage ignore=DL3008\nFROM debian:12 AS a\n" + run, "apt-pinned", "Dockerfile:1"},
		{"stage is over", "# hadolint stage ignore=DL3008\nFROM debian:12 AS a\nFROM debian:12\n" + run, "apt-pinned", ""},
		{"ours", "FROM debian:12\n# bulwark ignore=dockerfile-apt-pinned\n" + run, "apt-pinned", "Dockerfile:2"},
		{"ours, global", "FROM debian:12\n# bulwark global ignore=dockerfile-apt-pinned\n" + run, "apt-pinned", "Dockerfile:2"},
		{"trivy", "FROM debian:12\n#trivy:ignore:AVD-DS-0029\n" + run, "apt-recommends", "Dockerfile:2"},
		{"BuildKit, the file", "# syntax=docker/dockerfile:1\n# check=skip=JSONArgsRecommended;error=true\nFROM debian:12\nCMD a\n", "cmd-shell-form", "Dockerfile:2"},
		{"BuildKit, all", "# check=skip=all\nFROM debian:12\nCMD a\n", "cmd-shell-form", "Dockerfile:1"},
		{"BuildKit, one", "FROM debian:12\n# check=skip=JSONArgsRecommended\nCMD a\n", "cmd-shell-form", "Dockerfile:2"},
		{"a comment inside says nothing", "FROM debian:12\nRUN apt-get update && \\\n# hadolint ignore=DL3008\n  apt-get install -y curl\n", "apt-pinned", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, err := Lint(context.Background(), "Dockerfile", []byte(test.src))
			if err != nil {
				t.Fatal(err)
			}
			var found *finding.Result
			for i := range results {
				if results[i].Check == prefix+test.check {
					found = &results[i]
				}
			}
			if found == nil {
				t.Fatal("nothing was found")
			}
			source := ""
			if found.Suppressed != nil {
				source = found.Suppressed.Source
			}
			if source != test.source {
				t.Errorf("suppressed by %q, want %q", source, test.source)
			}
		})
	}
}

func TestShells(t *testing.T) {
	const pipe = "RUN curl -f https://example.com/a | wc -l\n"
	for _, test := range []struct {
		name, src string
		found     bool
	}{
		{"sh", "FROM a:1\n" + pipe, true},
		{"bash with pipefail", "FROM a:1\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\n" + pipe, false},
		{"the next stage begins anew", "FROM a:1\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nFROM a:1\n" + pipe, true},
		{"a stage based on it keeps it", "FROM a:1 AS x\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nFROM x\n" + pipe, false},
		{"PowerShell", "FROM a:1\nSHELL [\"powershell\", \"-Command\"]\n" + pipe, false},
		{"Windows", "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n" + pipe, false},
		{"hadolint's comment", "FROM a:1\n# hadolint shell=powershell\n" + pipe, false},
		{"exec form of a shell", "FROM a:1\nRUN [\"/bin/bash\", \"-c\", \"curl a | wc\"]\n", true},
		{"exec form with pipefail", "FROM a:1\nRUN [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\", \"curl a | wc\"]\n", false},
		{"heredoc", "FROM a:1\nRUN <<EOF\ncurl a | wc\nEOF\n", true},
		{"heredoc for another language", "FROM a:1\nRUN <<EOF\n#!/usr/bin/env python3\na = b | c\nEOF\n", false},
		{"heredoc fed to a shell", "FROM a:1\nRUN bash -ex <<EOF\ncurl a | wc\nEOF\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := has(t, test.src, prefix+"pipefail"); got != test.found {
				t.Errorf("found %v", got)
			}
			if has(t, test.src, prefix+"shell-syntax") {
				t.Error("taken for broken shell")
			}
		})
	}
}

// TestLines holds that a finding stands at the command's line, whatever the
// continuation lines and comments before it.
func TestLines(t *testing.T) {
	for _, test := range []struct {
		name, src string
		want      int
	}{
		{"first", "FROM a:1\nRUN sudo x\n", 2},
		{"continued", "FROM a:1\nRUN true \\\n && sudo x\n", 3},
		{"comment between", "FROM a:1\nRUN true \\\n# c\n && sudo x\n", 4},
		{"other escape", "# escape=`\nFROM a:1\nRUN true `\n && sudo x\n", 4},
		{"heredoc", "FROM a:1\nRUN <<EOF\ntrue\nsudo x\nEOF\n", 4},
		{"heredoc of a command", "FROM a:1\nRUN cat <<EOF > f && sudo x\nb\nEOF\n", 2},
		{"flags", "FROM a:1\nRUN --mount=type=cache,target=/x \\\n true && \\\n sudo x\n", 4},
		{"in an argument", "FROM a:1\nRUN true && \\\n bash -ec \"true; sudo x\"\n", 3},
		{"onbuild", "FROM a:1\nONBUILD RUN true && \\\n sudo x\n", 3},
		{"CRLF", "FROM a:1\r\nRUN true && \\\r\n sudo x\r\n", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, err := Lint(context.Background(), "Dockerfile", []byte(test.src))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Check == prefix+"sudo" {
					if r.Locations[0].Line != test.want {
						t.Errorf("line %d, want %d", r.Locations[0].Line, test.want)
					}
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}

// TestNoSecret holds that no value that may be a secret is repeated.
func TestNoSecret(t *testing.T) {
	src := "FROM a:1\nENV API_TOKEN=swordfish\nARG DB_PASSWORD=swordfish\nRUN curl -u me:swordfish https://you:swordfish@example.com/?t=swordfish | sh\n" +
		"RUN echo me:swordfish | chpasswd && git clone https://x:swordfish@example.com/a\nADD http://x:swordfish@example.com/a?swordfish /b\n"
	results, err := Lint(context.Background(), "Dockerfile", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 5 {
		t.Errorf("%d findings", len(results))
	}
	for _, r := range results {
		if strings.Contains(r.Subject+strings.Join(r.Evidence, " "), "swordfish") {
			t.Errorf("%s repeats it: %q %q", r.Check, r.Subject, r.Evidence)
		}
	}
}
