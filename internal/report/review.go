package report

import (
	"cmp"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

// fact is a name and a value that stand beside each other; a value that is
// ours to say is a text, one from the image a string.
type fact struct {
	name  finding.Text
	value string
	text  finding.Text
}

// imageFacts are what an image's configuration says of how it runs, and what it
// does not say although it matters.
func imageFacts(i *finding.Image) []fact {
	var out []fact
	add := func(id, value string) {
		if value != "" {
			out = append(out, fact{name: finding.T(id), value: value})
		}
	}
	say := func(id string, text finding.Text) { out = append(out, fact{name: finding.T(id), text: text}) }
	if i.User == "" {
		say("review.user", finding.T("review.user.unset"))
	} else {
		add("review.user", i.User)
	}
	add("review.entrypoint", commandLine(i.Entrypoint))
	add("review.command", commandLine(i.Command))
	if len(i.Entrypoint)+len(i.Command) == 0 {
		say("review.command", finding.T("review.command.unset"))
	}
	add("review.dir", i.WorkingDir)
	add("review.ports", strings.Join(i.Ports, ", "))
	add("review.volumes", strings.Join(i.Volumes, ", "))
	switch h := i.HealthCheck; {
	case h == nil:
		say("review.health", finding.T("review.health.unset"))
	case len(h.Test) > 0 && h.Test[0] == "NONE":
		say("review.health", finding.T("review.health.off"))
	default:
		words := []string{commandLine(h.Test)}
		for _, w := range [][2]string{{"interval ", h.Interval}, {"timeout ", h.Timeout}, {"start period ", h.StartPeriod}} {
			if w[1] != "" {
				words = append(words, w[0]+w[1])
			}
		}
		if h.Retries > 0 {
			words = append(words, "retries "+strconv.Itoa(h.Retries))
		}
		add("review.health", strings.Join(words, " · "))
	}
	add("review.signal", i.StopSignal)
	add("review.shell", commandLine(i.Shell))
	add("review.onbuild", strings.Join(i.OnBuild, "; "))
	add("review.author", i.Author)
	return out
}

// commandLine writes the words of a command so that it can be seen where each
// ends; for people, and no shell's own form.
func commandLine(words []string) string {
	out := make([]string, len(words))
	for n, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n\"'$`\\;&|<>()*?[]{}!#~") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out[n] = w
	}
	return strings.Join(out, " ")
}

// bytesText writes a size with three digits, as it is seen in other tools:
// 1 kB is 1000 bytes.
func bytesText(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	f, u := float64(n), 0
	for f >= 1000 && u < len(units)-1 {
		f /= 1000
		u++
	}
	if u > 0 && f < 99.95 {
		return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[u]
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + " " + units[u]
}

// label is the value of a label that says something.
func label(i *finding.Image, name string) string {
	for _, l := range i.Labels {
		if l.Name == name && !l.Redacted {
			return l.Value
		}
	}
	return ""
}

// instructionText is an instruction without what a builder puts around it.
func instructionText(createdBy string) string {
	st := imageconfig.ReadStep(createdBy)
	return strings.TrimSpace(st.Verb + " " + st.Args)
}

// questions are what no scanner can answer, and somebody has to.
func questions(r *finding.Report) []finding.Text {
	i := r.Image
	if i == nil || r.Subject.Kind != "image" {
		return nil
	}
	var out []finding.Text
	add := func(id string, params ...string) { out = append(out, finding.T(id, params...)) }
	revision, source := label(i, "org.opencontainers.image.revision"), label(i, "org.opencontainers.image.source")
	if revision != "" || source != "" {
		add("review.q.built-labelled", cmp.Or(revision, "?"), cmp.Or(source, "?"))
	} else {
		add("review.q.built")
	}
	base := label(i, "org.opencontainers.image.base.name")
	switch {
	case base != "":
		add("review.q.base-labelled", base)
	case len(r.Layers) > 0 && r.Layers[0].CreatedBy != "":
		add("review.q.base-first", instructionText(r.Layers[0].CreatedBy))
	default:
		add("review.q.base")
	}
	copied := 0
	for _, l := range r.Layers {
		if v := imageconfig.ReadStep(l.CreatedBy).Verb; v == "COPY" || v == "ADD" {
			copied++
		}
	}
	if copied > 0 {
		add("review.q.copied", strconv.Itoa(copied))
	}
	if u, _, _ := strings.Cut(i.User, ":"); u == "" || u == "root" || u == "0" {
		add("review.q.root")
	}
	if n := len(i.Privileged); n > 0 {
		add("review.q.setuid", strconv.Itoa(n))
	}
	redacted := 0
	for _, e := range i.Env {
		if e.Redacted {
			redacted++
		}
	}
	if redacted > 0 {
		add("review.q.secrets-env", strconv.Itoa(redacted))
	} else {
		add("review.q.secrets")
	}
	if len(i.Ports) > 0 {
		add("review.q.ports", strings.Join(i.Ports, ", "))
	} else {
		add("review.q.network")
	}
	unknown := 0
	for _, c := range r.Coverage {
		if c.Level != finding.CoverageFull {
			unknown += max(c.Packages-c.Known, 0)
		}
	}
	if unknown > 0 {
		add("review.q.unknown", strconv.Itoa(unknown))
	}
	add("review.q.name")
	add("review.q.owner")
	return out
}
