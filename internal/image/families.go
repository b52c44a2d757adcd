package image

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"bulwark/internal/content/keyfile"
	"bulwark/internal/content/secret"
	"bulwark/internal/image/dockerfile"
	"bulwark/internal/imageconfig"
	"bulwark/internal/inventory"
	"bulwark/internal/walk"
)

// Family is what a scan looks for.
type Family string

// Families of detectors.
const (
	// Vulnerabilities are packages, to be matched against advisories.
	Vulnerabilities Family = "vuln"
	// Secrets are credentials and keys, in files, in what Git keeps, and in an
	// image's configuration.
	Secrets Family = "secret"
	// Configuration is what an image's configuration, its files' rights and
	// Dockerfiles say.
	Configuration Family = "config"
)

// Families lists those there are, in the order in which they are named.
func Families() []Family { return []Family{Vulnerabilities, Secrets, Configuration} }

// Detectors gives the detectors of families, each once.
func Detectors(families ...Family) ([]walk.Detector, error) {
	var out []walk.Detector
	all := makers()
	for _, f := range families {
		make, ok := all[f]
		if !ok {
			return nil, fmt.Errorf("scanner %q is not one of %v", f, Families())
		}
		for _, d := range make() {
			if !slices.ContainsFunc(out, func(o walk.Detector) bool { return o.Name() == d.Name() }) {
				out = append(out, d)
			}
		}
	}
	if slices.ContainsFunc(out, func(d walk.Detector) bool { return d.Name() == secret.ConfigName }) {
		out = slices.DeleteFunc(out, func(d walk.Detector) bool { return d.Name() == secret.RedactName })
	}
	return out, nil
}

// withRules gives the detectors of credentials a user's own rules.
func withRules(detectors []walk.Detector, rules []byte) ([]walk.Detector, error) {
	if len(rules) == 0 {
		return detectors, nil
	}
	out := slices.Clone(detectors)
	for i, d := range out {
		switch d.Name() {
		case secret.Name, secret.GitName, secret.ConfigName:
			c, ok := d.(walk.Configurable)
			if !ok {
				continue
			}
			var err error
			if out[i], err = c.With(rules); err != nil {
				return nil, fmt.Errorf("rules of credentials: %w", err)
			}
		}
	}
	return out, nil
}

// makers make the detectors of each family. To compile the rules of credentials
// takes some 50 ms: it is done when they are first needed, and once.
func makers() map[Family]func() []walk.Detector {
	matcher := sync.OnceValue(func() *secret.Matcher {
		m, err := secret.Compile(secret.Rules(), secret.Options{})
		if err != nil {
			panic(fmt.Sprintf("built-in rules of credentials: %v", err)) // a test compiles them
		}
		return m
	})
	return map[Family]func() []walk.Detector{
		Vulnerabilities: func() []walk.Detector { return append(inventory.Extractors(), secret.Redactor(matcher)) },
		Secrets: func() []walk.Detector {
			return append(secret.Detectors(matcher()), keyfile.Detector())
		},
		Configuration: func() []walk.Detector {
			return []walk.Detector{imageconfig.Detector(), dockerfile.Detector(), secret.ConfigDetector(matcher())}
		},
	}
}

// detector finds one by its name, for the worker. A family is made only when one
// of its detectors is asked for.
func detector() func(name string) (walk.Detector, bool) {
	var made []walk.Detector
	left, all := Families(), makers()
	return func(name string) (walk.Detector, bool) {
		for {
			if i := slices.IndexFunc(made, func(d walk.Detector) bool { return d.Name() == name }); i >= 0 {
				return made[i], true
			}
			if len(left) == 0 {
				return nil, false
			}
			made = append(made, all[left[0]]()...)
			left = left[1:]
		}
	}
}

// lasting tells whether what a detector finds counts although a later layer
// deletes the file.
func lasting(detector string) bool {
	switch detector {
	case secret.Name, secret.GitName, secret.ConfigName, keyfile.Name:
		return true
	}
	return false
}

// secrets settles what the detectors of credentials found when all files have
// been seen, and takes what they found in the configuration out of the report.
func (s *run) secrets(cfg *imageconfig.Config, now time.Time) {
	s.records = secret.Settle(s.records)
	if i := slices.IndexFunc(s.o.Detectors, func(d walk.Detector) bool { return d.Name() == secret.GitName }); i >= 0 {
		s.records = slices.DeleteFunc(s.records, func(r walk.Record) bool {
			return r.Detector == secret.GitName && r.Result != nil && len(r.Result.Locations) > 0 &&
				secret.Excepted(s.o.Detectors[i], r.Result.Check, r.Result.Locations[0].Path)
		})
	}
	if cfg != nil {
		secret.Values(cfg, s.records, func(where, value string) { imageconfig.HideValue(s.report, where, value) })
	}
	keys := map[string]bool{} // files that keyfile told
	for i := range s.records {
		if r := &s.records[i]; r.Result != nil && r.Detector == keyfile.Name {
			keys[fmt.Sprint(r.Layer, " ", r.Path)] = true
		}
	}
	// The detector of key files says more of a key than that there is one.
	s.records = slices.DeleteFunc(s.records, func(r walk.Record) bool {
		return r.Detector == secret.Name && r.Result != nil && keyfile.Told(r.Result.Check) && keys[fmt.Sprint(r.Layer, " ", r.Path)]
	})
	if slices.Contains(s.o.Families, Secrets) {
		s.report.Results = append(s.report.Results, keyfile.Expired(s.records, now)...)
	}
}
