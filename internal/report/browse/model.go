// Package browse lets a person walk through an image on a terminal: the
// instructions of its build, what files each brought, and what was found there.
//
// # Promises
//
// Everything on the screen is computed by [Model], which knows no terminal:
// keys and sizes go in, lines come out. Each line is exactly as wide as the
// screen; every name from the image is cleaned ([report.Clean]). What is not
// shown because of a bound is said on the screen.
//
// # What it does not do
//
// It reads no image and decides nothing: the report is finished before, and the
// listing of files is handed over.
package browse

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/imageconfig"
	"bulwark/internal/report"
)

// Input is what is shown.
type Input struct {
	Report *finding.Report
	// Files of each layer, sorted so that what is below a directory follows it.
	Files [][]File
	// Cut is true when Files are not all.
	Cut     bool
	Printer i18n.Printer
	Color   bool
}

type tab int

const (
	tabFiles tab = iota
	tabFindings
	tabDetails
	tabs
)

// step is a line of the left side.
type step struct {
	imageconfig.Instruction
	text  string
	rest  bool // stands for the image as a whole
	tree  *node
	cut   bool
	place [tabs]place
}

// place is where the person is in a list.
type place struct{ at, top int }

// Model is the state of the browser.
type Model struct {
	in            Input
	titles        func(*finding.Result) string
	steps         []*step
	left          place
	right         bool // the right side has the keys
	tab           tab
	choice        choice
	typing, help  bool
	width, height int
	rows          []row // of the tree shown; nil when they have to be made again
}

// New makes a model of 80 columns and 24 lines.
func New(in Input) *Model {
	m := &Model{in: in, titles: report.Titles(in.Report, in.Printer), width: 80, height: 24}
	steps, rest := imageconfig.ByInstruction(in.Report)
	for _, s := range steps {
		text := report.Clean(strings.TrimSpace(s.Verb + " " + s.Args))
		if text == "" {
			text = in.Printer.T("browse.no-text")
		}
		m.steps = append(m.steps, &step{Instruction: s, text: text})
	}
	if len(rest) > 0 || len(steps) == 0 {
		m.steps = append(m.steps, &step{
			Instruction: imageconfig.Instruction{Layer: -1, Findings: rest},
			text:        in.Printer.T("browse.rest"), rest: true,
		})
	}
	return m
}

// Resize says how large the screen is.
func (m *Model) Resize(width, height int) { m.width, m.height = max(width, 1), max(height, 1) }

// Press takes a key by its name ("up", "q", "enter"); text is what it types. It
// returns true when the person is done.
func (m *Model) Press(key, text string) (quit bool) {
	if m.typing {
		m.typeFilter(key, text)
		return false
	}
	if m.help {
		m.help = false
		return key == "q"
	}
	switch key {
	case "q":
		return true
	case "?":
		m.help = true
	case "/":
		m.typing, m.right, m.tab = true, true, tabFiles
	case "esc":
		m.choice.text, m.rows = "", nil
		m.toTop()
	case "f":
		m.choice.only, m.rows = !m.choice.only, nil
		m.toTop()
	case "s":
		m.choice.bySize, m.rows = !m.choice.bySize, nil
		m.toTop()
	case "tab":
		m.tab = (m.tab + 1) % tabs
	case "shift+tab":
		m.tab = (m.tab + tabs - 1) % tabs
	case "left", "h":
		if !m.fold(false) {
			m.right = false
		}
	case "right", "l":
		if m.right {
			m.fold(true)
		}
		m.right = true
	case "enter":
		if n := m.selected(); n != nil && n.dir {
			n.open, m.rows = !n.open, nil
		}
		m.right = true
	case "up", "k":
		m.move(-1)
	case "down", "j":
		m.move(1)
	case "pgup":
		m.move(-m.bodyHeight())
	case "pgdown", "space":
		m.move(m.bodyHeight())
	case "home", "g":
		m.move(-1 << 30)
	case "end", "G":
		m.move(1 << 30)
	}
	return false
}

// mostTyped bounds what is typed into the filter, in bytes.
const mostTyped = 200

func (m *Model) typeFilter(key, text string) {
	c := &m.choice
	switch {
	case key == "enter":
		m.typing = false
		return
	case key == "esc":
		m.typing, c.text = false, ""
	case key == "backspace":
		_, n := utf8.DecodeLastRuneInString(c.text)
		c.text = c.text[:len(c.text)-n]
	case text != "" && len(c.text)+len(text) <= mostTyped:
		c.text += strings.ToLower(report.Clean(text))
	default:
		return
	}
	m.rows = nil
	m.toTop()
}

