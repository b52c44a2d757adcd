package image

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"bulwark/internal/image/layer"
	"bulwark/internal/image/source"
	"bulwark/internal/imageconfig"
	"bulwark/internal/inventory/os/owned"
	"bulwark/internal/walk"
)

// lintTree asks what needs the final file system; the configuration by itself
// was looked at in the worker. The files' content was too: what comes here are
// names, modes and owners.
func (s *run) lintTree(cfg *imageconfig.Config, tree *layer.Tree) {
	if !slices.Contains(s.o.Families, Configuration) || cfg == nil && s.report.Subject.Kind != source.KindRootFileSystem {
		return
	}
	res := imageconfig.LintTree(cfg, imageconfig.System{
		Tree: tree, Records: s.records, Owner: s.owner(tree), Hidden: tree.Hidden,
		Incomplete: slices.ContainsFunc(s.layers, func(st state) bool { return st.result.Failed != nil }),
	})
	if cfg != nil {
		res = append(res, imageconfig.LintAge(cfg, time.Now())...)
		res = append(res, imageconfig.LintTags(s.report.Subject.Tags)...)
	}
	s.report.Results = append(s.report.Results, res...)
}

// owner tells which package of the distribution brought a privileged program.
// It counts only when the package's list is of the layer that brought the file,
// or a later one: a program that was changed after it was installed is not the
// package's any more. It is nil where no list was read.
func (s *run) owner(tree *layer.Tree) func(string) (string, bool) {
	asked := map[string]walk.Entry{}
	tree.Walk(func(e walk.Entry) bool {
		if e.Type == walk.TypeFile && (e.Capability != "" || e.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0) {
			asked[e.Path] = e
			// Lists name files as they were before /bin became /usr/bin.
			if p, ok := strings.CutPrefix(e.Path, "usr/"); ok {
				if _, taken := asked[p]; !taken {
					asked[p] = e
				}
			}
		}
		return true
	})
	found := map[string]string{}
	lists := false
	for _, r := range s.records {
		if r.Fact == nil || r.Fact.Kind != owned.Kind {
			continue
		}
		lists = true
		var name string
		_ = owned.Each(r.Fact.Data, func(n, _ string) { name = n }, func(p []byte) {
			if e, ok := asked[string(p)]; ok && (r.Layer < 0 || r.Layer >= e.Layer) {
				found[e.Path] = name
			}
		})
	}
	if !lists {
		return nil
	}
	return func(p string) (string, bool) {
		name, ok := found[p]
		return name, ok
	}
}
