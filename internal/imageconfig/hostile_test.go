package imageconfig

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"bulwark/internal/finding"
)

// TestHostileConfigurationsTakeLittleTime gives each part as much as fits.
func TestHostileConfigurationsTakeLittleTime(t *testing.T) {
	many := func(n int, s string) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = s
		}
		return out
	}
	history := func(n int, s string) any {
		out := make([]map[string]any, n)
		for i := range out {
			out[i] = map[string]any{"created_by": s, "empty_layer": true}
		}
		return out
	}
	for name, doc := range map[string]map[string]any{
		"one long step":   {"history": history(1, "RUN |9999 "+strings.Repeat("A=b ", 1<<18))},
		"one long ENV":    {"history": history(1, "ENV "+strings.Repeat("A_TOKEN=b ", 100_000))},
		"many steps":      {"history": history(10_000, "ENV A_TOKEN=b "+strings.Repeat("x=y ", 20))},
		"many spaces":     {"history": history(1, "RUN "+strings.Repeat(" ", 1<<20))},
		"many quotes":     {"history": history(5, "RUN "+strings.Repeat(`a="`, 10_000))},
		"many dashes":     {"history": history(5, "RUN "+strings.Repeat(`--password `, 5_000))},
		"many shells":     {"history": history(5, "|9 "+strings.Repeat(`sh -e -o pipefail `, 3_000))},
		"many variables":  {"config": map[string]any{"Env": many(50_000, "A_TOKEN=abcdefgh1234")}},
		"long variable":   {"config": map[string]any{"Env": []string{"PATH=" + strings.Repeat(":", 1<<20), "LD_PRELOAD=" + strings.Repeat(":", 1<<20)}}},
		"many directives": {"config": map[string]any{"OnBuild": many(100_000, "RUN x"), "Cmd": many(60_000, "--token")}},
	} {
		t.Run(name, func(t *testing.T) {
			doc["rootfs"] = map[string]any{"diff_ids": []string{}}
			b, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			c, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			results := Lint(c)
			r := &finding.Report{Image: Facts(c, nil), Results: results}
			ByInstruction(r)
			c.Instructions()
			// Many times what it takes, and far below what quadratic work would.
			if took := time.Since(started); took > time.Minute {
				t.Errorf("%d bytes took %s", len(b), took)
			} else {
				t.Logf("%d bytes, %s, %d results", len(b), took, len(results))
			}
		})
	}
}
