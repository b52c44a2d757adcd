package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bulwark/internal/finding"
)

// verb declares one verb for the help, the completion and the parser.
type verb struct {
	// use is the synopsis: the verb and its arguments.
	use string
	// short and long are IDs of texts.
	short, long string
	// examples are command lines with the ID of the text that explains each.
	examples []example
	// exits are the exit codes that the verb can end with, besides 2 and 130.
	exits []int
	// least and most are how many arguments it takes; most < 0 is any number.
	// missing names the one that is missing.
	least, most int
	missing     string
	// flags are bound in this order; the help sorts them into groups.
	flags func(*pflag.FlagSet)
	// run is nil for a verb that only has verbs below it.
	run func(ctx context.Context, fs *pflag.FlagSet, args []string) error
	// complete proposes arguments.
	complete func(ctx context.Context, args []string, begun string) []string
	// plain verbs read no configuration.
	plain bool
	below []verb
}

type example struct{ line, text string }

// root makes the tree of verbs.
func (v *invocation) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "bulwark",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return usageError(finding.T("cli.verb-missing")).withHint("cli.hint.help", "bulwark")
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	// The library has such a verb in any case, and its completion proposes it.
	root.SetHelpCommand(&cobra.Command{
		Use: "help [VERB]", Short: v.T("cli.help-verb.short"), Hidden: true, SilenceErrors: true, SilenceUsage: true,
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownVerb(cmd, rest[0])
			}
			return cmd.Help()
		},
	})
	root.SetOut(v.stdout)
	root.SetErr(io.Discard) // only the completion writes there, for nobody
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return v.asUsage(cmd.Flags(), cmd.CommandPath(), err)
	})
	v.generalFlags(root.PersistentFlags())
	verbs := v.verbs()
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if v.unknownForHelp(cmd) {
			return
		}
		v.helpRoot(cmd, verbs)
	})
	for _, vb := range verbs {
		root.AddCommand(v.command(vb))
	}
	return root
}

// verbs are all verbs, in the order of the help.
func (v *invocation) verbs() []verb {
	return []verb{
		v.scanVerb(),
		v.sbomVerb(),
		v.dockerfileVerb(),
		v.showVerb(),
		v.diffVerb(),
		v.inspectVerb(),
		v.explainVerb(),
		v.checksVerb(),
		v.dbVerb(),
		v.configVerb(),
		v.doctorVerb(),
		v.completionVerb(),
		v.versionVerb(),
	}
}

func (v *invocation) generalFlags(fs *pflag.FlagSet) {
	v.bind(fs, "config", &v.general.config)
	v.bind(fs, "lang", &v.general.lang)
	v.bind(fs, "verbose", &v.general.verbose)
	v.bind(fs, "quiet", &v.general.quiet)
	fs.BoolP("help", "h", false, v.T("cli.flag.help"))
}

// command makes cobra's form of a verb.
func (v *invocation) command(vb verb) *cobra.Command {
	cmd := &cobra.Command{
		Use:                   vb.use,
		Short:                 v.T(vb.short),
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
	}
	if vb.flags != nil {
		vb.flags(cmd.Flags())
	}
	for _, b := range vb.below {
		cmd.AddCommand(v.command(b))
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if vb.run == nil && v.unknownForHelp(cmd) {
			return
		}
		v.help(cmd, vb)
	})
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case vb.run == nil && len(args) > 0:
			return unknownVerb(cmd, args[0])
		case vb.run == nil:
			return usageError(finding.T("cli.verb-missing")).withHint("cli.hint.help", cmd.CommandPath())
		case len(args) < vb.least:
			return usageError(finding.T("cli.argument-missing", vb.missing)).withHint("cli.hint.help", cmd.CommandPath())
		case vb.most >= 0 && len(args) > vb.most:
			return usageError(finding.T("cli.argument-extra", args[vb.most])).withHint("cli.hint.help", cmd.CommandPath())
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !vb.plain {
			if err := v.configure(cmd.Flags()); err != nil {
				return err
			}
		}
		return vb.run(cmd.Context(), cmd.Flags(), args)
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if vb.complete == nil {
			if vb.most == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		}
		return vb.complete(cmd.Context(), args, begun), cobra.ShellCompDirectiveDefault
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if val, ok := f.Value.(*value); ok && val.setting.vals != nil {
			//nolint:errcheck // fails only for a flag that is not there
			cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(val.setting.vals, cobra.ShellCompDirectiveNoFileComp))
		}
	})
	return cmd
}

// unknownForHelp notes that help was asked for a verb that is not there: the page
// of all verbs would look like an answer, and its exit code like a yes.
func (v *invocation) unknownForHelp(cmd *cobra.Command) bool {
	words := cmd.Flags().Args()
	if len(words) == 0 {
		return false
	}
	v.helpless = unknownVerb(cmd, words[0])
	return true
}

// unknownVerb refuses a verb that is not there and names the one that was meant.
func unknownVerb(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	p := usageError(finding.T("cli.verb-unknown", word))
	if near := nearest(word, names); near != "" {
		return p.withHint("cli.hint.mean", cmd.CommandPath()+" "+near)
	}
	// Words of other tools for what we call otherwise.
	for other, ours := range map[string]string{"image": "scan", "images": "scan", "fs": "scan", "analyze": "scan", "update": "db", "convert": "show", "report": "show", "why": "explain"} {
		if other == word && slices.Contains(names, ours) {
			return p.withHint("cli.hint.mean", cmd.CommandPath()+" "+ours)
		}
	}
	return p.withHint("cli.hint.help", cmd.CommandPath())
}
