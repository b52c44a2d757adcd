package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"bulwark/internal/workload"
)

const (
	// viewLife is how long a view lives when nobody removes it. A longer scan
	// notices by StillThere.
	viewLife = 2 * time.Hour
	// defaultNamespace is the engine's namespace in containerd, when it does not say.
	defaultNamespace = "moby"
)

// usualContainerdSockets are tried for engines that don't say which they use
// (API before 1.46).
var usualContainerdSockets = []string{"/run/containerd/containerd.sock", "/var/run/docker/containerd/containerd.sock"}

// containerdStore is the image in containerd's store.
type containerdStore struct {
	containerd *workload.Containerd
	picked     picked
	config     []byte
	diffIDs    []string
	// content is the directory of the content store; nil when it can't be read.
	content *os.File
}

func (s *containerdStore) Close() error {
	var err error
	if s.content != nil {
		err = s.content.Close()
	}
	return errors.Join(err, s.containerd.Close())
}

// openContainerdStore connects to the engine's containerd, and follows the
// image's digest to manifest and configuration, each held against its digest.
func openContainerdStore(ctx context.Context, ei *engineImage) (_ *containerdStore, err error) {
	if !ei.engine.Endpoint.Local() {
		return nil, cannot("the engine is reached over %s, so it may be another host's (hint: its Unix socket)", ei.engine.Endpoint.Network)
	}
	sockets, namespace := usualContainerdSockets, defaultNamespace
	if c := ei.info.Containerd; c != nil {
		if c.Address != "" {
			sockets = []string{strings.TrimPrefix(c.Address, "unix://")}
		}
		if c.Namespaces.Containers != "" {
			namespace = c.Namespaces.Containers
		}
	}
	var why error
	for _, socket := range sockets {
		s, err := newContainerdStore(ctx, ei, socket, namespace)
		if err == nil {
			return s, nil
		}
		var bad *Mismatch
		var platform *PlatformError
		if errors.As(err, &bad) || errors.As(err, &platform) {
			return nil, err
		}
		why = errors.Join(why, err)
	}
	return nil, cannot("%v", why)
}

func newContainerdStore(ctx context.Context, ei *engineImage, socket, namespace string) (_ *containerdStore, err error) {
	if st, err := os.Stat(socket); err != nil {
		return nil, fmt.Errorf("containerd's socket: %w", err)
	} else if st.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("%s is not containerd's socket", socket)
	}
	if err := unix.Access(socket, unix.W_OK); err != nil {
		return nil, fmt.Errorf("containerd's socket %s: %w (hint: run as root)", socket, err)
	}
	s := &containerdStore{}
	if s.containerd, err = workload.ConnectContainerd(socket, namespace); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.picked, err = pickManifest(ctx, s.blob, ei.image.ID, ei.wanted(), ei.platform != nil); err != nil {
		return nil, err
	}
	if s.config, err = s.blob(ctx, s.picked.manifest.Config.Digest, maxConfig); err != nil {
		return nil, err
	}
	conf, err := parseConfig(s.config)
	if err != nil {
		return nil, err
	}
	s.diffIDs = conf.RootFS.DiffIDs
	s.picked.platform = normalPlatform(workload.Platform{OS: conf.OS, Architecture: conf.Architecture, Variant: conf.Variant})
	root, err := s.containerd.PluginRoot(ctx, workload.ContentPlugin, "")
	if err != nil {
		root = ""
		ei.o.Log.Debug("content store", "error", err)
	}
	if root != "" {
		if s.content, err = s.ourDirectory(root); err != nil {
			ei.o.Log.Debug("content store", "error", err)
			s.content = nil
		}
	}
	return s, nil
}

// blob reads a small blob and holds it against its digest.
func (s *containerdStore) blob(ctx context.Context, digest string, limit int64) ([]byte, error) {
	b, err := s.containerd.Content(ctx, digest, limit)
	if err != nil {
		return nil, err
	}
	if got := digestOf(b); got != digest {
		return nil, &Mismatch{Layer: digest, Detail: "containerd's blob hashes to " + got}
	}
	return b, nil
}

// stillNamed asks containerd whether it still has the image. The engine could be
// asked too, but counts the sizes of everything before it answers.
func (s *containerdStore) stillNamed(ctx context.Context, digest string) error {
	has, err := s.containerd.HasImage(ctx, digest)
	if err == nil && !has {
		err = fmt.Errorf("containerd has no image %s: %w", digest, ErrGone)
	}
	return err
}

