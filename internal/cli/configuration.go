package cli

import (
	"errors"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
)

func durationPtr() *time.Duration { return new(time.Duration) }

// origin says where the value of a setting came from.
type origin struct {
	// kind is "flag", "environment", "file" or "default".
	kind string
	// detail is the flag, the variable, or file:line.
	detail string
}

// configuration is what the files say, and where each setting of the verb that
// runs got its value.
type configuration struct {
	files   []*configFile
	origins map[string]origin
}

// configure fills in what the command line left open, from the environment,
// then from the files; what none of them has keeps its default. Every verb that
// has settings calls it before it looks at its options.
func (v *invocation) configure(fs *pflag.FlagSet) error {
	v.config = configuration{origins: map[string]origin{}}
	if err := v.fromEnvironment(fs, "config"); err != nil {
		return err
	}
	files, err := v.findConfig(v.general.config)
	if err != nil {
		return err
	}
	v.config.files = files
	var errs error
	fs.VisitAll(func(f *pflag.Flag) {
		if val, ok := f.Value.(*value); ok && errs == nil {
			errs = v.resolve(f, val.setting)
		}
	})
	if errs != nil {
		return errs
	}
	if err := v.chooseLanguage(v.general.lang); err != nil {
		return err
	}
	v.strayVariables()
	return nil
}

// resolve finds the strongest word on one setting.
func (v *invocation) resolve(f *pflag.Flag, s setting) error {
	if _, done := v.config.origins[s.name]; done {
		return nil
	}
	if f.Changed {
		v.config.origins[s.name] = origin{"flag", "--" + s.name}
		return nil
	}
	if !s.flagOnly {
		if set, err := v.setFromEnvironment(f, s); set || err != nil {
			return err
		}
		for _, file := range v.config.files {
			val, ok := file.values[s.name]
			if !ok {
				continue
			}
			at := place(file.path, val.line)
			for _, w := range val.words {
				if err := f.Value.Set(w); err != nil {
					return valueProblem(err, finding.T("cli.config.value", at, s.name))
				}
			}
			if len(val.words) == 0 { // an empty list is a value too
				if err := f.Value.Set(""); err != nil && s.kind == kindWords {
					return err
				}
			}
			v.config.origins[s.name] = origin{"file", at}
			return nil
		}
	}
	v.config.origins[s.name] = origin{kind: "default"}
	return nil
}

func (v *invocation) fromEnvironment(fs *pflag.FlagSet, name string) error {
	f := fs.Lookup(name)
	s, ok := settingNamed(name)
	if f == nil || !ok || f.Changed {
		return nil
	}
	_, err := v.setFromEnvironment(f, s)
	return err
}

func (v *invocation) setFromEnvironment(f *pflag.Flag, s setting) (bool, error) {
	word := v.env.get(s.variable())
	if word == "" {
		return false, nil
	}
	if err := f.Value.Set(word); err != nil {
		return false, valueProblem(err, finding.T("cli.env.value", s.variable()))
	}
	v.config.origins[s.name] = origin{"environment", s.variable()}
	return true, nil
}

// strayVariables warns of a BULWARK_ variable that is nearly a setting: a gate
// that is off because of a typing error must not be silent. Others (Kubernetes
// sets BULWARK_SERVICE_HOST for a service of that name) are none of our business.
func (v *invocation) strayVariables() {
	var known, stray []string
	for _, s := range settings() {
		if !s.flagOnly {
			known = append(known, s.variable())
		}
	}
	for name := range v.env {
		if len(name) > len("BULWARK_") && name[:len("BULWARK_")] == "BULWARK_" && !slices.Contains(known, name) {
			stray = append(stray, name)
		}
	}
	slices.Sort(stray)
	for _, name := range stray {
		if near := nearest(name, known); near != "" {
			v.note(finding.T("cli.env.stray", name, near))
		}
	}
}

// asUsage turns what pflag says about a flag into a problem with a suggestion.
func (v *invocation) asUsage(fs *pflag.FlagSet, verb string, err error) error {
	var (
		absent  *pflag.NotExistError
		needs   *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &absent):
		name := absent.GetSpecifiedName()
		if absent.GetSpecifiedShortnames() != "" {
			return usageError(finding.T("cli.flag-unknown", "-"+name)).withHint("cli.hint.help", verb)
		}
		var names []string
		fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		p := usageError(finding.T("cli.flag-unknown", "--"+name))
		if near := nearest(name, names); near != "" {
			return p.withHint("cli.hint.mean", "--"+near)
		}
		return p.withHint("cli.hint.help", verb)
	case errors.As(err, &needs):
		return usageError(finding.T("cli.flag-needs", "--"+needs.GetFlag().Name)).withHint("cli.hint.help", verb)
	case errors.As(err, &invalid):
		var inner *problem
		if errors.As(err, &inner) {
			return valueProblem(inner, finding.T("cli.flag-value", "--"+invalid.GetFlag().Name))
		}
	case errors.As(err, &syntax):
		return usageError(finding.T("cli.flag-unknown", syntax.GetSpecifiedFlag())).withHint("cli.hint.help", verb)
	}
	return usageError(finding.T("cli.error", err.Error()))
}
