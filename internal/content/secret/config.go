package secret

import (
	"context"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
	"bulwark/internal/walk"
)

// ConfigName is the name of the detector of [ConfigDetector].
const ConfigName = "secret-config"

// ConfigDetector makes a detector of the matcher that looks at an image's
// configuration, and at no file.
func ConfigDetector(m *Matcher) walk.Detector {
	return &configDetector{detector{m: m, version: m.version()}}
}

type configDetector struct{ detector }

var _ walk.ConfigInspector = (*configDetector)(nil)

// Name implements walk.Detector.
func (d *configDetector) Name() string { return ConfigName }

// Want implements walk.Detector: no file.
func (d *configDetector) Want(string, fs.FileMode, int64) walk.Decision { return walk.No }

// InspectConfig implements walk.ConfigInspector: it looks at environment,
// labels, history with its build arguments, commands. A credential that stands
// in several places (ENV writes both environment and history) is one result,
// whose evidence names all of them; it has no location, since it is in no file.
func (d *configDetector) InspectConfig(ctx context.Context, raw []byte, out walk.Sink) error {
	c, err := imageconfig.Parse(raw)
	if err != nil {
		return err
	}
	var found []finding.Result
	for where, text := range imageconfig.Texts(c) {
		kind, _, _ := strings.Cut(where, " ")
		name := kind
		if kind == "env" || kind == "label" {
			name = ".env" // name=value
		}
		err := d.m.Scan(ctx, name, strings.NewReader(text), func(h Hit) {
			span, err := json.Marshal(Span{where, int(h.Offset), int(h.Offset) + len(h.value)})
			if err == nil {
				out.Fact(FactSpan, span)
			}
		})
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		results, err := d.m.Results(ctx, name, strings.NewReader(text))
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			out.Unread(where, err)
		}
		for _, r := range results {
			r.Subject = "image configuration" + strings.TrimPrefix(r.Subject, name)
			r.Locations = nil
			i := slices.IndexFunc(found, func(o finding.Result) bool { return o.Subject == r.Subject })
			if i < 0 {
				r.Evidence = append([]string{where}, r.Evidence...)
				found = append(found, r)
				continue
			}
			if places := strings.Split(found[i].Evidence[0], ", "); !slices.Contains(places, where) && len(places) < maxPlaces {
				found[i].Evidence[0] += ", " + where
			}
		}
	}
	for _, r := range found {
		out.Result(r)
	}
	return nil
}

// FactSpan is the kind of fact by which [ConfigDetector] says where a value stands.
const FactSpan = "secret-span"

// Span is a value in a text that imageconfig.Texts gives under the name Where.
type Span struct {
	Where    string
	From, To int
}

// Values gives to hide every place in a configuration, as imageconfig.Texts
// names it, that records of [ConfigDetector] point to, with the secret there.
func Values(c *imageconfig.Config, recs []walk.Record, hide func(where, value string)) {
	spans := map[string][]Span{}
	for _, r := range recs {
		var s Span
		if r.Detector == ConfigName && r.Fact != nil && r.Fact.Kind == FactSpan && json.Unmarshal(r.Fact.Data, &s) == nil {
			spans[s.Where] = append(spans[s.Where], s)
		}
	}
	if len(spans) == 0 {
		return
	}
	for where, text := range imageconfig.Texts(c) {
		for _, s := range spans[where] {
			if s.From >= 0 && s.From < s.To && s.To <= len(text) {
				hide(where, text[s.From:s.To])
			}
		}
	}
}
