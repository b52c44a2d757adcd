package browse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/report"
)

var update = flag.Bool("update", false, "write golden files anew")

func example() Input {
	files := [][]File{{
		{Path: "bin", Mark: Added, Directory: true},
		{Path: "bin/sh", Size: 1_200_000, Mark: Added},
		{Path: "etc/passwd", Size: 600, Mark: Added, Gone: true},
		{Path: "usr/share/文档/说明书.txt", Size: 70_000, Mark: Added},
		{Path: "usr/share/evil\x1b[2Jname", Size: 5, Mark: Added},
	}, {
		{Path: "etc/passwd", Size: 700, Mark: Replaced},
		{Path: "etc/shadow", Mark: Removed},
		{Path: "srv/app/main.js", Size: 2_000, Mark: Added},
		{Path: "srv/app/vendor.js", Size: 400_000, Mark: Added},
	}}
	r := &finding.Report{
		Subject: finding.Subject{Ref: "example/应用:1"},
		Layers: []finding.LayerInfo{
			{DiffID: "sha256:" + strings.Repeat("a", 64), Size: 1_270_605, Files: 4},
			{DiffID: "sha256:" + strings.Repeat("b", 64), Size: 402_700, Files: 3},
		},
		Image: &finding.Image{
			FinalSize: 1_672_705, FinalFiles: 6, Waste: 600,
			Contents: []finding.LayerContent{{Layer: 0, Added: 4, Size: 1_270_605, Waste: 600}, {Layer: 1, Added: 2, Changed: 1, Removed: 1}},
			History: []finding.HistoryStep{
				{CreatedBy: "ADD rootfs.tar /", Layer: 0}, {CreatedBy: "ENV A=1", Empty: true, Layer: -1}, {CreatedBy: "COPY app /srv/app", Layer: 1},
			},
		},
		Results: []finding.Result{
			{
				Check: "secret-x", State: finding.Fail, Title: finding.T("secret.found", "GitHub token"),
				Rating: finding.Rating{Severity: finding.Critical}, Locations: []finding.Location{{Path: "/srv/app/main.js", Layer: 1}},
			},
			{Check: "image-x", State: finding.Warn, Title: finding.T("secret.found", "evil\x1b]0;x\a"), Rating: finding.Rating{Severity: finding.Low}, Locations: []finding.Location{{Path: "/bin/sh", Layer: 0}}},
		},
	}
	return Input{Report: r, Files: files, Printer: i18n.For(i18n.English)}
}

// press sends keys: words are keys by name, "'text" is typed.
func press(m *Model, keys string) (quit bool) {
	for key := range strings.FieldsSeq(keys) {
		if text, ok := strings.CutPrefix(key, "'"); ok {
			for _, r := range text {
				quit = m.Press(string(r), string(r))
			}
			continue
		}
		quit = m.Press(key, "")
	}
	return quit
}

func TestScreens(t *testing.T) {
	for _, c := range []struct {
		name, keys    string
		lang          string
		width, height int
	}{
		{name: "first"},
		{name: "tree-open", keys: "right enter down down down enter down enter down enter"},
		{name: "second-layer", keys: "down down enter enter down down l j l"},
		{name: "made-no-layer", keys: "down"},
		{name: "filter-typing", keys: "/ '说明"},
		{name: "filter-nothing", keys: "/ 'nowhere enter"},
		{name: "changed", keys: "end f"},
		{name: "by-size", keys: "s"},
		{name: "findings", keys: "end tab"},
		{name: "details", keys: "tab tab"},
		{name: "help", keys: "?"},
		{name: "chinese", keys: "/ 'usr", lang: i18n.Chinese},
		{name: "help-chinese", keys: "?", lang: i18n.Chinese},
		{name: "wide", width: 120, height: 12},
		{name: "narrow", width: 40, height: 8, keys: "right"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := example()
			if c.lang != "" {
				in.Printer = i18n.For(c.lang)
			}
			m := New(in)
			if c.width > 0 {
				m.Resize(c.width, c.height)
			}
			press(m, c.keys)
			got := m.Screen() + "\n"
			path := filepath.Join("testdata", c.name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestShape holds every screen of every size against the terminal's: the lines
// are as many and as wide, and nothing of the image reaches it as it is.
func TestShape(t *testing.T) {
	for _, keys := range []string{"", "right enter end enter end enter", "/ 'evil", "tab", "tab tab", "?", "end", "f", "pgdown pgup home G g"} {
		for _, size := range [][2]int{{80, 24}, {200, 60}, {40, 10}, {20, 4}, {1, 1}, {5, 2}} {
			m := New(example())
			m.Resize(size[0], size[1])
			press(m, keys)
			lines := strings.Split(m.Screen(), "\n")
			if len(lines) != size[1] {
				t.Errorf("%q at %v: %d lines", keys, size, len(lines))
			}
			for _, line := range lines {
				if size[0] >= 20 && report.Columns(line) != size[0] {
					t.Errorf("%q at %v: %d columns: %q", keys, size, report.Columns(line), line)
				}
				if strings.ContainsAny(line, "\x1b\a\r\t") {
					t.Errorf("%q: %q", keys, line)
				}
			}
		}
	}
}

func TestKeys(t *testing.T) {
	for keys, want := range map[string]bool{"q": true, "? q": true, "/ 'q": false, "/ 'q esc q": true, "down up tab shift+tab": false} {
		if got := press(New(example()), keys); got != want {
			t.Errorf("%q: done is %v", keys, got)
		}
	}
	m := New(Input{Report: &finding.Report{}, Printer: i18n.For(i18n.English)})
	press(m, "down right enter left up / 'x backspace backspace esc tab down tab down G")
	m.Screen()
}

// TestBound holds the tree within its bound.
func TestBound(t *testing.T) {
	var files []File
	for i := range 65 {
		files = append(files, File{Path: fmt.Sprintf("%03d/", i) + strings.Repeat("a/", 8000) + "f", Mark: Added})
	}
	if _, cut := grow(files); !cut {
		t.Error("a tree of too many names was not cut")
	}
	m := New(Input{Report: example().Report, Files: [][]File{files}, Printer: i18n.For(i18n.English)})
	press(m, "/ 'f end")
	if s := m.Screen(); !strings.Contains(s, "f") {
		t.Error(s)
	}
}

func FuzzKeys(f *testing.F) {
	f.Add("right enter down / 'a enter tab", "usr/bin/\x1b[2J", uint8(80), uint8(24))
	f.Fuzz(func(_ *testing.T, keys, path string, width, height uint8) {
		in := example()
		in.Files[0] = append(in.Files[0], File{Path: path, Size: 1, Mark: Added})
		m := New(in)
		m.Resize(int(width), int(height))
		press(m, keys)
		m.Screen()
	})
}
