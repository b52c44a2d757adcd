// Command ansisvg draws what a program printed on a terminal as an SVG picture:
//
//	ansisvg -title 'bulwark scan …' [-columns 100] [-rows 60] <output >picture.svg
//
// It knows the SGR colours and attributes (ECMA-48 8.3.117; colours 0–15, 256
// and 24 bit), drops every other escape sequence, gives wide characters two
// columns, and writes text as text, so that it can be searched and copied.
package main

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type style struct {
	fg, bg                        string
	bold, dim, italic, under, inv bool
}

type span struct {
	style
	column int
	text   string
	width  int
}

// The sixteen colours, readable on the dark ground below.
var palette = [16]string{
	"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
	"#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
}

const (
	ground, ink = "#0d1117", "#c9d1d9"
	cell, line  = 8.4, 19.0
)

func main() {
	title := flag.String("title", "", "shown in the window's bar")
	columns := flag.Int("columns", 100, "width of the window")
	rows := flag.Int("rows", 200, "lines at most; a line says how many were left out")
	flag.Parse()
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 4<<20))
	if err != nil {
		fmt.Fprintln(os.Stderr, "ansisvg:", err)
		os.Exit(1)
	}
	w := bufio.NewWriter(os.Stdout)
	draw(w, *title, *columns, *rows, text)
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "ansisvg:", err)
		os.Exit(1)
	}
}

// parse splits output into lines of spans, none wider than columns: a longer
// line goes on below, as on a terminal.
func parse(text []byte, columns int) [][]span {
	var lines [][]span
	var now style
	raw := strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for l := range strings.SplitSeq(raw, "\n") {
		var spans []span
		column := 0
		for l != "" {
			if l[0] == 0x1b {
				var params string
				var final byte
				params, final, l = escape(l)
				if final == 'm' {
					now = now.sgr(params)
				}
				continue
			}
			r, size := utf8.DecodeRuneInString(l)
			l = l[size:]
			if r == '\t' {
				r = ' '
			}
			if unicode.IsControl(r) || r == unicode.ReplacementChar {
				continue
			}
			w := width(r)
			if column+w > columns {
				lines, spans, column = append(lines, spans), nil, 0
			}
			// A wide character has a span of its own: no font gives it just two cells.
			if n := len(spans); n > 0 && spans[n-1].style == now && w == 1 && spans[n-1].width == utf8.RuneCountInString(spans[n-1].text) {
				spans[n-1].text += string(r)
				spans[n-1].width++
			} else {
				spans = append(spans, span{now, column, string(r), w})
			}
			column += w
		}
		lines = append(lines, spans)
	}
	return lines
}

// escape takes one escape sequence off the front of s: CSI (ESC [ … final), or
// ESC and one character; OSC up to its end.
func escape(s string) (params string, final byte, rest string) {
	if len(s) < 2 {
		return "", 0, ""
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return s[2:i], s[i], s[i+1:]
			}
		}
		return "", 0, ""
	case ']':
		if i := strings.IndexByte(s, 0x07); i >= 0 {
			return "", 0, s[i+1:]
		}
		if i := strings.Index(s, "\x1b\\"); i >= 0 {
			return "", 0, s[i+2:]
		}
		return "", 0, ""
	}
	return "", 0, s[2:]
}

func (s style) sgr(params string) style {
	codes := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		return style{}
	}
	for i := 0; i < len(codes); i++ {
		n, err := strconv.Atoi(codes[i])
		if err != nil {
			continue
		}
		switch {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.dim = true
		case n == 3:
			s.italic = true
		case n == 4:
			s.under = true
		case n == 7:
			s.inv = true
		case n == 22:
			s.bold, s.dim = false, false
		case n == 23:
			s.italic = false
		case n == 24:
			s.under = false
		case n == 27:
			s.inv = false
		case n >= 30 && n <= 37:
			s.fg = palette[n-30]
		case n == 39:
			s.fg = ""
		case n >= 40 && n <= 47:
			s.bg = palette[n-40]
		case n == 49:
			s.bg = ""
		case n >= 90 && n <= 97:
			s.fg = palette[n-82]
		case n >= 100 && n <= 107:
			s.bg = palette[n-92]
		case n == 38 || n == 48:
			c, used := colour(codes[i+1:])
			i += used
			if n == 38 {
				s.fg = c
			} else {
				s.bg = c
			}
		}
	}
	return s
}

