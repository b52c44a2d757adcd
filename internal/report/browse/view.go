package browse

import (
	"strings"

	"bulwark/internal/report"
)

// leftWidth and rightWidth share the screen; a column is between them.
func (m *Model) leftWidth() int  { return min(max(m.width*2/5, 10), 60) }
func (m *Model) rightWidth() int { return max(m.width-m.leftWidth()-1-2, 1) } // two for the cursor

// bodyHeight leaves the first line, the tabs and the last line.
func (m *Model) bodyHeight() int { return max(m.height-3, 1) }

// Screen is what is seen: height lines of width columns each.
func (m *Model) Screen() string {
	lines := []string{m.style("1", report.Fit(m.head(), m.width))}
	if m.help {
		lines = append(lines, m.helpLines()...)
	} else {
		lines = append(lines, m.body()...)
	}
	for len(lines) < m.height-1 {
		lines = append(lines, strings.Repeat(" ", m.width))
	}
	lines = append(lines[:max(min(len(lines), m.height-1), 0)], m.style("2", report.Fit(m.foot(), m.width)))
	return strings.Join(lines, "\n")
}

func (m *Model) body() []string {
	w, h := m.leftWidth(), m.bodyHeight()
	right := m.rightLines(h)
	m.left.follow(h+1, len(m.steps))
	out := make([]string, 0, h+1)
	for i := range h + 1 {
		side := strings.Repeat(" ", w)
		if n := m.left.top + i; n < len(m.steps) {
			side = m.cursor(m.stepLine(m.steps[n], w-2), w, n == m.left.at, !m.right)
		}
		other := right[i]
		out = append(out, side+"│"+other)
	}
	return out
}

// stepLine is a line of the left side.
func (m *Model) stepLine(s *step, width int) string {
	amount := strings.Repeat(" ", 8)
	if s.Layer >= 0 {
		amount = size(s.Bytes)
	}
	return report.Fit(amount+" "+report.Fit(m.counts(s), 8)+" "+s.text, width)
}

// rightLines are the tabs and h lines below them.
func (m *Model) rightLines(h int) []string {
	w, p := m.rightWidth(), m.in.Printer
	names := []string{p.T("browse.files"), p.T("browse.findings"), p.T("browse.details")}
	for i, name := range names {
		if tab(i) == m.tab {
			names[i] = "[" + name + "]"
		} else {
			names[i] = " " + name + " "
		}
	}
	out := []string{report.Fit(strings.Join(names, " "), w+2)}
	at := &m.step().place[m.tab]
	var n int
	var line func(i int) string
	if m.tab == tabFiles {
		rows := m.tree()
		n = len(rows)
		line = func(i int) string { return report.Fit(rows[i].String(), w-9) + " " + size(rows[i].n.size) }
		if n == 0 {
			n = 1
			why := p.T("browse.no-files")
			switch s := m.step(); {
			case s.Layer < 0:
				why = p.T("browse.no-layer")
			case m.choice.narrows():
				why = p.T("browse.no-match")
			}
			line = func(int) string { return why }
		}
	} else {
		text := m.text(w)
		n = len(text)
		line = func(i int) string { return text[i] }
	}
	at.follow(h, n)
	for i := range h {
		if k := at.top + i; k < n {
			out = append(out, m.cursor(report.Fit(line(k), w), w+2, k == at.at, m.right))
		} else {
			out = append(out, strings.Repeat(" ", w+2))
		}
	}
	return out
}

// follow keeps a place within its list of n lines, and the h lines shown around it.
func (p *place) follow(h, n int) {
	p.at = max(0, min(p.at, n-1))
	p.top = max(0, min(p.top, p.at), p.at-h+1)
}

// cursor marks the line at which the person is.
func (m *Model) cursor(line string, width int, here, active bool) string {
	switch {
	case here && active:
		return m.style("7", report.Fit("> "+line, width))
	case here:
		return m.style("1", report.Fit("> "+line, width))
	}
	return report.Fit("  "+line, width)
}

func (m *Model) foot() string {
	p := m.in.Printer
	var words []string
	if m.typing {
		return p.T("browse.filter", m.choice.text+"_")
	}
	if m.choice.text != "" {
		words = append(words, p.T("browse.filter", m.choice.text))
	}
	if m.choice.only {
		words = append(words, p.T("browse.only"))
	}
	if m.choice.bySize {
		words = append(words, p.T("browse.by-size"))
	}
	if m.in.Cut || m.step().cut {
		words = append(words, p.T("browse.cut"))
	}
	return strings.Join(append(words, p.T("browse.keys")), " · ")
}

func (m *Model) helpLines() []string {
	p := m.in.Printer
	var out []string
	for _, s := range []string{
		p.T("browse.help.move"), p.T("browse.help.side"), p.T("browse.help.tab"), p.T("browse.help.enter"), p.T("browse.help.filter"),
		p.T("browse.help.changed"), p.T("browse.help.size"), p.T("browse.help.marks"), p.T("browse.help.quit"),
	} {
		out = append(out, report.Fit("", m.width))
		for _, line := range report.Wrap(s, max(m.width-4, 1)) {
			out = append(out, report.Fit("  "+line, m.width))
		}
	}
	return out
}

// style puts a text between ECMA-48 SGR sequences.
func (m *Model) style(sgr, text string) string {
	if !m.in.Color {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}
