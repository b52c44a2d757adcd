package layer

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"bulwark/internal/finding"
	"bulwark/internal/imageconfig"
)

// Bounds of what is listed by name.
const (
	mostLargest    = 10
	mostPrivileged = 500
	mostOwners     = 20
	mostDirs       = 8
)

// mostCounted bounds the owners, and the directories of a layer, that are told
// apart; a real image has a few owners and some hundred directories.
const mostCounted = 10_000

// Contents says what each layer holds and what of it is shipped for nothing,
// which is what no container sees. A hard link counts as the file that it is a
// name of, with its size. Paths are absolute, as a report has them.
type Contents struct {
	Layers []finding.LayerContent
	// FinalSize in bytes and FinalFiles are of what a container sees.
	FinalSize  int64
	FinalFiles int
	Waste      int64
	// Privileged are visible programs that start with their owner's or group's
	// rights, or with capabilities; at most 500.
	Privileged []finding.ImageFile
	// Owners are whose the visible files are, the owner of most first; at most 20.
	Owners []finding.FileOwner
}

// Contents sums the layers up, in one pass over their listings.
func (t *Tree) Contents() Contents {
	out := Contents{Layers: make([]finding.LayerContent, len(t.layers))}
	visible := make([][]uint64, len(t.layers))
	for i, l := range t.layers {
		visible[i] = make([]uint64, (l.Len()+63)/64)
	}
	for _, r := range t.refs {
		visible[r.layer][r.item/64] |= 1 << (r.item % 64)
	}
	owners := map[[2]uint32]*finding.FileOwner{}
	var last *finding.FileOwner // files of one owner stand beside each other
	for n, l := range t.layers {
		c := &out.Layers[n]
		c.Layer = n
		var largest top
		dirs := directories{l: l, all: map[string]*finding.ImageDirectory{}}
		for i := range l.items {
			it := &l.items[i]
			if it.kind == kindWhiteout {
				c.Removed++
			}
			if it.kind != kindFile {
				continue
			}
			c.Added++
			c.Size += it.size
			seen := visible[n][i/64]&(1<<(i%64)) != 0
			if seen {
				out.FinalFiles++
				out.FinalSize += it.size
				if last == nil || last.UID != int(it.uid) || last.GID != int(it.gid) {
					k := [2]uint32{it.uid, it.gid}
					if last = owners[k]; last == nil && len(owners) < mostCounted {
						last = &finding.FileOwner{UID: int(it.uid), GID: int(it.gid)}
						owners[k] = last
					}
				}
				if last != nil {
					last.Files++
					last.Size += it.size
				}
			} else {
				c.Waste += it.size
			}
			largest.add(it.size, i)
			dirs.add(i)
			if seen && (it.mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 || l.caps[uint32(i)] != "") && len(out.Privileged) < mostPrivileged {
				out.Privileged = append(out.Privileged, l.file(n, i, true))
			}
		}
		c.Directories = dirs.list()
		c.Changed = len(t.changed[n])
		c.Added -= c.Changed
		out.Waste += c.Waste
		for _, i := range largest.sorted() {
			c.Largest = append(c.Largest, l.file(n, i, visible[n][i/64]&(1<<(i%64)) != 0))
		}
	}
	for _, o := range owners {
		out.Owners = append(out.Owners, *o)
	}
	slices.SortFunc(out.Owners, func(a, b finding.FileOwner) int {
		return cmp.Or(cmp.Compare(b.Files, a.Files), cmp.Compare(a.UID, b.UID), cmp.Compare(a.GID, b.GID))
	})
	out.Owners = out.Owners[:min(len(out.Owners), mostOwners)]
	slices.SortStableFunc(out.Privileged, func(a, b finding.ImageFile) int { return ComparePaths(a.Path, b.Path) })
	return out
}

// file is an item as a report has it.
func (l *Listing) file(layer, i int, seen bool) finding.ImageFile {
	it := &l.items[i]
	f := finding.ImageFile{
		Path: "/" + Show(l.path(i)), Layer: layer, Size: it.size, Mode: octal(it.mode),
		Owner: fmt.Sprintf("%d:%d", it.uid, it.gid), Gone: !seen,
	}
	if c := l.caps[uint32(i)]; c != "" {
		f.Capabilities = imageconfig.CapabilityText(c)
	}
	return f
}

// directories sums up files by the first two names of their paths.
type directories struct {
	l    *Listing
	last []byte // the directory of the file before, as it is in the listing
	sum  *finding.ImageDirectory
	all  map[string]*finding.ImageDirectory
}

func (d *directories) add(i int) {
	dir := firstTwo(d.l.rawPath(i))
	if d.sum == nil || !bytes.Equal(dir, d.last) {
		d.last, d.sum = dir, d.all[string(dir)]
		if d.sum == nil {
			if len(d.all) == mostCounted {
				return
			}
			d.sum = &finding.ImageDirectory{Path: "/" + Show(string(dir))}
			d.all[string(dir)] = d.sum
		}
	}
	d.sum.Files++
	d.sum.Size += d.l.items[i].size
}

func (d *directories) list() []finding.ImageDirectory {
	var out []finding.ImageDirectory
	for _, sum := range d.all {
		out = append(out, *sum)
	}
	slices.SortFunc(out, func(a, b finding.ImageDirectory) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(b.Files, a.Files), cmp.Compare(a.Path, b.Path))
	})
	return slices.Clone(out[:min(len(out), mostDirs)])
}

// firstTwo is the directory of a path, at most two names of it.
func firstTwo(path []byte) []byte {
	end, depth := 0, 0
	for i, c := range path {
		if c == '/' {
			end = i
			if depth++; depth == 2 {
				break
			}
		}
	}
	return path[:end]
}

// octal writes a mode as chmod(1) takes it.
func octal(m fs.FileMode) string {
	n := uint32(m.Perm())
	for _, bit := range []struct {
		mode  fs.FileMode
		value uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&bit.mode != 0 {
			n |= bit.value
		}
	}
	return fmt.Sprintf("%04o", n)
}

// top keeps the largest items seen, smallest first while it is filled.
type top struct {
	items [mostLargest]struct {
		size int64
		item int
	}
	n int
}

func (t *top) add(size int64, item int) {
	if size == 0 || t.n == mostLargest && size <= t.items[0].size {
		return
	}
	if t.n < mostLargest {
		t.n++
		copy(t.items[1:t.n], t.items[:t.n-1])
	}
	k := 0
	for k+1 < t.n && t.items[k+1].size < size {
		t.items[k] = t.items[k+1]
		k++
	}
	t.items[k].size, t.items[k].item = size, item
}

// sorted gives the items, the largest first.
func (t *top) sorted() []int {
	out := make([]int, 0, t.n)
	for i := t.n - 1; i >= 0; i-- {
		out = append(out, t.items[i].item)
	}
	return out
}
