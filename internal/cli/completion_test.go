package cli

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers are what an engine says to the questions of a completion.
var answers = map[string]string{
	"/version":     `{"Version":"29.0.0","ApiVersion":"1.52","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}`,
	"/images/json": `[{"Id":"sha256:aa","RepoTags":["myapp:dev","myapp:1"]},{"Id":"sha256:bb","RepoTags":["other:1","evil\u001b[2J:1"]}]`,
}

// engine listens where DOCKER_HOST points and answers as an engine would, after
// a delay.
func engine(t *testing.T, delay time.Duration) (environ []string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "docker.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
		case <-stop:
		}
		for path, answer := range answers {
			if strings.HasSuffix(r.URL.Path, path) {
				io.WriteString(w, answer)
				return
			}
		}
		http.NotFound(w, r)
	})}
	go server.Serve(l)
	t.Cleanup(func() { close(stop); server.Close() })
	return []string{"DOCKER_HOST=unix://" + socket}
}

func complete(t *testing.T, environ []string, args ...string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(context.Background(), environ, strings.NewReader(""), &out, &errs, append([]string{"__complete"}, args...))
	if code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d, said %q", code, errs.String())
	}
	var words []string
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, ":") {
			words = append(words, line)
		}
	}
	return words
}

func TestCompletionProposesLocalImages(t *testing.T) {
	environ := engine(t, 0)
	for _, test := range []struct {
		name, begun string
		want        []string
	}{
		{"by name", "my", []string{"myapp:1", "myapp:dev"}},
		{"with the source", "docker:other", []string{"docker:other:1"}},
		{"nothing of that name", "absent", nil},
		{"a path is no image", "./my", nil},
		{"another source", "archive:my", nil},
		{"a name with escapes is not proposed", "evil", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, verb := range []string{"scan", "sbom"} {
				if diff := cmp.Diff(test.want, complete(t, environ, verb, test.begun)); diff != "" {
					t.Errorf("%s: %s", verb, diff)
				}
			}
		})
	}
}

func TestCompletionGivesUpAfterASecond(t *testing.T) {
	environ := engine(t, 20*time.Second)
	began := time.Now()
	if got := complete(t, environ, "scan", "my"); got != nil {
		t.Errorf("proposed %q", got)
	}
	if took := time.Since(began); took > 2*completionDeadline {
		t.Errorf("took %s", took)
	}
}
