package layer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bulwark/internal/walk"
)

// Tree is the file system that a stack of layers makes. It implements walk.Tree.
type Tree struct {
	layers []*Listing
	// refs are the visible items in the order of ComparePaths.
	refs []ref
	// changed are, for each layer, the numbers of files that a lower layer has
	// too, ascending.
	changed [][]uint32
}

var _ walk.Tree = (*Tree)(nil)

type ref struct{ layer, item uint32 }

// frame is a directory on the way to the current path.
type frame struct {
	path []byte
	// hides says that entries of layers below this one are not seen in it.
	hides int
}

// Squash lays layers, bottom first, over one another as the OCI image
// specification (layer.md, "Applying Changesets" and "Whiteouts") has it. A
// whiteout or an opaque directory hides only what lower layers have; a file in
// the place of a directory hides all that was in it, also when a later layer
// makes it a directory again.
func Squash(layers []*Listing) *Tree {
	t := &Tree{layers: layers, changed: make([][]uint32, len(layers))}
	at := make([]int, len(layers))
	total := 0
	for _, l := range layers {
		total = max(total, l.Len())
	}
	t.refs = make([]ref, 0, total)
	head := make([][]byte, len(layers)) // the path each layer stands at, nil at the end
	for i, l := range layers {
		if l.Len() > 0 {
			head[i] = l.rawPath(0)
		}
	}
	var stack []frame
	group := make([]int, 0, len(layers))
	for {
		// The least path, the layers that have it, and the path after which
		// another layer has to be looked at again.
		first := -1
		group = group[:0]
		for i, h := range head {
			if h == nil {
				continue
			}
			if first < 0 {
				first = i
				group = append(group, i)
				continue
			}
			switch c := comparePaths(h, head[first]); {
			case c < 0:
				first = i
				group = append(group[:0], i)
			case c == 0:
				group = append(group, i)
			}
		}
		if first < 0 {
			return t
		}
		if len(group) == 1 {
			// One layer alone: go on in it until another has its turn.
			var next []byte
			for i, h := range head {
				if i != first && h != nil && (next == nil || comparePaths(h, next) < 0) {
					next = h
				}
			}
			l := layers[first]
			for at[first] < l.Len() {
				p := l.rawPath(at[first])
				if next != nil && comparePaths(p, next) >= 0 {
					break
				}
				stack = t.place(stack, p, group, at)
				at[first]++
			}
		} else {
			stack = t.place(stack, head[first], group, at)
			for _, i := range group {
				at[i]++
			}
		}
		for _, i := range group {
			head[i] = nil
			if at[i] < layers[i].Len() {
				head[i] = layers[i].rawPath(at[i])
			}
		}
	}
}

// place decides what is seen at path p, which the layers of group have.
func (t *Tree) place(stack []frame, p []byte, group []int, at []int) []frame {
	for len(stack) > 0 && !isBelow(p, stack[len(stack)-1].path) {
		stack = stack[:len(stack)-1]
	}
	hides := 0
	if len(stack) > 0 {
		hides = stack[len(stack)-1].hides
	}
	seen := -1
	push := false
	if len(group) > 1 {
		t.noteChanged(group, at)
	}
	for _, l := range group {
		if l < hides {
			continue
		}
		switch t.layers[l].items[at[l]].kind {
		case kindWhiteout:
			seen, hides, push = -1, l, true
		case kindOpaque:
			seen, hides, push = l, l, true
		case kindDir:
			if seen >= 0 && !t.isDir(seen, at[seen]) {
				hides, push = l, true
			}
			seen = l
		default:
			seen, hides, push = l, l, true
		}
	}
	if seen >= 0 {
		t.refs = append(t.refs, ref{uint32(seen), uint32(at[seen])})
	}
	// Where one layer alone has the path, no other has anything below it.
	if push && len(group) > 1 {
		stack = append(stack, frame{p, hides})
	}
	return stack
}

// noteChanged keeps files of one path that replace one of a lower layer.
func (t *Tree) noteChanged(group []int, at []int) {
	file := false
	for _, l := range group {
		switch t.layers[l].items[at[l]].kind {
		case kindFile:
			if file {
				t.changed[l] = append(t.changed[l], uint32(at[l]))
			}
			file = true
		case kindWhiteout:
			file = false
		}
	}
}

