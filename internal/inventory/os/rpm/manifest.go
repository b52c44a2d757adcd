package rpm

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"bulwark/internal/walk"
)

// manifest reads container-manifest-2 of Azure Linux's distroless images: a
// line a package, fields between tabs, as "rpm --query --all --queryformat"
// wrote them: name, version-release, install time, build time, vendor, epoch,
// size, architecture, epoch number, source rpm. There are no file lists in it.
func manifest(f *walk.File, out walk.Sink) error {
	b, err := f.Bytes(maxManifest)
	if err != nil {
		return err
	}
	lines, bad := 0, 0
	for len(b) > 0 {
		l, rest, _ := bytes.Cut(b, []byte("\n"))
		if b = rest; len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		if lines++; lines > maxPackages {
			return fmt.Errorf("more than %d packages: %w", maxPackages, walk.ErrLimit)
		}
		c := strings.Split(string(l), "\t")
		if len(c) < 10 {
			bad++
			continue
		}
		if c[0] == "gpg-pubkey" {
			continue
		}
		epoch, _ := strconv.ParseUint(c[5], 10, 32) // "(none)" for most
		version, release, _ := strings.Cut(c[1], "-")
		p, err := newPackage(c[0], version, release, uint32(epoch), c[7], c[9])
		if err != nil {
			bad++
			continue
		}
		if c[4] != "(none)" {
			p.Maintainer = strings.ToValidUTF8(c[4][:min(len(c[4]), 1024)], "\uFFFD")
		}
		out.Package(p)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d lines malformed", bad, lines)
	}
	return nil
}
