package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// cacheIDForm is what names a layer's directory: 64 digits from the engine, or
// letters and digits from BuildKit.
var cacheIDForm = regexp.MustCompile(`^[A-Za-z0-9]{1,128}$`)

// overlayLayer is a layer of the graph driver overlay2.
type overlayLayer struct {
	diffID, chainID, cacheID string
	dir                      *os.File
}

// overlayStore is the engine's data root, as the graph driver overlay2 lays it out:
//
//	image/overlay2/imagedb/content/sha256/CONFIG     the image's configuration
//	image/overlay2/layerdb/sha256/CHAIN/diff         diff ID of the layer
//	image/overlay2/layerdb/sha256/CHAIN/parent       chain ID of the layer below
//	image/overlay2/layerdb/sha256/CHAIN/cache-id     name of its directory
//	image/overlay2/layerdb/sha256/CHAIN/tar-split.json.gz
//	overlay2/CACHE-ID/diff/                          its files
type overlayStore struct{ root *os.File }

// openOverlay2 opens the layers' directories of the graph driver overlay2, and
// checks every step from the image's ID to them.
func openOverlay2(_ context.Context, ei *engineImage) (_ *Opened, err error) {
	if ei.info.Driver != "overlay2" {
		return nil, cannot("the engine's storage driver is %.32q", ei.info.Driver)
	}
	if ei.info.HasSecurityOption("rootless") || ei.info.DriverOption("Native Overlay Diff") == "false" || ei.info.DriverOption("Using metacopy") == "true" {
		// Then whiteouts are made for what lies below at that moment, and files
		// land where links of lower layers lead: such a directory belongs to one
		// image, and is not what the layer's diff ID stands for.
		return nil, cannot("this engine unpacks layers through a mounted overlay (rootless, or the kernel redirects directories), so its directories are not the layers as they were shipped")
	}
	if err := checkPrivilege(); err != nil {
		return nil, err
	}
	root, err := ei.openDataRoot("image/overlay2/imagedb/content/sha256", "image/overlay2/layerdb", "overlay2")
	if err != nil {
		return nil, err
	}
	store := &overlayStore{root}
	var layers []*overlayLayer
	closeAll := func() error {
		errs := []error{root.Close()}
		for _, l := range layers {
			errs = append(errs, l.dir.Close())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			_ = closeAll() // err says more
		}
	}()
	config, conf, err := store.config(ei.image.ID)
	if err != nil {
		return nil, err
	}
	uids, gids, err := ei.ownerShift()
	if err != nil {
		return nil, err
	}
	opened := &Opened{Config: config, Layers: []Layer{}}
	parent := ""
	for i, chainID := range chainIDs(conf.RootFS.DiffIDs) {
		l, err := store.layer(chainID, conf.RootFS.DiffIDs[i], parent)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		layers = append(layers, l)
		parent = chainID
		layer := Layer{
			DiffID:    l.diffID,
			Root:      l.dir,
			UserXattr: ei.info.DriverOption("userxattr") == "true",
			UIDs:      uids,
			GIDs:      gids,
			Trust:     EngineVouched,
		}
		unproven := layer
		layer.Verify = func(ctx context.Context) error { return verifyOverlay2(ctx, store, chainID, &unproven) }
		opened.Layers = append(opened.Layers, layer)
	}
	opened.Subject.ConfigDigest = ei.image.ID
	opened.Subject.Platform = ei.onlyPlatform()
	opened.StillThere = func(ctx context.Context) error {
		if err := ei.stillNamed(ctx); err != nil {
			return err
		}
		for i, l := range layers {
			if err := store.stillSame(l); err != nil {
				return fmt.Errorf("layer %d: %w", i, err)
			}
		}
		return nil
	}
	opened.Close = closeAll
	return opened, nil
}

// config reads the configuration that hashes to the image's ID.
func (s *overlayStore) config(id string) ([]byte, imageConfig, error) {
	if !digestForm.MatchString(id) {
		return nil, imageConfig{}, cannot("the engine's ID of the image, %.80q, is not a SHA-256 digest", id)
	}
	b, err := readBeneath(s.root, "image/overlay2/imagedb/content/sha256/"+digestHex(id), maxConfig)
	if err != nil {
		return nil, imageConfig{}, cannot("the image's configuration can't be read: %v", err)
	}
	if got := digestOf(b); got != id {
		return nil, imageConfig{}, &Mismatch{Layer: id, Detail: "the engine's record of the image's configuration hashes to " + got}
	}
	conf, err := parseConfig(b)
	return b, conf, err
}

// layer checks a layer's records and opens its directory.
func (s *overlayStore) layer(chainID, diffID, parent string) (*overlayLayer, error) {
	l := &overlayLayer{diffID: diffID, chainID: chainID}
	diff, err := s.record(chainID, "diff")
	if err != nil {
		return nil, cannot("the record of layer %s can't be read: %v", diffID, err)
	}
	if diff != diffID {
		return nil, &Mismatch{Layer: diffID, Detail: fmt.Sprintf("the engine's record of chain %s names the diff ID %.80q", chainID, diff)}
	}
	below, err := s.record(chainID, "parent")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cannot("the record of layer %s can't be read: %v", diffID, err)
	}
	if below != parent {
		return nil, &Mismatch{Layer: diffID, Detail: fmt.Sprintf("the engine's record of chain %s names the parent %.80q, not %q", chainID, below, parent)}
	}
	if l.cacheID, err = s.record(chainID, "cache-id"); err != nil {
		return nil, cannot("the record of layer %s can't be read: %v", diffID, err)
	}
	if !cacheIDForm.MatchString(l.cacheID) {
		return nil, cannot("the directory of layer %s has an odd name, %.80q", diffID, l.cacheID)
	}
	if l.dir, err = s.directory(l.cacheID); err != nil {
		return nil, cannot("the directory of layer %s can't be opened: %v", diffID, err)
	}
	return l, nil
}

// record reads one of the small files that describe a layer.
func (s *overlayStore) record(chainID, name string) (string, error) {
	b, err := readBeneath(s.root, "image/overlay2/layerdb/sha256/"+digestHex(chainID)+"/"+name, 4096)
	return strings.TrimSpace(string(b)), err
}

func (s *overlayStore) directory(cacheID string) (*os.File, error) {
	return openBeneath(s.root, "overlay2/"+cacheID+"/diff", unix.O_RDONLY|unix.O_DIRECTORY)
}

// stillSame says whether a layer's records still lead to the directory that is open.
func (s *overlayStore) stillSame(l *overlayLayer) error {
	cacheID, err := s.record(l.chainID, "cache-id")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	now, err := s.directory(cacheID)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	defer now.Close()
	same, err := sameInode(now, l.dir)
	if err != nil {
		return err
	}
	if !same {
		return fmt.Errorf("its directory is another one now: %w", ErrGone)
	}
	return nil
}
