package cli

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"bulwark/internal/finding"
)

var update = flag.Bool("update", false, "write golden files anew")

// testInvocation is a run of the program with nothing around it.
func testInvocation(t *testing.T, environ ...string) (*invocation, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	v := &invocation{
		env:    newEnvironment(environ),
		stdout: &pipeWriter{w: io.Discard},
		now:    func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) },
	}
	v.console = newConsole(&stderr, v.env)
	return v, &stderr
}

// said gives what the user would read of an error.
func said(v *invocation, stderr *bytes.Buffer, err error) string {
	stderr.Reset()
	var p *problem
	if !errors.As(err, &p) {
		return err.Error()
	}
	v.complain(p)
	return stderr.String()
}

func TestConfigurationFileIsCheckedWhole(t *testing.T) {
	for _, test := range []struct {
		name, file string
		code       int
		want       string
	}{
		{name: "empty", file: ""},
		{name: "only a comment", file: "# nothing yet\n"},
		{name: "everything that can be set", file: "fail-on: high\nallow: [unread, limit]\nvex: a.json\nverify: true\ntimeout: 5m\n"},
		{
			"unknown key", "lang: en\nfail_on: high\n", exitUsage,
			"bulwark: bulwark.yaml:2: unknown key \"fail_on\"\nhint: did you mean \"fail-on\"?\n",
		},
		{
			"far from every key", "colour: red\n", exitUsage,
			"bulwark: bulwark.yaml:1: unknown key \"colour\"\nhint: \"bulwark config schema\" lists all keys\n",
		},
		{
			"a flag that is no setting", "all-images: true\n", exitUsage,
			"bulwark: bulwark.yaml:1: unknown key \"all-images\"\nhint: \"bulwark config schema\" lists all keys\n",
		},
		{
			"a file names no other", "config: other.yaml\n", exitUsage,
			"bulwark: bulwark.yaml:1: unknown key \"config\"\nhint: \"bulwark config schema\" lists all keys\n",
		},
		{
			"wrong value", "\nunrated: ignored\n", exitUsage,
			"bulwark: bulwark.yaml:2: unrated: \"ignored\" is not one of fail, ignore\nhint: did you mean \"ignore\"?\n",
		},
		{
			"wrong value in a list", "allow:\n  - unread\n  - limits\n", exitUsage,
			"bulwark: bulwark.yaml:2: allow: \"limits\" is not one of unread, limit, coverage\nhint: did you mean \"limit\"?\n",
		},
		{
			"list where a word is wanted", "fail-on: [high]\n", exitUsage,
			"bulwark: bulwark.yaml:1: the value of fail-on does not have the right form\n",
		},
		{
			"no value", "fail-on:\n", exitUsage,
			"bulwark: bulwark.yaml:1: the value of fail-on does not have the right form\n",
		},
		{
			"twice", "lang: en\nverify: true\nlang: zh\n", exitUsage,
			"bulwark: bulwark.yaml:3: lang stands here a second time\n",
		},
		{
			"a list at the top", "- fail-on\n", exitUsage,
			"bulwark: bulwark.yaml:1: a configuration is a list of \"key: value\"\n",
		},
		{
			"escapes in a key are shown, not sent", "\"\\e[2Jx\": 1\n", exitUsage,
			"bulwark: bulwark.yaml:1: unknown key \"\\x1b[2Jx\"\nhint: \"bulwark config schema\" lists all keys\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, stderr := testInvocation(t)
			_, err := parseConfig("bulwark.yaml", []byte(test.file))
			if err == nil {
				if test.want != "" {
					t.Fatal("accepted")
				}
				return
			}
			var p *problem
			if errors.As(err, &p) && p.code != test.code {
				t.Errorf("exit code %d, want %d", p.code, test.code)
			}
			if diff := cmp.Diff(test.want, said(v, stderr, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExceptionsAreReadStrictly(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       []finding.Exception
		wantErr    string
	}{
		{name: "none", file: "lang: en\n"},
		{name: "an empty list", file: "exceptions:\n"},
		{
			name: "every field, a date without quotes",
			file: "exceptions:\n  - id: CVE-2024-1\n    purl: pkg:deb/debian/openssl\n    path: usr/**\n    image: myapp*\n    reason: not reachable\n    owner: ann\n    expires: 2027-01-31\n",
			want: []finding.Exception{{ID: "CVE-2024-1", PURL: "pkg:deb/debian/openssl", Path: "usr/**", Image: "myapp*", Reason: "not reachable", Owner: "ann", Expires: "2027-01-31"}},
		},
		{
			name: "mistyped field", file: "exceptions:\n  - id: CVE-2024-1\n    reason: x\n    owner: ann\n    expire: 2027-01-31\n",
			wantErr: "bulwark: bulwark.yaml:5: unknown key \"expire\"\nhint: did you mean \"expires\"?\n",
		},
		{
			name: "no owner", file: "exceptions:\n  - id: CVE-2024-1\n    reason: x\n",
			wantErr: "bulwark: bulwark.yaml:2: exception CVE-2024-1: an owner is required\n",
		},
		{
			name: "not a day", file: "exceptions:\n  - {id: CVE-2024-1, reason: x, owner: ann, expires: soon}\n",
			wantErr: "bulwark: bulwark.yaml:2: exception CVE-2024-1: expires \"soon\" is not a day (YYYY-MM-DD)\n",
		},
		{
			name: "not a list", file: "exceptions:\n  id: CVE-2024-1\n",
			wantErr: "bulwark: bulwark.yaml:2: the value of exceptions does not have the right form\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, stderr := testInvocation(t)
			f, err := parseConfig("bulwark.yaml", []byte(test.file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.readExceptions()
			if err != nil {
				if diff := cmp.Diff(test.wantErr, said(v, stderr, err)); diff != "" {
					t.Error(diff)
				}
				return
			}
			if test.wantErr != "" {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(test.want, got, cmp.Transformer("empty", func(l []finding.Exception) []finding.Exception { return append(make([]finding.Exception, 0), l...) })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFlagWinsOverEnvironmentOverFileOverDefault takes away the strongest word
// again and again.
func TestFlagWinsOverEnvironmentOverFileOverDefault(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	home := filepath.Join(dir, "home")
	write := func(path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	user := filepath.Join(home, ".config", "bulwark", configName)
	write(user, "fail-on: low\nallow: [unread]\ndb: facts.db\n")
	write(filepath.Join(dir, configName), "fail-on: medium\n")

	type answer struct {
		Value, Origin string
		Allow         []string
		DB            string
	}
	ask := func(environ []string, args ...string) answer {
		t.Helper()
		v, _ := testInvocation(t, append(environ, "HOME="+home)...)
		var o scanOptions
		fs := pflag.NewFlagSet("scan", pflag.ContinueOnError)
		v.generalFlags(fs)
		v.scanFlags(fs, &o)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		if err := v.configure(fs); err != nil {
			t.Fatal(err)
		}
		at := v.config.origins["fail-on"]
		return answer{o.verdict.failOn, strings.TrimSpace(at.kind + " " + at.detail), o.verdict.allow, o.db}
	}
	env := []string{"BULWARK_FAIL_ON=high"}
	beside := filepath.Join(filepath.Dir(user), "facts.db")
	for _, test := range []struct {
		name string
		got  answer
		want answer
	}{
		{"flag", ask(env, "--fail-on", "critical"), answer{"critical", "flag --fail-on", []string{"unread"}, beside}},
		{"environment", ask(env), answer{"high", "environment BULWARK_FAIL_ON", []string{"unread"}, beside}},
		{"working directory", ask(nil), answer{"medium", "file bulwark.yaml:1", []string{"unread"}, beside}},
		{"no file at all", ask(nil, "--config", "none"), answer{"", "default", nil, ""}},
		{"the file that is named, alone", ask(nil, "--config", user), answer{"low", "file " + user + ":1", []string{"unread"}, beside}},
		{"a list replaces a list", ask(nil, "--allow", "limit", "--allow", "coverage"), answer{"medium", "file bulwark.yaml:1", []string{"limit", "coverage"}, beside}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistypedVariableIsTold(t *testing.T) {
	v, stderr := testInvocation(t, "BULWARK_FAILON=high", "BULWARK_SERVICE_HOST=10.0.0.1", "BULWARK_FAIL_ON=low")
	v.strayVariables()
	want := "note: the environment has BULWARK_FAILON, which is no setting; BULWARK_FAIL_ON is\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Error(diff)
	}
}

// TestCommittedSchemaAgreesWithTheSettings: editors read the committed file.
func TestCommittedSchemaAgreesWithTheSettings(t *testing.T) {
	const file = "bulwark.schema.json"
	if *update {
		if err := os.WriteFile(file, configSchema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(configSchema())); diff != "" {
		t.Errorf("run go test -update:\n%s", diff)
	}
}

func FuzzConfiguration(f *testing.F) {
	for _, seed := range []string{
		"", "fail-on: high\n", "allow: [unread]\nexceptions:\n  - {id: a, reason: b, owner: c}\n",
		"a: &x [*x]\n", "exceptions: &e\n - *e\n", "\xff", "fail-on: !!binary aGk=\n", "? [a]\n: b\n", "--- \n---\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		file, err := parseConfig("bulwark.yaml", raw)
		if err != nil {
			return
		}
		file.readExceptions()
	})
}
