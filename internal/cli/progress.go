package cli

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"bulwark/internal/report"
)

// stage is how far a scan has come.
type stage struct {
	subject          string
	doing            string // what is said in place of the subject
	layers, ofLayers int
	bytes, ofBytes   int64
	files            int64
}

// progress is the one line on a terminal that says how far a scan has come. On
// anything but a terminal, and with -q, it does nothing.
type progress struct {
	v    *invocation
	mu   sync.Mutex
	now  stage
	quit chan struct{}
	done chan struct{}
}

// progressInterval is how often the line is drawn.
const progressInterval = 100 * time.Millisecond

// startProgress begins to draw; stop must be called.
func (v *invocation) startProgress() *progress {
	p := &progress{v: v}
	if !v.console.terminal || v.general.quiet {
		return p
	}
	p.quit, p.done = make(chan struct{}), make(chan struct{})
	go p.draw()
	return p
}

func (p *progress) draw() {
	defer close(p.done)
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.quit:
			p.v.console.setStatus("")
			return
		case <-tick.C:
			p.mu.Lock()
			now := p.now
			p.mu.Unlock()
			p.v.console.setStatus(p.v.stageLine(now, p.v.console.width-1))
		}
	}
}

// update replaces what is shown; it may be called from any goroutine.
func (p *progress) update(s stage) {
	p.mu.Lock()
	p.now = s
	p.mu.Unlock()
}

// pause takes the line away until the next update, for a report to be written.
func (p *progress) pause() {
	p.update(stage{})
	if p.quit != nil {
		p.v.console.setStatus("")
	}
}

// stop takes the line away for good.
func (p *progress) stop() {
	if p.quit != nil {
		close(p.quit)
		<-p.done
		p.quit = nil
	}
}

// stageLine says a stage in at most width columns. Figures come before a long
// name, of which the end says most.
func (v *invocation) stageLine(s stage, width int) string {
	if s.subject == "" && s.doing == "" {
		return ""
	}
	var figures []string
	if s.ofLayers > 0 {
		figures = append(figures, v.T("cli.progress.layers", strconv.Itoa(s.layers), strconv.Itoa(s.ofLayers)))
	}
	switch {
	case s.ofBytes > 0:
		figures = append(figures, v.T("cli.progress.bytes-of", bytesText(min(s.bytes, s.ofBytes)), bytesText(s.ofBytes)))
	case s.bytes > 0:
		figures = append(figures, v.T("cli.progress.bytes", bytesText(s.bytes)))
	}
	if s.files > 0 {
		figures = append(figures, v.T("cli.progress.files", strconv.FormatInt(s.files, 10)))
	}
	const gap = " · "
	rest := ""
	if len(figures) > 0 {
		rest = gap + strings.Join(figures, gap)
	}
	what := s.doing
	if what == "" {
		room := width - report.Columns(rest) - report.Columns(v.T("cli.progress.subject", ""))
		what = v.T("cli.progress.subject", fitEnd(report.Clean(s.subject), max(room, 10)))
	}
	return fit(what+rest, width)
}

// fitEnd cuts a name to a width in columns and keeps its end.
func fitEnd(s string, width int) string {
	if report.Columns(s) <= width {
		return s
	}
	runes := []rune(s)
	columns, i := 1, len(runes)
	for i > 0 {
		w := report.Columns(string(runes[i-1]))
		if columns+w > width {
			break
		}
		columns += w
		i--
	}
	return "…" + string(runes[i:])
}

// fit cuts a line to a width in columns.
func fit(s string, width int) string {
	if report.Columns(s) <= width {
		return s
	}
	var b strings.Builder
	columns := 0
	for _, r := range s {
		w := report.Columns(string(r))
		if columns+w > width-1 {
			break
		}
		b.WriteRune(r)
		columns += w
	}
	return b.String() + "…"
}
