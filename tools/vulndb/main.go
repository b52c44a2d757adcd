// Command vulndb lays out OSV documents of Go as the file database that
// `govulncheck -db file://DIR` reads (version 1 of the schema described on
// go.dev/security/vuln/database): index/db.json, index/modules.json,
// index/vulns.json and ID/<id>.json.
//
// usage: vulndb [-date YYYY-MM-DD] Go/all.zip DIR
//
// It prints how many documents there are and the date of the newest; -date says
// of when they are where they carry no dates of their own. The
// documents come from a file that was handed to us, yet their ids become file
// names: an id of another form than GO-YYYY-NNNN ends the program.
package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
)

// maxDocument is far above the largest document of the Go database (170 KiB).
const maxDocument = 8 << 20

var validID = regexp.MustCompile(`^GO-\d{4}-\d{4,}$`)

type document struct {
	ID        string    `json:"id"`
	Modified  time.Time `json:"modified"`
	Withdrawn *string   `json:"withdrawn"`
	Aliases   []string  `json:"aliases"`
	Affected  []struct {
		Package struct {
			Name      string `json:"name"`
			Ecosystem string `json:"ecosystem"`
		} `json:"package"`
		Ranges []struct {
			Type   string `json:"type"`
			Events []struct {
				Introduced string `json:"introduced"`
				Fixed      string `json:"fixed"`
			} `json:"events"`
		} `json:"ranges"`
	} `json:"affected"`
}

type moduleVuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
	Fixed    string    `json:"fixed,omitempty"`
}

type module struct {
	Path  string       `json:"path"`
	Vulns []moduleVuln `json:"vulns"`
}

type vuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
	Aliases  []string  `json:"aliases,omitempty"`
}

func main() {
	date := flag.String("date", "", "the day the documents are of, where they do not say")
	flag.Parse()
	var of time.Time
	if *date != "" {
		var err error
		if of, err = time.Parse(time.DateOnly, *date); err != nil {
			fmt.Fprintln(os.Stderr, "vulndb: -date:", err)
			os.Exit(2)
		}
	}
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: vulndb [-date YYYY-MM-DD] Go/all.zip DIR")
		os.Exit(2)
	}
	n, newest, err := layOut(flag.Arg(0), flag.Arg(1), of)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulndb:", err)
		os.Exit(1)
	}
	fmt.Printf("Go vulnerability data: %d documents of %s\n", n, newest.Format(time.DateOnly))
}

// layOut writes the database; newest is the later of the given date and the documents' own.
func layOut(zipFile, dir string, date time.Time) (n int, newest time.Time, err error) {
	z, err := zip.OpenReader(zipFile)
	if err != nil {
		return 0, newest, fmt.Errorf("open %s: %w", zipFile, err)
	}
	defer z.Close()
	for _, d := range []string{"index", "ID"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return 0, newest, err
		}
	}
	newest = date
	modules := map[string]*module{}
	var vulns []vuln
	for _, entry := range z.File {
		if !strings.HasSuffix(entry.Name, ".json") {
			continue
		}
		d, raw, err := read(entry)
		if err != nil {
			return 0, newest, err
		}
		if err := os.WriteFile(filepath.Join(dir, "ID", d.ID+".json"), raw, 0o644); err != nil {
			return 0, newest, err
		}
		if d.Modified.After(newest) {
			newest = d.Modified
		}
		vulns = append(vulns, vuln{d.ID, d.Modified, d.Aliases})
		if d.Withdrawn != nil {
			continue // stays readable by its id, matches nothing
		}
		for path, fixed := range fixes(d) {
			m := modules[path]
			if m == nil {
				m = &module{Path: path}
				modules[path] = m
			}
			m.Vulns = append(m.Vulns, moduleVuln{d.ID, d.Modified, fixed})
		}
	}
	if len(vulns) == 0 {
		return 0, newest, errors.New("no document in " + zipFile)
	}
	sort.Slice(vulns, func(i, j int) bool { return vulns[i].ID < vulns[j].ID })
	list := make([]module, 0, len(modules))
	for _, m := range modules {
		sort.Slice(m.Vulns, func(i, j int) bool { return m.Vulns[i].ID < m.Vulns[j].ID })
		list = append(list, *m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Path < list[j].Path })
	for name, v := range map[string]any{
		"db.json":      map[string]time.Time{"modified": newest},
		"modules.json": list,
		"vulns.json":   vulns,
	} {
		b, err := json.Marshal(v)
		if err != nil {
			return 0, newest, err
		}
		if err := os.WriteFile(filepath.Join(dir, "index", name), b, 0o644); err != nil {
			return 0, newest, err
		}
	}
	return len(vulns), newest, nil
}

func read(entry *zip.File) (d document, raw []byte, err error) {
	r, err := entry.Open()
	if err != nil {
		return d, nil, fmt.Errorf("open %s: %w", entry.Name, err)
	}
	defer r.Close()
	raw, err = io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return d, nil, fmt.Errorf("read %s: %w", entry.Name, err)
	}
	if len(raw) > maxDocument {
		return d, nil, fmt.Errorf("%s: larger than %d bytes", entry.Name, maxDocument)
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, nil, fmt.Errorf("parse %s: %w", entry.Name, err)
	}
	if !validID.MatchString(d.ID) {
		return d, nil, fmt.Errorf("%s: id %q is not of the form GO-YYYY-NNNN", entry.Name, d.ID)
	}
	return d, raw, nil
}

// fixes gives each affected module with the version that its last range ends
// with, or "" where the last range has no end. It is a hint by which
// govulncheck leaves documents unread; "" makes it read the document.
func fixes(d document) map[string]string {
	out := map[string]string{}
	for _, a := range d.Affected {
		fixed := ""
		for _, r := range a.Ranges {
			if r.Type != "SEMVER" {
				continue
			}
			for _, e := range r.Events {
				switch {
				case e.Introduced != "":
					fixed = ""
				case e.Fixed != "":
					fixed = e.Fixed
				}
			}
		}
		// A module that comes twice is fixed where both entries are: not told by this hint.
		if old, twice := out[a.Package.Name]; twice && old != fixed {
			fixed = ""
		}
		out[a.Package.Name] = fixed
	}
	return out
}
