// Command verdict reads the stream of `go test -json` and says what it comes to.
//
// It prints the output of what failed, one line a package as it ends, and how
// many tests passed and failed; with -counts it also appends the two numbers to
// a file, from which test/run makes the sum over all stages. It exits 1 when a test failed, when a
// package did not build, when no test ran, and when a test was skipped: the
// tests that make test and make conformance choose are those that must run.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// event is one line of test2json's stream, see `go doc test2json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// keep is how much output of one test is kept; a test that fails by a flood
// should still leave a readable log.
const keep = 64 << 10

type tally struct {
	passed, failed int
	skipped        []string
	failures       []string
	output         map[string]*strings.Builder
	slow           []slowTest
}

type slowTest struct {
	name    string
	seconds float64
}

func main() {
	slowest := flag.Int("slowest", 10, "how many of the slowest tests are listed")
	counts := flag.String("counts", "", "a file to append \"PASSED FAILED\" to")
	flag.Parse()
	t := &tally{output: map[string]*strings.Builder{}}
	if err := t.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "verdict:", err)
		os.Exit(1)
	}
	ok := t.close(os.Stdout, *slowest)
	if *counts != "" {
		if err := t.append(*counts); err != nil {
			fmt.Fprintln(os.Stderr, "verdict:", err)
			os.Exit(1)
		}
	}
	if !ok {
		os.Exit(1)
	}
}

func (t *tally) append(name string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the counts: %w", err)
	}
	if _, err := fmt.Fprintf(f, "%d %d\n", t.passed, t.failed+len(t.skipped)); err != nil {
		f.Close()
		return fmt.Errorf("write the counts: %w", err)
	}
	return f.Close()
}

func (t *tally) read(r io.Reader, w io.Writer) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				// Not of the stream: go's own words (downloads, an unknown flag).
				fmt.Fprint(w, string(line))
			} else {
				t.take(e, w)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the test stream: %w", err)
		}
	}
}

func (t *tally) take(e event, w io.Writer) {
	pkg := e.Package
	if pkg == "" {
		pkg = e.ImportPath
	}
	name := pkg
	if e.Test != "" {
		name += " " + e.Test
	}
	switch e.Action {
	case "output", "build-output":
		b := t.output[name]
		if b == nil {
			b = &strings.Builder{}
			t.output[name] = b
		}
		if b.Len() < keep {
			b.WriteString(e.Output)
		}
	case "pass":
		if e.Test == "" {
			fmt.Fprintf(w, "ok    %-60s %7.1fs\n", pkg, e.Elapsed)
		} else {
			t.passed++
			t.slow = append(t.slow, slowTest{name, e.Elapsed})
		}
		delete(t.output, name)
	case "skip":
		if e.Test != "" { // a package without tests "skips" too, with no test named
			t.skipped = append(t.skipped, name+"\n"+t.text(name))
		}
		delete(t.output, name)
	case "build-fail":
		fmt.Fprintf(w, "BUILD %s\n%s", pkg, t.text(name))
		t.failures = append(t.failures, name+" (does not build)")
		t.failed++
	case "fail":
		if e.Test == "" {
			fmt.Fprintf(w, "FAIL  %-60s %7.1fs\n", pkg, e.Elapsed)
			if e.FailedBuild != "" {
				return // counted where the build failed
			}
			// A package can fail without any test of it failing: a panic, a
			// race seen after the last test, a process that exits.
			if !t.failedIn(pkg) {
				fmt.Fprint(w, t.text(name))
				t.failures = append(t.failures, name)
				t.failed++
			}
			return
		}
		fmt.Fprintf(w, "FAIL  %s\n%s", name, t.text(name))
		t.failures = append(t.failures, name)
		t.failed++
	}
}

func (t *tally) failedIn(pkg string) bool {
	for _, f := range t.failures {
		if strings.HasPrefix(f, pkg+" ") {
			return true
		}
	}
	return false
}

func (t *tally) text(name string) string {
	if b := t.output[name]; b != nil {
		return b.String()
	}
	return ""
}

// close prints the end of the report and says whether all is well.
func (t *tally) close(w io.Writer, slowest int) bool {
	sort.SliceStable(t.slow, func(i, j int) bool { return t.slow[i].seconds > t.slow[j].seconds })
	for i, s := range t.slow {
		if i == slowest || s.seconds < 1 {
			break
		}
		fmt.Fprintf(w, "slow  %-60s %7.1fs\n", s.name, s.seconds)
	}
	if len(t.failures) > 0 {
		fmt.Fprintf(w, "failed:\n  %s\n", strings.Join(t.failures, "\n  "))
	}
	if len(t.skipped) > 0 {
		fmt.Fprintf(w, "skipped, which counts as failed here:\n%s\n", strings.Join(t.skipped, "\n"))
	}
	none := t.passed+t.failed == 0
	if none {
		fmt.Fprintln(w, "no test ran")
	}
	fmt.Fprintf(w, "here: %d tests passed, %d failed\n", t.passed, t.failed+len(t.skipped))
	return t.failed == 0 && len(t.skipped) == 0 && !none
}
