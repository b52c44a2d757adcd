package version

// maxParts bounds the parts of a version that Maven's and RubyGems' orders
// look at; a version with more is not accepted. A part takes at least one byte
// and one separator or change of kind.
const maxParts = 64

// part is a number or a word of a version.
type part struct {
	text   string
	number bool
	// dot is true for Maven's parts after a dot, false for those after a
	// hyphen or a change between digits and letters.
	dot bool
}

type parts struct {
	list [maxParts]part
	n    int
}

func (p *parts) add(x part) bool {
	if p.n == maxParts {
		return false
	}
	p.list[p.n] = x
	p.n++
	return true
}
