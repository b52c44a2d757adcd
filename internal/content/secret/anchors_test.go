package secret

import (
	"cmp"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write files of results again")

// TestCommon holds the table of frequent rows of three bytes, and counts it
// again with -update. It need not be exact: it only makes the search quick.
func TestCommon(t *testing.T) {
	const rows = 1500
	if *update {
		count := make(map[[3]byte]int)
		err := filepath.WalkDir(goSource(t), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			for i := 0; i+3 <= len(text); i++ {
				count[[3]byte{foldedByte(text[i]), foldedByte(text[i+1]), foldedByte(text[i+2])}]++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		order := slices.SortedFunc(maps.Keys(count), func(a, b [3]byte) int {
			return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(string(a[:]), string(b[:])))
		})
		var out []byte
		for _, three := range order[:rows] {
			out = append(out, three[:]...)
		}
		if err := os.WriteFile("common.bin", out, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(commonRows) != 3*rows || common3("ion") == 0 || common3("qzx") != 1 || common3("-=[") != 0 || common2("re") == 0 {
		t.Error("the table is not what it should be")
	}
}
