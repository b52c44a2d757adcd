package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
)

func TestChecks(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	cwe := regexp.MustCompile(`^CWE-\d+$`)
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	points := []string{"image", "run", "system", "network", "baseline", "software"}
	seen := map[string]bool{}
	for _, c := range Checks() {
		t.Run(c.ID, func(t *testing.T) {
			if !id.MatchString(c.ID) {
				t.Error("an ID is lower case with hyphens")
			}
			if seen[c.ID] {
				t.Error("declared twice")
			}
			seen[c.ID] = true
			if !slices.Contains(points, c.Point) {
				t.Errorf("unknown point %q", c.Point)
			}
			for _, text := range []finding.Text{c.Title, c.Why, c.Fix} {
				if !i18n.Has(text.ID) {
					t.Errorf("text %q is not declared", text.ID)
				}
			}
			for _, r := range c.References {
				if u, err := url.Parse(r); err != nil || u.Scheme != "https" {
					t.Errorf("reference %q is not an https URL", r)
				}
			}
			for _, w := range c.CWE {
				if !cwe.MatchString(w) {
					t.Errorf("CWE %q", w)
				}
			}
			for _, a := range c.ATTACK {
				if !technique.MatchString(a) {
					t.Errorf("ATT&CK %q", a)
				}
			}
		})
	}
}

func TestFind(t *testing.T) {
	if _, ok := Find(finding.CheckEndOfLife); !ok {
		t.Error("a declared check is not found")
	}
	if _, ok := Find("no-such-check"); ok {
		t.Error("an undeclared check is found")
	}
}

// TestEveryCheckIsListed looks through the source for checks that are named and
// not on the list: constants CheckX = "…" and literals Check: "…".
func TestEveryCheckIsListed(t *testing.T) {
	named := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
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
			return err
		}
		look := func(e ast.Expr) {
			lit, ok := e.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return
			}
			id, err := strconv.Unquote(lit.Value)
			if err != nil {
				return
			}
			named++
			if _, ok := Find(id); !ok {
				t.Errorf("%s: check %q is not on the list", set.Position(e.Pos()), id)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Check" {
					look(n.Value)
				}
			case *ast.GenDecl:
				if n.Tok != token.CONST {
					return true
				}
				for _, spec := range n.Specs {
					v, ok := spec.(*ast.ValueSpec)
					if !ok {
						continue
					}
					for i, name := range v.Names {
						if strings.HasPrefix(name.Name, "Check") && i < len(v.Values) {
							look(v.Values[i])
						}
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
	if named < len(finding.CoreChecks()) {
		t.Errorf("only %d named checks were seen: the test looks in the wrong place", named)
	}
}
