package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestVerdict(t *testing.T) {
	const pass = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":2}
{"Action":"pass","Package":"p","Elapsed":2.1}
`
	for _, c := range []struct {
		name, in string
		ok       bool
		want     []string
		wantNot  string
	}{
		{"passed", pass, true, []string{"slow  p TestA", "\nhere: 1 tests passed, 0 failed\n"}, "noise"},
		{"nothing ran", `{"Action":"skip","Package":"p","Elapsed":0}`, false, []string{"no test ran", "0 tests passed, 0 failed"}, ""},
		{"skipped", pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"no engine\n"}
{"Action":"skip","Package":"p","Test":"TestB"}`, false, []string{"p TestB\nno engine", "1 tests passed, 1 failed"}, ""},
		{"failed", pass + `{"Action":"output","Package":"q","Test":"TestC","Output":"got 1\n"}
{"Action":"fail","Package":"q","Test":"TestC"}
{"Action":"fail","Package":"q"}`, false, []string{"FAIL  q TestC\ngot 1", "1 tests passed, 1 failed"}, ""},
		{"does not build", `{"ImportPath":"p [p.test]","Action":"build-output","Output":"x.go:1: no\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p [p.test]"}`, false, []string{"x.go:1: no", "0 tests passed, 1 failed"}, ""},
		{"panic outside a test", `{"Action":"output","Package":"p","Output":"panic: x\n"}
{"Action":"fail","Package":"p"}`, false, []string{"panic: x", "0 tests passed, 1 failed"}, ""},
		{"words that are not JSON", "go: downloading x\n" + pass, true, []string{"go: downloading x", "1 tests passed, 0 failed"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			v := &tally{output: map[string]*strings.Builder{}}
			if err := v.read(strings.NewReader(c.in), &out); err != nil {
				t.Fatal(err)
			}
			if ok := v.close(&out, 3); ok != c.ok {
				t.Errorf("ok = %v, want %v", ok, c.ok)
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("output lacks %q:\n%s", w, out.String())
				}
			}
			if c.wantNot != "" && strings.Contains(out.String(), c.wantNot) {
				t.Errorf("output has %q:\n%s", c.wantNot, out.String())
			}
		})
	}
}