// colour reads "5;N" or "2;R;G;B".
func colour(codes []string) (string, int) {
	number := func(i int) int {
		if i >= len(codes) {
			return 0
		}
		n, err := strconv.Atoi(codes[i])
		if err != nil || n < 0 || n > 255 {
			return 0
		}
		return n
	}
	switch {
	case len(codes) == 0:
		return "", 0
	case codes[0] == "2":
		return fmt.Sprintf("#%02x%02x%02x", number(1), number(2), number(3)), 4
	case codes[0] != "5":
		return "", 1
	}
	n := number(1)
	switch {
	case n < 16:
		return palette[n], 2
	case n < 232:
		n -= 16
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6)), 2
	default:
		return fmt.Sprintf("#%[1]02x%[1]02x%[1]02x", 8+10*(n-232)), 2
	}
}

// width is 2 for East Asian wide characters and emoji, else 1 (the blocks that
// Bulwark's own texts use; not the whole of UAX 11).
func width(r rune) int {
	switch {
	case unicode.Is(unicode.Han, r), unicode.Is(unicode.Hangul, r), unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r),
		r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff:
		return 2
	case unicode.Is(unicode.Mn, r):
		return 0
	}
	return 1
}

func draw(w io.Writer, title string, columns, rows int, text []byte) {
	lines := parse(text, columns)
	if left := len(lines) - rows; left > 0 {
		lines = append(lines[:rows:rows], []span{{style{dim: true}, 0, fmt.Sprintf("… %d more lines", left), 0}})
	}
	const margin, bar = 16.0, 34.0
	wide, high := float64(columns)*cell+2*margin, float64(len(lines))*line+bar+2*margin-8
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="ui-monospace,'DejaVu Sans Mono','Noto Sans Mono CJK SC',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">`+"\n", wide, high, wide, high)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", ground)
	for i, c := range []string{"#ff5f56", "#ffbd2e", "#27c93f"} {
		fmt.Fprintf(w, `<circle cx="%d" cy="18" r="6" fill="%s"/>`, 20+i*20, c)
	}
	fmt.Fprintf(w, `<text x="%.0f" y="23" fill="#8b949e" text-anchor="middle">%s</text>`+"\n", wide/2, escapeXML(title))
	for i, l := range lines {
		y := bar + margin + float64(i)*line
		for _, s := range l {
			x := margin + float64(s.column)*cell
			fg, bg := s.fg, s.bg
			if s.inv {
				if fg == "" {
					fg = ink
				}
				if bg == "" {
					bg = ground
				}
				fg, bg = bg, fg
			}
			if bg != "" {
				fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, y-14, float64(s.width)*cell, line, bg)
			}
			if strings.TrimSpace(s.text) == "" {
				continue
			}
			if fg == "" {
				fg = ink
			}
			fmt.Fprintf(w, `<text x="%.1f" y="%.1f" fill="%s"`, x, y, fg)
			if s.width > 1 {
				fmt.Fprintf(w, ` textLength="%.1f"`, float64(s.width)*cell)
			}
			for _, a := range []struct {
				on   bool
				text string
			}{{s.bold, ` font-weight="bold"`}, {s.dim, ` opacity="0.65"`}, {s.italic, ` font-style="italic"`}, {s.under, ` text-decoration="underline"`}} {
				if a.on {
					io.WriteString(w, a.text) //nolint:errcheck // Flush tells of the first error
				}
			}
			fmt.Fprintf(w, ">%s</text>", escapeXML(s.text))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "</svg>")
}

func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}
