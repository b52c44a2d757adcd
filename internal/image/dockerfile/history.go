package dockerfile

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

// Reconstructed is a Dockerfile made from an image's history.
type Reconstructed struct {
	// Text is the Dockerfile. It holds what the history holds, secrets included.
	Text string
	// Entries gives, for each entry of the history, the line of Text that says
	// it, 0 where the entry says nothing.
	Entries []int
	// Layers gives the same for each layer, from the bottom.
	Layers []int
	// made gives the layer of a line.
	made map[int]int
}

// LayerOf gives the layer, from the bottom, that the instruction at a line of
// Text made, or -1. One layer can have several: Buildah makes one of all
// instructions of a file.
func (r Reconstructed) LayerOf(line int) int {
	if n, ok := r.made[line]; ok {
		return n
	}
	return -1
}

// Limits of what is taken of a history.
const (
	maxEntries    = 4096
	maxEntryBytes = 64 << 10
)

// FromHistory makes a Dockerfile of an image's history: the instructions of the
// image and of those it is based on, one after another. It reads what Docker's
// classic builder writes ("/bin/sh -c #(nop) CMD …", "|1 A=b /bin/sh -c …"),
// BuildKit ("RUN /bin/sh -c … # buildkit"), Buildah and Podman (as the classic
// builder, with the base image's name in the comment), and kaniko (instructions
// as written). Whatever else stands there becomes a comment.
//
// What a history does not keep is lost: build stages, comments, arguments that
// were never used, the shape of long commands, options of RUN.
func FromHistory(h []imageconfig.History) Reconstructed {
	var b builder
	b.shell = "/bin/sh -c"
	base := "scratch"
	if len(h) > maxEntries {
		h = h[:maxEntries]
	}
	for _, e := range h {
		if name, ok := strings.CutPrefix(e.Comment, "FROM "); ok && len(strings.Fields(name)) == 1 && len(name) < 512 {
			base = strings.TrimSpace(name)
			break // the first such entry is the first that was built on it
		}
	}
	if base != "scratch" {
		b.line("# built on " + base)
	}
	b.line("FROM scratch")
	r := Reconstructed{made: map[int]int{}}
	var waiting []int // lines that change files and made no layer of their own
	for _, e := range h {
		from := b.lines + 1
		at := 0
		if b.entry(e) {
			at = b.at
		}
		r.Entries = append(r.Entries, at)
		if e.EmptyLayer {
			for line := at; at > 0 && b.changesFiles && line <= b.lines; line++ {
				waiting = append(waiting, line)
			}
			continue
		}
		n := len(r.Layers)
		r.Layers = append(r.Layers, at)
		if strings.HasPrefix(e.Comment, "FROM ") {
			for _, line := range waiting {
				r.made[line] = n
			}
		}
		waiting = nil
		for line := from; at > 0 && line <= b.lines; line++ {
			r.made[line] = n // a heredoc has several
		}
	}
	r.Text = b.text.String()
	return r
}

// builder writes the lines.
type builder struct {
	text  strings.Builder
	lines int
	// at is the line of the last instruction.
	at    int
	shell string
	args  map[string]string
	// changesFiles is whether the last instruction is RUN, COPY or ADD.
	changesFiles bool
}

func (b *builder) line(s string) {
	b.text.WriteString(s)
	b.text.WriteByte('\n')
	b.lines += 1 + strings.Count(s, "\n")
}

// instruction writes a line and remembers where it is.
func (b *builder) instruction(s string) {
	b.at = b.lines + 1
	b.changesFiles = strings.HasPrefix(s, "RUN ") || strings.HasPrefix(s, "COPY ") || strings.HasPrefix(s, "ADD ")
	b.line(s)
}

