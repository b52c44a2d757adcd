package engine_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bulwark/test/engine"
)

// record makes the inputs under internal/workload/testdata and
// internal/image/source/testdata that come from real engines.
var record = flag.Bool("record", false, "write what the engines answer into the testdata of internal/workload and internal/image/source")

// recordEngine writes an engine's answers about itself and an image. Paths of
// this run are replaced by those of an ordinary engine.
func recordEngine(t *testing.T, e *engine.Engine, version string) {
	layers := sample("recorded")
	archive, _ := engine.Saved("recorded:1", layers...)
	e.Load(t, archive)
	for name, path := range map[string]string{"version": "/version", "info": "/info", "image": "/images/recorded:1/json", "images": "/images/json"} {
		var answer json.RawMessage
		e.Get(t, path, &answer)
		text := strings.NewReplacer(e.Folder+"/data", "/var/lib/docker", e.Folder, "/run/engine",
			os.Getenv(engine.Bin29Env)+"/", "/usr/bin/", "index.docker.io", "registry.example").Replace(string(answer))
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(text), "", " "); err != nil {
			t.Fatal(err)
		}
		write(t, "../../internal/workload/testdata/"+version+"/"+name+".json", pretty.Bytes())
	}
}

// recordSplit writes a layer's tar, and the tar-split record that the engine made of it.
func recordSplit(t *testing.T, e *engine.Engine) {
	layers := sample("recorded")
	split, err := os.ReadFile(filepath.Join(e.DataRoot, "image/overlay2/layerdb/sha256", engine.Digest(layers[0])[7:], "tar-split.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, "../../internal/image/source/testdata/tarsplit/tar-split.json.gz", split)
	write(t, "../../internal/image/source/testdata/tarsplit/layer.tar", layers[0])
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
