package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// Pages that several rules rest on.
const (
	refReference = "https://docs.docker.com/reference/dockerfile/"
	refPractices = "https://docs.docker.com/build/building/best-practices/"
	refStages    = "https://docs.docker.com/build/building/multi-stage/"
	refSecrets   = "https://docs.docker.com/build/building/secrets/"
	refVariables = "https://docs.docker.com/build/building/variables/"
	refChecks    = "https://docs.docker.com/reference/build-checks/"
	refCIS       = "https://www.cisecurity.org/benchmark/docker"
)

// rulesBase are about FROM and build stages.
func rulesBase() []rule {
	return []rule{
		{
			name: "base-untagged", severity: finding.Medium,
			refs: []string{refPractices + "#pin-base-image-versions"}, cis: []string{"Docker 1.6.0 4.2"}, cwe: []string{"CWE-1357"},
			look: baseUntagged,
			bad:  "FROM debian\nUSER app\n",
			good: "FROM debian:12.7\nUSER app\n",
		},
		{
			name: "base-latest", severity: finding.Medium,
			refs: []string{refPractices + "#pin-base-image-versions"}, cis: []string{"Docker 1.6.0 4.2"}, cwe: []string{"CWE-1357"},
			look: baseLatest,
			bad:  "FROM debian:latest\nUSER app\n",
			good: "FROM debian:latest@sha256:2e8f4c7a1b3d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7\nUSER app\n",
		},
		{
			name: "stage-duplicate", severity: finding.Medium,
			refs: []string{refChecks + "duplicate-stage-name/"},
			look: stageDuplicate,
			bad:  "FROM debian:12 AS build\nFROM alpine:3.20 AS Build\n",
			good: "FROM debian:12 AS build\nFROM alpine:3.20 AS run\n",
		},
		{
			name: "stage-reserved", severity: finding.Low,
			refs: []string{refChecks + "reserved-stage-name/"},
			look: stageReserved,
			bad:  "FROM debian:12 AS scratch\n",
			good: "FROM debian:12 AS build\n",
		},
		{
			name: "stage-casing", severity: finding.Negligible,
			refs: []string{refChecks + "stage-name-casing/"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.Stage) {
					if args := words(in); len(args) == 3 && args[2] != strings.ToLower(args[2]) {
						l.found(in.line, c.Name, args[2])
					}
				})
			},
			bad:  "FROM debian:12 AS Build\n",
			good: "FROM debian:12 AS build\n",
		},
		{
			name: "from-as-casing", severity: finding.Negligible,
			refs: []string{refChecks + "from-as-casing/"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.Stage) {
					args := words(in)
					upper := in.written == strings.ToUpper(in.written)
					if len(args) < 3 || !upper && in.written != strings.ToLower(in.written) {
						return
					}
					if upper != (args[1] == strings.ToUpper(args[1])) || !upper && args[1] != strings.ToLower(args[1]) {
						l.found(in.line, c.Name, in.written+" … "+args[1])
					}
				})
			},
			bad:  "FROM debian:12 as build\n",
			good: "FROM debian:12 AS build\n",
		},
		{
			name: "platform-constant", severity: finding.Low,
			refs: []string{refChecks + "from-platform-flag-const-disallowed/"},
			look: platformConstant,
			bad:  "FROM --platform=linux/amd64 debian:12\n",
			good: "FROM --platform=$BUILDPLATFORM debian:12 AS build\nFROM --platform=linux/arm64 debian:12 AS for-arm64\n",
		},
		{
			name: "platform-redundant", severity: finding.Negligible,
			refs: []string{refChecks + "redundant-target-platform/"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.Stage) {
					if c.Platform == "$TARGETPLATFORM" || c.Platform == "${TARGETPLATFORM}" {
						l.found(in.line, c.BaseName, c.Platform)
					}
				})
			},
			bad:  "FROM --platform=$TARGETPLATFORM debian:12\n",
			good: "FROM debian:12\n",
		},
		{
			name: "base-arg-undeclared", severity: finding.Medium,
			refs: []string{refChecks + "undefined-arg-in-from/", refVariables},
			look: baseArgUndeclared,
			bad:  "FROM debian:${RELEASE}\nARG RELEASE=12\n",
			good: "ARG RELEASE=12\nFROM debian:${RELEASE}\n",
		},
		{
			name: "base-arg-default", severity: finding.Low,
			refs: []string{refChecks + "invalid-default-arg-in-from/"},
			look: baseArgDefault,
			bad:  "ARG RELEASE\nFROM debian:${RELEASE}\n",
			good: "ARG RELEASE\nFROM debian:${RELEASE:-12}\n",
		},
		{
			name: "from-first", severity: finding.Medium,
			refs: []string{refReference + "#from"},
			look: func(l *look) {
				for _, in := range l.all {
					if len(l.stages) > 0 && in.stage == nil && in.name != "arg" && !in.onbuild {
						l.found(in.line, in.name, in.written)
					}
				}
				if len(l.stages) == 0 && len(l.all) > 0 {
					l.found(l.all[0].line, "", "FROM")
				}
			},
			bad:  "LABEL team=web\nFROM debian:12\n",
			good: "# a comment\nARG RELEASE=12\nFROM debian:${RELEASE}\n",
		},
	}
}

