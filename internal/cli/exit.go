package cli

import (
	"context"
	"errors"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// Exit codes, the same for every verb. They are promised in docs/compatibility.md.
const (
	exitOK          = 0   // ran, and the gate passed if one was set
	exitError       = 1   // could not be done
	exitUsage       = 2   // the command line, environment or configuration is wrong
	exitGate        = 3   // the gate failed
	exitIncomplete  = 4   // something was not read, or has no advisory data
	exitInterrupted = 130 // Ctrl-C or SIGTERM
)

// problem is an error as the user sees it: what went wrong, why, and the way
// out. Text and hint are translated when they are printed.
type problem struct {
	code int
	text finding.Text
	// reason is a cause in our own words, cause one of somebody else's.
	reason finding.Text
	cause  error
	// details stand below, a line each.
	details []finding.Text
	hint    finding.Text
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.text.ID + ": " + p.cause.Error()
	}
	return p.text.ID
}

func (p *problem) Unwrap() error { return p.cause }

// usageError is for what the user can mend by typing something else.
func usageError(text finding.Text) *problem { return &problem{code: exitUsage, text: text} }

// failure is for what could not be done.
func failure(text finding.Text, cause error) *problem {
	return &problem{code: exitError, text: text, cause: cause}
}

// withHint adds the way out.
func (p *problem) withHint(id string, params ...string) *problem {
	p.hint = finding.T(id, params...)
	return p
}

// because adds the reason.
func (p *problem) because(err error) *problem {
	p.cause = err
	return p
}

// exitStatus ends a verb that has said everything with a code that is not 0.
type exitStatus int

func (e exitStatus) Error() string { return "exit status" }

// worst joins the exit codes of several subjects: an error hides no failed gate
// of another one in the output, but it is what a script must see first.
func worst(a, b int) int {
	for _, code := range []int{exitInterrupted, exitUsage, exitError, exitGate, exitIncomplete} {
		if a == code || b == code {
			return code
		}
	}
	return exitOK
}

// end says what is still to be said about err and gives the exit code.
func (v *invocation) end(ctx context.Context, err error) int {
	var status exitStatus
	var p *problem
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && !errors.As(err, &status):
		// Whatever broke, it broke because the run was told to stop.
		v.console.line(v.T("cli.interrupted"))
		return exitInterrupted
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &p):
		v.complain(p)
		return p.code
	default:
		v.complain(&problem{text: finding.T("cli.error", err.Error())})
		return exitError
	}
}

// complain prints a problem: one line, and a hint where there is one.
func (v *invocation) complain(p *problem) {
	msg := v.text(p.text)
	if p.reason.ID != "" {
		msg = v.T("cli.because", msg, v.text(p.reason))
	}
	var hints []string
	var lines []string
	if p.cause != nil {
		var cause string
		cause, hints = adviceApart(p.cause.Error())
		first, rest, _ := strings.Cut(cause, "\n")
		msg = v.T("cli.because", msg, v.printer.Sentence(first))
		for line := range strings.SplitSeq(rest, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, v.printer.Sentence(line))
			}
		}
	}
	for _, d := range p.details {
		text, more := adviceApart(v.text(d))
		lines = append(lines, text)
		hints = append(hints, more...)
	}
	v.console.line("bulwark: " + msg)
	for _, l := range lines {
		v.console.line("  " + report.Clean(l))
	}
	if p.hint.ID != "" {
		hints = append(hints, v.text(p.hint))
	}
	for _, h := range hints {
		v.console.line(v.T("cli.hint", v.printer.Sentence(h)))
	}
}

// sentence says an error of another part in the user's language, and leaves its
// ways out where [adviceApart] finds them.
func (v *invocation) sentence(s string) string {
	text, hints := adviceApart(s)
	text = v.printer.Sentence(text)
	for _, h := range hints {
		text += " (hint: " + h + ")"
	}
	return text
}

// adviceApart takes the ways out, "(hint: …)", out of an error of another part
// of the program.
func adviceApart(s string) (text string, hints []string) {
	const opening = " (hint: "
	for {
		i := strings.Index(s, opening)
		if i < 0 {
			return s, hints
		}
		depth, end := 1, -1
		for j := i + len(opening); j < len(s) && depth > 0; j++ {
			switch s[j] {
			case '(':
				depth++
			case ')':
				depth--
				end = j
			}
		}
		if depth > 0 {
			return s, hints
		}
		hints = append(hints, s[i+len(opening):end])
		s = s[:i] + s[end+1:]
	}
}
