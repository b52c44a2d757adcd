package report

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// spdxIDs are the licence identifiers that CycloneDX 1.6 knows, one a line,
// sorted; a test holds them against its schema.
//
//go:embed spdx_ids.txt
var spdxIDs string

var spdxList = sync.OnceValue(func() []string { return strings.Fields(spdxIDs) })

func isSPDX(id string) bool {
	_, ok := slices.BinarySearch(spdxList(), id)
	return ok
}

// isSPDXExpression reports whether a string is an expression of known
// identifiers (SPDX specification, annex D): operators, brackets, "+", and
// references to licences of one's own.
func isSPDXExpression(s string) bool {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))
	depth, wantID, exception := 0, true, false
	for _, w := range words {
		switch w {
		case "(":
			if !wantID {
				return false
			}
			depth++
		case ")":
			if wantID || depth == 0 {
				return false
			}
			depth--
		case "AND", "OR", "WITH":
			if wantID {
				return false
			}
			wantID, exception = true, w == "WITH"
		default:
			if !wantID || !exception && !isSPDX(strings.TrimSuffix(w, "+")) && !strings.HasPrefix(w, "LicenseRef-") {
				return false
			}
			wantID, exception = false, false
		}
	}
	return !wantID && depth == 0
}

// licensesOf puts licences into CycloneDX's form, which knows either a list of
// identifiers and names or one expression.
func licensesOf(words []string) *cdx.Licenses {
	if len(words) == 0 {
		return nil
	}
	if len(words) == 1 && !isSPDX(words[0]) && isSPDXExpression(words[0]) {
		return &cdx.Licenses{{Expression: words[0]}}
	}
	var out cdx.Licenses
	for _, w := range words {
		switch {
		case w == "":
		case isSPDX(w):
			out = append(out, cdx.LicenseChoice{License: &cdx.License{ID: w}})
		default:
			out = append(out, cdx.LicenseChoice{License: &cdx.License{Name: w}})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return &out
}
