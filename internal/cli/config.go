package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"bulwark/internal/report"
)

func (v *invocation) configVerb() verb {
	return verb{
		use: "config", short: "cli.config.short", long: "cli.config.long",
		below: []verb{v.configViewVerb(), v.configSchemaVerb()},
	}
}

// configViewVerb has the flags of scan, so that it can show what they would do.
func (v *invocation) configViewVerb() verb {
	var o scanOptions
	return verb{
		use: "view [SCAN FLAG…]", short: "cli.config-view.short", long: "cli.config-view.long",
		examples: []example{
			{"bulwark config view", "cli.config-view.example"},
			{"BULWARK_FAIL_ON=high bulwark config view --unrated ignore", "cli.config-view.example.env"},
		},
		exits: []int{exitOK, exitError},
		flags: func(fs *pflag.FlagSet) { v.scanFlags(fs, &o) },
		run: func(_ context.Context, fs *pflag.FlagSet, _ []string) error {
			return v.runConfigView(fs)
		},
	}
}

func (v *invocation) runConfigView(fs *pflag.FlagSet) error {
	type row struct{ name, value, from string }
	var rows []row
	names, values := 0, 0
	for _, s := range settings() {
		f := fs.Lookup(s.name)
		if f == nil || s.flagOnly {
			continue
		}
		r := row{name: s.name, value: report.Clean(f.Value.String()), from: v.originText(v.config.origins[s.name])}
		if r.value == "" {
			r.value = "-"
		}
		names = max(names, report.Columns(r.name))
		values = max(values, min(report.Columns(r.value), 40))
		rows = append(rows, r)
	}
	for _, r := range rows {
		v.printf("%s  %s  %s\n", pad(r.name, names), pad(r.value, values), r.from)
	}
	exceptions, err := v.exceptions()
	if err != nil {
		return err
	}
	v.printf("%s  %s\n", pad(exceptionsKey, names), v.T("cli.config-view.exceptions", fmt.Sprint(len(exceptions))))
	for _, e := range exceptions {
		id, owner := report.Clean(e.ID), report.Clean(e.Owner)
		line := v.T("cli.config-view.exception-forever", id, owner)
		if e.Expires != "" {
			line = v.T("cli.config-view.exception", id, owner, e.Expires)
		}
		v.printf("%s  %s\n", pad("", names), line)
	}
	if len(v.config.files) == 0 {
		v.printf("\n%s\n", v.T("cli.config-view.no-file"))
		return nil
	}
	v.printf("\n")
	for _, file := range v.config.files {
		v.printf("%s\n", v.T("cli.config-view.file", file.path))
	}
	return nil
}

func (v *invocation) originText(o origin) string {
	switch o.kind {
	case "flag":
		return v.T("cli.origin.flag", o.detail)
	case "environment":
		return v.T("cli.origin.environment", o.detail)
	case "file":
		return v.T("cli.origin.file", o.detail)
	default:
		return v.T("cli.origin.default")
	}
}

func (v *invocation) configSchemaVerb() verb {
	return verb{
		use: "schema", short: "cli.config-schema.short", long: "cli.config-schema.long",
		examples: []example{{"bulwark config schema > bulwark.schema.json", "cli.config-schema.example"}},
		exits:    []int{exitOK},
		plain:    true,
		run: func(context.Context, *pflag.FlagSet, []string) error {
			_, err := v.stdout.Write(configSchema())
			return err
		},
	}
}

// printf writes to standard output; an error is kept and told at the end.
func (v *invocation) printf(format string, args ...any) {
	fmt.Fprintf(v.stdout, format, args...)
}

// pad fills a string up to a width in columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-report.Columns(s), 0))
}
