package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

// version is stamped by the build: -ldflags "-X bulwark/internal/cli.version=1.2.3".
var version = ""

// Version is the version of this program: the stamp, else the commit it was
// built from, else "dev".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+changes"
		}
	}
	if revision == "" {
		return "dev"
	}
	return "dev-" + revision + modified
}

func (v *invocation) versionVerb() verb {
	return verb{
		use: "version", short: "cli.version.short", long: "cli.version.long",
		examples: []example{{"bulwark version", "cli.version.example"}},
		exits:    []int{exitOK},
		plain:    true,
		run: func(context.Context, *pflag.FlagSet, []string) error {
			fmt.Fprintf(v.stdout, "bulwark %s %s %s/%s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
