package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nasty = "</script><script>alert(1)</script><!--<script>]]>\u2028{{.}}\"'`&lt;"

func page() Page {
	s := NewStrings()
	return Page{
		Lang: "en", Title: nasty,
		Data: Data{
			Lang: "en", Facts: map[string]string{"ref": nasty}, Strings: []string{"", nasty}, Packages: [][]int{{s.Add(nasty)}},
			Layers: []Layer{{By: nasty, Trust: Both{nasty, nasty}}}, About: []Fact{{Value: Both{nasty, nasty}}},
		},
		Plain: Plain{Heading: nasty, Verdict: nasty, Coverage: []string{nasty}, Sections: []Section{{Heading: nasty, Lines: []Line{{nasty, `x" onload="alert(1)`, nasty, nasty}}}}},
	}
}

// TestWrite: what an image wrote stays text, the policy admits what is in the
// page and nothing else, and the data can be read back.
func TestWrite(t *testing.T) {
	var b, again bytes.Buffer
	if err := Write(&b, page()); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, page()); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same page has other bytes the second time (%v)", err)
	}
	out := b.String()
	if n := strings.Count(strings.ToLower(out), "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if strings.Contains(out, "alert(1)</script>") || strings.Contains(out, `" onload=`) {
		t.Error("what an image wrote became markup")
	}
	found := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(out)
	if found == nil {
		t.Fatal("no policy")
	}
	policy := html.UnescapeString(found[1])
	if diff := cmp.Diff(Policy(), policy); diff != "" {
		t.Error(diff)
	}
	for _, element := range []string{"style", "script"} {
		parts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(out, -1)
		if len(parts) != 1 {
			t.Fatalf("%d elements %s", len(parts), element)
		}
		sum := sha256.Sum256([]byte(parts[0][1]))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy does not admit the page's own %s: %s", element, policy)
		}
	}
	for _, loose := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(policy, loose) {
			t.Errorf("the policy has %s", loose)
		}
	}
	data := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindStringSubmatch(out)
	if data == nil {
		t.Fatal("no data")
	}
	var back Data
	if err := json.Unmarshal([]byte(data[1]), &back); err != nil {
		t.Fatal(err)
	}
	if back.Strings[1] != nasty {
		t.Errorf("read back: %q", back.Strings[1])
	}
}

// TestScriptMakesText holds the script to its word: nothing in it parses markup,
// runs text, or asks anybody.
func TestScriptMakesText(t *testing.T) {
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "</script", "http://", "setAttribute('style'"} {
		// The one address in it is the name of SVG's elements, which nobody follows.
		if strings.Contains(strings.ReplaceAll(script, "http://www.w3.org/2000/svg", ""), word) {
			t.Errorf("the script has %s", word)
		}
	}
	for _, word := range []string{"url(", "@import", "</style"} {
		if strings.Contains(style, word) {
			t.Errorf("the style sheet has %s", word)
		}
	}
}

func TestStrings(t *testing.T) {
	s := NewStrings()
	got := []int{s.Add(""), s.Add("a"), s.Add("b"), s.Add("a")}
	if diff := cmp.Diff([]int{0, 1, 2, 1}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "a", "b"}, s.List()); diff != "" {
		t.Error(diff)
	}
}
