package secret

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"bulwark/internal/content/gitpack"
	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// GitName is the name of the detector of [GitDetector].
const GitName = "secret-git"

// GitDetector makes a detector of the matcher that looks at everything a Git
// repository ever held: its packs and its loose objects, wherever they lie.
//
// A finding's path is the one in the repository, behind the repository's own:
// ".git!/conf/app.env". Evidence names a commit that has the file so; of the
// commits of one pack that share the credential it is the earliest. What stands
// in a loose object is named by [NameLoose] when all objects have been seen.
func GitDetector(m *Matcher) walk.Detector { return &gitDetector{detector{m: m, version: m.version()}} }

type gitDetector struct{ detector }

var _ walk.Detector = (*gitDetector)(nil)

// Name implements walk.Detector.
func (d *gitDetector) Name() string { return GitName }

// gitObject tells what of a repository a path is: its root, and whether it is a
// pack or a loose object.
func gitObject(p string) (root string, pack, loose bool) {
	dir, name := path.Split(p)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case strings.HasPrefix(name, "pack-") && strings.HasSuffix(name, ".pack") && (strings.HasSuffix(dir, "/objects/pack") || dir == "objects/pack"):
		root, pack = strings.TrimSuffix(dir, "objects/pack"), true
	case len(name) == 38 && len(dir) > 3 && dir[len(dir)-3] == '/' && (strings.HasSuffix(dir[:len(dir)-3], "/objects") || dir[:len(dir)-3] == "objects"):
		if _, err := hex.DecodeString(dir[len(dir)-2:] + name); err != nil {
			return "", false, false
		}
		root, loose = strings.TrimSuffix(dir[:len(dir)-3], "objects"), true
	}
	return strings.TrimSuffix(root, "/"), pack, loose
}

// Want implements walk.Detector.
func (d *gitDetector) Want(p string, _ fs.FileMode, _ int64) walk.Decision {
	if _, pack, loose := gitObject(p); pack || loose || gitIndex(p) || gitAlternates(p) {
		return walk.Yes
	}
	return walk.No
}

// gitIndex reports whether a path is the index of a pack.
func gitIndex(p string) bool {
	base, ok := strings.CutSuffix(p, ".idx")
	if !ok {
		return false
	}
	_, pack, _ := gitObject(base + ".pack")
	return pack
}

// gitAlternates reports whether a path says that objects lie in another repository.
func gitAlternates(p string) bool {
	return strings.HasSuffix(p, "/objects/info/alternates") || p == "objects/info/alternates"
}

// factGitPack says that a pack, its index or a list of other repositories is there.
const factGitPack = "git-pack"

// Inspect implements walk.Detector.
func (d *gitDetector) Inspect(ctx context.Context, f *walk.File, out walk.Sink) error {
	if gitIndex(f.Path) || gitAlternates(f.Path) {
		out.Fact(factGitPack, nil)
		return nil
	}
	root, pack, _ := gitObject(f.Path)
	if pack {
		out.Fact(factGitPack, nil)
	}
	g := &gitScan{d: d, root: root, out: out, found: map[string]*gitFound{}}
	var err error
	if pack {
		err = g.pack(ctx, f)
	} else {
		err = g.loose(ctx, f)
	}
	for _, key := range g.order {
		r := g.found[key]
		if !r.commit.Time.IsZero() {
			r.result.Evidence = append(r.result.Evidence, commitText(r.commit))
		}
		out.Result(r.result)
	}
	return err
}

func commitText(c gitpack.CommitInfo) string {
	return fmt.Sprintf("commit %v, %s, %s", c, c.Time.Format(time.DateOnly), printable([]byte(c.Author)))
}

// gitScan looks at the objects of one file.
type gitScan struct {
	d    *gitDetector
	root string
	out  walk.Sink
	// found are results by canonical subject, told in this order.
	found map[string]*gitFound
	order []string
	over  bool
}

