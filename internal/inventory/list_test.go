package inventory

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTypesAreAll reads the source: each constant Type… of the packages that
// name kinds is listed, and no extractor writes a kind as a plain string.
func TestTypesAreAll(t *testing.T) {
	declared := 0
	for _, dir := range []string{"../finding", "."} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if !strings.HasPrefix(name.Name, "Type") || i >= len(n.Values) {
							continue
						}
						if kind, ok := text(n.Values[i]); ok {
							declared++
							if !slices.Contains(Types(), kind) {
								t.Errorf("%s: %s = %q is not in Types", set.Position(n.Pos()), name.Name, kind)
							}
						}
					}
				case *ast.CallExpr:
					place, ok := map[string]int{"New": 1, "Emit": 3}[called(n)]
					if ok && place < len(n.Args) {
						if kind, plain := text(n.Args[place]); plain {
							t.Errorf("%s: the kind %q has no constant", set.Position(n.Pos()), kind)
						}
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Type" {
						if kind, plain := text(n.Value); plain {
							t.Errorf("%s: the kind %q has no constant", set.Position(n.Pos()), kind)
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if declared < len(Types()) {
		t.Errorf("%d kinds are declared, Types has %d", declared, len(Types()))
	}
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// called is the name of a function of package lang that a call calls.
func called(c *ast.CallExpr) string {
	of, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if pkg, ok := of.X.(*ast.Ident); !ok || pkg.Name != "lang" {
		return ""
	}
	return of.Sel.Name
}