var (
	nop         = regexp.MustCompile(`^(?:[^#]{1,200} )?#\(nop\)\s*`)
	buildkitEnd = regexp.MustCompile(`\s*# buildkit$`)
	keyword     = regexp.MustCompile(`^(?i:(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR))\s+`)
	withArgs    = regexp.MustCompile(`^\|(\d{1,4})\s+`)
	shellStart  = regexp.MustCompile(`^((?:/[\w./-]+/)?(?:sh|bash|ash|dash|zsh|ksh)(?:\.exe)?(?: -[A-Za-z]+(?: pipefail)?)*? -[A-Za-z]*c) `)
	windowsNop  = regexp.MustCompile(`^(?i:cmd(?:\.exe)? /S /C|powershell(?:\.exe)? -Command)\s+(#\(nop\)\s*)?`)
)

// entry writes one entry of the history; false when it says nothing.
func (b *builder) entry(e imageconfig.History) bool {
	s := strings.ToValidUTF8(e.CreatedBy, "\uFFFD")
	s = strings.TrimSpace(strings.ReplaceAll(s, "\x00", ""))
	if len(s) > maxEntryBytes {
		s = s[:maxEntryBytes]
	}
	if s == "" {
		if c := strings.TrimSpace(e.Comment); c != "" {
			b.instruction("# " + oneLine(c))
			return true
		}
		return false
	}
	if m := nop.FindString(s); m != "" {
		return b.written(strings.TrimSpace(s[len(m):]))
	}
	if m := windowsNop.FindStringSubmatch(s); m != nil {
		if m[1] != "" {
			return b.written(strings.TrimSpace(s[len(m[0]):]))
		}
		b.instruction("RUN " + oneLine(s[len(m[0]):]))
		return true
	}
	s = buildkitEnd.ReplaceAllString(s, "")
	if m := keyword.FindStringSubmatch(s); m != nil {
		if strings.EqualFold(m[1], "RUN") {
			return b.run(strings.TrimSpace(s[len(m[0]):]))
		}
		return b.written(s)
	}
	if withArgs.MatchString(s) || shellStart.MatchString(s) || strings.HasPrefix(s, b.shell+" ") {
		return b.run(s)
	}
	b.instruction("# " + oneLine(s))
	return true
}

// oneLine joins lines as a Dockerfile would.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