type gitFound struct {
	result finding.Result
	commit gitpack.CommitInfo
}

// gitErr says what kind of trouble it is in the words of the walk.
func gitErr(err error) error {
	if errors.Is(err, gitpack.ErrLimit) {
		return fmt.Errorf("%w: %w", walk.ErrLimit, err)
	}
	return err
}

func (g *gitScan) pack(ctx context.Context, f *walk.File) error {
	p, err := gitpack.Open(ctx, f.ReaderAt, f.Size, gitpack.DefaultLimits())
	if err != nil {
		return gitErr(err)
	}
	h, err := gitpack.ReadHistory(ctx, p)
	if err != nil {
		return err
	}
	stats, err := p.Objects(ctx, func(id gitpack.ID, t gitpack.Type, data []byte) error {
		if t != gitpack.Blob {
			return g.message(ctx, id, t, data)
		}
		name, commit, known := h.Find(id)
		if !known {
			name = unnamed(id)
		}
		return g.blob(ctx, name, commit, data)
	}, gitpack.Blob, gitpack.Commit, gitpack.Tag)
	switch {
	case err != nil:
		return err
	case stats.NotRead > 0:
		return fmt.Errorf("%d of %d objects of the pack were not read: %w", stats.NotRead, stats.Objects, gitErr(stats.Why))
	case g.over:
		return fmt.Errorf("more than %d different credentials, the rest is not told: %w", maxValues, walk.ErrLimit)
	}
	return nil
}

// message looks at the text of a commit or a tag.
func (g *gitScan) message(ctx context.Context, id gitpack.ID, t gitpack.Type, data []byte) error {
	return g.blob(ctx, t.String()+" "+hex.EncodeToString(id[:])[:12], gitpack.CommitInfo{}, data)
}

// unnamed is the path of a blob that no tree names.
func unnamed(id gitpack.ID) string { return looseMark + hex.EncodeToString(id[:]) }

// looseMark begins the path of a blob whose name is not known.
const looseMark = "blob "

// blob looks at one version of a file, as the detector of files would.
func (g *gitScan) blob(ctx context.Context, name string, commit gitpack.CommitInfo, data []byte) error {
	if len(data) == 0 || passedOver(name) {
		return nil
	}
	at := inside(g.root) + name
	one := &gathering{m: g.d.m, byValue: map[string]int{}}
	o := &opener{ctx: ctx, m: g.d.m, g: one, out: g.out, keys: true, left: maxRatio * int64(len(data))}
	if err := o.file(walk.NewFile(at, data)); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		g.out.Unread(name, err)
	}
	for i := range one.results {
		r := one.result(i)
		old, known := g.found[r.Subject]
		switch {
		case !known && len(g.order) >= maxValues:
			g.over = true
		case !known:
			g.found[r.Subject] = &gitFound{r, commit}
			g.order = append(g.order, r.Subject)
		case !commit.Time.IsZero() && (old.commit.Time.IsZero() || commit.Time.Before(old.commit.Time)):
			*old = gitFound{r, commit}
		}
	}
	return nil
}

// inside begins the paths of what a repository holds; a bare one that is itself
// what is looked at has no name.
func inside(root string) string {
	if root == "" {
		return ""
	}
	return root + "!/"
}

// factGit is a loose commit or tree, for NameLoose.
const factGit = "git-object"

// maxLooseFact is the largest loose tree or commit that is kept for NameLoose.
const maxLooseFact = 64 << 10

type looseObject struct {
	ID   gitpack.ID
	Type gitpack.Type
	Data []byte
}

