package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"bulwark/internal/workload"
)

// exportStall is how long an export may send nothing. Engines with a graph
// driver first gather the whole image, which takes long for a large one.
const exportStall = 15 * time.Minute

// openExport lets the engine export the image into a pipe.
func openExport(ctx context.Context, ei *engineImage) (*Opened, error) {
	opened := &Opened{}
	if err := ei.choosePlatform(ctx, opened); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r, w, err := os.Pipe()
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("export: %w", err)
	}
	enlargePipe(w)
	e := &export{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		defer w.Close()
		e.set(ei.export(ctx, cancel, w))
	}()
	opened.Archive = r
	opened.StillThere = ei.stillNamed
	if len(ei.image.RootFS.Layers) > 0 && ei.image.Descriptor == nil && digestForm.MatchString(ei.image.ID) {
		opened.Subject.ConfigDigest = ei.image.ID
		opened.Subject.Platform = ei.onlyPlatform()
	}
	opened.Close = closeOnce(func() error {
		// A reader that has everything has also seen the end: the writer is
		// done or about to be. One that stopped early must not wait for the rest.
		r.Close()
		select {
		case <-e.done:
		case <-time.After(time.Second):
			cancel(errClosed)
			<-e.done
		}
		cancel(nil)
		return e.get()
	})
	return opened, nil
}

// choosePlatform settles which image of an index is exported: the one asked for,
// else the one that the engine itself would run. An image that is no index has
// but one.
func (ei *engineImage) choosePlatform(ctx context.Context, opened *Opened) error {
	d := ei.image.Descriptor
	if d == nil || d.MediaType != mediaOCIIndex && d.MediaType != mediaDockerList {
		return nil
	}
	platforms, err := ei.engine.Platforms(ctx, ei.image.ID)
	if err != nil {
		return err
	}
	chosen := normalPlatform(workload.Platform{OS: ei.image.OS, Architecture: ei.image.Architecture, Variant: ei.image.Variant})
	if ei.platform != nil {
		chosen = *ei.platform
		matches := func(p workload.Platform) bool { return platformMatches(chosen, p) }
		if len(platforms) > 0 && !slices.ContainsFunc(platforms, matches) {
			return &PlatformError{Want: chosen.String(), Has: names(platforms)}
		}
	}
	ei.platform = &chosen
	for _, p := range platforms {
		if !platformMatches(chosen, p) {
			opened.Subject.OtherPlatforms = append(opened.Subject.OtherPlatforms, normalPlatform(p).String())
		}
	}
	slices.Sort(opened.Subject.OtherPlatforms)
	opened.Subject.OtherPlatforms = slices.Compact(opened.Subject.OtherPlatforms)
	return nil
}

func names(platforms []workload.Platform) []string {
	var list []string
	for _, p := range platforms {
		list = append(list, normalPlatform(p).String())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

var errClosed = errors.New("closed")

// export is what came of a running export.
type export struct {
	mu   sync.Mutex
	err  error
	done chan struct{}
}

func (e *export) set(err error) {
	// The reader went away before the end: its business, not the export's.
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, errClosed) {
		err = nil
	}
	if m := checksumFailure(err); m != nil {
		err = m
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
}

// checksumMarker is how the engine's graph drivers say that a file of a layer's
// directory does not have the checksum that was kept when the layer came
// (github.com/vbatts/tar-split, asm.NewOutputTarStream).
const checksumMarker = "file integrity checksum failed for "

// checksumFailure finds in an error of an export that the engine itself noticed
// that a layer was changed; nil when the export broke off for another reason.
func checksumFailure(err error) *Mismatch {
	if err == nil {
		return nil
	}
	_, rest, found := strings.Cut(err.Error(), checksumMarker)
	if !found {
		return nil
	}
	m := &Mismatch{Detail: "the engine, asked to export the image, answers: " + checksumMarker + "a file of it"}
	if q, err := strconv.QuotedPrefix(rest); err == nil {
		if path, err := strconv.Unquote(q); err == nil {
			m.Path = path
			m.Detail = "the engine, asked to export the image, answers: " + checksumMarker + q
		}
	}
	return m
}

func (e *export) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// export copies the engine's stream to w. It gives up when nothing comes for
// exportStall; waiting for the reader of w does not count.
func (ei *engineImage) export(ctx context.Context, cancel context.CancelCauseFunc, w io.Writer) error {
	stalled := time.AfterFunc(exportStall, func() { cancel(fmt.Errorf("export of %s: nothing came for %s", ei.image.ID, exportStall)) })
	defer stalled.Stop()
	body, err := ei.engine.Export(ctx, ei.image.ID, ei.platform)
	if err != nil {
		return fmt.Errorf("export: %w", errors.Join(err, cause(ctx)))
	}
	defer body.Close()
	buf := make([]byte, 1<<20)
	for {
		stalled.Reset(exportStall)
		n, err := body.Read(buf)
		stalled.Stop()
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the export of %s broke off: %w", ei.image.ID, errors.Join(err, cause(ctx)))
		}
	}
}

// cause is why ctx ended, when that says more than "context canceled".
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
