package cli

import (
	"errors"
	"io"
	"os"
	"slices"

	"bulwark/internal/catalogue"
	"bulwark/internal/content/secret"
	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// secretRules reads the user's own rules of credentials, and knows their checks
// from then on. Everything that is wrong with the file is said with its line.
func (v *invocation) secretRules(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, failure(finding.T("cli.secret-rules", path), unpathed(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, walk.MaxOptions+1))
	if err != nil {
		return nil, failure(finding.T("cli.secret-rules", path), unpathed(err))
	}
	own, err := secret.ParseOwn(text)
	if err == nil {
		_, err = own.Compile()
	}
	if err != nil {
		at := path
		var wrong *secret.RulesError
		if errors.As(err, &wrong) && wrong.Line > 0 {
			at, err = place(path, wrong.Line), wrong.Err
		}
		return nil, usageError(finding.T("cli.secret-rules", at)).because(err)
	}
	for _, n := range own.Notes {
		v.note(finding.T("cli.secret-rules.note", path, n))
	}
	v.ownChecks = own.Checks()
	return text, nil
}

// unpathed takes the path out of an error that is told with it.
func unpathed(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// checks are those that there are, and those of the user's own rules.
func (v *invocation) checks() []finding.Check {
	all := catalogue.Checks()
	for _, c := range v.ownChecks {
		if !slices.ContainsFunc(all, func(k finding.Check) bool { return k.ID == c.ID }) {
			all = append(all, c)
		}
	}
	return all
}
