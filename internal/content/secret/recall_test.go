package secret

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ways are how a name and a value stand together in the languages and files
// that credentials are found in: {n} is the name in lower case, {N} in capitals,
// {v} the value.
var ways = []struct{ path, text string }{
	{"app/.env", "{N}_TOKEN={v}\n"},
	{"app/run.sh", "export {N}_TOKEN='{v}'\n"},
	{"app/main.go", "\t{n}Token := \"{v}\"\n"},
	{"app/const.go", "const {n}Key = `{v}`\n"},
	{"app/main.py", "{n}_token = '{v}'\n"},
	{"app/main.py", "client = Client({n}_token=\"{v}\")\n"},
	{"app/index.js", "const {n}Token = \"{v}\";\n"},
	{"app/index.ts", "  {n}Token: '{v}',\n"},
	{"app/Main.java", "String {n}Token = \"{v}\";\n"},
	{"app/main.rb", "config[:{n}_token] = '{v}'\n"},
	{"app/index.php", "${n}Token = '{v}';\n"},
	{"app/Main.cs", "string {n}Token = @\"{v}\";\n"},
	{"app/settings.json", "{\"{n}_token\": \"{v}\"}\n"},
	{"app/values.yaml", "  {n}Token: {v}\n"},
	{"app/compose.yaml", "    environment:\n      - {N}_TOKEN={v}\n"},
	{"app/settings.xml", "<{n}Token>{v}</{n}Token>\n"},
	{"app/web.config", "<add key=\"{n}Token\" value=\"{v}\"/>\n"},
	{"app/application.properties", "{n}.token = {v}\n"},
	{"app/main.tf", "  {n}_token = \"{v}\"\n"},
	{"app/Makefile", "{N}_TOKEN ?= {v}\n"},
}

// TestRecall makes examples of every provider's credentials in each of the
// ways, and holds how many are found as floors: a line "provider: found of all"
// in testdata/recall.txt, to be looked at when it changes.
func TestRecall(t *testing.T) {
	all, err := Compile(Rules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, made := map[string]int{}, map[string]int{}
	for _, r := range Rules() {
		if r.sample == "" || r.Provider == "" {
			continue
		}
		name := "service"
		if r.Shape == Keyed || strings.HasPrefix(r.Pattern, "(?i:") { // the name tells
			name = r.Anchors[0]
		}
		for _, w := range ways {
			text := strings.NewReplacer("{n}", name, "{N}", strings.ToUpper(name), "{v}", r.sample).Replace(w.text)
			hit := false
			if err := all.Scan(context.Background(), w.path, strings.NewReader(text), func(h Hit) { hit = hit || h.Rule.Provider == r.Provider }); err != nil {
				t.Fatal(err)
			}
			made[r.Provider]++
			found[r.Provider] += boolInt(hit)
		}
	}
	var got strings.Builder
	providers := make([]string, 0, len(made))
	for p := range made {
		providers = append(providers, p)
	}
	slices.Sort(providers)
	for _, p := range providers {
		fmt.Fprintf(&got, "%s: %d of %d\n", p, found[p], made[p])
	}
	golden := filepath.Join("testdata", "recall.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}
