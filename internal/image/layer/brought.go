package layer

import "slices"

// Change is what a layer did with a path.
type Change uint8

// Added is a path that no layer below has, or one that is no file; Replaced a
// file that a lower layer has too; Removed a whiteout.
const (
	Added Change = iota
	Replaced
	Removed
)

// Brought is one thing that a layer holds.
type Brought struct {
	// Path is relative and as the layer has it: it is to be cleaned before a
	// terminal sees it.
	Path   string
	Size   int64
	Change Change
	// Directory is true for one that the layer names itself.
	Directory bool
	// Gone is true for a file that a later layer removed or replaced.
	Gone bool
}

// Brought calls f for everything that the layers hold, the bottom layer first,
// in the order of ComparePaths, until it returns false. What is Replaced agrees
// with LayerContent.Changed.
func (t *Tree) Brought(f func(n int, b Brought) bool) {
	shown := make([][]bool, len(t.layers))
	for i, l := range t.layers {
		shown[i] = make([]bool, l.Len())
	}
	for _, r := range t.refs {
		shown[r.layer][r.item] = true
	}
	for n, l := range t.layers {
		for i := range l.items {
			it := &l.items[i]
			b := Brought{Path: l.path(i)}
			switch it.kind {
			case kindWhiteout:
				b.Change = Removed
			case kindDir, kindOpaque:
				b.Directory = true
			case kindFile:
				b.Size, b.Gone = it.size, !shown[n][i]
				if _, ok := slices.BinarySearch(t.changed[n], uint32(i)); ok {
					b.Change = Replaced
				}
			}
			if !f(n, b) {
				return
			}
		}
	}
}
