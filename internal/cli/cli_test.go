package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/report"
)

// run runs the program in this process with nothing in its environment but a
// home that is not there.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.Background(), []string{"HOME=/nonexistent", "DOCKER_HOST=unix:///nonexistent"}, strings.NewReader(""), &out, &errs, args)
	return code, out.String(), errs.String()
}

func TestUsageErrorsExit2AndSayWhatWasMeant(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no verb", nil, "bulwark: say what to do\nhint: \"bulwark --help\" shows what there is\n"},
		{"mistyped verb", []string{"scna", "x"}, "bulwark: there is no verb \"scna\"\nhint: did you mean \"bulwark scan\"?\n"},
		{"another tool's verb", []string{"image", "x"}, "bulwark: there is no verb \"image\"\nhint: did you mean \"bulwark scan\"?\n"},
		{"mistyped verb below a verb", []string{"db", "biuld"}, "bulwark: there is no verb \"biuld\"\nhint: did you mean \"bulwark db build\"?\n"},
		{"no verb below a verb", []string{"config"}, "bulwark: say what to do\nhint: \"bulwark config --help\" shows what there is\n"},
		{"mistyped flag", []string{"scan", "--fial-on", "high", "x"}, "bulwark: there is no flag --fial-on\nhint: did you mean \"--fail-on\"?\n"},
		{"unknown short flag", []string{"scan", "-z", "x"}, "bulwark: there is no flag -z\nhint: \"bulwark scan --help\" shows what there is\n"},
		{"flag without value", []string{"scan", "x", "--fail-on"}, "bulwark: --fail-on needs a value\nhint: \"bulwark scan --help\" shows what there is\n"},
		{"wrong value", []string{"scan", "--unrated", "ignroe", "x"}, "bulwark: --unrated: \"ignroe\" is not one of fail, ignore\nhint: did you mean \"ignore\"?\n"},
		{"wrong severity", []string{"scan", "--fail-on", "hihg", "x"}, "bulwark: --fail-on: \"hihg\" is neither a severity (unrated, negligible, low, medium, high, critical) nor a condition (fixable, kev)\nhint: did you mean \"high\"?\n"},
		{"no reference", []string{"scan"}, "bulwark: [SOURCE:]REF is missing\nhint: for example \"bulwark scan myapp:dev\", or \"bulwark scan --all-images\"\n"},
		{"references and all", []string{"scan", "--all-images", "x"}, "bulwark: --all-images takes no reference, and x is one\n"},
		{"contradiction", []string{"scan", "--fixed", "--unfixed", "x"}, "bulwark: --fixed and --unfixed contradict one another\n"},
		{"one file for many", []string{"scan", "-o", "json=a.json", "x", "y"}, "bulwark: a.json would be written once for each subject\nhint: put {} into the name, for example json=report-{}.json\n"},
		{"one argument too many", []string{"version", "please"}, "bulwark: \"please\" is one argument too many\nhint: \"bulwark version --help\" shows what there is\n"},
		{"unknown language", []string{"version", "--lang", "fr"}, "bulwark: --lang fr: language \"fr\" is not one of en, zh-CN\n"},
		{"escapes are shown, not sent", []string{"sc\x1b[31man"}, "bulwark: there is no verb \"sc\\x1b[31man\"\nhint: \"bulwark --help\" shows what there is\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := run(t, test.args...)
			if code != exitUsage {
				t.Errorf("exit code %d, want 2", code)
			}
			if stdout != "" {
				t.Errorf("standard output: %q", stdout)
			}
			if diff := cmp.Diff(test.want, stderr); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEveryVerbHasAHelpPageThatFits checks what style asks of help pages, in
// both languages, on a screen of 80 columns.
func TestEveryVerbHasAHelpPageThatFits(t *testing.T) {
	v, _ := testInvocation(t)
	var walk func(prefix []string, list []verb)
	walk = func(prefix []string, list []verb) {
		for _, vb := range list {
			name, _, _ := strings.Cut(vb.use, " ")
			path := append(append([]string(nil), prefix...), name)
			for _, lang := range []string{"en", "zh-CN"} {
				t.Run(strings.Join(path, " ")+" "+lang, func(t *testing.T) {
					code, stdout, stderr := run(t, append(append([]string(nil), path...), "--help", "--lang", lang)...)
					if code != exitOK || stderr != "" {
						t.Fatalf("exit code %d, standard error %q", code, stderr)
					}
					usage, examples, exits := "Usage:", "Examples:", "Exit codes:"
					if lang == "zh-CN" {
						usage, examples, exits = "用法：", "示例：", "退出码："
					}
					wanted := []string{usage}
					if vb.run != nil {
						wanted = append(wanted, examples, exits, "  2  ", "  130")
					}
					for _, w := range wanted {
						if !strings.Contains(stdout, w) {
							t.Errorf("has no %q", w)
						}
					}
					for line := range strings.SplitSeq(stdout, "\n") {
						// An example is a command line and stays one.
						if report.Columns(line) > 80 && !strings.Contains(line, "bulwark ") {
							t.Errorf("%d columns: %s", report.Columns(line), line)
						}
					}
				})
			}
			walk(path, vb.below)
		}
	}
	walk(nil, v.verbs())
}

func TestInterruptedRunExits130(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := Run(ctx, nil, strings.NewReader(""), &out, &errs, []string{"scan", "dir:."})
	if code != exitInterrupted || errs.String() != "bulwark: interrupted\n" {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

// TestInterruptEndsWhatIsBlocked: a report is read from a standard input that
// never ends, and nothing there looks at the context.
func TestInterruptEndsWhatIsBlocked(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	in, out := io.Pipe()
	defer out.Close()
	var errs bytes.Buffer
	code := Run(ctx, nil, in, io.Discard, &errs, []string{"show", "-"})
	if code != exitInterrupted || errs.String() != "bulwark: interrupted\n" {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

// closedPipe is a standard output whose reader has gone.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// fullDisk is a standard output on a disk without room.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestReaderThatGoesAwayIsNoError(t *testing.T) {
	var errs bytes.Buffer
	code := Run(context.Background(), nil, strings.NewReader(""), closedPipe{}, &errs, []string{"checks"})
	if code != exitOK || errs.Len() != 0 {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

func TestFullDiskUnderStandardOutputExits1(t *testing.T) {
	for _, verb := range []string{"version", "checks", "doctor", "--help"} {
		var errs bytes.Buffer
		code := Run(context.Background(), nil, strings.NewReader(""), fullDisk{}, &errs, []string{verb})
		if code != exitError || !strings.Contains(errs.String(), "no space left on device") {
			t.Errorf("%s: exit code %d, %q", verb, code, errs.String())
		}
	}
}

func TestAdviceOfOtherPartsBecomesAHint(t *testing.T) {
	v, stderr := testInvocation(t)
	v.complain(failure(finding.T("cli.scan.images"), errors.New("no engine (hint: start it (see x)) at all\n  second\x1b[2J line")))
	want := "bulwark: the images of the local engine could not be listed: no engine at all\n  second\\x1b[2J line\nhint: start it (see x)\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Error(diff)
	}
}

func TestOutputFilesOfManySubjectsAreDistinctAndStayBelow(t *testing.T) {
	used := map[string]bool{}
	var got []string
	for _, ref := range []string{"docker:a/b:1", "docker:a-b:1", "../../etc/passwd", "..", "你好"} {
		got = append(got, targetsFor([]report.Target{{Format: "json", Path: "out/{}.json"}}, ref, used)[0].Path)
	}
	want := []string{"out/docker-a-b-1.json", "out/docker-a-b-1-2.json", "out/etc-passwd.json", "out/image.json", "out/image-2.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLinesBreakWhereTheyMay(t *testing.T) {
	for _, s := range []string{
		"one two three four five six seven eight nine ten eleven twelve",
		"镜像的名称、摘要与平台（例如 linux/amd64）都会显示，且不会在标点前换行。这是一个很长的句子，用来测试换行。",
		"", "averyveryverylongwordthatfitsnowhereatall-averyveryverylongwordthatfitsnowhereatall",
	} {
		lines := wrap(s, 24)
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Errorf("%q lost something: %q", s, lines)
		}
		for _, l := range lines {
			if report.Columns(l) > 24 && strings.ContainsAny(strings.TrimSpace(l), " ，。") {
				t.Errorf("line of %d columns: %q", report.Columns(l), l)
			}
			if l != "" && strings.ContainsRune("，。、）", []rune(l)[0]) {
				t.Errorf("line begins with closing punctuation: %q", l)
			}
		}
	}
}

func TestNearestSuggestsOnlyWhatIsNear(t *testing.T) {
	words := []string{"scan", "show", "sbom", "config", "doctor", "fail-on", "require-coverage"}
	for typed, want := range map[string]string{
		"scna": "scan", "shwo": "show", "confg": "config", "fial-on": "fail-on", "require-covrage": "require-coverage",
		"x": "", "": "", "kubernetes": "", "docktor": "doctor",
	} {
		if got := nearest(typed, words); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
