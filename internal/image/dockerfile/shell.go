package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/syntax"
)

// Limits of what is given to the shell parser, which is recursive.
const (
	maxScript        = 128 << 10 // bytes
	maxScriptNesting = 200       // parentheses or braces
	maxScriptWords   = 4000      // words that open a compound command
	maxAssigned      = 8 << 10   // bytes that a variable is remembered with
)

// script is the shell of a RUN.
type script struct {
	text string
	// dialect is the shell's base name: "sh", "bash", "ash".
	dialect string
	// pipefail is whether the shell is started with that option.
	pipefail bool
	// file is nil when the text could not be parsed; then problem says why,
	// and commands were found by splitting at operators.
	file        *syntax.File
	problem     string
	problemLine int
	tooLarge    bool
	depth       int // of scripts in arguments
	commands    []command
	// values are what the script itself gives variables, everything that it
	// gives one anywhere, where that is plain text.
	values map[string]string
	pipes  []syntax.Pos
	line   func(syntax.Pos) int
}

// command is a simple command anywhere in a script.
type command struct {
	name string
	args []word
	line int
	// call is nil in what was not parsed.
	call *syntax.CallExpr
	// under is the command that starts this one: "sudo", "env"; empty for none.
	under string
	// nested is whether it stands in a substitution, a function or a subshell.
	nested bool
	// piped is whether its output goes to the next command of a pipeline;
	// reads whether its input comes from one.
	piped, reads bool
	// assigned are the variables set for it alone.
	assigned []string
}

// word is an argument: its text without quotes, variables written ${name} and
// substitutions $().
type word struct {
	text string
	// bare are the variables in it that stand outside quotes.
	bare []string
	// whole is true when the word is quoted or has nothing to quote.
	syntax *syntax.Word
}

// readScript parses the shell of a RUN and follows SHELL, and hadolint's comments
// that say which shell it is. One above the first FROM speaks for all stages.
func (d *document) readScript(in *instruction) {
	s := in.stage
	switch c := in.cmd.(type) {
	case *instructions.Stage:
		shell := []string{"/bin/sh", "-c"}
		if s.windows {
			shell = []string{"cmd", "/S", "/C"}
		}
		if p := d.pragmas.shellBetween(0, d.stages[0].from.line); p != "" {
			shell = []string{p, "-c"}
		}
		if s.parent != nil {
			shell = d.shells[s.parent]
		}
		d.setShell(in, shell)
	case *instructions.ShellCommand:
		if !in.onbuild {
			d.setShell(in, c.Shell)
		}
	case *instructions.RunCommand:
		if p := d.pragmas.shellBetween(d.shellLine, in.line); p != "" {
			d.setShell(in, []string{p, "-c"})
		}
		in.script = d.scriptOf(in, c)
	}
}

func (d *document) setShell(in *instruction, shell []string) {
	d.shell, d.shellLine = shell, in.line
	if in.stage != nil {
		d.shells[in.stage] = shell
	}
}

