package secret

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

type member struct {
	name string
	body []byte
}

func zipOf(t testing.TB, method uint16, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		w.Write(m.body)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.body)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		w.Write(m.body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdOf(t testing.TB, body []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(body, nil)
}

// told gives what the detector says of a file: "check path:line" and "unread
// path reason".
func told(t testing.TB, path string, body []byte) []string {
	t.Helper()
	recs, _ := walk.Inspect(context.Background(), Detector(matcher(t)), walk.NewFile(path, body))
	var out []string
	for _, r := range recs {
		switch {
		case r.Result != nil:
			for _, l := range r.Result.Locations {
				out = append(out, fmt.Sprintf("%s %s:%d", r.Result.Check, l.Path, l.Line))
			}
		case r.Unread != nil:
			out = append(out, fmt.Sprintf("unread %s %s", r.Unread.Location.Path, r.Unread.Reason))
		}
	}
	return out
}

func TestInside(t *testing.T) {
	text := []byte("# settings\nTOKEN=" + madeUp(7) + "\n")
	env := member{"b/.env", text}
	found := func(at string) []string { return []string{"secret-github-pat " + at} }
	deep := text
	name := "x.env"
	for range maxDepth + 2 {
		deep = zipOf(t, zip.Deflate, member{name, deep})
		name = "x.zip"
	}
	encrypted := zipOf(t, zip.Deflate, env)
	for _, at := range []string{"PK\x03\x04", "PK\x01\x02"} {
		i := bytes.Index(encrypted, []byte(at))
		encrypted[i+6+2*boolInt(at == "PK\x01\x02")] |= 1
	}
	cut := gzipOf(t, text)
	cut = cut[:len(cut)-9]
	for _, test := range []struct {
		name, path string
		body       []byte
		want       []string
	}{
		{"file", "a/.env", text, found("a/.env:2")},
		{"gzip", "a/.env.gz", gzipOf(t, text), found("a/.env.gz:2")},
		{"zstd", "a/dump.zst", zstdOf(t, text), found("a/dump.zst:2")},
		{"zip", "a.zip", zipOf(t, zip.Deflate, env), found("a.zip!/b/.env:2")},
		{"zip, stored", "a.zip", zipOf(t, zip.Store, env), found("a.zip!/b/.env:2")},
		{"zip behind a launcher", "a.jar", append([]byte("#!/bin/sh\nexec java -jar $0\n"), zipOf(t, zip.Deflate, env)...), found("a.jar!/b/.env:2")},
		{"tar", "a.tar", tarOf(t, env), found("a.tar!/b/.env:2")},
		{"tar.gz", "a.tgz", gzipOf(t, tarOf(t, env)), found("a.tgz!/b/.env:2")},
		{"jar in jar, stored", "a.jar", zipOf(t, zip.Store, member{"lib/c.jar", zipOf(t, zip.Deflate, env)}), found("a.jar!/lib/c.jar!/b/.env:2")},
		{"zip in tar.gz", "a.tar.gz", gzipOf(t, tarOf(t, member{"c.zip", zipOf(t, zip.Deflate, env)})), found("a.tar.gz!/c.zip!/b/.env:2")},
		{"a member that climbs out", "a.zip", zipOf(t, zip.Deflate, member{"../../etc/x.env", text}), found("a.zip!/etc/x.env:2")},
		{"a picture", "a.zip", zipOf(t, zip.Deflate, member{"x.png", text}), nil},
		{"too deep", "a.zip", deep, []string{"unread a.zip" + strings.Repeat("!/x.zip", maxDepth) + " limit"}},
		{"cut off", "a.gz", cut, append(found("a.gz:2"), "unread a.gz corrupt")},
		{"not a zip", "a.zip", []byte("PK\x03\x04 and nothing else, not for long"), []string{"unread a.zip corrupt"}},
		{"encrypted member", "a.zip", encrypted, []string{"unread a.zip!/b/.env unsupported"}},
		{"xz", "a.xz", []byte("\xfd7zXZ\x00\x00"), []string{"unread a.xz unsupported"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(t, test.path, test.body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBomb: an archive that gives out more than it should is not followed to
// its end.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 16 {
		w.Write(zeros)
	}
	w.Close()
	f := walk.NewFile("a.gz", b.Bytes())
	recs := walk.Run(context.Background(), &detector{m: matcher(t), free: 4 << 20}, f)
	if len(recs) != 1 || recs[0].Unread == nil || recs[0].Unread.Reason != finding.UnreadLimit {
		t.Errorf("told %+v", recs)
	}
}

// TestRedaction greps everything that leaves the package for values.
func TestRedaction(t *testing.T) {
	m := matcher(t)
	d := Detector(m)
	for _, r := range Rules() {
		for _, v := range r.Valid {
			for _, name := range []string{"app/settings.conf", "app/main.py", "app/values.yaml"} {
				var values []string
				err := m.Scan(context.Background(), name, strings.NewReader(v), func(h Hit) {
					values = append(values, string(h.value))
					if strings.Contains(h.Redacted, string(h.value)) {
						t.Errorf("%s: the redacted form shows the value", r.ID)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				recs, _ := walk.Inspect(context.Background(), d, walk.NewFile(name, []byte(v)))
				all, err := json.Marshal(recs)
				if err != nil {
					t.Fatal(err)
				}
				for _, value := range values {
					// Half of a value is as bad as all of it; a few characters
					// of it are what tells the kind.
					if n := len(value); n >= 6 && (bytes.Contains(all, []byte(value[:n/2+1])) || bytes.Contains(all, []byte(value[n/2:]))) {
						t.Errorf("%s: a record shows the value: %s", r.ID, all)
					}
				}
			}
		}
	}
}

func TestResult(t *testing.T) {
	text := "a: " + madeUp(1) + "\nb: " + madeUp(1) + "\nc: " + madeUp(2) + "\n"
	results, err := matcher(t).Results(context.Background(), "env APP", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []finding.Result{}
	for _, r := range []struct {
		token string
		lines []int
	}{{madeUp(1), []int{1, 2}}, {madeUp(2), []int{3}}} {
		res := finding.Result{
			Check: "secret-github-pat", State: finding.Fail, Rating: finding.Rating{Severity: finding.Critical, Source: finding.RatedByUs},
			Title:    finding.T("secret.found", "GitHub personal access token"),
			Evidence: []string{"ghp_******** (40)", "checksum or inner structure is right"},
			Subject:  "env APP github-pat " + mark([]byte(r.token)),
		}
		for _, l := range r.lines {
			res.Locations = append(res.Locations, finding.Location{Path: "env APP", Line: l})
		}
		want = append(want, res)
	}
	if diff := cmp.Diff(want, results); diff != "" {
		t.Error(diff)
	}
}

// TestConfigurationTexts: texts of an image's configuration, as they are named there.
func TestConfigurationTexts(t *testing.T) {
	m := matcher(t)
	for _, test := range []struct {
		where, text string
		want        []string // check and evidence
	}{
		{"env DB_PASSWORD", "DB_PASSWORD=p;w&d, 9", nil}, // a sentence, as far as one can tell
		{"env DB_PASSWORD", "DB_PASSWORD=hT9;q&2L", []string{"secret-generic-password DB_PASSWORD = ******** (8)"}},
		{"env MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD=hunter", []string{"secret-generic-password MYSQL_ROOT_PASSWORD = ******** (6)"}},
		{"env PASSWORD_FILE", "PASSWORD_FILE=/run/secrets/db", nil},
		{"env GITHUB_TOKEN", "GITHUB_TOKEN=" + madeUp(1), []string{"secret-github-pat ghp_******** (40)"}},
		{"label org.example/docs/test.password", "org.example/docs/test.password=hT9vq2Lm", []string{"secret-generic-password test.password = ******** (8)"}},
		{"history 3", "/bin/sh -c #(nop)  ENV DB_PASSWORD=hT9vq2Lm", []string{"secret-generic-password DB_PASSWORD = ******** (8)"}},
		{"history 4", "|1 DB_PASSWORD=hT9vq2Lm /bin/sh -c make", []string{"secret-generic-password DB_PASSWORD = ******** (8)"}},
		{"history 5", "ARG DB_PASSWORD", nil},
		{"cmd", "server --db-password hT9vq2Lm --port 80", []string{"secret-generic-password --db-password = ******** (8)"}},
	} {
		t.Run(test.where+" "+test.text, func(t *testing.T) {
			results, err := m.Results(context.Background(), test.where, strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range results {
				got = append(got, r.Check+" "+r.Evidence[0])
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWant(t *testing.T) {
	d := Detector(matcher(t))
	for path, want := range map[string]walk.Decision{
		"a/.env": walk.Peek, "usr/bin/x": walk.Peek, "a.PNG": walk.No, "a.png/x": walk.Peek, "f.woff2": walk.No, "x.jar": walk.Peek,
		".git/objects/pack/pack-1.pack": walk.No, "b.pack": walk.Peek, ".git/config": walk.Peek,
	} {
		if got := d.Want(path, 0o644, 10); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if d.Want("a", 0o644, 0) != walk.No {
		t.Error("an empty file is wanted")
	}
}

// TestVersion: other rules are another version, the same ones the same.
func TestVersion(t *testing.T) {
	a, b := Detector(matcher(t)), Detector(matcher(t))
	if a.Version() != b.Version() || a.Version() <= 0 {
		t.Errorf("versions %d and %d", a.Version(), b.Version())
	}
	rules := Rules()
	rules[0].Severity = finding.Low
	m, err := Compile(rules, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if Detector(m).Version() == a.Version() {
		t.Error("other rules have the same version")
	}
}

func FuzzInside(f *testing.F) {
	d := Detector(matcher(f))
	text := []byte("TOKEN=" + madeUp(7) + "\n")
	f.Add(gzipOf(f, text))
	f.Add(zipOf(f, zip.Deflate, member{".env", text}))
	f.Add(zipOf(f, zip.Store, member{"a.zip", zipOf(f, zip.Deflate, member{".env", text})}))
	f.Add(gzipOf(f, tarOf(f, member{".env", text})))
	f.Add(zstdOf(f, text))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := &walk.Recorder{Detector: "secret", File: walk.NewFile("a", body)}
		if err := d.Inspect(context.Background(), r.File, r); err != nil && strings.Contains(err.Error(), madeUp(7)) {
			t.Errorf("an error shows a value: %v", err)
		}
		if bytes.Contains([]byte(fmt.Sprint(r.Records)), []byte(madeUp(7)[:24])) {
			t.Error("a record shows a value")
		}
	})
}

// TestKeysInArchives: a key in a binary form is found in an archive as by itself.
func TestKeysInArchives(t *testing.T) {
	key, err := os.ReadFile("../keyfile/testdata/rsa-pkcs8.der")
	if err != nil {
		t.Fatal(err)
	}
	store, err := os.ReadFile("../keyfile/testdata/changeit.jks")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string][]byte{"conf/k.der": key, "conf/store.jks": store, "conf/text.txt": []byte("nothing")} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	recs, _ := walk.Inspect(context.Background(), Detector(matcher(t)), walk.NewFile("a.zip", b.Bytes()))
	var got []string
	for _, r := range recs {
		if r.Result == nil {
			t.Errorf("%+v", r)
			continue
		}
		got = append(got, r.Result.Locations[0].Path+" "+r.Result.Check)
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"a.zip!/conf/k.der private-key", "a.zip!/conf/store.jks private-key-known-passphrase"}, got); d != "" {
		t.Error(d)
	}
	// By itself it is the other detector's.
	if recs, _ := walk.Inspect(context.Background(), Detector(matcher(t)), walk.NewFile("k.der", key)); len(recs) != 0 {
		t.Errorf("by itself: %+v", recs)
	}
}
