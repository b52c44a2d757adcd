package secret

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

// maxFalse is how many hits in Go's own source may be no credentials.
const maxFalse = 5

// label is a line of testdata/gosource.tsv: a hit and what a person says of it.
type label struct {
	rule, path, mark string
	line             string
	severity         string
	verdict, why     string
}

// TestGoSource scans Go's own source, which is on every machine that builds,
// and holds each hit against the list of labels. Hits are named by rule, path
// and mark, so that another patch release of Go, with other line numbers, gives
// the same; a hit that nobody has labelled counts as false.
//
// With -update the list is written again: labels that are there stay, new hits
// get the verdict "false?".
func TestGoSource(t *testing.T) {
	const list = "testdata/gosource.tsv"
	labels := map[string]label{}
	text, err := os.ReadFile(list)
	if err != nil && !(*update && errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 7 {
			t.Fatalf("%s: %q has not 7 fields", list, lines.Text())
		}
		labels[f[0]+" "+f[1]+" "+f[3]] = label{rule: f[0], path: f[1], line: f[2], mark: f[3], severity: f[4], verdict: f[5], why: f[6]}
	}
	m := matcher(t)
	found := map[string]label{}
	root := goSource(t)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		err = m.Scan(context.Background(), name, f, func(h Hit) {
			key := h.Rule.ID + " " + name + " " + h.Mark()
			if _, ok := found[key]; !ok {
				l, ok := labels[key]
				if !ok {
					l = label{rule: h.Rule.ID, path: name, mark: h.Mark(), verdict: "false?", why: "new"}
				}
				l.line, l.severity = fmt.Sprint(h.Line), h.Severity.String()
				found[key] = l
			}
		})
		if errors.Is(err, walk.ErrLimit) {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		var b strings.Builder
		b.WriteString("# What is found in the source of " + runtime.Version() + ", one value a line: rule, path, line, mark, severity, verdict, why. See TestGoSource.\n")
		for _, key := range slices.Sorted(maps.Keys(found)) {
			l := found[key]
			b.WriteString(strings.Join([]string{l.rule, l.path, l.line, l.mark, l.severity, l.verdict, l.why}, "\t") + "\n")
		}
		if err := os.WriteFile(list, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(found)) {
		l := found[key]
		if l.verdict != "true" {
			wrong++
			t.Logf("no credential: %s %s:%s: %s", l.rule, l.path, l.line, l.why)
		}
		if walkTest := placeOf(l.path).test; walkTest && l.severity != finding.Low.String() && l.severity != finding.Negligible.String() {
			t.Errorf("%s: a hit in a test is %s", key, l.severity)
		}
	}
	t.Logf("%d values, %d of them no credentials", len(found), wrong)
	if wrong > maxFalse {
		t.Errorf("%d hits are no credentials, at most %d may be", wrong, maxFalse)
	}
	if strings.Contains(string(text), "source of "+runtime.Version()+",") {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(labels)), slices.Sorted(maps.Keys(found))); diff != "" {
			t.Errorf("the list is of this Go, and differs (-update writes it again): %s", diff)
		}
	}
}
