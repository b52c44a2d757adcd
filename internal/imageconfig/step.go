package imageconfig

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
)

// Step is one instruction of a build, taken out of the forms in which builders
// write a history. What cannot be told is left as it is, without a verb.
type Step struct {
	// Verb is "RUN", "COPY", … in upper case; empty where it can't be told.
	Verb string
	// Args is what follows it. For RUN it is the command without the shell.
	Args string
	// BuildArgs are the NAME=value that a RUN saw; a value may hold spaces.
	BuildArgs []string
}

var verbs = map[string]bool{
	"ADD": true, "ARG": true, "CMD": true, "COPY": true, "ENTRYPOINT": true, "ENV": true, "EXPOSE": true,
	"FROM": true, "HEALTHCHECK": true, "LABEL": true, "MAINTAINER": true, "ONBUILD": true, "RUN": true,
	"SHELL": true, "STOPSIGNAL": true, "USER": true, "VOLUME": true, "WORKDIR": true,
}

// shell stands before the command of a RUN, as SHELL can set it: "/bin/sh -c",
// "/bin/bash -o pipefail -c", "/bin/busybox sh -e -c", "cmd /S /C",
// "powershell -Command".
var shell = regexp.MustCompile(`(?:^|\s)((?:/\S*/)?(?:busybox (?:sh|ash)|sh|bash|ash|dash|zsh|ksh)(?: (?:-o pipefail|-[a-z]+))*? -[a-z]*c |cmd(?:\.exe)? /S /C |(?:powershell|pwsh)(?:\.exe)?(?: -[A-Za-z]+(?: [A-Z][A-Za-z]+)?)*? -Command )`)

// ReadStep takes one entry's created_by apart. The classic builder writes
// "/bin/sh -c #(nop) CMD [...]" and, for RUN, "/bin/sh -c command" or
// "|1 NAME=value /bin/sh -c command"; BuildKit writes the instruction and
// " # buildkit" (frontend/dockerfile/dockerfile2llb); Buildah writes as the
// classic one does, Kaniko the instruction alone.
func ReadStep(createdBy string) Step {
	s := strings.TrimSpace(createdBy)
	s = strings.TrimSpace(strings.TrimSuffix(s, "# buildkit"))
	if _, rest, ok := strings.Cut(s, "#(nop)"); ok && !strings.Contains(s[:len(s)-len(rest)], "\n") {
		if st, ok := withVerb(strings.TrimSpace(rest)); ok {
			return st
		}
		return Step{Args: strings.TrimSpace(rest)}
	}
	if st, ok := withVerb(s); ok {
		if st.Verb == "RUN" {
			st.BuildArgs, st.Args, _ = runForm(st.Args)
		}
		return st
	}
	if args, command, ok := runForm(s); ok {
		return Step{Verb: "RUN", Args: command, BuildArgs: args}
	}
	return Step{Args: s}
}

func withVerb(s string) (Step, bool) {
	verb, rest, _ := strings.Cut(s, " ")
	if !verbs[verb] {
		return Step{}, false
	}
	return Step{Verb: verb, Args: strings.TrimSpace(rest)}, true
}

// runForm reads "|2 A=b C=d /bin/sh -c command". known is true when the shell
// before the command is one that we know.
func runForm(s string) (args []string, command string, known bool) {
	rest := s
	n := 0
	if after, ok := strings.CutPrefix(s, "|"); ok {
		number, r, _ := strings.Cut(after, " ")
		if v, err := strconv.ParseUint(number, 10, 16); err == nil {
			n, rest = int(v), r
		}
	}
	m := shell.FindStringSubmatchIndex(rest)
	if n == 0 {
		if m == nil || m[2] != 0 {
			return nil, rest, false
		}
		return nil, strings.TrimSpace(rest[m[3]:]), true
	}
	head := rest
	if m != nil {
		head, command, known = rest[:m[0]], strings.TrimSpace(rest[m[3]:]), true
	}
	starts := assignment.FindAllStringSubmatchIndex(head, n)
	for i, m := range starts {
		end := len(head)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		args = append(args, strings.TrimSpace(head[m[2]:end]))
	}
	if !known {
		command = strings.TrimSpace(rest)
	}
	return args, command, known
}

// assignment finds the names that values stand behind; group 1 begins at the name.
var assignment = regexp.MustCompile(`(?:^|\s)(([A-Za-z_][A-Za-z0-9_.-]*)=)`)

// keys gives the settings that the step gives, as the subjects of Lint's results
// name them: "env NAME", "build-arg NAME", "port 22/tcp", "volume /etc", "user".
func (s *Step) keys(give func(string)) {
	switch s.Verb {
	case "ENV":
		matches := assignment.FindAllStringSubmatchIndex(s.Args, maxVariables*100)
		if len(matches) == 0 || matches[0][2] != 0 {
			first, _, _ := strings.Cut(s.Args, " ") // ENV NAME value
			give("env " + short(first))
		}
		for _, m := range matches {
			give("env " + short(s.Args[m[4]:m[5]]))
		}
	case "ARG":
		n, _, _ := strings.Cut(s.Args, "=")
		n, _, _ = strings.Cut(strings.TrimSpace(n), " ")
		give("build-arg " + short(n))
	case "RUN":
		for _, a := range s.BuildArgs {
			n, _, _ := strings.Cut(a, "=")
			give("build-arg " + short(n))
		}
	case "EXPOSE":
		for w := range words(s.Args) {
			if from, to, proto, ok := readPort(w); ok {
				give("port " + w)
				if !strings.Contains(w, "/") {
					give("port " + w + "/tcp")
				}
				for n := range services {
					if n >= from && n <= to {
						give("port " + strconv.Itoa(int(n)) + "/" + proto)
					}
				}
			}
		}
	case "VOLUME":
		for w := range words(s.Args) {
			give("volume " + short(w))
		}
	case "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD":
		give(strings.ToLower(s.Verb))
	case "STOPSIGNAL":
		give("stop-signal")
	case "ONBUILD":
		give("on-build")
	}
}

// words takes lists apart as builders write them: "22 80/tcp", "[/a /b]",
// `["/a"]`, "map[22/tcp:{}]" (the classic builder's EXPOSE).
func words(args string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for w := range strings.FieldsFuncSeq(args, func(r rune) bool { return strings.ContainsRune(" \t\n[],\"'{}", r) }) {
			w = strings.TrimSuffix(strings.TrimPrefix(w, "map["), ":")
			if w != "" && !yield(w) {
				return
			}
		}
	}
}