// ourDirectory opens a directory that containerd named, for look-ups below it
// (O_PATH), and makes sure that containerd sees the same one.
func (s *containerdStore) ourDirectory(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, cannot("containerd's directory %q can't be opened here: %v", path, err)
	}
	dir := os.NewFile(uintptr(fd), path)
	pid := s.containerd.PeerPID()
	if pid <= 0 {
		dir.Close()
		return nil, cannot("it can't be told whether containerd runs on this host: its process can't be seen")
	}
	theirs, err := unix.Open(fmt.Sprintf("/proc/%d/root%s", pid, path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		dir.Close()
		return nil, cannot("containerd's view of its directory %q can't be looked at: %v", path, err)
	}
	their := os.NewFile(uintptr(theirs), path)
	defer their.Close()
	if same, err := sameInode(dir, their); err != nil || !same {
		dir.Close()
		return nil, cannot("containerd runs in another mount namespace, where %q is another directory", path)
	}
	return dir, nil
}

// describe fills in what the store tells of the image.
func (s *containerdStore) describe(opened *Opened) {
	opened.Config = s.config
	opened.Subject.ConfigDigest = s.picked.manifest.Config.Digest
	opened.Subject.Platform = s.picked.platform.String()
	opened.Subject.OtherPlatforms = s.picked.others
	opened.Subject.Aliases = append(opened.Subject.Aliases, s.picked.digest)
	opened.Info.Why = append(opened.Info.Why, s.picked.why...)
}

// openSnapshots opens the directories of containerd's overlayfs snapshots.
func openSnapshots(ctx context.Context, ei *engineImage) (_ *Opened, err error) {
	if ei.info.Driver != "overlayfs" {
		return nil, cannot("the engine's snapshotter is %.32q", ei.info.Driver)
	}
	if err := checkPrivilege(); err != nil {
		return nil, err
	}
	store, err := openContainerdStore(ctx, ei)
	if err != nil {
		return nil, err
	}
	if err := store.checkUserNamespace(); err != nil {
		store.Close()
		return nil, err
	}
	opened := &Opened{Layers: []Layer{}}
	var view *workload.View
	closeAll := func() error {
		var errs []error
		for _, l := range opened.Layers {
			errs = append(errs, l.Root.Close())
		}
		if view != nil {
			errs = append(errs, view.Close(ctx))
		}
		return errors.Join(append(errs, store.Close())...)
	}
	defer func() {
		if err != nil {
			_ = closeAll() // err says more
		}
	}()
	store.describe(opened)
	var snaps *snapshotDirs
	if chain := chainIDs(store.diffIDs); len(chain) > 0 {
		at, total, err := snapshotChain(ctx, store.containerd, ei.info.Driver, chain)
		if err != nil {
			return nil, err
		}
		if extra := total - len(chain); extra > 0 {
			opened.Info.Why = append(opened.Info.Why, fmt.Sprintf("%d snapshot(s) that the engine put between the layers and that are in no manifest were left out", extra))
		}
		if view, err = store.containerd.View(ctx, ei.info.Driver, chain[len(chain)-1], viewLife); err != nil {
			return nil, cannot("%v", err)
		}
		if snaps, err = parseMounts(view.Mounts, total); err != nil {
			return nil, err
		}
		for i, n := range at {
			snaps.layers[i] = snaps.layers[n] // n ≥ i: none is overwritten that is still wanted
		}
		snaps.layers = snaps.layers[:len(at)]
	}
	if err := store.openLayers(opened, snaps); err != nil {
		return nil, err
	}
	opened.StillThere = func(ctx context.Context) error {
		if err := store.stillNamed(ctx, ei.image.ID); err != nil {
			return err
		}
		return checkStillThere(ctx, store.containerd, ei.info.Driver, chainIDs(store.diffIDs), snaps, opened.Layers)
	}
	opened.Close = closeAll
	return opened, nil
}

// checkUserNamespace refuses the snapshots of a rootless containerd: it unpacks
// layers through a mounted overlay, as openOverlay2 says, with owners shifted.
func (s *containerdStore) checkUserNamespace() error {
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d/ns/user", s.containerd.PeerPID()), &st); err != nil {
		return cannot("containerd's user namespace can't be told: %v", err)
	}
	if st.Ino != initialUserNamespace {
		return cannot("containerd runs rootless, so its directories are not the layers as they were shipped")
	}
	return nil
}