// words are an instruction's arguments as BuildKit's parser gives them.
func words(in *instruction) []string {
	var out []string
	for n := in.node.Next; n != nil; n = n.Next {
		out = append(out, n.Value)
	}
	return out
}

func baseUntagged(l *look) {
	for _, s := range l.stages {
		r := s.image
		if s.parent != nil || r.name == "scratch" || r.tag != "" || r.digest != "" || strings.Contains(s.base, "@") {
			continue
		}
		// A variable may bring a tag along: it says nothing that it has no default.
		if !s.resolved || r.name == "" {
			continue
		}
		l.found(s.from.line, r.name, s.base)
	}
}

func baseLatest(l *look) {
	for _, s := range l.stages {
		if s.parent == nil && s.image.tag == "latest" && s.image.digest == "" {
			l.found(s.from.line, s.image.name, s.base)
		}
	}
}

func stageDuplicate(l *look) {
	for _, s := range l.stages {
		if s.name != "" && l.stageBefore(s.index, s.name) != nil {
			l.found(s.from.line, s.name, s.name)
		}
	}
}

func stageReserved(l *look) {
	for _, s := range l.stages {
		if s.name == "scratch" || s.name == "context" {
			l.found(s.from.line, s.name, s.name)
		}
	}
}

func platformConstant(l *look) {
	for _, s := range l.stages {
		if s.platform == "" || strings.Contains(s.platform, "$") {
			continue
		}
		parts := strings.Split(s.platform, "/")
		// A stage that is named for its platform is meant to be of it.
		if slices.ContainsFunc(parts, func(p string) bool { return p != "" && strings.Contains(s.name, strings.ToLower(p)) }) {
			continue
		}
		l.found(s.from.line, s.base, s.platform)
	}
}

// predefined are the arguments that BuildKit gives FROM without a declaration.
var predefined = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
	"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy",
}

// variablesOf are the variables that a text refers to, and whether each has
// a default of its own (${name:-word}).
func variablesOf(s string) map[string]bool {
	var out map[string]bool
	for _, m := range variable.FindAllStringSubmatchIndex(s, -1) {
		if m[0] > 0 && s[m[0]-1] == '\\' {
			continue
		}
		name := ""
		for g := 2; g <= 4; g += 2 {
			if m[g] >= 0 {
				name = s[m[g]:m[g+1]]
			}
		}
		own := m[6] >= 0 && strings.ContainsAny(s[m[6]:m[7]], "-+?=") && !strings.HasPrefix(s[m[6]:m[7]], "#") && !strings.HasPrefix(s[m[6]:m[7]], "%")
		if out == nil {
			out = map[string]bool{}
		}
		out[name] = out[name] || own
	}
	return out
}

func baseArgUndeclared(l *look) {
	for _, s := range l.stages {
		for _, text := range []string{s.base, s.platform} {
			for _, name := range sorted(variablesOf(text)) {
				if !l.declared[name] && !slices.Contains(predefined, name) && !variablesOf(text)[name] {
					l.found(s.from.line, name, name)
				}
			}
		}
	}
}

// sorted are the keys of a set.
func sorted[V any](set map[string]V) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func baseArgDefault(l *look) {
	for _, s := range l.stages {
		if !strings.Contains(s.base, "$") {
			continue
		}
		undeclared := false
		for name, own := range variablesOf(s.base) {
			undeclared = undeclared || !own && !l.declared[name] && !slices.Contains(predefined, name)
		}
		if undeclared {
			continue // base-arg-undeclared says it
		}
		text, _ := expand(s.base, func(name string) (string, bool) { return l.global[name], true })
		r := parseReference(text)
		at := strings.Contains(text, "@") && r.digest == ""
		if r.name == "" || strings.HasSuffix(text, ":") || at || strings.HasPrefix(r.name, "/") || strings.HasSuffix(r.name, "/") || strings.HasPrefix(r.tag, "-") ||
			strings.HasPrefix(r.tag, ".") || r.name != strings.ToLower(r.name) && !strings.Contains(r.name, "/") {
			l.found(s.from.line, s.base, s.base)
		}
	}
}
