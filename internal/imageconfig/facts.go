package imageconfig

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/finding"
)

// maxShown bounds each list and text of what goes into a report; a real
// configuration is far below.
const (
	maxShown     = 2_000
	maxShownText = 64 << 10
)

// Facts is what of a configuration may stand in a report: values that look like
// secrets by their names are taken out by [Redact], and further ones by redact,
// which may be nil (a matcher that knows secrets by their values). It fills in
// what the configuration knows; the layers' contents are others' to say.
func Facts(c *Config, redact func(string) string) *finding.Image {
	clean := func(s string) string {
		s = Redact(cut(s))
		if redact != nil {
			s = redact(s)
		}
		return s
	}
	list := func(in []string) []string {
		var out []string
		for _, s := range in[:min(len(in), maxShown)] {
			out = append(out, clean(s))
		}
		return out
	}
	variable := func(name, value string) finding.ImageVariable {
		v := finding.ImageVariable{Name: cut(name), Value: clean(value)}
		if value != "" && IsSecretName(name) && !isReference(value) {
			v.Value = Redacted
		}
		v.Redacted = v.Value != cut(value)
		return v
	}
	r := &c.Run
	out := &finding.Image{
		Author: clean(c.Author), User: cut(r.User), WorkingDir: cut(r.WorkingDir), StopSignal: cut(r.StopSignal),
		Entrypoint: list(withoutValues(r.Entrypoint)), Command: list(withoutValues(r.Cmd)), Shell: list(r.Shell), OnBuild: list(r.OnBuild),
		Ports: list(r.ExposedPorts), Volumes: list(r.Volumes),
	}
	for _, e := range r.Env[:min(len(r.Env), maxShown)] {
		name, value, _ := strings.Cut(e, "=")
		out.Env = append(out.Env, variable(name, value))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Labels)) {
		if len(out.Labels) == maxShown {
			break
		}
		out.Labels = append(out.Labels, variable(k, r.Labels[k]))
	}
	if h := r.Healthcheck; h != nil {
		out.HealthCheck = &finding.HealthCheck{
			Test: list(withoutValues(h.Test)), Interval: duration(h.Interval), Timeout: duration(h.Timeout),
			StartPeriod: duration(h.StartPeriod), Retries: int(h.Retries),
		}
	}
	layers := c.layerOf()
	for i, h := range c.History[:min(len(c.History), maxShown)] {
		out.History = append(out.History, finding.HistoryStep{
			Layer: layers[i], Empty: h.EmptyLayer, Created: cut(h.Created), CreatedBy: clean(strings.TrimSpace(h.CreatedBy)), Comment: clean(h.Comment),
		})
	}
	return out
}

func duration(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Duration(ns).String()
}

func cut(s string) string {
	if len(s) > maxShownText {
		return strings.ToValidUTF8(s[:maxShownText], "") + "…"
	}
	return s
}

// withoutValues redacts a command given as a list: ["--password", "x"].
func withoutValues(args []string) []string {
	out := slices.Clone(args)
	for i := 1; i < len(out); i++ {
		if n := args[i-1]; strings.HasPrefix(n, "-") && IsSecretName(strings.TrimLeft(n, "-")) && !strings.HasPrefix(out[i], "-") && !isReference(out[i]) {
			out[i] = Redacted
		}
	}
	return out
}

// Texts gives every text of a configuration that may hold a secret, with where
// it stands: "env NAME", "label KEY", "history 3" (0-based, as in the document),
// "entrypoint", "cmd", "healthcheck", "on-build 0", "author". An environment
// variable is given whole, NAME=value, since the name tells what the value is.
func Texts(c *Config) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		give := func(where, text string) bool { return text == "" || yield(where, text) }
		for _, e := range c.Run.Env {
			name, _, _ := strings.Cut(e, "=")
			if !give("env "+name, e) {
				return
			}
		}
		for _, k := range slices.Sorted(maps.Keys(c.Run.Labels)) {
			if v := c.Run.Labels[k]; v != "" && !give("label "+k, k+"="+v) {
				return
			}
		}
		for i, h := range c.History {
			n := strconv.Itoa(i)
			if !give("history "+n, h.CreatedBy) || !give("history "+n, h.Comment) {
				return
			}
		}
		if !give("entrypoint", strings.Join(c.Run.Entrypoint, " ")) || !give("cmd", strings.Join(c.Run.Cmd, " ")) || !give("author", c.Author) {
			return
		}
		if h := c.Run.Healthcheck; h != nil && !give("healthcheck", strings.Join(h.Test, " ")) {
			return
		}
		for i, o := range c.Run.OnBuild {
			if !give("on-build "+strconv.Itoa(i), o) {
				return
			}
		}
	}
}