// snapshotChain follows the snapshots from the topmost chain ID down to the first
// and says, for each layer, bottom first, which of them it is (0 is the lowest).
// Engine 29 leaves its own "-init" snapshot of a container between the layers of
// an image made by "docker commit": it is in no manifest, and left out.
func snapshotChain(ctx context.Context, c *workload.Containerd, snapshotter string, chain []string) (at []int, total int, err error) {
	var keys []string // topmost first
	want := len(chain) - 1
	at = make([]int, len(chain))
	for key := chain[want]; key != ""; {
		switch {
		case want >= 0 && key == chain[want]:
			at[want] = len(keys)
			want--
		case !strings.HasSuffix(key, initSuffix):
			return nil, 0, cannot("the snapshot of layer %d does not lie upon that of the layer below, but on %.80q", want+1, key)
		}
		keys = append(keys, key)
		if len(keys) > 2*maxLayers {
			return nil, 0, cannot("more than %d snapshots lie upon one another", 2*maxLayers)
		}
		snap, err := c.Snapshot(ctx, snapshotter, key)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, 0, cannot("layer %d is not unpacked: %v", want+1, err)
		}
		if err != nil {
			return nil, 0, cannot("%v", err)
		}
		if !snap.Committed {
			return nil, 0, cannot("the snapshot of layer %d is not finished", want+1)
		}
		key = snap.Parent
	}
	if want >= 0 {
		return nil, 0, cannot("the snapshot of layer %d does not lie upon that of the layer below", want+1)
	}
	for i := range at {
		at[i] = len(keys) - 1 - at[i]
	}
	return at, len(keys), nil
}

// initSuffix ends the name of the snapshot in which the engine prepares mount
// points for a container.
const initSuffix = "-init"

// snapshotDirs are the directories of a chain of snapshots: the snapshotter's
// own, and below it one a layer, bottom first.
type snapshotDirs struct {
	root      string
	layers    []string
	userXattr bool
}

// snapshotPath is where the overlayfs snapshotter keeps a snapshot's files.
var snapshotPath = regexp.MustCompile(`^(/.+)/(snapshots/[0-9]{1,20}/fs)$`)

// parseMounts reads where the layers of a view are: one layer is bound, several
// are the lower directories of an overlay, the topmost first (mount(8), overlay).
func parseMounts(mounts []workload.Mount, layers int) (*snapshotDirs, error) {
	if len(mounts) != 1 {
		return nil, cannot("containerd gives %d mounts for a view, not 1", len(mounts))
	}
	m := mounts[0]
	dirs := &snapshotDirs{}
	var lower []string
	switch m.Type {
	case "bind":
		lower = []string{m.Source}
	case "overlay":
		for _, o := range m.Options {
			switch {
			case o == "userxattr":
				dirs.userXattr = true
			case strings.HasPrefix(o, "lowerdir="):
				lower = strings.Split(strings.TrimPrefix(o, "lowerdir="), ":")
			case o == "index=off", o == "index=on", o == "xino=off", o == "volatile", o == "ro",
				o == "redirect_dir=off", o == "redirect_dir=nofollow", o == "metacopy=off":
				// Changes nothing about what lies in the directories.
			default:
				return nil, cannot("containerd mounts its snapshots with %.64q, which is not understood", o)
			}
		}
	default:
		return nil, cannot("containerd mounts its snapshots as %.32q", m.Type)
	}
	if len(lower) != layers {
		return nil, cannot("containerd gives %d directories for %d layers", len(lower), layers)
	}
	slices.Reverse(lower)
	for _, path := range lower {
		part := snapshotPath.FindStringSubmatch(path)
		if part == nil || dirs.root != "" && dirs.root != part[1] {
			return nil, cannot("containerd keeps a snapshot in %.200q, which is not understood", path)
		}
		dirs.root = part[1]
		dirs.layers = append(dirs.layers, part[2])
	}
	return dirs, nil
}

