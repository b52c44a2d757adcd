package secret

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"bulwark/internal/imageconfig"
	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

func TestConfiguration(t *testing.T) {
	token := ""
	for _, r := range Rules() {
		if r.ID == "github-pat" {
			token = r.Valid[0]
		}
	}
	m, err := Compile(Rules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := ConfigDetector(m).(walk.ConfigInspector)
	raw, err := json.Marshal(map[string]any{
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{}},
		"config": map[string]any{
			"Env":    []string{"PATH=/usr/bin", "TOKEN=" + token},
			"Labels": map[string]string{"maintainer": "nobody"},
		},
		"history": []map[string]any{
			{"created_by": "/bin/sh -c #(nop)  ENV TOKEN=" + token, "empty_layer": true},
			{"created_by": "|1 TOKEN=" + token + " /bin/sh -c make"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	recs := walk.RunConfig(context.Background(), d, raw)
	c, err := imageconfig.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	var hidden []string
	Values(c, recs, func(where, value string) {
		hidden = append(hidden, where)
		if len(value) < 40 || !strings.Contains(token, value) {
			t.Errorf("%s: another value than the token", where)
		}
	})
	if d := cmp.Diff([]string{"env TOKEN", "history 0", "history 1"}, hidden); d != "" {
		t.Error(d)
	}
	var got []string
	for _, r := range recs {
		if r.Fact != nil {
			if strings.Contains(string(r.Fact.Data), token) {
				t.Errorf("the value is told: %s", r.Fact.Data)
			}
			continue
		}
		if r.Result == nil {
			t.Errorf("%+v", r)
			continue
		}
		if b, _ := json.Marshal(r); strings.Contains(string(b), token) || len(r.Result.Locations) != 0 {
			t.Errorf("the value is told, or a file: %s", b)
		}
		got = append(got, r.Result.Check+": "+r.Result.Evidence[0])
	}
	if d := cmp.Diff([]string{"secret-github-pat: env TOKEN, history 0, history 1"}, got); d != "" {
		t.Error(d)
	}
	if recs := walk.RunConfig(context.Background(), d, []byte("{")); len(recs) != 1 || recs[0].Unread == nil {
		t.Errorf("broken: %+v", recs)
	}
}