func (g *gitScan) loose(ctx context.Context, f *walk.File) error {
	id, t, data, err := gitpack.ReadLoose(f.Reader(), gitpack.DefaultLimits())
	if err != nil {
		return gitErr(err)
	}
	switch t {
	case gitpack.Blob:
		return g.blob(ctx, unnamed(id), gitpack.CommitInfo{}, data)
	case gitpack.Tag:
		return g.message(ctx, id, t, data)
	case gitpack.Commit, gitpack.Tree:
		if t == gitpack.Commit {
			if err := g.message(ctx, id, t, data); err != nil {
				return err
			}
		}
		if len(data) <= maxLooseFact {
			fact, err := json.Marshal(looseObject{id, t, data})
			if err != nil {
				return err
			}
			g.out.Fact(factGit, fact)
		}
	}
	return nil
}

// Settle finishes what [GitDetector] found when all files have been seen: it
// names what stands in loose objects by the loose trees and commits, and drops
// what the work tree beside the repository still has at the same place, which
// another result tells. A history that lies elsewhere is told as unread: objects
// in another repository, a pack of which there is only the index. Other records
// are left as they are.
func Settle(recs []walk.Record) []walk.Record {
	if !slices.ContainsFunc(recs, func(r walk.Record) bool { return r.Detector == GitName }) {
		return recs
	}
	histories := map[string]*gitpack.History{}
	current := map[string]bool{}
	for i := range recs {
		r := &recs[i]
		switch {
		case r.Result != nil && r.Detector == Name:
			current[r.Result.Subject] = true
		case r.Detector == GitName && r.Fact != nil && r.Fact.Kind == factGit:
			var o looseObject
			if json.Unmarshal(r.Fact.Data, &o) != nil {
				continue
			}
			root, _, _ := gitObject(r.Path)
			if histories[root] == nil {
				histories[root] = gitpack.NewHistory()
			}
			histories[root].Add(o.ID, o.Type, o.Data)
		}
	}
	packs := map[string]bool{}
	for _, r := range recs {
		if r.Detector == GitName && r.Fact != nil && r.Fact.Kind == factGitPack {
			packs[r.Path] = true
		}
	}
	out := make([]walk.Record, 0, len(recs))
	for _, r := range recs {
		if base, ok := strings.CutSuffix(r.Path, ".idx"); r.Detector == GitName && r.Fact != nil && r.Fact.Kind == factGitPack &&
			(ok && !packs[base+".pack"] || gitAlternates(r.Path)) {
			detail := "the history is in another repository, which is not here"
			if ok {
				detail = "the index of a pack that is not here: its part of the history was not looked at"
			}
			r.Fact, r.Unread = nil, &finding.Unread{
				Location: finding.Location{Layer: r.Layer, Path: r.Path}, Reason: finding.UnreadUnsupported, Detector: GitName, Detail: detail,
			}
		}
		if r.Detector == GitName && r.Result != nil {
			root, _, _ := gitObject(r.Path)
			res := *r.Result
			if h := histories[root]; h != nil {
				name(&res, root, h)
			}
			tree := strings.TrimSuffix(root, ".git")
			if inner, ok := strings.CutPrefix(res.Subject, inside(root)); ok && current[tree+inner] {
				continue
			}
			r.Result = &res
		}
		out = append(out, r)
	}
	return out
}

// name puts the name of a loose blob into a result.
func name(r *finding.Result, root string, h *gitpack.History) {
	mark := inside(root) + looseMark
	rest, ok := strings.CutPrefix(r.Subject, mark)
	var id gitpack.ID
	if !ok || len(rest) < hex.EncodedLen(len(id)) {
		return
	}
	word := rest[:hex.EncodedLen(len(id))]
	if _, err := hex.Decode(id[:], []byte(word)); err != nil {
		return
	}
	p, commit, known := h.Find(id)
	if !known {
		return
	}
	r.Subject = inside(root) + p + rest[len(word):]
	locations := make([]finding.Location, len(r.Locations))
	for i, l := range r.Locations {
		l.Path = strings.Replace(l.Path, mark+word, inside(root)+p, 1)
		locations[i] = l
	}
	r.Locations = locations
	r.Evidence = append(append([]string(nil), r.Evidence...), commitText(commit))
}
