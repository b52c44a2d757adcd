package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func writeZip(t *testing.T, docs map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "all.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for n, d := range docs {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(d)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLayOut(t *testing.T) {
	dir := t.TempDir()
	n, newest, err := layOut(writeZip(t, map[string]string{
		"GO-2020-0001.json": `{"id":"GO-2020-0001","modified":"2024-01-02T00:00:00Z","aliases":["CVE-2020-1"],
			"affected":[{"package":{"name":"m.example/a","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.3"}]}]}]}`,
		"GO-2020-0002.json": `{"id":"GO-2020-0002","modified":"2023-01-02T00:00:00Z",
			"affected":[{"package":{"name":"m.example/a","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.1.0"}]}]}]}`,
		"GO-2020-0003.json": `{"id":"GO-2020-0003","modified":"2023-01-02T00:00:00Z","withdrawn":"2023-02-01T00:00:00Z",
			"affected":[{"package":{"name":"m.example/b","ecosystem":"Go"}}]}`,
	}), dir, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if n != 3 || newest.Format("2006-01-02") != "2024-01-02" {
		t.Errorf("got %d documents of %s", n, newest)
	}
	var mods []module
	b, err := os.ReadFile(filepath.Join(dir, "index", "modules.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &mods); err != nil {
		t.Fatal(err)
	}
	if len(mods) != 1 || len(mods[0].Vulns) != 2 || mods[0].Vulns[0].Fixed != "1.2.3" || mods[0].Vulns[1].Fixed != "" {
		t.Errorf("modules.json: %+v", mods)
	}
}

func TestLayOutRefusesAnIDThatIsAPath(t *testing.T) {
	dir := t.TempDir()
	_, _, err := layOut(writeZip(t, map[string]string{"x.json": `{"id":"../../x"}`}), dir, time.Time{})
	if err == nil || !strings.Contains(err.Error(), "not of the form") {
		t.Fatalf("err = %v", err)
	}
}

func TestLayOutRefusesNothing(t *testing.T) {
	if _, _, err := layOut(writeZip(t, nil), t.TempDir(), time.Time{}); err == nil {
		t.Fatal("an empty zip gave no error")
	}
}
