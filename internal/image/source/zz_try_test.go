package source

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	if os.Getenv("TRY") == "" {
		t.Skip()
	}
	t0 := time.Now()
	o, err := Open(context.Background(), Options{Ref: os.Getenv("TRY"), Env: os.Getenv, NoInPlace: os.Getenv("NOINPLACE") != "", Platform: os.Getenv("PLATFORM"), Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(t0))
	b, _ := json.MarshalIndent(o.Subject, "", " ")
	t.Logf("%+v\n%s\n%d %v", o.Info, b, len(o.Config), o.Layers)
	if o.Archive != nil && o.Info.Way == WayExport {
		n, _ := io.Copy(io.Discard, o.Archive)
		t.Log(n)
	}
	if os.Getenv("VERIFY") != "" {
		for i, l := range o.Layers {
			t0 := time.Now()
			if l.Verify != nil {
				t.Log(i, l.Verify(context.Background()), time.Since(t0))
			}
		}
	}
	t.Log(o.StillThere(context.Background()))
	t.Log(o.Close())
	t0 = time.Now()
	im, err := Images(context.Background(), Options{Env: os.Getenv})
	t.Log(im, err, time.Since(t0))
}
