package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"bulwark/internal/workload"
)

// imagesTimeout bounds the listing of images: a shell waits for it.
const imagesTimeout = 2 * time.Second

// engineImage is an image that the engine has, before a way to read it is chosen.
type engineImage struct {
	o        Options
	engine   *workload.Docker
	info     workload.Info
	image    workload.Image
	platform *workload.Platform // asked for by the user; nil means the engine's host's
}

// errNotThisWay is wrapped by the reason why a way to read an image is not taken.
type notThisWay struct{ why string }

func (e *notThisWay) Error() string { return e.why }

func cannot(format string, args ...any) error { return &notThisWay{fmt.Sprintf(format, args...)} }

// openDocker opens an image of the engine the quickest way that is safe.
func openDocker(ctx context.Context, o Options, name string) (_ *Opened, err error) {
	platform, err := parsePlatform(o.Platform)
	if err != nil {
		return nil, err
	}
	if err := workload.CheckName(name); err != nil {
		return nil, err
	}
	engine, err := workload.Connect(ctx, o.Env, o.Log)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			engine.Close()
		}
	}()
	ei := &engineImage{o: o, engine: engine, platform: platform}
	// Side by side: engines take 5 to 20 ms for each.
	infoErr := make(chan error, 1)
	go func() {
		info, err := engine.Info(ctx)
		ei.info = info
		infoErr <- err
	}()
	ei.image, err = engine.Image(ctx, name)
	if err := <-infoErr; err != nil {
		return nil, err
	}
	if err != nil {
		if errors.Is(err, workload.ErrNoSuchImage) {
			err = fmt.Errorf("%w (hint: \"docker images\" lists those it has, \"docker pull %s\" gets it)", err, name)
		}
		return nil, err
	}
	opened, err := ei.open(ctx)
	if err != nil {
		return nil, err
	}
	keep = true
	opened.Info.Kind = kindDocker
	ei.describe(opened, name)
	closeWay := opened.Close
	opened.Close = closeOnce(func() error {
		defer engine.Close()
		return closeWay()
	})
	o.Log.Debug("opened image", "name", name, "way", opened.Info.Way, "why", opened.Info.Why)
	return opened, nil
}

// open tries the ways from the quickest to the one that always works.
func (ei *engineImage) open(ctx context.Context) (*Opened, error) {
	type way struct {
		name string
		open func(context.Context, *engineImage) (*Opened, error)
	}
	var ways []way
	containerd := ei.info.DriverOption("driver-type") == "io.containerd.snapshotter.v1"
	if containerd {
		ways = []way{{WaySnapshots, openSnapshots}, {WayBlobs, openBlobs}}
	} else {
		if err := ei.checkOnlyPlatform(); err != nil {
			return nil, err
		}
		ways = []way{{WayOverlay2, openOverlay2}}
	}
	var why []string
	if ei.o.NoInPlace {
		why = append(why, "not in place: an export was asked for")
		ways = nil
	}
	for _, w := range ways {
		opened, err := w.open(ctx, ei)
		if err == nil {
			opened.Info.Way = w.name
			opened.Info.Why = append(why, opened.Info.Why...)
			return opened, nil
		}
		var not *notThisWay
		if !errors.As(err, &not) {
			return nil, fmt.Errorf("image %s: %w", ei.image.ID, err)
		}
		why = append(why, fmt.Sprintf("not %s: %s", w.name, not.why))
	}
	opened, err := openExport(ctx, ei)
	if err != nil {
		return nil, err
	}
	opened.Info.Way = WayExport
	opened.Info.Why = append(why, opened.Info.Why...)
	return opened, nil
}

// checkOnlyPlatform holds --platform against the one that an image of the graph
// driver's store has.
func (ei *engineImage) checkOnlyPlatform() error {
	if ei.platform == nil {
		return nil
	}
	has := workload.Platform{OS: ei.image.OS, Architecture: ei.image.Architecture, Variant: ei.image.Variant}
	if !platformMatches(*ei.platform, has) {
		return &PlatformError{Want: ei.platform.String(), Has: []string{ei.onlyPlatform()}}
	}
	return nil
}

// describe fills in what every way has in common.
func (ei *engineImage) describe(opened *Opened, name string) {
	s := &opened.Subject
	s.Kind = KindImage
	s.Ref = ei.o.Ref
	s.Tags = slices.Clone(ei.image.RepoTags)
	slices.Sort(s.Tags)
	s.Name = imageName(name, ei.image)
	if s.Created == "" {
		s.Created = ei.image.Created
	}
	for _, rd := range ei.image.RepoDigests {
		if _, digest, ok := strings.Cut(rd, "@"); ok {
			s.Aliases = append(s.Aliases, digest)
		}
	}
	if ei.image.ID != s.ConfigDigest {
		s.Aliases = append(s.Aliases, ei.image.ID)
	}
	slices.Sort(s.Aliases)
	s.Aliases = slices.Compact(s.Aliases)
}

// stillNamed asks the engine whether it still has the image.
func (ei *engineImage) stillNamed(ctx context.Context) error {
	_, err := ei.engine.Image(ctx, ei.image.ID)
	if errors.Is(err, workload.ErrNoSuchImage) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return err
}

var hexID = regexp.MustCompile(`^(sha256:)?[0-9a-f]{6,64}$`)

// imageName is the image's name without tag and digest, in the short form in
// which Docker shows it. An image asked for by ID goes by its first tag.
func imageName(asked string, img workload.Image) string {
	name := asked
	id := strings.TrimPrefix(img.ID, "sha256:")
	if hexID.MatchString(asked) && strings.HasPrefix(id, strings.TrimPrefix(asked, "sha256:")) {
		if len(img.RepoTags) == 0 || strings.HasPrefix(img.RepoTags[0], "<none>") {
			return id[:min(12, len(id))]
		}
		name = slices.Min(img.RepoTags)
	}
	return familiarName(name)
}

// familiarName strips tag, digest, and what Docker adds to names without a registry.
func familiarName(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	for _, host := range []string{"docker.io/", "index.docker.io/"} {
		if rest, ok := strings.CutPrefix(name, host); ok {
			return strings.TrimPrefix(rest, "library/")
		}
	}
	return name
}

// Images lists the images of the local engine, a tag each, sorted by name.
// It gives up after a short deadline, so that a shell's completion may ask.
func Images(ctx context.Context, o Options) ([]ImageName, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, imagesTimeout)
	defer cancel()
	engine, err := workload.Connect(ctx, o.Env, o.Log)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	list, err := engine.Images(ctx)
	if err != nil {
		return nil, err
	}
	var names []ImageName
	for _, img := range list {
		named := false
		for _, tag := range img.RepoTags {
			if strings.HasPrefix(tag, "<none>") || workload.CheckName(tag) != nil {
				continue
			}
			names = append(names, ImageName{Name: tag, ID: img.ID, Size: img.Size})
			named = true
		}
		if !named && workload.CheckName(img.ID) == nil {
			names = append(names, ImageName{Name: img.ID, ID: img.ID, Size: img.Size})
		}
	}
	slices.SortFunc(names, func(a, b ImageName) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(names), nil
}
