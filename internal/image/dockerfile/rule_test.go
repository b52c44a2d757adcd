package dockerfile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// has lints a file and tells whether a check found something in it.
func has(t *testing.T, src, check string) bool {
	t.Helper()
	results, err := Lint(context.Background(), "Dockerfile", []byte(src))
	if err != nil {
		t.Fatalf("lint: %v\n%s", err, src)
	}
	return slices.ContainsFunc(results, func(r finding.Result) bool { return r.Check == check })
}

func TestExamples(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			if !has(t, r.bad, prefix+r.name) {
				t.Errorf("not found in the bad example:\n%s", r.bad)
			}
			if has(t, r.good, prefix+r.name) {
				t.Errorf("found in the good example:\n%s", r.good)
			}
			for _, example := range []string{r.bad, r.good} {
				if r.name != "syntax" && r.name != "onbuild-forbidden" && has(t, example, prefix+"syntax") {
					t.Errorf("an example that BuildKit refuses:\n%s", example)
				}
			}
		})
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.name] {
			t.Errorf("%s is listed twice", r.name)
		}
		seen[r.name] = true
	}
}

// TestVariableForms holds that a variable in a form that BuildKit refuses is
// said, and none that it takes.
func TestVariableForms(t *testing.T) {
	for form, bad := range map[string]bool{
		"$a": false, "${a}": false, "${a:-b}": false, "${a:+b}": false, "${a:?b}": false, "${a#b*}": false, "${a%%b}": false, "${a/b/c}": false, `\$a`: false,
		"${a:x}": true, "${a": true,
	} {
		if got := has(t, "FROM b:1\nENV x="+form+"\n", prefix+"syntax"); got != bad {
			t.Errorf("%s: refused %v", form, got)
		}
	}
}

// TestLimits gives what is too much: it is said, and nothing breaks.
func TestLimits(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"size", "FROM a\nRUN " + strings.Repeat("x", maxBytes), "at most"},
		{"onbuild", "FROM a\n" + strings.Repeat("ONBUILD ", 100_000/8) + "RUN true\n", "ONBUILD"},
		{"braces", "FROM a\nENV x=" + strings.Repeat("${a:-", 10_000) + strings.Repeat("}", 10_000) + "\n", "deep"},
		{"subshells", "FROM a\nRUN " + strings.Repeat("( ", 10_000) + "\n", "nested"},
		{"if", "FROM a\nRUN " + strings.Repeat("if ", 20_000) + "\n", "nested"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Lint(context.Background(), "Dockerfile", []byte(test.src))
			if err == nil || !strings.Contains(err.Error(), test.want) || walk.UnreadReason(err) != finding.UnreadLimit {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestTime gives files that are large in one way each: none takes long.
func TestTime(t *testing.T) {
	stages := "FROM a:1 AS s0\n"
	for i := range 900 {
		stages += fmt.Sprintf("FROM s%d AS s%d\nENV v%d=1\nRUN apt-get install a; pip install x; source y\nCMD a\n", i, i+1, i)
	}
	for _, test := range []struct{ name, src string }{
		{"instructions", "FROM a:1\n" + strings.Repeat("RUN apt-get install a\n", 9900)},
		{"stages", stages},
		{"comments", "FROM a:1\n" + strings.Repeat("# hadolint ignore=DL3008\n", 20_000) + "RUN apt-get install a\n"},
		{"variables in variables", "FROM a:1\nENV a=xxxxxxxxxx\n" + strings.Repeat("ENV a=$a$a\n", 500) + "RUN echo $a\n"},
		{"assignments", "FROM a:1\nRUN " + strings.Repeat("a=b$a;", 20_000) + "apt-get install $a\n"},
		{"continuation lines", "FROM a:1\nRUN true \\\n" + strings.Repeat(" a b c d e f g h \\\n", 28_000) + "\n"},
		{"pipes", "FROM a:1\nRUN curl a" + strings.Repeat("|b", 50_000) + "|sh\n"},
		{"archives", "FROM a:1\nCOPY " + strings.Repeat("a.tgz ", 60_000) + " /x/\nRUN " + strings.Repeat("tar xf a;", 12_000) + "\n"},
		{"broken instructions", "FROM a:1\n" + strings.Repeat("FOO\n", 9000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			// What grows with the square of the input takes hours, not minutes.
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			_, err := Lint(ctx, "Dockerfile", []byte(test.src))
			if ctx.Err() != nil {
				t.Errorf("%d bytes were not done with in three minutes", len(test.src))
			}
			if err != nil && walk.UnreadReason(err) != finding.UnreadLimit {
				t.Error(err)
			}
		})
	}
}

// TestLogins: what a URL names before its host is a secret and is not quoted.
func TestLogins(t *testing.T) {
	for _, src := range []string{
		"FROM a:1\nRUN npm install git+https://u:Sup3rPass@git.example.com/a.git\n",
		"FROM a:1\nRUN curl http://u:Sup3rPass@example.com/x | sh\nADD https://u:Sup3rPass@example.com/a.tgz /a\n",
	} {
		results, err := Lint(context.Background(), "Dockerfile", []byte(src))
		if err != nil || len(results) == 0 {
			t.Errorf("%q: %d results, %v", src, len(results), err)
		}
		if told := fmt.Sprintf("%+v", results); strings.Contains(told, "Sup3rPass") {
			t.Errorf("%q: %s", src, told)
		}
	}
}

// TestStandardInput has no name: it is known by what it says.
func TestStandardInput(t *testing.T) {
	for text, want := range map[string]bool{
		"# a\nARG X=1\nFROM a:1\nRUN sudo x\n": true, "TOKEN=x\n": false, "message FROM me\n": false,
	} {
		recs, _ := walk.Inspect(context.Background(), Detector(), walk.NewFile("stdin", []byte(text)))
		if (len(recs) > 0) != want {
			t.Errorf("%q: %d records", text, len(recs))
		}
	}
}
