//go:build conformance

package engine_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bulwark/internal/image/source"
	"bulwark/internal/workload"
	"bulwark/test/engine"
)

func TestTodaysEngine(t *testing.T) {
	e := engine.Today(t)
	if *record {
		recordEngine(t, e, "29")
	}
	t.Run("in place", func(t *testing.T) { testInPlace(t, e, source.WaySnapshots) })
	t.Run("tampering", func(t *testing.T) { testTampering(t, e) })
	t.Run("blob tampering", func(t *testing.T) { testBlobTampering(t, e) })
	t.Run("removed", func(t *testing.T) { testRemoved(t, e) })
	t.Run("names", func(t *testing.T) { testNames(t, e) })
	t.Run("unprivileged", func(t *testing.T) { testUnprivileged(t, e) })
	t.Run("endpoints", func(t *testing.T) { testEndpoints(t, e) })
	t.Run("side by side", func(t *testing.T) { testSide(t, e) })
	t.Run("platforms", func(t *testing.T) { testPlatforms(t, e) })
	t.Run("without containerd's socket", func(t *testing.T) { testNoContainerd(t, e) })
	t.Run("nothing is left in containerd", func(t *testing.T) {
		c, err := workload.ConnectContainerd(e.Containerd, "moby")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		left, err := c.Leases(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, lease := range left {
			if strings.HasPrefix(lease, "bulwark-") {
				t.Errorf("lease %s is left", lease)
			}
		}
	})
	t.Run("stopped", func(t *testing.T) { testStopped(t, e) })
}

// TestTodaysEngineUpgraded is Docker 29 with the graph driver of an upgraded host.
func TestTodaysEngineUpgraded(t *testing.T) {
	e := engine.Start(t, engine.Options{Bin: engine.Bin29(t), GraphDriver: true})
	testInPlace(t, e, source.WayOverlay2)
	testRemoved(t, e)
	testNames(t, e)
}

// TestTodaysEngineRemapped falls back to the graph driver by itself.
func TestTodaysEngineRemapped(t *testing.T) {
	e := engine.Start(t, engine.Options{Bin: engine.Bin29(t), Remap: true})
	testInPlace(t, e, source.WayOverlay2)
}

func TestTodaysEngineElsewhere(t *testing.T) {
	e := engine.Start(t, engine.Options{Bin: engine.Bin29(t), GraphDriver: true, HideData: true})
	archive, _ := engine.Saved("elsewhere:1", sample("elsewhere")...)
	e.Load(t, archive)
	opened := open(t, e, source.Options{Ref: "elsewhere:1"})
	if opened.Info.Way != source.WayExport {
		t.Errorf("%+v, want an export", opened.Info)
	}
}

// testBlobTampering changes a blob of the content store.
func testBlobTampering(t *testing.T, e *engine.Engine) {
	archive, _ := engine.Saved("blob:1", sample("blob")...)
	e.Load(t, archive)
	opened := open(t, e, source.Options{Ref: "blob:1", Verify: true})
	blob := filepath.Join(e.Folder, "containerd/io.containerd.content.v1.content/blobs/sha256", opened.Layers[0].BlobDigest[7:])
	b, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	before := b[len(b)-1]
	b[len(b)-1] ^= 1 // padding: no entry differs, only the hash
	if err := os.WriteFile(blob, b, 0o444); err != nil {
		t.Fatal(err)
	}
	var bad *source.Mismatch
	if err := opened.Layers[0].Verify(context.Background()); !errors.As(err, &bad) {
		t.Errorf("one byte changed: %v, want a mismatch", err)
	}
	b[len(b)-1] = before
	if err := os.WriteFile(blob, b, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := opened.Layers[0].Verify(context.Background()); err != nil {
		t.Errorf("put back: %v", err)
	}
	if err := os.Remove(blob); err != nil {
		t.Fatal(err)
	}
	if err := opened.Layers[0].Verify(context.Background()); !errors.Is(err, source.ErrCannotVerify) {
		t.Errorf("blob removed: %v, want that it cannot be verified", err)
	}
}

// testPlatforms opens images of an index.
func testPlatforms(t *testing.T, e *engine.Engine) {
	amd, arm := sample("for amd64"), sample("for arm64")
	archive, index, configs := engine.Index("index:1",
		engine.Platform{OS: "linux", Arch: "amd64", Layers: amd},
		engine.Platform{OS: "linux", Arch: "arm64", Layers: arm},
		engine.Platform{OS: "linux", Arch: "riscv64", Layers: sample("for riscv64"), Absent: true})
	e.Load(t, archive)

	opened := open(t, e, source.Options{Ref: "index:1", Platform: "linux/amd64"})
	if opened.Subject.ConfigDigest != configs[0] || opened.Subject.Platform != "linux/amd64" {
		t.Errorf("amd64: %+v", opened.Subject)
	}
	if diff := cmp.Diff([]string{"linux/arm64", "linux/riscv64"}, opened.Subject.OtherPlatforms); diff != "" {
		t.Errorf("other platforms: %s", diff)
	}
	if !strings.Contains(strings.Join(opened.Subject.Aliases, " "), index) {
		t.Errorf("aliases %v lack the index %s", opened.Subject.Aliases, index)
	}

	other := open(t, e, source.Options{Ref: "index:1", Platform: "linux/arm64"})
	if other.Subject.ConfigDigest != configs[1] || other.Subject.Platform != "linux/arm64" {
		t.Errorf("arm64: %+v", other.Subject)
	}
	switch other.Info.Way {
	case source.WayBlobs:
		for i, l := range other.Layers {
			b, err := io.ReadAll(io.NewSectionReader(l.Blob, l.BlobOffset, l.BlobSize))
			if err != nil {
				t.Fatal(err)
			}
			if engine.Digest(b) != l.BlobDigest || engine.Digest(uncompressed(t, b)) != engine.Digest(arm[i]) || l.DiffID != engine.Digest(arm[i]) {
				t.Errorf("layer %d: blob %s, tar %s", i, engine.Digest(b), engine.Digest(uncompressed(t, b)))
			}
		}
		if !strings.Contains(strings.Join(other.Info.Why, " "), "not unpacked") {
			t.Errorf("why %q, want it to say that it is not unpacked", other.Info.Why)
		}
	case source.WaySnapshots:
	default:
		t.Errorf("arm64: %+v, want its blobs or snapshots", other.Info)
	}
	export := open(t, e, source.Options{Ref: "index:1", Platform: "linux/arm64", NoInPlace: true})
	if got := engine.Digest(readExport(t, export.Archive).config); got != configs[1] {
		t.Errorf("exported identity %s, want %s", got, configs[1])
	}

	for platform, want := range map[string]string{"linux/riscv64": "has not pulled the image", "windows/amd64": "it is for linux/amd64, linux/arm64, linux/riscv64", "unknown/unknown": "it is for"} {
		_, err := source.Open(context.Background(), source.Options{Ref: "docker:index:1", Platform: platform, Env: e.Env})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", platform, err, want)
		}
	}

	own, others := 0, []string{"linux/arm64", "linux/riscv64"}
	if runtime.GOARCH == "arm64" {
		own, others = 1, []string{"linux/amd64", "linux/riscv64"}
	}
	hostsOwn := open(t, e, source.Options{Ref: "index:1", NoInPlace: true})
	if diff := cmp.Diff(others, hostsOwn.Subject.OtherPlatforms); diff != "" {
		t.Errorf("other platforms of the export: %s", diff)
	}
	if got := engine.Digest(readExport(t, hostsOwn.Archive).config); got != configs[own] {
		t.Errorf("exported identity of the host's platform %s, want %s", got, configs[own])
	}
	if _, err := source.Open(context.Background(), source.Options{Ref: "docker:index:1", NoInPlace: true, Platform: "linux/mips", Env: e.Env}); err == nil || !strings.Contains(err.Error(), "it is for linux/amd64") {
		t.Errorf("export for another platform: %v", err)
	}

	only, _, configs := engine.Index("foreign:1", engine.Platform{OS: "linux", Arch: "s390x", Layers: sample("for s390x")})
	e.Load(t, only)
	foreign := open(t, e, source.Options{Ref: "foreign:1"})
	if foreign.Subject.ConfigDigest != configs[0] || foreign.Subject.Platform != "linux/s390x" {
		t.Errorf("the only platform: %+v", foreign.Subject)
	}
}

// testNoContainerd hides containerd's socket, so that only the engine can be asked.
func testNoContainerd(t *testing.T, e *engine.Engine) {
	archive, config := engine.Saved("hidden:1", sample("hidden")...)
	e.Load(t, archive)
	if err := os.Rename(e.Containerd, e.Containerd+".hidden"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Rename(e.Containerd+".hidden", e.Containerd); err != nil {
			t.Fatal(err)
		}
	}()
	opened := open(t, e, source.Options{Ref: "hidden:1"})
	if opened.Info.Way != source.WayExport {
		t.Fatalf("%+v, want an export", opened.Info)
	}
	if got := engine.Digest(readExport(t, opened.Archive).config); got != config {
		t.Errorf("identity %s, want %s", got, config)
	}
}
