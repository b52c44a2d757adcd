// Package image says what is inside an image, and where it came from: point of
// control 1.
//
// [Scan] opens a subject (internal/image/source), reads its layers side by side
// (internal/image/layer; the bytes are read by a worker without privileges),
// keeps what it found by layer (internal/image/cache), squashes, merges
// (internal/inventory) and has it matched against advisories.
//
// # Promises
//
// A Report is made whenever the subject could be opened: what could not be read
// is in Report.Unread, what does not match its digest is a result of check
// "image-integrity". Matching runs after the cache. Nothing is written but the
// cache.
package image

import (
	"context"
	"log/slog"

	"bulwark/internal/finding"
	"bulwark/internal/image/cache"
	"bulwark/internal/image/layer"
	"bulwark/internal/image/source"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// Options say what to scan and how.
type Options struct {
	Source source.Options
	// Families say what to look for; none means Vulnerabilities.
	Families []Family
	// Detectors look at files; nil means those of the families.
	Detectors []walk.Detector
	// SecretRules is a file of gitleaks' form with a user's own rules of
	// credentials, as secret.ParseOwn reads it; empty for none.
	SecretRules []byte
	// Match fills in a report's results and coverage from its packages; nil
	// leaves them empty (bulwark sbom).
	Match func(ctx context.Context, r *finding.Report) error
	// Cache may be nil.
	Cache  *cache.Cache
	Limits layer.Limits
	Worker worker.Config
	// TempDir is where an unlinked scratch file may be made; empty for the system's.
	TempDir string
	// Progress may be nil. It is called from several goroutines.
	Progress func(Progress)
	// Brought may be nil. It is called for everything that the layers hold, the
	// bottom layer first and each sorted by layer.ComparePaths, until it returns
	// false; a report has only sums of it.
	Brought func(n int, b layer.Brought) bool
	Log     *slog.Logger
	// Tool stands in the report.
	Tool finding.Tool
}

// Progress says how far a scan has come.
type Progress struct {
	Layers, LayersDone int
	// Bytes read so far, of Total; Total is 0 where it is not known.
	Bytes, Total int64
	Files        int64
}
