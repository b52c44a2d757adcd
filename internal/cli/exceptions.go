package cli

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"bulwark/internal/finding"
)

// sourcedException is an exception with the file it stands in.
type sourcedException struct {
	finding.Exception
	source string
}

// exceptions reads the exceptions of all configuration files.
func (v *invocation) exceptions() ([]sourcedException, error) {
	var all []sourcedException
	for _, f := range v.config.files {
		list, err := f.readExceptions()
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			all = append(all, sourcedException{e, f.path})
		}
	}
	return all, nil
}

// readExceptions reads the list strictly: an exception that does not do what its
// author meant either hides too much or nothing.
func (f *configFile) readExceptions() ([]finding.Exception, error) {
	n := f.exceptions
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, usageError(finding.T("cli.config.form", place(f.path, n.Line), exceptionsKey))
	}
	list := make([]finding.Exception, 0, len(n.Content))
	for _, item := range n.Content {
		e, err := f.readException(item)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func (f *configFile) readException(n *yaml.Node) (finding.Exception, error) {
	var e finding.Exception
	at := place(f.path, n.Line)
	if n.Kind != yaml.MappingNode {
		return e, usageError(finding.T("cli.config.form", at, exceptionsKey))
	}
	fields := []struct {
		key string
		to  *string
	}{
		{"id", &e.ID}, {"purl", &e.PURL}, {"path", &e.Path}, {"image", &e.Image},
		{"reason", &e.Reason}, {"owner", &e.Owner}, {"expires", &e.Expires},
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		here := place(f.path, key.Line)
		if seen[key.Value] {
			return e, usageError(finding.T("cli.config.twice", here, key.Value))
		}
		seen[key.Value] = true
		var known []string
		found := false
		for _, field := range fields {
			known = append(known, field.key)
			if field.key != key.Value {
				continue
			}
			found = true
			if val.Kind != yaml.ScalarNode || val.Tag == "!!null" {
				return e, usageError(finding.T("cli.config.form", here, key.Value))
			}
			*field.to = strings.TrimSpace(val.Value)
		}
		if !found {
			return e, unknownKey(here, key.Value, known)
		}
	}
	if err := e.Validate(); err != nil {
		return e, usageError(finding.T("cli.config.exception", at)).because(err)
	}
	return e, nil
}

// applyExceptions suppresses what the exceptions of each file cover.
func (v *invocation) applyExceptions(rep *finding.Report, list []sourcedException) error {
	for len(list) > 0 {
		source := list[0].source
		var same []finding.Exception
		for len(list) > 0 && list[0].source == source {
			same = append(same, list[0].Exception)
			list = list[1:]
		}
		if err := finding.ApplyExceptions(rep, same, source, v.now()); err != nil {
			return err
		}
	}
	return nil
}
