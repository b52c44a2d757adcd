package report

import (
	"bytes"
	"encoding/json"
	"testing"
)

func FuzzIndent(f *testing.F) {
	for _, s := range []string{`{}`, `[]`, `{"a":[1,{"b":"c\"]}\\"},[]],"d":{}}`, `"x"`, `[[[]]]`, `{"a":null,"b":-1.5e3}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var compact, want, got bytes.Buffer
		if json.Compact(&compact, b) != nil {
			return
		}
		if err := json.Indent(&want, compact.Bytes(), "", "  "); err != nil {
			t.Fatal(err)
		}
		indent(&got, compact.Bytes())
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("got %q, want %q", got.Bytes(), want.Bytes())
		}
	})
}
