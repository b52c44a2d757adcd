//go:build conformance

package facts

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bulwark/internal/advisory/embedded"
)

// shared is the folder with the material that is not part of the repository.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BULWARK_SHARED")
	if dir == "" {
		t.Fatal("BULWARK_SHARED is not set: it names the folder with data/advisories")
	}
	return filepath.Join(dir, "data", "advisories")
}

// TestEmbeddedIsWhatItsInputsMake makes the embedded database again.
func TestEmbeddedIsWhatItsInputsMake(t *testing.T) {
	db, manifest, err := Compile(context.Background(), shared(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(db) != embedded.Facts {
		t.Errorf("facts.db is not what its inputs make (%d bytes, made %d): run go run ./internal/advisory/cmd/facts", len(embedded.Facts), len(db))
	}
	if string(manifest) != embedded.Manifest {
		t.Error("manifest.json is not what the inputs make")
	}
}
