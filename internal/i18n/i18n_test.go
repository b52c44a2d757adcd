package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func TestPrinter(t *testing.T) {
	for _, test := range []struct {
		name, text string
		params     []string
		want       string
	}{
		{"no parameter", "all good", nil, "all good"},
		{"order", "{1} before {0}", []string{"a", "b"}, "b before a"},
		{"one", "{0} {0:layer|layers}", []string{"1"}, "1 layer"},
		{"many", "{0} {0:layer|layers}", []string{"12"}, "12 layers"},
		{"none", "{0} {0:layer|layers}", []string{"0"}, "0 layers"},
		{"empty form", "CVE{0:|s}", []string{"2"}, "CVEs"},
		{"a parameter is not looked into", "{0}", []string{"{0} {1}"}, "{0} {1}"},
		{"missing parameter", "{0} and {1}", []string{"a"}, "a and ?"},
		{"braces", "a {b} {", nil, "a {b} {"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, say(takeApart(test.text), test.params)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnknownText(t *testing.T) {
	got := For("en").Text(finding.T("future.text", "a", "b"))
	if want := "future.text (a, b)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name, flag string
		env        map[string]string
		want       string
		wantErr    bool
	}{
		{name: "nothing", want: English},
		{name: "flag", flag: "zh-CN", want: Chinese},
		{name: "flag short", flag: "zh", want: Chinese},
		{name: "flag wins", flag: "en", env: map[string]string{"LC_ALL": "zh_CN.UTF-8"}, want: English},
		{name: "unknown flag", flag: "fr", wantErr: true, want: English},
		{name: "LC_ALL", env: map[string]string{"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, want: Chinese},
		{name: "LC_MESSAGES before LANG", env: map[string]string{"LC_MESSAGES": "zh_TW", "LANG": "C"}, want: Chinese},
		{name: "LC_ALL=C wins", env: map[string]string{"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, want: English},
		{name: "LANG", env: map[string]string{"LANG": "zh_CN.GB18030@x"}, want: Chinese},
		{name: "another language", env: map[string]string{"LANG": "de_DE.UTF-8"}, want: English},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Choose(test.flag, func(k string) string { return test.env[k] })
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v", err)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestTexts holds every text against what the package promises of them.
func TestTexts(t *testing.T) {
	seen := map[string]bool{}
	id := regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	for _, area := range areas() {
		for _, e := range area {
			switch {
			case seen[e.id]:
				t.Errorf("%s: declared twice", e.id)
			case !id.MatchString(e.id):
				t.Errorf("%s: not of the form area.name in lower case", e.id)
			case e.en == "" || e.zh == "":
				t.Errorf("%s: missing in one language", e.id)
			case !slices.Equal(params(e.en), params(e.zh)):
				t.Errorf("%s: parameters %v in English, %v in Chinese", e.id, params(e.en), params(e.zh))
			}
			for _, r := range e.en + e.zh {
				if unicode.IsControl(r) && r != '\n' {
					t.Errorf("%s: control character %q", e.id, r)
				}
			}
			seen[e.id] = true
		}
	}
}

// params lists the parameters a text uses, sorted, each once.
func params(s string) []int {
	var out []int
	for _, pc := range takeApart(s) {
		if pc.param >= 0 {
			out = append(out, pc.param)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestUsed finds texts used in the source of the whole module that nobody
// declared, or that are given another number of parameters than they use, and
// texts that are declared and used nowhere.
func TestUsed(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir // cmd may not be there yet
			}
			if d.IsDir() && d.Name() == "testdata" {
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Logf("not looked at: %v", err)
				return nil
			}
			inOurs := filepath.Base(filepath.Dir(path)) == "i18n"
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && !inOurs {
					s, err := strconv.Unquote(lit.Value)
					switch {
					case err != nil:
					case Has(s):
						used[s] = true
					case strings.HasSuffix(s, ".") && strings.Count(s, ".") > 1:
						// The beginning of IDs that are put together.
						for id := range table() {
							if strings.HasPrefix(id, s) {
								used[id] = true
							}
						}
					}
				}
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 || calledName(call) != "T" {
					return true
				}
				lit, ok := call.Args[0].(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				id, err := strconv.Unquote(lit.Value)
				if err != nil {
					return true
				}
				m, ok := table()[id]
				if !ok {
					t.Errorf("%s: text %q is not declared in internal/i18n", set.Position(call.Pos()), id)
					return true
				}
				want := 0
				for _, pc := range m.en {
					want = max(want, pc.param+1)
				}
				if got := len(call.Args) - 1; got != want && !call.Ellipsis.IsValid() {
					t.Errorf("%s: text %q is given %d parameters and has %d", set.Position(call.Pos()), id, got, want)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for id := range table() {
		if !used[id] {
			t.Errorf("text %q is declared and used nowhere", id)
		}
	}
}

// calledName is the name of the function or method called.
func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
