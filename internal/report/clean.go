package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// isHarmful reports whether a character does something other than being seen:
// controls (C0, DEL, C1), line separators, overrides and isolates of text
// direction (Unicode Standard Annex 9), and characters without width that hide
// or join text. The joiners within emoji and Indic scripts are left: they
// change nothing outside their own word.
func isHarmful(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x180e, r == 0x3164, r == 0xfeff, r == 0xffa0:
		return true
	case r == 0x200b, r >= 0x200e && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return unicode.Is(unicode.Co, r)
}

// Clean makes a string from outside fit for a terminal, a page or a log:
// control characters, escape sequences, direction overrides, invisible
// characters and bytes that are no UTF-8 are shown as escapes. Every string
// that did not come from this program goes through it.
func Clean(s string) string {
	clean := true
	for i, r := range s {
		if r < 0x7f && r >= 0x20 {
			continue
		}
		if isHarmful(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x100 && isHarmful(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case isHarmful(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case isHarmful(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func decodeRune(b []byte) (rune, int) { return utf8.DecodeRune(b) }

// Columns is how many columns of a terminal a cleaned string takes: wide
// characters take two, combining marks none.
func Columns(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// ellipsis stands for what was cut off.
const ellipsis = "…"

// fit cuts a string to at most width columns; 0 leaves it whole.
func fit(s string, width int) string {
	if width <= 0 || Columns(s) <= width {
		return s
	}
	return cut(s, width-1) + ellipsis
}

// cut is the longest beginning of a string that takes at most width columns.
func cut(s string, width int) string {
	used, state := 0, -1
	for rest := s; rest != ""; {
		var w int
		at := len(s) - len(rest)
		_, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > width {
			return s[:at]
		}
	}
	return s
}

// fitEnd cuts a string from its beginning: of a path the end says more.
func fitEnd(s string, width int) string {
	if width <= 0 || Columns(s) <= width {
		return s
	}
	var clusters []string
	var widths []int
	state := -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		clusters, widths = append(clusters, cluster), append(widths, w)
	}
	used, i := 0, len(clusters)
	for i > 0 && used+widths[i-1] <= width-1 {
		i--
		used += widths[i]
	}
	return ellipsis + strings.Join(clusters[i:], "")
}

// pad fills a string with spaces to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Columns(s)))
}

// wrap breaks text into lines of at most width columns; 0 leaves it in one. It
// breaks at spaces, and between wide characters, as Chinese does.
func wrap(s string, width int) []string {
	if width <= 0 || Columns(s) <= width {
		return []string{s}
	}
	var lines []string
	var line strings.Builder
	used, state := 0, -1
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for rest := s; rest != ""; {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		w := Columns(strings.TrimRight(segment, " "))
		if used > 0 && used+w > width {
			flush()
		}
		for used == 0 && w > width { // a word longer than a line
			part := cut(segment, width)
			if part == "" {
				break
			}
			lines = append(lines, part)
			segment = segment[len(part):]
			w -= Columns(part)
		}
		line.WriteString(segment)
		used += Columns(segment)
	}
	if used > 0 {
		flush()
	}
	return lines
}

// clusterLen is the length in bytes of the first character.
func clusterLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
