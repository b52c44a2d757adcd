package cli

import (
	"context"
	"log/slog"
	"strings"

	"bulwark/internal/report"
)

// noteHandler turns what the parts log into notes: what is a warning always,
// the rest with -v.
type noteHandler struct {
	v     *invocation
	attrs []slog.Attr
	group string
}

var _ slog.Handler = (*noteHandler)(nil)

// Enabled implements slog.Handler.
func (h *noteHandler) Enabled(_ context.Context, level slog.Level) bool {
	switch {
	case h.v.general.quiet:
		return false
	case level >= slog.LevelWarn:
		return true
	default:
		return h.v.general.verbose && level >= slog.LevelInfo
	}
}

// Handle implements slog.Handler.
func (h *noteHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	write := func(a slog.Attr) bool {
		b.WriteString(" " + h.group + a.Key + "=" + a.Value.Resolve().String())
		return true
	}
	for _, a := range h.attrs {
		write(a)
	}
	r.Attrs(write)
	h.v.console.line(h.v.printer.T("cli.note", report.Clean(b.String())))
	return nil
}

// WithAttrs implements slog.Handler.
func (h *noteHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append(append([]slog.Attr(nil), h.attrs...), attrs...)
	return &c
}

// WithGroup implements slog.Handler.
func (h *noteHandler) WithGroup(name string) slog.Handler {
	c := *h
	c.group += name + "."
	return &c
}
