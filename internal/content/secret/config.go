package secret

import (
	"context"
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

// Places are those of a configuration where a result of [ConfigDetector] stands,
// as imageconfig.Hide takes them.
func Places(r finding.Result) []string {
	if len(r.Evidence) == 0 {
		return nil
	}
	return strings.Split(r.Evidence[0], ", ")
}
