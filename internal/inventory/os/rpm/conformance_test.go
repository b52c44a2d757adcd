//go:build conformance

package rpm

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// module is a public Go module whose testdata holds databases of real
// distributions (MIT). It is read as data; none of its code is linked.
const module = "github.com/knqyf263/go-rpmdb@v0.1.1"

// TestRealDatabases reads databases of CentOS, Fedora, UBI, SLE and CBL-Mariner
// and holds names, versions, architectures, licences, sources and files against
// what the rpm program itself says, where it can read the form.
func TestRealDatabases(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module).Output()
	if err != nil {
		t.Fatalf("get %s: %v", module, err)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("rpm"); err != nil {
		t.Fatalf("apt-get install rpm: %v", err)
	}
	// Counts without gpg-pubkey, for the form that Debian's rpm cannot read.
	known := map[string]int{"sle15-bci": 35}
	files, err := filepath.Glob(filepath.Join(m.Dir, "pkg", "testdata", "*", "[Pr]*"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d databases, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			st, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			recs := walk.Run(t.Context(), New(), &walk.File{Path: dirs[0] + filepath.Base(file), Size: st.Size(), ReaderAt: f})
			took := time.Since(start)
			var got, gotFiles []string
			for _, r := range recs {
				switch {
				case r.Unread != nil:
					t.Errorf("unread: %s", r.Unread.Detail)
				case r.Package != nil:
					p := r.Package
					got = append(got, strings.Join([]string{p.Name, p.Version, p.Arch, p.SourceName, p.SourceVersion, p.Maintainer, p.Attributes[AttrModularity]}, "|"))
				case r.Fact != nil:
					pkg := ""
					if err := owned.Each(r.Fact.Data, func(n, _ string) { pkg = n }, func(p []byte) { gotFiles = append(gotFiles, pkg+" /"+string(p)) }); err != nil {
						t.Error(err)
					}
					t.Logf("%d bytes of owned files", len(r.Fact.Data))
				}
			}
			t.Logf("%d packages, %d files, %d MiB in %v", len(got), len(gotFiles), st.Size()>>20, took)
			if n, ok := known[name]; ok {
				if len(got) != n {
					t.Errorf("%d packages, want %d", len(got), n)
				}
				return
			}
			db := copyOf(t, file)
			backend := "bdb_ro"
			if filepath.Base(file) == "rpmdb.sqlite" {
				backend = "sqlite"
			}
			want := query(t, db, backend, `%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{VENDOR}\t%{MODULARITYLABEL}\n`)
			compare(t, want, got)
			wantFiles := query(t, db, backend, `[%{=NAME} %{FILENAMES}\t%{FILEMODES}\t%{FILEFLAGS}\t%{FILESTATES}\n]`)
			compareFiles(t, wantFiles, gotFiles)
		})
	}
}

func copyOf(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func query(t *testing.T, dir, backend, format string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "rpm", "-qa", "--dbpath", dir, "--define", "_db_backend "+backend, "--qf", format)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("rpm -qa: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func compare(t *testing.T, rpmSays, got []string) {
	t.Helper()
	var want []string
	for _, l := range rpmSays {
		c := strings.Split(l, "\t") // name, epoch, version-release, arch, source, vendor, module
		if len(c) != 7 {
			t.Fatalf("rpm said %q", l)
		}
		if c[0] == "gpg-pubkey" {
			continue
		}
		for i := range c {
			if c[i] == "(none)" {
				c[i] = ""
			}
		}
		if c[1] == "0" {
			c[1] = ""
		} else if c[1] != "" {
			c[1] += ":"
		}
		sn, sv := splitSourceRPM(c[4])
		if sv == c[2] {
			sv = c[1] + sv
		}
		want = append(want, strings.Join([]string{c[0], c[1] + c[2], c[3], sn, sv, c[5], c[6]}, "|"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-rpm +ours:\n%.4000s", diff)
	}
}

func compareFiles(t *testing.T, rpmSays, got []string) {
	t.Helper()
	var want []string
	for _, l := range rpmSays {
		c := strings.Split(l, "\t")
		if len(c) != 4 {
			continue
		}
		var mode, flags, state int64
		fmt.Sscan(c[1], &mode)
		fmt.Sscan(c[2], &flags)
		fmt.Sscan(c[3], &state)
		_, path, _ := strings.Cut(c[0], " /")
		if mode&0o170000 != 0o100000 || flags&ghostFile != 0 || state != 0 || !owned.Worth([]byte(path)) {
			continue
		}
		want = append(want, c[0])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files, -rpm +ours:\n%.4000s", diff)
	}
}
