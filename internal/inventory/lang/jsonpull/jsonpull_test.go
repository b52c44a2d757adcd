package jsonpull

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/walk"
)

// value builds what encoding/json would, by the package's own calls.
func value(r *Reader) (any, error) {
	switch r.Next() {
	case Object:
		m := map[string]any{}
		err := r.EachKey(func(k []byte) error {
			key := string(k)
			v, err := value(r)
			m[key] = v
			return err
		})
		return m, err
	case Array:
		a := []any{}
		err := r.EachElement(func() error {
			v, err := value(r)
			a = append(a, v)
			return err
		})
		return a, err
	case String:
		return r.Text()
	case Bool:
		return r.True()
	case Number:
		s, err := r.Scalar()
		return json.Number(s), err
	}
	return nil, r.Skip()
}

var documents = []string{
	`{"a":1,"b":[true,false,null,"x"],"c":{"d":{"e":"\u00e9\n\"\\\/"}}}`,
	`[]`, `{}`, `"x"`, ` 12.5e-3 `, `null`,
	`{"\ud83d\ude00":"\ud83d\ude00","lone":"\ud83d","bad":"\ud83dA"}`,
	"{\"deep\":[[[[{\"x\":[{}]}]]]]}",
	`{"a":"\\","b":"\\\"","c":"\"}"}`,
	"{\"tab\":\"é\"}",
}

func TestSameAsEncodingJSON(t *testing.T) {
	for _, doc := range documents {
		var want any
		dec := json.NewDecoder(strings.NewReader(doc))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		r := New([]byte(doc))
		got, err := value(r)
		if err == nil {
			err = r.Done()
		}
		if err != nil {
			t.Errorf("%s: %v", doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", doc, diff)
		}
		r = New([]byte(doc))
		if err := r.Skip(); err != nil || r.Done() != nil {
			t.Errorf("skip %s: %v, %v", doc, err, r.Done())
		}
	}
}

func TestTruncatedIsAnError(t *testing.T) {
	doc := documents[0]
	for i := range len(doc) {
		if err := New([]byte(doc[:i])).Skip(); err == nil {
			t.Errorf("skipping %s is no error", doc[:i])
		}
		if _, err := value(New([]byte(doc[:i]))); err == nil {
			t.Errorf("reading %s is no error", doc[:i])
		}
	}
}

func TestErrors(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1)
	for _, tt := range []struct {
		name, doc string
		is        error
	}{
		{"deep", deep, walk.ErrLimit},
		{"mismatch", `{"a":[}]`, nil},
		{"no colon", `{"a" 1}`, nil},
		{"no comma", `{"a":1 "b":2}`, nil},
		{"bare word", `{"a":x}`, nil},
		{"key", `{1:2}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := value(New([]byte(tt.doc)))
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v, want one that is %v", err, tt.is)
			}
		})
	}
	if err := New([]byte(deep)).Skip(); !errors.Is(err, walk.ErrLimit) {
		t.Errorf("skipping 513 brackets: %v", err)
	}
	if _, err := value(New([]byte("\xef\xbb\xbf[1,2,]"))); err != nil {
		t.Errorf("byte order mark and last comma: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := value(New(doc))
		var want any
		dec := json.NewDecoder(strings.NewReader(string(doc)))
		dec.UseNumber()
		if !json.Valid(doc) || dec.Decode(&want) != nil {
			return
		}
		if errors.Is(err, walk.ErrLimit) {
			return
		}
		if err != nil {
			t.Fatalf("valid JSON refused: %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if err := New(doc).Skip(); err != nil {
			t.Fatalf("valid JSON not skipped: %v", err)
		}
	})
}
