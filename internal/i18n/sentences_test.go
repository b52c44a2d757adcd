package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"bulwark/internal/finding"
)

func TestSentence(t *testing.T) {
	zh := For(Chinese)
	for _, test := range []struct{ name, in, want string }{
		{"whole", "it is a directory", "这是目录"},
		{"with a parameter", `more than 5 bytes in one layer: limit met`, "单个镜像层超过 5 字节：触及限制"},
		{"the system's words stay", `archive: open "x": no such file or directory`, `归档：open "x": no such file or directory`},
		{"inside another", "not in place: overlay2: the engine's data root \"/x\" can't be opened here: permission denied", `未就地读取 overlay2：此处无法打开引擎的数据目录 "/x"：permission denied`},
		{"with a way out", "not in place: overlay2: this process lacks CAP_SYS_ADMIN, without which overlay attributes can't be seen (hint: run as root)", "未就地读取 overlay2：本进程缺少 CAP_SYS_ADMIN，因而看不到 overlay 属性（提示：以 root 身份运行）"},
		{"a part in the middle", `EOF: read the archive: x`, `EOF：读取归档：x`},
		{"nothing of ours", "EOF: x: y", "EOF: x: y"},
		{"empty", "", ""},
		{"a form without its parameter", "layer ", "layer "},
		{"control characters are left to whoever writes", "layer \x1b: x", "镜像层 \x1b: x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := zh.Sentence(test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := For(English).Sentence(test.in); got != test.in {
				t.Errorf("in English %q", got)
			}
		})
	}
	text := finding.T("image-integrity.directory", "sha256:0", "its content differs from the layer's")
	if got := zh.Text(text); !strings.Contains(got, "其内容与镜像层不同") {
		t.Errorf("a finding on integrity says %q", got)
	}
}

// TestSentenceForms: both languages have the same parameters, and no form is
// there twice.
func TestSentenceForms(t *testing.T) {
	places := func(pieces []piece) map[int]bool {
		out := map[int]bool{}
		for _, pc := range pieces {
			if pc.param >= 0 {
				out[pc.param] = true
			}
		}
		return out
	}
	seen := map[string]bool{}
	for i, s := range sentences() {
		if seen[s.en] {
			t.Errorf("%q is there twice", s.en)
		}
		seen[s.en] = true
		m := forms()[i]
		en, zh := places(m.en), places(m.zh)
		if len(en) != len(zh) {
			t.Errorf("%q has %d parameters, %q %d", s.en, len(en), s.zh, len(zh))
		}
		next := 0
		for _, pc := range m.en {
			if pc.param >= 0 {
				if pc.param != next {
					t.Errorf("%q: parameter %d where %d is expected", s.en, pc.param, next)
				}
				next++
			}
		}
	}
}

// TestSentencesAreTold finds what the sources of images and the reading of
// layers say in English and nobody can say in Chinese.
func TestSentencesAreTold(t *testing.T) {
	verb := regexp.MustCompile(`%[0-9.]*[a-zA-Z]`)
	checked := 0
	for _, dir := range []string{"../image/source", "../image/layer", "../inventory"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			say := func(e ast.Expr) {
				// "text", "text " + x, fmt.Sprintf("text", …)
				form := ""
				switch e := e.(type) {
				case *ast.BasicLit:
					form, _ = strconv.Unquote(e.Value)
				case *ast.BinaryExpr:
					if lit, ok := e.X.(*ast.BasicLit); ok {
						form, _ = strconv.Unquote(lit.Value)
						form += "%s"
					}
				case *ast.CallExpr:
					if len(e.Args) == 0 || calledName(e) != "Sprintf" {
						return
					}
					if lit, ok := e.Args[0].(*ast.BasicLit); ok {
						form, _ = strconv.Unquote(lit.Value)
					}
				}
				if !strings.Contains(verb.ReplaceAllString(form, ""), " ") {
					return
				}
				checked++
				sample := verb.ReplaceAllStringFunc(form, func(v string) string {
					switch v[len(v)-1] {
					case 'q':
						return `"x"`
					case 'd':
						return "7"
					}
					return "x"
				})
				if got := For(Chinese).Sentence(sample); !strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
					t.Errorf("%s: %q has no Chinese in sentences_list.go", set.Position(e.Pos()), form)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					switch calledName(n) {
					case "cannot":
						say(n.Args[0])
					case "lost":
						say(n.Args[len(n.Args)-1])
					case "differs":
						say(n.Args[1])
					case "unreadRecord":
						say(n.Args[2])
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Detail" {
						say(n.Value)
					}
				case *ast.CompositeLit:
					if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Attempt" && len(n.Elts) == 2 {
						if call, ok := n.Elts[1].(*ast.CallExpr); ok && calledName(call) == "New" {
							say(call.Args[0])
						}
					}
				}
				return true
			})
		}
	}
	if checked < 60 {
		t.Errorf("%d sentences were looked at: the test no longer finds them", checked)
	}
}

// FuzzSentence: any text is said in bounded time, and English stays English.
func FuzzSentence(f *testing.F) {
	for _, s := range []string{"layer 3: read entry 7: limit met", strings.Repeat("layer : ", 500), strings.Repeat("image layer manifest ", 190), "\xff: \x00", "{0}: {1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		begun := time.Now()
		For(Chinese).Sentence(s)
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("%d bytes took %s", len(s), took)
		}
		if For(English).Sentence(s) != s {
			t.Error("English was changed")
		}
	})
}
