package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDraw(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		wantNot  string
	}{
		{"colour and bold", "\x1b[1;31mred\x1b[0m plain", []string{`fill="#ff7b72"`, `font-weight="bold">red<`, "> plain<"}, "\x1b"},
		{"markup is text", "<script>&", []string{"&lt;script&gt;&amp;"}, "<script>"},
		{"256 and 24 bit", "\x1b[38;5;196mx\x1b[48;2;1;2;3my", []string{"#ff0000", "#010203"}, ""},
		{"other sequences are dropped", "\x1b]0;title\x07a\x1b[2Kb\x1b(", []string{">ab<"}, "title"},
		{"a long line goes on below", strings.Repeat("x", 41), []string{strings.Repeat("x", 40) + "<", ">x<"}, ""},
		{"wide characters take two cells", "漏洞x", []string{`x="16.0"`, `x="32.8"`, `x="49.6"`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			draw(&out, "t", 40, 10, []byte(c.in))
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("lacks %q:\n%s", w, out.String())
				}
			}
			if c.wantNot != "" && strings.Contains(out.String(), c.wantNot) {
				t.Errorf("has %q:\n%s", c.wantNot, out.String())
			}
			d := xml.NewDecoder(&out)
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte("\x1b[1;38;5;3mx\x1b]0;\x1b[m漏"))
	f.Add([]byte("\x1b"))
	f.Fuzz(func(_ *testing.T, b []byte) { draw(io.Discard, "t", 10, 5, b) })
}