func (m *Model) toTop() {
	for _, s := range m.steps {
		s.place[tabFiles] = place{}
	}
}

func (m *Model) step() *step { return m.steps[m.left.at] }

// selected is the node under the cursor, nil where there is none.
func (m *Model) selected() *node {
	if !m.right || m.tab != tabFiles {
		return nil
	}
	rows := m.tree()
	if at := m.step().place[tabFiles].at; at < len(rows) {
		return rows[at].n
	}
	return nil
}

// fold opens or closes the directory under the cursor; false where it is so already.
func (m *Model) fold(open bool) bool {
	n := m.selected()
	if n == nil || !n.dir || n.open == open || m.choice.narrows() {
		return false
	}
	n.open, m.rows = open, nil
	return true
}

func (m *Model) move(by int) {
	if !m.right {
		before := m.left.at
		m.left.at = max(0, min(m.left.at+by, len(m.steps)-1))
		if m.left.at != before {
			m.rows = nil
		}
		return
	}
	p := &m.step().place[m.tab]
	p.at = max(0, min(p.at+by, m.length()-1))
}

// length is how many lines the tab has.
func (m *Model) length() int {
	if m.tab == tabFiles {
		return len(m.tree())
	}
	return len(m.text(m.rightWidth()))
}

// tree is what is shown of the files.
func (m *Model) tree() []row {
	s := m.step()
	if s.Layer < 0 || s.Layer >= len(m.in.Files) {
		return nil
	}
	if s.tree == nil {
		s.tree, s.cut = grow(m.in.Files[s.Layer])
	}
	if m.rows == nil {
		m.rows = m.choice.rows(s.tree)
	}
	return m.rows
}

// text are the lines of the findings or of the details, which are at most width
// columns wide.
func (m *Model) text(width int) []string {
	s, p, r := m.step(), m.in.Printer, m.in.Report
	var out []string
	say := func(text string) { out = append(out, report.Wrap(text, max(width, 1))...) }
	if m.tab == tabFindings {
		for _, i := range s.Findings {
			res := &r.Results[i]
			say(p.Text(report.SeverityName(res.Rating.Severity)) + "  " + m.titles(res))
			for _, l := range res.Locations {
				if l.Path != "" {
					say("    " + report.Clean(l.Path))
					break
				}
			}
		}
		if len(out) == 0 {
			say(p.T("browse.no-findings"))
		}
		return out
	}
	say(s.text)
	if s.Created != "" {
		say(report.Clean(s.Created))
	}
	if s.Layer < 0 || s.Layer >= len(r.Layers) {
		if !s.rest {
			say(p.T("browse.no-layer"))
		}
		return out
	}
	say(p.T("browse.layer", strconv.Itoa(s.Layer), report.Bytes(s.Bytes), strconv.Itoa(s.Files)))
	say(report.Clean(r.Layers[s.Layer].DiffID))
	if r.Image != nil && s.Layer < len(r.Image.Contents) {
		c := r.Image.Contents[s.Layer]
		say(p.T("browse.changes", strconv.Itoa(c.Added), strconv.Itoa(c.Changed), strconv.Itoa(c.Removed)))
	}
	if s.Wasted > 0 {
		say(p.T("browse.wasted", report.Bytes(s.Wasted)))
	}
	if len(s.Packages) > 0 {
		say(p.T("browse.packages", strconv.Itoa(len(s.Packages)), strconv.Itoa(s.HiddenPackages)))
	}
	return out
}

// counts says how many findings there are of the worst severities ("C1 H12").
func (m *Model) counts(s *step) string {
	n := map[finding.Severity]int{}
	for _, i := range s.Findings {
		n[m.in.Report.Results[i].Rating.Severity]++
	}
	var words []string
	for _, sev := range finding.Severities() {
		if n[sev] > 0 {
			words = append(words, strings.ToUpper(sev.String()[:1])+strconv.Itoa(n[sev]))
		}
	}
	return strings.Join(words, " ")
}

// head is the first line.
func (m *Model) head() string {
	r, p := m.in.Report, m.in.Printer
	image := r.Image
	if image == nil {
		image = &finding.Image{}
	}
	s := p.T("browse.head", report.Clean(r.Subject.Ref), report.Bytes(image.FinalSize), strconv.Itoa(image.FinalFiles), report.Bytes(image.Waste))
	if n := len(r.Unread); n > 0 {
		s = p.T("browse.unread", strconv.Itoa(n)) + " · " + s
	}
	return s
}

// size is a size in eight columns.
func size(n int64) string { return fmt.Sprintf("%8s", report.Bytes(n)) }