func (t *Tree) isDir(layer, item int) bool {
	k := t.layers[layer].items[item].kind
	return k == kindDir || k == kindOpaque
}

func isBelow(p, dir []byte) bool {
	return len(dir) == 0 || len(p) > len(dir) && p[len(dir)] == '/' && string(p[:len(dir)]) == string(dir)
}

// Len is how many entries are visible.
func (t *Tree) Len() int { return len(t.refs) }

func (t *Tree) entry(r ref) walk.Entry {
	l := t.layers[r.layer]
	it := &l.items[r.item]
	e := walk.Entry{
		Path: l.path(int(r.item)), Mode: it.mode, Size: it.size,
		UID: int(it.uid), GID: int(it.gid), Layer: int(r.layer), Type: walk.EntryType(it.kind),
	}
	switch it.kind {
	case kindOpaque:
		e.Type = walk.TypeDir
	case kindSymlink:
		e.Link = l.link(int(r.item))
	case kindFile:
		e.Capability = l.caps[r.item]
	}
	return e
}

func (t *Tree) find(p string) (ref, bool) {
	i, ok := slices.BinarySearchFunc(t.refs, p, func(r ref, p string) int {
		return comparePaths(t.layers[r.layer].rawPath(int(r.item)), p)
	})
	if !ok {
		return ref{}, false
	}
	return t.refs[i], true
}

// Lookup implements walk.Tree.
func (t *Tree) Lookup(p string) (walk.Entry, bool) {
	r, ok := t.find(p)
	if !ok {
		return walk.Entry{}, false
	}
	return t.entry(r), true
}

// Visible implements walk.Tree.
func (t *Tree) Visible(layer int, p string) bool {
	r, ok := t.find(p)
	return ok && int(r.layer) == layer && t.layers[layer].items[r.item].kind == kindFile
}

// ErrLoop is wrapped by Resolve's error for a path that follows too many links.
var ErrLoop = errors.New("too many symbolic links")

// Resolve implements walk.Tree.
func (t *Tree) Resolve(p string) (walk.Entry, error) {
	if strings.Contains(p, "\x00") || len(p) > MaxPath {
		return walk.Entry{}, fmt.Errorf("resolve %q: %w", p[:min(len(p), 80)], fs.ErrInvalid)
	}
	real := followLinks(p, true, func(q string) (string, bool) {
		r, ok := t.find(q)
		if !ok || t.layers[r.layer].items[r.item].kind != kindSymlink {
			return "", false
		}
		return t.layers[r.layer].link(int(r.item)), true
	})
	if real == "" {
		return walk.Entry{Type: walk.TypeDir, Mode: fs.ModeDir | 0o755}, nil
	}
	e, ok := t.Lookup(real)
	if !ok {
		return walk.Entry{}, fmt.Errorf("resolve %q: %w", p, fs.ErrNotExist)
	}
	if e.Type == walk.TypeSymlink {
		return walk.Entry{}, fmt.Errorf("resolve %q: %w", p, ErrLoop)
	}
	return e, nil
}

// Hidden calls f for every regular file of a layer that the tree does not show:
// a later layer removed or replaced it, and its bytes are shipped all the same.
// Layers come from the bottom, files in the order of ComparePaths, until f
// returns false.
func (t *Tree) Hidden(f func(walk.Entry) bool) {
	shown := make([][]bool, len(t.layers))
	for i, l := range t.layers {
		shown[i] = make([]bool, len(l.items))
	}
	for _, r := range t.refs {
		shown[r.layer][r.item] = true
	}
	for i, l := range t.layers {
		for k := range l.items {
			if l.items[k].kind == kindFile && !shown[i][k] && !f(t.entry(ref{uint32(i), uint32(k)})) {
				return
			}
		}
	}
}

// Walk implements walk.Tree.
func (t *Tree) Walk(f func(walk.Entry) bool) {
	for _, r := range t.refs {
		if !f(t.entry(r)) {
			return
		}
	}
}
