package browse

import (
	"cmp"
	"slices"
	"strings"

	"bulwark/internal/report"
)

// Mark is what a layer did with a path: '+', '~' or '-'.
type Mark byte

// The marks of a file.
const (
	Added    Mark = '+'
	Replaced Mark = '~'
	Removed  Mark = '-'
)

// File is one thing that a layer holds.
type File struct {
	// Path is relative, with its names separated by slashes, and need not be clean.
	Path      string
	Size      int64
	Mark      Mark
	Directory bool
	// Gone is true when a later layer removed or replaced it.
	Gone bool
}

// mostNodes bounds the tree of one layer: implied directories count too.
const mostNodes = 500_000

// node is a name in the tree of a layer. A directory has the sizes of all below.
type node struct {
	name     string // as the layer has it
	file     *File  // nil for a directory that is only implied
	dir      bool
	open     bool
	size     int64
	children []*node
}

// grow makes a tree of files that are sorted so that what is below a directory
// follows it at once.
func grow(files []File) (root *node, cut bool) {
	root = &node{dir: true, open: true}
	left := mostNodes
	for i := range files {
		f := &files[i]
		at := root
		at.size += f.Size
		for name := range strings.SplitSeq(f.Path, "/") {
			var next *node
			if n := len(at.children); n > 0 && at.children[n-1].name == name {
				next = at.children[n-1]
			} else {
				if left--; left < 0 {
					return root, true
				}
				next = &node{name: name}
				at.children = append(at.children, next)
			}
			at.dir = true
			next.size += f.Size
			at = next
		}
		at.file = f
		at.dir = at.dir || f.Directory
	}
	return root, false
}

// row is a line of the tree as it is shown.
type row struct {
	n     *node
	depth int
}

// choice says which nodes are shown.
type choice struct {
	text   string // lower case; empty for all
	only   bool   // replaced and removed
	bySize bool
}

func (c choice) narrows() bool { return c.text != "" || c.only }

// takes tells of a node whether it is one of those; inText is true where the
// text stands in its path.
func (c choice) takes(n *node, inText bool) bool {
	if c.only && (n.file == nil || n.file.Mark != Replaced && n.file.Mark != Removed) {
		return false
	}
	return inText
}

// rows lists what is open; with a narrow choice, what it takes and the
// directories above that. Of a path only the end is looked at, as much as a text
// can be long: the paths of a deep tree together are far longer than its names.
func (c choice) rows(root *node) []row {
	var out []row
	var walk func(n *node, parent string, inText bool, depth int)
	walk = func(n *node, parent string, inText bool, depth int) {
		children := n.children
		if c.bySize {
			children = slices.Clone(children)
			slices.SortStableFunc(children, func(a, b *node) int { return cmp.Compare(b.size, a.size) })
		}
		for _, child := range children {
			var path string
			in := inText
			if !in {
				path = parent + strings.ToLower(report.Clean(child.name))
				in = strings.Contains(path, c.text)
				path = path[max(0, len(path)-mostTyped):] + "/"
			}
			at := len(out)
			out = append(out, row{child, depth})
			if child.dir && (child.open || c.narrows()) {
				walk(child, path, in, depth+1)
			}
			if c.narrows() && len(out) == at+1 && !c.takes(child, in) {
				out = out[:at]
			}
		}
	}
	walk(root, "", c.text == "", 0)
	return out
}

// String is a row as text, without size.
func (r row) String() string {
	mark := byte(' ')
	if f := r.n.file; f != nil && !r.n.dir {
		if mark = byte(f.Mark); f.Gone {
			mark = 'x'
		}
	}
	sign := "  "
	switch {
	case r.n.dir && r.n.open:
		sign = "▾ "
	case r.n.dir:
		sign = "▸ "
	}
	name := report.Clean(r.n.name)
	if r.n.dir {
		name += "/"
	}
	return string(mark) + " " + strings.Repeat("  ", min(r.depth, 20)) + sign + name
}
