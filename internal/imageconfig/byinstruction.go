package imageconfig

import (
	"slices"
	"strings"

	"bulwark/internal/finding"
)

// Instruction is one step of a build, with everything that came of it.
type Instruction struct {
	// Index counts from 0, in the order of the build. It is the index in
	// Report.Image.History where there is one, else that of the layer.
	Index int
	// Layer is the index in Report.Layers of the layer made, -1 for none.
	Layer int
	// Text is the history's own line; Verb and Args are that line without the
	// builder's dressing ("RUN", "apt-get update"). Verb may be empty.
	Text, Verb, Args string
	Created          string
	// Joint is true for a layer that the history gives to an instruction which
	// makes none (CMD, ENV, …): a builder that makes one layer of many steps
	// (Buildah, Kaniko, docker build --squash) wrote it, and it holds the work of
	// all instructions since the layer before.
	Joint bool
	// Bytes and Files are of the layer; Wasted are those bytes that no container
	// sees, because a later layer removed or replaced the files.
	Bytes, Wasted int64
	Files         int
	// Packages are indexes into Report.Packages: those first brought here.
	// HiddenPackages counts those among them that are not in the final image.
	Packages       []int
	HiddenPackages int
	// Findings are indexes into Report.Results, worst first as there: fail or
	// warn, not suppressed, not hidden. Hidden are those found only in the history.
	Findings, Hidden []int
	// Counts of Findings by severity: vulnerabilities (one a package and
	// advisory), credentials, and everything else.
	Vulnerabilities, Secrets, Other map[finding.Severity]int
}

// ByInstruction says what each instruction of an image's build brought, bottom
// first. It only reads the report, which must be finished (finding.Finish). A
// result belongs to the lowest layer that it names; one of this package about
// files to the layer that all of them are of, if it is one; one about the
// configuration to the last instruction that set it. What belongs to no
// instruction (the image as a whole) is in the second answer, as indexes into
// Report.Results.
func ByInstruction(r *finding.Report) (steps []Instruction, rest []int) {
	byLayer := make([]int, len(r.Layers)) // step of each layer
	var read []Step
	add := func(in Instruction, text string) {
		st := ReadStep(text)
		in.Index, in.Text, in.Verb, in.Args = len(steps), text, st.Verb, st.Args
		in.Vulnerabilities, in.Secrets, in.Other = map[finding.Severity]int{}, map[finding.Severity]int{}, map[finding.Severity]int{}
		if in.Layer >= 0 {
			l := &r.Layers[in.Layer]
			in.Bytes, in.Files = l.Size, l.Files
			if r.Image != nil && in.Layer < len(r.Image.Contents) {
				in.Wasted = r.Image.Contents[in.Layer].Waste
			}
			byLayer[in.Layer] = in.Index
			switch st.Verb {
			case "", "ADD", "COPY", "RUN", "WORKDIR":
			default:
				in.Joint = true
			}
		}
		read = append(read, st)
		steps = append(steps, in)
	}
	if h := history(r); h != nil {
		for _, s := range h {
			text := s.CreatedBy
			if text == "" {
				text = s.Comment
			}
			add(Instruction{Layer: s.Layer, Created: s.Created}, text)
		}
	} else {
		for i, l := range r.Layers {
			add(Instruction{Layer: i}, l.CreatedBy)
		}
	}
	stepOf := func(locs []finding.Location) int {
		low := -1
		for _, l := range locs {
			if l.Layer >= 0 && l.Layer < len(byLayer) && (low < 0 || l.Layer < low) {
				low = l.Layer
			}
		}
		if low < 0 {
			return -1
		}
		return byLayer[low]
	}
	packageAt := make(map[string]int, len(r.Packages))
	for i := range r.Packages {
		p := &r.Packages[i]
		n := stepOf(p.Locations)
		packageAt[p.ID] = n
		if n < 0 {
			continue
		}
		steps[n].Packages = append(steps[n].Packages, i)
		if p.Hidden {
			steps[n].HiddenPackages++
		}
	}
	setBy := settings(read)
	for i := range r.Results {
		res := &r.Results[i]
		if !res.IsFinding() || res.Suppressed != nil {
			continue
		}
		n := -1
		if at, ok := packageAt[res.Package]; ok && res.Package != "" {
			n = at
		}
		if n < 0 && !(strings.HasPrefix(res.Check, "image-") && ofMany(res.Locations)) {
			n = stepOf(res.Locations)
		}
		if at, ok := setBy[res.Subject]; n < 0 && ok && strings.HasPrefix(res.Check, "image-") {
			n = at
		}
		if n < 0 {
			rest = append(rest, i)
			continue
		}
		s := &steps[n]
		if res.Hidden {
			s.Hidden = append(s.Hidden, i)
			continue
		}
		s.Findings = append(s.Findings, i)
		switch {
		case res.Check == finding.CheckVulnerability:
			s.Vulnerabilities[res.Rating.Severity]++
		case strings.HasPrefix(res.Check, "secret-"):
			s.Secrets[res.Rating.Severity]++
		default:
			s.Other[res.Rating.Severity]++
		}
	}
	return steps, rest
}

// ofMany: a result that sums up files of several layers is the image's.
func ofMany(locs []finding.Location) bool {
	for _, l := range locs {
		if l.Layer != locs[0].Layer {
			return true
		}
	}
	return false
}

// settings gives the step that each setting is of: the last one that set it, or
// the first one that a build argument was given to.
func settings(steps []Step) map[string]int {
	out := map[string]int{}
	given := map[string]bool{} // arguments whose value stands in a step
	for i := range steps {
		st := &steps[i]
		valued := st.Verb == "RUN" || strings.Contains(st.Args, Redacted)
		st.keys(func(key string) {
			if strings.HasPrefix(key, "build-arg ") {
				if given[key] {
					return
				}
				given[key] = valued
			}
			out[key] = i
		})
	}
	return out
}

// history gives the report's history where it accounts for every layer.
func history(r *finding.Report) []finding.HistoryStep {
	if r.Image == nil {
		return nil
	}
	made := make([]bool, len(r.Layers))
	for _, s := range r.Image.History {
		switch {
		case s.Layer < 0:
		case s.Layer >= len(made) || made[s.Layer]:
			return nil // not ours: a report may come from elsewhere
		default:
			made[s.Layer] = true
		}
	}
	if slices.Contains(made, false) {
		return nil
	}
	return r.Image.History
}
