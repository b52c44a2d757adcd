package cli

import (
	"context"

	"github.com/spf13/pflag"
)

func (v *invocation) sbomVerb() verb {
	var o scanOptions
	return verb{
		use: "sbom [SOURCE:]REF…", short: "cli.sbom.short", long: "cli.sbom.long",
		examples: []example{
			{"bulwark sbom myapp:dev > myapp.cdx.json", "cli.sbom.example"},
			{"bulwark sbom archive:image.tar -o table", "cli.sbom.example.table"},
		},
		exits: []int{exitOK, exitError, exitIncomplete},
		least: 1, most: -1, missing: "[SOURCE:]REF",
		flags: func(fs *pflag.FlagSet) {
			v.sourceFlags(fs, &o)
			v.bind(fs, "allow", &o.verdict.allow)
			v.bind(fs, "output", &o.view.output)
			v.bind(fs, "path", &o.view.path)
			v.bind(fs, "layer", &o.view.layer)
			v.bind(fs, "package", &o.view.pkg)
			v.bind(fs, "type", &o.view.kind)
			v.bind(fs, "hidden", &o.view.hidden)
			v.bind(fs, "all", &o.view.all)
		},
		complete: v.completeImages,
		run: func(ctx context.Context, _ *pflag.FlagSet, args []string) error {
			o.packagesOnly = true
			if len(o.view.output) == 0 {
				o.view.output = []string{"cyclonedx"}
			}
			return v.runScan(ctx, o, args)
		},
	}
}
