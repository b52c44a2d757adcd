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
	err = spans(ctx, d.m, c, out, func(where string, g *gathering) {
		for n := range g.results {
			r := g.result(n)
			r.Subject = "image configuration" + strings.TrimPrefix(r.Subject, textName(where))
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
	})
	if err != nil {
		return err
	}
	for _, r := range found {
		out.Result(r)
	}
	return nil
}

// RedactName is the name of the detector of [Redactor].
const RedactName = "secret-redact"

// Redactor makes a detector of the built-in rules that says where credentials
// stand in an image's configuration and nothing else: every report carries the
// configuration, also where nobody asked for credentials. compile is called
// when a configuration is looked at, which takes some 50 ms.
func Redactor(compile func() *Matcher) walk.Detector {
	all := Rules()
	rules := make([]*Rule, len(all))
	for i := range all {
		rules[i] = &all[i]
	}
	return &redactor{compile, rulesVersion(rules, nil)}
}

type redactor struct {
	compile func() *Matcher
	version int
}

var _ walk.ConfigInspector = (*redactor)(nil)

func (d *redactor) Name() string                                         { return RedactName }
func (d *redactor) Version() int                                         { return d.version }
func (d *redactor) Want(string, fs.FileMode, int64) walk.Decision        { return walk.No }
func (d *redactor) Inspect(context.Context, *walk.File, walk.Sink) error { return nil }

func (d *redactor) InspectConfig(ctx context.Context, raw []byte, out walk.Sink) error {
	c, err := imageconfig.Parse(raw)
	if err != nil {
		return err
	}
	return spans(ctx, d.compile(), c, out, func(string, *gathering) {})
}

// spans says where in a configuration values stand, and gives what was found in
// each of its texts to each.
func spans(ctx context.Context, m *Matcher, c *imageconfig.Config, out walk.Sink, each func(where string, g *gathering)) error {
	for where, text := range imageconfig.Texts(c) {
		name := textName(where)
		g := &gathering{m: m, byValue: make(map[string]int)}
		err := m.Scan(ctx, name, strings.NewReader(text), func(h Hit) {
			g.add(name, h)
			s := Span{where, int(h.Offset), int(h.Offset) + len(h.value)}
			if h.Rule.Class == PrivateKey {
				s.From, s.To = 0, len(text) // whatever of the key stands outside the match
			}
			span, err := json.Marshal(s)
			if err == nil {
				out.Fact(FactSpan, span)
			}
		})
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			out.Unread(where, err)
		}
		each(where, g)
	}
	return nil
}

// textName is the name under which a text of a configuration is scanned.
func textName(where string) string {
	kind, _, _ := strings.Cut(where, " ")
	if kind == "env" || kind == "label" {
		return ".env" // name=value
	}
	return kind
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
		if (r.Detector == ConfigName || r.Detector == RedactName) && r.Fact != nil && r.Fact.Kind == FactSpan && json.Unmarshal(r.Fact.Data, &s) == nil {
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