// openLayers opens a view's directories.
func (s *containerdStore) openLayers(opened *Opened, snaps *snapshotDirs) error {
	if snaps == nil {
		return nil
	}
	root, err := s.ourDirectory(snaps.root)
	if err != nil {
		return err
	}
	defer root.Close()
	for i, path := range snaps.layers {
		dir, err := openBeneath(root, path, unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			return cannot("the directory of layer %d can't be opened: %v", i, err)
		}
		l := Layer{DiffID: s.diffIDs[i], Root: dir, UserXattr: snaps.userXattr, Trust: EngineVouched}
		if blobs := s.picked.manifest.Layers; len(blobs) == len(s.diffIDs) {
			desc, unproven := blobs[i], l
			l.BlobDigest, l.MediaType = desc.Digest, desc.MediaType
			l.Verify = func(ctx context.Context) error { return verifySnapshot(ctx, s, desc, &unproven) }
		}
		opened.Layers = append(opened.Layers, l)
	}
	return nil
}

// checkStillThere says whether the chain's snapshots are there and the
// directories are the ones that are open.
func checkStillThere(ctx context.Context, c *workload.Containerd, snapshotter string, chain []string, snaps *snapshotDirs, layers []Layer) error {
	if snaps == nil {
		return nil
	}
	root, err := os.Open(snaps.root)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	defer root.Close()
	for i, key := range chain {
		if _, err := c.Snapshot(ctx, snapshotter, key); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("layer %d: %w: %w", i, ErrGone, err)
		} else if err != nil {
			return err
		}
		now, err := openBeneath(root, snaps.layers[i], unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return fmt.Errorf("layer %d: %w: %w", i, ErrGone, err)
		}
		same, err := sameInode(now, layers[i].Root)
		now.Close()
		if err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("layer %d: its directory is another one now: %w", i, ErrGone)
		}
	}
	return nil
}

// openBlobs opens the blobs of the image's layers in containerd's content store.
func openBlobs(ctx context.Context, ei *engineImage) (_ *Opened, err error) {
	store, err := openContainerdStore(ctx, ei)
	if err != nil {
		return nil, err
	}
	opened := &Opened{Layers: []Layer{}}
	closeAll := func() error {
		var errs []error
		for _, l := range opened.Layers {
			errs = append(errs, l.Blob.Close())
		}
		return errors.Join(append(errs, store.Close())...)
	}
	defer func() {
		if err != nil {
			_ = closeAll() // err says more
		}
	}()
	store.describe(opened)
	layers := store.picked.manifest.Layers
	if len(layers) != len(store.diffIDs) {
		return nil, fmt.Errorf("the manifest has %d layers, the configuration %d", len(layers), len(store.diffIDs))
	}
	for i, desc := range layers {
		f, err := store.openBlob(desc)
		if err != nil {
			return nil, cannot("layer %d: %v", i, err)
		}
		opened.Layers = append(opened.Layers, Layer{
			DiffID: store.diffIDs[i], Blob: f, BlobSize: desc.Size, BlobDigest: desc.Digest, MediaType: desc.MediaType,
		})
	}
	opened.StillThere = func(ctx context.Context) error {
		if err := store.stillNamed(ctx, ei.image.ID); err != nil {
			return err
		}
		for i, l := range opened.Layers {
			now, err := store.openBlob(layers[i])
			if err != nil {
				return fmt.Errorf("layer %d: %w: %w", i, ErrGone, err)
			}
			same, err := sameInode(now, l.Blob)
			now.Close()
			if err != nil {
				return err
			}
			if !same {
				return fmt.Errorf("layer %d: its blob is another file now: %w", i, ErrGone)
			}
		}
		return nil
	}
	opened.Close = closeAll
	return opened, nil
}

// openBlob opens a blob of the content store, which must have the size promised.
func (s *containerdStore) openBlob(desc workload.Descriptor) (*os.File, error) {
	if s.content == nil {
		return nil, errors.New("containerd's content store can't be read here")
	}
	if !digestForm.MatchString(desc.Digest) {
		return nil, fmt.Errorf("digest %.80q is not a SHA-256 digest", desc.Digest)
	}
	f, err := openBeneath(s.content, "blobs/sha256/"+digestHex(desc.Digest), unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && (!st.Mode().IsRegular() || st.Size() != desc.Size) {
		err = fmt.Errorf("blob %s is no regular file of %d bytes", desc.Digest, desc.Size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// wanted is the platform that was asked for, else the engine host's.
func (ei *engineImage) wanted() workload.Platform {
	if ei.platform != nil {
		return *ei.platform
	}
	return normalPlatform(workload.Platform{OS: ei.engine.Version.OS, Architecture: ei.engine.Version.Arch})
}
