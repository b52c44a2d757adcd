package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bulwark/internal/report"
)

// helpWidth is the width of a help page: the terminal's, within what is easy to read.
func (v *invocation) helpWidth() int {
	if v.width == 0 {
		return 80
	}
	return min(max(v.width, 40), 100)
}

// helpRoot prints the page of the program itself.
func (v *invocation) helpRoot(cmd *cobra.Command, verbs []verb) {
	p := page{width: v.helpWidth()}
	p.paragraph(v.T("cli.root.long"))
	p.heading(v.T("cli.help.usage"))
	p.line("  bulwark VERB …")
	p.heading(v.T("cli.help.verbs"))
	p.verbs(v, verbs)
	p.heading(v.T("cli.help.examples"))
	p.examples(v, []example{
		{"bulwark scan myapp:dev", "cli.root.example.scan"},
		{"bulwark scan --fail-on high,fixable myapp:dev", "cli.root.example.gate"},
		{"bulwark doctor", "cli.root.example.doctor"},
	})
	p.flags(v, cmd)
	p.exits(v, []int{exitOK, exitError, exitUsage, exitGate, exitIncomplete, exitInterrupted})
	p.gap()
	p.paragraph(v.T("cli.root.more"))
	v.stdout.Write([]byte(p.String())) //nolint:errcheck // kept by pipeWriter
}

// help prints the page of a verb.
func (v *invocation) help(cmd *cobra.Command, vb verb) {
	p := page{width: v.helpWidth()}
	p.paragraph(v.T(vb.long))
	p.heading(v.T("cli.help.usage"))
	path := cmd.CommandPath()
	_, arguments, _ := strings.Cut(vb.use, " ")
	if len(vb.below) > 0 {
		arguments = "VERB …"
	}
	p.line(strings.TrimRight("  "+path+" "+arguments, " "))
	if len(vb.below) > 0 {
		p.heading(v.T("cli.help.verbs"))
		p.verbs(v, vb.below)
	}
	if len(vb.examples) > 0 {
		p.heading(v.T("cli.help.examples"))
		p.examples(v, vb.examples)
	}
	p.flags(v, cmd)
	exits := append([]int{exitError, exitUsage, exitInterrupted}, vb.exits...) // any output may fail
	for _, b := range vb.below {                                               // a verb of verbs ends as they do
		exits = append(exits, b.exits...)
	}
	slices.Sort(exits)
	p.exits(v, slices.Compact(exits))
	if len(vb.below) > 0 {
		p.gap()
		p.paragraph(v.T("cli.help.more", path))
	}
	v.stdout.Write([]byte(p.String())) //nolint:errcheck // kept by pipeWriter
}

// page is a help page under way.
type page struct {
	strings.Builder
	width int
}

func (p *page) line(s string) { p.WriteString(s + "\n") }

func (p *page) gap() { p.WriteString("\n") }

func (p *page) heading(s string) { p.line("\n" + s) }

func (p *page) paragraph(s string) {
	for para := range strings.SplitSeq(s, "\n") {
		for _, l := range wrap(para, p.width) {
			p.line(l)
		}
	}
}

// columns prints a name and what it means, which begins in column indent.
func (p *page) columns(name, meaning string, indent int) {
	lead := "  " + name
	lines := wrap(meaning, p.width-indent)
	if report.Columns(lead)+2 > indent {
		p.line(lead)
		lead = ""
	}
	for _, l := range lines {
		if lead == "  " {
			lead = ""
		}
		p.line(lead + strings.Repeat(" ", max(indent-report.Columns(lead), 0)) + l)
		lead = ""
	}
}

func (p *page) verbs(v *invocation, list []verb) {
	for _, vb := range list {
		name, _, _ := strings.Cut(vb.use, " ")
		p.columns(name, v.T(vb.short), 14)
	}
}

func (p *page) examples(v *invocation, list []example) {
	for _, e := range list {
		for _, l := range wrap(v.T(e.text), p.width-4) {
			p.line("  # " + l)
		}
		p.line("  " + e.line)
	}
}

