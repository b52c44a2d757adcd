package secret

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const leaks = `
title = "shop"
minVersion = "v8.25.0"

[[allowlists]]
description = "whole tree"
paths = ['''(?:^|/)generated/''']
stopwords = ["LetMeThrough"]

[[allowlists]]
targetRules = ["shop-key"]
condition = "AND"
paths = ['''\.lock$''']
regexes = ['''^SHOP-0''']

[[rules]]
id = "shop-key"
description = "A key of the shop."
regex = '''\bSHOP-[0-9a-f]{8,12}\b'''
entropy = 2
keywords = ["SHOP-"]
  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ["not a key"]

[[rules]]
id = "Shop.Pair"
regex = '''(?i)shopuser=(\w+);shoppass=(\w+)'''
secretGroup = 2
keywords = ["shoppass"]

[[rules]]
id = "far-word"
regex = '''\bq[0-9]{9}z\b'''
keywords = ["warehouse"]

[[rules]]
id = "no-words"
regex = '''<<[a-f0-9]{6}>>'''

[[rules]]
id = "in-yaml"
regex = '''pin: ([0-9]{4})'''
path = '''\.ya?ml$'''
keywords = ["pin"]

[[rules]]
id = "keystore"
path = '''(?i)\.jks$'''

[[rules]]
id = "helper"
regex = '''helper[0-9]+'''
skipReport = true
`

func TestParseGitleaks(t *testing.T) {
	g, err := ParseGitleaks([]byte(leaks))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Compile(g.Rules, Options{Allow: g.Allow})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path, text string
		want             []string // rule and value
	}{
		{"regex", "a", "x SHOP-12ab34cd y", []string{"shop-key SHOP-12ab34cd"}},
		{"entropy", "a", "x SHOP-11111111 y", nil},
		{"keyword in another case", "a", "shop-12ab34cd", nil},
		{"allowlist on the line", "a", "SHOP-12ab34cd is not a key\nSHOP-12ab34ce", []string{"shop-key SHOP-12ab34ce"}},
		{"stop word", "a", "shopuser=a;shoppass=xxLETMETHROUGHxx", nil},
		{"global path", "x/generated/a", "SHOP-12ab34cd", nil},
		{"both conditions", "a.lock", "SHOP-02ab34cd SHOP-12ab34cd", []string{"shop-key SHOP-12ab34cd"}},
		{"one condition of two", "a", "SHOP-02ab34cd", []string{"shop-key SHOP-02ab34cd"}},
		{"group", "a", "ShopUser=joe;ShopPass=k39XuPq2", []string{"shop-pair k39XuPq2"}},
		{"keyword somewhere", "a", "q192837465z of the warehouse", []string{"far-word q192837465z"}},
		{"keyword nowhere", "a", "q192837465z", nil},
		{"no keywords", "a", "<<12ab34>>", []string{"no-words <<12ab34>>"}},
		{"path and regex", "deploy.yaml", "pin: 4831", []string{"in-yaml 4831"}},
		{"path and regex, other path", "deploy.json", "pin: 4831", nil},
		{"path only", "conf/KEY.JKS", "", []string{"keystore "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			if err := m.Scan(context.Background(), test.path, strings.NewReader(test.text), func(h Hit) {
				got = append(got, h.Rule.ID+" "+string(h.value))
			}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGitleaksErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no toml":             "[[",
		"no id":               "[[rules]]\nregex='a'",
		"neither":             "[[rules]]\nid='a'",
		"twice":               "[[rules]]\nid='a'\nregex='a'\n[[rules]]\nid='a'\nregex='b'",
		"bad regex":           "[[rules]]\nid='a'\nregex='('",
		"bad group":           "[[rules]]\nid='a'\nregex='a'\nsecretGroup=1",
		"bad entropy":         "[[rules]]\nid='a'\nregex='a'\nentropy='x'",
		"empty allowlist":     "[allowlist]\ndescription='x'",
		"old and new":         "[allowlist]\npaths=['a']\n[[allowlists]]\npaths=['b']",
		"unknown target":      "[[allowlists]]\nregexes=['a']\nregexTarget='file'",
		"unknown condition":   "[[allowlists]]\nregexes=['a']\ncondition='xor'",
		"allowlist of no one": "[[allowlists]]\nregexes=['a']\ntargetRules=['nobody']",
		"two bases":           "[extend]\nuseDefault=true\npath='x'",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseGitleaks([]byte(text)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestGitleaksExtend(t *testing.T) {
	base, err := ParseGitleaks([]byte(leaks))
	if err != nil {
		t.Fatal(err)
	}
	g, err := ParseGitleaks([]byte(`
[extend]
path = "base.toml"
disabledRules = ["Shop.Pair"]
[[rules]]
id = "shop-key"
keywords = ["shop2-"]
entropy = 1
[[rules]]
id = "new"
regex = 'new[0-9]{3}'
[[allowlists]]
targetRules = ["keystore"]
paths = ["^a"]
`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := g.Over(base)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range all.Rules {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"shop-key", "new", "far-word", "no-words", "in-yaml", "keystore"}, ids); diff != "" {
		t.Error(diff)
	}
	if r := all.Rules[0]; r.Entropy != 1 || r.Pattern == "" || len(r.Anchors) != 2 || len(r.Allow) != 2 {
		t.Errorf("merged rule: %+v", r)
	}
	if r := all.Rules[5]; len(r.Allow) != 1 {
		t.Errorf("targeted allowlist: %+v", r)
	}
	if len(base.Rules[4].Allow) != 0 {
		t.Error("the base has changed")
	}
}

func FuzzParseGitleaks(f *testing.F) {
	f.Add([]byte(leaks))
	f.Add([]byte("[extend]\nuseDefault = true\ndisabledRules = ['a']\n"))
	f.Add([]byte("[allowlist]\npaths = ['a']\n[[rules]]\nid='x'\nregex='a{1,3}(b|c)?'\nkeywords=['ab','aab']\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := ParseGitleaks(text)
		if err != nil {
			return
		}
		m, err := Compile(g.Rules, Options{Allow: g.Allow})
		if err != nil {
			return // a file that extends another one may lack what it takes from there
		}
		if err := m.Scan(context.Background(), "a", strings.NewReader("ab aab key=value shop-12"), func(Hit) {}); err != nil {
			t.Fatal(err)
		}
	})
}
