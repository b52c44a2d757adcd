package layer

import (
	"archive/tar"
	"strings"
	"testing"

	"bulwark/internal/walk"

	"github.com/google/go-cmp/cmp"
)

// netRaw is cap_net_raw+ep as setcap writes it (version 2, little endian).
const netRaw = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// TestCapabilities has the attribute come through a layer, hard links included.
func TestCapabilities(t *testing.T) {
	with := func(name, value string) tar.Header {
		return tar.Header{Name: name, Size: 3, Mode: 0o755, Typeflag: tar.TypeReg, Format: tar.FormatPAX, PAXRecords: map[string]string{paxCapability: value}}
	}
	out := scanBytes(tarOf(t,
		with("bin/ping", netRaw),
		tar.Header{Name: "bin/link", Linkname: "bin/ping", Typeflag: tar.TypeLink},
		tar.Header{Name: "bin/plain", Size: 3, Typeflag: tar.TypeReg},
		with("bin/long", strings.Repeat("x", 1000)),
		with("bin/again", netRaw),
		tar.Header{Name: "bin/again", Size: 4, Mode: 0o755, Typeflag: tar.TypeReg},
	), true)
	decoded, err := DecodeListing(out.list.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*Listing{"as made": out.list, "after a round": decoded} {
		got := map[string]string{}
		Squash([]*Listing{l}).Walk(func(e walk.Entry) bool {
			if e.Capability != "" {
				got[e.Path] = e.Capability
			}
			return true
		})
		want := map[string]string{"bin/ping": netRaw, "bin/link": netRaw, "bin/long": strings.Repeat("x", maxCapability)}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
