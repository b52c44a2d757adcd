package inventory

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/finding"
	"bulwark/internal/inventory/lang"
)

// installedDist is what pip leaves of a distribution.
func installedDist(name, version string) string {
	return fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n\n", name, version)
}

// jar is an archive that says by a pom what it is.
func jar(t *testing.T, group, artifact, version string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("META-INF/maven/" + group + "/" + artifact + "/pom.properties")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, "groupId=%s\nartifactId=%s\nversion=%s\n", group, artifact, version)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func saidUnread(inv Inventory) []string {
	var out []string
	for _, u := range inv.Unread {
		out = append(out, fmt.Sprintf("%d:%s %s %s: %s", u.Location.Layer, u.Location.Path, u.Detector, u.Reason, u.Detail))
	}
	return out
}

func TestRequirementsWithoutVersion(t *testing.T) {
	type layer = map[string]string
	const (
		none    = " requirements do not say which version they get, and nothing that is installed or locked here does: "
		python  = " python-lock unsupported: "
		site    = "usr/local/lib/python3.12/site-packages/"
		wants   = "flask>=2\nzope.interface\nurllib3==2.2.1\npywin32; sys_platform == 'win32'\n"
		pom     = `<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency><dependency><groupId>g</groupId><artifactId>b</artifactId><version>${b}</version></dependency></dependencies></project>`
		editURL = `{"url":"file:///app","dir_info":{"editable":true}}`
	)
	for _, c := range []struct {
		name   string
		source bool // a source tree, not an image
		layers []layer
		want   []string
	}{
		{
			"what is installed answers, a condition that does not hold is no requirement", false,
			[]layer{{"app/requirements.txt": wants}, {site + "flask-3.0.0.dist-info/METADATA": installedDist("Flask", "3.0.0"), site + "zope.interface-6.dist-info/METADATA": installedDist("zope_interface", "6.0")}},
			nil,
		},
		{
			"what is not installed is said, once a file", false,
			[]layer{{"app/requirements.txt": wants}, {site + "flask-3.0.0.dist-info/METADATA": installedDist("Flask", "3.0.0")}},
			[]string{"0:app/requirements.txt" + python + "1 of 4" + none + `"zope.interface" (line 2)`},
		},
		{
			"an installation that a later layer removed answers nothing", false,
			[]layer{{"app/requirements.txt": "flask>=2\n", site + "flask-3.0.0.dist-info/METADATA": installedDist("Flask", "3.0.0")}, {site + "flask-3.0.0.dist-info/METADATA": removed}},
			[]string{"0:app/requirements.txt" + python + "1 of 1" + none + `"flask>=2" (line 1)`},
		},
		{
			"a manifest that is not there any more", false,
			[]layer{{"tmp/requirements.txt": wants}, {"tmp/requirements.txt": removed}}, nil,
		},
		{
			"a source tree has all of it, four examples of which three are shown", true,
			[]layer{{"requirements.txt": wants + "-e .\n"}},
			[]string{"-1:requirements.txt" + python + "4 of 5" + none + `"flask>=2" (line 1), "zope.interface" (line 2), "pywin32; sys_platform == 'win32'" (line 4), …`},
		},
		{
			"a lock file answers beside it and above, not elsewhere", true,
			[]layer{{
				"a/requirements.txt": "flask\n", "a/requirements-lock.txt": "Flask==3.0.0\n",
				"a/b/requirements.txt": "flask\n", "c/requirements.txt": "flask\n",
			}},
			[]string{"-1:c/requirements.txt" + python + "1 of 1" + none + `"flask" (line 1)`},
		},
		{
			"what tests need is not missed in an image", false,
			[]layer{{
				"app/requirements-dev.txt": "pytest>=7\n", "app/docs/requirements.txt": "sphinx\n", "app/build-requirements.txt": "build\n",
				"root/.pyenv/plugins/x/requirements.txt": "a>1\n", "opt/sdk/third_party/mock/requirements.txt": "six\n",
			}}, nil,
		},
		{
			"and is in a source tree", true,
			[]layer{{"requirements-dev.txt": "pytest>=7\n", "docs/requirements.txt": "sphinx\n", "third_party/mock/requirements.txt": "six\n"}},
			[]string{"-1:docs/requirements.txt" + python + "1 of 1" + none + `"sphinx" (line 1)`, "-1:requirements-dev.txt" + python + "1 of 1" + none + `"pytest>=7" (line 1)`},
		},
		{
			"another requirements file speaks for itself when it is there", true,
			[]layer{{"requirements.txt": "-r requirements-base.txt\n-r base.txt\n-r requirements-gone.txt\n", "requirements-base.txt": "a==1\n", "base.txt": "b==1\n"}},
			[]string{"-1:requirements.txt" + python + "2 of 3" + none + `"-r base.txt" (line 2), "-r requirements-gone.txt" (line 3)`},
		},
		{
			"a folder that was installed from", false,
			[]layer{{"app/requirements.txt": "-e .\n", site + "shop-1.dist-info/METADATA": installedDist("shop", "1"), site + "shop-1.dist-info/direct_url.json": editURL}}, nil,
		},
		{
			"a folder that was not", false,
			[]layer{{"srv/requirements.txt": "-e .\n", site + "shop-1.dist-info/METADATA": installedDist("shop", "1"), site + "shop-1.dist-info/direct_url.json": editURL}},
			[]string{"0:srv/requirements.txt" + python + "1 of 1" + none + `"-e ." (line 1)`},
		},
		{
			"a pom whose parent decides", true,
			[]layer{{"pom.xml": pom}},
			[]string{"-1:pom.xml maven unsupported: 2 of 2" + none + `"g:a" (line 1), "g:b:${b}" (line 1)`},
		},
		{
			"jars answer it: one by its pom, one whose group nobody knows", false,
			[]layer{{"src/pom.xml": pom, "app/lib/a.jar": jar(t, "g", "a", "1"), "app/lib/b-2.0.jar": plainJar(t)}}, nil,
		},
		{
			"a package.json without lock file: its own parts and what is for some machines apart", true,
			[]layer{{"package.json": `{"name":"shop","dependencies":{"lodash":"^4","old":"npm:left-pad@1","own":"workspace:*"},"devDependencies":{"jest":"*"}}`, "node_modules/left-pad/package.json": npmPackage("left-pad", "1.0.0")}},
			[]string{"-1:package.json npm unsupported: 2 of 3" + none + `"lodash@^4" (line 1), "jest@*" (line 1)`},
		},
		{
			"with one, in the folder or above", true,
			[]layer{{"a/b/package.json": `{"dependencies":{"lodash":"^4"}}`, "a/yarn.lock": "# yarn lockfile v1\n"}}, nil,
		},
		{
			"an empty one is none", true,
			[]layer{{"package.json": `{"dependencies":{"lodash":"^4"}}`, "yarn.lock": "", "test/fixtures/a/package.json": `{"dependencies":{"lodash":"^4"}}`}},
			[]string{"-1:package.json npm unsupported: 1 of 1" + none + `"lodash@^4" (line 1)`},
		},
		{
			"in an image it is what is left of a bundle", false,
			[]layer{{"srv/package.json": `{"dependencies":{"lodash":"^4"}}`}}, nil,
		},
		{
			"an empty lock file that a later layer replaced is no loss", false,
			[]layer{{"app/Gemfile.lock": ""}, {"app/Gemfile.lock": "GEM\n  specs:\n    rack (2.0)\n"}}, nil,
		},
		{
			"one that is still empty is", false,
			[]layer{{"app/Gemfile.lock": "", "app/yarn.lock": "", "app/x.jar": ""}},
			[]string{"0:app/Gemfile.lock gemfile-lock corrupt: " + lang.ErrEmpty.Error(), "0:app/x.jar java corrupt: " + lang.ErrEmpty.Error()},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			im := squash(c.layers...)
			recs := im.records(t)
			var infos []finding.LayerInfo
			if c.source {
				for i := range recs {
					recs[i].Layer = -1
				}
			} else {
				infos = make([]finding.LayerInfo, len(c.layers))
			}
			got := saidUnread(Merge(im, infos, recs))
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// plainJar has no pom: only its name says what it is.
func plainJar(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("META-INF/MANIFEST.MF")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "Manifest-Version: 1.0\nImplementation-Title: b\nImplementation-Version: 2.0\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDirectURL: where pip took a distribution from stands in its purl, and
// nobody's password.
func TestDirectURL(t *testing.T) {
	const site = "usr/lib/python3/site-packages/"
	for _, c := range []struct {
		name, url, purl string
		attributes      map[string]string
	}{
		{"no file", "", "pkg:pypi/shop@1", nil},
		{
			"git", `{"url":"https://user:secret@git.example/shop.git","vcs_info":{"vcs":"git","commit_id":"abc"}}`,
			"pkg:pypi/shop@1?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fshop.git%40abc", map[string]string{"python.direct_url": "https://git.example/shop.git"},
		},
		{
			"archive", `{"url":"https://files.example/shop-1.tar.gz","archive_info":{"hash":"sha256=1"}}`,
			"pkg:pypi/shop@1?download_url=https:%2F%2Ffiles.example%2Fshop-1.tar.gz", map[string]string{"python.direct_url": "https://files.example/shop-1.tar.gz"},
		},
		{
			"editable", `{"url":"file:///src/shop","dir_info":{"editable":true}}`,
			"pkg:pypi/shop@1", map[string]string{"python.direct_url": "file:///src/shop", "python.editable": "true"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := map[string]string{site + "shop-1.dist-info/METADATA": installedDist("shop", "1")}
			if c.url != "" {
				l[site+"shop-1.dist-info/direct_url.json"] = c.url
			}
			inv := merge(t, l)
			if len(inv.Packages) != 1 {
				t.Fatalf("%d packages", len(inv.Packages))
			}
			p := inv.Packages[0]
			if p.PURL != c.purl || p.ID != c.purl {
				t.Errorf("purl %q, ID %q, want %q", p.PURL, p.ID, c.purl)
			}
			if diff := cmp.Diff(c.attributes, p.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNodeOfBitnami: the headers and Bitnami's document speak of one program.
func TestNodeOfBitnami(t *testing.T) {
	const header = "#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 0\n"
	inv := merge(t, map[string]string{
		"opt/bitnami/node/.spdx-node.spdx":                    "SPDXVersion: SPDX-2.3\nPackageName: node\nExternalRef: PACKAGE-MANAGER purl pkg:bitnami/node@20.11.0-1?arch=amd64\n",
		"opt/bitnami/node/include/node/node_version.h":        header,
		"usr/local/include/node/node_version.h":               header,
		"root/.cache/node-gyp/18/include/node/node_version.h": header,
	})
	want := []string{
		"pkg:bitnami/node@20.11.0-1?arch=amd64 0:opt/bitnami/node/.spdx-node.spdx",
		"pkg:generic/node@20.11.0 0:opt/bitnami/node/include/node/node_version.h of pkg:bitnami/node@20.11.0-1?arch=amd64",
		"pkg:generic/node@20.11.0#2 0:usr/local/include/node/node_version.h",
	}
	if diff := cmp.Diff(want, said(inv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLocksSideBySide: Yarn's and npm's locks of one project, as the programs
// wrote them, in one folder with the manifest: each says what it says alone.
func TestLocksSideBySide(t *testing.T) {
	files := map[string]string{"app/package.json": npmPackage("shop", "1.0.0")}
	for to, from := range map[string]string{"app/yarn.lock": "lang/yarn/testdata/v1.lock", "app/package-lock.json": "lang/npm/testdata/lock-v3.json"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		files[to] = string(b)
	}
	count := func(layers ...map[string]string) map[string]int {
		got := map[string]int{}
		for _, p := range merge(t, layers...).Packages {
			if p.Declared {
				for _, l := range p.Locations {
					got[strings.TrimPrefix(l.Path, "app/")]++
				}
			}
		}
		return got
	}
	alone := map[string]int{}
	for p, content := range files {
		for k, n := range count(map[string]string{p: content}) {
			alone[k] = n
		}
	}
	if alone["yarn.lock"] == 0 || alone["package-lock.json"] == 0 {
		t.Fatalf("alone: %v", alone)
	}
	if diff := cmp.Diff(alone, count(files)); diff != "" {
		t.Errorf("in one layer (-alone +together):\n%s", diff)
	}
	lock := files["app/yarn.lock"]
	delete(files, "app/yarn.lock")
	if diff := cmp.Diff(alone, count(map[string]string{"app/yarn.lock": lock}, files)); diff != "" {
		t.Errorf("in two layers (-alone +together):\n%s", diff)
	}
}
