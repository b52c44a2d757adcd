// Package cli is the command line of Bulwark: the whole program as a function
// of context, environment, standard streams and arguments that gives an exit
// code ([Run]). It puts the parts together and holds no knowledge of its own
// about images, packages or advisories.
//
// # Promises
//
// Results go to standard output, everything else (progress, notes, errors) to
// standard error. Every verb ends with one of the exit codes 0 to 4 or 130, as
// its help says. What comes from outside is never sent to a terminal with its
// control characters. Nothing is sent over a network, except what `db build`
// is told to fetch; the engine that is asked is the one that the environment
// or a Docker context names.
//
// # Settings
//
// A setting has one name: the flag --fail-on, the environment variable
// BULWARK_FAIL_ON and the key "fail-on" of bulwark.yaml. The flag wins over the
// environment, that over the file in the working directory, that over the
// user's file; `bulwark config view` says where each value came from. Unknown
// keys are refused.
//
// # Adding a verb
//
// A verb is one file with a struct of options, a function that declares it and
// its flags, and a method run; it is added to the list in root.go, and its
// texts to internal/i18n.
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/report"
	"bulwark/internal/walk/worker"
)

// Run runs the program once. args are the arguments without the program's name.
// It writes nothing to places other than those it is told of, the cache
// directory and the standard streams, and keeps no state in the process.
func Run(ctx context.Context, environ []string, stdin io.Reader, stdout, stderr io.Writer, args []string) (code int) {
	if len(args) > 0 && args[0] == worker.Arg {
		return serveWorker(ctx, stderr)
	}
	env := newEnvironment(environ)
	v := &invocation{
		env:     env,
		stdin:   stdin,
		stdout:  &pipeWriter{w: stdout},
		console: newConsole(stderr, env),
		now:     time.Now,
	}
	v.width, v.terminal = screen(stdout, env)
	v.log = slog.New(&noteHandler{v: v})
	if err := v.chooseLanguage(languageFlag(args)); err != nil {
		return v.end(ctx, err)
	}
	// Said below while the verb may still be at work: nothing of it is touched.
	last := v.T("cli.interrupted")
	done := make(chan int, 1)
	go func() { done <- v.run(ctx, args) }()
	select {
	case code = <-done:
		return code
	case <-ctx.Done():
	}
	// Told to stop. What takes longer than this to notice, such as the opening
	// of a pipe that nobody writes to, would never notice.
	select {
	case code = <-done:
		return code
	case <-time.After(stopGrace):
		v.console.lastLine(last)
		return exitInterrupted
	}
}

// stopGrace is how long a verb may take to clean up after an interrupt.
const stopGrace = 3 * time.Second

// run runs the verb and says what is left to say. A fault of the program ends
// with its trace and an exit code that no script takes for a result.
func (v *invocation) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if fault := recover(); fault != nil {
			v.console.setStatus("")
			v.complain(failure(finding.T("cli.fault", fmt.Sprint(fault)), nil))
			v.console.line(report.Clean(string(debug.Stack())))
			code = exitError
		}
	}()
	root := v.root()
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = v.helpless
	}
	if v.stdout.err != nil && err == nil {
		err = failure(finding.T("cli.stdout"), v.stdout.err)
	}
	return v.end(ctx, err)
}

// invocation is one run of the program.
type invocation struct {
	// ownChecks are those of the rules of credentials that the user gave.
	ownChecks []finding.Check
	env       environment
	stdin     io.Reader
	stdout    *pipeWriter
	console   *console
	log       *slog.Logger
	now       func() time.Time
	printer   i18n.Printer
	// width is that of standard output in columns; 0 when it is not a terminal.
	width    int
	terminal bool
	general  generalOptions
	config   configuration
	// helpless is the error of a help that there is no page for.
	helpless error
}

// generalOptions are the flags that every verb has.
type generalOptions struct {
	config  string
	lang    string
	verbose bool
	quiet   bool
}

// T says one of our texts. Parameters are cleaned: they come from outside more
// often than not.
func (v *invocation) T(id string, params ...string) string {
	clean := make([]string, len(params))
	for i, p := range params {
		clean[i] = report.Clean(p)
	}
	return v.printer.T(id, clean...)
}

func (v *invocation) text(t finding.Text) string { return v.T(t.ID, t.Params...) }

// note tells something that is no error, unless the user asked for quiet.
func (v *invocation) note(t finding.Text) {
	if !v.general.quiet {
		v.console.line(v.T("cli.note", v.text(t)))
	}
}

// detail tells something that only -v shows.
func (v *invocation) detail(t finding.Text) {
	if v.general.verbose {
		v.note(t)
	}
}

// chooseLanguage takes the language of --lang or of a file, else that of
// BULWARK_LANG, else the locale's.
func (v *invocation) chooseLanguage(lang string) error {
	if lang == "" {
		lang = v.env.get("BULWARK_LANG")
	}
	chosen, err := i18n.Choose(lang, v.env.get)
	v.printer = i18n.For(chosen)
	if err != nil {
		return usageError(finding.T("cli.lang", lang)).because(err)
	}
	return nil
}

// languageFlag finds --lang among the arguments before they are parsed: the
// help texts depend on it.
func languageFlag(args []string) string {
	for i, a := range args {
		switch {
		case a == "--":
			return ""
		case a == "--lang" && i+1 < len(args):
			return args[i+1]
		case len(a) > len("--lang=") && a[:len("--lang=")] == "--lang=":
			return a[len("--lang="):]
		}
	}
	return ""
}