// flags prints the flags under their headings, in the order of the settings.
func (p *page) flags(v *invocation, cmd *cobra.Command) {
	headings := []struct {
		group group
		text  string
	}{
		{groupWhat, "cli.help.group.what"},
		{groupData, "cli.help.group.data"},
		{groupGate, "cli.help.group.gate"},
		{groupOutput, "cli.help.group.output"},
		{groupGeneral, "cli.help.group.general"},
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.AddFlagSet(cmd.Flags())
	all.AddFlagSet(cmd.InheritedFlags())
	own := ownFlags(all)
	for _, h := range headings {
		var rows [][2]string
		for _, s := range settings() {
			if f := all.Lookup(s.name); f != nil && s.group == h.group && isSetting(f) {
				rows = append(rows, v.flagRow(f))
			}
		}
		if h.group == groupWhat {
			for _, f := range own {
				rows = append(rows, v.flagRow(f))
			}
		}
		if h.group == groupGeneral {
			if f := all.Lookup("help"); f != nil {
				rows = append(rows, v.flagRow(f))
			}
		}
		if len(rows) == 0 {
			continue
		}
		p.heading(v.T(h.text))
		for _, r := range rows {
			p.columns(r[0], r[1], 30)
		}
	}
}

// ownFlags are the flags of a verb that are no settings.
func ownFlags(all *pflag.FlagSet) []*pflag.Flag {
	var own []*pflag.Flag
	all.VisitAll(func(f *pflag.Flag) {
		if !isSetting(f) && f.Name != "help" && !f.Hidden {
			own = append(own, f)
		}
	})
	return own
}

// isSetting tells a setting's flag from one that only its verb knows.
func isSetting(f *pflag.Flag) bool {
	_, ok := f.Value.(*value)
	return ok
}

// flagRow gives a flag as it is typed, and what it does.
func (v *invocation) flagRow(f *pflag.Flag) [2]string {
	name := "    --" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	if t := f.Value.Type(); t != "bool" && t != "" {
		if f.NoOptDefVal != "" {
			name += "[=" + t + "]"
		} else {
			name += " " + t
		}
	}
	meaning := f.Usage
	if val, ok := f.Value.(*value); ok && val.setting.def != "" && val.setting.kind != kindDuration {
		meaning += v.T("cli.help.default", val.setting.def)
	}
	return [2]string{name, meaning}
}

// exits prints the exit codes.
func (p *page) exits(v *invocation, codes []int) {
	meanings := map[int]string{
		exitOK:          v.T("cli.exit.ok"),
		exitError:       v.T("cli.exit.error"),
		exitUsage:       v.T("cli.exit.usage"),
		exitGate:        v.T("cli.exit.gate"),
		exitIncomplete:  v.T("cli.exit.incomplete"),
		exitInterrupted: v.T("cli.exit.interrupted"),
	}
	if !slices.Contains(codes, exitGate) {
		meanings[exitOK] = v.T("cli.exit.ran")
		meanings[exitIncomplete] = v.T("cli.exit.incomplete.no-gate")
	}
	p.heading(v.T("cli.help.exits"))
	for _, c := range codes {
		p.columns(strconv.Itoa(c), meanings[c], 7)
	}
}

// wrap breaks a text into lines of at most width columns: at spaces, and
// between wide characters, which need none.
func wrap(s string, width int) []string {
	width = max(width, 20)
	var lines []string
	var line strings.Builder
	columns := 0
	for _, word := range breakable(s) {
		w := report.Columns(word)
		if columns > 0 && columns+report.Columns(strings.TrimRight(word, " ")) > width {
			lines = append(lines, strings.TrimRight(line.String(), " "))
			line.Reset()
			columns = 0
		}
		line.WriteString(word)
		columns += w
	}
	return append(lines, strings.TrimRight(line.String(), " "))
}

// breakable splits a text into pieces after which a line may end. No line
// begins with closing punctuation.
func breakable(s string) []string {
	const closing = "，。；：、）》”？！,.;:)]}"
	var out []string
	start := 0
	runes := []rune(s)
	for i, r := range runes {
		last := i == len(runes)-1
		wide := r >= 0x2e80
		if last || r == ' ' || wide && !strings.ContainsRune(closing, runes[i+1]) ||
			runes[i+1] >= 0x2e80 && !strings.ContainsRune(closing, runes[i+1]) && !strings.ContainsRune("（《“", r) {
			out = append(out, string(runes[start:i+1]))
			start = i + 1
		}
	}
	return out
}
