package tomlpull

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func events(doc string) ([]string, error) {
	var all []string
	err := Read([]byte(doc), Visitor{
		Table: func(path string, array bool, line int) error {
			all = append(all, fmt.Sprintf("%d table %s %v", line, path, array))
			return nil
		},
		Key: func(table, key string, v Value, line int) error {
			inner := ""
			if g, ok := v.Get("x"); ok {
				inner = g.Text()
			}
			all = append(all, fmt.Sprintf("%d %s/%s %q %v %v %s", line, table, key, v.Text(), v.True(), v.Strings(), inner))
			return nil
		},
	})
	return all, err
}

func TestRead(t *testing.T) {
	got, err := events("# c\ntop = 1\n\n[[package]]\nname = \"a\\u00e9\"\nlist = [\n  \"x\", # c\n  'y',\n]\nt = { x = \"1\", y = {z=2} }\n[package.\"sub\"]\na.b = true\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`2 /top "1" false [] `,
		`4 table package true`,
		`5 package/name "aé" false [] `,
		`6 package/list "" false [x y] `,
		`10 package/t "" false [] 1`,
		`11 table package.sub false`,
		`12 package.sub/a.b "true" true [] `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	for _, doc := range []string{"a = ", "[a", "a = \"", "= 1", "a = " + strings.Repeat("[", 100_000)} {
		if _, err := events(doc); err == nil {
			t.Errorf("%.20q is no error", doc)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[[package]]\nname = \"a\"\nlist = [\"x\"]\nt = { x = 1 }\n")
	f.Fuzz(func(_ *testing.T, doc string) { _, _ = events(doc) })
}
