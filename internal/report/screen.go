package report

import (
	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

// Fit cuts a cleaned string to width columns, or fills it with spaces.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return pad(fit(s, width), width)
}

// Wrap breaks a cleaned text into lines of at most width columns.
func Wrap(s string, width int) []string { return wrap(s, width) }

// Bytes says a size for people ("12.3 MB").
func Bytes(n int64) string { return bytesText(n) }

// SeverityName names a severity.
func SeverityName(s finding.Severity) finding.Text { return severityText(s) }

// Titles gives what is said of each result of r in one line, cleaned.
func Titles(r *finding.Report, p i18n.Printer) func(*finding.Result) string {
	t := &table{sheet: sheet{p: p}, r: r, packages: packagesByID(r)}
	return t.title
}