// run writes a RUN.
func (b *builder) run(s string) bool {
	if m := withArgs.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		s = b.arguments(s[len(m[0]):], n)
	}
	shell := ""
	if rest, ok := strings.CutPrefix(s, b.shell+" "); ok {
		s = strings.TrimSpace(rest)
	} else if m := shellStart.FindStringSubmatch(s); m != nil {
		shell, s = m[1], strings.TrimSpace(s[len(m[0]):])
	}
	if s == "" {
		return false
	}
	if shell != "" && shell != b.shell {
		b.setShell(strings.Fields(shell))
	}
	switch {
	case strings.Contains(s, "\n"):
		end := "EOF"
		for strings.Contains(s, end) {
			end += "_"
		}
		b.instruction("RUN <<" + end + "\n" + strings.ReplaceAll(s, "\r", "") + "\n" + end)
	case strings.HasPrefix(s, "--"), strings.HasSuffix(s, `\`):
		// As it stands the builder would take it for an option, or go on.
		b.instruction("RUN : ; " + strings.TrimRight(s, `\`))
	default:
		b.instruction("RUN " + folded(s))
	}
	return true
}

// remember keeps the value of a build argument, which is said again before each
// command that it was given to.
func (b *builder) remember(name, value string) {
	if b.args == nil {
		b.args = map[string]string{}
	}
	b.args[name] = value
}

// folded breaks a command where its author did: builders join lines and leave
// the indentation of the next one behind. Inside quotes nothing is touched, and
// no line begins with #, which would be a comment.
func folded(s string) string {
	if strings.Contains(s, "<<") {
		return s
	}
	var out strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == c:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(s):
			out.WriteByte(c)
			i++
			c = s[i]
		case quote == 0 && (c == ' ' || c == '\t'):
			end := i
			for end < len(s) && (s[end] == ' ' || s[end] == '\t') {
				end++
			}
			space := s[i:end]
			i = end - 1
			if (len(space) > 2 || strings.Contains(space, "\t")) && end < len(s) && s[end] != '#' && s[end] != '\\' {
				space = " \\\n    "
			}
			out.WriteString(space)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

var nameBefore = regexp.MustCompile(`(?:^| )([A-Za-z_][A-Za-z0-9_]*)=`)

// arguments writes the build arguments that a command was run with, and gives
// the command. Their values are not quoted: each ends where the next name, or
// the shell, begins.
func (b *builder) arguments(s string, n int) string {
	at := 0
	for ; n > 0; n-- {
		m := nameBefore.FindStringSubmatchIndex(s[at:])
		if m == nil || m[0] > 0 && n > 0 && at == 0 {
			break
		}
		name := s[at+m[2] : at+m[3]]
		from := at + m[1]
		to := len(s)
		if next := nameBefore.FindStringIndex(s[from:]); next != nil && n > 1 {
			to = from + next[0]
		} else {
			for i := from; i < len(s); i++ {
				if s[i] == ' ' && (strings.HasPrefix(s[i+1:], b.shell+" ") || shellStart.MatchString(s[i+1:])) {
					to = i
					break
				}
			}
		}
		value := s[from:to]
		if known, ok := b.args[name]; !ok || known != value {
			b.remember(name, value)
			b.line("ARG " + name + "=" + quoted(value))
		}
		at = to
		if at < len(s) && n == 1 {
			at++
		}
	}
	return strings.TrimSpace(s[at:])
}

// quoted writes a value as one word of a Dockerfile.
func quoted(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && r != '/' && r != ':' && r != '=' && r != '+' && r != ',' && r != '@' &&
			(r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0 {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", " ", "\r", " ").Replace(s) + `"`
}

func (b *builder) setShell(words []string) {
	b.shell = strings.Join(words, " ")
	j, err := json.Marshal(words)
	if err == nil {
		b.line("SHELL " + string(j))
	}
}

// written writes an instruction that the history holds in its own words, which
// are not always those of a Dockerfile.
func (b *builder) written(s string) bool {
	m := keyword.FindStringSubmatch(s)
	if m == nil {
		if s == "" {
			return false
		}
		b.instruction("# " + oneLine(s))
		return true
	}
	name, rest := strings.ToUpper(m[1]), strings.TrimSpace(oneLine(buildkitEnd.ReplaceAllString(s[len(m[0]):], "")))
	switch name {
	case "CMD", "ENTRYPOINT":
		rest = jsonList(rest)
	case "SHELL":
		if words := plainList(rest); words != nil {
			b.setShell(words)
			b.at = b.lines
			return true
		}
	case "VOLUME":
		if words := plainList(rest); words != nil {
			rest = strings.Join(words, " ")
		}
	case "EXPOSE":
		rest = exposed(rest)
	case "HEALTHCHECK":
		rest = healthcheck(rest)
	case "COPY", "ADD":
		if before, after, ok := strings.Cut(rest, " in "); ok && strings.Contains(before, ":") && !strings.Contains(before, "/") {
			rest = before + " " + after
		}
	case "ENV", "LABEL":
		rest = pairs(rest)
	case "ARG":
		if name, value, ok := strings.Cut(rest, "="); ok {
			value = strings.Trim(value, `"'`)
			rest = name + "=" + quoted(value)
			b.remember(name, value)
		}
	}
	rest = strings.TrimRight(rest, `\ `)
	if rest == "" {
		return false
	}
	b.instruction(name + " " + rest)
	return true
}

// jsonList makes ["a" "b"], as Go prints a list, into JSON; what is JSON
// already, or the shell form, stays as it is.
func jsonList(s string) string {
	if !strings.HasPrefix(s, "[") {
		return s
	}
	if json.Valid([]byte(s)) {
		return s
	}
	words := quotedWords(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if words == nil {
		words = []string{}
	}
	j, err := json.Marshal(words)
	if err != nil {
		return s
	}
	return string(j)
}

// quotedWords reads words in Go's quotes.
func quotedWords(s string) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		q, err := strconv.QuotedPrefix(s)
		if err != nil {
			return append(out, strings.Fields(s)...)
		}
		w, err := strconv.Unquote(q)
		if err != nil {
			w = q
		}
		out = append(out, w)
		s = strings.TrimPrefix(strings.TrimSpace(s[len(q):]), ",")
	}
	return out
}