// Hide takes out of a report the text at a place that [Texts] names, whole: a
// matcher found a secret in it. A line of the history keeps its instruction, and
// the layer that it made is told by that alone.
func Hide(r *finding.Report, where string) {
	img := r.Image
	if img == nil {
		return
	}
	kind, name, _ := strings.Cut(where, " ")
	hide := func(vs []finding.ImageVariable) {
		for i := range vs {
			if vs[i].Name == name {
				vs[i].Value, vs[i].Redacted = Redacted, true
			}
		}
	}
	list := func(l []string) {
		for i := range l {
			l[i] = Redacted
		}
	}
	switch kind {
	case "env":
		hide(img.Env)
	case "label":
		hide(img.Labels)
	case "author":
		img.Author = Redacted
	case "entrypoint":
		list(img.Entrypoint)
	case "cmd":
		list(img.Command)
	case "healthcheck":
		if img.HealthCheck != nil && len(img.HealthCheck.Test) > 1 {
			list(img.HealthCheck.Test[1:]) // the first is CMD or CMD-SHELL
		}
	case "on-build":
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(img.OnBuild) {
			img.OnBuild[i] = onlyVerb(img.OnBuild[i])
		}
	case "history":
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(img.History) {
			return
		}
		h := &img.History[i]
		h.CreatedBy = onlyVerb(h.CreatedBy)
		if h.Comment != "" {
			h.Comment = Redacted
		}
		if h.Layer >= 0 && h.Layer < len(r.Layers) {
			r.Layers[h.Layer].CreatedBy = h.CreatedBy
		}
	}
}

// shortest is the shortest value that is taken out of texts by itself: a shorter
// one would be found in words that have nothing to do with it.
const shortest = 6

// HideValue takes a secret that stands at a place that [Texts] names out of
// everything a report says of the image's configuration, and leaves what stands
// around it. Where the report writes the place in another way, so that the value
// is not found there, or it is too short, the place is hidden whole ([Hide]).
func HideValue(r *finding.Report, where, value string) {
	if r.Image == nil {
		return
	}
	if len(value) >= shortest {
		hideEverywhere(r, value)
	}
	if !strings.Contains(shown(r.Image, where), Redacted) {
		Hide(r, where)
	}
}

// shown is what a report says at a place that Texts names.
func shown(img *finding.Image, where string) string {
	kind, name, _ := strings.Cut(where, " ")
	variable := func(vs []finding.ImageVariable) string {
		var b strings.Builder
		for _, v := range vs {
			if v.Name == name {
				b.WriteString(v.Value)
			}
		}
		return b.String()
	}
	i, err := strconv.Atoi(name)
	switch {
	case kind == "env":
		return variable(img.Env)
	case kind == "label":
		return variable(img.Labels)
	case kind == "author":
		return img.Author
	case kind == "entrypoint":
		return strings.Join(img.Entrypoint, " ")
	case kind == "cmd":
		return strings.Join(img.Command, " ")
	case kind == "healthcheck" && img.HealthCheck != nil:
		return strings.Join(img.HealthCheck.Test, " ")
	case kind == "on-build" && err == nil && i >= 0 && i < len(img.OnBuild):
		return img.OnBuild[i]
	case kind == "history" && err == nil && i >= 0 && i < len(img.History):
		return img.History[i].CreatedBy + " " + img.History[i].Comment
	}
	return ""
}

func hideEverywhere(r *finding.Report, value string) {
	img := r.Image
	hide := func(s *string) bool {
		if !strings.Contains(*s, value) {
			return false
		}
		*s = strings.ReplaceAll(*s, value, Redacted)
		return true
	}
	for _, vs := range [][]finding.ImageVariable{img.Env, img.Labels} {
		for i := range vs {
			if hide(&vs[i].Value) {
				vs[i].Redacted = true
			}
		}
	}
	lists := [][]string{img.Entrypoint, img.Command, img.OnBuild, img.Shell}
	if img.HealthCheck != nil {
		lists = append(lists, img.HealthCheck.Test)
	}
	for _, l := range lists {
		for i := range l {
			hide(&l[i])
		}
	}
	hide(&img.Author)
	for i := range img.History {
		hide(&img.History[i].CreatedBy)
		hide(&img.History[i].Comment)
	}
	for i := range r.Layers {
		hide(&r.Layers[i].CreatedBy)
	}
}

func onlyVerb(line string) string {
	if line == "" {
		return ""
	}
	return strings.TrimSpace(ReadStep(line).Verb + " " + Redacted)
}
