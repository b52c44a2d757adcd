package cli

import (
	"encoding/json"

	"bulwark/internal/i18n"
)

// schemaNode is the part of JSON Schema (2020-12) that our configuration needs.
type schemaNode struct {
	Schema      string                `json:"$schema,omitempty"`
	ID          string                `json:"$id,omitempty"`
	Title       string                `json:"title,omitempty"`
	Description string                `json:"description,omitempty"`
	Type        string                `json:"type,omitempty"`
	Enum        []string              `json:"enum,omitempty"`
	Pattern     string                `json:"pattern,omitempty"`
	Minimum     *int                  `json:"minimum,omitempty"`
	Default     any                   `json:"default,omitempty"`
	OneOf       []schemaNode          `json:"oneOf,omitempty"`
	AnyOf       []schemaNode          `json:"anyOf,omitempty"`
	Items       *schemaNode           `json:"items,omitempty"`
	Properties  map[string]schemaNode `json:"properties,omitempty"`
	Required    []string              `json:"required,omitempty"`
	Additional  *bool                 `json:"additionalProperties,omitempty"`
}

// configSchema is the published schema of bulwark.yaml, made from the settings.
func configSchema() []byte {
	no := false
	en := i18n.For(i18n.English)
	root := schemaNode{
		Schema:     "https://json-schema.org/draft/2020-12/schema",
		ID:         "urn:bulwark:schema:configuration:1",
		Title:      "Bulwark configuration (bulwark.yaml)",
		Type:       "object",
		Properties: map[string]schemaNode{},
		Additional: &no,
	}
	for _, s := range settings() {
		if !s.inFile() {
			continue
		}
		n := settingSchema(s)
		n.Description = en.T(s.help)
		root.Properties[s.name] = n
	}
	root.Properties[exceptionsKey] = exceptionsSchema()
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // the types above always marshal
	}
	return append(out, '\n')
}

func settingSchema(s setting) schemaNode {
	word := schemaNode{Type: "string"}
	if !s.open {
		word.Enum = s.vals
	}
	switch s.kind {
	case kindSwitch:
		return schemaNode{Type: "boolean", Default: false}
	case kindDuration:
		return schemaNode{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
	case kindWords:
		return schemaNode{OneOf: []schemaNode{{Type: "array", Items: &word}, {Type: "string"}}}
	case kindFiles:
		return schemaNode{OneOf: []schemaNode{{Type: "array", Items: &word}, word}}
	default:
		if s.def != "" {
			word.Default = s.def
		}
		return word
	}
}

// exceptionsSchema describes the list of exceptions, finding.Exception each.
func exceptionsSchema() schemaNode {
	no := false
	en := i18n.For(i18n.English)
	item := schemaNode{
		Type:       "object",
		Additional: &no,
		Properties: map[string]schemaNode{
			"id":      {Type: "string", Description: en.T("cli.exception.id")},
			"purl":    {Type: "string", Description: en.T("cli.exception.purl")},
			"path":    {Type: "string", Description: en.T("cli.exception.path")},
			"image":   {Type: "string", Description: en.T("cli.exception.image")},
			"reason":  {Type: "string", Description: en.T("cli.exception.reason")},
			"owner":   {Type: "string", Description: en.T("cli.exception.owner")},
			"expires": {Type: "string", Description: en.T("cli.exception.expires"), Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`},
		},
	}
	return schemaNode{Type: "array", Items: &item, Description: en.T("cli.exceptions")}
}