// plainList reads [a b], as Go prints a list without quotes, or JSON.
func plainList(s string) []string {
	var words []string
	if json.Unmarshal([]byte(s), &words) == nil {
		return words
	}
	if rest, ok := strings.CutPrefix(s, "["); ok {
		return quotedWords(strings.TrimSuffix(rest, "]"))
	}
	return nil
}

var exposedPort = regexp.MustCompile(`(\d+(?:-\d+)?)(/[a-z]+)?`)

// exposed reads map[80/tcp:{} 443/tcp:{}], [80/tcp] and plain ports.
func exposed(s string) string {
	if !strings.ContainsAny(s, "[{") {
		return s
	}
	return strings.Join(exposedPort.FindAllString(s, -1), " ")
}

var (
	healthWords = regexp.MustCompile(`^&\{\[(.*?)\]`)
	healthTest  = regexp.MustCompile(`^\{Test:\[([A-Z-]+) ?(.*)\] Interval:`)
)

// healthcheck reads &{["CMD-SHELL" "curl …"] "30s" …}, as Go prints it, and
// {Test:[CMD-SHELL curl …] Interval:30s …} of later engines, which tells no
// longer where one word of a CMD ends.
func healthcheck(s string) string {
	if m := healthTest.FindStringSubmatch(s); m != nil {
		if m[1] == "NONE" {
			return "NONE"
		}
		return "CMD " + m[2]
	}
	m := healthWords.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	words := quotedWords(m[1])
	switch {
	case len(words) == 0 || words[0] == "NONE":
		return "NONE"
	case words[0] == "CMD-SHELL" && len(words) > 1:
		return "CMD " + strings.Join(words[1:], " ")
	case words[0] == "CMD":
		if j, err := json.Marshal(words[1:]); err == nil {
			return "CMD " + string(j)
		}
	}
	return "CMD " + strings.Join(words, " ")
}

// pairs quotes the values of a=b c=d e, which the history does not quote: each
// ends where the next name begins.
func pairs(s string) string {
	if strings.ContainsAny(s, `"'`) {
		return s // quoted by who wrote it, or as good as lost
	}
	at := pairName.FindAllStringSubmatchIndex(s, -1)
	if len(at) == 0 || at[0][0] != 0 {
		return s
	}
	var out []string
	for i, m := range at {
		end := len(s)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		out = append(out, s[m[2]:m[3]]+"="+quoted(s[m[1]:end]))
	}
	return strings.Join(out, " ")
}

var pairName = regexp.MustCompile(`(?:^| )([A-Za-z_][A-Za-z0-9_./-]*)=`)

// LintHistory checks what was reconstructed with those rules that make sense
// without the file itself. The findings' locations name the layer, or none for
// an instruction that made none, and the line of the reconstructed text.
func LintHistory(ctx context.Context, r Reconstructed) ([]finding.Result, error) {
	const name = "history"
	results, err := lint(ctx, name, []byte(r.Text), true)
	for i := range results {
		for k := range results[i].Locations {
			l := &results[i].Locations[k]
			l.Path, l.Layer = "", r.LayerOf(l.Line)
		}
	}
	if err != nil {
		return results, fmt.Errorf("history: %w", err)
	}
	return results, nil
}