// shellName is the base name of a shell's program, without ".exe".
func shellName(args []string) string {
	if len(args) == 0 {
		return ""
	}
	name := strings.ReplaceAll(args[0], `\`, "/")
	if f := strings.Fields(name); len(f) > 0 {
		name = f[0]
	}
	return strings.TrimSuffix(strings.ToLower(path.Base(name)), ".exe")
}

// parsed are the shells whose language the parser knows.
func parsed(name string) bool {
	switch name {
	case "sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox":
		return true
	}
	return false
}

func (d *document) scriptOf(in *instruction, c *instructions.RunCommand) *script {
	if len(c.CmdLine) == 0 {
		return nil
	}
	sc := &script{dialect: shellName(d.shell), pipefail: hasPipefail(d.shell)}
	sc.line = func(syntax.Pos) int { return in.line }
	if !c.PrependShell {
		return d.execForm(in, sc, c.CmdLine)
	}
	if !parsed(sc.dialect) {
		return nil
	}
	text := c.CmdLine[0]
	base := offsetOf(in.joined.text, text)
	if doc := parser.MustParseHeredoc(text); doc != nil && len(in.node.Heredocs) > 0 {
		content := in.node.Heredocs[0].Content
		if doc.Chomp {
			content = parser.ChompHeredocContent(content)
		}
		if interpreter, ok := shebang(content); ok {
			if !parsed(interpreter) {
				return nil
			}
			sc.dialect, sc.pipefail = interpreter, false
		}
		sc.line = func(p syntax.Pos) int { return in.joined.heredoc + int(p.Line()) - 1 }
		sc.text = content
		d.parseScript(sc)
		return sc
	}
	sc.line = func(p syntax.Pos) int {
		if p.Line() > 1 {
			return in.joined.heredoc + int(p.Line()) - 2
		}
		if base < 0 {
			return in.line
		}
		return in.joined.lineOf(base + int(p.Offset()))
	}
	sc.text = text
	for _, doc := range in.node.Heredocs {
		sc.text += "\n" + strings.TrimSuffix(doc.Content, "\n") + "\n" + doc.Name
	}
	d.parseScript(sc)
	d.heredocScripts(in, sc)
	return sc
}

// execForm is RUN ["program", "argument"]; a shell in it has a script of its own.
func (d *document) execForm(in *instruction, sc *script, args []string) *script {
	name := shellName(args)
	for i := 1; i+1 < len(args) && parsed(name); i++ {
		if a := args[i]; strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") {
			sc.dialect, sc.pipefail = name, hasPipefail(args[:i+1])
			sc.text = args[i+1]
			d.parseScript(sc)
			return sc
		}
	}
	sc.dialect = ""
	cmd := command{name: path.Base(args[0]), line: in.line}
	for _, a := range args[1:] {
		cmd.args = append(cmd.args, word{text: a})
	}
	sc.commands = appendUnwrapped(nil, cmd)
	return sc
}

// heredocScripts reads what is fed to a shell: RUN bash <<EOF.
func (d *document) heredocScripts(in *instruction, sc *script) {
	if sc.file == nil || len(in.node.Heredocs) != 1 || len(sc.commands) != 1 || !parsed(sc.commands[0].name) {
		return
	}
	doc := in.node.Heredocs[0]
	inner := &script{dialect: sc.commands[0].name, text: doc.Content, pipefail: hasPipefail(append([]string{""}, texts(sc.commands[0].args)...))}
	inner.line = func(p syntax.Pos) int { return in.joined.heredoc + int(p.Line()) - 1 }
	d.parseScript(inner)
	if inner.file == nil {
		return // a template or another language; the RUN itself was understood
	}
	*sc = *inner
}

// hasPipefail tells whether a shell is started with -o pipefail.
func hasPipefail(args []string) bool {
	return len(args) > 1 && slices.ContainsFunc(args[1:], func(a string) bool {
		return a == "pipefail" || strings.HasSuffix(strings.TrimSpace(a), " pipefail") || strings.Contains(a, "o pipefail")
	}) || len(args) > 0 && strings.Contains(args[0], "o pipefail")
}

func shebang(text string) (interpreter string, ok bool) {
	rest, ok := strings.CutPrefix(text, "#!")
	if !ok {
		return "", false
	}
	first, _, _ := strings.Cut(rest, "\n")
	f := strings.Fields(first)
	if len(f) > 1 && path.Base(f[0]) == "env" {
		f = slices.DeleteFunc(f[1:], func(s string) bool { return strings.HasPrefix(s, "-") })
	}
	if len(f) == 0 {
		return "", true
	}
	return shellName(f[:1]), true
}

// offsetOf finds the script in the instruction's line, whose end it is.
func offsetOf(line, text string) int {
	trimmed := strings.TrimRight(line, " \t\v\f\r")
	if strings.HasSuffix(trimmed, text) {
		return len(trimmed) - len(text)
	}
	return strings.Index(line, text)
}

// parseScript fills in everything that follows from the text.
func (d *document) parseScript(sc *script) {
	if tooDeep(sc.text) {
		sc.tooLarge = true
		return
	}
	if d.parser == nil {
		d.parser = syntax.NewParser(syntax.Variant(syntax.LangBash))
	}
	file, err := d.parser.Parse(strings.NewReader(sc.text), "")
	if err != nil {
		sc.problem = err.Error()
		sc.problemLine = sc.line(syntax.Pos{})
		if pe, ok := err.(syntax.ParseError); ok { //nolint:errorlint // the parser gives it bare
			sc.problem, sc.problemLine = pe.Text, sc.line(pe.Pos)
		}
		sc.commands = splitCommands(sc.text, sc.line(syntax.NewPos(0, 1, 1)))
		return
	}
	sc.file = file
	sc.collect()
}

// compoundWords counts words that may open a compound command.
func compoundWords(text string) int {
	n := 0
	for f := range strings.FieldsSeq(text) {
		switch strings.Trim(f, ";&|") {
		case "if", "elif", "else", "while", "until", "for", "case", "select", "function", "then", "do", "!", "{", "[[", "time", "coproc":
			n++
		}
	}
	return n
}

// collect finds all simple commands and pipes, in the order of the text.
func (sc *script) collect() {
	type frame struct{ nested, piped, reads bool }
	stack := []frame{{}}
	piped, reads := map[syntax.Node]bool{}, map[syntax.Node]bool{}
	syntax.Walk(sc.file, func(n syntax.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		f := stack[len(stack)-1]
		switch n := n.(type) {
		case *syntax.Subshell, *syntax.CmdSubst, *syntax.ProcSubst, *syntax.FuncDecl:
			f = frame{nested: true}
		case *syntax.BinaryCmd:
			if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
				sc.pipes = append(sc.pipes, n.OpPos)
				piped[n.X], reads[n.Y] = true, true
			}
		case *syntax.Stmt:
			f.piped = f.piped || piped[n]
			f.reads = f.reads || reads[n]
		case *syntax.Assign:
			sc.assign(n)
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				sc.add(n, f.nested, f.piped, f.reads)
			}
		}
		stack = append(stack, f)
		return true
	})
}

// assign remembers the text that a variable is given.
func (sc *script) assign(a *syntax.Assign) {
	if a.Name == nil || a.Value == nil {
		return
	}
	text, _ := expand(newWord(a.Value).text, func(name string) (string, bool) { v, ok := sc.values[name]; return v, ok })
	if sc.values == nil {
		sc.values = map[string]string{}
	}
	if before := sc.values[a.Name.Value]; before != "" && !strings.Contains(text, before) {
		text = before + " " + text
	}
	if len(text) <= maxAssigned {
		sc.values[a.Name.Value] = text
	}
}

func (sc *script) add(call *syntax.CallExpr, nested, piped, reads bool) {
	name := newWord(call.Args[0]).text
	if strings.HasPrefix(name, "/") {
		name = path.Base(name)
	}
	cmd := command{name: name, line: sc.line(call.Args[0].Pos()), call: call, nested: nested, piped: piped, reads: reads}
	for _, a := range call.Assigns {
		if a.Name != nil {
			cmd.assigned = append(cmd.assigned, a.Name.Value)
		}
	}
	for _, w := range call.Args[1:] {
		cmd.args = append(cmd.args, newWord(w))
	}
	sc.commands = appendUnwrapped(sc.commands, cmd)
	sc.inner(sc.commands[len(sc.commands)-1])
}

// inner adds the commands of a script in an argument: sh -c "…". They stand at
// the line of the shell that runs them.
func (sc *script) inner(shell command) {
	if !parsed(shell.name) || sc.depth > 1 {
		return
	}
	for i, a := range shell.args {
		if !strings.HasPrefix(a.text, "-") || !strings.HasSuffix(a.text, "c") || i+1 >= len(shell.args) {
			continue
		}
		text := shell.args[i+1].text
		if tooDeep(text) {
			return
		}
		file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
		if err != nil {
			return // what a substitution put there may be no script
		}
		in := script{dialect: shell.name, file: file, depth: sc.depth + 1, line: func(syntax.Pos) int { return shell.line }}
		in.collect()
		for _, c := range in.commands {
			c.call = nil // its words are not of this text
			for k := range c.args {
				c.args[k].syntax = nil
			}
			sc.commands = append(sc.commands, c)
		}
		return
	}
}

// tooDeep tells whether a text is more than the parser, which is recursive, is given.
func tooDeep(text string) bool {
	flat := []byte(strings.ReplaceAll(text, "\n", " "))
	return len(text) > maxScript || nesting(flat, '(', ')') > maxScriptNesting || nesting(flat, '{', '}') > maxScriptNesting || compoundWords(text) > maxScriptWords
}

// wrappers start the command that is their argument; the number is how many
// words besides options come before it.
var wrappers = map[string]int{
	"sudo": 0, "env": 0, "command": 0, "exec": 0, "builtin": 0, "nohup": 0, "nice": 0, "ionice": 0,
	"eatmydata": 0, "busybox": 0, "chronic": 0, "time": 0, "timeout": 1, "gosu": 1, "su-exec": 1, "doas": 0,
	"catchsegv": 0, "setarch": 1, "stdbuf": 0, "unbuffer": 0,
}

// optionsWithWord are the options of wrappers whose value is the next word.
var optionsWithWord = map[string]string{
	"sudo": "ugpCTrth", "env": "uCS", "nice": "n", "ionice": "cn", "timeout": "ks", "exec": "a", "time": "fo", "doas": "uC", "stdbuf": "ioe",
}

// appendUnwrapped adds a command, and the one that it starts.
func appendUnwrapped(list []command, cmd command) []command {
	for range 4 {
		list = append(list, cmd)
		words, ok := wrappers[cmd.name]
		if !ok {
			break
		}
		i := 0
		for ; i < len(cmd.args); i++ {
			t := cmd.args[i].text
			switch {
			case strings.HasPrefix(t, "-") && len(t) > 1:
				if len(t) == 2 && strings.Contains(optionsWithWord[cmd.name], t[1:]) {
					i++
				}
				continue
			case isAssignment(t):
				continue
			case words > 0:
				words--
				continue
			}
			break
		}
		if i >= len(cmd.args) {
			break
		}
		inner := cmd
		inner.under = cmd.name
		inner.name = cmd.args[i].text
		if strings.HasPrefix(inner.name, "/") {
			inner.name = path.Base(inner.name)
		}
		inner.args = cmd.args[i+1:]
		cmd = inner
	}
	return list
}

func isAssignment(s string) bool {
	name, _, ok := strings.Cut(s, "=")
	return ok && syntax.ValidName(name)
}

// newWord reads a word of the parsed script.
func newWord(w *syntax.Word) word {
	out := word{syntax: w}
	var b strings.Builder
	var part func(p syntax.WordPart, quoted bool)
	part = func(p syntax.WordPart, quoted bool) {
		switch p := p.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, quoted))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, q := range p.Parts {
				part(q, true)
			}
		case *syntax.ParamExp:
			if p.Param == nil {
				b.WriteString("${}")
				return
			}
			b.WriteString("${" + p.Param.Value + "}")
			if !quoted {
				out.bare = append(out.bare, p.Param.Value)
			}
		case *syntax.ArithmExp:
			b.WriteString("$(())")
		case *syntax.ProcSubst:
			b.WriteString("<()")
		case *syntax.ExtGlob:
			b.WriteString("*")
		default:
			b.WriteString("$()")
		}
	}
	for _, p := range w.Parts {
		part(p, false)
	}
	out.text = b.String()
	return out
}

// unescape takes the backslashes out of a literal.
func unescape(s string, quoted bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case s[i] == '\n':
		case quoted && !strings.ContainsRune("$`\"\\", rune(s[i])):
			b.WriteByte('\\')
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// splitCommands is for what the parser refuses: commands between operators,
// words between spaces. It only serves to say something rather than nothing.
func splitCommands(text string, line int) []command {
	var out []command
	cut := func(r rune) bool { return r == ';' || r == '&' || r == '|' || r == '\n' || r == '(' || r == ')' }
	for part := range strings.FieldsFuncSeq(text, cut) {
		var cmd command
		for _, f := range strings.Fields(part) {
			switch {
			case cmd.name == "" && (isAssignment(f) || f == "then" || f == "do" || f == "else" || f == "if" || f == "!" || f == "{"):
			case cmd.name == "":
				cmd.name = f
			default:
				cmd.args = append(cmd.args, word{text: strings.Trim(f, `"'`)})
			}
		}
		if cmd.name != "" {
			cmd.line = line
			out = appendUnwrapped(out, cmd)
		}
	}
	return out
}

func texts(words []word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

// ---- what rules ask of a command

// has tells whether one of the arguments is one of these words.
func (c *command) has(words ...string) bool {
	return slices.ContainsFunc(c.args, func(a word) bool { return slices.Contains(words, a.text) })
}

// is tells whether this is one of the programs with one of the verbs among its arguments.
func (c *command) is(programs string, verbs ...string) bool {
	for p := range strings.FieldsSeq(programs) {
		if c.name == p {
			return len(verbs) == 0 || c.has(verbs...)
		}
	}
	return false
}

// flag tells whether an option is given: "y" in -y and -qqy, "assume-yes" in
// --assume-yes and --assume-yes=true.
func (c *command) flag(names ...string) bool {
	for _, n := range names {
		if c.countFlag(n) > 0 {
			return true
		}
	}
	return false
}

func (c *command) countFlag(name string) int {
	n := 0
	for _, a := range c.args {
		long, isLong := strings.CutPrefix(a.text, "--")
		switch {
		case a.text == "--":
			return n
		case isLong:
			long, _, _ = strings.Cut(long, "=")
			if long == name {
				n++
			}
		case len(name) == 1 && strings.HasPrefix(a.text, "-"):
			n += strings.Count(a.text[1:], name)
		}
	}
	return n
}

// operands are the arguments that are no options, nor the values of the options
// named in valued, which take the next word.
func (c *command) operands(valued ...string) []string {
	var out []string
	for i := 0; i < len(c.args); i++ {
		t := c.args[i].text
		if t == "--" {
			out = append(out, texts(c.args[i+1:])...)
			break
		}
		if !strings.HasPrefix(t, "-") || t == "-" {
			out = append(out, t)
			continue
		}
		name := strings.TrimLeft(t, "-")
		if strings.HasPrefix(t, "--") {
			if strings.Contains(t, "=") {
				continue
			}
		} else if len(name) > 1 && !slices.Contains(valued, name) {
			name = name[len(name)-1:] // -qt value: the last letter takes it
			if strings.Contains(t, "=") {
				continue
			}
		}
		if slices.Contains(valued, name) {
			i++
		}
	}
	return out
}

// value is the value of an option, "-x value", "-xvalue", "--long value" or "--long=value".
func (c *command) value(names ...string) (string, bool) {
	for i, a := range c.args {
		for _, n := range names {
			dashed := "--" + n
			if len(n) == 1 {
				dashed = "-" + n
			}
			if a.text == dashed {
				if i+1 < len(c.args) {
					return c.args[i+1].text, true
				}
				return "", true
			}
			if rest, ok := strings.CutPrefix(a.text, dashed+"="); ok {
				return rest, true
			}
			if rest, ok := strings.CutPrefix(a.text, dashed); ok && len(n) == 1 && !strings.HasPrefix(a.text, "--") {
				return rest, true
			}
		}
	}
	return "", false
}

// after gives what follows the first operand that is one of the verbs.
func after(operands []string, verbs ...string) []string {
	for i, o := range operands {
		if slices.Contains(verbs, o) {
			return operands[i+1:]
		}
	}
	return nil
}
