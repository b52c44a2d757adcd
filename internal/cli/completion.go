package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/image/source"
	"bulwark/internal/report"
)

// completionDeadline is how long a person waits for a proposal after pressing Tab.
const completionDeadline = time.Second

func (v *invocation) completionVerb() verb {
	shells := []string{"bash", "zsh", "fish"}
	return verb{
		use: "completion bash|zsh|fish", short: "cli.completion.short", long: "cli.completion.long",
		examples: []example{
			{"source <(bulwark completion bash)", "cli.completion.example.bash"},
			{`bulwark completion zsh > "${fpath[1]}/_bulwark"`, "cli.completion.example.zsh"},
			{"bulwark completion fish > ~/.config/fish/completions/bulwark.fish", "cli.completion.example.fish"},
		},
		exits: []int{exitOK},
		least: 1, most: 1, missing: "bash|zsh|fish",
		plain:    true,
		complete: func(context.Context, []string, string) []string { return shells },
		run: func(_ context.Context, _ *pflag.FlagSet, args []string) error {
			root := v.root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(v.stdout, true)
			case "zsh":
				return root.GenZshCompletion(v.stdout)
			case "fish":
				return root.GenFishCompletion(v.stdout, true)
			}
			p := usageError(finding.T("cli.completion.unknown", args[0]))
			if near := nearest(args[0], shells); near != "" {
				return p.withHint("cli.hint.mean", near)
			}
			return p.withHint("cli.hint.help", "bulwark completion")
		},
	}
}

// completeImages proposes the images of the local engine. It says nothing when
// the engine does not answer in time; the shell then completes file names.
func (v *invocation) completeImages(ctx context.Context, _ []string, begun string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionDeadline)
	defer cancel()
	scheme, rest := "", begun
	if r, ok := strings.CutPrefix(begun, "docker:"); ok {
		scheme, rest = "docker:", r
	} else if strings.HasPrefix(begun, "archive:") || strings.HasPrefix(begun, "dir:") || strings.HasPrefix(begun, ".") || strings.HasPrefix(begun, "/") {
		return nil
	}
	names, err := source.Images(ctx, source.Options{Env: v.env.get, Log: v.log})
	if err != nil {
		cobra.CompDebug("images of the engine: "+err.Error(), false)
		return nil
	}
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n.Name, rest) {
			out = append(out, scheme+report.Clean(n.Name))
		}
	}
	return out
}
